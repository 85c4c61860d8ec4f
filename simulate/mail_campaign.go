package simulate

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	protected "github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/simulate/letter"
)

// MailSpec is the mail of a simulation. Without campaigns and a number of
// ordinary mails there is none.
type MailSpec struct {
	PerDay    float64 // ordinary mails of an organisation on a day of work; 0: where there are campaigns one for every 12 accounts, 8 to 40
	Campaigns []MailCampaignSpec
	Exports   map[org.ID][]string // names of [MailFormats]; others take theirs in turn from mailExports
}

// MailCampaignSpec is a scenario of mails at some organisations.
type MailCampaignSpec struct {
	Name     string // as it stands in the labels; "": that of the scenario
	Scenario string
	Orgs     []org.ID
	Start    time.Time
	Days     float64 // 0: as the scenario has it
}

// mailExports are what organisations hand over of their mail, in turn.
var mailExports = [][]string{{"mbox", "defender"}, {"eml"}, {"m365-trace", "mbox"}, {"gmail-log"}}

// mailItem is one mail at one organisation, and what became of it there.
type mailItem struct {
	letter    *letter.Letter
	network   GUID // the gateway's id
	direction string
	ip        netip.Addr
	campaign  int // position in the specification; -1: ordinary mail
	to        []mailRecipient
}

type mailRecipient struct {
	account string
	blocked bool
	clicks  []time.Time
	replied *mailItem
	taken   time.Time // when somebody else signed in as this person; zero: nobody did
}

func (m *mailItem) delivered() bool {
	return slices.ContainsFunc(m.to, func(r mailRecipient) bool { return !r.blocked })
}

// mailCampaign is a campaign of mails, ready to run.
type mailCampaign struct {
	MailScenario
	spec  MailCampaignSpec
	index int
}

// intruderIndex is where the numbers of mail campaigns begin among those of
// attempts: their truth is in the labels of mail, not of sign-ins.
const intruderIndex = 1 << 20

// mailRoom writes the mail of one organisation.
type mailRoom struct {
	w        *World
	o        *Org
	book     *letter.Book
	r        *rand.Rand
	at       int // position of the organisation
	exports  []string
	known    []*letter.Letter // whose senders write again
	partners []letter.Address
	items    []mailItem

	campaigns []mailCampaign
}

// post is the mail of all organisations.
type post struct {
	w         *World
	book      *letter.Book
	spec      MailSpec
	campaigns []mailCampaign
}

// newPost returns nil where no mail is asked for.
func newPost(w *World, spec MailSpec) (*post, error) {
	if len(spec.Campaigns) == 0 && spec.PerDay == 0 {
		return nil, nil
	}
	book, err := letter.Open()
	if err != nil {
		return nil, err
	}
	return &post{w, book, spec, newMailCampaigns(w, spec)}, nil
}

func (p *post) room(i int) *mailRoom {
	if p == nil {
		return nil
	}
	return newMailRoom(p.w, p.w.Orgs[i], i, p.book, p.spec, p.campaigns)
}

// merge puts the labels in order of campaign, then of organisation.
func (p *post) merge(results []orgResult) []Label {
	var all []Label
	for _, c := range p.campaigns {
		for _, r := range results {
			for _, l := range r.mail {
				if l.Campaign == c.spec.Name {
					all = append(all, l)
				}
			}
		}
	}
	return all
}

func newMailCampaigns(w *World, spec MailSpec) []mailCampaign {
	var all []mailCampaign
	for i, c := range spec.Campaigns {
		s, _ := LookupMail(c.Scenario)
		if c.Name == "" {
			c.Name = s.Name
		}
		if c.Days == 0 {
			c.Days = s.Days
		}
		if c.Start.IsZero() {
			c.Start = w.Start
		}
		if c.Orgs == nil {
			for _, o := range w.Orgs[:min(s.Orgs, len(w.Orgs))] {
				c.Orgs = append(c.Orgs, o.ID)
			}
		}
		all = append(all, mailCampaign{s, c, i})
	}
	return all
}

// newMailRoom lets an organisation write and receive for the whole time.
func newMailRoom(w *World, o *Org, at int, book *letter.Book, spec MailSpec, campaigns []mailCampaign) *mailRoom {
	m := &mailRoom{w: w, o: o, book: book, at: at, r: stream(w.Seed, "mail", string(o.ID)), exports: spec.Exports[o.ID], campaigns: campaigns}
	if m.exports == nil {
		m.exports = mailExports[at%len(mailExports)]
	}
	for len(m.partners) < 25 {
		if p := book.Scene(m.r, w.Start, m.language()).Partner; !namesake(p) {
			m.partners = append(m.partners, p)
		}
	}
	perDay := spec.PerDay
	if perDay == 0 {
		perDay = min(max(float64(len(o.People))/12, 8), 40)
	}
	m.ordinary(perDay)
	for _, c := range campaigns {
		if slices.Contains(c.spec.Orgs, o.ID) {
			m.attack(c)
		}
	}
	slices.SortStableFunc(m.items, func(a, b mailItem) int { return a.letter.Time.Compare(b.letter.Time) })
	return m
}

func (m *mailRoom) language() string {
	if m.o.Where.Code == "IN" && m.r.IntN(4) == 0 {
		return "hi"
	}
	return m.o.Where.Language
}

// address is a person's mailbox; hosts have bare names.
func (m *mailRoom) address(p *Person) letter.Address {
	a := letter.Address{Name: p.Display, Email: p.Account}
	if !strings.Contains(a.Email, "@") {
		a.Email += "@" + m.o.Domain
	}
	return a
}

func (m *mailRoom) scene(to *Person, at time.Time) letter.Scene {
	return letter.Scene{
		Org: letter.Org{Name: m.o.Name, Domain: m.o.Domain}, To: m.address(to), Colleague: m.address(pick(m.r, m.o.People)),
		Partner: pick(m.r, m.partners), Time: at,
	}
}

// ordinary writes what comes, goes and stays inside on working days; three of
// four mails are from somebody who wrote before.
func (m *mailRoom) ordinary(perDay float64) {
	var families []*letter.Family
	for i := range m.book.Families {
		f := &m.book.Families[i]
		if !f.Class.Hostile() && (f.Language == "en" || f.Language == m.o.Where.Language) && f.Kind != "bounce" {
			for range f.Weight {
				families = append(families, f)
			}
		}
	}
	answer, _ := m.book.Family("biz-reply.en")
	for day := range m.w.Days {
		date := m.w.Start.AddDate(0, 0, day)
		n := poisson(m.r, perDay)
		if d := date.Weekday(); d == time.Saturday || d == time.Sunday {
			n = poisson(m.r, perDay/8)
		}
		for range n {
			at := date.Add(time.Duration(between(m.r, 6, 19) * float64(time.Hour)))
			f, like := pick(m.r, families), (*letter.Letter)(nil)
			if len(m.known) > 20 && chance(m.r, 0.75) {
				like = pick(m.r, m.known)
				f = like.Family
			}
			choice := letter.Choice{Like: like}
			if like != nil {
				choice.Sender = like.Sender
			}
			l := m.book.Write(m.r, f, m.scene(pick(m.r, m.o.People), at), choice)
			if namesake(l.From) {
				continue
			}
			if like == nil && len(m.known) < 150 {
				m.known = append(m.known, l)
			}
			item := m.receive(l, -1)
			if item.direction == "Inbound" && chance(m.r, 0.12) { // somebody answers
				m.items = append(m.items, m.reply(item, answer))
			}
			m.items = append(m.items, item)
		}
	}
}

// namesake reports whether an invented business bears the name of a genuine one
// that is protected: under .example it would imitate it.
func namesake(a letter.Address) bool {
	domain := domainOf(a.Email)
	if !strings.HasSuffix(domain, ".example") {
		return false
	}
	_, is := protectedNames().LookAlike(domain)
	return is
}

var protectedNames = sync.OnceValue(protected.New)

// receive makes an item of a letter that reaches its recipients.
func (m *mailRoom) receive(l *letter.Letter, campaign int) mailItem {
	item := mailItem{letter: l, network: newGUID(m.r), direction: "Inbound", campaign: campaign}
	if strings.HasSuffix(l.From.Email, "@"+m.o.Domain) {
		item.direction = "Intra-org"
	}
	item.ip, _ = netip.ParseAddr(l.IP())
	for _, to := range l.Recipients() {
		item.to = append(item.to, mailRecipient{account: to})
	}
	return item
}

// reply is the answer of the first recipient, from the sent folder.
func (m *mailRoom) reply(to mailItem, f *letter.Family) mailItem {
	l := to.letter
	s := m.scene(m.o.People[0], l.Time.Add(time.Duration(between(m.r, 10, 600))*time.Minute))
	s.Colleague, s.Outbound = l.To[0], true
	s.To = l.From
	if l.ReplyTo.Email != "" {
		s.To = l.ReplyTo
	}
	s.Parent = letter.Parent{MessageID: l.MessageID, From: l.From, Subject: l.Subject, Time: l.Time, Text: l.Plain()}
	out := m.receive(m.book.Write(m.r, f, s, letter.Choice{Sender: "colleague"}), -1)
	out.direction = "Outbound"
	return out
}

// attack writes the mails of a campaign and decides what becomes of them. The
// hand's personas are the same at every organisation.
func (m *mailRoom) attack(c mailCampaign) {
	r := stream(m.w.Seed, "mail campaign", c.spec.Name, string(m.o.ID))
	personas := m.personas(c)
	people := slices.Clone(m.o.People)
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	n := min(c.Targets[0]+r.IntN(c.Targets[1]-c.Targets[0]+1), len(people)-1)
	taken := people[n] // of a campaign from inside
	answer, _ := m.book.Family("biz-reply.en")
	length := c.spec.Days * 24 * 60
	over := 0
	if !c.Second { // who will be signed in as has one factor
		for i := n - c.Takeover; i < n; i++ {
			if k := slices.IndexFunc(people[n+1:], func(p *Person) bool { return !p.MFA && p.left.IsZero() && p.joined.IsZero() }); k >= 0 && people[i].MFA {
				people[i], people[n+1+k] = people[n+1+k], people[i]
			}
		}
	}
	for i, p := range people[:n] {
		at := c.spec.Start.Add(time.Duration(between(r, 0, length) * float64(time.Minute)))
		if at.Hour() >= 20 || at.Hour() < 5 {
			at = at.Add(10 * time.Hour)
		}
		s := m.scene(p, at)
		s.Colleague = m.address(taken)
		like := personas[i%len(personas)]
		f := m.inLanguage(pick(r, c.Families))
		choice := letter.Choice{Like: like, Sender: like.Sender}
		if c.Kind == "thread_hijack" {
			choice.Like = nil
			s.Parent = m.threadWith(s.Partner, p, at)
		}
		falls := over < c.Takeover && i >= n-c.Takeover
		l := m.book.Write(r, f, s, choice)
		for range 12 { // whoever falls had a page to fall for
			if !falls || l.AsksForCredentials() {
				break
			}
			l = m.book.Write(r, m.inLanguage(pick(r, c.Families)), s, choice)
		}
		item := m.receive(l, c.index)
		to := &item.to[0]
		follow := chance(r, 0.3) || falls
		switch {
		case item.direction == "Inbound" && chance(r, 0.25) && !falls:
			to.blocked = true
		case !follow:
		case item.letter.AsksForCredentials():
			click := item.letter.Time.Add(time.Duration(between(r, 3, 400) * float64(time.Minute)))
			to.clicks = append(to.clicks, click)
			if over < c.Takeover && m.clicksLogged() && m.o.Hosts == nil && (c.Second || !p.MFA) {
				to.taken = click.Add(time.Duration(between(r, 5, 1200) * float64(time.Minute)))
				over++
			}
		default:
			reply := m.reply(item, answer)
			m.items = append(m.items, reply)
			to.replied = &reply
		}
		m.items = append(m.items, item)
	}
	if c.Inside {
		m.items = append(m.items, mailItem{campaign: c.index, to: []mailRecipient{{account: m.address(taken).Email, taken: c.spec.Start.Add(-time.Hour)}}})
		m.items[len(m.items)-1].letter = m.book.Write(r, m.inLanguage("lateral-genuine"), m.scene(taken, c.spec.Start.Add(-time.Hour)), letter.Choice{})
	}
}

// personas are the senders that the hand made up, each with its own family.
func (m *mailRoom) personas(c mailCampaign) []*letter.Letter {
	var all []*letter.Letter
	r := stream(m.w.Seed, "hand", c.spec.Name)
	for i := range c.Personas {
		f, _ := m.book.Family(c.Families[i%len(c.Families)] + ".en")
		at := c.spec.Start
		all = append(all, m.book.Write(r, f, m.book.Scene(r, at, "en"), letter.Choice{Sender: c.Senders[i%len(c.Senders)]}))
	}
	return all
}

func (m *mailRoom) inLanguage(family string) *letter.Family {
	if f, ok := m.book.Family(family + "." + m.o.Where.Language); ok {
		return f
	}
	f, _ := m.book.Family(family + ".en")
	return f
}

// threadWith is a genuine mail to a partner that stands in the sent folder, to
// which a false answer comes.
func (m *mailRoom) threadWith(partner letter.Address, p *Person, at time.Time) letter.Parent {
	f, _ := m.book.Family("biz-long.en")
	s := m.scene(p, at.Add(-time.Duration(between(m.r, 5, 60)*float64(time.Hour))))
	s.Colleague, s.To, s.Outbound = m.address(p), partner, true
	l := m.book.Write(m.r, f, s, letter.Choice{Sender: "colleague", Form: "plain"})
	out := m.receive(l, -1)
	out.direction = "Outbound"
	m.items = append(m.items, out)
	return letter.Parent{MessageID: l.MessageID, From: l.From, Subject: l.Subject, Time: l.Time, Text: l.Plain()}
}

// signIns emits what the hand does with accounts that it took: signs in from a
// rented machine, reads, and comes back.
func (m *mailRoom) signIns(emit func(Attempt)) {
	r := stream(m.w.Seed, "mail intruder", string(m.o.ID))
	for i := range m.items {
		for _, to := range m.items[i].to {
			if to.taken.IsZero() {
				continue
			}
			p := m.person(to.account)
			if p == nil {
				continue
			}
			a := Attempt{
				Time: to.taken, Account: p.Account, Person: p, From: m.w.Net.hosted(r), Client: browser(firefox2021, "Firefox 91.0", "Windows10"),
				Cause: CauseIntruder, campaign: intruderIndex + m.items[i].campaign, Code: Accepted, answered: true,
			}
			for _, later := range []struct {
				minutes float64
				action  string
			}{{0, ""}, {4, "MailItemsAccessed"}, {9, "New-InboxRule"}, {400, ""}} {
				a.Action = later.action
				a.Time = to.taken.Add(time.Duration(later.minutes * float64(time.Minute)))
				if a.Time.Before(m.w.end()) {
					emit(a)
				}
			}
		}
	}
}

func (m *mailRoom) person(account string) *Person {
	for _, p := range m.o.People {
		if p.Account == account {
			return p
		}
	}
	return nil
}

func (m *mailRoom) gateway() bool {
	return slices.ContainsFunc(m.exports, func(e string) bool { return e == "defender" || e == "m365-trace" || e == "gmail-log" })
}

func (m *mailRoom) clicksLogged() bool {
	return slices.Contains(m.exports, "defender") || slices.Contains(m.exports, "gmail-log")
}

func (m *mailRoom) bodies() bool {
	return slices.Contains(m.exports, "mbox") || slices.Contains(m.exports, "eml")
}

// shows is what a perfect reader of the organisation's exports can say of one
// recipient; false: nothing shows the mail at all.
func (m *mailRoom) shows(item *mailItem, to mailRecipient) (outcome.Outcome, bool) {
	switch {
	case to.blocked:
		return outcome.Blocked, m.gateway()
	case !to.taken.IsZero():
		return outcome.Succeeded, true
	case len(to.clicks) > 0 && m.clicksLogged():
		return outcome.PasswordConfirmed, true
	case to.replied != nil && (m.bodies() || item.letter.ReplyTo.Email == ""): // records of a gateway do not say where answers are to go; to a mail that has no page and asks for no password
		return outcome.Undetermined, true
	}
	return outcome.Attempted, true
}

// labels is the truth, one for each campaign, and one for each mail.
func (m *mailRoom) labels(campaigns []mailCampaign) (labels []Label, mails []letter.Label) {
	for _, c := range campaigns {
		accounts, sources := map[string]*LabelAccount{}, map[netip.Addr]bool{}
		var l Label
		for i := range m.items {
			item := &m.items[i]
			if item.campaign != c.index {
				continue
			}
			lb := item.letter.Label("")
			lb.Org, lb.Campaign, lb.Recipients = string(m.o.ID), c.spec.Name, nil
			highest := outcome.Blocked
			for _, to := range item.to {
				o, seen := m.shows(item, to)
				if !seen {
					continue
				}
				a := accounts[to.account]
				if a == nil {
					a = &LabelAccount{Account: to.account, Outcome: outcome.Blocked}
					accounts[to.account] = a
				}
				a.Outcome, highest = outcome.Further(a.Outcome, o), outcome.Further(highest, o)
				if !to.taken.IsZero() {
					l.After += 4
					l.Last = latest(l.Last, to.taken.Add(400*time.Minute))
				}
				if item.letter.Family.Class.Hostile() {
					a.Attempts++
					l.Attempts++
					l.First, l.Last = earliest(l.First, item.letter.Time), latest(l.Last, item.letter.Time)
					if item.direction == "Inbound" {
						sources[item.ip] = true
					}
				}
				lb.Recipients = append(lb.Recipients, letter.LabelRecipient{Account: to.account, Outcome: o.String()})
			}
			if len(lb.Recipients) > 0 && item.letter.Family.Class.Hostile() {
				lb.Outcome = highest.String()
				mails = append(mails, lb)
			}
		}
		if l.Attempts == 0 {
			continue
		}
		l.V, l.Type, l.Campaign, l.Kind, l.Org = 1, "label", c.spec.Name, c.Kind, m.o.ID
		for _, a := range accounts {
			if len(l.Accounts) == 0 {
				l.Outcome = outcome.Blocked
			}
			l.Accounts = append(l.Accounts, *a)
			l.Outcome = outcome.Further(l.Outcome, a.Outcome)
		}
		slices.SortFunc(l.Accounts, func(a, b LabelAccount) int { return cmp.Compare(a.Account, b.Account) })
		for s := range sources {
			l.Sources = append(l.Sources, s)
		}
		slices.SortFunc(l.Sources, netip.Addr.Compare)
		labels = append(labels, l)
	}
	return labels, mails
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b.Truncate(time.Second)
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b.Truncate(time.Second)
	}
	return a
}

// check returns what is wrong with the mail of a specification.
func (s *MailSpec) check(seen map[org.ID]bool) error {
	for _, c := range s.Campaigns {
		if _, ok := LookupMail(c.Scenario); !ok {
			return fmt.Errorf("unknown scenario of mails %q", c.Scenario)
		}
		for _, id := range c.Orgs {
			if !seen[id] {
				return fmt.Errorf("scenario %q is to run at %q, which is no organisation of the specification", c.Scenario, id)
			}
		}
	}
	for id, exports := range s.Exports {
		for _, e := range exports {
			if _, ok := mailWriters[e]; !ok {
				return fmt.Errorf("organisation %q: unknown form of mail %q", id, e)
			}
		}
	}
	return nil
}
