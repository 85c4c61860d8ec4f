package run

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// The records of scan --json, one object per line (docs/contracts.md). Fields
// may be added; none is renamed or removed once released.

type campaignRecord struct {
	V          int                     `json:"v"`
	Type       string                  `json:"type"`
	ID         string                  `json:"id"`
	Techniques []string                `json:"techniques"`
	Kinds      []detect.Kind           `json:"kinds"`
	First      time.Time               `json:"first"`
	Last       time.Time               `json:"last"`
	Orgs       int                     `json:"orgs"`
	Accounts   int                     `json:"accounts"`
	Sources    int                     `json:"sources"`
	Attempts   int                     `json:"attempts"`
	Outcomes   map[outcome.Outcome]int `json:"outcomes"` // targets by outcome
	Confidence float64                 `json:"confidence"`
	Evidence   []detect.Evidence       `json:"evidence"`
	Features   featuresRecord          `json:"features"`
	Assessment attribute.Assessment    `json:"assessment"`
	Findings   []findingRecord         `json:"findings"`
}

type featuresRecord struct {
	Clients           []string `json:"clients"`
	Protocols         []string `json:"protocols"`
	Networks          int      `json:"networks"`
	PerAccountHour    float64  `json:"attempts_per_account_hour"`
	AddressPerAttempt float64  `json:"addresses_per_attempt"`
	Alphabetical      bool     `json:"alphabetical"`
	UnknownNames      float64  `json:"unknown_names"`

	Mails          int      `json:"mails,omitempty"`
	Copies         int      `json:"mail_copies,omitempty"` // one for each recipient of each mail
	Languages      []string `json:"languages,omitempty"`
	SendingDomains int      `json:"sending_domains,omitempty"`
	FileKinds      []string `json:"attachment_kinds,omitempty"`
}

type findingRecord struct {
	ID       string      `json:"id"`
	Detector string      `json:"detector"`
	Kind     detect.Kind `json:"kind"`
	Org      org.ID      `json:"org"`
	Subject  string      `json:"subject"`
	Score    float64     `json:"score"`
}

type targetRecord struct {
	V    int    `json:"v"`
	Type string `json:"type"`
	outcome.Target
}

type digestRecord struct {
	V    int    `json:"v"`
	Type string `json:"type"`
	Digest
}

// Digest is the hostile noise at one organisation that belongs to no campaign.
type Digest struct {
	Kind     string       `json:"kind"` // commodity
	Org      org.ID       `json:"org"`
	First    time.Time    `json:"first"`
	Last     time.Time    `json:"last"`
	Attempts int          `json:"attempts"`
	Accounts int          `json:"accounts"`
	Sources  int          `json:"sources"`
	Busiest  []netip.Addr `json:"busiest_sources,omitempty"` // at most 5
	Names    []string     `json:"most_tried,omitempty"`      // accounts tried from most sources, at most 5
}

type statsRecord struct {
	V    int    `json:"v"`
	Type string `json:"type"`
	Stats
}

// Stats says what was read and what could not be.
type Stats struct {
	Files      int                     `json:"files"`
	Records    int64                   `json:"records"`
	Events     int64                   `json:"events"`              // sign-ins
	Mails      int64                   `json:"mails,omitempty"`     // mails and records of them
	MailActs   int64                   `json:"mail_acts,omitempty"` // clicks and what else happened to mails
	BadRecords int64                   `json:"bad_records"`
	Unread     []Unread                `json:"unread"`
	Formats    map[string]*FormatStats `json:"formats"`
	First      *time.Time              `json:"first,omitempty"`
	Last       *time.Time              `json:"last,omitempty"`
	Seconds    float64                 `json:"seconds"`
	Unassigned int64                   `json:"unassigned,omitempty"`  // sign-ins, mails and acts whose organisation is not known
	Sampled    map[org.ID]int          `json:"sampled,omitempty"`     // organisations over the memory budget: one refusal in n was kept
	Coarse     map[org.ID]string       `json:"coarse,omitempty"`      // organisations over the memory budget: how their sign-ins are remembered
	CoarseMail map[org.ID]string       `json:"coarse_mail,omitempty"` // ... and how their mails are
}

// FormatStats is what was read of one format.
type FormatStats struct {
	Files        int            `json:"files"`
	Events       int64          `json:"events"`
	Mails        int64          `json:"mails,omitempty"`
	MailActs     int64          `json:"mail_acts,omitempty"`
	UnknownCodes map[string]int `json:"unknown_codes"` // at most 100 different ones

	seen coverage
}

// Unread is an input, or a part of one, that could not be read.
type Unread struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// WriteJSON writes the result as records, one object per line, stats last.
func (r *Result) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(harmless{w})
	enc.SetEscapeHTML(false)
	for i := range r.Campaigns {
		if err := enc.Encode(r.campaignRecord(i)); err != nil {
			return fmt.Errorf("writing records: %w", err)
		}
		for _, t := range r.Targets[i] {
			if err := enc.Encode(targetRecord{1, "target", t}); err != nil {
				return fmt.Errorf("writing records: %w", err)
			}
		}
	}
	for _, d := range r.Digests {
		if err := enc.Encode(digestRecord{1, "digest", d}); err != nil {
			return fmt.Errorf("writing records: %w", err)
		}
	}
	if err := enc.Encode(statsRecord{1, "stats", r.Stats}); err != nil {
		return fmt.Errorf("writing records: %w", err)
	}
	return nil
}

func (r *Result) campaignRecord(i int) campaignRecord {
	c := r.Campaigns[i]
	rec := campaignRecord{
		V: 1, Type: "campaign", ID: c.ID, Techniques: c.Techniques, Kinds: c.Kinds, First: c.First, Last: c.Last,
		Orgs: len(c.Members), Sources: c.Features.Sources,
		Outcomes: map[outcome.Outcome]int{}, Confidence: c.Confidence, Evidence: c.Evidence,
		Features: featuresOf(c.Features), Assessment: r.Assessments[i], Findings: []findingRecord{},
	}
	seen := map[netip.Addr]bool{}
	for _, t := range r.Targets[i] {
		rec.Outcomes[t.Outcome]++
		rec.Accounts += len(t.Accounts)
		rec.Attempts += t.Attempts
		rec.Features.Copies += t.Copies
		for _, a := range t.Sources {
			seen[a] = true
		}
		if t.Last.After(rec.Last) {
			rec.Last = t.Last
		}
	}
	rec.Sources = max(rec.Sources, len(seen)) // a target lists its sources up to a limit
	for _, f := range c.Findings {
		rec.Findings = append(rec.Findings, findingRecord{f.ID, f.Detector, f.Kind, f.Org, f.Subject, f.Score})
	}
	return rec
}

func featuresOf(f campaign.Features) featuresRecord {
	return featuresRecord{
		f.Clients, f.Protocols, f.Networks, f.PerAccountHour, f.AddressPerAttempt, f.Alphabetical, f.UnknownNames,
		f.Mails, 0, f.Languages, f.SendingDomains, f.FileKinds,
	}
}
