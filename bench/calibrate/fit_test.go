package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/pumphandle/pumphandle/detect"
)

// What tells true from false gets weight, what does not loses it, and what
// speaks the wrong way is switched off and never turned around.
func TestLearn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var cs []candidate
	for range 3000 {
		c := candidate{Weight: 1, Nats: map[string]float64{"good": r.NormFloat64() * 2, "idle": r.NormFloat64() * 2, "wrong": r.NormFloat64() * 2}}
		if c.Nats["good"]-0.5*c.Nats["wrong"]+r.NormFloat64() > 1 {
			c.Share = 1
		}
		cs = append(cs, c)
	}
	m := learn(cs)
	factor := map[string]float64{}
	for i, term := range m.terms {
		factor[term] = m.factors[i]
	}
	if factor["good"] < 1 || factor["idle"] > 0.2 || factor["wrong"] != 0 {
		t.Errorf("factors %v", factor)
	}
}

// A thousand candidates of one spray count for a few, what is false for all.
func TestEven(t *testing.T) {
	var cs []candidate
	for i := range 1000 {
		cs = append(cs, candidate{Month: "a", Share: float64(i % 2), Weight: 1})
	}
	even(cs)
	hits, others := 0.0, 0.0
	for _, c := range cs {
		if c.Share == 1 {
			hits += c.Weight
		} else {
			others += c.Weight
		}
	}
	if hits < 3.9 || hits > 4.1 || others != 500 {
		t.Errorf("%v true and %v false, want 4 and 500", hits, others)
	}
}

// Candidates go through the file, and what is written is read by the program.
func TestFitWritesWeights(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 4))
	var text bytes.Buffer
	for i := range 400 {
		share, rise := i%2, float64(i%2)*4+r.NormFloat64()
		text.WriteString(`{"scenario":"` + string(rune('a'+i%12)) + `","month":"m` + string(rune('a'+i%26)) + `","detector":"org_change","share":` +
			string(rune('0'+share)) + `,"weight":1,"nats":{"rise":` + strconv.FormatFloat(rise, 'f', 3, 64) + `}}` + "\n")
	}
	file := filepath.Join(dir, "candidates")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fit(file, filepath.Join(dir, "weights.yaml"), filepath.Join(dir, "plot.svg")); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(dir, "weights.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := detect.ParseWeights(written)
	if err != nil || w.Detectors["org_change"].Terms["rise"] < 0.5 {
		t.Errorf("%v, %+v", err, w)
	}
}

// Every month of the list can be simulated, and none stands twice.
func TestMonths(t *testing.T) {
	seen := map[string]bool{}
	quiet := 0
	for _, m := range months() {
		if seen[m.name] {
			t.Errorf("%s stands twice", m.name)
		}
		seen[m.name] = true
		if m.scenario == "quiet" {
			quiet++
		}
	}
	if quiet < 20 || len(seen) < 100 {
		t.Errorf("%d months, %d of them quiet", len(seen), quiet)
	}
}
