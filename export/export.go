// Package export writes what was found in the formats of other tools: STIX 2.1
// for analysts, CSV for spreadsheets. Each exporter is one file; none makes a
// judgement of its own.
//
// The bundle of [WriteSTIX] speaks of the attacker only. The tables of
// [WriteTargetsCSV] and [WriteAccountsCSV] are private: they name victims.
package export

import (
	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/outcome"
)

// Case is one campaign with what was judged of it.
type Case struct {
	Campaign   campaign.Campaign
	Targets    []outcome.Target
	Assessment attribute.Assessment
}
