package spray

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
	"github.com/pumphandle/pumphandle/simulate"
)

// Event is one sign-in as a log shows it. It is what rivals read; the truth is
// kept apart.
type Event struct {
	At      int64 // milliseconds since 1970
	Key     uint64
	Org     org.ID
	Account string
	Addr    netip.Addr
	ASN     uint32 // 0: the log does not say
	Country string
	Client  *ledger.Client
	Code    string
	Class   signin.Class
	Known   signin.Tri
}

// failed reports whether the sign-in was refused, for whatever reason.
func (e *Event) failed() bool { return !e.Class.Succeeded() }

// Log is some of a world's sign-ins in order of time.
type Log struct {
	events []Event
	at     []int32 // positions in events
}

// Events yields the sign-ins with their positions, by which alerts name them.
func (l Log) Events() iter.Seq2[int32, *Event] {
	return func(yield func(int32, *Event) bool) {
		for _, i := range l.at {
			if !yield(i, &l.events[i]) {
				return
			}
		}
	}
}

// event returns the sign-in at a position.
func (l Log) event(i int32) *Event { return &l.events[i] }

// Mask is what a log leaves out.
type Mask struct {
	Client  bool // the user agent
	Network bool // autonomous system and country
}

// innocent marks a sign-in that is of no campaign.
const innocent = -1

// mark is the truth of a sign-in.
type mark struct {
	campaign int16 // position in world.campaigns, or innocent
	cause    simulate.Cause
}

// world is what happened at some organisations: their sign-ins in order of
// time, and the truth.
type world struct {
	orgs      []org.ID
	events    []Event
	truth     []mark           // by position of the event
	byKey     map[uint64]int32 // position of the event by its key
	campaigns []string
	labels    []simulate.Label
	weeks     float64 // organisations times weeks that were watched
	directory *org.Directory
}

// live simulates a specification and returns what the organisations' logs
// show, with what the mask leaves out.
func live(ctx context.Context, spec simulate.Spec, mask Mask) (*world, error) {
	w := &world{byKey: map[uint64]int32{}}
	in := newInterner()
	campaign := map[string]int16{}
	m, err := simulate.Watch(ctx, spec, func(s simulate.Seen) {
		t := mark{innocent, s.Cause}
		if s.Campaign != "" {
			n, ok := campaign[s.Campaign]
			if !ok {
				n = int16(len(w.campaigns))
				campaign[s.Campaign] = n
				w.campaigns = append(w.campaigns, s.Campaign)
			}
			t.campaign = n
		}
		w.events = append(w.events, in.event(s, mask))
		w.truth = append(w.truth, t)
	})
	if err != nil {
		return nil, err
	}
	w.labels = m.Labels
	w.sort()
	for _, o := range spec.Orgs {
		w.orgs = append(w.orgs, o.ID)
	}
	w.weeks = float64(len(spec.Orgs)) * float64(spec.Days) / 7
	w.directory, err = directory(spec)
	return w, err
}

// sort brings the sign-ins of all organisations into one order of time.
func (w *world) sort() {
	order := make([]int32, len(w.events))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &w.events[a], &w.events[b]
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Key, y.Key))
	})
	events, truth := make([]Event, len(order)), make([]mark, len(order))
	for to, from := range order {
		events[to], truth[to] = w.events[from], w.truth[from]
		w.byKey[events[to].Key] = int32(to)
	}
	w.events, w.truth = events, truth
}

// pool is the log of all organisations together.
func (w *world) pool() Log {
	l := Log{w.events, make([]int32, len(w.events))}
	for i := range l.at {
		l.at[i] = int32(i)
	}
	return l
}

// byOrg is the log of each organisation, in the order of w.orgs.
func (w *world) byOrg() []Log {
	at := map[org.ID][]int32{}
	for i := range w.events {
		id := w.events[i].Org
		at[id] = append(at[id], int32(i))
	}
	logs := make([]Log, len(w.orgs))
	for i, id := range w.orgs {
		logs[i] = Log{w.events, at[id]}
	}
	return logs
}

// benign is how many sign-ins are of no campaign.
func (w *world) benign() int {
	n := 0
	for _, t := range w.truth {
		if t.campaign == innocent {
			n++
		}
	}
	return n
}

// add remembers the sign-ins at positions [from, to) in the ledgers of their
// organisations, as a scan would have.
func (w *world) add(facts map[org.ID]*ledger.Ledger, from, to int) {
	for i := from; i < to; i++ {
		e := &w.events[i]
		l := facts[e.Org]
		if l == nil {
			l = ledger.New(ledger.Budget{})
			facts[e.Org] = l
		}
		l.Add(&signin.Event{
			Time: time.UnixMilli(e.At).UTC(), Line: int64(i) + 1, Key: e.Key, Account: e.Account, Known: e.Known,
			Addr: e.Addr, ASN: e.ASN, Country: e.Country,
			UserAgent: e.Client.UserAgent, Client: e.Client.Client, App: e.Client.App, Protocol: e.Client.Protocol,
			Class: e.Class, Code: e.Code,
		}, string(e.Org))
	}
}

// interner keeps each text once: a log repeats few of them.
type interner struct {
	texts   map[string]string
	clients map[ledger.Client]*ledger.Client
}

func newInterner() *interner {
	return &interner{map[string]string{}, map[ledger.Client]*ledger.Client{}}
}

func (in *interner) text(s string) string {
	if t, ok := in.texts[s]; ok {
		return t
	}
	t := string(append([]byte(nil), s...))
	in.texts[t] = t
	return t
}

func (in *interner) event(s simulate.Seen, mask Mask) Event {
	ev := s.Event
	c := ledger.Client{UserAgent: ev.UserAgent, Client: ev.Client, App: ev.App, Protocol: ev.Protocol}
	e := Event{
		At: ev.Time.UnixMilli(), Key: ev.Key, Org: s.Org, Account: in.text(ev.Account), Addr: ev.Addr, ASN: ev.ASN,
		Country: in.text(ev.Country), Code: in.text(ev.Code), Class: ev.Class, Known: ev.Known,
	}
	if mask.Client {
		c.UserAgent = ""
	}
	if mask.Network {
		e.ASN, e.Country = 0, ""
	}
	known, ok := in.clients[c]
	if !ok {
		kept := ledger.Client{UserAgent: in.text(c.UserAgent), Client: in.text(c.Client), App: in.text(c.App), Protocol: c.Protocol}
		known = &kept
		in.clients[kept] = known
	}
	e.Client = known
	return e
}

// directory is the organisations file of a specification: without it a scan
// would name the organisations by their domains.
func directory(spec simulate.Spec) (*org.Directory, error) {
	text := []byte("organisations:\n")
	for _, o := range spec.Orgs {
		text = fmt.Appendf(text, "  - {id: %q, name: %q, country: %q, sector: %q}\n", o.ID, o.Name, o.Country, o.Sector)
	}
	return org.Parse("orgs", text)
}
