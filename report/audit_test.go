package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// knowledge is what somebody who has seen only certain worlds knows of a
// number: its least and its most.
type knowledge map[string]Count

func (kn knowledge) see(what string, n int) {
	c, ok := kn[what]
	if !ok {
		c = Count{n, n}
	}
	kn[what] = Count{min(c.AtLeast, n), max(c.AtMost, n)}
}

func (kn knowledge) proves(t *testing.T, k int, published string) {
	t.Helper()
	for what, c := range kn {
		if c.AtLeast >= 1 && c.AtMost < k {
			t.Errorf("k = %d: %s proves %s to be %v", k, published, what, c)
		}
	}
}

// No edition proves 1 to k-1 to somebody who knows this program and its
// policy: all worlds of up to eight organisations are published, and those
// that look alike are put together. What they have in common is what such a
// reader can know.
func TestNoSmallNumberIsProved(t *testing.T) {
	kinds, err := readKinds()
	if err != nil {
		t.Fatal(err)
	}
	// Two countries may be named, two may not; what holds for one table holds
	// for another, so sectors are left out. Outcomes are all five.
	countries := []string{"CA", "FR", "LI", "SM"}
	for k, most := range map[int]int{2: 6, 3: 8, 4: 6} {
		p := Policy{K: k, Universe: 20, Places: Countries, Countries: map[string]int{"CA": 40, "FR": 50, "LI": 9}}
		worlds := map[string]knowledge{}
		breaches := 0
		for n := range most + 1 {
			for byCountry := range partitions(n, len(countries)) {
				for byOutcome := range partitions(n, 5) {
					var victims []victim
					for c, m := range byCountry {
						for range m {
							victims = append(victims, victim{country: countries[c], kinds: map[detect.Kind]bool{}})
						}
					}
					i := 0
					for o, m := range byOutcome {
						for range m {
							victims[i].outcome = outcome.Outcome(o)
							i++
						}
					}
					tables, _, err := tabulate(p, kinds, victims)
					if err != nil {
						t.Fatal(err)
					}
					e := Edition{Rules: Rules{K: k}, Total: Ledger{}.total(n, k), Tables: tables}
					if n <= 6 {
						breaches += len(Audit(e, Ledger{}))
					}
					text, _ := json.Marshal(e)
					kn := worlds[string(text)]
					if kn == nil {
						kn = knowledge{}
						worlds[string(text)] = kn
					}
					kn.see("all", n)
					for c, m := range byCountry {
						kn.see(countries[c], m)
					}
					kn.see("other countries", byCountry[2]+byCountry[3])
					for o, m := range byOutcome {
						kn.see(outcome.Outcome(o).String(), m)
					}
					kn.see("other outcomes", byOutcome[0]+byOutcome[1])
				}
			}
		}
		if breaches > 0 {
			t.Errorf("k = %d: the audit stops %d editions of the compiler", k, breaches)
		}
		for published, kn := range worlds {
			kn.proves(t, k, published)
		}
		if len(worlds) < 20 {
			t.Errorf("k = %d: only %d different editions: they tell nothing", k, len(worlds))
		}
	}
}

// partitions yields all ways to write n as a sum of m numbers from 0.
func partitions(n, m int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		parts := make([]int, m)
		var fill func(i, left int) bool
		fill = func(i, left int) bool {
			if i == m-1 {
				parts[i] = left
				return yield(parts)
			}
			for v := range left + 1 {
				parts[i] = v
				if !fill(i+1, left-v) {
					return false
				}
			}
			return true
		}
		fill(0, n)
	}
}

// No series of three editions proves that 1 to k-1 organisations were added
// or left, to somebody who knows when a total is exact and when it is a band.
func TestNoSmallDifferenceIsProved(t *testing.T) {
	for _, k := range []int{2, 3, 5} {
		worlds := map[string]knowledge{}
		most := 7 * k
		edge := most - 3*k // beyond it the worlds that are cut off are missed
		for a := range most {
			la := Ledger{}
			ca := la.total(a, k)
			la = la.With(Edition{Number: 1, Rules: Rules{K: k}, Total: ca})
			for b := range most {
				cb := la.total(b, k)
				lb := la.With(Edition{Number: 2, Rules: Rules{K: k}, Total: cb})
				for c := range most {
					published := fmt.Sprint(ca, " | ", cb, " | ", lb.total(c, k))
					kn := worlds[published]
					if kn == nil {
						kn = knowledge{}
						worlds[published] = kn
					}
					kn.see("first", a)
					kn.see("second", b)
					kn.see("third", c)
					kn.see("first to second", abs(b-a))
					kn.see("second to third", abs(c-b))
					kn.see("first to third", abs(c-a))
				}
			}
		}
		exact := 0
		for published, kn := range worlds {
			if max(kn["first"].AtMost, kn["second"].AtMost, kn["third"].AtMost) < edge {
				kn.proves(t, k, published)
			}
			if c := kn["second"]; c.AtLeast == c.AtMost {
				exact++
			}
		}
		if exact == 0 {
			t.Errorf("k = %d: no second edition has an exact total: the rule tells nothing", k)
		}
	}
}

func abs(n int) int { return max(n, -n) }

// The closed form finds what trying all tables finds: bounds of cells and of
// the total, for tables whose cells exclude each other and for such that
// overlap.
func TestBoundsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := func(name string, most int) Count {
			lo := rapid.IntRange(0, most).Draw(t, name)
			return Count{lo, rapid.IntRange(lo, most).Draw(t, name+" to")}
		}
		total := interval("total", 8)
		var tables []Table
		for i := range rapid.IntRange(1, 2).Draw(t, "tables") {
			table := Table{Multiple: i == 1 && rapid.Bool().Draw(t, "multiple")}
			for range rapid.IntRange(1, 3).Draw(t, "rows") {
				table.Rows = append(table.Rows, Row{Count: interval("row", 5)})
			}
			tables = append(tables, table)
		}
		// Worlds share the total and nothing else, so each table is tried by itself.
		possible := map[int]bool{}
		for n := total.AtLeast; n <= total.AtMost; n++ {
			possible[n] = true
			for _, table := range tables {
				possible[n] = possible[n] && len(worldsOf(table, n)) > 0
			}
		}
		var totals []int
		for n, ok := range possible {
			if ok {
				totals = append(totals, n)
			}
		}
		if len(totals) == 0 {
			t.Skip("nothing can look like this")
		}
		gotTotal, gotCells := bounds(total, tables)
		if want := (Count{slices.Min(totals), slices.Max(totals)}); gotTotal != want {
			t.Fatalf("total %v, want %v", gotTotal, want)
		}
		for i, table := range tables {
			kn := knowledge{}
			for _, n := range totals {
				for _, cells := range worldsOf(table, n) {
					for c, v := range cells {
						kn.see(fmt.Sprint(c), v)
					}
				}
			}
			for c, got := range gotCells[i] {
				if want := kn[fmt.Sprint(c)]; got != want {
					t.Fatalf("table %d, cell %d of %+v with total %v: %v, want %v", i, c, table, total, got, want)
				}
			}
		}
	})
}

// worldsOf returns all contents of a table, its rest included, that agree with
// it and with a total.
func worldsOf(t Table, n int) [][]int {
	var out [][]int
	cells := make([]int, len(t.Rows)+1)
	var fill func(i int)
	fill = func(i int) {
		if i == len(t.Rows) {
			for rest := range n + 1 {
				sum := rest
				for _, v := range cells[:i] {
					sum += v
				}
				if sum == n || t.Multiple && sum > n {
					cells[i] = rest
					out = append(out, slices.Clone(cells))
				}
			}
			return
		}
		for v := t.Rows[i].Count.AtLeast; v <= min(t.Rows[i].Count.AtMost, n); v++ {
			cells[i] = v
			fill(i + 1)
		}
	}
	fill(0)
	return out
}

// The audit fails closed: numbers that the compiler would not write are found.
func TestAuditFindsLeaks(t *testing.T) {
	rows := func(counts ...Count) []Table {
		t := Table{Dimension: BySector}
		for i, c := range counts {
			t.Rows = append(t.Rows, Row{string(rune('a' + i)), c})
		}
		return []Table{t}
	}
	for what, c := range map[string]struct {
		e     Edition
		l     Ledger
		leaks int
	}{
		"a small cell":           {e: Edition{Total: Count{9, 9}, Tables: rows(Count{2, 2})}, leaks: 1},
		"a small total":          {e: Edition{Total: Count{2, 2}}, leaks: 1},
		"a small rest":           {e: Edition{Total: Count{9, 9}, Tables: rows(Count{4, 4}, Count{3, 3})}, leaks: 1},
		"a cell that total caps": {e: Edition{Total: Count{6, 6}, Tables: rows(Count{4, 5}, Count{1, 5})}, leaks: 1},
		"nothing":                {e: Edition{Total: Count{9, 9}, Tables: rows(Count{3, 5}, Count{0, 2})}},
		"a total that grew by one": {e: Edition{Total: Count{8, 8}},
			l: Ledger{[]Entry{{Number: 1, Total: Count{7, 7}}}}, leaks: 1},
		"a total that shrank by two": {e: Edition{Total: Count{8, 8}},
			l: Ledger{[]Entry{{Number: 1, Total: Count{10, 10}}}}, leaks: 1},
		"a row that grew by one": {e: Edition{Total: Count{20, 20}, Tables: rows(Count{8, 8})},
			l: Ledger{[]Entry{{Number: 1, Total: Count{20, 20}, Tables: rows(Count{7, 7})}}}, leaks: 1},
		"bands side by side": {e: Edition{Total: Count{20, 20}, Tables: rows(Count{6, 8})},
			l: Ledger{[]Entry{{Number: 1, Total: Count{20, 20}, Tables: rows(Count{3, 5})}}}},
	} {
		c.e.Rules.K = 3
		if got := Audit(c.e, c.l); len(got) != c.leaks {
			t.Errorf("%s: %v, want %d", what, got, c.leaks)
		}
	}
}

// Any edition that Compile makes passes the audit, also after two others.
func TestEveryEditionPassesTheAudit(t *testing.T) {
	kinds, err := readKinds()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := Policy{K: rapid.IntRange(2, 6).Draw(t, "k"), Universe: 20, Countries: map[string]int{}, Sectors: map[org.Sector]int{}}
		p.Places = rapid.SampledFrom([]Places{Countries, Regions}).Draw(t, "places")
		countries := []string{"CA", "FR", "DE", "IN", "ZA", "AU", ""}
		sectors := []org.Sector{org.Hospital, org.Pharma, org.VaccineResearch, org.OtherSector, ""}
		for _, c := range countries[:rapid.IntRange(0, 6).Draw(t, "countries")] {
			p.Countries[c] = rapid.IntRange(15, 99).Draw(t, c)
		}
		for _, s := range sectors[:rapid.IntRange(0, 4).Draw(t, "sectors")] {
			p.Sectors[s] = rapid.IntRange(15, 99).Draw(t, string(s))
		}
		var l Ledger
		for number := 1; number <= 3; number++ {
			victims := make([]victim, rapid.IntRange(0, 15).Draw(t, "victims"))
			for i := range victims {
				victims[i] = victim{
					country: rapid.SampledFrom(countries).Draw(t, "country"),
					sector:  rapid.SampledFrom(sectors).Draw(t, "sector"),
					outcome: outcome.Outcome(rapid.IntRange(0, 4).Draw(t, "outcome")),
					kinds:   map[detect.Kind]bool{rapid.SampledFrom(kinds).Draw(t, "kind").Kind: true},
				}
			}
			tables, _, err := tabulate(p, kinds, victims)
			if err != nil {
				t.Fatal(err)
			}
			e := Edition{Number: number, Rules: Rules{K: p.K}, Total: l.total(len(victims), p.K), Tables: tables}
			if got := Audit(e, l); len(got) > 0 {
				t.Fatalf("%v of %+v", got, e)
			}
			l = l.With(e)
		}
	})
}

// Twenty-four monthly tables of real breaches by state. The usual protection
// (a number if it is k or more, else nothing) lets most changes of a month be
// read; bands let none.
func TestMonthlyTables(t *testing.T) {
	const path = "../../shared/data/incidents/hhs/breach_report.csv"
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipping: the HHS breach report is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const k = 11
	byMonth := map[string]map[string]int{}
	for _, r := range rows[1:] {
		date, err := time.Parse(time.DateOnly, r[4])
		if err != nil {
			t.Fatal(err)
		}
		month := date.Format("2006-01")
		if byMonth[month] == nil {
			byMonth[month] = map[string]int{}
		}
		byMonth[month][r[1]]++
	}
	var months []string
	for m := range byMonth {
		months = append(months, m)
	}
	slices.Sort(months)
	state, total := map[string]int{}, 0
	var blanked, banded Edition
	deltas, small, proved := 0, 0, 0
	for number, m := range months {
		for s, n := range byMonth[m] {
			state[s] += n
			total += n
		}
		blank, bands := Table{Dimension: ByRegion}, Table{Dimension: ByRegion}
		for s, n := range state {
			if n >= k {
				blank.Rows = append(blank.Rows, Row{s, Count{n, n}})
			}
			bands.Rows = append(bands.Rows, Row{s, band(n, k)})
		}
		all := Count{0, unbounded}
		newBlanked := Edition{Number: number, Rules: Rules{K: k}, Total: all, Tables: []Table{blank}}
		newBanded := Edition{Number: number, Rules: Rules{K: k}, Total: all, Tables: []Table{bands}}
		if number > 0 {
			for _, r := range blank.Rows {
				if slices.ContainsFunc(blanked.Tables[0].Rows, func(o Row) bool { return o.Value == r.Value }) {
					deltas++
				}
			}
			small += len(Audit(newBlanked, Ledger{}.With(blanked)))
			proved += len(Audit(newBanded, Ledger{}.With(banded)))
		}
		blanked, banded = newBlanked, newBanded
	}
	t.Logf("%d months, %d breaches: of %d published changes %d are small and proved; with bands %d", len(months), total, deltas, small, proved)
	if proved != 0 {
		t.Errorf("bands prove %d small changes", proved)
	}
	if small < 100 {
		t.Errorf("the audit finds %d small changes in blanked tables: it is blind (167 were counted by hand)", small)
	}
}

func BenchmarkAudit(b *testing.B) {
	e := Edition{Rules: Rules{K: 3}, Total: Count{300, 300}}
	for d := range 4 {
		t := Table{Dimension: Dimension(fmt.Sprint(d))}
		for r := range 50 {
			t.Rows = append(t.Rows, Row{fmt.Sprint(r), band(r%7, 3)})
		}
		e.Tables = append(e.Tables, t)
	}
	l := Ledger{}.With(e).With(e).With(e)
	for b.Loop() {
		Audit(e, l)
	}
}

// Two categories at least are left for the rest, or the last one could be
// worked out; the smallest universe gives way.
func TestNamed(t *testing.T) {
	p := Policy{K: 3, Universe: 20, Sectors: map[org.Sector]int{
		org.Hospital: 900, org.ResearchHospital: 200, org.Pharma: 100, org.VaccineResearch: 90, org.ClinicalResearch: 80,
		org.Diagnostics: 70, org.University: 60, org.PublicHealth: 21, org.OtherSector: 500}}
	want := []string{"clinical_research", "diagnostics", "hospital", "pharma", "research_hospital", "university", "vaccine_research"}
	if got := p.sectorRows(); !slices.Equal(got, want) {
		t.Errorf("sectors %q, want %q", got, want)
	}
	p.Countries = map[string]int{"FR": 15, "DE": 10, "CA": 19, "ZA": 99, "": 99, "XX": 99}
	if got, want := p.regionRows(), []string{"Africa", "Europe"}; !slices.Equal(got, want) {
		t.Errorf("regions %q, want %q", got, want)
	}
}
