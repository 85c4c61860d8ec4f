package place

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// writeMMDB writes the records as a MaxMind DB (format 2.0,
// https://maxmind.github.io/MaxMind-DB/): a binary search tree over the bits
// of addresses, the data, the metadata. ipVersion is 4 or 6; in a tree of
// version 6 IPv4 networks lie below ::/96. recordSize is 24, 28 or 32 bits.
// Where networks nest, the longer one must come later.
func writeMMDB(databaseType string, ipVersion, recordSize int, records []record) []byte {
	var data []byte
	tree := [][2]int{{empty, empty}}
	for _, r := range records {
		offset := len(data)
		data = appendValue(data, r.data)
		bits, length := networkBits(r.network, ipVersion)
		tree = insert(tree, bits, length, offset)
	}
	var out []byte
	for _, node := range tree {
		var sides [2]uint32
		for side, v := range node {
			switch {
			case v == empty:
				sides[side] = uint32(len(tree)) // "no data"
			case v < 0:
				sides[side] = uint32(len(tree) + 16 + leafOffset(v))
			default:
				sides[side] = uint32(v)
			}
		}
		out = appendNode(out, recordSize, sides)
	}
	out = append(out, make([]byte, 16)...)
	out = append(out, data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	return appendValue(out, map[string]any{
		"binary_format_major_version": uint16(2),
		"binary_format_minor_version": uint16(0),
		"build_epoch":                 uint64(1790000000),
		"database_type":               databaseType,
		"ip_version":                  uint16(ipVersion),
		"languages":                   []any{"en"},
		"node_count":                  uint32(len(tree)),
		"record_size":                 uint16(recordSize),
	})
}

type record struct {
	network string
	data    map[string]any
}

// A side of a node is a node's number, empty, or a leaf: a negative number
// that holds an offset into the data.
const empty = -1

func leaf(offset int) int  { return -offset - 2 }
func leafOffset(v int) int { return -v - 2 }

func networkBits(network string, ipVersion int) (addr []byte, length int) {
	p := netip.MustParsePrefix(network)
	addr, length = p.Addr().AsSlice(), p.Bits()
	if p.Addr().Is4() && ipVersion == 6 {
		addr, length = append(make([]byte, 12), addr...), length+96
	}
	return addr, length
}

func insert(tree [][2]int, addr []byte, length, offset int) [][2]int {
	node := 0
	for i := range length {
		side := int(addr[i/8]>>(7-i%8)) & 1
		if i == length-1 {
			tree[node][side] = leaf(offset)
			break
		}
		next := tree[node][side]
		if next < 0 { // a shorter network's leaf is handed down to both sides
			tree = append(tree, [2]int{next, next})
			next = len(tree) - 1
			tree[node][side] = next
		}
		node = next
	}
	return tree
}

func appendNode(out []byte, recordSize int, sides [2]uint32) []byte {
	l, r := sides[0], sides[1]
	switch recordSize {
	case 24:
		return append(out, byte(l>>16), byte(l>>8), byte(l), byte(r>>16), byte(r>>8), byte(r))
	case 28: // the byte in the middle has the upper four bits of both
		return append(out, byte(l>>16), byte(l>>8), byte(l), byte(l>>24)<<4|byte(r>>24), byte(r>>16), byte(r>>8), byte(r))
	case 32:
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(out, l), r)
	}
	panic(fmt.Sprintf("record size %d", recordSize))
}

// The types of the data section. Those above 7 are "extended": 0 in the
// control byte, their number less 7 in the next.
const (
	typeString = 2
	typeUint16 = 5
	typeUint32 = 6
	typeMap    = 7
	typeUint64 = 9
	typeArray  = 11
)

func appendValue(out []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(appendControl(out, typeString, len(v)), v...)
	case uint16:
		return append(appendControl(out, typeUint16, 2), byte(v>>8), byte(v))
	case uint32:
		return binary.BigEndian.AppendUint32(appendControl(out, typeUint32, 4), v)
	case uint64:
		return binary.BigEndian.AppendUint64(appendControl(out, typeUint64, 8), v)
	case []any:
		out = appendControl(out, typeArray, len(v))
		for _, item := range v {
			out = appendValue(out, item)
		}
		return out
	case map[string]any:
		out = appendControl(out, typeMap, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = appendValue(appendValue(out, key), v[key])
		}
		return out
	}
	panic(fmt.Sprintf("cannot write %T", v))
}

func appendControl(out []byte, kind, size int) []byte {
	if size >= 29+256 {
		panic("size not needed by the tests")
	}
	first := byte(min(size, 29))
	if kind <= 7 {
		out = append(out, byte(kind)<<5|first)
	} else {
		out = append(out, first, byte(kind-7))
	}
	if size >= 29 {
		out = append(out, byte(size-29))
	}
	return out
}
