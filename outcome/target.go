// Package outcome judges how far an attack got: per account and per target
// organisation, on a ladder that never claims more than the records show.
package outcome

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
)

// Outcome is a rung of the ladder; the order of the constants is the order of
// the rungs (docs/contracts.md, "Outcomes").
type Outcome uint8

// The rungs.
const (
	Attempted         Outcome = iota // seen, but the log does not say how it ended
	Undetermined                     // gaps in the log, only codes that say nothing about the password, or a sign-in that may be the attacker's
	Blocked                          // every attempt refused, nothing shows that a password was right
	PasswordConfirmed                // a refusal proves that the password was right; no access seen
	Succeeded                        // access obtained
)

var names = [...]string{"attempted", "undetermined", "blocked", "password_confirmed", "succeeded"}

func (o Outcome) String() string {
	if int(o) < len(names) {
		return names[o]
	}
	return "invalid"
}

// Further returns how far the mails of a campaign, or several attacks, got in all:
// one that was kept out says nothing of another, so that blocked is what all were.
func Further(a, b Outcome) Outcome {
	switch {
	case a == Blocked:
		return b
	case b == Blocked:
		return a
	}
	return max(a, b)
}

// MarshalText writes the name of the rung.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the name of a rung.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, n := range names {
		if n == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("outcome %q is none of %q", text, names)
}

// Target is one campaign at one organisation: the private side.
type Target struct {
	Campaign string        `json:"campaign"`
	Org      org.ID        `json:"org"`
	Kinds    []detect.Kind `json:"kinds"`
	First    time.Time     `json:"first"`
	Last     time.Time     `json:"last"` // includes what the intruder did after success
	Attempts int           `json:"attempts"`
	Sources  []netip.Addr  `json:"sources"`                // sorted; at most MaxSources
	More     int           `json:"sources_more,omitempty"` // how many sources follow after the list's end
	Clients  []string      `json:"clients,omitempty"`      // user agents or client names the attacker used, most used first, at most 10

	Outcome      Outcome   `json:"outcome"`
	Confidence   float64   `json:"confidence"` // 0 to 1
	Undetermined int       `json:"undetermined_accounts,omitempty"`
	Gaps         []Gap     `json:"gaps,omitempty"`
	Copies       int       `json:"mail_copies,omitempty"` // one for each recipient of each mail; part of Attempts
	Mails        []Mail    `json:"mails,omitempty"`       // what the recipients got, by time; at most MaxMails
	MoreMails    int       `json:"mails_more,omitempty"`
	Accounts     []Account `json:"accounts"` // worst outcome first, then by name
}

// Mail is one mail of a campaign as a target's recipients got it. Links are
// defanged, texts are the attacker's.
type Mail struct {
	MessageID  string    `json:"message_id,omitempty"`
	NetworkID  string    `json:"network_id,omitempty"`
	Time       time.Time `json:"time"`
	From       string    `json:"from"`
	Name       string    `json:"from_name,omitempty"`
	ReplyTo    string    `json:"reply_to,omitempty"`
	Subject    string    `json:"subject"`
	Verified   bool      `json:"verified,omitempty"` // SPF or DKIM passed for the domain in From: the address is not forged
	Recipients int       `json:"recipients"`
	Links      []string  `json:"links,omitempty"`   // at most MaxMailParts
	Files      []File    `json:"files,omitempty"`   // at most MaxMailParts
	Domains    []string  `json:"domains,omitempty"` // of sender and links, those that are not everybody's and were not known to the organisation before
	File       string    `json:"file"`
	Line       int64     `json:"line"`
}

// File is an attachment of a mail.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256,omitempty"`
	Kind   string `json:"kind,omitempty"`
}

// MaxMails is how many mails a target lists, MaxMailParts how many links and
// how many attachments of each.
const (
	MaxMails     = 50
	MaxMailParts = 10
)

// MaxSources is how many sources a target lists.
const MaxSources = 10_000

// Account is one account of a target.
type Account struct {
	Account  string    `json:"account"`
	Known    *bool     `json:"known,omitempty"` // false: the log says that no such account exists
	Outcome  Outcome   `json:"outcome"`
	Attempts int       `json:"attempts"` // tries; of mail the copies that were sent to it
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Why      string    `json:"why"`      // the reason for the outcome, in plain words
	Evidence []Record  `json:"evidence"` // the records that prove it, decisive ones first; at most MaxEvidence
}

// MaxEvidence is how many records an account lists; explain shows all.
const MaxEvidence = 12

// Doubted returns the sign-in for which the account is undetermined: its owner
// or the attacker, nobody can tell from the log.
func (a Account) Doubted() (Record, bool) {
	if a.Outcome != Undetermined || len(a.Evidence) == 0 || a.Evidence[0].What != signedIn {
		return Record{}, false
	}
	return a.Evidence[0], true
}

// OwnerToAsk returns a sign-in that followed what a mail asked for and may be
// the attacker's or the owner's: the account is no further than
// [PasswordConfirmed], because nobody can tell from the log.
func (a Account) OwnerToAsk() (Record, bool) {
	if a.Outcome != PasswordConfirmed && a.Outcome != Undetermined {
		return Record{}, false
	}
	for _, e := range a.Evidence {
		if e.What == signedIn {
			return e, true
		}
	}
	return Record{}, false
}

// signedIn is what a record of a sign-in shows.
const signedIn = "ok"

// Record points at one record of the input.
type Record struct {
	File  string    `json:"file"`
	Line  int64     `json:"line"`
	Event string    `json:"event,omitempty"` // the provider's id
	Time  time.Time `json:"time"`
	What  string    `json:"what"` // class and code: "bad_password 50126"
	Addr  string    `json:"address,omitempty"`
}

// Gap is a stretch of the attack's window in which an organisation's log has
// no record although it should.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}
