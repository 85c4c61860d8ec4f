package run

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{0: mostShare, 1 << 20: mostShare, heapRoom: 100, 2 * heapRoom: 50, 1 << 30: leastShare} {
		if got := growth(live); got != want {
			t.Errorf("of %d bytes in use the heap may grow by %d %%, want %d", live, got, want)
		}
	}
}

// Collections set the share, and who calls a scan finds it as it was, also when
// one comes after its end.
func TestLeanEnds(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(77))
	l := &leanness{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	held := make([]byte, 64<<20)
	runtime.GC()
	if !l.set() || debug.SetGCPercent(77) != leastShare {
		t.Error("with 64 MiB in use the share is not the least")
	}
	runtime.KeepAlive(held)
	end := lean()
	end()
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("afterwards the heap may grow by %d %%, before by 77", got)
	}
	l.ended = true
	if l.set() || debug.SetGCPercent(77) != 77 {
		t.Error("a collection after the end changes the share")
	}
}
