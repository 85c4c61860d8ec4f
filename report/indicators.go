package report

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// indicators returns the addresses and domains of the attackers (G7). One is
// published only if at least k organisations saw it: an address that one
// organisation saw points at it, and one that two saw would prove two.
func (in Input) indicators(targets []outcome.Target, withhold func(what, why string)) []Indicator {
	addrs := map[netip.Addr]map[org.ID]bool{}
	for _, t := range targets {
		for _, a := range t.Sources {
			a = a.Unmap().WithZone("")
			if addrs[a] == nil {
				addrs[a] = map[org.ID]bool{}
			}
			addrs[a][t.Org] = true
		}
	}
	out := []Indicator{}
	few := 0
	for _, a := range slices.SortedFunc(maps.Keys(addrs), netip.Addr.Compare) {
		orgs := addrs[a]
		switch why := in.ours(a); {
		case why != "":
			withhold("address "+a.String(), why)
		case len(orgs) < in.Policy.K:
			few++
		case a.Is4():
			out = append(out, Indicator{IPv4Addr, a.String()})
		default:
			out = append(out, Indicator{IPv6Addr, a.String()})
		}
	}
	if few > 0 {
		withhold(fmt.Sprintf("%d addresses", few), fmt.Sprintf("seen at fewer than %d organisations", in.Policy.K))
	}
	brands := in.brands(targets)
	reported := map[org.ID]bool{}
	for _, t := range targets {
		reported[t.Org] = true
	}
	for _, d := range in.Domains {
		name := strings.ToLower(strings.TrimSuffix(d.Name, "."))
		orgs := map[org.ID]bool{}
		for _, o := range d.Orgs {
			if reported[o] {
				orgs[o] = true
			}
		}
		switch why := brands.touches(name); {
		case why != "":
			withhold("domain "+name, why)
		case len(orgs) < in.Policy.K:
			withhold("domain "+name, fmt.Sprintf("seen at fewer than %d organisations", in.Policy.K))
		default:
			out = append(out, Indicator{DomainName, name})
		}
	}
	slices.SortFunc(out, func(a, b Indicator) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value)) })
	return slices.Compact(out)
}

// ours returns why an address may be the defenders' own.
func (in Input) ours(a netip.Addr) string {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return "not an address of the public internet"
	}
	for _, o := range in.Organisations {
		for _, block := range o.Netblocks {
			if block.Contains(a) {
				return "inside a netblock of " + string(o.ID)
			}
		}
	}
	return ""
}

// brands are the words by which the protected organisations' domains and names
// are known.
type brands struct {
	domains []string
	words   []string
}

func (in Input) brands(targets []outcome.Target) brands {
	var b brands
	add := func(word string) {
		if word = plain(word); len(word) >= 4 && !slices.Contains(b.words, word) {
			b.words = append(b.words, word)
		}
	}
	for _, o := range in.Organisations {
		b.domains = append(b.domains, o.Domains...)
		add(o.Name)
		add(string(o.ID))
		for _, a := range o.Aliases {
			add(a)
		}
		for _, p := range o.People {
			add(p.Name)
		}
		for _, d := range o.Domains {
			label, _, _ := strings.Cut(org.HostDomain(d), ".")
			add(label)
		}
	}
	for _, t := range targets { // an organisation that no file describes is known by its id, most often a domain
		add(string(t.Org))
		if strings.Contains(string(t.Org), ".") {
			b.domains = append(b.domains, string(t.Org))
		}
	}
	return b
}

// touches returns why a domain may point at an organisation. Look-alike
// domains usually hold the name of whom they imitate, or nearly.
func (b brands) touches(domain string) string {
	for _, d := range b.domains {
		if domain == d || strings.HasSuffix(domain, "."+d) || strings.HasSuffix(d, "."+domain) {
			return "it overlaps a protected domain"
		}
	}
	shown, err := idna.ToUnicode(domain)
	if err != nil {
		return "it cannot be read as a domain"
	}
	labels := strings.Split(shown, ".")
	for _, w := range b.words {
		if strings.Contains(plain(shown), w) {
			return "it holds the name of a protected organisation"
		}
		for _, l := range labels {
			for _, part := range append(strings.Split(l, "-"), l) {
				if len(w) > 5 && distance(plain(part), w) <= 2 {
					return "it looks like the name of a protected organisation"
				}
			}
		}
	}
	return ""
}

// plain returns a text without marks, in lower case, letters and digits only.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}

// distance is the number of letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
