package ledger

import (
	"bytes"
	"cmp"
	"encoding/gob"
	"fmt"
	"net/netip"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// EncodingVersion numbers the form that [Ledger.Encode] writes. A store keeps
// it beside the bytes.
const EncodingVersion = 3

// maxDecoded bounds what an encoded ledger may inflate to: a store is a file
// that anybody may have touched.
const maxDecoded = 8 << 30

// The canonical form of a ledger: tables sorted, rows sorted, everything
// unreferenced left out. Equal sets of facts have equal forms. Rows follow the
// header in batches, so that no ledger stands in memory twice.

type imageHeader struct {
	Accounts []Name
	Addrs    []netip.Addr
	Places   []Place // by address; none where no log says any of these
	Clients  []Client
	Codes    []string
	Files    []string
	Hours    []int32
	Sets     [9]imageSet // in the order of Ledger.sets

	MailHours, ClickHours []int32
}

type imageSet struct {
	Level   uint8
	IDBytes int64
	Rows    int64
}

type imageEntry struct {
	Key                                          uint64
	At                                           int64
	Try, Account, Addr, Client, Code, File, Line uint32
	Class, Says                                  uint8
	Repeat                                       uint16
	ID                                           string
}

type imageVisit struct {
	First                                   int64
	Span, Account, Addr, Client, File, Line uint32
	ID                                      string
}

type imageSlip struct {
	Key, Variant uint64
	At           int64
	File, Line   uint32
	Notable      bool
	Text         []byte
}

type imageHabit struct {
	Key   uint64
	First int64
	Last  int32
	Days  []int32
	Trait uint8
}

type imageOnce struct {
	Key   uint64
	First int64
}

// batch is how many rows are encoded at a time.
const batch = 1 << 12

// Encode returns the ledger as bytes. Ledgers that hold the same facts under
// the same budget have the same bytes, in whatever order the events came.
func (l *Ledger) Encode() ([]byte, error) {
	l.pool.settle(l)
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20)) // a window of 8 MB costs more than most ledgers hold
	if err == nil {
		if err = l.encode(gob.NewEncoder(w)); err == nil {
			err = w.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("encoding a ledger: %w", err)
	}
	return out.Bytes(), nil
}

func (l *Ledger) encode(w *gob.Encoder) error {
	c := l.canonical()
	if err := w.Encode(c.header); err != nil {
		return err
	}
	for _, s := range [...]*entries{&l.refusals, &l.proofs.entries, &l.acts} {
		order := byTime(s)
		err := encodeRows(w, order, func(i uint32) imageEntry {
			e := s.rows.at(i)
			return imageEntry{
				e.key, e.at, e.try, c.account[e.account], c.addr[e.addr], c.client[e.client], c.code[e.code], c.file[e.file], e.line,
				uint8(e.class), uint8(e.says), e.repeat, s.ids.get(i),
			}
		})
		if err != nil {
			return err
		}
	}
	order := make([]uint32, l.visits.rows.n)
	for i := range order {
		order[i] = uint32(i)
	}
	at := l.visits.rows.at
	slices.SortFunc(order, func(i, j uint32) int {
		a, b := at(i), at(j)
		return cmp.Or(cmp.Compare(c.account[a.account], c.account[b.account]), cmp.Compare(c.addr[a.addr], c.addr[b.addr]),
			cmp.Compare(c.client[a.client], c.client[b.client]), cmp.Compare(a.first, b.first))
	})
	err := encodeRows(w, order, func(i uint32) imageVisit {
		v := at(i)
		return imageVisit{v.first, v.span, c.account[v.account], c.addr[v.addr], c.client[v.client], c.file[v.file], v.line, l.visits.ids.get(i)}
	})
	if err != nil {
		return err
	}
	return l.encodeMails(w, c)
}

func (l *Ledger) encodeMails(w *gob.Encoder, c *canonical) error {
	for _, s := range l.slipSets() {
		err := encodeRows(w, s.inOrder(), func(i uint32) imageSlip {
			x := s.rows.at(i)
			return imageSlip{x.key, x.variant, x.at, c.file[x.file], x.line, x.notable, x.text}
		})
		if err != nil {
			return err
		}
	}
	err := encodeRows(w, l.habits.inOrder(), func(i uint32) imageHabit {
		h := l.habits.rows.at(i)
		return imageHabit{h.key, h.first, h.last, h.days[:h.n], uint8(h.trait)}
	})
	if err != nil {
		return err
	}
	return encodeRows(w, l.onces.inOrder(), func(i uint32) imageOnce {
		o := l.onces.rows.at(i)
		return imageOnce{o.key, o.first}
	})
}

func encodeRows[T any](w *gob.Encoder, order []uint32, row func(i uint32) T) error {
	rows := make([]T, 0, min(batch, len(order)))
	for part := range slices.Chunk(order, batch) {
		rows = rows[:0]
		for _, i := range part {
			rows = append(rows, row(i))
		}
		if err := w.Encode(rows); err != nil {
			return err
		}
	}
	return nil
}

// canonical is the header of a ledger, and where each number of a table went.
type canonical struct {
	header                            imageHeader
	account, addr, client, code, file []uint32
}

func (l *Ledger) canonical() *canonical {
	files := make([]bool, len(l.files.list))
	for _, s := range [...]*entries{&l.refusals, &l.proofs.entries, &l.acts} {
		s.rows.each(func(_ uint32, e *entry) { files[e.file] = true })
	}
	l.visits.rows.each(func(_ uint32, v *visit) { files[v.file] = true })
	for _, s := range l.slipSets() {
		s.rows.each(func(_ uint32, x *slip) { files[x.file] = true })
	}
	marked := func(marks []uint8) func(i uint32) bool { return func(i uint32) bool { return marks[i] != 0 } }

	c := &canonical{}
	h := &c.header
	h.Accounts, c.account = sorted(len(l.accounts.list), marked(l.accounts.marks), l.accounts.name, func(a, b Name) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Host, b.Host))
	})
	h.Addrs, c.addr = sorted(len(l.addrs.word), marked(l.addrs.marks), l.addrs.addr, netip.Addr.Compare)
	h.Clients, c.client = sorted(len(l.clients.list), marked(l.clients.marks), func(i uint32) Client { return l.clients.list[i] }, compareClients)
	h.Codes, c.code = sorted(len(l.codes.list), marked(l.codes.marks), func(i uint32) string { return l.codes.list[i] }, cmp.Compare[string])
	h.Files, c.file = sorted(len(l.files.list), func(i uint32) bool { return files[i] }, func(i uint32) string { return l.files.list[i] }, cmp.Compare[string])
	if len(l.addrs.place) > 0 {
		h.Places = make([]Place, len(h.Addrs))
		for i, j := range c.addr {
			if j != noRow {
				h.Places[j] = l.placeOf(uint32(i))
			}
		}
		if !slices.ContainsFunc(h.Places, func(p Place) bool { return p != Place{} }) {
			h.Places = nil // those that had one are forgotten
		}
	}
	h.Hours, h.MailHours, h.ClickHours = l.hours.list(), l.mailHours.list(), l.clickHours.list()
	for k, f := range l.sets() {
		s := f.budget()
		h.Sets[k] = imageSet{s.level, s.idWidth, s.rows}
	}
	return c
}

// sorted returns the values to keep in order, and where each old number went.
func sorted[T any](n int, keep func(i uint32) bool, value func(i uint32) T, compare func(a, b T) int) ([]T, []uint32) {
	var order []uint32
	for i := range uint32(n) {
		if keep(i) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return compare(value(a), value(b)) })
	values, at := make([]T, len(order)), make([]uint32, n)
	for i := range at {
		at[i] = noRow
	}
	for j, i := range order {
		values[j], at[i] = value(i), uint32(j)
	}
	return values, at
}

func compareClients(a, b Client) int {
	return cmp.Or(cmp.Compare(a.UserAgent, b.UserAgent), cmp.Compare(a.Client, b.Client), cmp.Compare(a.App, b.App), cmp.Compare(a.Protocol, b.Protocol))
}
