package outcome

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/org"
)

// How far a mail got at one recipient, in order. What is not seen is no step:
// where clicks are not logged nobody can say that there was none.
type stage uint8

const (
	keptOut   stage = iota // refused, quarantined, junked, or taken away before any click in a log of clicks
	lost                   // the records do not say whether it arrived
	delivered              // nothing more is seen
	stopped                // clicked, and the gateway stood in the way
	engaged                // opened the link or answered, with no credentials at stake as far as seen
	exposed                // ... with credentials at stake
	entered                // then somebody signed in from a place new to the account
)

// rungs puts stages onto the ladder of docs/contracts.md.
var rungs = [...]Outcome{keptOut: Blocked, lost: Attempted, delivered: Attempted, stopped: Attempted, engaged: Undetermined, exposed: PasswordConfirmed, entered: Succeeded}

// recipient is what is known of one recipient of a campaign's mails.
type recipient struct {
	name        string
	copies      int
	first, last time.Time
	stage       stage
	why         string
	evidence    []Record
	sources     []netip.Addr
}

// reach raises the recipient to a stage, with the records that show it.
func (r *recipient) reach(st stage, why string, evidence ...Record) {
	if st > r.stage || r.why == "" {
		r.stage, r.why = st, why
		r.evidence = slices.Concat(evidence, r.evidence)
	} else {
		r.evidence = append(r.evidence, evidence...)
	}
	for _, e := range evidence {
		r.last = later(r.last, e.Time)
	}
}

// judgeMails says how far the mails of a campaign got at one organisation.
func judgeMails(c campaign.Campaign, m campaign.Member, s *detect.Scene) Target {
	t := Target{Campaign: c.ID, Org: m.Org, Kinds: mailKinds(c, m.Org)}
	atStake := map[int]bool{}
	for _, f := range c.Findings {
		if f.Org == m.Org && credentials(f.Kind) {
			for _, i := range f.Mails {
				atStake[i] = true
			}
		}
	}
	people := map[string]*recipient{}
	for _, i := range m.Mails {
		f := s.Mail(i)
		t.addMail(f, s)
		// A mail that joined from below the alert asks for what its campaign does.
		stake := atStake[i] || !slices.ContainsFunc(c.Findings, func(x detect.Finding) bool { return x.Org == m.Org && slices.Contains(x.Mails, i) }) &&
			slices.ContainsFunc(c.Kinds, credentials)
		judgeMail(f, i, s, stake, people)
	}
	asks := map[uint64]bool{} // by message: whether an answer may hold credentials
	for _, i := range m.Mails {
		if f := s.Mail(i); f.MessageID != "" && len(m.Replies) > 0 {
			asks[mail.HashID(f.MessageID)] = asksForAnswer(f)
		}
	}
	for _, i := range m.Replies {
		f := s.Mail(i)
		judgeReply(f, slices.ContainsFunc(f.Threads, func(t uint64) bool { return asks[t] }), people)
	}
	for _, r := range people {
		followUp(r, m, s)
	}
	seen := map[netip.Addr]bool{}
	for _, name := range slices.Sorted(maps.Keys(people)) {
		r := people[name]
		a := Account{Account: r.name, Outcome: rungs[r.stage], Attempts: r.copies, First: r.first, Last: r.last, Why: r.why, Evidence: r.evidence[:min(len(r.evidence), MaxEvidence)]}
		t.Accounts = append(t.Accounts, a)
		t.Attempts += a.Attempts
		if a.Outcome == Undetermined {
			t.Undetermined++
		}
		if t.First.IsZero() || a.First.Before(t.First) {
			t.First = a.First
		}
		t.Last = later(t.Last, a.Last)
		for _, addr := range r.sources {
			seen[addr] = true
		}
	}
	t.Copies = t.Attempts
	t.Sources = slices.SortedFunc(maps.Keys(seen), netip.Addr.Compare)
	t.settle()
	t.Confidence = confidence(c, t)
	return t
}

// settle takes the highest rung of the accounts and sorts them. A mail that was
// kept out of one box says nothing of another where it arrived: blocked is what
// all were.
func (t *Target) settle() {
	t.Outcome = Attempted
	blocked := len(t.Accounts) > 0
	for _, a := range t.Accounts {
		blocked = blocked && a.Outcome == Blocked
		if a.Outcome != Blocked {
			t.Outcome = max(t.Outcome, a.Outcome)
		}
	}
	if blocked {
		t.Outcome = Blocked
	}
	slices.SortFunc(t.Accounts, func(a, b Account) int {
		return cmp.Or(cmp.Compare(b.Outcome, a.Outcome), cmp.Compare(a.Account, b.Account))
	})
}

// credentials reports whether a page behind the link of such a mail may ask for
// credentials. What a mail with code does on the machine is another matter.
func credentials(k detect.Kind) bool { return k.ByMail() && k != detect.MalwareLure }

func mailKinds(c campaign.Campaign, id org.ID) []detect.Kind {
	var kinds []detect.Kind
	for _, f := range c.Findings {
		if f.Org == id && f.Kind.ByMail() && !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	if kinds == nil { // all of its mails joined from below the alert
		for _, k := range c.Kinds {
			if k.ByMail() {
				kinds = append(kinds, k)
			}
		}
	}
	slices.Sort(kinds)
	return kinds
}

// addMail lists a mail for the notice.
func (t *Target) addMail(f *mail.Facts, s *detect.Scene) {
	if len(t.Mails) == MaxMails {
		t.MoreMails++
		return
	}
	at := f.Time.UnixMilli()
	m := Mail{
		MessageID: f.MessageID, NetworkID: f.NetworkID, Time: f.Time, From: f.From.Email, Name: f.From.Name, ReplyTo: f.ReplyTo, Subject: f.Subject, Verified: f.Auth.Aligned,
		Recipients: len(f.Recipients) + f.More, File: f.File, Line: f.Line,
	}
	tell := func(t ledger.Trait, domain, known string) {
		days, ok := s.DaysKnown(t, known, at)
		if domain != "" && ok && days < familiarDomain && !campaign.SharedDomain(domain) && !slices.Contains(m.Domains, domain) {
			m.Domains = append(m.Domains, domain)
		}
	}
	// A forged address is not the attacker's domain, and what is not verified may be forged.
	if f.Direction != mail.Internal && f.Auth.Aligned {
		tell(ledger.TraitDomain, f.Domain, f.Domain)
	}
	for _, l := range f.Links {
		if len(m.Links) < MaxMailParts {
			m.Links = append(m.Links, Defang(l.URL))
		}
		if identity.FreeHosting(l.Host) || identity.FileShare(l.Host) {
			tell(ledger.TraitLink, l.Host, l.Host) // the domain is everybody's
		} else {
			tell(ledger.TraitLink, l.Domain, l.Host)
		}
	}
	for _, a := range f.Files {
		if len(m.Files) < MaxMailParts {
			m.Files = append(m.Files, File{a.Name, a.SHA256, a.Kind})
		}
	}
	t.Mails = append(t.Mails, m)
}

// familiarDomain is from how many days on a domain is the organisation's
// acquaintance and no longer something that an attacker brought.
const familiarDomain = 3

// Defang writes a link or host so that no program follows it and a person can
// read it.
func Defang(url string) string {
	if strings.HasPrefix(url, "hxxp") {
		return url // it is
	}
	if rest, ok := strings.CutPrefix(url, "http"); ok {
		url = "hxxp" + rest
	}
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return strings.ReplaceAll(url, ".", "[.]")
	}
	host, path, slash := strings.Cut(rest, "/")
	host = strings.ReplaceAll(host, ".", "[.]")
	if slash {
		host += "/"
	}
	return scheme + "://" + host + path
}

// judgeMail follows one mail to each of its recipients.
func judgeMail(f *mail.Facts, i int, s *detect.Scene, stake bool, people map[string]*recipient) {
	logged := s.ClicksLogged(s.MailTime(i))
	acts := map[string][]ledger.MailAct{}
	for _, a := range s.ActsOn(i) {
		acts[a.Account] = append(acts[a.Account], a)
	}
	for _, c := range s.Copies(i) {
		if c.Recipient == "" {
			continue
		}
		r := people[c.Recipient]
		if r == nil {
			r = &recipient{name: c.Recipient, first: f.Time, last: f.Time}
			people[c.Recipient] = r
		}
		r.copies++
		if f.Time.Before(r.first) {
			r.first = f.Time
		}
		r.last = later(r.last, f.Time)
		r.judge(f, c, acts[c.Recipient], logged, stake)
	}
}

// judge follows one copy.
func (r *recipient) judge(f *mail.Facts, c ledger.Copy, acts []ledger.MailAct, logged, stake bool) {
	arrival := Record{File: c.Ref.File, Line: c.Ref.Line, Event: f.NetworkID, Time: f.Time, What: "mail " + deliveryWords[c.Delivery]}
	now := c.Delivery
	clickedAt := time.Time{}
	var end Record // the last that moved it
	for _, a := range acts {
		rec := actRecord(a)
		switch a.Kind {
		case mail.ClickAllowed, mail.ClickThrough:
			if clickedAt.IsZero() {
				clickedAt = a.Time
			}
			if a.Addr.IsValid() {
				rec.Addr = a.Addr.String()
			}
			if stake {
				r.reach(exposed, fmt.Sprintf("the recipient followed a link of the mail at %s, and credentials were at stake there; no access is seen", stamp(a.Time)), rec)
			} else {
				r.reach(engaged, fmt.Sprintf("the recipient followed a link of the mail at %s; what came of it on the machine is not in these logs", stamp(a.Time)), rec)
			}
		case mail.ClickBlocked:
			r.reach(stopped, fmt.Sprintf("the recipient clicked at %s and the gateway stood in the way", stamp(a.Time)), rec)
		case mail.AttachmentSaved:
			r.reach(engaged, fmt.Sprintf("the recipient saved an attachment at %s; what came of it on the machine is not in these logs", stamp(a.Time)), rec)
		case mail.Replied:
			r.replied(a.Time, asksForAnswer(f), rec)
		case mail.DeliveryChanged:
			if a.Delivery != mail.DeliveryUnknown {
				now, end = a.Delivery, rec
			}
		case mail.Reported:
			r.evidence = append(r.evidence, rec)
		}
	}
	switch {
	case now == mail.Removed && c.Delivery == mail.Removed, now == mail.Removed && logged && clickedAt.IsZero():
		why := "the mail was taken away before it was read as far as seen"
		if !end.Time.IsZero() {
			why = fmt.Sprintf("the mail was taken away at %s, and no click is logged before", stamp(end.Time))
		}
		r.reach(keptOut, why, present(end, arrival)...)
	case now == mail.Removed && !clickedAt.IsZero():
		r.evidence = append(r.evidence, present(end, arrival)...)
	case now == mail.Removed:
		r.reach(delivered, fmt.Sprintf("the mail was delivered and taken away at %s; clicks are not logged here, so that nobody can say whether there was one before", stamp(end.Time)), present(end, arrival)...)
	case now == mail.Rejected || now == mail.Quarantined || now == mail.Junked:
		r.reach(keptOut, "the mail was "+deliveryWords[now], present(end, arrival)...)
	case now == mail.Delivered && logged:
		r.reach(delivered, "the mail was delivered; no click is logged", present(end, arrival)...)
	case now == mail.Delivered:
		r.reach(delivered, "the mail was delivered; clicks are not logged here", present(end, arrival)...)
	case logged:
		r.reach(lost, "the records do not say whether the mail arrived; no click is logged", arrival)
	default:
		r.reach(lost, "the mail is there; whether anybody followed it is not logged here", arrival)
	}
}

func present(list ...Record) []Record {
	return slices.DeleteFunc(list, func(r Record) bool { return r.Time.IsZero() })
}

var deliveryWords = [...]string{
	mail.DeliveryUnknown: "seen", mail.Rejected: "rejected", mail.Quarantined: "quarantined", mail.Junked: "put into the junk folder",
	mail.Removed: "taken away", mail.Delivered: "delivered",
}

// replied notes an answer. Credentials are at stake where the mail asks for them
// and has no page to ask on.
func (r *recipient) replied(at time.Time, stake bool, rec Record) {
	if stake {
		r.reach(exposed, fmt.Sprintf("the recipient answered at %s a mail that asks for credentials; no access is seen", stamp(at)), rec)
		return
	}
	r.reach(engaged, fmt.Sprintf("the recipient answered at %s; what was written is not kept", stamp(at)), rec)
}

// asksForAnswer reports whether a mail asks for credentials and has no page to
// ask on: then they are in the answer, if anywhere.
func asksForAnswer(f *mail.Facts) bool {
	return len(f.Links) == 0 && slices.ContainsFunc(f.Signals, func(x mail.Signal) bool { return x.ID == "lure_credential" && x.Value >= .4 }) &&
		!slices.ContainsFunc(f.Files, func(x mail.File) bool { return x.Kind == "html" || x.Kind == "pdf" })
}

// judgeReply finds whose answer a mail of the organisation is.
func judgeReply(f *mail.Facts, stake bool, people map[string]*recipient) {
	if r := people[strings.ToLower(f.From.Email)]; r != nil && f.Time.After(r.first) {
		r.replied(f.Time, stake, Record{File: f.File, Line: f.Line, Time: f.Time, What: "mail in answer"})
	}
}

// followUp looks for who signed in to the account after the recipient did what
// the mail asked for.
func followUp(r *recipient, m campaign.Member, s *detect.Scene) {
	if r.stage < engaged {
		return
	}
	account, ok := s.AccountNumber(r.name)
	at, clicked := campaign.Clicked(s, m)[r.name]
	if !ok || !clicked {
		return
	}
	did := map[uint32]ledger.Act{} // by network: what settles in
	s.Acts(func(a ledger.Act) bool {
		if _, seen := did[a.Net]; !seen && a.Account == account && a.At >= at {
			did[a.Net] = a
		}
		return true
	})
	doubted := false
	for _, x := range s.AccessAfter(account, at) {
		rec := successRecord(x.Success, s)
		act, acted := did[x.Net]
		if !x.Sure && !acted {
			if r.stage < entered && !doubted { // of the others as much can be said
				doubted = true
				r.why += fmt.Sprintf("; a sign-in from %s at %s is from where the account had never signed in: its owner should be asked", s.Addr(x.Addr), stamp(rec.Time))
				r.evidence = append(r.evidence, rec)
			}
			continue
		}
		why := fmt.Sprintf("the recipient followed a link of the mail at %s, and at %s somebody signed in from %s, a place new to the account",
			stamp(time.UnixMilli(at)), stamp(rec.Time), s.Addr(x.Addr))
		evidence := []Record{rec}
		if acted && act.At >= x.First {
			why += ", and then " + act.Action
			evidence = append(evidence, Record{File: act.Ref.File, Line: act.Ref.Line, Event: act.Ref.ID, Time: act.Ref.Time, What: "then " + act.Action, Addr: rec.Addr})
		}
		r.reach(entered, why, evidence...)
		if a := s.Addr(x.Addr); a.IsValid() {
			r.sources = append(r.sources, a)
		}
	}
}

// MailRecords returns every record of a mail: who got it and what happened to
// it then, in order of time within each, for explain.
func MailRecords(i int, s *detect.Scene) []Record {
	f := s.Mail(i)
	var out []Record
	for _, c := range s.Copies(i) {
		out = append(out, Record{File: c.Ref.File, Line: c.Ref.Line, Event: f.NetworkID, Time: f.Time, What: strings.TrimSpace("mail " + deliveryWords[c.Delivery] + " " + c.Recipient)})
	}
	for _, a := range s.ActsOn(i) {
		r := actRecord(a)
		r.What = strings.TrimSpace(r.What + " " + a.Account)
		out = append(out, r)
	}
	return out
}

func actRecord(a ledger.MailAct) Record {
	what := actWords[a.Kind]
	if a.Detail != "" {
		what += " (" + a.Detail + ")"
	}
	return Record{File: a.File, Line: a.Line, Event: cmp.Or(a.NetworkID, a.MessageID), Time: a.Time, What: what}
}

var actWords = [...]string{
	mail.ActUnknown: "act", mail.ClickAllowed: "click", mail.ClickBlocked: "click that was stopped", mail.ClickThrough: "click past a warning",
	mail.DeliveryChanged: "mail moved", mail.Opened: "mail opened", mail.Reported: "mail reported", mail.AttachmentSaved: "attachment saved", mail.Replied: "mail answered",
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }

// joint makes one target of what sign-ins and mails show of one campaign. An
// account that both know keeps the rung that claims more only where it proves
// something.
func joint(c campaign.Campaign, a, b Target) Target {
	t := a
	t.Kinds = slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.Kinds, b.Kinds))))
	t.Mails, t.MoreMails, t.Copies = b.Mails, b.MoreMails, b.Copies
	t.Attempts += b.Attempts
	if b.First.Before(t.First) {
		t.First = b.First
	}
	t.Last = later(t.Last, b.Last)
	t.Sources = slices.CompactFunc(slices.SortedFunc(slices.Values(slices.Concat(a.Sources, b.Sources)), netip.Addr.Compare), func(x, y netip.Addr) bool { return x == y })
	t.More += max(0, len(t.Sources)-MaxSources)
	t.Sources = t.Sources[:min(len(t.Sources), MaxSources)]
	byName := map[string]int{}
	t.Accounts = slices.Clone(a.Accounts)
	for i, x := range t.Accounts {
		byName[strings.ToLower(x.Account)] = i
	}
	for _, y := range b.Accounts {
		i, both := byName[strings.ToLower(y.Account)]
		if !both {
			t.Accounts = append(t.Accounts, y)
			continue
		}
		x := &t.Accounts[i]
		if max(x.Outcome, y.Outcome) < PasswordConfirmed && y.Outcome != x.Outcome {
			y.Outcome = min(x.Outcome, y.Outcome)
			x.Outcome = y.Outcome
		}
		if y.Outcome > x.Outcome {
			x.Outcome, x.Why = y.Outcome, y.Why
			x.Evidence = slices.Concat(y.Evidence, x.Evidence)
		} else {
			x.Why += "; " + y.Why
			x.Evidence = slices.Concat(x.Evidence, y.Evidence)
		}
		x.Evidence = x.Evidence[:min(len(x.Evidence), MaxEvidence)]
		x.Attempts += y.Attempts
		if y.First.Before(x.First) {
			x.First = y.First
		}
		x.Last = later(x.Last, y.Last)
	}
	t.Undetermined = 0
	for _, x := range t.Accounts {
		if x.Outcome == Undetermined {
			t.Undetermined++
		}
	}
	t.settle()
	t.Confidence = confidence(c, t)
	return t
}
