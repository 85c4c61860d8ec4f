package run

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/mail"
)

// WriteText writes the inspection for people, at most 80 columns wide.
func (f Inspection) WriteText(w io.Writer) error {
	p := &printer{w: w}
	p.wrap("", Safe(f.File))
	if f.Format == "" {
		p.wrap("  ! ", Safe(f.Why))
		return p.err
	}
	sure := ", as you said"
	if f.Sure > 0 {
		sure = fmt.Sprintf(", sure by %d of 100", f.Sure)
	}
	p.wrap("  format    ", f.Format+": "+f.Title+sure)
	what := count64(f.Events, "sign-in")
	if f.Mails > 0 || f.Acts > 0 && f.Events == 0 && mailFormat(f.Format) {
		what = count64(f.Mails, "mail")
	}
	p.wrap("  records   ", fmt.Sprintf("%s: %s, %s, %d others, %d damaged", count64(f.Records, "record"), what,
		count64(f.Acts, "act"), f.Records-f.Events-f.Mails-f.Acts-f.BadRecords, f.BadRecords))
	if f.First != nil && f.Last != nil {
		p.wrap("  period    ", f.First.Format(minute)+" to "+f.Last.Format(minute)+" UTC")
	}
	f.writeCounts(p)
	for _, d := range f.Damaged {
		p.wrap("  damaged   ", Safe(d))
	}
	if f.Why != "" {
		p.wrap("  ! ", "not read to its end: "+Safe(f.Why))
	}
	for _, l := range f.Missing {
		p.wrap("  ! ", Safe(l.Text))
	}
	for _, g := range f.Gaps {
		p.wrap("  ! ", fmt.Sprintf("no record for %d h, from %s to %s", int(g.To.Sub(g.From)/time.Hour), g.From.Format(minute), g.To.Format(minute)))
	}
	for _, e := range f.Sample {
		e.write(p)
	}
	for _, m := range f.Letters {
		p.wrap("  ", fmt.Sprintf("line %d  %s  %s", m.Line, m.Time.Format("2006-01-02 15:04:05Z"), orNone(m.From, "no sender")))
		p.wrap("      ", "to "+orNone(strings.Join(m.To, ", "), "no recipient")+": "+orNone(m.Subject, "no subject"))
	}
	return p.err
}

func mailFormat(name string) bool {
	_, ok := mail.Lookup(name)
	return ok
}

const minute = "2006-01-02 15:04"

func (f Inspection) writeCounts(p *printer) {
	if len(f.Orgs) > 0 {
		p.line("  organisations")
	}
	for _, o := range f.Orgs {
		p.line("    %-50s %10d", clip(Safe(string(o.Org)), 50), o.Events)
	}
	if f.OrgsMore > 0 {
		p.line("    and %d more", f.OrgsMore)
	}
	table := func(title string, counts map[string]int64, safe bool) {
		if len(counts) > 0 {
			p.line("  %s", title)
		}
		names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			if counts[a] != counts[b] {
				return int(counts[b] - counts[a])
			}
			return strings.Compare(a, b)
		})
		for i, name := range names {
			if i == maxOrgs {
				p.line("    and %d more", len(names)-maxOrgs)
				return
			}
			n := counts[name]
			if safe {
				name = clip(Safe(name), 50)
			}
			p.line("    %-50s %10d", name, n)
		}
	}
	table("results", f.Classes, false)
	if len(f.Senders) > 0 {
		p.line("  sending domains")
	}
	for _, x := range f.Senders {
		p.line("    %-50s %10d", clip(Safe(x.Domain), 50), x.Mails)
	}
	if f.SendersMore > 0 {
		p.line("    and %d more", f.SendersMore)
	}
	table("protocols", f.Protocols, false)
	table("codes that do not say here how it ended", f.Codes, true)
}

// write writes an event in two or three lines.
func (e InspectedEvent) write(p *printer) {
	what := e.Class
	if e.Action != "" {
		what += " " + narrow(e.Action)
	} else if e.Code != "" {
		what += " (" + narrow(e.Code) + ")"
	}
	p.wrap("  ", fmt.Sprintf("line %d  %s  %s", e.Line, e.Time.Format("2006-01-02 15:04:05Z"), what))
	place := ""
	switch {
	case e.Country != "" && e.ASN != 0:
		place = fmt.Sprintf(" (%s, AS%d)", Safe(e.Country), e.ASN)
	case e.Country != "":
		place = " (" + Safe(e.Country) + ")"
	case e.ASN != 0:
		place = fmt.Sprintf(" (AS%d)", e.ASN)
	}
	p.wrap("      ", fmt.Sprintf("%s from %s%s%s", orNone(e.Account, "no account"), orNone(e.Addr, "no address"), place, at(e)))
	var client []string
	for _, s := range []string{e.Protocol, e.Client, e.App, e.UserAgent} {
		if s != "" {
			client = append(client, narrow(s))
		}
	}
	if len(client) > 0 {
		p.wrap("      ", "by "+strings.Join(client, " · "))
	}
}

func orNone(s, none string) string {
	if s == "" {
		return none
	}
	return narrow(s)
}

// narrow makes a text safe and short enough, each word of it too, that it can
// be wrapped.
func narrow(s string) string {
	words := strings.Fields(clip(Safe(s), 120))
	for i, w := range words {
		words[i] = clip(w, 60)
	}
	return strings.Join(words, " ")
}

func at(e InspectedEvent) string {
	switch {
	case e.Tenant != "":
		return " at tenant " + narrow(e.Tenant)
	case e.Host != "":
		return " at " + narrow(e.Host)
	}
	return ""
}
