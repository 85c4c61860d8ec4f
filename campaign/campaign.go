// Package campaign joins findings that share one hand into campaigns, within
// one organisation and across many.
package campaign

import (
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
)

// Campaign is one hand behind attempts at one or more organisations.
type Campaign struct {
	ID         string // PH-2026-0001; "" until numbered
	Kinds      []detect.Kind
	Techniques []string // ATT&CK ids, sorted
	First      time.Time
	Last       time.Time
	Confidence float64 // 0 to 1: the probability that this is an attack by one hand
	Evidence   []detect.Evidence
	Members    []Member // by organisation id
	Findings   []detect.Finding
	Features   Features
}

// Member is a campaign's part at one organisation.
type Member struct {
	Org      org.ID
	Attempts []uint32 // positions in the organisation's judged attempts, ascending
	Mails    []int    // positions in the organisation's mails, ascending
	Replies  []int    // mails of the organisation that answer these
}

// Features is what the campaign shows of the hand behind it: what attribution
// and the public edition may use. It holds nothing about a victim.
type Features struct {
	Attempts          int
	Accounts          int
	Sources           int
	Clients           []string       // user agents or client names used, most used first, at most 10
	Protocols         []string       // most used first
	Countries         map[string]int // distinct source addresses by country, where the log says it
	Networks          int            // distinct /24 or /64
	PerAccountHour    float64        // attempts per account and hour of activity, median over accounts tried more than once
	AddressPerAttempt float64        // distinct addresses divided by attempts: 1 is a new address for each
	ActiveHours       [24]int        // attempts by hour of day, UTC
	ActiveDays        [7]int         // attempts by day of week, Sunday first
	Alphabetical      bool           // accounts were tried in alphabetical order
	UnknownNames      float64        // share of tried names that do not exist

	Mails          int
	Languages      []string // of the mails (ISO 639-1), most used first, at most 10
	SendingDomains int
	FileKinds      []string // of attachments, by content, most used first, at most 10
}
