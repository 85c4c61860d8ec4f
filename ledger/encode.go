package ledger

import (
	"bytes"
	"cmp"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/pumphandle/pumphandle/signin"
)

// EncodingVersion numbers the form that [Ledger.Encode] writes. A store keeps
// it beside the bytes.
const EncodingVersion = 1

// maxDecoded bounds what an encoded ledger may inflate to: a store is a file
// that anybody may have touched.
const maxDecoded = 4 << 30

// image is a ledger in canonical form: tables sorted, rows sorted, everything
// unreferenced left out. Equal sets of facts have equal images.
type image struct {
	Accounts []Name
	Known    []byte
	Addrs    []netip.Addr
	Places   []Place
	Clients  []Client
	Codes    []string
	Files    []string
	IDs      []string

	RefusalLevel, ActLevel, SuccessLevel uint8
	Refusals, Acts                       []imageEntry
	Successes                            []imageSuccess
	Hours                                []int32
}

type imageEntry struct {
	Key                                                uint64
	At                                                 int64
	Try                                                uint32
	Account, Addr, Client, Code, File, Line, ID, Class uint32
	Strength, Repeat                                   uint16
}

type imageSuccess struct {
	Account, Addr, Client uint32
	Bin                   int32
	First, Last           int64
	Key                   uint64
	File, Line, ID        uint32
}

// Encode returns the ledger as bytes. Ledgers that hold the same facts under
// the same budget have the same bytes, in whatever order the events came.
func (l *Ledger) Encode() ([]byte, error) {
	var raw bytes.Buffer
	if err := gob.NewEncoder(&raw).Encode(l.image()); err != nil {
		return nil, fmt.Errorf("encoding a ledger: %w", err)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("encoding a ledger: %w", err)
	}
	return w.EncodeAll(raw.Bytes(), nil), nil
}

// Decode returns the ledger that was encoded in data, under the given budget.
// Damaged data is an error, never a panic.
func Decode(data []byte, b Budget) (*Ledger, error) {
	r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecoded))
	if err != nil {
		return nil, fmt.Errorf("decoding a ledger: %w", err)
	}
	defer r.Close()
	var im image
	if err := gob.NewDecoder(io.LimitReader(r, maxDecoded)).Decode(&im); err != nil {
		return nil, fmt.Errorf("decoding a ledger: %w", err)
	}
	return im.ledger(b)
}

func (l *Ledger) image() image {
	l.seal()
	refs := l.references()
	accounts, accountAt := canonical(l.accounts.list, refs.accounts, func(a, b Name) int {
		if c := cmp.Compare(a.User, b.User); c != 0 {
			return c
		}
		return cmp.Compare(a.Host, b.Host)
	})
	addrs, addrAt := canonical(l.addrs.list, refs.addrs, netip.Addr.Compare)
	clients, clientAt := canonical(l.clients.list, refs.clients, compareClients)
	codes, codeAt := canonical(l.codes.list, refs.codes, cmp.Compare[string])
	files, fileAt := canonical(l.files.list, refs.files, cmp.Compare[string])
	ids, idAt := canonical(l.ids.list, refs.ids, cmp.Compare[string])

	im := image{
		Accounts: accounts, Addrs: addrs, Clients: clients, Codes: codes, Files: files, IDs: ids,
		Known: make([]byte, len(accounts)), Places: make([]Place, len(addrs)),
		RefusalLevel: l.refusals.level, ActLevel: l.acts.level, SuccessLevel: l.successes.level,
	}
	for i, j := range accountAt {
		im.Known[j] = byte(l.known[i])
	}
	for i, j := range addrAt {
		im.Places[j] = l.places[i]
	}
	entries := func(list []entry) []imageEntry {
		out := make([]imageEntry, len(list))
		for i, e := range list {
			out[i] = imageEntry{
				e.key, e.at, e.try, accountAt[e.account], addrAt[e.addr], clientAt[e.client], codeAt[e.code], fileAt[e.file],
				e.line, idAt[e.id], uint32(e.class), uint16(e.strength), e.repeat,
			}
		}
		return out
	}
	im.Refusals, im.Acts = entries(l.refusals.list), entries(l.acts.list)
	for _, s := range l.successes.list {
		im.Successes = append(im.Successes, imageSuccess{
			accountAt[s.account], addrAt[s.addr], clientAt[s.client], s.bin, s.first, s.last, s.key, fileAt[s.file], s.line, idAt[s.id],
		})
	}
	slices.SortFunc(im.Successes, func(a, b imageSuccess) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Bin, b.Bin))
	})
	for h := range l.hours {
		im.Hours = append(im.Hours, h)
	}
	slices.Sort(im.Hours)
	return im
}

// ledger rebuilds a ledger and checks every number in the image: a damaged
// store must not become an index out of range later.
func (im *image) ledger(b Budget) (*Ledger, error) {
	l := New(b)
	if len(im.Known) != len(im.Accounts) || len(im.Places) != len(im.Addrs) {
		return nil, errors.New("decoding a ledger: tables of unequal length")
	}
	renumber(&l.accounts, im.Accounts)
	for i, a := range im.Addrs {
		l.addrs.at(a)
		if p := im.Places[i]; p != (Place{}) {
			l.places[uint32(i)] = p
		}
	}
	renumber(&l.clients, im.Clients)
	renumber(&l.codes, im.Codes)
	renumber(&l.files, im.Files)
	renumber(&l.ids, im.IDs)
	for _, k := range im.Known {
		l.known = append(l.known, knowledge(k))
	}
	below := func(n uint32, length int) bool { return int64(n) < int64(length) }
	entries := func(rows []imageEntry, level uint8) (entries, error) {
		s := entries{list: make([]entry, len(rows)), level: level}
		for i, r := range rows {
			if !below(r.Account, len(l.accounts.list)) || !below(r.Addr, len(l.addrs.list)) || !below(r.Client, len(l.clients.list)) ||
				!below(r.Code, len(l.codes.list)) || !below(r.File, len(l.files.list)) || !below(r.ID, len(l.ids.list)) || r.Class > 255 {
				return s, fmt.Errorf("decoding a ledger: entry %d points outside its tables", i)
			}
			s.list[i] = entry{
				r.Key, r.At, r.Try, r.Account, r.Addr, r.Client, r.Code, r.File, r.Line, r.ID, signin.Class(r.Class), signin.Strength(r.Strength), r.Repeat,
			}
		}
		return s, nil
	}
	var err error
	if l.refusals, err = entries(im.Refusals, im.RefusalLevel); err != nil {
		return nil, err
	}
	if l.acts, err = entries(im.Acts, im.ActLevel); err != nil {
		return nil, err
	}
	l.successes.level = im.SuccessLevel
	for i, r := range im.Successes {
		if !below(r.Account, len(l.accounts.list)) || !below(r.Addr, len(l.addrs.list)) || !below(r.Client, len(l.clients.list)) ||
			!below(r.File, len(l.files.list)) || !below(r.ID, len(l.ids.list)) {
			return nil, fmt.Errorf("decoding a ledger: success %d points outside its tables", i)
		}
		l.successes.list = append(l.successes.list, success{r.Account, r.Addr, r.Client, r.Bin, r.First, r.Last, r.Key, r.File, r.Line, r.ID})
	}
	for _, h := range im.Hours {
		l.hours[h] = struct{}{}
	}
	l.seal()
	return l, nil
}

// seal brings all facts into sorted form within the budget.
func (l *Ledger) seal() {
	l.refusals.seal(l)
	l.acts.seal(l)
	l.successes.seal(l)
}

// references marks the table entries that a row points to.
type references struct{ accounts, addrs, clients, codes, files, ids []bool }

func (l *Ledger) references() references {
	r := references{
		make([]bool, len(l.accounts.list)), make([]bool, len(l.addrs.list)), make([]bool, len(l.clients.list)),
		make([]bool, len(l.codes.list)), make([]bool, len(l.files.list)), make([]bool, len(l.ids.list)),
	}
	for _, list := range [][]entry{l.refusals.list, l.acts.list} {
		for _, e := range list {
			r.accounts[e.account], r.addrs[e.addr], r.clients[e.client] = true, true, true
			r.codes[e.code], r.files[e.file], r.ids[e.id] = true, true, true
		}
	}
	for _, s := range l.successes.list {
		r.accounts[s.account], r.addrs[s.addr], r.clients[s.client] = true, true, true
		r.files[s.file], r.ids[s.id] = true, true
	}
	return r
}

// canonical returns the referenced values in order, and where each old number
// went.
func canonical[T any](values []T, keep []bool, compare func(a, b T) int) ([]T, map[uint32]uint32) {
	var order []uint32
	for i := range values {
		if keep[i] {
			order = append(order, uint32(i))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return compare(values[a], values[b]) })
	sorted, at := make([]T, len(order)), make(map[uint32]uint32, len(order))
	for j, i := range order {
		sorted[j], at[i] = values[i], uint32(j)
	}
	return sorted, at
}

func compareClients(a, b Client) int {
	return cmp.Or(cmp.Compare(a.UserAgent, b.UserAgent), cmp.Compare(a.Client, b.Client), cmp.Compare(a.App, b.App), cmp.Compare(a.Protocol, b.Protocol))
}
