package spray

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/golden"
	"github.com/pumphandle/pumphandle/outcome"
)

// invented is a result with every kind of figure: all, nothing, never, not
// applicable, worst seeds that differ.
func invented() *Result {
	score := func(found, of int) Score {
		c := &Confusion{}
		c[outcome.Blocked][outcome.Blocked] = 4 * found
		c[outcome.Succeeded][nobody] = of - found
		c[nobody][outcome.Blocked] = 3
		s := Score{
			Orgs: Share{found, of}, Accounts: Share{4 * found, 4 * of}, Sources: Share{1999 * found, 2000 * of}, Clean: Share{4 * found, 4*found + 3},
			Campaigns: 2, Splits: 1, Benign: 123456, Weeks: 36, Outcomes: c, Delay: Delay{0.4, 12, 0.4, 12},
		}
		if found == 0 {
			s.Delay = Delay{never, never, never, never}
		}
		return s
	}
	quiet := Score{False: 3, Benign: 290000, Weeks: 96, Outcomes: &Confusion{}, Delay: Delay{none, none, none, none}}
	system := func(name string, scores ...Score) System {
		s := System{Name: name, Scores: scores}
		s.Median, s.Worst = sumUp(scores)
		return s
	}
	none := Score{Orgs: Share{0, 10}, Accounts: Share{0, 40}, Sources: Share{0, 20}, Benign: 123456, Weeks: 36, Delay: Delay{never, never, never, never}}
	measured := func(c Case, ours ...Score) Measured {
		return Measured{
			Case: c, Events: []int{150000, 151000, 152000}, Details: make([]Detail, 3),
			Systems: []System{system(Ours, ours...), system("a <rule> & its name", none, none, none)},
		}
	}
	return &Result{
		Seeds: []uint64{1, 2, 3}, Accounts: 1400,
		Rivals: []Rival{{Name: "a <rule> & its name", Rule: "more than 5 < 10", Source: "nowhere"}},
		Sweeps: []Sweep{{"tempo", "Tempo", "attempts per account and day", true}},
		Cases: []Measured{
			measured(Case{Group: Scenarios, Name: "quad7"}, score(10, 10), score(9, 10), score(10, 10)),
			measured(Case{Group: Scenarios, Name: "planted-hard"}, score(0, 10), score(2, 10), score(0, 10)),
			measured(Case{Group: Quiet, Name: "quiet", About: "24 organisations, 28 days, no campaign"}, quiet, quiet, quiet),
			measured(Case{Group: "tempo", Name: "tempo=0.05", X: 0.05}, score(0, 10), score(2, 10), score(0, 10)),
			measured(Case{Group: "tempo", Name: "tempo=4", X: 4}, score(10, 10), score(9, 10), score(10, 10)),
		},
	}
}

func TestWriteText(t *testing.T) {
	var got bytes.Buffer
	if err := invented().WriteText(&got); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(got.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	golden.File(t, "testdata/table.golden", got.Bytes())
}

// The page is well-formed, escapes what it shows, loads nothing and runs
// nothing.
func TestWritePage(t *testing.T) {
	var got bytes.Buffer
	if err := invented().WritePage(&got); err != nil {
		t.Fatal(err)
	}
	text := got.String()
	if !strings.Contains(text, "a &lt;rule&gt; &amp; its name") || strings.Contains(text, "<rule>") {
		t.Error("a name is not escaped")
	}
	for _, banned := range []string{"<script", "<link", "<img", "src=", "href=", "url(", "@import", "ZgotmplZ"} {
		if strings.Contains(text, banned) {
			t.Errorf("the page has %s", banned)
		}
	}
	if n := strings.Count(text, "<polyline"); n != 6 {
		t.Errorf("%d lines in the charts of one sweep, want 6", n)
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// The fields that docs/benchmark.md promises are there, and what never comes
// is null.
func TestWriteJSON(t *testing.T) {
	var got bytes.Buffer
	if err := invented().WriteJSON(&got); err != nil {
		t.Fatal(err)
	}
	var r struct {
		V       int
		Type    string
		Overall []map[string]any
		Cases   []struct {
			Name    string
			Systems []struct {
				Name          string
				Median, Worst map[string]*float64
				Scores        []map[string]any
			}
		}
	}
	if err := json.Unmarshal(got.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.V != 1 || r.Type != "bench_spray" || len(r.Overall) != 2 || len(r.Cases) != 5 {
		t.Fatalf("v %d, type %q, %d systems, %d cases", r.V, r.Type, len(r.Overall), len(r.Cases))
	}
	ours, hard := r.Cases[0].Systems[0], r.Cases[1].Systems[0]
	if *ours.Median["orgs"] != 1 || *ours.Worst["orgs"] != 0.9 || *ours.Median["hours"] != 0.4 || hard.Median["hours"] != nil {
		t.Errorf("quad7: %v, worst %v; planted-hard: %v", ours.Median, ours.Worst, hard.Median)
	}
	if len(ours.Scores) != 3 || ours.Scores[0]["outcomes"] == nil || r.Cases[0].Systems[1].Scores[0]["outcomes"] != nil {
		t.Errorf("scores %v", ours.Scores)
	}
}

// A run differs from itself in nothing, and from another in what changed.
func TestWriteChanges(t *testing.T) {
	var kept bytes.Buffer
	if err := invented().WriteJSON(&kept); err != nil {
		t.Fatal(err)
	}
	before, err := ReadEarlier(&kept)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := invented().WriteChanges(&got, before); err != nil || !strings.Contains(got.String(), "\n0 changes in 5 cases") {
		t.Errorf("%v, the same run: %s", err, got.String())
	}
	r := invented()
	median := &r.Cases[0].Systems[0].Median
	median.Orgs, median.Hours, median.Sources = 0.7, never, median.Sources-0.00001
	got.Reset()
	if err := r.WriteChanges(&got, before); err != nil {
		t.Fatal(err)
	}
	want := []string{"CHANGED median before now", "quad7 orgs 100% 70%", "quad7 sources 0.9995 0.99949", "quad7 hours 24m never", "3 changes in 5 cases that both runs have"}
	if lines := strings.Split(strings.TrimSpace(got.String()), "\n"); len(lines) != len(want) {
		t.Errorf("got %s", got.String())
	} else {
		for i, line := range lines {
			if f := strings.Join(strings.Fields(line), " "); f != want[i] {
				t.Errorf("%q, want %q", f, want[i])
			}
		}
	}
	if _, err := ReadEarlier(strings.NewReader(`{"v":1,"type":"stats"}`)); err == nil {
		t.Error("another record is taken for an earlier run")
	}
}
