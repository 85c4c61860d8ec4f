package detect

import "slices"

// Key is what a detector needs together in one place: how work may be split
// over machines.
type Key string

// The keys.
const (
	ByOrganisation Key = "organisation" // one organisation's facts
	Pooled         Key = "pooled"       // the facts of all organisations
)

// Detector is one way of finding attacks.
type Detector struct {
	Name  string
	Doc   string // what it finds
	Blind string // what it cannot see
	Key   Key
	// Find judges the scenes: one scene for a detector by organisation, all
	// of them for a pooled one. It returns findings whether or not they are
	// sure: see [Finding.Score] and [Alert].
	Find func(scenes []*Scene) []Finding
}

// Alert is the score from which a finding becomes part of a campaign. Below
// it a finding is kept for explain, and its attempts stay in the digest.
const Alert = 0.9

// Detectors lists every detector, one line each. A test fails if a detector
// file of this folder is missing here.
func Detectors() []Detector {
	return []Detector{
		sourceSpray,
		familiarSpray,
		accountBrute,
		accountSlow,
		mfaFatigue,
		orgChange,
		newClient,
		sharedClient,
		sharedNetwork,
		sharedSource,
		mails,
	}
}

// Run gives every detector the scenes it needs and returns all findings in a
// fixed order.
func Run(scenes []*Scene) []Finding {
	return RunEach(scenes, func(n int, do func(i int)) {
		for i := range n {
			do(i)
		}
	})
}

// RunEach is [Run] with organisations judged as each has it, which must call do
// for 0 to n-1, in any order and from several goroutines if it likes: what is
// found at one organisation depends on no other.
func RunEach(scenes []*Scene, each func(n int, do func(i int))) []Finding {
	detectors := Detectors()
	apart := make([][]Finding, len(detectors)*len(scenes)) // by detector and scene
	each(len(scenes), func(k int) {
		for n, d := range detectors {
			if d.Key == ByOrganisation {
				apart[n*len(scenes)+k] = d.Find(scenes[k : k+1])
			}
		}
	})
	var found [][]Finding
	for n, d := range detectors {
		if d.Key == Pooled {
			found = append(found, d.Find(scenes))
			continue
		}
		found = append(found, apart[n*len(scenes):(n+1)*len(scenes)]...)
	}
	return slices.Concat(found...)
}
