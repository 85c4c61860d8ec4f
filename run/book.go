package run

import (
	"slices"
	"sync"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// book holds the ledgers of a scan, under one budget. All workers write into
// it: what each of them reads may be the same records, and only together do
// they know what there is to forget. Reading a record takes several times as
// long as remembering it, so one lock is enough for a few of them.
type book struct {
	mu      sync.Mutex
	pool    *ledger.Pool
	ledgers map[org.ID]*ledger.Ledger
}

// newBook returns a book that goes on with the facts of earlier scans.
func newBook(b ledger.Budget, facts map[org.ID]*ledger.Ledger) *book {
	k := &book{pool: ledger.NewPool(b), ledgers: map[org.ID]*ledger.Ledger{}}
	for id, l := range facts {
		k.pool.Take(l)
		k.ledgers[id] = l
	}
	return k
}

func (b *book) add(id org.ID, ev *signin.Event, in *input.Input) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(id).Add(ev, in.Name)
}

func (b *book) addMail(id org.ID, f *mail.Facts, notable bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(id).AddMail(f, notable)
}

func (b *book) addAct(id org.ID, a *mail.Act) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(id).AddAct(a)
}

// adopt gives the records that say one thing of a mail and not whose it is
// (EmailUrlInfo names no recipient) to every organisation that has the mail.
// It returns how many found none.
func (b *book) adopt() (orphans int64) {
	unowned := b.ledgers[org.Unassigned]
	if unowned == nil {
		return 0
	}
	owners := map[string][]org.ID{}
	unowned.EachPartial(func(f *mail.Facts) { owners[f.NetworkID] = nil })
	if len(owners) == 0 {
		return 0
	}
	for id, l := range b.ledgers {
		if id != org.Unassigned {
			l.EachNetwork(func(n string) {
				if of, wanted := owners[n]; wanted && !slices.Contains(of, id) {
					owners[n] = append(of, id)
				}
			})
		}
	}
	unowned.EachPartial(func(f *mail.Facts) {
		if len(owners[f.NetworkID]) == 0 {
			orphans++
		}
		for _, id := range owners[f.NetworkID] {
			b.ledgers[id].AddMail(f, false)
		}
	})
	return orphans
}

// of returns the ledger of an organisation, a new one if it has none.
func (b *book) of(id org.ID) *ledger.Ledger {
	l := b.ledgers[id]
	if l == nil {
		l = b.pool.New()
		b.ledgers[id] = l
	}
	return l
}
