// Package exchange holds what defenders tell each other about campaigns, in a
// form that belongs to no format: campaigns, actors, indicators, who is said
// to stand behind what, and who disagrees. It writes a [Document] as STIX 2.1,
// as MISP events, as OCSF Detection Findings and as a table of indicators, and
// reads all four back. A format is one file that writes and one that reads.
//
// Writing: a document holds nothing that a writer must leave out. Package
// export makes one of what was found and keeps victims out of it.
//
// Reading: [Read] recognises what it is given by its content. Whatever others
// wrote is a claim: it is bounded, checked, never followed to any address, and
// never takes the place of what another source said.
package exchange

import "time"

// Document is what one party says at one time.
type Document struct {
	Producer string    `json:"producer"` // who says it
	At       time.Time `json:"at"`       // when: the version of everything in it; milliseconds
	TLP      TLP       `json:"tlp"`      // strictest marking in it; "" if it has none

	Campaigns  []Campaign  `json:"campaigns,omitempty"`
	Actors     []Actor     `json:"actors,omitempty"`
	Indicators []Indicator `json:"indicators,omitempty"`
	Assertions []Assertion `json:"assertions,omitempty"`
	Statements []Statement `json:"statements,omitempty"`
	Reports    []Report    `json:"reports,omitempty"`
}

// Campaign is a series of attacks held to be of one hand.
type Campaign struct {
	ID         string      `json:"id"` // within the document: PH-2026-0001, or the id that its producer gave it
	Name       string      `json:"name"`
	Kinds      []string    `json:"kinds,omitempty"` // password_spray …
	Techniques []Technique `json:"techniques,omitempty"`
	First      time.Time   `json:"first,omitzero"`
	Last       time.Time   `json:"last,omitzero"`
	Confidence int         `json:"confidence,omitempty"` // that it is one, 1 to 100; 0 if not stated
	Attempts   int         `json:"attempts,omitempty"`
	Summary    string      `json:"summary,omitempty"`
	Notes      []Note      `json:"notes,omitempty"`

	// Victims names who was hit. It is empty unless somebody asked for it.
	Victims []Victim `json:"victims,omitempty"`
}

// Technique is one of MITRE ATT&CK.
type Technique struct {
	ID   string `json:"id"` // T1110.003
	Name string `json:"name"`
}

// Note is a text about a campaign.
type Note struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Victim is an organisation that a campaign hit.
type Victim struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome,omitempty"` // the rung of docs/contracts.md, or the producer's own word
}

// Actor is somebody to whom campaigns are ascribed, as one producer knows him.
type Actor struct {
	ID    string `json:"id"` // within the document
	Names []Name `json:"names"`
	Uses  []Use  `json:"uses,omitempty"`
}

// Name is one name of an actor and whose name it is; the first is what the
// producer of the document calls him.
type Name struct {
	Name     string `json:"name"`
	Producer string `json:"producer,omitempty"`
}

// Use is a technique that an actor is known for, and the reports that say so.
type Use struct {
	Technique
	Refs []string `json:"refs,omitempty"`
}

// Indicator is a value by which an attack can be recognised.
type Indicator struct {
	Kind       Kind      `json:"kind"`
	Value      string    `json:"value"`           // in the form that [NewIndicator] gives it
	About      []string  `json:"about,omitempty"` // ids of the campaigns and actors that it indicates
	From       time.Time `json:"from,omitzero"`
	Until      time.Time `json:"until,omitzero"`
	Confidence int       `json:"confidence,omitempty"` // 1 to 100; 0 if not stated
	Text       string    `json:"text,omitempty"`
}

// Assertion is somebody's claim that an actor stands behind a campaign. Claims
// compete: several about one campaign are usual, and none of them is a fact.
type Assertion struct {
	Subject    string    `json:"subject"` // id of the campaign
	Actor      string    `json:"actor"`
	By         string    `json:"by"`
	At         time.Time `json:"at,omitzero"`
	Confidence int       `json:"confidence,omitempty"` // 1 to 100; 0 if not stated
	Status     string    `json:"status,omitempty"`     // of the assessment, as its producer states it: candidate, proposed, confirmed, rejected
	Text       string    `json:"text,omitempty"`
}

// Statement is what somebody said of an assertion.
type Statement struct {
	Subject string        `json:"subject"` // with Actor: the assertion
	Actor   string        `json:"actor"`
	Kind    StatementKind `json:"kind"`
	By      string        `json:"by"`
	At      time.Time     `json:"at,omitzero"`
	Text    string        `json:"text"`
	Ref     string        `json:"ref,omitempty"` // where it was said
}

// StatementKind is what a statement amounts to.
type StatementKind string

// The kinds of statement. A denial is the accused's own; not to answer and to
// point at an earlier denial are kinds of their own, for they say less.
const (
	Confirmation StatementKind = "confirmation"
	Rejection    StatementKind = "rejection"
	Denial       StatementKind = "denial"
	Referral     StatementKind = "referral" // to an earlier denial
	NoReply      StatementKind = "no_reply"
	Comment      StatementKind = "comment"
)

// Report is a publication that speaks of campaigns or actors.
type Report struct {
	Name  string    `json:"name"`
	At    time.Time `json:"at,omitzero"`
	Text  string    `json:"text,omitempty"`
	Refs  []string  `json:"refs,omitempty"`  // where it is published
	About []string  `json:"about,omitempty"` // ids of campaigns and actors
}
