package detect

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
	var found []Finding
	for _, d := range Detectors() {
		if d.Key == Pooled {
			found = append(found, d.Find(scenes)...)
			continue
		}
		for i := range scenes {
			found = append(found, d.Find(scenes[i:i+1])...)
		}
	}
	return found
}
