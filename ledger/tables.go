package ledger

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"strings"
	"unsafe"
)

// The tables number the distinct accounts, addresses, clients and codes of a
// ledger in the order in which they came. The numbers are private to one
// ledger; nothing that leaves it may depend on them. The marks say which sets
// of rows brought an entry: what has none can go.

// accountTable holds names in blocks, without a pointer for each.
type accountTable struct {
	list   []accountName
	blocks [][]byte
	marks  []uint8
	index  index
}

// accountName is where a name lies: the user, and the host right after.
type accountName struct {
	at         uint32 // block and position in it
	user, host uint16
}

const (
	blockBits = 16
	maxName   = 1<<15 - 1 // longer names are cut: signin.MaxField is far below
)

func (t *accountTable) name(i uint32) Name {
	n := &t.list[i]
	text := t.blocks[n.at>>blockBits][n.at&(1<<blockBits-1):]
	s := unsafe.String(unsafe.SliceData(text), int(n.user)+int(n.host)) // what lies in a block never changes
	return Name{s[:n.user], s[n.user:]}
}

// at returns the number of a name, adding it if it is new.
func (t *accountTable) at(n Name, seed maphash.Seed) uint32 {
	n.User, n.Host = n.User[:min(len(n.User), maxName)], n.Host[:min(len(n.Host), maxName)]
	t.index.reserve(func(i uint32) uint64 { return hashName(t.name(i), seed) })
	k, tag := t.index.begin(hashName(n, seed))
	for ; t.index.slots[k] != 0; k = t.index.next(k) {
		if !t.index.may(k, tag) {
			continue
		}
		i := t.index.row(k)
		if x := &t.list[i]; int(x.user) == len(n.User) && int(x.host) == len(n.Host) && t.name(i) == n {
			return i
		}
	}
	i := uint32(len(t.list))
	t.list = append(t.list, accountName{t.keep(n), uint16(len(n.User)), uint16(len(n.Host))})
	t.marks = append(t.marks, 0)
	t.index.put(k, tag, i)
	return i
}

// keep writes a name into the last block that has room.
func (t *accountTable) keep(n Name) uint32 {
	last := len(t.blocks) - 1
	if last < 0 || len(t.blocks[last])+len(n.User)+len(n.Host) > min(cap(t.blocks[last]), 1<<blockBits-1) {
		size := 1 << blockBits
		if last < 0 {
			size = 1 << 10 // most ledgers are small
		}
		t.blocks = append(t.blocks, make([]byte, 0, max(size, len(n.User)+len(n.Host))))
		last++
	}
	b := t.blocks[last]
	at := uint32(last)<<blockBits | uint32(len(b))
	t.blocks[last] = append(append(b, n.User...), n.Host...)
	return at
}

func hashName(n Name, seed maphash.Seed) uint64 {
	h := maphash.String(seed, n.User)
	if n.Host != "" {
		h ^= maphash.String(seed, n.Host) * 0x9E3779B97F4A7C15
	}
	return h
}

// addrTable holds addresses in 5 bytes, IPv6 addresses in 21.
type addrTable struct {
	word  []uint32 // the IPv4 address; position in six of an IPv6 address
	kind  []addrKind
	six   [][16]byte
	place []place // empty while no log says where addresses are
	marks []uint8
	index index
}

type addrKind uint8

const (
	noAddr addrKind = iota
	ipv4
	ipv6
)

// place is a Place whose country is a number.
type place struct{ asn, country uint32 }

func (t *addrTable) addr(i uint32) netip.Addr {
	switch t.kind[i] {
	case ipv4:
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], t.word[i])
		return netip.AddrFrom4(b)
	case ipv6:
		return netip.AddrFrom16(t.six[t.word[i]])
	}
	return netip.Addr{}
}

// at returns the number of an address, adding it if it is new. Zones are
// dropped: they mean something on one host only.
func (t *addrTable) at(a netip.Addr, seed maphash.Seed, mix func(uint64) uint64) uint32 {
	kind, word, wide := split(a)
	t.index.reserve(func(i uint32) uint64 {
		var w [16]byte
		if t.kind[i] == ipv6 {
			w = t.six[t.word[i]]
		}
		return hashAddr(t.kind[i], t.word[i], w, seed, mix)
	})
	k, tag := t.index.begin(hashAddr(kind, word, wide, seed, mix))
	for ; t.index.slots[k] != 0; k = t.index.next(k) {
		if !t.index.may(k, tag) {
			continue
		}
		i := t.index.row(k)
		if t.kind[i] == kind && (kind == ipv6 && t.six[t.word[i]] == wide || kind != ipv6 && t.word[i] == word) {
			return i
		}
	}
	i := uint32(len(t.word))
	if kind == ipv6 {
		word = uint32(len(t.six))
		t.six = append(t.six, wide)
	}
	t.word, t.kind, t.marks = append(t.word, word), append(t.kind, kind), append(t.marks, 0)
	if len(t.place) > 0 {
		t.place = append(t.place, place{})
	}
	t.index.put(k, tag, i)
	return i
}

func split(a netip.Addr) (kind addrKind, word uint32, wide [16]byte) {
	switch {
	case a.Is4():
		b := a.As4()
		return ipv4, binary.BigEndian.Uint32(b[:]), wide
	case a.IsValid():
		return ipv6, 0, a.As16()
	}
	return noAddr, 0, wide
}

func hashAddr(kind addrKind, word uint32, wide [16]byte, seed maphash.Seed, mix func(uint64) uint64) uint64 {
	if kind == ipv6 {
		return maphash.Bytes(seed, wide[:])
	}
	return mix(uint64(word)<<8 | uint64(kind))
}

// clientTable holds clients. There are few of them, unless somebody types a
// new user agent each time.
type clientTable struct {
	list  []Client
	marks []uint8
	index index
	last  uint32
}

func (t *clientTable) at(c Client, seed maphash.Seed) uint32 {
	if int(t.last) < len(t.list) && t.list[t.last] == c {
		return t.last
	}
	t.index.reserve(func(i uint32) uint64 { return hashClient(t.list[i], seed) })
	k, tag := t.index.begin(hashClient(c, seed))
	for ; t.index.slots[k] != 0; k = t.index.next(k) {
		if !t.index.may(k, tag) {
			continue
		}
		if i := t.index.row(k); t.list[i] == c {
			t.last = i
			return i
		}
	}
	i := uint32(len(t.list))
	t.last = i
	t.list = append(t.list, Client{strings.Clone(c.UserAgent), strings.Clone(c.Client), strings.Clone(c.App), c.Protocol})
	t.marks = append(t.marks, 0)
	t.index.put(k, tag, i)
	return i
}

func hashClient(c Client, seed maphash.Seed) uint64 {
	return maphash.String(seed, c.UserAgent) ^
		(maphash.String(seed, c.Client)+uint64(c.Protocol))*0x9E3779B97F4A7C15 ^
		maphash.String(seed, c.App)*0xC2B2AE3D27D4EB4F
}

// stringTable holds what hardly ever changes from one record to the next:
// result codes, file names, countries.
type stringTable struct {
	list  []string
	marks []uint8
	index map[string]uint32
	last  uint32
}

func (t *stringTable) at(s string) uint32 {
	if int(t.last) < len(t.list) && t.list[t.last] == s {
		return t.last
	}
	i, ok := t.index[s]
	if !ok {
		if t.index == nil {
			t.index = map[string]uint32{}
		}
		s = strings.Clone(s)
		i = uint32(len(t.list))
		t.index[s] = i
		t.list, t.marks = append(t.list, s), append(t.marks, 0)
	}
	t.last = i
	return i
}
