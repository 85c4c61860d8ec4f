package ledger

import (
	"encoding/binary"
	"net/netip"
)

// addrTable numbers addresses as table does, in a third of the memory: IPv4
// addresses, which are nearly all, are looked up by their 32 bits.
type addrTable struct {
	list []netip.Addr
	v4   map[uint32]uint32
	rest map[netip.Addr]uint32 // IPv6, and the invalid address of records without one
}

// at returns the number of a, adding it if it is new.
func (t *addrTable) at(a netip.Addr) uint32 {
	if t.v4 == nil {
		t.v4, t.rest = map[uint32]uint32{}, map[netip.Addr]uint32{}
	}
	if a.Is4() {
		b := a.As4()
		bits := binary.BigEndian.Uint32(b[:])
		i, ok := t.v4[bits]
		if !ok {
			i = uint32(len(t.list))
			t.v4[bits] = i
			t.list = append(t.list, a)
		}
		return i
	}
	i, ok := t.rest[a]
	if !ok {
		i = uint32(len(t.list))
		t.rest[a] = i
		t.list = append(t.list, a)
	}
	return i
}
