package run

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/signin"
)

// log is a sign-in log that is being read, by one worker or by several.
type log struct {
	in      *input.Input
	format  signin.Format
	written time.Time // nothing in it happened later

	share   func() io.Reader // a source for one more worker; nil where one reads all
	helpers sync.WaitGroup
}

const (
	// sharedFrom is how large a text must be to be shared, in bytes as stored.
	sharedFrom = 4 << 20
	// helpAfter is after how many records a worker looks for others that have
	// nothing to do.
	helpAfter = 1 << 12
	// tellAfter is after how many records it tells how far it is.
	tellAfter = 1 << 14
)

// log reads a log to its end or to the first error that ends it.
func (r *reader) log(ctx context.Context, f *input.File, in *input.Input, format signin.Format, head []byte) {
	l := &log{in: in, format: format, written: r.written}
	src := io.Reader(in)
	if in.Size < 0 || in.Size >= sharedFrom {
		if l.share = format.Share(head, in); l.share != nil {
			src = l.share()
		}
	}
	r.records(ctx, l, src, f)
	l.helpers.Wait()
	r.tell(f)
}

// records reads what src has of a log; f is nil where the file is another's.
func (r *reader) records(ctx context.Context, l *log, src io.Reader, f *input.File) {
	fs := r.stats.format(l.format.Name)
	opt := signin.Options{Year: r.cfg.Year, Zone: r.cfg.Zone, ModTime: l.written, Tail: l.in.Tail}
	n := 0
	for ev, err := range l.format.Decode(src, opt) {
		if n++; n%tellAfter == 0 {
			r.tell(f)
		}
		if err != nil && ctx.Err() != nil {
			return // interrupted: nothing is wrong with the file
		}
		if err != nil {
			r.failed(l.in, err)
			continue
		}
		r.stats.Records++
		r.event(ev, l.in, fs)
		if n%helpAfter == 1 && l.share != nil {
			r.crew.share(ctx, l)
		}
	}
}

// crew is the workers of a scan.
type crew struct{ tasks chan func(*reader) }

// share gives a part of the log to a worker that has nothing to do, if there is
// one.
func (c *crew) share(ctx context.Context, l *log) {
	l.helpers.Add(1)
	task := func(r *reader) {
		defer l.helpers.Done()
		r.written = l.written
		r.records(ctx, l, l.share(), nil)
		r.tell(nil)
	}
	select {
	case c.tasks <- task:
	default:
		l.helpers.Done()
	}
}

// work reads files, and parts of those of others, until the others have none
// to share any more.
func (r *reader) work(ctx context.Context, files <-chan *input.File, read func()) {
	for {
		select {
		case f, more := <-files:
			if !more {
				files = nil // a select never takes from that
				continue
			}
			r.file(ctx, f)
			read()
		case task, more := <-r.crew.tasks:
			if !more {
				return
			}
			task(r)
		}
	}
}
