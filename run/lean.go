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
	heapRoom   = 4 << 20 // bytes by which it may grow before it is collected,
	leastShare = 20      // but by so many per cent at least
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
	share int
	ended bool
}

// afterNext sees to it that the share is set after the next collection, which
// frees what nobody holds.
func (l *leanness) afterNext() {
	runtime.SetFinalizer(&[1]*leanness{l}, func(*[1]*leanness) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.ended {
			return
		}
		metrics.Read(l.live)
		share := mostShare
		if live := l.live[0].Value.Uint64(); live > 0 {
			share = int(min(max(100*heapRoom/live, leastShare), mostShare))
		}
		if share != l.share {
			l.share = share
			debug.SetGCPercent(share)
		}
		l.afterNext()
	})
}
