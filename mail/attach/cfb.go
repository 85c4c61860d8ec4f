package attach

import "encoding/hex"

// A compound file (MS-CFB) is read here by a small reader of our own: every
// table is bounded by the file, so that a few bytes cannot ask for megabytes.

const (
	cfbMaxEntries = 4000
	cfbEnd        = 0xfffffffa // and above: no sector
)

type compound struct {
	b       []byte
	shift   uint   // log2 of the sector size
	fat     []byte // sectors of the FAT, joined
	mini    []byte // of the mini FAT
	small   []byte // the mini stream
	entries []cfbEntry
}

type cfbEntry struct {
	name   string
	folder bool
	class  string // CLSID of a storage, hex as it lies there
	start  uint32
	size   int
}

// openCompound reads the tables and the directory; nil if it is no compound file.
func openCompound(b []byte) *compound {
	if len(b) < 512 {
		return nil
	}
	c := &compound{b: b, shift: uint(le16(b, 30))}
	if c.shift != 9 && c.shift != 12 {
		return nil
	}
	// The FAT's sectors: 109 in the header, then a chain of DIFAT sectors.
	for i := range 109 {
		c.addFAT(le32(b, 76+4*i))
	}
	next := le32(b, 68)
	for range len(b)>>c.shift + 1 {
		s := c.sector(next)
		if len(s) < 1<<c.shift {
			break
		}
		for i := 0; i+8 <= len(s); i += 4 {
			c.addFAT(le32(s, i))
		}
		next = le32(s, len(s)-4)
	}
	c.mini = c.chain(le32(b, 60), len(b))
	directory := c.chain(le32(b, 48), cfbMaxEntries*128)
	for ; len(directory) >= 128; directory = directory[128:] {
		d := directory[:128]
		kind, nameLen := d[66], int(le16(d, 64))
		if kind == 0 || nameLen < 2 || nameLen > 64 {
			continue
		}
		e := cfbEntry{
			name: string(utf16Text(d[:nameLen-2], false)), folder: kind != 2,
			class: hex.EncodeToString(d[80:96]), start: le32(d, 116), size: int(le32(d, 120)),
		}
		if kind == 5 && c.small == nil {
			c.small = c.chain(e.start, min(e.size, len(b)))
		}
		c.entries = append(c.entries, e)
	}
	return c
}

// addFAT adds a sector of the FAT, unless there are more than the file can need.
func (c *compound) addFAT(n uint32) {
	if n < cfbEnd && len(c.fat) <= len(c.b)>>(c.shift-2)+1<<c.shift {
		c.fat = append(c.fat, c.sector(n)...)
	}
}

func (c *compound) sector(n uint32) []byte {
	from := min((int64(n)+1)<<c.shift, int64(len(c.b)))
	return c.b[from:min(from+1<<c.shift, int64(len(c.b)))]
}

// chain joins the sectors of a stream up to limit bytes. A loop ends there, too.
func (c *compound) chain(n uint32, limit int) []byte {
	if n >= cfbEnd || limit <= 0 {
		return nil
	}
	out := make([]byte, 0, min(limit, len(c.b))+1<<c.shift)
	for n < cfbEnd && len(out) < limit && len(out) < len(c.b) {
		s := c.sector(n)
		if len(s) == 0 {
			break
		}
		out = append(out, s...)
		if int(n) >= len(c.fat)/4 {
			break
		}
		n = le32(c.fat, 4*int(n))
	}
	return out[:min(len(out), limit)]
}

// stream gives at most limit bytes of a stream.
func (c *compound) stream(e *cfbEntry, limit int) []byte {
	limit = min(limit, e.size)
	if e.size >= 4096 {
		return c.chain(e.start, limit)
	}
	var out []byte
	for n := e.start; n < cfbEnd && len(out) < limit; {
		from := int(n) * 64
		if int(n) > len(c.small)/64 || from >= len(c.small) {
			break
		}
		out = append(out, c.small[from:min(from+64, len(c.small))]...)
		if int(n) >= len(c.mini)/4 {
			break
		}
		n = le32(c.mini, 4*int(n))
	}
	return out[:min(len(out), max(limit, 0))]
}
