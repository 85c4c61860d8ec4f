package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// mails judges every mail by what it is and by what was known when it came.
// That is pooled: whom other organisations have known for a month is no
// stranger.
var mails = Detector{
	Name:  "mails",
	Doc:   "mails that claim to be from somebody else, lures, hijacked threads, and the most unfamiliar mails within a daily budget",
	Blind: "what only a picture or a page behind a link shows; a familiar sender's stolen mailbox that writes as it always does",
	Key:   Pooled,
	Find:  findMails,
}

func findMails(scenes []*Scene) []Finding {
	domains, senders := pooled(scenes, ledger.TraitDomain), pooled(scenes, ledger.TraitSender)
	var found []Finding
	for k, s := range scenes {
		if s.Mails() == 0 {
			continue
		}
		ranks := newRanking(s.MailBudget, s.MailTime(0))
		met := s.meet()
		suspects := map[string]bool{} // who was an alert when still a stranger
		for i := range s.Mails() {
			f := s.Mail(i)
			if f.Direction == mail.Outbound || ledger.Partial(f) { // of a partial record nobody knows who sent it
				continue
			}
			h := s.history(f)
			h.Unlikely = met.unlikely(s, f)
			met.alike(f, h)
			stolenThread(f, h)
			if from := strings.ToLower(f.From.Email); suspects[from] {
				// Whoever was an alert on coming does not become known by writing on, nor by being answered.
				h.SenderDays, h.PairDays, h.Solicited = 0, 0, false
			}
			h.Elsewhere = domains.others(ledger.TraitKey(ledger.TraitDomain, f.Domain), k, s.MailTime(i))
			h.Dominated, h.InBudget = ranks.rank(s.MailTime(i), s.vector(f, h, senders.others(ledger.TraitKey(ledger.TraitSender, f.From.Email), k, s.MailTime(i))))
			v := signal.Judge(f, h)
			if v.Alert && h.SenderDays < familiarSender && f.Direction != mail.Internal {
				suspects[strings.ToLower(f.From.Email)] = true
			}
			if v.Alert || len(v.Composites) > 0 || h.InBudget || v.Score >= worthKeeping {
				found = append(found, s.mailFinding(i, f, v))
			}
		}
	}
	return found
}

// worthKeeping is from which score on a mail is kept for explain.
const worthKeeping = 0.3

// familiarSender is from how many days on somebody is no stranger.
const familiarSender = 3

// familiar is how many days known stand for "not remembered": no reason to
// take it for new.
const familiar = 16

// history is what the organisation knew when a mail came.
func (s *Scene) history(f *mail.Facts) signal.History {
	at := f.Time.UnixMilli()
	known := func(t ledger.Trait, value string) int {
		n, ok := s.DaysKnown(t, value, at)
		if !ok && value != "" {
			return familiar
		}
		return n
	}
	from := strings.ToLower(f.From.Email)
	h := signal.History{
		Days:       s.MailDaysBefore(at),
		SenderDays: known(ledger.TraitSender, from),
		DomainDays: known(ledger.TraitDomain, f.Domain),
		NameDays:   known(ledger.TraitName, ledger.FoldName(f.From.Name)),
		PairDays:   known(ledger.TraitPair, ledger.PairOf(f.From.Name, from)),
		ReplyDays:  max(known(ledger.TraitReplyTo, f.ReplyTo), known(ledger.TraitSender, f.ReplyTo)),
		Solicited:  s.WroteTo(from, at),
	}
	for i, link := range f.Links {
		if n := known(ledger.TraitLink, link.Host); i == 0 || n < h.LinkDays {
			h.LinkDays = n
		}
	}
	if len(f.Threads) > 0 {
		known, tookPart := s.Thread(f.Threads, f.Domain, at)
		h.ThreadKnown, h.ThreadStranger = known, known && !tookPart
	}
	return h
}

// vector is a mail's place in the ranking; elsewhere is at how many other
// organisations the sender has been known for a month.
func (s *Scene) vector(f *mail.Facts, h signal.History, elsewhere int) vector {
	v := vector{dimLink: steps - 1, dimSender: daysStep(h.SenderDays), dimPair: daysStep(h.PairDays), dimReply: steps - 1, dimVote: voteStep(f.Vote)}
	if len(f.Links) > 0 {
		v[dimLink] = daysStep(h.LinkDays)
	}
	if f.ReplyTo != "" {
		v[dimReply] = daysStep(h.ReplyDays)
	}
	if f.From.Name == "" {
		v[dimPair] = v[dimSender]
	}
	if h.Solicited || elsewhere > 0 {
		v[dimSender] = max(v[dimSender], steps/2)
		v[dimPair] = max(v[dimPair], steps/2)
	}
	return v
}

// mailFinding puts a verdict into the form of a finding. Only a verdict that
// is an alert reaches [Alert].
func (s *Scene) mailFinding(i int, f *mail.Facts, v signal.Verdict) Finding {
	score := round(min(v.Score, 0.9999), 4)
	switch {
	case v.Alert:
		score = max(score, Alert)
	case score >= Alert:
		score = Alert - 0.0001
	}
	subject := "mail from " + f.From.Email
	out := Finding{
		ID: findingID("mails", s.Org, subject, f.Key), Detector: "mails", Kind: mailKind(f, v), Org: s.Org, Subject: subject,
		First: f.Time, Last: f.Time, Score: score, Mails: []int{i}, Sub: mailTechniques(f, mailKind(f, v)),
	}
	for _, r := range v.Reasons {
		out.Evidence = append(out.Evidence, weigh(r.ID, 1, r.Weight, r.Text))
	}
	return out
}

// mailKind is the kind of the surest composite, of equal ones the first; where
// none speaks what the mail carries decides.
func mailKind(f *mail.Facts, v signal.Verdict) Kind {
	if len(v.Composites) > 0 {
		best := slices.MaxFunc(v.Composites, func(a, b signal.Composite) int { return cmp.Compare(a.Level, b.Level) })
		if k := Kind(best.Kind); k.ByMail() {
			return k
		}
	}
	if carries(f) && len(f.Links) == 0 {
		return MalwareLure
	}
	return CredentialPhish
}

// mailTechniques names the technique by what the mail carries: attachments
// (T1566.001), links (T1566.002), or neither: a mail that asks for an answer
// is phishing for information (T1598).
func mailTechniques(f *mail.Facts, k Kind) []string {
	switch k {
	case LateralPhish, DeviceCodePhish:
		return []string{k.Technique()}
	}
	var list []string
	if carries(f) {
		list = append(list, "T1566.001")
	}
	if len(f.Links) > 0 {
		list = append(list, "T1566.002")
	}
	if list == nil {
		list = []string{"T1598"}
	}
	return list
}

// carries reports whether a mail has an attachment that is more than a picture
// of its text.
func carries(f *mail.Facts) bool {
	return slices.ContainsFunc(f.Files, func(x mail.File) bool {
		switch x.Kind {
		case "png", "jpeg", "jpg", "gif", "bmp", "webp", "image":
			return false
		}
		return true
	})
}

// acquaintance is when a trait was first seen at one organisation.
type acquaintance struct {
	key   uint64
	first int64
	scene int
}

// acquaintances are those at all organisations, by trait.
type acquaintances []acquaintance

func pooled(scenes []*Scene, t ledger.Trait) acquaintances {
	if len(scenes) < 2 {
		return nil
	}
	var all acquaintances
	for k, s := range scenes {
		s.EachTrait(t, func(key uint64, first int64) { all = append(all, acquaintance{key, first, k}) })
	}
	slices.SortFunc(all, func(a, b acquaintance) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.first, b.first), cmp.Compare(a.scene, b.scene))
	})
	return all
}

// knownFor is how long another organisation must have known somebody for it to
// count: longer than a campaign takes from one to the next.
const knownFor = 30 * day

// others returns at how many organisations but one a trait had been known for
// a month at t.
func (all acquaintances) others(key uint64, but int, t int64) int {
	if key == 0 {
		return 0
	}
	i, _ := slices.BinarySearchFunc(all, key, func(x acquaintance, key uint64) int { return cmp.Compare(x.key, key) })
	n := 0
	for ; i < len(all) && all[i].key == key && all[i].first <= t-knownFor; i++ {
		if all[i].scene != but {
			n++
		}
	}
	return n
}

// MailTitle names a mail for people: sender and subject, as attackers wrote
// them.
func MailTitle(f *mail.Facts) string {
	if f.Subject == "" {
		return fmt.Sprintf("mail from %s without a subject", f.From.Email)
	}
	return fmt.Sprintf("mail from %s, %q", f.From.Email, f.Subject)
}
