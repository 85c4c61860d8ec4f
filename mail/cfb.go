package mail

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// compound is a compound file ([MS-CFB]): a small file system, in which Outlook
// keeps a message. Everything lies in memory, so that a chain of sectors costs
// no more than the file is long; damaged chains give what they have.
type compound struct {
	b       []byte
	sector  int
	fat     []uint32
	mini    []uint32
	stream  []byte // of the mini sectors
	entries []cfbEntry
	left    int // bytes that may still be copied: streams may share their sectors
	steps   int // entries that may still be looked at
}

type cfbEntry struct {
	name               string
	kind               byte // 1 storage, 2 stream, 5 root
	left, right, child uint32
	start              uint32
	size               int64
}

const (
	cfbMagic   = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	maxCopied  = 20 << 20
	noSector   = 0xfffffffa // and above
	miniSector = 64
	miniCutoff = 4096
)

var (
	errNotCompound = errors.New("not a compound file")
	errDamaged     = errors.New("compound file without a directory")
)

func openCompound(b []byte) (*compound, error) {
	if len(b) < 512 || !bytes.HasPrefix(b, []byte(cfbMagic)) {
		return nil, errNotCompound
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	shift := binary.LittleEndian.Uint16(b[30:])
	if shift != 9 && shift != 12 {
		return nil, errNotCompound
	}
	c := &compound{b: b, sector: 1 << shift, left: maxCopied}
	// The sectors of the allocation table: 109 in the head, the rest in a chain
	// of its own ([MS-CFB] §2.5). No file has more than it is long.
	most := len(b)/c.sector + 1
	var tables []uint32
	for i := range 109 {
		tables = append(tables, u32(76+4*i))
	}
	next := u32(68)
	for n := 0; next < noSector && n < most; n++ {
		s := c.at(next)
		if len(s) < c.sector {
			break
		}
		for i := 0; i < c.sector-4; i += 4 {
			tables = append(tables, binary.LittleEndian.Uint32(s[i:]))
		}
		next = binary.LittleEndian.Uint32(s[c.sector-4:])
		if len(tables) > most {
			break
		}
	}
	for _, t := range tables {
		if t < noSector && len(c.fat) < most+c.sector/4 {
			c.fat = appendNumbers(c.fat, c.at(t))
		}
	}
	dir := c.chain(u32(48), int64(len(b)))
	for ; len(dir) >= 128; dir = dir[128:] {
		c.entries = append(c.entries, cfbEntryOf(dir, shift == 9))
	}
	if len(c.entries) == 0 {
		return nil, errDamaged
	}
	c.steps = 4*len(c.entries) + 1000
	c.mini = appendNumbers(nil, c.chain(u32(60), int64(len(b))))
	c.stream = c.chain(c.entries[0].start, c.entries[0].size)
	return c, nil
}

func appendNumbers(to []uint32, b []byte) []uint32 {
	for ; len(b) >= 4; b = b[4:] {
		to = append(to, binary.LittleEndian.Uint32(b))
	}
	return to
}

// cfbEntryOf reads a directory entry ([MS-CFB] §2.6.1).
func cfbEntryOf(b []byte, version3 bool) cfbEntry {
	length := int(binary.LittleEndian.Uint16(b[64:]))
	e := cfbEntry{
		name: fromUTF16(b[:min(64, length)&^1]), kind: b[66],
		left: binary.LittleEndian.Uint32(b[68:]), right: binary.LittleEndian.Uint32(b[72:]), child: binary.LittleEndian.Uint32(b[76:]),
		start: binary.LittleEndian.Uint32(b[116:]), size: int64(binary.LittleEndian.Uint64(b[120:])),
	}
	if version3 {
		e.size &= 0xffffffff
	}
	return e
}

// at returns a sector, less of it at the end of the file.
func (c *compound) at(n uint32) []byte {
	from := (int64(n) + 1) * int64(c.sector)
	if from >= int64(len(c.b)) {
		return nil
	}
	return c.b[from:min(from+int64(c.sector), int64(len(c.b)))]
}

// chain returns the bytes of a chain of sectors, at most size of them: a part
// of the file where the sectors lie in a row, as they do in most files.
func (c *compound) chain(start uint32, size int64) []byte {
	size = min(size, int64(len(c.b)))
	var out []byte
	for n := 0; start < noSector && n <= len(c.b)/c.sector && int64(len(out)) < size; n++ {
		run := c.at(start)
		from := start
		for int(start) < len(c.fat) && c.fat[start] == start+1 && int64(len(out)+len(run)) < size && len(run)%c.sector == 0 {
			start++
			next := c.at(start)
			if len(next) == 0 {
				break
			}
			at := (int(from) + 1) * c.sector
			run = c.b[at : at+len(run)+len(next)]
			n++
		}
		if out == nil && int64(len(run)) >= size {
			return run[:size:size]
		}
		if c.left -= len(run); c.left < 0 {
			break
		}
		out = append(out, run...)
		if int(start) >= len(c.fat) {
			break
		}
		start = c.fat[start]
	}
	return out[:max(0, min(int64(len(out)), size))]
}

// read returns the content of a stream.
func (c *compound) read(e *cfbEntry) []byte {
	if e.size >= miniCutoff {
		return c.chain(e.start, e.size)
	}
	if e.size <= 0 {
		return nil
	}
	var out []byte
	for n, at := 0, e.start; at < noSector && n <= miniCutoff/miniSector && int64(len(out)) < e.size; n++ {
		from := int64(at) * miniSector
		if from >= int64(len(c.stream)) {
			break
		}
		out = append(out, c.stream[from:min(from+miniSector, int64(len(c.stream)))]...)
		if int(at) >= len(c.mini) {
			break
		}
		at = c.mini[at]
	}
	return out[:min(int64(len(out)), e.size)]
}

// children returns the entries of a storage. They are a tree ([MS-CFB] §2.6.4),
// of which a hostile file makes a ring.
func (c *compound) children(of int) []int {
	var out []int
	seen := make(map[uint32]bool)
	todo := []uint32{c.entries[of].child}
	for ; len(todo) > 0 && c.steps > 0; c.steps-- {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if int64(n) >= int64(len(c.entries)) || seen[n] {
			continue
		}
		seen[n] = true
		out = append(out, int(n))
		todo = append(todo, c.entries[n].right, c.entries[n].left)
	}
	return out
}
