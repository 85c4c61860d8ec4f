package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
)

// A campaign of mails begins with mails that are alerts by themselves. Mails
// below the alert join them, at whatever organisation, if they are alike
// enough: what one organisation sees clearly another need not.

// Two mails are of one campaign where they are alike in a strong mark (the
// same attachment, an address that nobody knew, a path on a domain that is not
// everybody's) or in two independent families. What ordinary mail shares, too,
// does not count.
const (
	mailsApart  = 30 * 24 * 60 * 60 * 1000 // milliseconds that may lie between two mails of one hand
	ordinary    = 3                        // domains known here whose mail bears a mark: then it is everybody's
	knownSender = 3                        // days from which on a sender is known, if none of his first mails was an alert
	maxLetters  = 200_000                  // mails that bear a mark of a campaign and are compared
)

// postman sorts mails into campaigns.
type postman struct {
	scenes  map[org.ID]*detect.Scene
	letters []letter // the seeds, then what bears a mark of theirs
	seeds   []detect.Finding
	shared  map[uint64]bool
	replies map[org.ID][]reply
	exposed map[who]bool // senders of seeds that were strangers then: writing on makes nobody known
}

// who is a sender at one organisation.
type who struct {
	org  org.ID
	from string
}

// reply is a mail of the organisation that answers.
type reply struct {
	mail    int
	threads []uint64
	to      []string
}

// answerable is by what mails are known that answer others: the threads of
// those, and the addresses to which one would write.
type answerable struct {
	threads   map[uint64]bool
	addresses map[string]bool
}

func newAnswerable() answerable { return answerable{map[uint64]bool{}, map[string]bool{}} }

// add adds a mail. To somebody who is known one writes for other reasons, too.
func (a answerable) add(f *mail.Facts, known bool) {
	if f.MessageID != "" {
		a.threads[mail.HashID(f.MessageID)] = true
	}
	if !known {
		a.addresses[f.From.Email] = true
	}
	if f.ReplyTo != "" {
		a.addresses[f.ReplyTo] = true
	}
}

// answeredBy reports whether a mail of those threads to those people answers.
func (a answerable) answeredBy(threads []uint64, to []string) bool {
	return slices.ContainsFunc(threads, func(t uint64) bool { return a.threads[t] }) ||
		slices.ContainsFunc(to, func(address string) bool { return a.addresses[address] })
}

// mailCampaigns joins the alerts that are about mails.
func (c *clusterer) mailCampaigns(alerts []detect.Finding) []Campaign {
	if len(alerts) == 0 {
		return nil
	}
	p := &postman{scenes: c.scenes, seeds: alerts, shared: map[uint64]bool{}, replies: map[org.ID][]reply{}, exposed: map[who]bool{}}
	for _, f := range alerts {
		if s := c.scenes[f.Org]; !p.known(f.Org, s.Mail(f.Mails[0])) {
			p.exposed[who{f.Org, s.Mail(f.Mails[0]).From.Email}] = true
		}
	}
	seen := map[cell]bool{}
	for _, f := range alerts {
		s := c.scenes[f.Org]
		i := f.Mails[0]
		m := s.Mail(i)
		p.letters = append(p.letters, newLetter(f.Org, i, m, p.known(f.Org, m)))
		seen[cell{f.Org, i}] = true
	}
	p.gather(seen)
	return p.sort()
}

// cell is one attempt or mail of one organisation.
type cell struct {
	org org.ID
	at  int
}

func (p *postman) known(id org.ID, f *mail.Facts) bool {
	if p.exposed[who{id, f.From.Email}] {
		return false
	}
	s := p.scenes[id]
	n, ok := s.DaysKnown(ledger.TraitSender, f.From.Email, f.Time.UnixMilli())
	return n >= knownSender || !ok && f.From.Email != ""
}

// gather goes through all mails once: those of senders that are known show what
// is everybody's, those of strangers may belong to a campaign, and those of the
// organisation may answer one.
func (p *postman) gather(seeds map[cell]bool) {
	wanted := map[uint64]bool{}
	asked := newAnswerable()
	for _, x := range p.letters {
		for _, m := range x.marks {
			wanted[m.hash] = true
		}
		f := p.scenes[x.org].Mail(x.mail)
		asked.add(f, p.known(x.org, f))
	}
	bearers := map[uint64][]uint64{} // of a mark: domains that are known, at most so many as make it everybody's
	for _, id := range slices.Sorted(maps.Keys(p.scenes)) {
		s := p.scenes[id]
		for i := range s.Mails() {
			f := s.Mail(i)
			if f.Direction == mail.Outbound {
				if asked.answeredBy(f.Threads, f.Recipients) {
					p.replies[id] = append(p.replies[id], reply{i, f.Threads, f.Recipients})
				}
				continue
			}
			if seeds[cell{id, i}] || ledger.Partial(f) { // of a partial record nobody knows who sent it
				continue
			}
			known := p.known(id, f)
			x := newLetter(id, i, f, known)
			switch {
			case !slices.ContainsFunc(x.marks, func(m mark) bool { return wanted[m.hash] }):
			case known || s.WroteTo(f.From.Email, x.at) && !p.exposed[who{id, f.From.Email}]:
				for _, m := range x.marks {
					if of := bearers[m.hash]; wanted[m.hash] && len(of) < ordinary && !slices.Contains(of, x.domain) {
						bearers[m.hash] = append(of, x.domain)
					}
				}
			case len(p.letters) < maxLetters:
				p.letters = append(p.letters, x)
			}
		}
	}
	for hash, of := range bearers {
		p.shared[hash] = len(of) >= ordinary
	}
}

// sort makes campaigns of the letters.
func (p *postman) sort() []Campaign {
	byMark := map[uint64][]int{}
	for i, x := range p.letters {
		for _, m := range x.marks {
			if !p.shared[m.hash] {
				byMark[m.hash] = append(byMark[m.hash], i)
			}
		}
	}
	set, alike := newUnion(len(p.letters)), make([]family, len(p.letters))
	p.eachPair(byMark, func(i, j int) {
		a, b := &p.letters[i], &p.letters[j]
		if apart := a.at - b.at; apart > mailsApart || -apart > mailsApart {
			return
		}
		f, strong := likeness(a, b, p.shared)
		if i >= len(p.seeds) || j >= len(p.seeds) {
			strong &^= link // lures lead to genuine pages, too, as ordinary mail does
		}
		if strong != 0 || f.independent() >= 2 {
			set.join(i, j)
			alike[i] |= f
			alike[j] |= f
		}
	})
	groups := map[int][]int{}
	for i := range p.letters {
		groups[set.find(i)] = append(groups[set.find(i)], i)
	}
	var out []Campaign
	for _, root := range slices.Sorted(maps.Keys(groups)) {
		if root < len(p.seeds) { // the smallest of a set stands for it, and the seeds come first
			out = append(out, p.build(groups[root], alike))
		}
	}
	return out
}

// eachPair calls f for pairs that share a mark and of which one at least is a
// seed: mails that only resemble what resembles a seed do not join.
func (p *postman) eachPair(byMark map[uint64][]int, f func(i, j int)) {
	for _, group := range byMark { // in any order: joining is commutative
		seeds, _ := slices.BinarySearch(group, len(p.seeds))
		for k := 1; k < seeds; k++ {
			for _, i := range group[max(0, k-manyFindings):k] {
				f(i, group[k])
			}
		}
		for _, j := range group[seeds:] {
			// The nearest seeds in time are enough: those are joined among themselves.
			for _, i := range p.nearest(group[:seeds], p.letters[j].at) {
				f(i, j)
			}
		}
	}
}

// nearest returns the few seeds nearest to a time.
func (p *postman) nearest(seeds []int, at int64) []int {
	if len(seeds) <= manyFindings {
		return seeds
	}
	near := slices.Clone(seeds)
	slices.SortFunc(near, func(i, j int) int {
		return cmp.Or(cmp.Compare(max(p.letters[i].at-at, at-p.letters[i].at), max(p.letters[j].at-at, at-p.letters[j].at)), cmp.Compare(i, j))
	})
	return near[:manyFindings]
}

// build makes one campaign of letters, of which the seeds are alerts.
func (p *postman) build(group []int, alike []family) Campaign {
	var cam Campaign
	of := map[org.ID][]int{}
	var how family
	joined := 0
	for _, i := range group {
		x := p.letters[i]
		of[x.org] = append(of[x.org], x.mail)
		if len(group) > 1 {
			how |= alike[i]
		}
		if i >= len(p.seeds) {
			joined++
			continue
		}
		f := p.seeds[i]
		cam.Findings = append(cam.Findings, f)
		cam.Confidence = max(cam.Confidence, min(0.99, math.Round(f.Score*100)/100))
		if !slices.Contains(cam.Kinds, f.Kind) {
			cam.Kinds = append(cam.Kinds, f.Kind)
		}
		for _, t := range f.Techniques() {
			if !slices.Contains(cam.Techniques, t) {
				cam.Techniques = append(cam.Techniques, t)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		slices.Sort(of[id])
		cam.Members = append(cam.Members, Member{Org: id, Mails: of[id], Replies: p.repliesTo(id, of[id])})
	}
	slices.Sort(cam.Kinds)
	slices.Sort(cam.Techniques)
	cam.Evidence = mailEvidence(cam.Findings)
	if len(group) > 1 {
		text := fmt.Sprintf("%d mails are alike in %s", len(group), how)
		if len(of) > 1 {
			text = fmt.Sprintf("%d mails at %d organisations are alike in %s", len(group), len(of), how)
		}
		switch joined {
		case 0:
		case 1:
			text += "; one of them would not have been an alert by itself"
		default:
			text += fmt.Sprintf("; %d of them would not have been alerts by themselves", joined)
		}
		cam.Evidence = append(cam.Evidence, detect.Evidence{What: alikeMails, Value: float64(len(group)), Text: text})
	}
	cam.First, cam.Last = period(cam.Members, p.span)
	cam.Features = p.features(cam.Members)
	return cam
}

// mailEvidence says what of the campaign's alerts speaks for it: each reason
// once, with the share of mails that bear it (Value), what it adds to a mail on
// average (Weight), and the words of the mail on which it weighs most.
func mailEvidence(findings []detect.Finding) []detect.Evidence {
	of, best := map[string]*detect.Evidence{}, map[string]float64{}
	for _, f := range findings {
		for _, e := range f.Evidence {
			x := of[e.What]
			if x == nil {
				x = &detect.Evidence{What: e.What}
				of[e.What] = x
			}
			x.Value++
			x.Weight += e.Weight
			if w := math.Abs(e.Weight); x.Text == "" || w > best[e.What] || w == best[e.What] && e.Text < x.Text {
				x.Text, best[e.What] = e.Text, w
			}
		}
	}
	var out []detect.Evidence
	n := float64(len(findings))
	for _, e := range of {
		if k := int(e.Value); k < len(findings) {
			e.Text += fmt.Sprintf(" (%d of %d mails)", k, len(findings))
		}
		e.Value, e.Weight = math.Round(1000*e.Value/n)/1000, math.Round(1000*e.Weight/n)/1000
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b detect.Evidence) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.What, b.What))
	})
	return out
}

// repliesTo returns the mails of the organisation that answer those of the
// campaign: in their thread, or written to their sender afterwards.
func (p *postman) repliesTo(id org.ID, mails []int) []int {
	if len(p.replies[id]) == 0 {
		return nil
	}
	s := p.scenes[id]
	first := s.MailTime(mails[0])
	asked := newAnswerable()
	for _, i := range mails {
		f := s.Mail(i)
		asked.add(f, p.known(id, f))
	}
	var out []int
	for _, r := range p.replies[id] {
		if s.MailTime(r.mail) > first && asked.answeredBy(r.threads, r.to) {
			out = append(out, r.mail)
		}
	}
	return out
}

// span is when the first and the last mail of a campaign at one organisation
// came.
func (p *postman) span(m Member) (first, last time.Time) {
	s := p.scenes[m.Org]
	return time.UnixMilli(s.MailTime(m.Mails[0])).UTC(), time.UnixMilli(s.MailTime(m.Mails[len(m.Mails)-1])).UTC()
}

// features describes the hand by its mails.
func (p *postman) features(members []Member) Features {
	f := Features{Countries: map[string]int{}}
	domains := map[string]bool{}
	languages, kinds := map[string]int{}, map[string]int{}
	accounts := map[cellName]bool{}
	for _, m := range members {
		s := p.scenes[m.Org]
		for _, i := range m.Mails {
			x := s.Mail(i)
			f.Mails++
			domains[x.Domain] = true
			if x.Language != "" {
				languages[x.Language]++
			}
			for _, a := range x.Files {
				if a.Kind != "" && !strings.ContainsFunc(a.Kind, notWord) {
					kinds[a.Kind]++
				}
			}
			for _, r := range x.Recipients {
				accounts[cellName{m.Org, r}] = true
			}
		}
	}
	f.Accounts = len(accounts)
	f.SendingDomains = len(domains)
	f.Languages, f.FileKinds = mostUsed(languages, 10), mostUsed(kinds, 10)
	return f
}

type cellName struct {
	org  org.ID
	name string
}

// notWord holds off anything but plain words: what is told of a campaign may
// hold nothing that attackers typed.
func notWord(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-'
}
