package run

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Explain opens a campaign (PH-2026-0001), a target (PH-2026-0001/org) or a
// finding (F-0123456789ab) down to the records that prove it. It reports false
// where nothing has that id.
func (r *Result) Explain(w io.Writer, id string) (bool, error) {
	p := &printer{w: w}
	name, at, one := strings.Cut(id, "/")
	for i, c := range r.Campaigns {
		if !strings.EqualFold(c.ID, name) {
			continue
		}
		if !one {
			r.explainCampaign(p, i)
			return true, p.err
		}
		for k, t := range r.Targets[i] {
			if string(t.Org) == at {
				r.explainTarget(p, t, c.Members[k])
				return true, p.err
			}
		}
	}
	for _, f := range r.Findings {
		if strings.EqualFold(f.ID, id) {
			r.explainFinding(p, f, true)
			return true, p.err
		}
	}
	return false, p.err
}

func (r *Result) explainCampaign(p *printer, i int) {
	c := r.campaignRecord(i)
	p.line("%s  %s (%s)", c.ID, kindsText(c.Kinds), strings.Join(c.Techniques, ", "))
	p.line("%s", periodText(c.First, c.Last))
	p.line("%.0f %% sure that this is an attack by one hand, because of %s:", 100*c.Confidence, count(len(c.Findings), "finding"))
	for _, e := range c.Evidence {
		if campaign.Joins(e) {
			p.wrap("  ", Safe(e.Text))
		}
	}
	for _, f := range r.Campaigns[i].Findings {
		p.line("")
		r.explainFinding(p, f, false)
	}
	r.explainJoined(p, r.Campaigns[i])
	p.line("")
	p.line("THE HAND")
	f := c.Features
	if f.Mails > 0 {
		p.wrap("  ", fmt.Sprintf("%s from %s; languages: %s; attachments: %s.", count(f.Mails, "mail"), count(f.SendingDomains, "sending domain"),
			orNone(strings.Join(f.Languages, ", "), "not known"), orNone(strings.Join(f.FileKinds, ", "), "none")))
	}
	if r.Campaigns[i].Features.Attempts > 0 || f.Mails == 0 {
		p.wrap("  ", fmt.Sprintf("%s of attempts per account and hour; %.2f addresses per attempt; %s networks; %.0f %% of the names tried do not exist%s.",
			trimFloat(f.PerAccountHour), f.AddressPerAttempt, grouped(int64(f.Networks)), 100*f.UnknownNames, map[bool]string{true: "; accounts in alphabetical order"}[f.Alphabetical]))
	}
	for _, client := range f.Clients {
		p.wrap("  client: ", Safe(client))
	}
	r.explainAssessment(p, r.Assessments[i])
	for k, t := range r.Targets[i] {
		p.line("")
		r.explainTarget(p, t, r.Campaigns[i].Members[k])
	}
}

// explainJoined opens the mails that joined from below the alert.
func (r *Result) explainJoined(p *printer, c campaign.Campaign) {
	type cell struct {
		org  org.ID
		mail int
	}
	joined := map[cell]bool{}
	for _, m := range c.Members {
		for _, i := range m.Mails {
			joined[cell{m.Org, i}] = true
		}
	}
	for _, f := range c.Findings {
		for _, i := range f.Mails {
			delete(joined, cell{f.Org, i})
		}
	}
	for _, f := range r.Findings {
		if len(f.Mails) == 1 && joined[cell{f.Org, f.Mails[0]}] {
			delete(joined, cell{f.Org, f.Mails[0]})
			p.line("")
			p.line("no alert by itself, alike to those above:")
			r.explainFinding(p, f, false)
		}
	}
	for _, m := range c.Members {
		for _, i := range m.Mails {
			if joined[cell{m.Org, i}] {
				p.line("")
				p.wrap("", "nothing by itself, alike to those above: "+Safe(detect.MailTitle(r.Scenes[m.Org].Mail(i))))
			}
		}
	}
}

func (r *Result) explainAssessment(p *printer, a attribute.Assessment) {
	p.line("")
	explainAssessment(p, a)
}

func (r *Result) explainFinding(p *printer, f detect.Finding, records bool) {
	p.line("%s  %s at %s: score %.4f", f.ID, f.Detector, Safe(string(f.Org)), f.Score)
	p.wrap("  ", Safe(f.Subject))
	if len(f.Mails) > 0 {
		p.wrap("  ", Safe(detect.MailTitle(r.Scenes[f.Org].Mail(f.Mails[0]))))
		p.line("  %s", f.First.UTC().Format("2006-01-02 15:04:05 UTC"))
	} else {
		p.line("  %s, %s", periodText(f.First, f.Last), countPlural(len(f.Attempts), "attempt", "attempts"))
	}
	for _, e := range f.Evidence {
		p.wrap("  ", fmt.Sprintf("%+6.2f  %s: %s", e.Weight, e.What, Safe(e.Text)))
	}
	if records {
		r.explainRecords(p, campaign.Member{Org: f.Org, Attempts: f.Attempts, Mails: f.Mails})
	}
}

func (r *Result) explainTarget(p *printer, t outcome.Target, m campaign.Member) {
	p.line("TARGET %s/%s: %s", t.Campaign, Safe(string(t.Org)), outcomeText(t.Outcome))
	p.wrap("  ", fmt.Sprintf("%s, %s. Confidence %.2f.", effortOf(t), periodText(t.First, t.Last), t.Confidence))
	for _, g := range t.Gaps {
		p.wrap("  ", fmt.Sprintf("Gap in the log: %s to %s.", g.From.Format("2006-01-02 15:04"), g.To.Format("2006-01-02 15:04")))
	}
	for _, a := range t.Accounts {
		p.wrap("  ", fmt.Sprintf("%s: %s, %s. %s.", Safe(a.Account), outcomeText(a.Outcome), tried(t, a), Safe(a.Why)))
		if a.Outcome >= outcome.PasswordConfirmed {
			for _, e := range a.Evidence {
				p.record(e)
			}
		}
	}
	r.explainRecords(p, m)
}

// tried says how often somebody was: at targets of mail alone with mails.
func tried(t outcome.Target, a outcome.Account) string {
	if t.Copies > 0 && t.Copies == t.Attempts {
		return count(a.Attempts, "mail")
	}
	return countTries(a.Attempts)
}

// explainRecords writes every record of the attempts, by account, and every
// mail with what happened to it.
func (r *Result) explainRecords(p *printer, m campaign.Member) {
	s := r.Scenes[m.Org]
	byAccount := outcome.Records(m, s)
	p.line("  every record:")
	for _, name := range slices.SortedFunc(maps.Keys(byAccount), cmp.Compare[string]) {
		p.line("    %s", Safe(name))
		for _, e := range byAccount[name] {
			p.record(e)
		}
	}
	for _, i := range m.Mails {
		f := s.Mail(i)
		p.wrap("    ", Safe(detect.MailTitle(f)))
		for _, e := range outcome.MailRecords(i, s) {
			p.record(e)
		}
		for _, l := range f.Links {
			p.wrap("      link: ", Safe(outcome.Defang(l.URL)))
		}
		for _, a := range f.Files {
			p.wrap("      attachment: ", Safe(strings.TrimSpace(a.Name+" "+a.SHA256)))
		}
	}
}

func (p *printer) record(e outcome.Record) {
	p.line("      %s  %-28s %-15s %s:%d %s", e.Time.UTC().Format("2006-01-02 15:04:05"), Safe(e.What), e.Addr, Safe(e.File), e.Line, Safe(e.Event))
}

func trimFloat(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", x), "0"), ".")
}
