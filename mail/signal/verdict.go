// Package signal looks at one mail and says what of it is suspicious and why:
// [Examiner.Examine] turns a mail.Message into mail.Facts, and [Judge] turns
// facts, and what the organisation knew when the mail came, into a [Verdict].
package signal

import "github.com/pumphandle/pumphandle/mail"

// History is what the organisation knew when a mail came, from records before
// it only. The zero value says that nothing is known of the past, which is no
// reason to suspect anything.
type History struct {
	Days int // days before this mail of which the organisation has mail at all; 0: no history

	SenderDays int // distinct days before on which the From address wrote
	DomainDays int // ... anybody of the From domain
	NameDays   int // ... anybody under that display name
	PairDays   int // ... that name with that address
	LinkDays   int // ... a mail linked to the least known of its link hosts
	ReplyDays  int // ... the Reply-To address, if there is one, wrote or was the Reply-To

	Elsewhere int  // other organisations where the From domain has been known for 30 days or more
	Solicited bool // the organisation wrote to the From address before

	ThreadKnown    bool // it refers to a mail that is known here
	ThreadStranger bool // ... in which nobody of the From domain took part

	Unlikely float64 // for internal senders: 0 to 1, how unlike earlier recipients of the sender these are

	Dominated float64 // 0 to 1: share of the last 30 days' mails that are no more suspicious in every dimension (Ho et al. 2017)
	InBudget  bool    // among the 30*B most suspicious of the last 30 days, B the daily budget
}

// Level is how sure a composite is.
type Level uint8

// The levels.
const (
	Low Level = iota + 1
	Medium
	High
)

// Composite is one story that a mail's signals tell together, such as a
// recruiter lure.
type Composite struct {
	Kind  string // in the words of docs/contracts.md: recruiter_lure, health_authority_lure, ...
	Level Level
}

// Reason is a signal with what it adds to the score.
type Reason struct {
	ID     string
	Text   string  // plain words, with what was found in it: attackers' text, to be escaped where it is shown
	Weight float64 // in nats of log-likelihood ratio; negative speaks for the mail
}

// Verdict is what is concluded of a mail.
type Verdict struct {
	Score      float64 // 0 to 1
	Alert      bool    // a high composite; a medium one in the budget; the budget with a payload
	Composites []Composite
	Reasons    []Reason // what counted most first
	Evidence   mail.Evidence
}

func (l Level) String() string {
	switch l {
	case Low:
		return "low"
	case Medium:
		return "medium"
	case High:
		return "high"
	}
	return ""
}
