// Package attribute holds a campaign against what is known of actors and
// says who it may have been, or that it cannot say. It never names an actor
// from behaviour alone: "unattributed" is an answer.
//
// [NewAssessor] makes a knowledge base ready; [Assessor.Judge] weighs a [Case];
// [Calibrate] learns from the base the [Model] by which techniques and software
// are weighed; [Assessor.JudgeDecided] lays what people decided over what the
// program says.
package attribute

import "time"

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
	Other      float64      `json:"p_known_other"`  // probability left to a known actor that is not listed
	Confidence string       `json:"confidence"`     // low, moderate, high: quality of the evidence, apart from likelihood
	Reason     string       `json:"reason"`         // why the status is what it is, in plain words

	Items   []Item    `json:"items,omitempty"`   // the evidence, numbered from 1
	Matrix  []Row     `json:"matrix,omitempty"`  // the competing hypotheses against each item
	Without []Without `json:"without,omitempty"` // what would be said if one item were not there

	Version     int        `json:"version,omitempty"` // counts the assessments of one campaign, from 1
	At          time.Time  `json:"at,omitzero"`       // when this one was made
	Base        string     `json:"base,omitempty"`    // digest of the knowledge it was made with
	Publishable bool       `json:"publishable,omitempty"`
	Automatic   *Verdict   `json:"automatic,omitempty"` // what the program alone says, where people decided otherwise
	Decisions   []Decision `json:"decisions,omitempty"` // oldest first
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
	Decided    Status   `json:"decided,omitempty"` // confirmed or rejected by people
}

// Name is one name of an actor and who uses it.
type Name struct {
	Name     string `json:"name"`
	Producer string `json:"producer"`
}

// Weight is what one item of evidence, or several of one class, weigh for or
// against a hypothesis.
type Weight struct {
	Class  string   `json:"class"`
	What   string   `json:"what"`
	Weight float64  `json:"weight"` // log-likelihood ratio, nats
	Text   string   `json:"text"`
	Items  []int    `json:"items,omitempty"`     // the numbers of the items
	Auto   *float64 `json:"automatic,omitempty"` // where a person set the weight: what the program gives
}

// The classes of evidence. Each has a cap of its own, so that planted evidence
// of one kind frames nobody. Technique, habit, victim and lure are behaviour:
// whoever has read the same reports can show it.
const (
	ClassTechnique      = "technique"
	ClassSoftware       = "software"
	ClassInfrastructure = "infrastructure"
	ClassHabit          = "habit"
	ClassVictim         = "victim"
	ClassLure           = "lure"
	ClassOutside        = "assessment" // somebody else says who it was
)

// Item is one piece of evidence, before it is held against anybody.
type Item struct {
	No     int    `json:"no"` // from 1
	Class  string `json:"class"`
	What   string `json:"what"` // T1110.003, S0154, tempo, a domain, the id of an actor
	Text   string `json:"text"`
	Source string `json:"source"`           // who saw or says it
	Grade  string `json:"grade"`            // of the Admiralty code, A1 to F6: the source's reliability and the information's credibility
	Group  string `json:"group,omitempty"`  // items of one group come from one origin and count once
	Shared int    `json:"shared,omitempty"` // rarity: actors of the base that show the same
	Ref    string `json:"ref,omitempty"`    // where it is: a finding, a file and line, a report

	Actor       string `json:"actor,omitempty"` // of an outside assessment: whom it means
	Contradicts bool   `json:"contradicts,omitempty"`
	Dedicated   bool   `json:"dedicated,omitempty"` // of infrastructure: nobody else's
	Date        string `json:"date,omitempty"`
}

// ImportedRef begins the reference of an item that was imported: the hash of
// the file follows.
const ImportedRef = "sha256:"

// Row is one item held against all listed hypotheses: C is consistent with it,
// I inconsistent, N says nothing. The last two cells are those of a known
// actor that is not listed and of somebody whom nobody has named.
type Row struct {
	Item  int      `json:"item"`
	Cells []string `json:"cells"`
}

// Without says who would lead if one item of evidence were not there.
type Without struct {
	Item   int     `json:"item"`
	Actor  string  `json:"actor,omitempty"` // "" if nobody would be listed
	P      float64 `json:"p"`
	Status Status  `json:"status"`
}

// Verdict is a status with the actor it is about.
type Verdict struct {
	Status Status  `json:"status"`
	Actor  string  `json:"actor,omitempty"`
	P      float64 `json:"p"`
}

// Decision is what a person decided of a campaign's assessment, with the
// reason. Decisions are kept for good, also those that were overtaken.
type Decision struct {
	Verb    Verb      `json:"verb"`
	Actor   string    `json:"actor,omitempty"`
	Item    string    `json:"item,omitempty"`   // of weigh: class or class/what, as the weights show them
	Weight  float64   `json:"weight,omitempty"` // of weigh: log-likelihood ratio, nats
	Outside *Item     `json:"outside,omitempty"`
	Who     string    `json:"who"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// Verb is what a decision does.
type Verb string

// The verbs.
const (
	Confirm Verb = "confirm" // it was this actor; publishable once two people say so
	Reject  Verb = "reject"  // it was not this actor
	Weigh   Verb = "weigh"   // this item weighs so much for this actor
	Comment Verb = "comment" // changes nothing
	Add     Verb = "add"     // an outside assessment, or other evidence, is added
	Denial  Verb = "denial"  // the accused denies, refers to an earlier denial, or does not reply: changes nothing, and is kept
)
