// Package report makes the public edition: what the public may know about
// attacks on organisations that keep people healthy, without naming one of
// them and without a number that gives one away.
//
// An [Edition] is generated from an allow-listed structure, never redacted
// from the private side. Its numbers are one-dimensional and in bands; what
// protects them is proved in docs/public-edition.md and checked by [Audit]
// before anything is written. Package report/leak, which knows nothing of this
// one, checks the files afterwards.
//
// Start with [Edition], then [Compile].
package report

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/detect"
)

// Schema is the name of the edition's JSON form (docs/schemas).
const Schema = "public-report/1"

// Edition is one public report. No field of it can carry an identifier of a
// protected organisation except the approved prose, which people write: every
// other text is a word of a fixed list, a name from public knowledge, the
// publisher's own, or random.
type Edition struct {
	Schema    string    `json:"schema"`
	ID        string    `json:"id"` // random (UUID version 4): it says nothing about time or order
	Number    int       `json:"edition"`
	Revision  int       `json:"revision,omitempty"` // counts amendments, see [Edition.Amend]
	TLP       string    `json:"tlp"`
	Released  string    `json:"released"` // the date of the edition, and of its files
	Period    Period    `json:"period"`
	Publisher Publisher `json:"publisher"`
	Rules     Rules     `json:"rules"`

	Total      Count       `json:"organisations"`
	Volume     Volume      `json:"volume"`
	Tables     []Table     `json:"tables"`
	Kinds      []Kind      `json:"kinds"`
	Campaigns  []Campaign  `json:"campaigns"` // those that reached at least Rules.K organisations
	Indicators []Indicator `json:"indicators"`

	Norms       []Norm       `json:"norms"`
	Responses   []Response   `json:"responses"`
	Prose       Prose        `json:"prose"`
	Corrections []Correction `json:"corrections"`
}

// Publisher is who answers for the edition.
type Publisher struct {
	Name           string `json:"name"`
	Site           string `json:"site"` // https URL
	KeyFingerprint string `json:"key_fingerprint,omitempty"`
}

// Rules are the limits that the numbers of an edition keep.
type Rules struct {
	K        int    `json:"k"`                // smallest number of organisations that is ever told apart from none
	Universe int    `json:"minimum_universe"` // smallest number of eligible organisations of a place or sector that is named
	Places   Places `json:"places"`
}

// Period is the time that an edition covers. It has no finer unit than half a
// year (G4 of docs/public-edition.md).
type Period struct {
	From Half `json:"from"`
	To   Half `json:"to"` // included
}

func (p Period) String() string {
	if p.From == p.To {
		return p.From.words()
	}
	if p.From.Year == p.To.Year {
		return strconv.Itoa(p.From.Year)
	}
	return p.From.words() + " to " + p.To.words()
}

// Half is half a year.
type Half struct {
	Year   int
	Second bool
}

// HalfOf returns the half-year of a moment, in UTC.
func HalfOf(t time.Time) Half {
	t = t.UTC()
	return Half{t.Year(), t.Month() > time.June}
}

func (h Half) before(o Half) bool {
	return h.Year < o.Year || h.Year == o.Year && !h.Second && o.Second
}

func (h Half) String() string { return fmt.Sprintf("%d-H%d", h.Year, h.ordinal()) }

func (h Half) ordinal() int {
	if h.Second {
		return 2
	}
	return 1
}

func (h Half) words() string {
	return "the " + [...]string{"", "first", "second"}[h.ordinal()] + " half of " + strconv.Itoa(h.Year)
}

// MarshalText writes 2020-H2.
func (h Half) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 2020-H2.
func (h *Half) UnmarshalText(text []byte) error {
	year, half, ok := strings.Cut(string(text), "-H")
	y, err := strconv.Atoi(year)
	if !ok || err != nil || half != "1" && half != "2" {
		return fmt.Errorf("half-year %q: write it as 2020-H2", text)
	}
	*h = Half{y, half == "2"}
	return nil
}

// Count is what is published of a number: the least and the most that it may
// be. Where both are equal it is exact.
type Count struct {
	AtLeast int `json:"at_least"`
	AtMost  int `json:"at_most"`
}

func (c Count) String() string {
	switch {
	case c.AtLeast == c.AtMost:
		return strconv.Itoa(c.AtLeast)
	case c.AtLeast == 0:
		return fmt.Sprintf("fewer than %d", c.AtMost+1)
	}
	return fmt.Sprintf("%d to %d", c.AtLeast, c.AtMost)
}

// Dimension is what a table counts by.
type Dimension string

// The dimensions. A table has one of them, never two.
const (
	ByCountry Dimension = "country"
	ByRegion  Dimension = "region"
	BySector  Dimension = "sector"
	ByKind    Dimension = "kind"
	ByOutcome Dimension = "outcome"
)

// Table counts organisations by one dimension. What is in no row has no
// number: the rest spans at least two categories, so that no row and no rest
// can be worked out from the total.
type Table struct {
	Dimension Dimension `json:"dimension"`
	Multiple  bool      `json:"multiple,omitempty"` // an organisation may be in several rows
	Rows      []Row     `json:"rows"`
}

// Row is one value of a table's dimension: a country code (ISO 3166-1), a
// region, a sector, a kind or an outcome.
type Row struct {
	Value string `json:"value"`
	Count Count  `json:"organisations"`
}

// Volume is how much was tried in the campaigns of an edition, as orders of
// magnitude.
type Volume struct {
	Attempts Magnitude `json:"attempts"`
	Accounts Magnitude `json:"accounts"`
}

// Magnitude is an order of magnitude in words.
type Magnitude string

// magnitudes are the words for numbers below 100, 1,000 and so on.
var magnitudes = [...]Magnitude{"fewer than 100", "hundreds", "thousands", "tens of thousands", "hundreds of thousands", "millions"}

func magnitudeOf(n int) Magnitude {
	i := 0
	for limit := 100; n >= limit && i < len(magnitudes)-1; limit *= 10 {
		i++
	}
	return magnitudes[i]
}

// Kind is a kind of attack that reached at least Rules.K organisations.
type Kind struct {
	Kind       detect.Kind `json:"kind"`
	Techniques []Technique `json:"techniques"`
}

// Technique is a technique of MITRE ATT&CK.
type Technique struct {
	ID   string `json:"id" yaml:"id"`
	Name string `json:"name" yaml:"name"`
}

// Campaign is one hand behind attempts at Rules.K organisations or more.
type Campaign struct {
	ID          string        `json:"id"`    // random
	Kinds       []detect.Kind `json:"kinds"` // each used against at least Rules.K organisations of the campaign
	Habits      []Habit       `json:"habits"`
	Attribution Attribution   `json:"attribution"`
}

// Habit is how a campaign went about it, as one of a fixed list.
type Habit string

// The habits.
const (
	Slow         Habit = "slow"         // less than one attempt per account and hour
	Steady       Habit = "steady"       // one to ten
	Fast         Habit = "fast"         // more than ten
	Rotating     Habit = "rotating"     // a new address for nearly every attempt
	FewAddresses Habit = "few_sources"  // many attempts from each address
	Alphabetical Habit = "alphabetical" // accounts tried in alphabetical order
	Guessed      Habit = "guessed"      // most names tried do not exist
)

// Attribution is what is said about who is behind a campaign. An actor is
// named only after two people have confirmed the assessment.
type Attribution struct {
	Attributed bool             `json:"attributed"`
	Names      []attribute.Name `json:"names,omitempty"`
	Likelihood string           `json:"likelihood,omitempty"` // ICD 203
	Confidence string           `json:"confidence,omitempty"` // low, moderate, high
	Basis      []string         `json:"basis,omitempty"`      // classes of evidence
}

// Indicator is an address or domain of the attackers.
type Indicator struct {
	Type  IndicatorType `json:"type"`
	Value string        `json:"value"`
}

// IndicatorType is what an indicator is, in the words of STIX 2.1.
type IndicatorType string

// The types of indicator.
const (
	IPv4Addr   IndicatorType = "ipv4-addr"
	IPv6Addr   IndicatorType = "ipv6-addr"
	DomainName IndicatorType = "domain-name"
)

// Norm is a rule of law or conduct that may be engaged.
type Norm struct {
	Title  string `json:"title"`
	Text   string `json:"text"`
	Source string `json:"source"`
}

// Response is what a party that an edition speaks of has said, or that it was
// asked and did not answer.
type Response struct {
	Party    string       `json:"party"`
	Kind     ResponseKind `json:"kind"`
	Asked    string       `json:"asked,omitempty"`    // date
	Received string       `json:"received,omitempty"` // date
	Quote    string       `json:"quote,omitempty"`
	Language string       `json:"language,omitempty"` // BCP 47, of the quote
	Source   string       `json:"source,omitempty"`   // URL
}

// ResponseKind is what a response amounts to.
type ResponseKind string

// The kinds of response.
const (
	Denial        ResponseKind = "denial"
	Confirmation  ResponseKind = "confirmation"
	NoComment     ResponseKind = "no_comment"
	NoReply       ResponseKind = "no_reply"
	OtherResponse ResponseKind = "other"
)

// Prose is text that people wrote and approved.
type Prose struct {
	Foreword []string `json:"foreword,omitempty"` // paragraphs
	Call     []string `json:"call,omitempty"`     // replaces the standing call
}

// Correction is a change to a released edition.
type Correction struct {
	Date string `json:"date"`
	Text string `json:"text"`
}

// Amend returns the edition with further responses and corrections. Its
// numbers stay as they are: numbers are compiled anew only for a new edition,
// which the ledger holds against this one.
func (e Edition) Amend(responses []Response, corrections []Correction) (Edition, error) {
	var err error
	if e, err = clone(e); err != nil {
		return Edition{}, err
	}
	e.Revision++
	e.Responses = append(e.Responses, responses...)
	e.Corrections = append(e.Corrections, corrections...)
	return e, checkResponses(e.Responses, e.Corrections)
}

func clone(e Edition) (out Edition, err error) {
	text, err := json.Marshal(e)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out)
}
