package run

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// Most of the memory of a scan is facts that stay and hold no pointers:
// collecting often costs little and keeps the peak near to what is in use. It
// costs most where the heap is small, and there it saves nothing, so the heap
// may grow by a distance and not by a share of it.
const (
	heapRoom   = 5 << 20 // bytes by which it may grow before it is collected,
	leastShare = 15      // but by so many per cent at least
	mostShare  = 200
)

// lean collects in that way until end is called.
func lean() (end func()) {
	l := &leanness{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	before := debug.SetGCPercent(mostShare)
	l.afterNext()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ended = true
		debug.SetGCPercent(before)
	}
}

type leanness struct {
	mu    sync.Mutex
	live  []metrics.Sample
	share int // that was set last: to set one stops the program for a moment
	ended bool
}

// afterNext sees to it that the share is set after the next collection, which
// frees what nobody holds.
func (l *leanness) afterNext() {
	runtime.AddCleanup(new(*leanness), func(l *leanness) {
		if l.set() {
			l.afterNext()
		}
	}, l)
}

// set sets the share by which the heap may grow, unless lean has ended.
func (l *leanness) set() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	metrics.Read(l.live)
	if share := growth(l.live[0].Value.Uint64()); share != l.share {
		l.share = share
		debug.SetGCPercent(share)
	}
	return true
}

// growth returns by how many per cent a heap may grow of which so many bytes are
// in use.
func growth(live uint64) int {
	return int(min(max(100*heapRoom/max(live, 1), leastShare), mostShare))
}
