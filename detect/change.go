package detect

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// orgChange finds a rise in the orphan novel failures of an organisation as a
// whole, whatever sources and accounts they are spread over (Javed, Paxson,
// "Detecting Stealthy, Distributed SSH Brute-Forcing", CCS 2013: first the
// aggregate, then who takes part). Two banks of tests watch it: one by the
// hour, one by the day for attacks of one try per account and day.
var orgChange = Detector{
	Name:  "org_change",
	Doc:   "a rise of failures that nobody comes back for, over the whole organisation: distributed sprays of a new address for each try",
	Blind: "attacks below about five accounts a day against a background of twelve; attacks that are as old as the log; clients and networks that the accounts use themselves",
	Key:   ByOrganisation,
	Find:  func(scenes []*Scene) []Finding { return findOrgChanges(scenes[0]) },
}

func findOrgChanges(s *Scene) []Finding {
	// The strict atom has the lower background. The loose one, without the
	// client, also sees who imitates the organisation's own browsers.
	perDay := s.noisePerDay()
	most := namedWeather
	if s.unnamedLog() {
		most = hostWeather
	}
	var brackets []bracket
	orphans := make([]orphan, 0, s.orphans())
	for _, atom := range []struct {
		novelty Novelty
		perDay  float64
	}{{OrphanNovel, perDay}, {OrphanNovel &^ NewClient, 2 * perDay}} {
		orphans = orphans[:0]
		for i, n := range s.Novelty {
			if n.Is(atom.novelty) && s.guesses[i] {
				orphans = append(orphans, newOrphan(uint32(i), false)) // both atoms are fresh
			}
		}
		brackets = append(brackets, rises([]*Scene{s}, sightingsAt(orphans), s.days, s.span[0], s.span[1], atom.perDay, most)...)
	}

	var found []Finding
	for _, b := range mergeBrackets(brackets) {
		members, outside := s.participants(b)
		quiet, loud := withoutLoudSources([]*Scene{s}, [][]uint32{s.core(members, 200, 20)})
		members, b.seen = quiet[0], b.seen-float64(loud)
		if b.seen <= b.expected {
			continue // the rise was that of a few sources
		}
		for k, one := range hands([]*Scene{s}, [][]uint32{members}) {
			hand := one[0]
			subject := "organisation"
			if k > 0 { // several hands in one rise
				subject = fmt.Sprintf("organisation, hand %d", k+1)
			}
			if f, ok := s.judgeWide("org_change", subject, b.share(len(hand), len(members)), hand, outside); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

// How many times more than expected without history the noise of an
// organisation may be before it is held for an attack as old as the log. A log
// that names no clients is that of exposed hosts, whose weather differs by
// hundreds.
const (
	namedWeather = 4.0
	hostWeather  = 400.0
)

// unnamedLog reports whether hardly any failure of the log names its client.
func (s *Scene) unnamedLog() bool {
	named := 0
	for c := range uint32(s.Clients()) {
		if s.Client(c).UserAgent != "" {
			named += len(s.byClient.of(c))
		}
	}
	return 10*named < s.Len()
}

// judgeWide asks whether what raised a count at one organisation looks like
// one program's work. outside is how many attempts of the kind lie elsewhere.
func (s *Scene) judgeWide(detector, subject string, b bracket, members []uint32, outside int) (Finding, bool) {
	t := s.tally(members)
	if len(t.accounts) < minAccounts || len(s.addrsOf(members)) < 3 {
		return Finding{}, false // one source or one account: the others judge those
	}
	evidence := coordination([]*Scene{s}, [][]uint32{members})
	evidence = append(evidence, steady(b, s.days, len(members), outside)...)
	if s.unnamed(members) {
		evidence = append(evidence, weigh("no_client_named", 1, -4, "the log names no clients: what one hand tries cannot be told from the noise around it"))
	}
	evidence = append(evidence, b.rise())
	return s.finding(detector, s.sprayKind(t, s.unknown(t.accounts)), subject, members, coordinationPrior, evidence), true
}

// core cuts off the thin ends of a set of attempts: the stretches before and
// after its bulk in which they come that many times more slowly. What is less
// than one in part of all is no bulk. The noise that a bracket includes there
// has the same clients by chance.
func (s *Scene) core(members []uint32, slower int64, part int) []uint32 {
	if len(members) < 20 {
		return members
	}
	gaps := make([]int64, len(members)-1)
	for k := range gaps {
		gaps[k] = s.AttemptAt(members[k+1]) - s.AttemptAt(members[k])
	}
	slices.Sort(gaps)
	limit := max(hour, slower*gaps[len(gaps)/2])
	from, to := -1, 0
	start := 0
	for k := 1; k <= len(members); k++ {
		if k < len(members) && s.AttemptAt(members[k])-s.AttemptAt(members[k-1]) <= limit {
			continue
		}
		if part*(k-start) >= len(members) {
			if from < 0 {
				from = start
			}
			to = k
		}
		start = k
	}
	if from < 0 {
		return members
	}
	return members[from:to]
}

// bracket is a time of raised failures, milliseconds, to excluded.
type bracket struct {
	from, to       int64
	expected, seen float64
}

// share is the bracket of one of several hands, which has part of all attempts.
func (b bracket) share(part, all int) bracket {
	b.seen *= float64(part) / float64(max(1, all))
	return b
}

// rise weighs by how much the count is raised: a tenfold rise is hardly a burst
// of noise, and what was never there before hardly any at all.
func (b bracket) rise() Evidence {
	w := 2 * math.Log(max(b.seen, 0.5)/max(b.expected, 0.05)) * min(1, b.seen/8)
	return weigh("rise", b.seen, damp(w, 12), "%.0f accounts met failures that nobody came back for in %s, where %.1f were to be expected",
		b.seen, lasting(b.to-b.from), b.expected)
}

// rises watches the number of accounts by the hour and, for attacks of one try
// per account and day, by the day. perDay is how many are expected without
// history, most how many times more the log may show to be usual.
func rises(scenes []*Scene, seen sightings, days map[int64]bool, from, to int64, perDay, most float64) []bracket {
	return append(risesBy(hour, scenes, seen, days, from, to, perDay/24, most, 1.5, 18),
		risesBy(day, scenes, seen, days, from, to, perDay, most, 3, 12)...)
}

// risesBy watches the number of accounts per bin of width and returns the times
// in which it is raised. What was seen lies in [from, to). Days on which nothing
// at all was logged are left out: silence of a log is no quiet of attackers.
func risesBy(width int64, scenes []*Scene, seen sightings, days map[int64]bool, from, to int64, prior, most, clumping, threshold float64) []bracket {
	start := from / width
	counts := make([]float64, to/width-start+1)
	var last []int64 // the bin + 1 in which each account of a scene was counted last
	for k, orphans := range seen.byScene() {
		s := scenes[k]
		last = slices.Grow(last[:0], s.Accounts())[:s.Accounts()]
		clear(last)
		for _, o := range orphans {
			if o.repeat() {
				continue
			}
			bin, account := s.AttemptAt(o.attempt())/width-start, s.AttemptAccount(o.attempt())
			if last[account] != bin+1 && bin >= 0 && bin < int64(len(counts)) {
				last[account] = bin + 1
				counts[bin]++
			}
		}
	}
	prior = typical(counts, days, start, width, prior, most)
	var out []bracket
	logged := func(bin int) bool { return days[(start+int64(bin))*width/day] }
	for _, st := range newWatcher(prior, clumping, threshold).watch(counts, logged) {
		out = append(out, bracket{(start + int64(st.from)) * width, (start + int64(st.to) + 1) * width, st.expected, st.seen})
	}
	return out
}

// typical corrects the count that is expected of a bin by what half of the days
// of the log do not exceed, where there are enough of them; but no further than
// by the given factor up and by two down, so that an attack as old as the log
// does not become what is usual.
func typical(counts []float64, days map[int64]bool, start, width int64, prior, most float64) float64 {
	const enough = 7
	perDay := map[int64]float64{}
	for bin, n := range counts {
		if d := (start + int64(bin)) * width / day; days[d] {
			perDay[d] += n
		}
	}
	if len(perDay) < enough {
		return prior
	}
	list := slices.Sorted(maps.Values(perDay))
	usual := list[len(list)/2] * float64(width) / float64(day)
	return min(most*prior, max(prior/2, usual))
}

// mergeBrackets joins brackets that overlap or lie within a day.
func mergeBrackets(bs []bracket) []bracket {
	slices.SortFunc(bs, func(a, b bracket) int { return int(a.from - b.from) })
	var out []bracket
	for _, b := range bs {
		if n := len(out); n > 0 && b.from <= out[n-1].to+day {
			last := &out[n-1]
			last.to = max(last.to, b.to)
			if b.seen > last.seen {
				last.seen, last.expected = b.seen, b.expected
			}
			continue
		}
		out = append(out, b)
	}
	return out
}

// participants returns the attempts of a bracket that belong to what raised
// the count: orphans with a client that is far more frequent inside than
// outside. A client is judged by its failures only; that people also use it
// does not clear it, because attackers imitate people. Clients that come with
// one or two accounts are judged together with all that speak as they do,
// because a tool may change its name with each try. elsewhere is how many
// orphans with these clients lie outside.
func (s *Scene) participants(b bracket) (members []uint32, elsewhere int) {
	type way struct {
		client uint32 // of those with several accounts
		spoken string // of the others
	}
	inside, outside := map[uint32][]uint32{}, map[uint32]int{}
	for i := range uint32(s.Len()) {
		if !s.Novelty[i].Is(Orphan) || !s.guesses[i] {
			continue
		}
		a := s.Attempt(i)
		if a.At >= b.from && a.At < b.to {
			inside[a.Client] = append(inside[a.Client], i)
		} else {
			outside[a.Client]++
		}
	}
	within, without := map[way][]uint32{}, map[way]int{}
	wayOf := func(client uint32) way {
		if s.accounts(inside[client]) >= 3 {
			return way{client: client}
		}
		c := s.Client(client)
		return way{spoken: c.Protocol.String() + " " + c.Client}
	}
	for client, attempts := range inside {
		w := wayOf(client)
		within[w] = append(within[w], attempts...)
	}
	for client, n := range outside {
		without[wayOf(client)] += n
	}
	in := float64(b.to - b.from)
	out := float64(s.span[1]-s.span[0]) - in + float64(2*day)
	for w, attempts := range within {
		ratio := (float64(len(attempts)) / in) / ((float64(without[w]) + 1) / out)
		if ratio >= 4 && s.accounts(attempts) >= 3 { // one or two accounts: a device with an old password
			members = append(members, attempts...)
			elsewhere += without[w]
		}
	}
	slices.Sort(members)
	return members, elsewhere
}

// unnamed reports whether hardly any of the attempts names its client.
func (s *Scene) unnamed(attempts []uint32) bool {
	named := 0
	for _, i := range attempts {
		if s.Client(s.AttemptClient(i)).UserAgent != "" {
			named++
		}
	}
	return 10*named < len(attempts)
}

// accounts counts the accounts of the attempts.
func (s *Scene) accounts(attempts []uint32) int {
	seen := newCounter(s.Accounts())
	defer seen.free()
	for _, i := range attempts {
		seen.add(s.AttemptAccount(i), 1)
	}
	return len(seen.list)
}

// steady speaks against attempts that the log does not show to have begun or
// ended: outside their time there are as many as inside, or too little of the
// log to tell. That is the weather, and no test of change can tell an attack
// from it; one that outlasts the log is found by the rotation of networks
// alone. inside and outside are numbers of attempts of the same kind.
func steady(b bracket, days map[int64]bool, inside, outside int) []Evidence {
	length := float64(b.to - b.from)
	logged := 0.0 // of the time outside
	for d := range days {
		if (d+1)*day <= b.from || d*day >= b.to {
			logged += float64(day)
		}
	}
	expected := float64(inside) / length * logged
	if expected >= 10 && float64(outside) < 0.2*expected {
		return nil
	}
	return []Evidence{weigh("no_beginning", length/float64(day), -14,
		"the log does not show it to begin or end (%d tries in %s, %d outside): this is what the constant noise of scanners looks like", inside, lasting(b.to-b.from), outside)}
}

// unknown counts the accounts that do not exist.
func (s *Scene) unknown(accounts []uint32) int {
	n := 0
	for _, a := range accounts {
		if s.doesNotExist(a) {
			n++
		}
	}
	return n
}
