package signal

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/attach"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/mail/lure"
	"github.com/pumphandle/pumphandle/mail/markup"
)

// Examiner looks at mails. Its fields are read only: one serves all workers.
type Examiner struct {
	Names *identity.Table  // of protected identities, the own organisations among them
	Lures *lure.Vocabulary // folded by [Fold]
	Model *content.Model   // nil: every signal weighs its prior, words nothing
	Auth  auth.Options     // whose verdicts are believed
}

// Fold brings text into the form in which vocabularies are matched and words
// counted: look-alike letters replaced, lower case.
func Fold(text string) string { return strings.ToLower(identity.Skeleton(text)) }

// exam is one examination.
type exam struct {
	e          *Examiner
	m          *mail.Message
	f          *mail.Facts
	page       *markup.Page
	folded     string // of text
	lower      string // text in lower case
	forwarded  bool   // it only passes on another mail, which is what is judged
	recipients []string
	persons    []string                // see people
	looks      map[string]identity.Hit // by host; no Domain: it looks like nobody's
	domains    []string                // see house
	imitates   bool                    // its sender's domain imitates the recipient's or one of the conversation: no thread speaks for it
}

// note adds a signal.
func (x *exam) note(id string, value float64, detail string) {
	x.f.Signals = append(x.f.Signals, mail.Signal{ID: id, Value: value, Detail: cut(detail, maxDetail)})
}

const maxDetail = 120

// Examine looks at one mail and returns what is remembered of it. It does not
// keep m. Recipients are all that the mail names; whose they are is decided by
// the caller.
func (e *Examiner) Examine(m *mail.Message) *mail.Facts { return e.examine(m).f }

func (e *Examiner) examine(m *mail.Message) *exam {
	x := &exam{e: e, m: m, f: &mail.Facts{}}
	x.page = markup.Parse(m.Texts)
	x.forward()
	x.folded, x.lower = Fold(x.text()), strings.ToLower(x.text())
	found := attach.Examine(m.Attachments, x.page.Visible)
	x.head(auth.Check(m, e.Auth))
	x.texts(found.Links)

	x.claims()
	x.auth()
	x.replyPath()
	x.sender()
	x.subject()
	x.problems()
	if m.Evidence&mail.HasBody != 0 {
		if a := x.freemailInBody(); a != "" {
			x.note("freemail_in_body", 1, a)
		}
		x.shown()
		x.links()
		x.lures()
	}
	x.files(found)
	for _, list := range [][]mail.Problem{m.Problems, found.Problems} {
		x.f.Problems = append(x.f.Problems, list[:min(len(list), mail.MaxProblems-len(x.f.Problems))]...)
	}
	x.gateway()
	x.weigh()
	return x
}

// head fills in what the header says.
func (x *exam) head(a auth.Result) {
	m, f := x.m, x.f
	f.MessageID, f.NetworkID, f.File, f.Line = m.MessageID, m.NetworkID, m.File, m.Line
	f.Time = m.Arrived
	if f.Time.IsZero() {
		f.Time = m.Time
	}
	if len(m.From) > 0 {
		f.From = mail.Address{Name: m.From[0].Name, Email: strings.ToLower(m.From[0].Email)}
	} else {
		f.From.Email = strings.ToLower(m.ReturnPath)
	}
	f.Domain = identity.Registrable(domainOf(f.From.Email))
	if len(m.ReplyTo) > 0 {
		if r := strings.ToLower(m.ReplyTo[0].Email); r != f.From.Email {
			f.ReplyTo = r
		}
	}
	f.Recipients = slices.Compact(slices.Sorted(slices.Values(x.everyRecipient())))
	f.More = max(0, len(f.Recipients)-mail.MaxRecipients)
	f.Recipients = f.Recipients[:len(f.Recipients)-f.More]
	f.Subject = cut(m.Subject, mail.MaxSubject)
	f.Auth, f.SenderIP = a.Auth, a.SenderIP
	f.Direction, f.Delivery, f.Evidence = m.Direction, m.Delivery, m.Evidence
	if f.Auth.By != "" {
		f.Evidence |= mail.HasAuth
	}
	for _, list := range [][]string{m.InReplyTo, m.References} {
		for _, id := range slices.Backward(list) {
			if h := mail.HashID(id); len(f.Threads) < 10 && !slices.Contains(f.Threads, h) {
				f.Threads = append(f.Threads, h)
			}
		}
	}
	f.Key = mail.Key(m.MessageID, m.NetworkID, f.From.Email, f.Time)
}

// texts fills in what is kept of the texts. more are links found elsewhere than
// on the page: in attachments and records.
func (x *exam) texts(more []string) {
	f, p := x.f, x.page
	f.Sim, f.Shape = markup.Simhash(x.text()), p.Shape
	f.Excerpt = markup.Excerpt(x.text(), x.everyRecipient())
	f.Language, _ = x.e.Lures.Language(x.folded)
	add := func(url, host, domain string) {
		if host == "" || len(f.Links) == mail.MaxLinks || slices.ContainsFunc(f.Links, func(l mail.Link) bool { return l.URL == url }) {
			return
		}
		f.Links = append(f.Links, mail.Link{URL: url, Host: host, Domain: domain, Path: markup.PathShape(url)})
	}
	for _, l := range p.Links {
		add(cut(x.masked(l.URL), maxURL), l.Host, l.Domain)
	}
	for _, url := range slices.Concat(more, x.m.Links) {
		l := markup.NewLink(url)
		add(cut(x.masked(l.URL), maxURL), l.Host, l.Domain)
	}
}

const maxURL = 300

// masked replaces recipients' addresses in a URL: it is kept and shown to
// others.
func (x *exam) masked(url string) string {
	lower := strings.ToLower(url)
	for _, to := range x.everyRecipient() {
		if at := strings.Index(lower, to); at >= 0 && len(lower) == len(url) {
			url = url[:at] + "{recipient}" + url[at+len(to):]
			lower = strings.ToLower(url)
		}
	}
	return url
}

// gateway notes what a record's own gateway says of the mail.
func (x *exam) gateway() {
	for _, v := range x.m.Verdicts {
		if !strings.EqualFold(v.Name, "ThreatTypes") && !strings.EqualFold(v.Name, "spam_info") && !strings.EqualFold(v.Name, "DetectionMethods") {
			continue
		}
		switch said := strings.ToLower(v.Value); {
		case strings.Contains(said, "phish"), strings.Contains(said, "malware"):
			x.note("gateway_phish", 1, v.Value)
		case strings.Contains(said, "spam"):
			x.note("gateway_spam", 1, v.Value)
		}
	}
}

// weigh lets the content model vote and gives each signal its weight.
func (x *exam) weigh() {
	if x.e.Model == nil {
		for i := range x.f.Signals {
			s := &x.f.Signals[i]
			s.Weight = weightOf(s.ID) * float32(s.Value)
			x.f.Vote += s.Weight
		}
		return
	}
	s := x.sample()
	v := x.e.Model.Vote(s)
	x.f.Vote, x.f.Words = float32(v.LogOdds()), float32(v.Words)
	for i := range x.f.Signals {
		s := &x.f.Signals[i]
		w, known := x.e.Model.Form[s.ID]
		s.Weight = w * float32(s.Value)
		if !known { // younger than the model
			s.Weight = weightOf(s.ID) * float32(s.Value)
			x.f.Vote += s.Weight
		}
	}
}

// sample is what the content model sees.
func (x *exam) sample() content.Sample {
	s := content.Sample{Subject: Fold(x.m.Subject), Text: x.folded}
	for _, sig := range x.f.Signals {
		s.Features = append(s.Features, content.Feature{Name: sig.ID, Value: float32(sig.Value)})
	}
	return s
}

// Sample returns what the content model sees of a mail, for training.
func (e *Examiner) Sample(m *mail.Message) content.Sample {
	untrained := *e
	untrained.Model = nil
	return untrained.examine(m).sample()
}

func weightOf(id string) float32 {
	if i, ok := table().at[id]; ok {
		return table().list[i].Weight
	}
	return 0
}

// cut cuts a text to n bytes, between letters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
