package simulate

import (
	"math/rand/v2"
	"net/netip"
)

// Network is one autonomous system's block of addresses.
type Network struct {
	ASN     uint32
	Country *Country
	Prefix  netip.Prefix
}

// Endpoint is an address with the network that it belongs to.
type Endpoint struct {
	Addr netip.Addr
	Net  *Network
}

// host returns the i-th address of the block, counting from its first and
// starting over at its end.
func (n *Network) host(i uint64) Endpoint {
	if n.Prefix.Addr().Is6() {
		a := n.Prefix.Addr().As16()
		for k := range 4 { // every i is a /64 of its own
			a[7-k] = byte(i >> (8 * k))
		}
		for k := range 8 {
			a[15-k] = byte(mix(i, 6) >> (8 * k))
		}
		return Endpoint{netip.AddrFrom16(a), n}
	}
	a := n.Prefix.Addr().As4()
	i %= 1 << (32 - n.Prefix.Bits())
	base := uint64(a[0])<<24 | uint64(a[1])<<16 | uint64(a[2])<<8 | uint64(a[3])
	at := base + i
	return Endpoint{netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}), n}
}

// Internet is the networks of the world. It never changes once built.
type Internet struct {
	countries []*Country
	homes     map[string][]*Network // by country: what people have at home
	mobiles   map[string]*Network   // by country: one carrier behind carrier-grade NAT
	hosters   []*Network            // small hosting companies all over the world
	offices   []*Network            // one /24 for each organisation, in their order
	cloud     []*Network            // regions of one large cloud
	droplets  *Network              // a large hoster that many use for a day
	vpns      []*Network            // egresses of six commercial VPNs
	v6        *Network              // one operator's IPv6 range

	tor      []Endpoint // exits
	botnet   []Endpoint // what tries everybody all the time
	scanners []Endpoint
}

// Sizes of the world. Tor had 1,000 to 1,500 exits in 2020
// (metrics.torproject.org); the numbers of companies are chosen so that the
// STRONTIUM pool shows as many networks as were published.
const (
	torExits   = 1200
	torHosters = 190 // hosting companies with exits
	rentals    = 105 // others
	botnetSize = 4000
)

func newInternet(seed uint64, offices []string) *Internet {
	r := stream(seed, "internet")
	p := &numbering{v4: 240 << 24, asn: 4_200_000_000}
	in := &Internet{countries: countries(), homes: map[string][]*Network{}, mobiles: map[string]*Network{}}
	byCode := map[string]*Country{}
	for _, c := range in.countries {
		byCode[c.Code] = c
		for range 3 {
			in.homes[c.Code] = append(in.homes[c.Code], p.network(c, 15))
		}
		in.mobiles[c.Code] = p.network(c, 24)
		for range c.hosting {
			in.hosters = append(in.hosters, p.network(c, 18))
		}
	}
	r.Shuffle(len(in.hosters), func(i, k int) { in.hosters[i], in.hosters[k] = in.hosters[k], in.hosters[i] })
	for _, code := range offices {
		in.offices = append(in.offices, p.network(byCode[code], 24))
	}
	for _, code := range []string{"US", "US", "US", "CA", "FR", "DE", "GB", "SG", "JP", "BR"} {
		region := p.network(byCode[code], 17)
		in.cloud = append(in.cloud, region)
		region.ASN = in.cloud[0].ASN
	}
	in.droplets = p.network(byCode["US"], 17)
	for _, code := range []string{"US", "NL", "GB", "CH", "RO", "SE"} {
		in.vpns = append(in.vpns, p.network(byCode[code], 22))
	}
	in.v6 = &Network{ASN: p.next(), Country: byCode["NL"], Prefix: netip.MustParsePrefix("3fff::/32")}
	in.tor = in.exits(r)
	in.botnet = in.bots(r)
	for range 40 {
		in.scanners = append(in.scanners, in.hosted(r))
	}
	return in
}

// numbering hands out address blocks and numbers.
type numbering struct {
	v4  uint64
	asn uint32
}

func (p *numbering) next() uint32 {
	p.asn++
	return p.asn
}

func (p *numbering) network(c *Country, bits int) *Network {
	size := uint64(1) << (32 - bits)
	p.v4 = (p.v4 + size - 1) / size * size
	a := netip.AddrFrom4([4]byte{byte(p.v4 >> 24), byte(p.v4 >> 16), byte(p.v4 >> 8), byte(p.v4)})
	p.v4 += size
	return &Network{ASN: p.next(), Country: c, Prefix: netip.PrefixFrom(a, bits)}
}

// exits places Tor exits: a few hosting companies have many, most have one or two.
func (in *Internet) exits(r *rand.Rand) []Endpoint {
	exits := make([]Endpoint, torExits)
	for i := range exits {
		u := r.Float64()
		n := in.hosters[int(u*u*torHosters)]
		exits[i] = n.host(customer(r, 3))
	}
	return exits
}

// hosted returns an address at a hosting company that has no Tor exit.
func (in *Internet) hosted(r *rand.Rand) Endpoint {
	return pick(r, in.hosters[torHosters:torHosters+rentals]).host(customer(r, 2))
}

// customer is the number of a rented machine: all those of a company stand in
// few blocks of 256 addresses.
func customer(r *rand.Rand, blocks int) uint64 {
	return uint64(r.IntN(blocks))<<8 | uint64(1+r.IntN(254))
}

// residential returns an address of a home in a country; "" is any.
func (in *Internet) residential(r *rand.Rand, country string) Endpoint {
	if country == "" {
		country = pick(r, in.countries).Code
	}
	return pick(r, in.homes[country]).host(r.Uint64())
}

// bots are home routers in a few countries, and some rented machines.
func (in *Internet) bots(r *rand.Rand) []Endpoint {
	where := []string{"BR", "BR", "BR", "VN", "VN", "CN", "CN", "ID", "TR", "MX", "AR", "ZA", "TH", "IN", "RU", "US", "KR"}
	bots := make([]Endpoint, botnetSize)
	for i := range bots {
		if chance(r, 0.3) {
			bots[i] = in.hosted(r)
			continue
		}
		bots[i] = in.residential(r, pick(r, where))
	}
	return bots
}
