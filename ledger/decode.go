package ledger

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/signin"
)

// Decode returns the ledger that was encoded in data, with a budget of its
// own. Damaged data is an error, never a panic.
func Decode(data []byte, b Budget) (*Ledger, error) { return NewPool(b).Decode(data) }

// Decode returns the ledger that was encoded in data, as one of the pool.
func (p *Pool) Decode(data []byte) (*Ledger, error) {
	r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecoded))
	if err != nil {
		return nil, fmt.Errorf("decoding a ledger: %w", err)
	}
	defer r.Close()
	d := decoder{r: gob.NewDecoder(io.LimitReader(r, maxDecoded)), l: newLedger()}
	if err := d.ledger(); err != nil {
		return nil, fmt.Errorf("decoding a ledger: %w", err)
	}
	p.Take(d.l)
	return d.l, nil
}

// decoder rebuilds a ledger and checks every number that it reads: a damaged
// store must not become an index out of range later.
type decoder struct {
	r      *gob.Decoder
	l      *Ledger
	header imageHeader

	account, addr, client, code, file []uint32 // numbers in the ledger; twice the same where the header is damaged
}

var (
	errTables  = errors.New("tables of unequal length")
	errOutside = errors.New("a row points outside its tables")
	errRows    = errors.New("other rows than it says")
)

func (d *decoder) ledger() error {
	if err := d.r.Decode(&d.header); err != nil {
		return err
	}
	l, h := d.l, &d.header
	if len(h.Places) > 0 && len(h.Places) != len(h.Addrs) {
		return errTables
	}
	for _, n := range h.Accounts {
		d.account = append(d.account, l.accounts.at(n, l.seed))
	}
	for i, a := range h.Addrs {
		n := l.addrs.at(a, l.seed, l.mix)
		d.addr = append(d.addr, n)
		if len(h.Places) > 0 {
			l.place(n, h.Places[i])
		}
	}
	for _, c := range h.Clients {
		d.client = append(d.client, l.clients.at(c, l.seed))
	}
	for _, c := range h.Codes {
		d.code = append(d.code, l.codes.at(c))
	}
	for _, f := range h.Files {
		d.file = append(d.file, l.files.at(f))
	}
	for _, hour := range h.Hours {
		l.hours.add(3600 * int64(hour))
	}
	for _, hour := range h.MailHours {
		l.mailHours.add(3600 * int64(hour))
	}
	for _, hour := range h.ClickHours {
		l.clickHours.add(3600 * int64(hour))
	}
	for k, f := range l.sets() {
		s := f.budget()
		s.level, s.idWidth = min(h.Sets[k].Level, f.coarsest()), max(0, min(h.Sets[k].IDBytes, 1<<20))
	}
	for k, s := range [...]*entries{&l.refusals, &l.proofs.entries, &l.acts} {
		if err := decodeRows(d.r, h.Sets[k].Rows, func(x *imageEntry) error { return d.entry(s, x) }); err != nil {
			return err
		}
	}
	if err := decodeRows(d.r, h.Sets[3].Rows, d.visit); err != nil {
		return err
	}
	for k, s := range l.slipSets() {
		check := [...]func(text []byte) error{packed[mail.Facts], packed[copyFact], packed[actFact]}[k]
		if err := decodeRows(d.r, h.Sets[4+k].Rows, func(x *imageSlip) error { return d.slip(s, x, check) }); err != nil {
			return err
		}
	}
	if err := decodeRows(d.r, h.Sets[7].Rows, d.habit); err != nil {
		return err
	}
	return decodeRows(d.r, h.Sets[8].Rows, func(x *imageOnce) error {
		l.onces.put(once{x.Key, x.First}, l)
		return nil
	})
}

// packed reports whether a text can be unpacked.
func packed[T any](text []byte) error {
	var x T
	return unpack(text, &x)
}

func (d *decoder) slip(s *slips, x *imageSlip, check func(text []byte) error) error {
	if outside(x.File, d.file) {
		return errOutside
	}
	if err := check(x.Text); err != nil {
		return err
	}
	s.put(slip{x.Key, identity(x.Variant, x.Notable), x.At, d.file[x.File], x.Line, x.Notable, x.Text}, d.l)
	return nil
}

func (d *decoder) habit(x *imageHabit) error {
	if len(x.Days) == 0 || len(x.Days) > maxDays {
		return errRows
	}
	h := habit{key: x.Key, first: x.First, last: x.Last, trait: Trait(x.Trait)}
	for _, day := range x.Days {
		h.day(day)
	}
	d.l.habits.put(h, d.l)
	return nil
}

func decodeRows[T any](r *gob.Decoder, n int64, add func(x *T) error) error {
	for n > 0 {
		var rows []T
		if err := r.Decode(&rows); err != nil {
			return err
		}
		if len(rows) == 0 || int64(len(rows)) > n {
			return errRows
		}
		for i := range rows {
			if err := add(&rows[i]); err != nil {
				return err
			}
		}
		n -= int64(len(rows))
	}
	return nil
}

func (d *decoder) entry(s *entries, x *imageEntry) error {
	if outside(x.Account, d.account) || outside(x.Addr, d.addr) || outside(x.Client, d.client) || outside(x.Code, d.code) || outside(x.File, d.file) {
		return errOutside
	}
	e := entry{
		x.Key, x.At, x.Try, d.account[x.Account], d.addr[x.Addr], d.client[x.Client], d.code[x.Code], d.file[x.File], x.Line,
		signin.Class(x.Class), said(x.Says), x.Repeat,
	}
	d.l.note(&s.share, e.account, e.addr, e.client, e.code)
	if row, stands := s.put(e, d.l); stands {
		id := newRecordID(x.ID)
		s.ids.set(row, &id, s.rows.n)
	}
	return nil
}

func (d *decoder) visit(x *imageVisit) error {
	if outside(x.Account, d.account) || outside(x.Addr, d.addr) || outside(x.Client, d.client) || outside(x.File, d.file) {
		return errOutside
	}
	s := &d.l.visits
	v := visit{x.First, x.Span, d.account[x.Account], d.addr[x.Addr], d.client[x.Client], d.file[x.File], x.Line}
	d.l.note(&s.share, v.account, v.addr, v.client, noRow)
	if row, stands := s.put(v, d.l); stands {
		id := newRecordID(x.ID)
		s.ids.set(row, &id, s.rows.n)
	}
	return nil
}

func outside(n uint32, table []uint32) bool { return int64(n) >= int64(len(table)) }
