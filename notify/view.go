package notify

import (
	"cmp"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/norm"
	"github.com/pumphandle/pumphandle/outcome"
)

// How much of a target a notice shows. What is left out is counted.
const (
	maxAccounts = 5000
	maxSources  = 100
	maxProofs   = 50 // accounts whose records are shown
	maxRecords  = 4  // of one account
	maxReasons  = 8
	maxGaps     = 10
	maxMails    = 20
)

// view is what a template sees. Text that others wrote is foreign or prose.
type view struct {
	Org       prose
	Country   string
	Sender    senderView
	Missing   []string
	Reference string
	Code      string
	Revision  int
	Replaced  *Notice
	Drafted   time.Time
	Aware     time.Time
	Outcome   outcome.Outcome
	Affected  int // accounts on the highest rung
	MailOnly  bool
	AnyMail   bool
	SignIns   outcome.Outcome // of the attacks on sign-ins
	Mails     outcome.Outcome // of those by mail; an attack by both is in both
	Attacks   []attackView
	Many      bool // more than one attack
	Steps     []string
	Duties    []dutyView
	Edition   Edition
}

type senderView struct{ Name, Phone, KeyFingerprint, Site, Policy prose }

type attackView struct {
	Number      int
	Kinds       []kindWords
	Techniques  []string
	First, Last time.Time
	Attempts    int
	Sources     []foreign
	MoreSources int
	Clients     []foreign

	MailOnly  bool
	Mails     []mailView
	MoreMails int
	Domains   []foreign // of attackers, to be blocked

	Accounts     []accountView
	MoreAccounts int
	AllAccounts  int
	Counts       []countView
	Proofs       []accountView // the accounts whose password was right or may have been, with their records
	MoreProofs   int
	Reasons      []reasonView // why the others are where they are
	MoreReasons  int

	Outcome      outcomeWords
	AttackP      string
	OutcomeP     string
	Attribution  string
	Undetermined int
	Unknown      int // accounts that do not exist
	Gaps         []outcome.Gap
	MoreGaps     int
}

// mailView is one mail as the recipients got it: all of it is the attacker's.
type mailView struct {
	Time       time.Time
	Name, From foreign
	ReplyTo    foreign
	Subject    foreign
	ID         foreign
	Recipients int
	Links      []foreign
	Files      []fileView
}

type fileView struct{ Name, SHA256 foreign }

type accountView struct {
	Account     foreign
	Known       bool
	Outcome     outcomeWords
	Attempts    int
	First, Last time.Time
	Why         prose
	Records     []recordView
}

type recordView struct {
	Time  time.Time
	What  prose
	Addr  foreign
	File  foreign
	Line  int64
	Event foreign
}

type countView struct {
	N       int
	Outcome outcomeWords
}

type reasonView struct {
	N       int
	Outcome outcomeWords
	Why     prose
}

type dutyView struct {
	norm.Duty
	Because prose
}

func newView(in Input, n Notice, lang *language) view {
	v := view{
		Org:       prose(cmp.Or(in.Org.Name, string(in.Org.ID))),
		Country:   in.Org.Country,
		Sender:    in.Sender.view(),
		Missing:   n.Missing,
		Reference: n.Reference,
		Code:      n.Code,
		Revision:  n.Revision,
		Replaced:  in.Previous,
		Drafted:   n.Drafted,
		Aware:     in.At.UTC(),
		Outcome:   n.Outcome,
		Many:      len(in.Cases) > 1,
		Steps:     lang.advice(in.Cases),
		Edition:   in.Edition,
	}
	if !in.Aware.IsZero() {
		v.Aware = in.Aware.UTC()
	}
	if v.Edition.ObjectBy.IsZero() {
		v.Edition.ObjectBy = v.Edition.On
	}
	for _, d := range norm.Duties(in.Org, in.incident(), v.Aware) {
		v.Duties = append(v.Duties, dutyView{d, prose(d.Because)})
	}
	var signIns, mails []Case
	for i, c := range in.Cases {
		a := newAttack(c, lang)
		a.Number = i + 1
		v.Attacks = append(v.Attacks, a)
		if a.MailOnly || len(c.Target.Mails) > 0 {
			mails = append(mails, c)
		}
		if !a.MailOnly {
			signIns = append(signIns, c)
		}
		for _, acc := range c.Target.Accounts {
			if acc.Outcome == n.Outcome {
				v.Affected++
			}
		}
	}
	v.MailOnly, v.AnyMail = len(signIns) == 0, len(mails) > 0
	v.SignIns, v.Mails = furthest(signIns), furthest(mails)
	return v
}

// furthest returns how far attacks got in all.
func furthest(cases []Case) outcome.Outcome {
	far := outcome.Blocked
	for _, c := range cases {
		far = outcome.Further(far, c.Target.Outcome)
	}
	return far
}

func (s Sender) view() senderView {
	site := s.Site
	for _, scheme := range []string{"https://", "http://"} {
		site = strings.TrimPrefix(site, scheme) // it is typed, not followed
	}
	return senderView{prose(s.Name), prose(s.Phone), prose(s.KeyFingerprint), prose(site), prose(s.Policy)}
}

func newAttack(c Case, lang *language) attackView {
	t := c.Target
	a := attackView{
		First: t.First, Last: t.Last, Attempts: t.Attempts, AllAccounts: len(t.Accounts),
		MoreSources: t.More + max(0, len(t.Sources)-maxSources),
		Outcome:     lang.outcome(t.Outcome),
		MailOnly:    lang.mailOnly(t.Kinds),
		AttackP:     percent(c.Confidence), OutcomeP: percent(t.Confidence),
		Attribution:  lang.words.Attribution[c.Attribution],
		Undetermined: t.Undetermined,
		Gaps:         t.Gaps[:min(len(t.Gaps), maxGaps)], MoreGaps: max(0, len(t.Gaps)-maxGaps),
	}
	for _, k := range t.Kinds {
		a.Kinds = append(a.Kinds, lang.kind(k))
		// Of the kinds seen here, not the campaign's list: that is also of what was done to others.
		if id := k.Technique(); id != "" {
			a.Techniques = append(a.Techniques, TechniqueName(id)+" ("+id+")")
		}
	}
	for _, addr := range t.Sources[:min(len(t.Sources), maxSources)] {
		a.Sources = append(a.Sources, foreign(addr.String()))
	}
	for _, client := range t.Clients {
		a.Clients = append(a.Clients, foreign(client))
	}
	a.addMails(t)
	a.addAccounts(t.Accounts, lang)
	return a
}

func (a *attackView) addMails(t outcome.Target) {
	a.MoreMails = t.MoreMails + max(0, len(t.Mails)-maxMails)
	for _, m := range t.Mails {
		for _, d := range m.Domains {
			if !slices.Contains(a.Domains, foreign(d)) {
				a.Domains = append(a.Domains, foreign(d))
			}
		}
	}
	for _, m := range t.Mails[:min(len(t.Mails), maxMails)] {
		v := mailView{
			Time: m.Time, Name: foreign(m.Name), From: foreign(m.From), ReplyTo: foreign(m.ReplyTo), Subject: foreign(m.Subject),
			ID: foreign(cmp.Or(m.MessageID, m.NetworkID)), Recipients: m.Recipients,
		}
		for _, l := range m.Links {
			v.Links = append(v.Links, foreign(l))
		}
		for _, f := range m.Files {
			v.Files = append(v.Files, fileView{foreign(f.Name), foreign(f.SHA256)})
		}
		a.Mails = append(a.Mails, v)
	}
}

// addAccounts sorts accounts into the table, the proofs and the reasons.
func (a *attackView) addAccounts(accounts []outcome.Account, lang *language) {
	type group struct {
		outcome outcome.Outcome
		why     string
	}
	counts, groups := map[outcome.Outcome]int{}, map[group]int{}
	for _, acc := range accounts {
		counts[acc.Outcome]++
		row := newAccount(acc, lang)
		if !row.Known {
			a.Unknown++
		}
		if len(a.Accounts) < maxAccounts {
			a.Accounts = append(a.Accounts, row)
		}
		_, doubted := acc.Doubted()
		switch {
		case acc.Outcome < outcome.PasswordConfirmed && !doubted:
			groups[group{acc.Outcome, acc.Why}]++
		case len(a.Proofs) < maxProofs:
			a.Proofs = append(a.Proofs, row)
		default:
			a.MoreProofs++
		}
	}
	a.MoreAccounts = a.AllAccounts - len(a.Accounts)
	for o := outcome.Succeeded + 1; o > 0; o-- {
		if n := counts[o-1]; n > 0 {
			a.Counts = append(a.Counts, countView{n, a.words(o-1, lang)})
		}
	}
	var order []group
	for g := range groups {
		order = append(order, g)
	}
	slices.SortFunc(order, func(x, y group) int {
		return cmp.Or(cmp.Compare(y.outcome, x.outcome), cmp.Compare(groups[y], groups[x]), cmp.Compare(x.why, y.why))
	})
	for i, g := range order {
		if i == maxReasons {
			a.MoreReasons = len(order) - maxReasons
			break
		}
		a.Reasons = append(a.Reasons, reasonView{groups[g], lang.outcome(g.outcome), prose(g.why)})
	}
}

// words names an outcome as it is meant here: by mail a rung is reached in
// another way.
func (a *attackView) words(o outcome.Outcome, lang *language) outcomeWords {
	w := lang.outcome(o)
	if a.MailOnly && w.ByMail != "" {
		w.Means = w.ByMail
	}
	return w
}

func newAccount(acc outcome.Account, lang *language) accountView {
	row := accountView{
		Account: foreign(acc.Account), Known: acc.Known == nil || *acc.Known, Outcome: lang.outcome(acc.Outcome),
		Attempts: acc.Attempts, First: acc.First, Last: acc.Last, Why: prose(acc.Why),
	}
	for _, r := range acc.Evidence[:min(len(acc.Evidence), maxRecords)] {
		row.Records = append(row.Records, recordView{
			Time: r.Time, What: prose(r.What), Addr: foreign(r.Addr),
			// The folders are the sender's and may be named after others.
			File: foreign(path.Base(strings.ReplaceAll(r.File, `\`, "/"))),
			Line: r.Line, Event: foreign(r.Event),
		})
	}
	return row
}

// percent writes a probability; nothing is ever certain.
func percent(p float64) string {
	if math.IsNaN(p) {
		p = 0
	}
	return number(int(math.Round(100*min(max(p, 0.01), 0.99)))) + " %"
}
