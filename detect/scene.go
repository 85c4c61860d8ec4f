package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
)

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// Scene is one organisation's facts with what every detector needs derived
// from them once.
type Scene struct {
	Org org.ID
	*ledger.View

	Novelty []Novelty // by attempt
	Users   int       // accounts that ever signed in

	// MailBudget is how many mails a day the ranking may put before people,
	// beside those that speak for themselves; 0 stands for DefaultMailBudget.
	MailBudget int

	guesses  []bool // by attempt: see guess
	weights  *Weights
	families []uint32        // client family by client number
	kinds    []uint32        // family and way of speaking by client number
	usual    usual           // what people's sign-ins look like
	homes    map[uint32]bool // addresses that are the people's own (see homesOf)
	span     [2]int64        // first and last hour with any sign-in, milliseconds
	days     map[int64]bool  // days since 1970 with any sign-in

	byAccount, byAddr, byClient index // attempts
}

// index lists positions by a number: those of n are at[start[n]:start[n+1]].
type index struct{ start, at []uint32 }

// newIndex sorts the positions 0..n-1 by their number, which is below limit (a
// counting sort).
func newIndex(n, limit int, number func(i uint32) uint32) index {
	x := index{make([]uint32, limit+1), make([]uint32, n)}
	for i := range uint32(n) {
		x.start[number(i)+1]++
	}
	for k := 1; k <= limit; k++ {
		x.start[k] += x.start[k-1]
	}
	next := slices.Clone(x.start)
	for i := range uint32(n) {
		k := number(i)
		x.at[next[k]] = i
		next[k]++
	}
	return x
}

// AttemptsOn returns the attempts on an account, in order of time.
func (s *Scene) AttemptsOn(account uint32) []uint32 { return s.byAccount.of(account) }

// AttemptsFrom returns the attempts from an address, in order of time.
func (s *Scene) AttemptsFrom(addr uint32) []uint32 { return s.byAddr.of(addr) }

// AttemptsWith returns the attempts with a client, in order of time.
func (s *Scene) AttemptsWith(client uint32) []uint32 { return s.byClient.of(client) }

func (x index) of(k uint32) []uint32 { return x.at[x.start[k]:x.start[k+1]] }

// NewScene prepares an organisation's facts for the detectors, which weigh
// evidence by the weights of the program.
func NewScene(id org.ID, v *ledger.View) *Scene { return NewWeighedScene(id, v, DefaultWeights()) }

// NewWeighedScene is [NewScene] with other weights.
func NewWeighedScene(id org.ID, v *ledger.View, w *Weights) *Scene {
	s := &Scene{Org: id, View: v, weights: w}
	s.families, s.kinds = families(v)
	s.usual = newUsual(v, s.kinds)
	s.Users = len(s.usual.firsts)
	s.days = map[int64]bool{}
	for _, h := range v.Hours() {
		s.days[int64(h)*hour/day] = true
	}
	if hours := v.Hours(); len(hours) > 0 {
		s.span = [2]int64{int64(hours[0]) * hour, (int64(hours[len(hours)-1]) + 1) * hour}
	}
	s.byAccount = newIndex(v.Len(), v.Accounts(), v.AttemptAccount)
	s.byAddr = newIndex(v.Len(), v.Addrs(), v.AttemptAddr)
	s.byClient = newIndex(v.Len(), v.Clients(), v.AttemptClient)
	s.homes = s.homesOf()
	s.Novelty = s.novelties()
	return s
}

// orphans counts the guesses that nobody came back for.
func (s *Scene) orphans() int {
	orphans := 0
	for i, n := range s.Novelty {
		if n.Is(Orphan) && s.guesses[i] {
			orphans++
		}
	}
	return orphans
}

// LoggedDays returns on how many days the log has any sign-in.
func (s *Scene) LoggedDays() int { return len(s.days) }

// EachDay calls f for each day (since 1970) with any sign-in, in no order.
func (s *Scene) EachDay(f func(day int64)) {
	for d := range s.days {
		f(d)
	}
}

// guess reports whether attempt i tried a credential: whether it counts for
// the detectors. Failures of unknown meaning do not: an outage has thousands.
func (s *Scene) guess(a ledger.Attempt) bool {
	return a.Class.Refused() || a.Class.ConfirmsPassword()
}

// finding fills in what follows from the attempts.
func (s *Scene) finding(detector string, kind Kind, subject string, attempts []uint32, prior float64, evidence []Evidence) Finding {
	slices.Sort(attempts)
	first := s.Attempt(attempts[0]).Time()
	last := s.Attempt(attempts[len(attempts)-1]).Time()
	evidence = slices.Clone(evidence) // findings at several organisations share theirs
	prior = s.weights.apply(detector, prior, evidence)
	return Finding{
		ID:       findingID(detector, s.Org, subject, s.Key(attempts[0])),
		Detector: detector, Kind: kind, Org: s.Org, Subject: subject,
		First: first, Last: last,
		Score: Score(prior, evidence), Evidence: evidence, Attempts: attempts,
	}
}

// findingID is a hash of what a finding is about and of its first record, so
// that the next scan gives the same finding the same id.
func findingID(detector string, id org.ID, subject string, first uint64) string {
	h := xxhash.Sum64String(fmt.Sprintf("%s\x00%s\x00%s\x00%x", detector, id, subject, first))
	return fmt.Sprintf("F-%012x", h>>16)
}

// Score turns a prior (log odds) and weighted evidence into a probability.
func Score(prior float64, evidence []Evidence) float64 {
	x := prior
	for _, e := range evidence {
		x += e.Weight
	}
	return round(1/(1+math.Exp(-x)), 4)
}

// episodes splits attempts, ascending in time, where nothing happens for
// longer than gap milliseconds.
func (s *Scene) episodes(attempts []uint32, gap int64) [][]uint32 {
	if len(attempts) == 0 {
		return nil
	}
	var out [][]uint32
	start := 0
	for i := 1; i <= len(attempts); i++ {
		if i == len(attempts) || s.AttemptAt(attempts[i])-s.AttemptAt(attempts[i-1]) > gap {
			out = append(out, attempts[start:i:i])
			start = i
		}
	}
	return out
}

// groupBy collects attempts by key. Go through the groups with [byFirst]: the
// order of a map is nobody's.
func groupBy[K comparable](n int, key func(i uint32) (K, bool)) map[K][]uint32 {
	groups := map[K][]uint32{}
	for i := range uint32(n) {
		if k, ok := key(i); ok {
			groups[k] = append(groups[k], i)
		}
	}
	return groups
}

func round(x float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(x*p) / p
}

// weigh makes one item of evidence, rounded so that a hash of it is stable.
func weigh(what string, value, weight float64, text string, args ...any) Evidence {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	if math.IsNaN(weight) || math.IsInf(weight, 0) || math.IsNaN(value) || math.IsInf(value, 0) {
		return Evidence{What: what, Text: text} // what cannot be measured weighs nothing
	}
	return Evidence{What: what, Value: round(value, 4), Weight: round(weight, 3), Text: text}
}

// times writes a number as English does: once, twice, 3 times.
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return strconv.Itoa(n) + " times"
}

// byFirst returns the keys of groups in the order of their first attempts.
func byFirst[K comparable](groups map[K][]uint32) []K {
	keys := make([]K, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b K) int { return cmp.Compare(groups[a][0], groups[b][0]) })
	return keys
}

// lasting writes a length of time for people.
func lasting(ms int64) string {
	switch d := float64(ms); {
	case ms < 2*minute:
		return fmt.Sprintf("%.0f seconds", math.Max(1, d/float64(second)))
	case ms < 2*hour:
		return fmt.Sprintf("%.0f minutes", d/float64(minute))
	case ms < 2*day:
		return fmt.Sprintf("%.0f hours", d/float64(hour))
	default:
		return fmt.Sprintf("%.0f days", d/float64(day))
	}
}
