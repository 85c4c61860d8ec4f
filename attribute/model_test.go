package attribute

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/actor"
)

func attackBase(t testing.TB) *actor.Base {
	t.Helper()
	f, err := os.Open(filepath.Join("../../shared/data/actors", "enterprise-attack-18.1-actors.stix20.json"))
	if err != nil {
		t.Skip("skipped: the calibration needs ATT&CK, which is not here")
	}
	defer f.Close()
	b := actor.New()
	if _, err := b.Import("attack", f); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestY(t *testing.T) {
	start := time.Now()
	b := attackBase(t)
	t.Log(time.Since(start))
	start = time.Now()
	m := Calibrate(NewCorpus(b), "")
	t.Log(time.Since(start), *m.Tables[SoftwareInput], *m.Tables[VisibleInput])
}

func TestX(t *testing.T) {
	b := attackBase(t)
	start := time.Now()
	c := NewCorpus(b)
	t.Log(len(c.Actors), len(c.facts), len(c.reports), len(c.ops), time.Since(start))
	for _, in := range []Input{VisibleInput, TechniqueInput, SoftwareInput} {
		cases := c.HeldOut(in, in.Least())
		t.Log(in, len(cases), time.Since(start))
		for seed := range byte(3) {
			out := CrossValidate(in, cases, 5, seed)
			var u1, u5 float64
			for _, o := range out {
				if o.Uncapped <= 1 {
					u1++
				}
				if o.Uncapped <= 5 {
					u5++
				}
			}
			n := float64(len(out)) / 100
			t.Logf("%+v uncapped %.1f %.1f", Summarise(out), u1/n, u5/n)
			for _, p := range []float64{.55, .8, .95} {
				t.Logf("   %+v", NameFrom(out, p))
			}
		}
		t.Logf("%+v", *Learn(in, cases, nil))
		t.Log(time.Since(start))
	}
}
