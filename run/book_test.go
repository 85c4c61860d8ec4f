package run

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pumphandle/pumphandle/ledger"
)

// A scan over its memory budget says so, and forgets the same whatever the
// order, the files and the workers.
func TestScanForgetsAlike(t *testing.T) {
	for seed := range uint64(3) {
		lines := ndjson(seed)
		b := ledger.Budget{Bytes: 6 << 10}
		whole := scan(t, Config{Paths: []string{write(t, "log", lines)}, Budget: b})
		if len(whole.Stats.Sampled) == 0 || len(whole.Stats.Coarse) == 0 {
			t.Fatalf("seed %d: under %d bytes nothing is said to be forgotten: %+v", seed, b.Bytes, whole.Stats)
		}
		want := verdict(t, whole)

		shuffled := slices.Clone(lines)
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		half := len(shuffled) / 2
		for what, cfg := range map[string]Config{
			"newest first":         {Paths: []string{write(t, "log", reversed(lines))}},
			"read twice":           {Paths: []string{write(t, "a", lines), write(t, "b", shuffled)}, Workers: 2},
			"two files, 2 workers": {Paths: []string{write(t, "a", shuffled[:half]), write(t, "b", shuffled[half:])}, Workers: 2},
		} {
			cfg.Budget = b
			r := scan(t, cfg)
			if got := verdict(t, r); got != want || !maps.Equal(r.Stats.Sampled, whole.Stats.Sampled) || !maps.Equal(r.Stats.Coarse, whole.Stats.Coarse) {
				t.Errorf("seed %d: %s: the result differs from that of the whole, sorted log:\n%s\nwant\n%s", seed, what, got, want)
			}
		}
	}
}
