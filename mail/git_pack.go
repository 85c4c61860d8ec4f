package mail

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

// gitPack reads the mails of a public-inbox repository out of its packs
// (gitformat-pack(5)): each commit holds one mail as a blob, so the blobs that
// are mails are all there is to know. Sniffed by its first bytes.
var gitPack = Format{
	Name:  "git-pack",
	Title: "Pack of a git repository (public-inbox)",
	Doc:   "objects/pack/*.pack of a public-inbox archive (lore.kernel.org, lists.*): git clone --mirror, then git gc.",
	Blind: "The order of the commits; mails that the list removed again are read, too. Loose objects are passed over: git gc packs them.",
	Sniff: func(head []byte) int {
		if len(head) >= 12 && bytes.HasPrefix(head, []byte("PACK\x00\x00\x00\x02")) {
			return 95
		}
		return 0
	},
	Decode: func(r io.Reader, opt Options) iter.Seq2[Item, error] {
		return func(yield func(Item, error) bool) {
			p := pack{r: &counted{r: bufio.NewReaderSize(r, 64<<10)}, recent: map[int64][]byte{}}
			p.each(func(blob []byte, n int64, err error) bool {
				if err != nil {
					return yield(Item{}, err)
				}
				if sniffEML(blob[:min(len(blob), 64<<10)]) == 0 {
					return true // a file of the archive's own, or a README
				}
				m := newParser().parse(bytes.Clone(blob), false)
				m.Format, m.Line = "git-pack", n
				return yield(Item{Message: m}, nil)
			})
		}
	},
}

// The kinds of object in a pack (gitformat-pack(5)).
const (
	gitBlob     = 3
	gitOfsDelta = 6
	gitRefDelta = 7
)

// maxRecent is how many bytes of objects are kept as bases of later deltas. git
// writes a base shortly before what is made of it.
const maxRecent = 24 << 20

type pack struct {
	r      *counted
	blobs  []int64          // offsets of all blobs so far, ascending
	recent map[int64][]byte // the last of them, by offset
	order  []int64
	bytes  int
}

// counted is a reader that knows where it is; zlib reads no byte too many of it.
type counted struct {
	r  *bufio.Reader
	at int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.at += int64(n)
	return n, err
}

func (c *counted) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.at++
	}
	return b, err
}

var errBase = errors.New("an object is stored as a change of one that is not near before it: git repack -adf --window=1 writes it whole")

// each calls f for every blob with its number in the pack, from 1, or with what
// is wrong: a *[RecordError], after which it goes on, or the end.
func (p *pack) each(f func(blob []byte, n int64, err error) bool) {
	var head [12]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		f(nil, 0, fmt.Errorf("a pack without its head: %w", err))
		return
	}
	for n := int64(1); n <= int64(binary.BigEndian.Uint32(head[8:])); n++ {
		blob, err := p.object()
		var bad *RecordError
		switch {
		case err == nil && blob == nil:
			continue // a commit or a tree
		case errors.As(err, &bad):
			bad.Line = n
		}
		if !f(blob, n, err) || err != nil && bad == nil {
			return
		}
	}
}

// object reads the next object; nil for one that is no blob.
func (p *pack) object() ([]byte, error) {
	start := p.r.at
	b, err := p.r.ReadByte()
	if err != nil {
		return nil, fmt.Errorf("the pack is cut off: %w", err)
	}
	kind := b >> 4 & 7
	for b&0x80 != 0 { // the rest of the size: the data says it again
		if b, err = p.r.ReadByte(); err != nil {
			return nil, fmt.Errorf("the pack is cut off: %w", err)
		}
	}
	var base int64
	switch kind {
	case gitOfsDelta:
		for first := true; ; first = false {
			if b, err = p.r.ReadByte(); err != nil {
				return nil, fmt.Errorf("the pack is cut off: %w", err)
			}
			if !first {
				base++
			}
			if base = base<<7 | int64(b&0x7f); b&0x80 == 0 || base > start {
				break
			}
		}
	case gitRefDelta:
		if _, err = io.CopyN(io.Discard, p.r, 20); err != nil {
			return nil, fmt.Errorf("the pack is cut off: %w", err)
		}
	}
	z, err := zlib.NewReader(p.r)
	if err != nil {
		return nil, fmt.Errorf("the pack is damaged: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(z, MaxRaw+1))
	if err == nil {
		_, err = io.Copy(io.Discard, z)
	}
	if err != nil {
		return nil, fmt.Errorf("the pack is damaged: %w", err)
	}
	switch kind {
	case gitBlob:
	case gitOfsDelta:
		if _, blob := slices.BinarySearch(p.blobs, start-base); !blob {
			return nil, nil // a change of a commit or a tree
		}
		source, ok := p.recent[start-base]
		if !ok {
			err = errBase
		} else {
			data, err = applyDelta(source, data)
		}
	case gitRefDelta:
		err = errBase
	default:
		return nil, nil
	}
	p.blobs = append(p.blobs, start)
	if err != nil {
		return nil, &RecordError{Err: err}
	}
	if len(data) > MaxRaw {
		return nil, &RecordError{Err: fmt.Errorf("an object of more than %d MB", MaxRaw>>20)}
	}
	p.keep(start, data)
	return data, nil
}

func (p *pack) keep(at int64, data []byte) {
	if len(data) > maxRecent/4 {
		return
	}
	p.recent[at], p.order, p.bytes = data, append(p.order, at), p.bytes+len(data)
	for p.bytes > maxRecent {
		p.bytes -= len(p.recent[p.order[0]])
		delete(p.recent, p.order[0])
		p.order = p.order[1:]
	}
}

var errDelta = errors.New("an object is stored as a change that makes no sense")

// applyDelta makes an object of another one and the changes to it
// (gitformat-pack(5), "Deltified representation").
func applyDelta(source, delta []byte) ([]byte, error) {
	size := func() (int, bool) {
		n, k := binary.Uvarint(delta)
		if k <= 0 || n > MaxRaw {
			return 0, false
		}
		delta = delta[k:]
		return int(n), true
	}
	from, ok := size()
	to, ok2 := size()
	if !ok || !ok2 || from != len(source) {
		return nil, errDelta
	}
	var out []byte
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op&0x80 == 0 { // new bytes
			if op == 0 || int(op) > len(delta) {
				return nil, errDelta
			}
			out, delta = append(out, delta[:op]...), delta[op:]
			continue
		}
		var arg [7]int // four bytes of offset, three of length
		for i := range arg {
			if op>>i&1 == 0 {
				continue
			}
			if len(delta) == 0 {
				return nil, errDelta
			}
			arg[i], delta = int(delta[0]), delta[1:]
		}
		at, n := arg[0]|arg[1]<<8|arg[2]<<16|arg[3]<<24, arg[4]|arg[5]<<8|arg[6]<<16
		if n == 0 {
			n = 1 << 16
		}
		if at > len(source) || n > len(source)-at || len(out)+n > to {
			return nil, errDelta
		}
		out = append(out, source[at:at+n]...)
	}
	if len(out) != to {
		return nil, errDelta
	}
	return out, nil
}
