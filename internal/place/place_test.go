package place

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

type fields = map[string]any

// maxmind is laid out as GeoLite2-Country, with a nested network.
var maxmind = []record{
	{"192.0.2.0/24", fields{"country": fields{"iso_code": "FR", "names": fields{"en": "France"}}}},
	{"192.0.2.128/25", fields{"country": fields{"iso_code": "KR"}}},
	{"198.51.100.0/24", fields{"registered_country": fields{"iso_code": "US"}}}, // says nothing of where it is
	{"2001:db8::/32", fields{"country": fields{"iso_code": "IN"}}},
}

var maxmindASN = []record{
	{"192.0.2.0/24", fields{"autonomous_system_number": uint32(64496), "autonomous_system_organization": "Example"}},
	{"198.51.100.0/24", fields{"autonomous_system_number": uint32(4200000000)}},
	{"2001:db8::/32", fields{"autonomous_system_number": uint32(64497)}},
}

func TestLookup(t *testing.T) {
	tests := []struct {
		why     string
		files   [][]byte
		addr    string
		country string
		asn     uint32
	}{
		{"MaxMind country, 24 bit", [][]byte{writeMMDB("GeoLite2-Country", 6, 24, maxmind)}, "192.0.2.1", "FR", 0},
		{"28 bit", [][]byte{writeMMDB("GeoLite2-Country", 6, 28, maxmind)}, "192.0.2.1", "FR", 0},
		{"32 bit", [][]byte{writeMMDB("GeoLite2-Country", 6, 32, maxmind)}, "192.0.2.1", "FR", 0},
		{"the longer network", [][]byte{writeMMDB("GeoLite2-Country", 6, 24, maxmind)}, "192.0.2.200", "KR", 0},
		{"IPv6", [][]byte{writeMMDB("GeoLite2-Country", 6, 24, maxmind)}, "2001:db8::1", "IN", 0},
		{"IPv4-mapped", [][]byte{writeMMDB("GeoLite2-Country", 6, 24, maxmind)}, "::ffff:192.0.2.1", "FR", 0},
		{"zone", [][]byte{writeMMDB("GeoLite2-Country", 6, 24, maxmind)}, "2001:db8::1%eth0", "IN", 0},
		{"where it is registered is not where it is", [][]byte{writeMMDB("GeoLite2-Country", 6, 24, maxmind)}, "198.51.100.1", "", 0},
		{"not in the file", [][]byte{writeMMDB("GeoLite2-Country", 6, 24, maxmind)}, "203.0.113.1", "", 0},
		{"IPv6 in a file of IPv4", [][]byte{writeMMDB("x", 4, 24, maxmind[:2])}, "2001:db8::1", "", 0},
		{"IPv4 in a file of IPv4", [][]byte{writeMMDB("x", 4, 24, maxmind[:2])}, "192.0.2.1", "FR", 0},
		{
			"two files make a whole", [][]byte{writeMMDB("GeoLite2-ASN", 6, 24, maxmindASN), writeMMDB("GeoLite2-Country", 6, 24, maxmind)},
			"192.0.2.1", "FR", 64496,
		},
		{"a number of 32 bits", [][]byte{writeMMDB("GeoLite2-ASN", 6, 24, maxmindASN)}, "198.51.100.1", "", 4200000000},
		{
			"the first file that knows", [][]byte{
				writeMMDB("a", 6, 24, maxmind),
				writeMMDB("b", 6, 24, []record{{"192.0.0.0/16", fields{"country_code": "US", "asn": "AS64500"}}, {"198.51.100.0/24", fields{"country_code": "CA"}}}),
			},
			"192.0.2.1", "FR", 64500,
		},
		{
			"the second where the first does not", [][]byte{
				writeMMDB("a", 6, 24, maxmind),
				writeMMDB("b", 6, 24, []record{{"198.51.100.0/24", fields{"country_code": "CA"}}}),
			},
			"198.51.100.1", "CA", 0,
		},
		{
			"IPinfo Lite: country is a name, the code has its own field", [][]byte{writeMMDB("ipinfo", 6, 24, []record{
				{"192.0.2.0/24", fields{"country": "France", "country_code": "FR", "asn": "AS64496"}},
			})}, "192.0.2.1", "FR", 64496,
		},
		{
			"IPinfo: country is the code", [][]byte{writeMMDB("ipinfo", 6, 24, []record{
				{"192.0.2.0/24", fields{"country": "FR", "asn": "AS64496"}},
			})}, "192.0.2.1", "FR", 64496,
		},
		{
			"MaxMind Enterprise: number among the traits", [][]byte{writeMMDB("GeoIP2-Enterprise", 6, 24, []record{
				{"192.0.2.0/24", fields{"country": fields{"iso_code": "FR"}, "traits": fields{"autonomous_system_number": uint32(64496)}}},
			})}, "192.0.2.1", "FR", 64496,
		},
		{
			"records of two forms in one file", [][]byte{writeMMDB("mixed", 6, 24, []record{
				{"192.0.2.0/24", fields{"country": "FR"}},
				{"198.51.100.0/24", fields{"country": fields{"iso_code": "KR"}}},
			})}, "198.51.100.1", "KR", 0,
		},
		{
			"ZZ is nowhere", [][]byte{writeMMDB("x", 6, 24, []record{
				{"192.0.2.0/24", fields{"country_code": "ZZ", "asn": "AS64496"}},
				{"198.51.100.0/24", fields{"country_code": "FR"}},
			})}, "192.0.2.1", "", 64496,
		},
		{
			"a number of 33 bits is none", [][]byte{writeMMDB("x", 6, 24, []record{
				{"192.0.2.0/24", fields{"asn": uint64(1 << 32)}},
				{"198.51.100.0/24", fields{"asn": uint16(64496)}},
			})}, "192.0.2.1", "", 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			a := openBytes(t, tt.files...)
			for range 2 { // from the file, then from memory
				if country, asn := a.Lookup(netip.MustParseAddr(tt.addr)); country != tt.country || asn != tt.asn {
					t.Errorf("Lookup(%s) = %q, %d, want %q, %d", tt.addr, country, asn, tt.country, tt.asn)
				}
			}
			if err := a.Err(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLookupOfNothing(t *testing.T) {
	a := openBytes(t, writeMMDB("x", 6, 24, maxmind))
	if country, asn := a.Lookup(netip.Addr{}); country != "" || asn != 0 {
		t.Errorf("the invalid address is in %q, %d", country, asn)
	}
	none, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if country, asn := none.Lookup(netip.MustParseAddr("192.0.2.1")); country != "" || asn != 0 {
		t.Errorf("no file says %q, %d", country, asn)
	}
}

func TestOpenErrors(t *testing.T) {
	good := writeMMDB("GeoLite2-Country", 6, 24, maxmind)
	for _, tt := range []struct {
		why  string
		data []byte
		want string
	}{
		{"empty", nil, "the file is empty"},
		{"gzip", append([]byte{0x1f, 0x8b, 8}, good...), "compressed: unpack it first"},
		{"text", []byte("network,country\n192.0.2.0/24,FR\n"), "not an mmdb file"},
		{"cut off", good[:len(good)-200], "not an mmdb file, or only the first part"},
		{"metadata cut off", good[:len(good)-10], "damaged: "},
		{"without its tree", good[200:], "damaged: "},
		{"other contents", writeMMDB("GeoIP2-Anonymous-IP", 6, 24, []record{{"192.0.2.0/24", fields{"is_anonymous": "yes"}}}), `no country and no autonomous system in its first 1 records (it is of type "GeoIP2-Anonymous-IP")`},
		{"no records", writeMMDB("x", 6, 24, nil), "no country and no autonomous system"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.mmdb")
			if err := os.WriteFile(file, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(file)
			if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "missing.mmdb")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing file: %v", err)
	}
}

// A tree whose nodes have the next one on both sides has 2^128 branches.
func TestEndlessTree(t *testing.T) {
	data := writeMMDB("x", 6, 24, []record{{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", fields{"country_code": "FR"}}})
	for node := range 127 {
		copy(data[6*node:], data[6*node+3:6*node+6])
	}
	copy(data[6*127:], []byte{0, 0, 128, 0, 0, 128}) // and the last has nothing
	if _, err := newSource("x", data); err == nil || !strings.Contains(err.Error(), "no country") {
		t.Errorf("error %v", err)
	}
}

// Damage beyond the records that Open looks at is met by a Lookup.
func TestDamagedRecord(t *testing.T) {
	var records []record
	for i := range sampleSize + 2 {
		records = append(records, record{fmt.Sprintf("10.%d.%d.0/24", i/256, i%256), fields{"country_code": "FR"}})
	}
	data := writeMMDB("x", 4, 24, records)
	metadata := strings.LastIndex(string(data), "\xab\xcd\xef")
	last := strings.LastIndex(string(data[:metadata]), "country_code") - 2
	data[last] = 0xff // a map of more entries than there are bytes
	a := openBytes(t, data)
	addr := netip.MustParseAddr(fmt.Sprintf("10.%d.%d.1", (sampleSize+1)/256, (sampleSize+1)%256))
	if country, _ := a.Lookup(addr); country != "" {
		t.Errorf("a damaged record says %q", country)
	}
	if err := a.Err(); err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), addr.String()) {
		t.Errorf("Err() = %v", err)
	}
	if country, _ := a.Lookup(netip.MustParseAddr("10.0.0.1")); country != "FR" {
		t.Errorf("a whole record of the same file says %q", country)
	}
}

func TestCacheIsBounded(t *testing.T) {
	a := openBytes(t, writeMMDB("x", 6, 24, maxmind))
	fr := netip.MustParseAddr("192.0.2.1")
	addr := netip.MustParseAddr("2001:db8::")
	for range 3 * halfCache {
		addr = addr.Next()
		if country, _ := a.Lookup(addr); country != "IN" {
			t.Fatalf("%s is in %q", addr, country)
		}
		a.Lookup(fr)
	}
	if n := len(a.recent.young) + len(a.recent.old); n > 2*halfCache {
		t.Errorf("%d addresses remembered", n)
	}
	if p, ok := a.recent.get(fr); !ok || p.country != "FR" {
		t.Errorf("an address that is asked for all the time was forgotten")
	}
	if n := testing.AllocsPerRun(100, func() { a.Lookup(fr) }); n != 0 {
		t.Errorf("%v allocations for a remembered address", n)
	}
}

func TestLookupByMany(t *testing.T) {
	a := openBytes(t, writeMMDB("x", 6, 24, maxmind), writeMMDB("y", 6, 24, maxmindASN))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			addr := netip.MustParseAddr("192.0.2.0")
			for range 128 {
				if country, asn := a.Lookup(addr); country != "FR" || asn != 64496 {
					t.Errorf("%s: %q, %d", addr, country, asn)
				}
				addr = addr.Next()
			}
		})
	}
	wg.Wait()
}

// No bytes may make it panic, and what it says always has the promised form.
func FuzzSource(f *testing.F) {
	f.Add(writeMMDB("a", 6, 24, maxmind))
	f.Add(writeMMDB("b", 6, 28, maxmindASN))
	f.Add(writeMMDB("c", 4, 32, []record{{"192.0.2.0/24", fields{"country": "FR", "asn": "AS64496"}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := newSource("f", data)
		if err != nil {
			return
		}
		for _, addr := range []string{"192.0.2.1", "198.51.100.1", "2001:db8::1", "::", "255.255.255.255"} {
			p, _ := s.lookup(netip.MustParseAddr(addr))
			if p.country != "" && countryCode(p.country) == "" {
				t.Fatalf("%s is in %q", addr, p.country)
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	a := openBytes(b, writeMMDB("x", 6, 24, maxmind), writeMMDB("y", 6, 24, maxmindASN))
	b.Run("new", func(b *testing.B) {
		addr := netip.MustParseAddr("2001:db8::")
		for b.Loop() {
			addr = addr.Next()
			a.Lookup(addr)
		}
	})
	b.Run("remembered", func(b *testing.B) {
		addr := netip.MustParseAddr("192.0.2.1")
		for b.Loop() {
			a.Lookup(addr)
		}
	})
}

func openBytes(t testing.TB, files ...[]byte) *Atlas {
	t.Helper()
	var names []string
	for i, data := range files {
		name := filepath.Join(t.TempDir(), fmt.Sprintf("%d.mmdb", i))
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	a, err := Open(names...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
