// Package export makes of what was found the document that others may have,
// and the private tables that they may not. It makes no judgement of its own.
//
// A [exchange.Document] speaks of the attacker only, in whatever format it is
// then written; it names victims where [Input] says so and nowhere else. The
// tables of [WriteTargetsCSV] and [WriteAccountsCSV] are private: they name
// victims.
package export

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Case is one campaign with what was judged of it.
type Case struct {
	Campaign   campaign.Campaign
	Targets    []outcome.Target
	Assessment attribute.Assessment
	Statements []exchange.Statement // what others say of the assessment; the subject is the campaign
}

// Input is what a document is made of.
type Input struct {
	Producer  string    // who publishes it; ids in it are the producer's own
	At        time.Time // when it is made: the version of what is in it
	Cases     []Case
	Protected []org.Organisation // whose identifiers must not be in it, besides the targets' own

	TLP        exchange.TLP // "": TLP:AMBER, with victims TLP:AMBER+STRICT
	Victims    bool         // name the organisations that were hit
	Hypotheses bool         // state candidates as competing assertions; without it only from "proposed" on
	Indicators int          // how many addresses a campaign lists, those seen at most targets first; 0: 1000
}

// Format is one way to write a document.
type Format struct {
	Name  string
	What  string
	Write func(io.Writer, exchange.Document) error
}

// Formats are those that documents are written in.
var Formats = []Format{
	{"stix", "STIX 2.1 bundle", exchange.WriteSTIX},
	{"misp", "MISP events", exchange.WriteMISP},
	{"ocsf", "OCSF Detection Findings, one a line", exchange.WriteOCSF},
	{"csv", "table of indicators", exchange.WriteCSV},
}

// ErrTooOpen is returned where a marking allows more than what the document
// holds may have.
var ErrTooOpen = errors.New("the marking is too open")

// marking returns the TLP of a document: what was asked for, if that is as
// strict as what is in it needs. Clear would make it public, and what the
// public may know is the edition, which has rules of its own (package report).
func (in Input) marking() (exchange.TLP, error) {
	least, reason := exchange.Green, "TLP:CLEAR is for everybody, and what everybody may know is the public edition"
	if in.Victims {
		least, reason = exchange.AmberStrict, "it names who was hit"
	}
	t := cmp.Or(in.TLP, map[bool]exchange.TLP{false: exchange.Amber, true: exchange.AmberStrict}[in.Victims])
	if least.Stricter(t) {
		return "", fmt.Errorf("%s for what needs %s at least: %s: %w", t, least, reason, ErrTooOpen)
	}
	return t, nil
}
