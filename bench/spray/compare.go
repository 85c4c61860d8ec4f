package spray

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Earlier is what is read of the JSON of an earlier run.
type Earlier struct {
	V        int      `json:"v"`
	Type     string   `json:"type"`
	Seeds    []uint64 `json:"seeds"`
	Accounts int      `json:"accounts"`
	Cases    []struct {
		Name    string `json:"name"`
		Systems []struct {
			Median Figures `json:"median"`
		} `json:"systems"`
	} `json:"cases"`
}

// ReadEarlier reads the JSON of an earlier run.
func ReadEarlier(r io.Reader) (*Earlier, error) {
	var e Earlier
	if err := json.NewDecoder(r).Decode(&e); err != nil {
		return nil, err
	}
	if e.V != 1 || e.Type != "bench_spray" {
		return nil, errors.New(`not the JSON of bench spray ("v":1, "type":"bench_spray")`)
	}
	return &e, nil
}

// WriteChanges writes which medians of pumphandle differ from those of an
// earlier run, in the cases that both have.
func (r *Result) WriteChanges(w io.Writer, before *Earlier) error {
	t := &table{w: w}
	const row = "%-28s%-18s%12s%12s"
	t.line("")
	t.line(row, "CHANGED", "median", "before", "now")
	if fmt.Sprint(before.Seeds) != fmt.Sprint(r.Seeds) || before.Accounts != r.Accounts {
		t.line("  the earlier run had %d accounts and the seeds %v: other worlds", before.Accounts, before.Seeds)
	}
	then := map[string]Figures{}
	for _, c := range before.Cases {
		if len(c.Systems) > 0 {
			then[c.Name] = c.Systems[0].Median
		}
	}
	changes, both := 0, 0
	for i := range r.Cases {
		c := &r.Cases[i]
		was, ok := then[c.Name]
		if !ok {
			continue
		}
		both++
		is := c.Ours().Median
		for _, m := range measures() {
			a, b := *m.at(&was), *m.at(&is)
			if same(a, b) {
				continue
			}
			changes++
			from, to := m.text(a), m.text(b)
			if from == to { // rounded they are equal
				from, to = fmt.Sprintf("%.5g", float64(a)), fmt.Sprintf("%.5g", float64(b))
			}
			t.line(row, c.Name, m.name, from, to)
		}
	}
	t.line("%d changes in %d cases that both runs have", changes, both)
	return t.err
}

// same compares figures as the JSON keeps them: six digits, and null for what
// is no number.
func same(a, b Figure) bool {
	x, y := float64(a), float64(b)
	if noNumber(x) || noNumber(y) {
		return noNumber(x) == noNumber(y)
	}
	return math.Abs(x-y) < 1e-6
}

func noNumber(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }
