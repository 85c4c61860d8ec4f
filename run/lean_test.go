package run

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// Who calls a scan finds the collector as it was, also when a collection comes
// later.
func TestLeanEnds(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(77))
	end := lean()
	held := make([]byte, 64<<20)
	share := mostShare
	for range 100 { // finalizers run some time after a collection
		runtime.GC()
		time.Sleep(time.Millisecond)
		share = debug.SetGCPercent(-1)
		debug.SetGCPercent(share)
		if share < mostShare {
			break
		}
	}
	runtime.KeepAlive(held)
	if share < leastShare || share > 100*heapRoom/(64<<20)+1 && share != leastShare {
		t.Errorf("with 64 MiB in use the heap may grow by %d %%", share)
	}
	end()
	runtime.GC()
	time.Sleep(10 * time.Millisecond)
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("afterwards it may grow by %d %%, before by 77", got)
	}
}
