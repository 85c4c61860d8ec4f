package detect

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
)

// met is whom the people of an organisation write to and hear from, where one
// mail by itself does not say enough.
type met struct {
	outings map[string]*outings // by internal sender
	spelt   map[string][]string // correspondents' domains by the spellings that are near them
}

// outings are the mails of an internal sender.
type outings struct {
	fresh []outing // to whom he had never written, in order of time
	days  []int64  // on which he wrote, ascending
	most  []int    // to how many people on that day, or on one before it

	today map[string]bool // recipients of the last of days
}

type outing struct {
	at int64
	to string
}

func (o *outings) add(at int64, to string, fresh bool) {
	if n := len(o.days); n == 0 || o.days[n-1] != at/day {
		o.days, o.today = append(o.days, at/day), map[string]bool{}
		o.most = append(o.most, 0)
		if n > 0 {
			o.most[n] = o.most[n-1]
		}
	}
	o.today[to] = true
	o.most[len(o.most)-1] = max(o.most[len(o.most)-1], len(o.today))
	if fresh {
		o.fresh = append(o.fresh, outing{at, to})
	}
}

// usual is to how many people the sender had written on one day before t.
func (o *outings) usual(t int64) int {
	n, _ := slices.BinarySearch(o.days, t/day)
	if n == 0 {
		return 0
	}
	return o.most[n-1]
}

// meet reads all mails of the organisation once.
func (s *Scene) meet() *met {
	m := &met{map[string]*outings{}, map[string][]string{}}
	domains := map[string]bool{}
	for i := range s.Mails() {
		f := s.Mail(i)
		switch f.Direction {
		case mail.Internal:
			from := strings.ToLower(f.From.Email)
			for _, to := range f.Recipients {
				fresh := s.NewTowards(from, []string{to}, s.MailTime(i)) > 0
				if m.outings[from] == nil {
					m.outings[from] = &outings{}
				}
				m.outings[from].add(s.MailTime(i), to, fresh)
			}
		case mail.Outbound:
			for _, to := range f.Recipients {
				domains[org.HostDomain(org.AccountDomain(to))] = true
			}
		default:
			if n, _ := s.DaysKnown(ledger.TraitDomain, f.Domain, s.MailTime(i)); n >= familiarDomain && !domains[f.Domain] {
				domains[f.Domain] = true
			}
		}
	}
	list := slices.Sorted(maps.Keys(domains))
	for _, d := range list[:min(len(list), maxCorrespondents)] {
		for _, spelling := range spellings(d) {
			m.spelt[spelling] = append(m.spelt[spelling], d)
		}
	}
	return m
}

const (
	familiarDomain    = 3      // days on which a domain wrote before it is a correspondent
	maxCorrespondents = 50_000 // that are held against new domains
	leastLabel        = 6      // letters of a name that another may be made to look like: shorter ones are alike by chance
	leastEdited       = 9      // ... where a letter more or less is enough
)

// spellings are the keys under which a domain is near another: the same to the
// eye (UTS 39 skeletons), or a letter more or less in a long name. Two names
// with a letter changed share the key that misses it.
func spellings(domain string) []string {
	label, _, _ := strings.Cut(domain, ".")
	if len(label) < leastLabel || identity.Freemail(domain) {
		return nil
	}
	seen := identity.Skeleton(label)
	keys := []string{seen}
	if len(label) >= leastEdited {
		for i := range len(seen) {
			keys = append(keys, seen[:i]+seen[i+1:])
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// alike notes that a mail comes from a new domain that looks like a
// correspondent's, as an answer in a hijacked thread does (MITRE ATT&CK
// T1583.001): what is protected by name is seen in the mail itself, with whom
// somebody corresponds only here.
func (m *met) alike(f *mail.Facts, h signal.History) {
	if f.Direction == mail.Internal || h.Days == 0 || h.DomainDays > 0 || h.Elsewhere > 0 || h.Solicited ||
		slices.ContainsFunc(f.Signals, func(x mail.Signal) bool { return x.ID == lookalikeSender }) {
		return
	}
	for _, spelling := range spellings(f.Domain) {
		for _, d := range m.spelt[spelling] {
			if d != f.Domain && oneApart(d, f.Domain) {
				f.Signals = append(f.Signals, mail.Signal{ID: lookalikeSender, Value: 1, Weight: lookalikeWeight, Detail: f.Domain + " for " + d})
				f.Vote += lookalikeWeight
				return
			}
		}
	}
}

const (
	lookalikeSender = "lookalike_sender" // of the list in mail/signal
	lookalikeWeight = 2.5                // nats; the content model gives it 2.9 where a protected name is imitated
)

// stolenThread takes away what a conversation says for a mail where nobody of
// the sender's domain took part in it: whoever hijacks a thread quotes it.
func stolenThread(f *mail.Facts, h signal.History) {
	if !h.ThreadStranger || h.DomainDays > 0 {
		return
	}
	f.Signals = slices.DeleteFunc(f.Signals, func(x mail.Signal) bool {
		quoting := x.ID == "real_thread" || x.ID == "quoted_thread"
		if quoting && x.Weight < 0 {
			f.Vote -= x.Weight
		}
		return quoting && x.Weight < 0
	})
}

// oneApart reports whether two domains differ in the first label only, and
// there by what the eye passes over: letters that look alike, a letter more or
// less, a digit for a letter. Another letter makes another word (print, point),
// and numbers count servers (mail1, mail2).
func oneApart(a, b string) bool {
	x, after, _ := strings.Cut(a, ".")
	y, afterY, _ := strings.Cut(b, ".")
	if x == y || after != afterY || withoutDigits(x) == withoutDigits(y) {
		return false
	}
	p, q := identity.Skeleton(x), identity.Skeleton(y)
	if p == q || len(p) != len(q) {
		return true
	}
	for i := range len(p) {
		if p[i] != q[i] {
			return isDigit(p[i]) != isDigit(q[i])
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func withoutDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}

// unlikely says how unlike earlier ones the recipients of an internal mail are,
// 0 to 1: the share that is new to the sender, weighed by to how many he turned
// within a day, before or after. That somebody writes to a colleague for the
// first time is nothing; a mailbox that turns to a dozen, and never did so
// before, is what Ho et al. 2019 found taken ones by.
func (m *met) unlikely(s *Scene, f *mail.Facts) float64 {
	if f.Direction != mail.Internal {
		return 0
	}
	at, all := f.Time.UnixMilli(), m.outings[strings.ToLower(f.From.Email)]
	if all == nil {
		return 0
	}
	usual := all.usual(at - day)
	k, _ := slices.BinarySearchFunc(all.fresh, at-day, func(o outing, t int64) int { return cmp.Compare(o.at, t) })
	now := map[string]bool{}
	for ; k < len(all.fresh) && all.fresh[k].at <= at+day && len(now) <= max(2*usual, manyColleagues); k++ {
		now[all.fresh[k].to] = true
	}
	if len(now) <= 2*usual {
		return 0
	}
	return s.NewTowards(strings.ToLower(f.From.Email), f.Recipients, at) * min(1, float64(len(now))/manyColleagues)
}

// manyColleagues is to how many new colleagues a mailbox turns within a day
// before that is a sign.
const manyColleagues = 8
