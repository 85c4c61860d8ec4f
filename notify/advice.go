package notify

import (
	"slices"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/outcome"
)

// maxSteps is how many steps a notice gives. A longer list is not followed.
const maxSteps = 7

// step is one thing to do now. An empty condition always holds.
type step struct {
	Outcomes []outcome.Outcome `yaml:"outcomes"` // an account is on one of these rungs
	Kinds    []detect.Kind     `yaml:"kinds"`
	On       place             `yaml:"on"`
	By       way               `yaml:"by"`
	Do       string            `yaml:"do"`
}

// way is how the attack came.
type way string

const (
	byMail   way = "mail"
	bySignIn way = "sign_in"
)

func (c Case) came(by way) bool {
	return slices.ContainsFunc(c.Target.Kinds, func(k detect.Kind) bool { return k.ByMail() == (by == byMail) }) || len(c.Target.Kinds) == 0 && by == bySignIn
}

// place is what was attacked.
type place string

const (
	cloud place = "cloud" // accounts at an identity provider
	host  place = "host"  // accounts of hosts: sshd, PAM
)

// advice returns what to do now, the most urgent first: the first steps of the
// language's list that fit any of the attacks.
func (l *language) advice(cases []Case) []string {
	var steps []string
	for _, s := range l.words.Advice {
		if len(steps) < maxSteps && slices.ContainsFunc(cases, s.fits) {
			steps = append(steps, s.Do)
		}
	}
	return steps
}

func (s step) fits(c Case) bool {
	if len(s.Outcomes) > 0 && !slices.ContainsFunc(s.Outcomes, c.has) {
		return false
	}
	if len(s.Kinds) > 0 && !slices.ContainsFunc(s.Kinds, func(k detect.Kind) bool { return slices.Contains(c.Target.Kinds, k) }) {
		return false
	}
	if s.By != "" && !c.came(s.By) {
		return false
	}
	return s.On == "" || slices.Contains(c.places(), s.On)
}

func (c Case) has(o outcome.Outcome) bool {
	return c.Target.Outcome == o || slices.ContainsFunc(c.Target.Accounts, func(a outcome.Account) bool { return a.Outcome == o })
}

func (c Case) places() []place {
	var places []place
	for _, p := range c.Protocols {
		if p == "ssh" || p == "pam" {
			places = append(places, host)
		} else {
			places = append(places, cloud)
		}
	}
	if len(places) == 0 {
		places = append(places, cloud)
	}
	return places
}
