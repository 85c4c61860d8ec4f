package run

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// Examiner looks at one mail and returns what is to be remembered of it
// (mail/signal.Examiner). It keeps nothing of m, and several goroutines may
// use one. The recipients of what it returns are all that the mail names:
// whose they are is decided here.
type Examiner interface {
	Examine(m *mail.Message) *mail.Facts
}

// notable is from which score on, by what it is alone, a mail is forgotten
// last.
const notable = 0.3

// detectMail returns the format of a text if it is mail or records about mail,
// and surer to be that than any log of sign-ins.
func (cfg Config) detectMail(head []byte) (mail.Format, bool) {
	switch {
	case cfg.Mail != nil:
		return *cfg.Mail, true
	case cfg.Format != nil:
		return mail.Format{}, false
	}
	format, ok := mail.Detect(head)
	if !ok {
		return format, false
	}
	log, other := signin.Detect(head)
	return format, !other || format.Sniff(head) > log.Sniff(head)
}

// mails reads a text of mails to its end or to the first error that ends it.
func (r *reader) mails(ctx context.Context, f *input.File, in *input.Input, format mail.Format) {
	if r.cfg.Examine == nil {
		r.unread(in.Name, errors.New("mail, and nothing here to examine it"))
		return
	}
	r.stats.Files++
	fs := r.stats.format(format.Name)
	fs.Files++
	n := 0
	for item, err := range format.Decode(in, mail.Options{Zone: r.cfg.Zone}) {
		if n++; n%(1<<10) == 0 {
			r.tell(f)
		}
		if err != nil && ctx.Err() != nil {
			return // interrupted: nothing is wrong with the file
		}
		if err != nil {
			r.failed(in, err)
			continue
		}
		r.stats.Records++
		if item.Message != nil {
			r.mail(item.Message, in, fs)
		} else {
			r.mailAct(item.Act, in, fs)
		}
	}
	r.tell(f)
}

// mail examines one mail and writes it into the book of every organisation
// that it went to or came from, to each with its own recipients only.
func (r *reader) mail(m *mail.Message, in *input.Input, fs *FormatStats) {
	facts := r.cfg.Examine.Examine(m)
	facts.File, facts.Line = in.Name, m.Line
	if facts.Time.IsZero() {
		facts.Time = r.written // the mail does not say; nothing in the file is later
	}
	facts.Time = facts.Time.UTC()
	if !r.asked(facts.Time) {
		return
	}
	r.stats.Mails++
	fs.Mails++
	r.stats.span(facts.Time)
	parts := r.deliver(m, facts, in)
	if len(parts) == 0 {
		if !ledger.Partial(facts) { // whose those are is seen when all is read
			r.stats.Unassigned++
		}
		parts = []delivery{{org.Unassigned, facts}}
	}
	for _, p := range parts {
		v := signal.Judge(p.facts, signal.History{})
		r.book.addMail(p.id, p.facts, v.Alert || len(v.Composites) > 0 || v.Score >= notable)
	}
}

func (r *reader) mailAct(a *mail.Act, in *input.Input, fs *FormatStats) {
	if !r.asked(a.Time) {
		return
	}
	r.stats.MailActs++
	fs.MailActs++
	r.stats.span(a.Time)
	act := *a
	act.File, act.Account, act.Time = in.Name, strings.ToLower(a.Account), a.Time.UTC()
	id := r.mailOwner(act.Account, in)
	if id == org.Unassigned {
		r.stats.Unassigned++
	}
	r.book.addAct(id, &act)
}

// mailOwner says whose an address is; where its domain does not say, the file
// may be bound to somebody.
func (r *reader) mailOwner(address string, in *input.Input) org.ID {
	if r.cfg.Orgs != nil {
		id, _ := r.cfg.Orgs.Resolve("", address, "", in.Rel)
		return id
	}
	return r.infer.Infer("", address, "")
}

// delivery is a mail as it concerns one organisation.
type delivery struct {
	id    org.ID
	facts *mail.Facts
}

// deliver sorts the recipients of a mail by organisation. The envelope says who
// got it; where there is none, To and Cc do.
//
// A mail is an organisation's outbound mail only where the record says so, the
// file is bound to it, or nobody who is protected is among the recipients: in
// another's mailbox its address in From is a claim, and a claim must not make
// the stranger behind it somebody to whom the organisation writes.
func (r *reader) deliver(m *mail.Message, facts *mail.Facts, in *input.Input) []delivery {
	if r.cfg.Orgs == nil {
		return r.deliverInferred(m, facts)
	}
	bound, _ := r.cfg.Orgs.Bound(in.Rel)
	owner := func(address string) org.ID {
		id, _ := r.cfg.Orgs.Resolve("", address, "", "")
		return id
	}
	to := map[org.ID][]string{}
	var ids []org.ID
	var strangers []string
	for _, a := range recipients(m) {
		id := owner(a)
		switch {
		case id == org.Unassigned:
			strangers = append(strangers, a)
			continue
		case to[id] == nil:
			ids = append(ids, id)
		}
		to[id] = append(to[id], a)
	}
	from := owner(facts.From.Email)
	var out []delivery
	for _, id := range ids {
		out = append(out, delivery{id, part(facts, to[id], direction(m, facts, id == from), 0)})
	}
	sent := from != org.Unassigned && (m.Direction == mail.Outbound || bound == from || len(ids) == 0)
	switch {
	case sent && len(strangers) > 0:
		// The same mail may have gone to colleagues, too: then it is kept twice.
		out = append(out, delivery{from, part(facts, strangers, mail.Outbound, 1)})
	case len(out) == 0 && bound != org.Unassigned:
		// Hidden recipients, a list, or a row about a mail that stands elsewhere.
		out = append(out, delivery{bound, part(facts, strangers, direction(m, facts, from == bound), 0)})
	}
	return out
}

// deliverInferred gives a mail to the organisation of its first recipient, as
// nothing says which others are protected. Which way it went is not known.
func (r *reader) deliverInferred(m *mail.Message, facts *mail.Facts) []delivery {
	all := recipients(m)
	if len(all) == 0 {
		return nil
	}
	id := r.infer.Infer("", all[0], "")
	if id == org.Unassigned {
		return nil
	}
	domain := org.AccountDomain(all[0])
	own := slices.DeleteFunc(all, func(a string) bool { return org.AccountDomain(a) != domain })
	return []delivery{{id, part(facts, own, direction(m, facts, org.AccountDomain(facts.From.Email) == domain), 0)}}
}

// part is a mail with some of its recipients.
func part(facts *mail.Facts, to []string, way mail.Direction, twin uint64) *mail.Facts {
	f := *facts
	f.Key ^= twin
	f.Direction = way
	f.Recipients = slices.Clone(to)
	slices.Sort(f.Recipients)
	f.Recipients = slices.Compact(f.Recipients)
	f.More = max(0, len(f.Recipients)-mail.MaxRecipients)
	f.Recipients = f.Recipients[:len(f.Recipients)-f.More]
	return &f
}

// direction is which way a mail went, seen from an organisation to which it
// went. Own says that From is an address of it, which anybody may write: it
// came from inside only if that was verified or no server outside is seen.
func direction(m *mail.Message, f *mail.Facts, own bool) mail.Direction {
	switch {
	case !own:
		return mail.Inbound
	case m.Direction != mail.DirectionUnknown:
		return m.Direction
	case f.Auth.Aligned, !f.SenderIP.IsValid(), f.SenderIP.IsPrivate(), f.SenderIP.IsLoopback():
		return mail.Internal
	}
	return mail.Inbound
}

// recipients returns whom a mail reached, lower case.
func recipients(m *mail.Message) []string {
	var out []string
	add := func(a string) {
		if a = strings.ToLower(strings.TrimSpace(a)); strings.Contains(a, "@") {
			out = append(out, a)
		}
	}
	for _, a := range m.DeliveredTo {
		add(a)
	}
	if len(out) == 0 {
		for _, list := range [][]mail.Address{m.To, m.Cc} {
			for _, a := range list {
				add(a.Email)
			}
		}
	}
	return out
}
