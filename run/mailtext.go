package run

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pumphandle/pumphandle/mail/signal"
)

// WriteJSON writes the verdict as one line of JSON, in which characters that a
// terminal may act on are escaped: JSON is looked at there, too.
func (v MailVerdict) WriteJSON(w io.Writer) error {
	return json.NewEncoder(harmless{w}).Encode(v)
}

// WriteText writes the verdict for people, at most 80 columns wide: what the
// mail says it is, what we hold of it, and why. All that stands in the mail is
// made harmless by [Safe].
func (v MailVerdict) WriteText(w io.Writer) error {
	p := &printer{w: w}
	file := v.File
	if v.Line > 1 {
		file = fmt.Sprintf("%s:%d", file, v.Line)
	}
	p.line("%s  %.2f  %s", v.word(), v.Score, Safe(file))
	from := v.From
	if v.Name != "" {
		from = fmt.Sprintf("%s <%s>", v.Name, v.From)
	}
	p.wrap("  from     ", Safe(from))
	if len(v.To) > 0 {
		p.wrap("  to       ", Safe(shorten(v.To, 3)))
	}
	p.wrap("  subject  ", Safe(v.Subject))
	if v.Time != nil {
		p.line("  sent     %s", v.Time.Format("2 Jan 2006 15:04 UTC"))
	}
	for i, k := range v.Kinds {
		p.wrap("  story    ", fmt.Sprintf("%s (%s): %s", strings.ReplaceAll(k, "_", " "), v.Levels[i], signal.StoryText(k)))
	}
	v.writeReasons(p)
	if len(v.Links) > 0 {
		p.wrap("  links    ", Safe(shorten(v.Links, 4)))
	}
	for _, f := range v.Files[:min(len(v.Files), 6)] {
		p.wrap("  file     ", Safe(fmt.Sprintf("%s (%s, %d bytes)", f.Name, orUnknown(f.Kind), f.Size)))
	}
	p.wrap("  based on ", v.basis())
	return p.err
}

func orUnknown(kind string) string {
	if kind == "" {
		return "unknown kind"
	}
	return kind
}

// word says in one word what is held of the mail.
func (v MailVerdict) word() string {
	switch {
	case v.Alert:
		return "ALERT     "
	case v.Score >= .5:
		return "suspicious"
	}
	return "ordinary  "
}

// writeReasons shows what counted most on either side.
func (v MailVerdict) writeReasons(p *printer) {
	const most = 7
	shown := 0
	for _, s := range v.Signals {
		if s.Weight > .1 && shown < most {
			p.wrap(fmt.Sprintf("  %+5.1f    ", s.Weight), Safe(s.Text))
			shown++
		}
	}
	shown = 0
	for i := len(v.Signals) - 1; i >= 0; i-- {
		if s := v.Signals[i]; s.Weight < -.1 && shown < 3 {
			p.wrap(fmt.Sprintf("  %+5.1f    ", s.Weight), Safe(s.Text))
			shown++
		}
	}
}

// basis says what there was to look at, and what was not.
func (v MailVerdict) basis() string {
	has := map[string]bool{}
	for _, e := range v.Evidence {
		has[e] = true
	}
	out := strings.Join(v.Evidence, ", ")
	if out == "" {
		out = "a record without header or text"
	}
	if !has["body"] {
		out += "; the text was not there"
	}
	if !has["authentication"] {
		out += "; no receiver is configured whose authentication verdicts are believed (--receiver)"
	}
	return out
}

// shorten lists the first n and says how many follow.
func shorten(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
