// Package attribute holds a campaign against what is known of actors and
// says who it may have been, or that it cannot say. It never names an actor
// from behaviour alone: "unattributed" is an answer.
package attribute

// Status is where an assessment stands.
type Status string

// The states of an assessment.
const (
	Unattributed Status = "unattributed" // no hypothesis reaches the gate
	Candidate    Status = "candidate"    // an actor reaches P >= 0.20; not a name to be used
	Proposed     Status = "proposed"     // P >= 0.55 from two classes of evidence, one of them not behaviour
	Confirmed    Status = "confirmed"    // by a person
	Rejected     Status = "rejected"     // by a person
)

// Assessment is what can be said about who is behind a campaign.
type Assessment struct {
	Status     Status       `json:"status"`
	Candidates []Hypothesis `json:"candidates"`     // best first; actors only, at most 5
	Unknown    float64      `json:"p_unattributed"` // probability left to somebody whom nobody has named
	Other      float64      `json:"p_known_other"`  // probability left to a known actor that is not in the base
	Confidence string       `json:"confidence"`     // low, moderate, high: quality of the evidence, apart from likelihood
	Reason     string       `json:"reason"`         // why the status is what it is, in plain words
}

// Hypothesis is one actor held against the evidence.
type Hypothesis struct {
	Actor      string   `json:"actor"` // id in the knowledge base
	Names      []Name   `json:"names"`
	Prior      float64  `json:"prior"`      // before any evidence
	P          float64  `json:"p"`          // Prior times e to the sum of all weights, in proportion to all hypotheses
	Likelihood string   `json:"likelihood"` // ICD 203 word for P
	Evidence   []Weight `json:"evidence"`
	Against    []Weight `json:"against"`
}

// Name is one name of an actor and who uses it.
type Name struct {
	Name     string `json:"name"`
	Producer string `json:"producer"`
}

// Weight is one item of evidence for or against a hypothesis.
type Weight struct {
	Class  string  `json:"class"` // technique, software, infrastructure, habit, victim, lure, assessment
	What   string  `json:"what"`
	Weight float64 `json:"weight"` // log-likelihood ratio, nats
	Text   string  `json:"text"`
}
