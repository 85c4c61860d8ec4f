package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pumphandle/pumphandle/run"
	"golang.org/x/term"
)

// bar shows how far a long work is, on a terminal only: one line that rewrites
// itself and is gone at the end.
type bar struct {
	w     io.Writer
	mu    sync.Mutex
	last  time.Time
	shown bool
}

// newBar returns nil where w is no terminal.
func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &bar{w: w}
}

const barWidth = 24

func (b *bar) update(p run.Progress) {
	what := fmt.Sprintf("%d events", p.Events)
	if p.Mails > 0 {
		what += fmt.Sprintf(", %d mails", p.Mails)
	}
	b.show(p.Done, p.Total, what)
}

// show draws how much of the total is done, and what else there is to say.
func (b *bar) show(done, total int64, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.last) > 100*time.Millisecond {
		b.last, b.shown = now, true
		share := 0.0
		if total > 0 {
			share = min(1, float64(done)/float64(total))
		}
		full := int(share * barWidth)
		fmt.Fprintf(b.w, "\r\x1b[K%s%s %3.0f %%  %s", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), 100*share, what)
	}
}

func (b *bar) clear() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = false
	}
}
