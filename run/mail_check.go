package run

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/outcome"
)

// CheckMail reads every mail in paths and calls yield with the verdict on each,
// in the order in which they lie there. Each is judged by itself; past, where
// it is given, says what the organisation knew when a mail came. Inputs that
// cannot be read are reported to cfg.Warn and counted. An error of yield ends
// the run.
func CheckMail(ctx context.Context, cfg MailConfig, yield func(MailVerdict) error) (MailStats, error) {
	c := &mailCheck{cfg: cfg}
	workers := max(1, cfg.Workers)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), mailMemory(workers))))
	lanes := make(chan chan checked, workers-1) // one a file, in their order; with the one that is drained, as many as are read at a time
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(lanes)
		for f, err := range input.Files(ctx, cfg.Paths, cfg.Stdin) {
			l := make(chan checked, 64)
			select {
			case lanes <- l:
			case <-ctx.Done():
				return
			}
			if err != nil {
				l <- checked{err: err}
				close(l)
				continue
			}
			go c.file(ctx, f, l)
		}
	}()
	for l := range lanes {
		for x := range l {
			if x.err != nil {
				c.stats.Unread++
				file, err := place(x.file, x.err)
				if cfg.Warn != nil {
					cfg.Warn(file, err)
				}
				continue
			}
			c.stats.Mails++
			if x.verdict.Alert {
				c.stats.Alerts++
			}
			if err := yield(*x.verdict); err != nil {
				return c.stats, err
			}
		}
	}
	return c.stats, ctx.Err()
}

// mailMemory is the memory, in bytes, from which on the collector runs more
// often: the tables, and what the worst mail keeps reachable (56 MB) for each
// worker. Without it as much again would be garbage.
func mailMemory(workers int) int64 { return 36<<20 + int64(workers)*60<<20 }

// MailConfig is what [CheckMail] is told.
type MailConfig struct {
	Paths    []string
	Stdin    io.Reader
	Format   *mail.Format // nil: recognised by content
	Examiner *signal.Examiner
	Past     func(*mail.Facts) signal.History // nil: nothing is known of the past
	Workers  int
	Warn     func(file string, err error)
}

// MailStats counts what was read.
type MailStats struct{ Mails, Alerts, Unread int }

type mailCheck struct {
	cfg   MailConfig
	stats MailStats
}

// checked is what came of one thing in a file: a verdict, or an error.
type checked struct {
	file    string
	verdict *MailVerdict
	err     error
}

// file reads one file into its lane. The collector drains lanes in order, so a
// file that is ahead waits when its lane is full.
func (c *mailCheck) file(ctx context.Context, f *input.File, to chan<- checked) {
	defer close(to)
	send := func(x checked) bool {
		select {
		case to <- x:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for in, err := range f.Inputs(ctx) {
		if err != nil {
			if !send(checked{file: f.Name, err: err}) {
				return
			}
			continue
		}
		format, ok := mail.Detect(in.Head())
		switch {
		case c.cfg.Format != nil:
			format = *c.cfg.Format
		case !ok:
			if !send(checked{file: in.Name, err: errors.New("no mail: pumphandle formats lists what is read, --format eml takes it for one")}) {
				return
			}
			continue
		}
		for item, err := range format.Decode(in, mail.Options{}) {
			x := checked{file: in.Name, err: err}
			switch {
			case err != nil:
			case item.Message == nil:
				continue // a click or a delivery: scan reads these
			default:
				item.Message.File = in.Name
				v := c.verdict(item.Message)
				x.verdict = &v
			}
			if !send(x) {
				return
			}
		}
	}
}

func (c *mailCheck) verdict(m *mail.Message) MailVerdict {
	f := c.cfg.Examiner.Examine(m)
	var h signal.History
	if c.cfg.Past != nil {
		h = c.cfg.Past(f)
	}
	return newMailVerdict(f, signal.Judge(f, h))
}

// MailVerdict is the record of the verb mail (docs/contracts.md).
type MailVerdict struct {
	V         int           `json:"v"`
	Type      string        `json:"type"`
	File      string        `json:"file"`
	Line      int64         `json:"line,omitempty"` // where the mail begins, in a file of several
	MessageID string        `json:"message_id"`
	From      string        `json:"from"`
	Name      string        `json:"name,omitempty"` // display name
	To        []string      `json:"to,omitempty"`
	Subject   string        `json:"subject"`
	Time      *time.Time    `json:"time"`
	Score     float64       `json:"score"`
	Alert     bool          `json:"alert"`
	Kinds     []string      `json:"kinds"`
	Levels    []string      `json:"levels,omitempty"` // of Kinds: low, medium, high
	Signals   []MailSignal  `json:"signals"`
	Claims    []MailClaim   `json:"claims,omitempty"`
	Evidence  []string      `json:"evidence"` // what there was to look at
	Auth      MailAuth      `json:"auth"`
	Links     []string      `json:"links,omitempty"` // defanged
	Files     []MailFile    `json:"files,omitempty"`
	Problems  []MailProblem `json:"problems,omitempty"` // what is wrong with its form, and what was not looked at and why
	Language  string        `json:"language,omitempty"`
	Excerpt   string        `json:"excerpt,omitempty"`
}

// MailSignal is one reason.
type MailSignal struct {
	ID     string  `json:"id"`
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

// MailClaim is whom the mail claims to be from.
type MailClaim struct {
	Identity string  `json:"identity"`
	Where    string  `json:"where"`
	As       string  `json:"as"`
	Strength float64 `json:"strength"`
	Genuine  bool    `json:"genuine"`
}

// MailAuth is what is known of its authentication.
type MailAuth struct {
	SPF     string `json:"spf"`
	DKIM    string `json:"dkim"`
	DMARC   string `json:"dmarc"`
	Aligned bool   `json:"aligned"`
	By      string `json:"by,omitempty"`
}

// MailProblem is one thing that is wrong with a mail's form, or a bound that was
// reached.
type MailProblem struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// MailFile is an attachment or a member of one.
type MailFile struct {
	Name   string `json:"name"`
	Kind   string `json:"kind,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Size   int64  `json:"size"`
}

func newMailVerdict(f *mail.Facts, v signal.Verdict) MailVerdict {
	out := MailVerdict{
		V: 1, Type: "mail", File: f.File, Line: f.Line, MessageID: f.MessageID, From: f.From.Email, Name: f.From.Name, To: f.Recipients,
		Subject: f.Subject, Score: v.Score, Alert: v.Alert, Kinds: []string{}, Signals: []MailSignal{}, Evidence: evidenceWords(v.Evidence),
		Auth: MailAuth{f.Auth.SPF.String(), f.Auth.DKIM.String(), f.Auth.DMARC.String(), f.Auth.Aligned, f.Auth.By}, Language: f.Language, Excerpt: f.Excerpt,
	}
	if !f.Time.IsZero() {
		t := f.Time.UTC()
		out.Time = &t
	}
	for _, c := range v.Composites {
		out.Kinds = append(out.Kinds, c.Kind)
		out.Levels = append(out.Levels, c.Level.String())
	}
	for _, r := range v.Reasons {
		out.Signals = append(out.Signals, MailSignal{r.ID, defangText(r.Text), float64(int64(r.Weight*1000)) / 1000})
	}
	for _, c := range f.Claims {
		out.Claims = append(out.Claims, MailClaim{c.Identity, c.Where, c.As, c.Strength, c.Genuine})
	}
	for _, l := range f.Links {
		out.Links = append(out.Links, outcome.Defang(l.URL))
	}
	for _, p := range f.Problems {
		out.Problems = append(out.Problems, MailProblem{p.Code, p.Text})
	}
	for _, x := range f.Files {
		out.Files = append(out.Files, MailFile{x.Name, x.Kind, x.SHA256, x.Size})
	}
	return out
}

// evidenceWords names what there was to look at.
func evidenceWords(e mail.Evidence) []string {
	words := []string{}
	for _, x := range []struct {
		bit  mail.Evidence
		word string
	}{
		{mail.HasHeader, "header"}, {mail.HasBody, "body"}, {mail.HasAttachments, "attachments"},
		{mail.HasAuth, "authentication"}, {mail.HasDelivery, "delivery"}, {mail.HasClicks, "clicks"},
	} {
		if e&x.bit != 0 {
			words = append(words, x.word)
		}
	}
	return words
}

// defangText defangs the links in a sentence.
func defangText(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		if strings.Contains(w, "://") {
			words[i] = outcome.Defang(w)
		}
	}
	return strings.Join(words, " ")
}
