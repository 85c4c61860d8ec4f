package letter

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Archived is a mail of an archive.
type Archived struct {
	Name string // of its file
	Raw  []byte
}

// ReplayOptions say what is hidden in an archive.
type ReplayOptions struct {
	Org     Org      // whose history the archive is taken for; Domain is that of people who are to be inside
	Lures   int      // how many letters are hidden
	From    float64  // the share of the archive's time that passes before the first, 0 to 1: what is known then; 0 is 0.3
	Kinds   []string // kinds of lures; nil: all
	Neutral bool     // bring the letters into the neutral form, as ../shared/tools/mail-neutral.py does with an archive
	To      Address  // who receives them all, as in an archive of that form; zero: members
	Twins   bool     // also hide as many benign twins
}

// Replayed is one mail of a replay.
type Replayed struct {
	Name  string // of the archive's file; "" for a letter
	Raw   []byte
	Time  time.Time
	Label *Label // of a letter that was hidden; nil for the archive's
}

// Replay takes an archive of ham for the history of one organisation and hides
// lures in it, at random times and addressed to people who write there. It
// yields all in order of time. Mails of the archive without a readable date or
// sender are left out. The same archive and seed give the same mails.
//
// What it yields of an archive is the archive's own: it is for measuring and
// must not be stored with the project.
func (b *Book) Replay(archive iter.Seq[Archived], o ReplayOptions, seed uint64) iter.Seq[Replayed] {
	return func(yield func(Replayed) bool) {
		r := rand.New(rand.NewPCG(seed, 0x7265706c6179))
		past := readArchive(archive)
		if len(past) == 0 {
			return
		}
		all := make([]Replayed, 0, len(past)+2*o.Lures)
		for _, p := range past {
			all = append(all, Replayed{Name: p.name, Raw: p.raw, Time: p.at})
		}
		if o.From == 0 {
			o.From = 0.3
		}
		for range o.Lures {
			lure := pick(r, b.lures(o.Kinds))
			all = append(all, b.hide(r, lure, past, o))
			if o.Twins {
				all = append(all, b.hide(r, b.TwinOf(lure), past, o))
			}
		}
		slices.SortStableFunc(all, func(a, b Replayed) int { return a.Time.Compare(b.Time) })
		for _, m := range all {
			if !yield(m) {
				return
			}
		}
	}
}

func (b *Book) lures(kinds []string) []*Family {
	var all []*Family
	for i := range b.Families {
		if f := &b.Families[i]; f.Class == Lure && (kinds == nil || slices.Contains(kinds, f.Kind)) {
			all = append(all, f)
		}
	}
	return all
}

// hide writes one letter to somebody who wrote before it comes.
func (b *Book) hide(r *rand.Rand, f *Family, past []pastMail, o ReplayOptions) Replayed {
	begin, end := past[0].at, past[len(past)-1].at
	at := begin.Add(time.Duration((o.From + r.Float64()*(1-o.From)) * float64(end.Sub(begin))))
	before := past[:max(1, firstAfter(past, at))]
	to, other := pick(r, before), pick(r, before)
	s := Scene{Org: o.Org, To: to.from, Colleague: other.from, Partner: other.from, Time: at}
	if !strings.HasSuffix(s.Partner.Email, ".example") { // what is nearly a real domain would be one that may exist
		s.Partner.Email = strings.ReplaceAll(s.Partner.Email, "@", ".") + "@partner.example"
	}
	if o.To.Email != "" {
		s.To = o.To
	}
	if f.Thread == "reply" {
		s.Parent = Parent{MessageID: to.id, From: to.from, Subject: to.subject, Time: to.at}
	}
	l := b.Write(r, f, s, Choice{})
	raw := l.Bytes()
	if o.Neutral {
		raw = neutral(raw)
	}
	label := l.Label("")
	return Replayed{Raw: raw, Time: l.Time, Label: &label}
}

func firstAfter(past []pastMail, at time.Time) int {
	i, _ := slices.BinarySearchFunc(past, at, func(p pastMail, at time.Time) int { return p.at.Compare(at) })
	return i
}

// pastMail is what is needed of a mail of the archive.
type pastMail struct {
	name, id, subject string
	at                time.Time
	from              Address
	raw               []byte
}

func readArchive(archive iter.Seq[Archived]) []pastMail {
	var past []pastMail
	for a := range archive {
		m, err := netmail.ReadMessage(bytes.NewReader(a.Raw))
		if err != nil {
			continue
		}
		at, err := m.Header.Date()
		if err != nil {
			continue
		}
		from, err := m.Header.AddressList("From")
		if err != nil || len(from) == 0 {
			continue
		}
		past = append(past, pastMail{
			name: a.Name, id: strings.Trim(m.Header.Get("Message-Id"), "<> "), subject: m.Header.Get("Subject"),
			at: at.UTC(), from: Address{from[0].Name, from[0].Address}, raw: a.Raw,
		})
	}
	slices.SortStableFunc(past, func(a, b pastMail) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.name, b.name)) })
	return past
}

// neutralKept are the header lines of the neutral form.
var neutralKept = []string{
	"from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
	"content-type", "content-transfer-encoding", "content-disposition", "content-language",
}

var verdicts = regexp.MustCompile(`\b(spf|dkim|dmarc)=(\w+)`)

// neutral removes the header lines that tell where a mail was received, and
// writes what its receiver says in one form.
func neutral(raw []byte) []byte {
	head, body, _ := bytes.Cut(raw, []byte("\n\n"))
	says := map[string]string{"spf": "none", "dkim": "none", "dmarc": "none"}
	var kept bytes.Buffer
	name := ""
	for line := range bytes.Lines(append(bytes.Clone(head), '\n')) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ = strings.Cut(strings.ToLower(string(line)), ":")
		}
		if slices.Contains(neutralKept, name) {
			kept.Write(line)
		}
		if name == "authentication-results" {
			for _, v := range verdicts.FindAllSubmatch(line, -1) {
				says[string(v[1])] = string(v[2])
			}
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "Authentication-Results: mx.research-hospital.example; spf=%s; dkim=%s; dmarc=%s\n", says["spf"], says["dkim"], says["dmarc"])
	out.Write(kept.Bytes())
	out.WriteByte('\n')
	out.Write(body)
	return out.Bytes()
}
