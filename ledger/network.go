package ledger

import "net/netip"

// Network returns the network an address is judged by: its /24 or its /64.
// A provider hands a home one IPv4 address or one /64 (RFC 6177), so these are
// the smallest networks of which "somebody here signed in before" is true.
func Network(a netip.Addr) netip.Prefix { return prefix(a, 24, 64) }

// Site returns the network one step wider, the /48 of an IPv6 address: what a
// provider hands a site. For IPv4 it is the /24 again.
func Site(a netip.Addr) netip.Prefix { return prefix(a, 24, 48) }

// Allocation returns the widest network one party is likely to hold, the /32
// of an IPv6 address; for IPv4 it is the /24 again, because wider ones are
// shared.
func Allocation(a netip.Addr) netip.Prefix { return prefix(a, 24, 32) }

func prefix(a netip.Addr, v4, v6 int) netip.Prefix {
	if !a.IsValid() {
		return netip.Prefix{}
	}
	bits := v6
	if a.Is4() {
		bits = v4
	}
	p, _ := a.Prefix(bits) // cannot fail: the address is valid and bits fit its family
	return p
}
