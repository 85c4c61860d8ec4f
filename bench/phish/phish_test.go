package phish

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const shared = "../../../shared"

func TestInterval(t *testing.T) {
	// Values of R's binom.test.
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{0, 10, 0, .3085}, {10, 10, .6915, 1}, {5, 10, .1871, .8129}, {950, 1000, .9345, .9627}, {0, 950, 0, .003876}} {
		low, high := Interval(c.k, c.n)
		if math.Abs(low-c.low) > 1e-3 || math.Abs(high-c.high) > 1e-3 {
			t.Errorf("Interval(%d, %d) = %.4f, %.4f; want %.4f, %.4f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

// TestNeutral holds the neutral form to that of the script by which others
// measure.
func TestNeutral(t *testing.T) {
	dir := filepath.Join(shared, "data/mail")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the sets of mail are not here (../shared/data/mail): the neutral form is not compared")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here: the neutral form is not compared with mail-neutral.py")
	}
	for _, set := range []string{"pot-dev", "ham-list-dev", "sa2002-dev"} {
		out := t.TempDir()
		if msg, err := exec.Command(python, filepath.Join(shared, "tools/mail-neutral.py"), filepath.Join(dir, set), out).CombinedOutput(); err != nil {
			t.Fatalf("mail-neutral.py: %v\n%s", err, msg)
		}
		files, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range files {
			if i%5 != 0 {
				continue
			}
			raw, err := os.ReadFile(filepath.Join(dir, set, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(out, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if got := Neutral(raw); !bytes.Equal(got, want) {
				t.Errorf("%s/%s differs from what mail-neutral.py makes of it", set, f.Name())
			}
		}
	}
}
