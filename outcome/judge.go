package outcome

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/signin"
)

// Judge says how far a campaign got at one organisation.
func Judge(c campaign.Campaign, m campaign.Member, s *detect.Scene) Target {
	if len(m.Attempts) == 0 {
		return judgeMails(c, m, s)
	}
	t := judgeSignIns(c, m, s)
	if len(m.Mails) > 0 {
		t = joint(c, t, judgeMails(c, m, s))
	}
	return t
}

func judgeSignIns(c campaign.Campaign, m campaign.Member, s *detect.Scene) Target {
	j := newJudge(c, m, s)
	t := Target{Campaign: c.ID, Org: m.Org, Kinds: j.kinds(), First: j.first, Last: j.last}
	t.Gaps = gaps(s.Hours(), j.first, j.last)

	j.addUnrefused()
	for _, a := range slices.Sorted(maps.Keys(j.attempts)) {
		acc := j.account(a, len(t.Gaps) > 0)
		t.Attempts += acc.Attempts
		t.Accounts = append(t.Accounts, acc)
		t.Outcome = max(t.Outcome, acc.Outcome)
		if acc.Outcome == Undetermined {
			t.Undetermined++
		}
		if acc.Last.After(t.Last) {
			t.Last = acc.Last
		}
	}
	slices.SortFunc(t.Accounts, func(a, b Account) int {
		return cmp.Or(cmp.Compare(b.Outcome, a.Outcome), cmp.Compare(a.Account, b.Account))
	})
	t.Sources, t.More = j.sources()
	t.Clients = j.clients()
	t.Confidence = confidence(c, t)
	return t
}

// judge holds one campaign's traces at one organisation.
type judge struct {
	c           campaign.Campaign
	s           *detect.Scene
	first, last time.Time
	attempts    map[uint32][]uint32 // by account
	addrs       map[uint32]bool     // addresses of the attack from which nobody signs in but, perhaps, the accounts attacked
	pairs       map[visit]bool      // address and kind of client he used, also from familiar addresses
	tools       map[uint32]bool     // kinds of client he used
	withKind    map[uint32]int      // attempts by kind of client
	all         int                 // attempts
	used        map[uint32]bool     // all addresses of attempts
	seen        map[netip.Addr]bool // all addresses, those of sign-ins among them once they are judged
	insists     map[insistence]int  // tries on an account from an address
	rare        map[uint32]bool     // answers of peculiar
	chance      *chance             // what strange sign-ins are to be expected anyway; nil until asked
}

// visit is an address and a kind of client.
type visit struct {
	addr uint32
	kind uint32 // detect.Scene.Kind
}

// insistence is an account and an address from which it is tried.
type insistence struct{ account, addr uint32 }

// insistent is how many tries on one account from an address at which it never
// signed in are not its owner's any more.
const insistent = 5

func newJudge(c campaign.Campaign, m campaign.Member, s *detect.Scene) *judge {
	j := &judge{
		c: c, s: s, attempts: map[uint32][]uint32{},
		addrs: map[uint32]bool{}, pairs: map[visit]bool{}, tools: map[uint32]bool{}, withKind: map[uint32]int{}, used: map[uint32]bool{}, seen: map[netip.Addr]bool{}, insists: map[insistence]int{}, rare: map[uint32]bool{},
	}
	tried := map[uint32]bool{}
	for _, i := range m.Attempts {
		tried[s.AttemptAccount(i)] = true
	}
	j.first = s.Attempt(m.Attempts[0]).Time()
	j.last = s.Attempt(m.Attempts[len(m.Attempts)-1]).Time()
	spread, tries := map[uint32]map[uint32]bool{}, map[uint32]int{}
	for _, i := range m.Attempts {
		a := s.Attempt(i)
		if spread[a.Addr] == nil {
			spread[a.Addr] = map[uint32]bool{}
		}
		spread[a.Addr][a.Account] = true
		tries[a.Addr] += a.Tries
		j.insists[insistence{a.Account, a.Addr}] += a.Tries
	}
	for _, i := range m.Attempts {
		a := s.Attempt(i)
		j.attempts[a.Account] = append(j.attempts[a.Account], i)
		j.tools[j.s.Kind(a.Client)] = true
		j.withKind[j.s.Kind(a.Client)]++
		j.all++
		if addr := s.Addr(a.Addr); addr.IsValid() {
			j.pairs[visit{a.Addr, j.s.Kind(a.Client)}] = true
			j.seen[addr], j.used[a.Addr] = true, true
			// An address that only one account failed from may be where its owner
			// is, with an old password in a device, unless the attack comes from a
			// few addresses and this is one that tries again and again.
			busy := len(spread[a.Addr]) > 1 || len(spread) <= 10 && tries[a.Addr] >= 5
			if busy && !s.PeopleAt(a.Net, func(a uint32) bool { return tried[a] }) && !s.Home(a.Addr) {
				j.addrs[a.Addr] = true
			}
		}
	}
	return j
}

func (j *judge) kinds() []detect.Kind {
	var kinds []detect.Kind
	for _, f := range j.c.Findings {
		if f.Org == j.s.Org && !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// followsUp is how long after the last attempt a sign-in still counts as the
// intruder's: found passwords are used the same day as a rule (Storm-0940),
// sold ones within two weeks.
const followsUp = 14 * 24 * time.Hour

// account places one account on the ladder.
func (j *judge) account(a uint32, gaps bool) Account {
	s := j.s
	acc := Account{Account: s.Account(a).String()}
	if s.Exists(a) == signin.No {
		no := false
		acc.Known = &no
	}
	var proofs, silent, unread []uint32
	var locked bool
	for _, i := range j.attempts[a] {
		at := s.Attempt(i)
		acc.Attempts += at.Tries
		switch {
		case at.Class.ConfirmsPassword():
			if j.attackers(i, at) {
				proofs = append(proofs, i)
			}
		case at.Class.SaysNothing():
			silent = append(silent, i)
			locked = locked || at.Class == signin.Locked
		case at.Class == signin.Other:
			unread = append(unread, i)
		}
	}
	all := j.attempts[a]
	got := j.access(a, mostByChance)
	var doubt []ledger.Success
	if len(got) == 0 {
		doubt = j.access(a, doubtByChance)
	}
	if len(all) > 0 {
		acc.First, acc.Last = s.Attempt(all[0]).Time(), s.Attempt(all[len(all)-1]).Time()
	} else {
		acc.First = s.SuccessRef(got[0]).Time
	}
	switch {
	case len(got) > 0:
		acc.Outcome = Succeeded
		acc.Attempts++ // the try that succeeded
		acc.Why = j.whySucceeded(got[0])
		for k, x := range got {
			if k < 3 { // room for what he did then
				acc.Evidence = append(acc.Evidence, successRecord(x, s))
			}
			acc.Last = later(acc.Last, time.UnixMilli(x.Last).UTC())
			if addr := s.Addr(x.Addr); addr.IsValid() {
				j.seen[addr] = true
			}
		}
		j.acts(a, got, &acc)
	case len(proofs) > 0:
		acc.Outcome = PasswordConfirmed
		acc.Why = fmt.Sprintf("%s shows that the password was right; no access is seen", describe(s.Ref(proofs[0])))
	case gaps:
		acc.Outcome = Undetermined
		acc.Why = "every attempt seen was refused, but the log has gaps in the time of the attack"
	case len(doubt) > 0:
		x := doubt[0]
		acc.Outcome = Undetermined
		acc.Why = fmt.Sprintf("the tries end with a sign-in from %s, from where the account had never signed in: its owner on the road or the attacker; %.2g such are to be expected by chance at this organisation, too many to tell",
			s.Addr(x.Addr), j.expected(all))
		acc.Evidence = append(acc.Evidence, successRecord(x, s))
	case len(silent) == len(all):
		acc.Outcome = Undetermined
		acc.Why = "the only answers were of a kind that says nothing about the password (" + describe(s.Ref(silent[0])) + ")"
	case len(unread)+len(silent) == len(all):
		acc.Outcome = Attempted
		acc.Why = "the log does not say how the attempts ended (" + describe(s.Ref(unread[0])) + ")"
	default:
		acc.Outcome = Blocked
		acc.Why = "every attempt was refused and nothing shows that a password was right"
		if locked {
			acc.Why += "; the account was locked meanwhile, which says nothing about the password"
		}
	}
	for _, i := range proofs[:min(len(proofs), MaxEvidence)] {
		acc.Evidence = append(acc.Evidence, attemptRecord(i, s))
	}
	acc.Evidence = append(acc.Evidence, ends(all, proofs, s)...)
	if len(acc.Evidence) > MaxEvidence {
		acc.Evidence = acc.Evidence[:MaxEvidence]
	}
	return acc
}

// addUnrefused adds the accounts that have no refusal because the first try
// was right: from an address of the attack and with its client, both new here.
func (j *judge) addUnrefused() {
	for a := range uint32(j.s.Accounts()) {
		if _, tried := j.attempts[a]; !tried && len(j.access(a, mostByChance)) > 0 {
			j.attempts[a] = nil
		}
	}
}

// access returns the sign-ins of the account that are the intruder's, in order
// of time. Each has the address or the tool of the attack and is from a
// network, or with a client, that was not the account's own before. At most so
// many that only the tries give away may be expected by chance.
func (j *judge) access(a uint32, most float64) []ledger.Success {
	tried := j.attempts[a]
	began := j.first.UnixMilli()
	if len(tried) > 0 {
		began = j.s.AttemptAt(tried[0])
	}
	until := j.last.Add(followsUp).UnixMilli()
	var got []ledger.Success
	j.s.Successes(a, func(x ledger.Success) bool {
		from := began
		if j.peculiar(j.s.Kind(x.Client)) { // his tool may have been right before it was wrong
			from = j.first.UnixMilli()
		}
		if x.First >= from && x.First <= until && j.intruder(x, tried, from, most) {
			got = append(got, x)
		}
		return true
	})
	slices.SortFunc(got, func(x, y ledger.Success) int {
		a, b := j.s.SuccessRef(x), j.s.SuccessRef(y)
		return cmp.Or(cmp.Compare(x.First, y.First), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return got
}

func (j *judge) intruder(x ledger.Success, tried []uint32, began int64, most float64) bool {
	kind := j.s.Kind(x.Client)
	if len(tried) == 0 && !(j.tools[kind] && (j.used[x.Addr] || j.leads(kind))) {
		return false // nothing but the address is anybody behind the same proxy, nothing but one of many tools anybody's new one
	}
	newNet := !j.s.SignedInFrom(x.Account, x.Net, 0, began)
	switch {
	case newNet && j.addrs[x.Addr] && !j.s.Roams(x.Account, began) && (len(j.used) <= fewAddresses || j.tools[kind] || j.triedFrom(x, tried)):
		return true
	case j.pairs[visit{x.Addr, kind}] && j.peculiar(kind): // others sign in from there: only the tool can tell
		return true
	case !newNet || j.s.UsersOf(x.Net, j.first.UnixMilli()) > 0:
		return false
	case !j.tools[kind]: // who shows many may show another
		return len(j.tools) >= manyTools && j.outOfCharacter(x, tried, most)
	case j.s.Client(x.Client).UserAgent == "":
		return j.outOfCharacter(x, tried, most)
	}
	return j.peculiar(kind) || j.outOfCharacter(x, tried, most)
}

// leads reports whether at least half of the attempts came with that kind of
// client.
func (j *judge) leads(kind uint32) bool {
	return 2*j.withKind[kind] >= j.all
}

// manyTools is from how many kinds of client on an attacker changes them at
// will.
const manyTools = 4

// fewAddresses is up to how many addresses an attack is known by these alone.
// Who has more of them uses exits and proxies that others use, too.
const fewAddresses = 10

// triedFrom reports whether the account was tried from the address of a sign-in
// in the hour before it.
func (j *judge) triedFrom(x ledger.Success, tried []uint32) bool {
	for _, i := range tried {
		if a := j.s.Attempt(i); a.Addr == x.Addr && a.At <= x.First && x.First-a.At <= time.Hour.Milliseconds() {
			return true
		}
	}
	return false
}

// attackers reports whether an attempt that proves a password right shows the
// attacker: by an address that others were tried from or that tries again and
// again, or by his tool. With a browser that everybody uses, from an address of its own, it may be the owner
// on the road who was asked for the second factor.
func (j *judge) attackers(i uint32, a ledger.Attempt) bool {
	if j.insists[insistence{a.Account, a.Addr}] >= insistent && !j.s.SignedInFrom(a.Account, a.Net, 0, a.At) {
		return true
	}
	if j.s.Client(a.Client).UserAgent == "" {
		return j.addrs[a.Addr] || j.s.Novelty[i].Is(detect.Orphan)
	}
	return j.addrs[a.Addr] || j.peculiar(j.s.Kind(a.Client))
}

// peculiar reports whether at most one account in a hundred had signed in with
// that kind of client before the attack: whether it tells the attacker from
// the people.
func (j *judge) peculiar(kind uint32) bool {
	if known, ok := j.rare[kind]; ok {
		return known
	}
	users, people := j.s.UsersWith(kind, j.s.Learned(j.first.UnixMilli()))
	j.rare[kind] = 100*users <= people && people > 0
	return j.rare[kind]
}

func (j *judge) whySucceeded(x ledger.Success) string {
	from := j.s.Addr(x.Addr)
	switch {
	case j.pairs[visit{x.Addr, j.s.Kind(x.Client)}] && j.peculiar(j.s.Kind(x.Client)):
		return fmt.Sprintf("signed in from %s with the client of the attack, which hardly anybody here uses", from)
	case j.addrs[x.Addr]:
		return fmt.Sprintf("signed in from %s, an address of the attack that the account had not used before", from)
	case j.peculiar(j.s.Kind(x.Client)):
		return fmt.Sprintf("signed in from %s, new to the account, with the client of the attack", from)
	case j.s.Client(x.Client).UserAgent != "":
		return fmt.Sprintf("signed in from %s, a place new to the account, amid the attack's tries on it, which end there; %.2f such sign-ins were to be expected by chance", from, j.expected(j.attempts[x.Account]))
	}
	return fmt.Sprintf("signed in from %s, a place new to the account, when the next try of the attack was due; %.2f such sign-ins were to be expected by chance", from, j.expected(j.attempts[x.Account]))
}

// acts adds what was done from the intruder's addresses after he got in.
func (j *judge) acts(a uint32, got []ledger.Success, acc *Account) {
	nets := map[uint32]bool{}
	for _, x := range got {
		nets[x.Net] = true
	}
	j.s.Acts(func(act ledger.Act) bool {
		if act.Account == a && nets[act.Net] && act.At >= got[0].First {
			acc.Evidence = append(acc.Evidence, Record{
				File: act.Ref.File, Line: act.Ref.Line, Event: act.Ref.ID, Time: act.Ref.Time,
				What: "then " + act.Action, Addr: j.s.Addr(act.Addr).String(),
			})
			acc.Last = later(acc.Last, act.Ref.Time)
		}
		return true
	})
}

func (j *judge) sources() (list []netip.Addr, more int) {
	list = slices.SortedFunc(maps.Keys(j.seen), netip.Addr.Compare)
	if len(list) > MaxSources {
		more = len(list) - MaxSources
		list = list[:MaxSources]
	}
	return list, more
}

func (j *judge) clients() []string {
	counts := map[string]int{}
	for _, list := range j.attempts {
		for _, i := range list {
			a := j.s.Attempt(i)
			counts[j.s.Client(a.Client).Label()] += a.Tries
		}
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	return names[:min(len(names), 10)]
}

// Records returns every record of the campaign's attempts at the organisation,
// in order of time, for explain.
func Records(m campaign.Member, s *detect.Scene) map[string][]Record {
	out := map[string][]Record{}
	for _, i := range m.Attempts {
		name := s.Account(s.AttemptAccount(i)).String()
		out[name] = append(out[name], attemptRecord(i, s))
	}
	return out
}

// ends returns the first and the last of the attempts that are not proofs: the
// records between which the rest lies.
func ends(all, proofs []uint32, s *detect.Scene) []Record {
	var rest []uint32
	for _, i := range all {
		if _, proof := slices.BinarySearch(proofs, i); !proof {
			rest = append(rest, i)
		}
	}
	var out []Record
	for k, i := range rest {
		if k < 3 || k >= len(rest)-3 {
			out = append(out, attemptRecord(i, s))
		}
	}
	return out
}

func attemptRecord(i uint32, s *detect.Scene) Record {
	r := s.Ref(i)
	rec := Record{File: r.File, Line: r.Line, Event: r.ID, Time: r.Time, What: describe(r)}
	if a := s.Addr(s.AttemptAddr(i)); a.IsValid() {
		rec.Addr = a.String()
	}
	return rec
}

func successRecord(x ledger.Success, s *detect.Scene) Record {
	r := s.SuccessRef(x)
	rec := Record{File: r.File, Line: r.Line, Event: r.ID, Time: r.Time, What: signedIn}
	if a := s.Addr(x.Addr); a.IsValid() {
		rec.Addr = a.String()
	}
	return rec
}

func describe(r ledger.Ref) string {
	if r.Code == "" {
		return r.Class.String()
	}
	return r.Class.String() + " " + r.Code
}

// confidence is how sure the outcome is, given that the campaign is one.
func confidence(c campaign.Campaign, t Target) float64 {
	sure := 0.95
	switch {
	case t.Outcome == Undetermined, t.Outcome == Attempted:
		sure = 0.6
	case t.Outcome == Succeeded:
		sure = 0.9 // the owner of the account may have done it from a new place
	case t.Outcome == Blocked && t.Undetermined > 0:
		sure = 0.75
	}
	return math.Round(c.Confidence*sure*100) / 100
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
