package actor

import "time"

// HabitKind is what a habit is about.
type HabitKind string

// The kinds of habit. Where the measure of a campaign that answers a kind
// lives is in campaign.Features.
const (
	Tempo          HabitKind = "tempo"          // Low to High attempts per account and hour
	Addresses      HabitKind = "addresses"      // a rotating pool of about Pool addresses, a new one for nearly each attempt on an account
	Client         HabitKind = "client"         // a user agent or client name that contains Has
	Protocol       HabitKind = "protocol"       // a protocol named Has
	Hours          HabitKind = "hours"          // works From to To, UTC
	Weekdays       HabitKind = "days"           // works on Days
	Infrastructure HabitKind = "infrastructure" // comes through Has: tor, vpn, residential, cloud. Shared by all, it tells nobody apart
	Note           HabitKind = "note"           // told, but without a figure that could be measured
)

// Habit is one published trait of how an actor signs in. Only the fields of
// its kind are set.
type Habit struct {
	Kind   HabitKind
	Low    float64
	High   float64
	Pool   int
	Has    string
	Common bool // many others do the same: it weighs next to nothing
	From   time.Duration
	To     time.Duration // since midnight UTC; after From
	Days   []time.Weekday
	Text   string // the habit in plain words
	Refs   []string
}
