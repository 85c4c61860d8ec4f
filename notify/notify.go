// Package notify writes the private notice that tells one organisation what
// was done to it: what was seen, which accounts, what happened and why we
// think so, what to do now, what is not known (docs/notices.md). It drafts;
// it sends nothing.
//
// A notice holds the data of one organisation only. This is a matter of types
// first: what goes in is that organisation's own targets, and a [Case] has no
// field for a campaign, whose figures and features speak of others.
//
// Start with [Input] and [Draft], then text/en.tmpl, which is the notice as
// people read it.
package notify

import (
	"errors"
	"fmt"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/norm"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Input is what a notice is made of.
type Input struct {
	Org    org.Organisation
	Cases  []Case // at least one; every target is Org's
	Sender Sender

	At    time.Time // when the notice is drafted
	Aware time.Time // from when reporting clocks are counted: when it is taken to be received; zero: At

	Edition  Edition
	Previous *Notice // the notice that this one replaces, or nil

	// Key is a secret of the sender. With it nobody else can work out a
	// reference or a code; without it, whoever knows the ids can.
	Key []byte
}

// Case is one campaign at the organisation. It has room for two facts about
// the campaign as a whole, and neither tells anything of other targets.
type Case struct {
	Target      outcome.Target
	Confidence  float64          // 0 to 1: that this is an attack by one hand
	Attribution attribute.Status // where the question of who stands; never a name

	// Protocols are those of the attempts at this organisation, as
	// signin.Protocol names them. They decide between the advice for hosts and
	// for cloud accounts; without them the latter is given.
	Protocols []string
}

// Sender is who tells, and how the reader can check that on his own. It is
// printed as text: a notice has no link.
type Sender struct {
	Name           string
	Phone          string // a published number
	KeyFingerprint string // of the key that signs the notice
	Site           string // whose address the reader types
	Policy         string // where the policy on notices and publication is found
}

// Edition says what is planned to be published. The zero value: nothing.
type Edition struct {
	On       time.Time // not before this day
	ObjectBy time.Time // until when the organisation can object; zero: On
}

// Notice is a drafted notice.
type Notice struct {
	Org       org.ID          `json:"org"`
	Campaigns []string        `json:"campaigns"` // for the sender's records; not in the text
	Reference string          `json:"reference"` // 7F3K-2QX9; names this notice to both sides
	Code      string          `json:"code"`      // what the reader gives to acknowledge it
	Revision  int             `json:"revision"`  // from 1
	Language  string          `json:"language"`
	Outcome   outcome.Outcome `json:"outcome"` // how far the attacks got in all: see [outcome.Further]
	Drafted   time.Time       `json:"drafted"`
	Missing   []string        `json:"missing,omitempty"` // what the sender must still say before the notice may leave

	Subject  string `json:"subject"`
	Text     string `json:"text"` // plain, 80 columns
	Markdown string `json:"markdown"`
}

// Draft writes the notice of one organisation. It refuses a target of any
// other, and an organisation of events whose owner is not known.
func Draft(in Input) (Notice, error) {
	if err := in.check(); err != nil {
		return Notice{}, fmt.Errorf("notice to %q: %w", in.Org.ID, err)
	}
	n := Notice{
		Org:      in.Org.ID,
		Revision: 1,
		Drafted:  in.At.UTC(),
		Missing:  in.Sender.missing(),
	}
	for _, c := range in.Cases {
		n.Campaigns = append(n.Campaigns, c.Target.Campaign)
	}
	n.Outcome = furthest(in.Cases)
	if in.Previous != nil {
		n.Revision = in.Previous.Revision + 1
	}
	n.Reference = mark(in.Key, "reference", n)
	n.Code = mark(in.Key, "acknowledge", n)

	lang := languageFor(in.Org.Language)
	n.Language = lang.tag
	v := newView(in, n, lang)
	var err error
	if n.Subject, err = lang.subject(v); err != nil {
		return Notice{}, fmt.Errorf("notice to %q: %w", in.Org.ID, err)
	}
	body, err := lang.body(v)
	if err != nil {
		return Notice{}, fmt.Errorf("notice to %q: %w", in.Org.ID, err)
	}
	doc := parseDocument(body)
	n.Text, n.Markdown = doc.plain(), doc.markdown()
	return n, nil
}

func (in Input) check() error {
	switch {
	case in.Org.ID == "" || in.Org.ID == org.Unassigned:
		return errors.New("the organisation is not known")
	case len(in.Cases) == 0:
		return errors.New("there is nothing to tell")
	case in.Previous != nil && in.Previous.Org != in.Org.ID:
		return fmt.Errorf("the notice to be replaced is that of %q", in.Previous.Org)
	}
	seen := map[string]bool{}
	for _, c := range in.Cases {
		if c.Target.Org != in.Org.ID {
			return fmt.Errorf("campaign %q: the target is %q", c.Target.Campaign, c.Target.Org)
		}
		if seen[c.Target.Campaign] {
			return fmt.Errorf("campaign %q is there twice", c.Target.Campaign)
		}
		seen[c.Target.Campaign] = true
	}
	return nil
}

// missing lists what the reader needs to check the sender.
func (s Sender) missing() []string {
	var missing []string
	for _, f := range []struct{ value, name string }{
		{s.Name, "name"}, {s.Phone, "phone"}, {s.KeyFingerprint, "key fingerprint"}, {s.Site, "site"},
	} {
		if f.value == "" {
			missing = append(missing, f.name)
		}
	}
	return missing
}

// incident returns how much happened in the sense of reporting duties.
func (in Input) incident() norm.Incident {
	for _, c := range in.Cases {
		if c.Target.Outcome == outcome.Succeeded {
			return norm.Access
		}
	}
	return norm.Attempt
}
