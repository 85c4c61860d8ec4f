package run

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// width is that of the narrowest terminal we write for.
const width = 80

// printer writes lines and remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// wrap writes text in lines of at most width: the first behind indent, the
// others behind as much space.
func (p *printer) wrap(indent, text string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(indent+line+" "+word)) > width {
			p.line("%s%s", indent, line)
			line, indent = "", strings.Repeat(" ", len([]rune(indent)))
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		p.line("%s%s", indent, line)
	}
}

// WriteText writes the result for people, at most 80 columns wide. Whatever
// attackers typed is made harmless by [Safe].
func (r *Result) WriteText(w io.Writer) error {
	p := &printer{w: w}
	r.writeSummary(p)
	for i := range r.Campaigns {
		r.writeCampaign(p, i)
	}
	r.writeDigests(p)
	return p.err
}

func (r *Result) writeSummary(p *printer) {
	st := r.Stats
	if st.Events == 0 && st.Mails == 0 && len(r.Scenes) == 0 {
		p.line("No sign-ins or mails found in %s.", count(st.Files, "file"))
		return
	}
	period := ""
	if st.First != nil && st.Last != nil {
		period = ", " + st.First.Format("2 Jan 2006") + " to " + st.Last.Format("2 Jan 2006")
	}
	what := count64(st.Events, "sign-in")
	switch {
	case st.Mails > 0 && st.Events == 0:
		what = count64(st.Mails, "mail")
	case st.Mails > 0:
		what += " and " + count64(st.Mails, "mail")
	}
	p.wrap("", fmt.Sprintf("%s of %s in %s%s.", what, count(r.organisations(), "organisation"), count(st.Files, "file"), period))
	if len(r.Campaigns) == 0 {
		p.line("No campaigns found.")
		return
	}
	p.line("")
	p.line("%s", strings.ToUpper(count(len(r.Campaigns), "campaign")))
}

// organisations counts those that anything is of; what belongs to none is none.
func (r *Result) organisations() int {
	n := len(r.Scenes)
	if r.Scenes[org.Unassigned] != nil && n > 1 {
		n--
	}
	return n
}

func (r *Result) writeCampaign(p *printer, i int) {
	c, a := r.campaignRecord(i), r.Assessments[i]
	p.line("")
	title, techniques := c.ID+"  "+kindsText(c.Kinds), strings.Join(c.Techniques, ", ")
	sure := fmt.Sprintf("%.0f %% sure", 100*c.Confidence)
	if one := title + " (" + techniques + ")"; len(one)+2+len(sure) <= width {
		title, techniques = one, ""
	}
	p.line("%s%s%s", title, strings.Repeat(" ", max(2, width-len(title)-len(sure))), sure)
	p.wrap("  ", techniques)
	p.wrap("  ", fmt.Sprintf("%s. %s, %s.", periodText(c.First, c.Last), count(c.Orgs, "organisation"),
		effort{c.Attempts - c.Features.Copies, c.Features.Mails, c.Features.Copies, c.Accounts, c.Sources}))
	shown := 0
	for _, e := range c.Evidence {
		if shown < 4 && (e.Weight > 0 || campaign.Joins(e)) {
			shown++
			p.wrap("  - ", Safe(e.Text))
		}
	}
	p.wrap("  ", "Who: "+whoText(a.Status != "unattributed" && len(a.Candidates) > 0, a.Reason))
	targets := slices.Clone(r.Targets[i])
	slices.SortStableFunc(targets, func(x, y outcome.Target) int {
		return cmp.Or(cmp.Compare(y.Outcome, x.Outcome), cmp.Compare(y.Attempts, x.Attempts))
	})
	for k, t := range targets {
		if k == maxTargets {
			p.line("  ... and %s; see --json or --out", count(len(targets)-k, "more organisation"))
			break
		}
		writeTarget(p, t)
	}
}

// effort is how much was tried.
type effort struct{ tries, mails, copies, accounts, sources int }

// String says it in words: sign-ins are tried on accounts, mails go to people.
// Addresses of a campaign of mails alone are those of who signed in afterwards.
func (e effort) String() string {
	addresses := countPlural(e.sources, "address", "addresses")
	if e.mails == 0 {
		return count(e.accounts, "account") + ", " + countTries(e.tries) + " from " + addresses
	}
	text := count(e.mails, "mail")
	switch {
	case e.tries > 0:
		return count(e.accounts, "account") + ", " + countTries(e.tries) + " from " + addresses + " and " + text
	case e.accounts > 0:
		text += " to " + countPlural(e.accounts, "person", "people")
	}
	if e.sources > 0 {
		text += ", then sign-ins from " + addresses
	}
	return text
}

func effortOf(t outcome.Target) effort {
	return effort{t.Attempts - t.Copies, len(t.Mails) + t.MoreMails, t.Copies, len(t.Accounts), len(t.Sources) + t.More}
}

// How much of a campaign the text shows; --json and --out have all of it.
const (
	maxTargets  = 12
	maxAccounts = 6
	maxMails    = 4
)

func writeTarget(p *printer, t outcome.Target) {
	name := Safe(string(t.Org))
	state := outcomeText(t.Outcome)
	p.line("  %s%s%s", clip(name, 50), strings.Repeat(" ", max(2, width-2-len([]rune(clip(name, 50)))-len(state))), state)
	text := effortOf(t).String()
	if len(t.Sources) > 0 || len(t.Mails) == 0 {
		text += ": " + sourcesText(t)
	}
	p.wrap("    ", text)
	for k, m := range t.Mails {
		if k == maxMails {
			p.line("    ... and %s", count(len(t.Mails)-k+t.MoreMails, "more mail"))
			break
		}
		p.wrap("    ", fmt.Sprintf("%s from %s: %s", m.Time.Format("2006-01-02 15:04"), Safe(m.From), Safe(m.Subject)))
	}
	shown := 0
	for _, a := range t.Accounts {
		if a.Outcome < outcome.PasswordConfirmed && shown > 0 || shown == maxAccounts {
			break
		}
		if a.Outcome < outcome.PasswordConfirmed {
			continue
		}
		shown++
		p.wrap("    ! ", fmt.Sprintf("%s %s: %s", Safe(a.Account), outcomeText(a.Outcome), Safe(a.Why)))
		for k, e := range a.Evidence {
			if k == 2 {
				break
			}
			p.line("        %s %s:%d", e.Time.UTC().Format("2006-01-02 15:04:05"), Safe(e.File), e.Line)
		}
	}
	if rest := len(t.Accounts) - shown; rest > 0 {
		names := make([]string, 0, maxAccounts)
		for _, a := range t.Accounts[shown:] {
			if len(names) == maxAccounts {
				names = append(names, "...")
				break
			}
			names = append(names, Safe(a.Account))
		}
		p.wrap("      ", strings.Join(names, ", "))
	}
	doubted := 0
	for _, a := range t.Accounts {
		if e, ok := a.Doubted(); ok && doubted < maxAccounts {
			doubted++
			p.wrap("    ? ", fmt.Sprintf("%s %s: %s", Safe(a.Account), outcomeText(a.Outcome), Safe(a.Why)))
			p.line("        %s %s:%d", e.Time.UTC().Format("2006-01-02 15:04:05"), Safe(e.File), e.Line)
		}
	}
	if t.Undetermined > 0 {
		p.wrap("    ", fmt.Sprintf("%s undetermined.", count(t.Undetermined, "account")))
	}
	for _, g := range t.Gaps {
		p.wrap("    ", fmt.Sprintf("The log has no record from %s to %s.", g.From.Format("2 Jan 15:04"), g.To.Format("2 Jan 15:04")))
	}
}

func sourcesText(t outcome.Target) string {
	var list []string
	for k, a := range t.Sources {
		if k == 3 {
			list = append(list, "...")
			break
		}
		list = append(list, a.String())
	}
	return strings.Join(list, ", ")
}

func (r *Result) writeDigests(p *printer) {
	if len(r.Digests) == 0 {
		return
	}
	p.line("")
	p.line("NOISE that is aimed at everybody, in no campaign")
	ds := slices.Clone(r.Digests)
	slices.SortStableFunc(ds, func(a, b Digest) int { return cmp.Compare(b.Attempts, a.Attempts) })
	for k, d := range ds {
		if k == maxTargets {
			p.line("  ... and at %s", count(len(ds)-k, "more organisation"))
			break
		}
		p.line("  %-34s %s on %s from %s", clip(Safe(string(d.Org)), 34), countTries(d.Attempts), count(d.Accounts, "account"), countPlural(d.Sources, "address", "addresses"))
		if k < 3 {
			p.wrap("    most tried: ", Safe(strings.Join(d.Names, ", ")))
			p.wrap("    busiest: ", joinAddrs(d.Busiest))
		}
	}
}

func joinAddrs(list []netip.Addr) string {
	var out []string
	for _, a := range list {
		if a.IsValid() {
			out = append(out, a.String())
		}
	}
	return strings.Join(out, ", ")
}

func whoText(named bool, reason string) string {
	if named {
		return "candidates only, not named. " + Safe(reason)
	}
	return "unattributed. " + Safe(reason)
}

func kindsText(kinds []detect.Kind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, strings.ReplaceAll(string(k), "_", " "))
	}
	return strings.Join(out, ", ")
}

func outcomeText(o outcome.Outcome) string {
	return strings.ToUpper(strings.ReplaceAll(o.String(), "_", " "))
}

func periodText(first, last time.Time) string {
	const layout = "2 Jan 2006 15:04"
	if first.Format(time.DateOnly) == last.Format(time.DateOnly) {
		return first.Format(layout) + " to " + last.Format("15:04") + " UTC"
	}
	return first.Format(layout) + " to " + last.Format(layout) + " UTC"
}

func count(n int, what string) string { return count64(int64(n), what) }

func count64(n int64, what string) string { return countPlural(n, what, what+"s") }

func countTries(n int) string { return countPlural(n, "try", "tries") }

func countPlural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

// grouped writes a number with commas between thousands.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Safe makes text typed by others harmless on a terminal: control characters,
// escape sequences, line breaks and marks that turn the direction of writing
// are shown by their number (CWE-150; CVE-2021-42574 for the latter).
func Safe(s string) string {
	if !strings.ContainsFunc(s, unsafe) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unsafe(r) {
			fmt.Fprintf(&b, "<U+%04X>", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || r == unicode.ReplacementChar
}

// harmless writes JSON with [escapeJSON], one value at a time.
type harmless struct{ w io.Writer }

func (h harmless) Write(b []byte) (int, error) {
	if _, err := h.w.Write(escapeJSON(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// escapeJSON escapes in JSON what encoding/json leaves as it is and [Safe]
// takes for unsafe. Such characters stand in strings only (RFC 8259 §2).
func escapeJSON(b []byte) []byte {
	if !bytes.ContainsFunc(b, escaped) {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		switch {
		case !escaped(r):
			out = utf8.AppendRune(out, r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, "\\u%04x", unit)
			}
		}
	}
	return out
}

// escaped: the line feed stands between values.
func escaped(r rune) bool { return unsafe(r) && r != '\n' && r != unicode.ReplacementChar }
