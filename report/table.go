package report

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/text/language"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// victim is what the numbers are made of: one attacked organisation.
type victim struct {
	country string
	sector  org.Sector
	kinds   map[detect.Kind]bool
	outcome outcome.Outcome // how far the attacks got in all: see [outcome.Further]
}

// outcomeRows are the outcomes that are counted. Attempted and undetermined
// make the rest: both say that nobody knows.
var outcomeRows = []string{outcome.Blocked.String(), outcome.PasswordConfirmed.String(), outcome.Succeeded.String()}

// tabulate counts the organisations by one dimension at a time. Which rows a
// table has depends on the policy alone, never on the data; a row of nobody
// looks like a row of a few.
func tabulate(p Policy, kinds []kindInfo, victims []victim) ([]Table, []Withheld, error) {
	places, of, dimension := p.countryRows(), func(v victim) string { return v.country }, ByCountry
	if p.Places == Regions {
		places, of, dimension = p.regionRows(), func(v victim) string { return regionOf(v.country) }, ByRegion
	}
	var kindRows []string
	for _, k := range kinds {
		if k.Counted {
			kindRows = append(kindRows, string(k.Kind))
		}
	}
	tables := []Table{
		count(dimension, p.K, places, victims, func(v victim, value string) bool { return of(v) == value }),
		count(BySector, p.K, p.sectorRows(), victims, func(v victim, value string) bool { return string(v.sector) == value }),
		count(ByKind, p.K, kindRows, victims, func(v victim, value string) bool { return v.kinds[detect.Kind(value)] }),
		count(ByOutcome, p.K, outcomeRows, victims, func(v victim, value string) bool { return v.outcome.String() == value }),
	}
	tables[2].Multiple = true
	var withheld []Withheld
	for i, rows := range [][]string{places, p.sectorRows()} {
		if len(rows) == 0 {
			withheld = append(withheld, Withheld{string(tables[i].Dimension), fmt.Sprintf("no %s has a declared universe of %d organisations or more", tables[i].Dimension, p.Universe)})
		}
	}
	if err := p.plausible(victims); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(tables, func(t Table) bool { return len(t.Rows) == 0 }), withheld, nil
}

func count(d Dimension, k int, rows []string, victims []victim, in func(v victim, value string) bool) Table {
	t := Table{Dimension: d}
	for _, value := range rows {
		n := 0
		for _, v := range victims {
			if in(v, value) {
				n++
			}
		}
		t.Rows = append(t.Rows, Row{value, band(n, k)})
	}
	return t
}

// The regions of UN M49, by the code that package language knows them by.
var regions = []struct{ code, name string }{
	{"002", "Africa"}, {"019", "Americas"}, {"142", "Asia"}, {"150", "Europe"}, {"009", "Oceania"},
}

func regionOf(country string) string {
	c, err := language.ParseRegion(country)
	if err != nil {
		return ""
	}
	for _, r := range regions {
		if language.MustParseRegion(r.code).Contains(c) {
			return r.name
		}
	}
	return ""
}

func (p Policy) countryRows() []string { return p.named(p.Countries, 249) }

func (p Policy) regionRows() []string {
	universe := map[string]int{}
	for country, n := range p.Countries {
		if r := regionOf(country); r != "" {
			universe[r] += n
		}
	}
	return p.named(universe, len(regions)+1) // a country may be unknown
}

func (p Policy) sectorRows() []string {
	universe := map[string]int{}
	for s, n := range p.Sectors {
		if s != org.OtherSector {
			universe[string(s)] = n
		}
	}
	return p.named(universe, 9)
}

// named returns the values whose universe is large enough, in alphabetical
// order (G3). At least two of all categories stay for the rest; the smallest
// universe is left out first.
func (p Policy) named(universe map[string]int, categories int) []string {
	var rows []string
	for value, n := range universe {
		if n >= max(p.Universe, p.K) {
			rows = append(rows, value)
		}
	}
	slices.SortFunc(rows, func(a, b string) int { return cmp.Or(universe[b]-universe[a], cmp.Compare(a, b)) })
	rows = rows[:min(len(rows), categories-2)]
	slices.Sort(rows)
	return rows
}

// plausible reports whether more organisations were attacked than are said to
// exist: then the declaration is wrong, and whatever rests on it.
func (p Policy) plausible(victims []victim) error {
	countries, sectors := map[string]int{}, map[org.Sector]int{}
	for _, v := range victims {
		countries[v.country]++
		sectors[v.sector]++
	}
	for c, n := range p.Countries {
		if countries[c] > n {
			return fmt.Errorf("policy declares %d organisations in %s, but more were attacked", n, c)
		}
	}
	for s, n := range p.Sectors {
		if sectors[s] > n {
			return fmt.Errorf("policy declares %d organisations of sector %s, but more were attacked", n, s)
		}
	}
	return nil
}
