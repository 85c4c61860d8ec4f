package run

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// reader reads files into the book of a scan. Each worker has one.
type reader struct {
	cfg      Config
	book     *book
	infer    org.Inferrer
	stats    Stats
	progress *progress
	crew     *crew

	written  time.Time   // when the current input was: nothing in it happened later
	current  *input.File // and what of it and of the events was told
	consumed int64
	told     int64
	mailed   int64
}

// progress is shared by the workers.
type progress struct{ done, total, events, mails atomic.Int64 }

func newReader(cfg Config, b *book, p *progress, c *crew) *reader {
	return &reader{cfg: cfg, book: b, progress: p, crew: c, stats: Stats{Unread: []Unread{}, Formats: map[string]*FormatStats{}}}
}

// file reads all that is in one file.
func (r *reader) file(ctx context.Context, f *input.File) {
	for in, err := range f.Inputs(ctx) {
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			r.unread(f.Name, err)
			continue
		}
		r.input(ctx, f, in)
	}
}

// input reads one text to its end or to the first error that ends it.
func (r *reader) input(ctx context.Context, f *input.File, in *input.Input) {
	head := in.Head()
	r.written = in.ModTime
	if r.written.IsZero() {
		r.written = time.Now() // standard input is written now
	}
	if format, ok := r.cfg.detectMail(head); ok && len(head) > 0 {
		r.mails(ctx, f, in, format)
		return
	}
	format, ok := r.cfg.detect(head)
	switch {
	case r.cfg.Format != nil:
	case len(head) == 0:
		if _, err := in.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
			r.unread(in.Name, err)
			return
		}
		r.unread(in.Name, errors.New("empty"))
		return
	case !ok && beside(head):
		return
	case !ok:
		r.unread(in.Name, errors.New("not a log that is known here; pumphandle formats lists them, --format NAME forces one"))
		return
	}
	r.stats.Files++
	r.stats.format(format.Name).Files++
	r.log(ctx, f, in, format, head)
}

// failed notes an error of a decoder: a damaged record, or the end of what can
// be read of a text.
func (r *reader) failed(in *input.Input, err error) {
	if !damagedRecord(err) {
		r.unread(in.Name, err)
		return
	}
	r.stats.Records++
	r.stats.BadRecords++
	r.warn(in.Name, err)
}

// damagedRecord reports that an error of a decoder is of one record: reading
// goes on after it.
func damagedRecord(err error) bool {
	var log *signin.RecordError
	var letter *mail.RecordError
	return errors.As(err, &log) || errors.As(err, &letter)
}

// detect returns the format of a text: the one that is forced, else one that is
// known, else that of the mapping file if it fits. One that is forced is
// recognised all the same, because what is wrapped around its records is taken
// off by that.
func (cfg Config) detect(head []byte) (signin.Format, bool) {
	format, ok := signin.Detect(head)
	if cfg.Format != nil {
		if ok && format.Name == cfg.Format.Name {
			return format, true
		}
		return *cfg.Format, true
	}
	if !ok && cfg.Mapped != nil && cfg.Mapped.Sniff(head) > 0 {
		return *cfg.Mapped, true
	}
	return format, ok
}

// tell passes on what was read since the last time, and how far the file is;
// nil where another worker tells that.
func (r *reader) tell(f *input.File) {
	done, events := r.consumed, r.stats.Events
	if f != nil {
		if f != r.current {
			r.current, r.consumed = f, 0
		}
		done = f.Consumed()
	}
	p := Progress{
		Done:   r.progress.done.Add(done - r.consumed),
		Total:  r.progress.total.Load(),
		Events: r.progress.events.Add(events - r.told),
		Mails:  r.progress.mails.Add(r.stats.Mails - r.mailed),
	}
	r.consumed, r.told, r.mailed = done, events, r.stats.Mails
	if r.cfg.Progress != nil {
		r.cfg.Progress(p)
	}
}

// event writes one event into the book, if it is asked for.
func (r *reader) event(ev *signin.Event, in *input.Input, fs *FormatStats) {
	if ev.Class == signin.ClassNone || !r.asked(ev.Time) {
		return
	}
	if ev.Class != signin.ClassActivity {
		r.stats.Events++
		fs.Events++
		fs.seen.see(ev, r.written)
		r.stats.span(ev.Time)
	}
	if ev.Class == signin.Other {
		fs.unknown(ev.Code)
	}
	id := r.owner(ev, in)
	if id == org.Unassigned {
		r.stats.Unassigned++
	}
	r.book.add(id, ev, in)
}

// asked reports whether a time is within the bounds of the scan.
func (r *reader) asked(t time.Time) bool {
	return (r.cfg.Since.IsZero() || !t.Before(r.cfg.Since)) && (r.cfg.Until.IsZero() || t.Before(r.cfg.Until))
}

// owner says whose the event is: by the organisations file, or as the log
// suggests where there is none. On a host anybody may type any name, so in the
// log of a host, which has no tenant, the host decides: who types
// x@clinic.example at another's sshd must not put a record into the clinic's
// data.
func (r *reader) owner(ev *signin.Event, in *input.Input) org.ID {
	account := ev.Account
	if ev.Protocol == signin.SSH || ev.Protocol == signin.PAM || ev.Tenant == "" && ev.Host != "" {
		account = ""
	}
	if r.cfg.Orgs != nil {
		id, _ := r.cfg.Orgs.Resolve(ev.Tenant, account, ev.Host, in.Rel)
		return id
	}
	return r.infer.Infer(ev.Tenant, account, ev.Host)
}

// unread notes an input, or the rest of one, that could not be read.
func (r *reader) unread(file string, err error) {
	file, err = place(file, err)
	r.stats.Unread = append(r.stats.Unread, Unread{File: file, Why: err.Error()})
	r.warn(file, err)
}

func (r *reader) warn(file string, err error) {
	if r.cfg.Warn != nil {
		r.cfg.Warn(file, err)
	}
}

// maxCodes is how many different unknown codes of a format are counted one by
// one: codes are typed by nobody, but files can be damaged.
const maxCodes = 100

func (fs *FormatStats) unknown(code string) {
	code = strings.Clone(code) // an event's strings are the decoder's
	if _, known := fs.UnknownCodes[code]; known || len(fs.UnknownCodes) < maxCodes {
		fs.UnknownCodes[code]++
	}
}

func (s *Stats) format(name string) *FormatStats {
	fs := s.Formats[name]
	if fs == nil {
		fs = &FormatStats{UnknownCodes: map[string]int{}}
		s.Formats[name] = fs
	}
	return fs
}

func (s *Stats) span(t time.Time) {
	if s.First == nil {
		first, last := t, t
		s.First, s.Last = &first, &last
	}
	if t.Before(*s.First) {
		*s.First = t
	}
	if t.After(*s.Last) {
		*s.Last = t
	}
}

// add adds the counts of another worker.
func (s *Stats) add(o Stats) {
	s.Files += o.Files
	s.Records += o.Records
	s.Events += o.Events
	s.Mails += o.Mails
	s.MailActs += o.MailActs
	s.BadRecords += o.BadRecords
	s.Unassigned += o.Unassigned
	s.Unread = append(s.Unread, o.Unread...)
	for _, t := range []*time.Time{o.First, o.Last} {
		if t != nil {
			s.span(*t)
		}
	}
	for name, from := range o.Formats {
		to := s.format(name)
		to.Files += from.Files
		to.Events += from.Events
		to.Mails += from.Mails
		to.MailActs += from.MailActs
		to.seen.add(from.seen)
		for code, n := range from.UnknownCodes {
			to.UnknownCodes[code] += n
		}
	}
}
