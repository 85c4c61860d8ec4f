package leak

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
)

// netblocks are the protected networks.
type netblocks struct {
	owner map[netip.Prefix]int // identifier
	bits  []int                // the distinct lengths, IPv6 ones as they are, IPv4 ones plus 128
}

// add takes a netblock or a single address; it reports false if text is
// neither.
func (n *netblocks) add(text string, identifier int) bool {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if n.owner == nil {
		n.owner = map[netip.Prefix]int{}
	}
	p = p.Masked()
	if _, taken := n.owner[p]; !taken {
		n.owner[p] = identifier
	}
	if key := bitsKey(p); !slices.Contains(n.bits, key) {
		n.bits = append(n.bits, key)
	}
	return true
}

func bitsKey(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 128 + 1 + p.Bits()
	}
	return p.Bits()
}

func (n *netblocks) empty() bool { return len(n.owner) == 0 }

// of returns the netblock that an address lies in.
func (n *netblocks) of(a netip.Addr) (identifier int, ok bool) {
	a = a.Unmap().WithZone("")
	for _, key := range n.bits {
		bits := key
		if key > 128 {
			bits -= 128 + 1
		}
		if (key > 128) != a.Is4() {
			continue
		}
		if p, err := a.Prefix(bits); err == nil {
			if id, found := n.owner[p]; found {
				return id, true
			}
		}
	}
	return 0, false
}

// wider is how many bits shorter than a netblock a network may be that still
// points at it: 198.51.0.0/16 says much about 198.51.100.0/24, 0.0.0.0/0
// nothing.
const wider = 8

func (n *netblocks) overlapping(p netip.Prefix) (identifier int, ok bool) {
	if id, found := n.of(p.Addr()); found {
		return id, true
	}
	found := -1
	for block, id := range n.owner {
		if p.Contains(block.Addr()) && p.Bits() >= block.Bits()-wider && (found < 0 || id < found) {
			found = id
		}
	}
	return found, found >= 0
}

// scan finds the addresses in folded text, in all notations known here, and
// reports those in a netblock.
func (n *netblocks) scan(text []byte, hit func(identifier, start, end int)) {
	for i := 0; i < len(text); {
		c := text[i]
		glued := i > 0 && lower[text[i-1]] != 0 // ip198-51-100-7
		if !(isHex(c) || c == ':') || glued && (isLetter(c) || !isLetter(text[i-1])) {
			i++
			continue
		}
		if end := n.v6(text, i, hit); end > 0 && !glued {
			i = end
			continue
		}
		i = n.v4(text, i, glued, hit)
	}
	if !containsFold(text, "ip6.arpa") {
		return
	}
	lowered := bytes.ToLower(text)
	for i := 0; ; i += len(".ip6.arpa") {
		k := bytes.Index(lowered[i:], []byte(".ip6.arpa"))
		if k < 0 {
			return
		}
		i += k
		n.arpa6(text, i, hit)
	}
}

// v6 reads the IPv6 address or network at i, also as 32 digits without
// colons. It returns the position after it, 0 if there is none.
func (n *netblocks) v6(text []byte, i int, hit func(identifier, start, end int)) int {
	end, colons := i, 0
	for end < len(text) && end < i+64 && (isHex(text[end]) || text[end] == ':' || text[end] == '.') {
		if text[end] == ':' {
			colons++
		}
		end++
	}
	if colons == 0 {
		if end-i != 32 || end < len(text) && lower[text[end]] != 0 {
			return 0
		}
		if id, ok := n.of(netip.AddrFrom16([16]byte(pairs(text[i:end])))); ok {
			hit(id, i, end)
		}
		return end
	}
	if colons < 2 {
		return 0
	}
	for cut := end; cut > i+1; cut-- { // a full stop or a colon of the sentence may follow
		a, err := netip.ParseAddr(string(text[i:cut]))
		if err != nil {
			if last := text[cut-1]; last != '.' && last != ':' {
				return 0
			}
			continue
		}
		if bits, after := cidr(text, cut, a.BitLen()); after > 0 {
			if id, ok := n.overlapping(netip.PrefixFrom(a, bits).Masked()); ok {
				hit(id, i, after)
			}
			return after
		}
		for _, b := range append(embedded(a), a) {
			if id, ok := n.of(b); ok {
				hit(id, i, cut)
				break
			}
		}
		return cut
	}
	return 0
}

// embedded returns the IPv4 address that an IPv6 address carries by NAT64 (RFC
// 6052) or 6to4 (RFC 3056).
func embedded(a netip.Addr) []netip.Addr {
	if !a.Is6() {
		return nil
	}
	b := a.As16()
	switch {
	case bytes.HasPrefix(b[:], []byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:16]))}
	case b[0] == 0x20 && b[1] == 0x02:
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	}
	return nil
}

// cidr reads "/24" at i and returns the position after it, 0 if there is none.
func cidr(text []byte, i, most int) (bits, end int) {
	if i+1 >= len(text) || text[i] != '/' {
		return 0, 0
	}
	end = i + 1
	for end < len(text) && end < i+4 && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	bits, err := strconv.Atoi(string(text[i+1 : end]))
	if err != nil || bits > most {
		return 0, 0
	}
	return bits, end
}

// v4 reads the numbers at i, joined by one kind of separator, as an IPv4
// address in every way that inet_aton(3) and people do: four parts or fewer,
// decimal, octal or hexadecimal, forwards or, as in names of PTR records,
// backwards. A number glued to a word counts as the first of four only. It
// returns the position after the first number.
func (n *netblocks) v4(text []byte, i int, glued bool, hit func(identifier, start, end int)) int {
	parts, ends, separator := numbers(text, i)
	if len(parts) == 0 {
		return i + 1
	}
	try := func(id int, ok bool, end int) bool {
		if ok {
			hit(id, i, end)
		}
		return ok
	}
	if len(parts) >= 4 {
		for _, octal := range []bool{false, true} {
			b, ok := octets(parts[:4], octal)
			if !ok {
				continue
			}
			a := netip.AddrFrom4(b)
			if bits, after := cidr(text, ends[3], 32); after > 0 && separator == '.' {
				if id, ok := n.overlapping(netip.PrefixFrom(a, bits).Masked()); try(id, ok, after) {
					return ends[0]
				}
			}
			id, ok := n.of(a)
			if try(id, ok, ends[3]) {
				return ends[0]
			}
			slices.Reverse(b[:])
			id, ok = n.of(netip.AddrFrom4(b))
			if try(id, ok, ends[3]) {
				return ends[0]
			}
		}
		return ends[0]
	}
	if glued {
		return ends[0]
	}
	if len(parts) == 3 {
		rest := text[ends[2]:]
		star := len(rest) >= 2 && rest[0] == '.' && (rest[1] == '*' || rest[1]|0x20 == 'x') && (len(rest) == 2 || lower[rest[2]] == 0)
		backwards := len(rest) >= 8 && bytes.EqualFold(rest[:8], []byte(".in-addr"))
		if b, ok := octets(append(slices.Clip(parts), []byte("0")), false); ok && (star || backwards) {
			if backwards {
				b[0], b[2] = b[2], b[0]
			}
			id, ok := n.overlapping(netip.PrefixFrom(netip.AddrFrom4(b), 24))
			if try(id, ok, ends[2]) {
				return ends[0]
			}
		}
	}
	if a, ok := inetAton(parts); ok && (len(parts) == 1 || separator == '.') {
		id, ok := n.of(a)
		try(id, ok, ends[len(ends)-1])
	}
	if len(parts) == 1 && ends[0]-i == 8 { // the bare hexadecimal of /proc/net/tcp and logs
		if b := pairs(text[i:ends[0]]); len(bytes.TrimFunc(text[i:ends[0]], func(r rune) bool { return isHex(byte(r)) })) == 0 {
			id, ok := n.of(netip.AddrFrom4([4]byte(b)))
			try(id, ok, ends[0])
		}
	}
	return ends[0]
}

// numbers reads up to four numbers with one separator, and where each ends. A
// number is a token of its own: digits, or 0x and hexadecimal digits; a single
// one may also be eight hexadecimal digits.
func numbers(text []byte, i int) (parts [][]byte, ends []int, separator byte) {
	for len(parts) < 4 {
		end := i
		for end < len(text) && end < i+12 && lower[text[end]] != 0 {
			end++
		}
		part := text[i:end]
		if end == i || end < len(text) && lower[text[end]] != 0 || !isNumber(part) && (len(parts) > 0 || len(part) != 8 || !allHex(part)) {
			break
		}
		parts, ends = append(parts, part), append(ends, end)
		if end+1 >= len(text) || bytes.IndexByte([]byte(".-_,"), text[end]) < 0 || separator != 0 && text[end] != separator {
			break
		}
		separator = text[end]
		i = end + 1
	}
	return parts, ends, separator
}

func isNumber(part []byte) bool {
	if len(part) > 2 && part[0] == '0' && part[1]|0x20 == 'x' {
		return allHex(part[2:])
	}
	for _, c := range part {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func allHex(part []byte) bool {
	for _, c := range part {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// octets reads four parts; with octal, those that begin with 0 as octal.
func octets(parts [][]byte, octal bool) (b [4]byte, ok bool) {
	for i, p := range parts {
		v, ok := number(p, octal)
		if !ok || v > 255 {
			return b, false
		}
		b[i] = byte(v)
	}
	return b, true
}

func number(part []byte, octal bool) (uint64, bool) {
	s := string(part)
	base := 10
	switch {
	case len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x':
		s, base = s[2:], 16
	case octal && len(s) > 1 && s[0] == '0':
		base = 8
	}
	v, err := strconv.ParseUint(s, base, 32)
	return v, err == nil
}

// inetAton reads fewer than four parts: the last one fills what is left. A
// last part that would fit one byte is taken for a plain number (3.14).
func inetAton(parts [][]byte) (netip.Addr, bool) {
	var sum uint64
	for i, p := range parts {
		v, ok := number(p, true)
		last := i == len(parts)-1
		left := uint(8 * (4 - i)) // bits not yet filled
		switch {
		case !ok, !last && v > 255, last && v>>left > 0, last && v <= 255:
			return netip.Addr{}, false
		case last:
			sum |= v
		default:
			sum |= v << (left - 8)
		}
	}
	if sum < 1<<24 {
		return netip.Addr{}, false
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(sum))
	return netip.AddrFrom4(b), true
}

// arpa6 reads the digits before ".ip6.arpa" at i: an address or network
// written backwards (RFC 3596 2.5).
func (n *netblocks) arpa6(text []byte, i int, hit func(identifier, start, end int)) {
	var b [16]byte
	digits, start := 0, i
	for digits < 32 && start >= 1 && isHex(text[start-1]) && (start == 1 || text[start-2] == '.' || lower[text[start-2]] == 0) {
		v := hexDigit[text[start-1]]
		if digits%2 == 0 {
			v <<= 4
		}
		b[digits/2] |= v
		digits++
		start--
		if start == 0 || text[start-1] != '.' {
			break
		}
		start--
	}
	if digits < 4 {
		return
	}
	if id, ok := n.overlapping(netip.PrefixFrom(netip.AddrFrom16(b), 4*digits)); ok {
		hit(id, start, i)
	}
}
