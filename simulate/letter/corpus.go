package letter

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"
)

// Sample is one mail of a corpus.
type Sample struct {
	Letter *Letter
	Mail   []byte
}

// Corpus yields n mails, drawn from all families by their weights: of five
// mails about three are ham. The mails of different seeds are different.
func (b *Book) Corpus(seed uint64, n int) iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		var ham, hostile deck
		for i := range b.Families {
			f := &b.Families[i]
			d := &ham
			if f.Class.Hostile() {
				d = &hostile
			}
			d.add(f)
		}
		start := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
		for i := range n {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			d := &ham
			if i%5 < 2 {
				d = &hostile
			}
			f := d.draw(r)
			at := start.Add(time.Duration(r.IntN(300*24*60)) * time.Minute).Add(time.Duration(r.IntN(60)) * time.Second)
			l := b.Write(r, f, b.Scene(r, at, f.Language), Choice{})
			l.vary(rand.New(rand.NewPCG(seed, uint64(i)|1<<63)))
			if !yield(Sample{l, l.Bytes()}) {
				return
			}
		}
	}
}

// deck draws families by weight.
type deck struct{ cards []*Family }

func (d *deck) add(f *Family) {
	for range f.Weight {
		d.cards = append(d.cards, f)
	}
}

func (d *deck) draw(r *rand.Rand) *Family { return d.cards[r.IntN(len(d.cards))] }

var orgs = []Org{
	{"Lakeside Hospital", "lakeside-hospital.example"}, {"CHU Garonne", "chu-garonne.example"}, {"Deccan Vaccines", "deccan-vaccines.example"},
	{"Hangang Bio", "hangang-bio.example"}, {"Klinikum Elbtal", "klinikum-elbtal.example"}, {"Hospital Ribera", "hospital-ribera.example"},
	{"Instituto Aroeira", "instituto-aroeira.example"}, {"Boreal Biologics", "boreal-biologics.example"}, {"Kaveri University", "kaveri-university.example"},
	{"Pacific Trials", "pacific-trials.example"}, {"Ziekenhuis Merwede", "ziekenhuis-merwede.example"}, {"RapidTest Diagnostics", "rapidtest-diagnostics.example"},
}

// Scene invents who receives a letter in a language.
func (b *Book) Scene(r *rand.Rand, at time.Time, language string) Scene {
	o := pick(r, orgs)
	member := func() Address {
		p := b.person(r, language)
		return Address{p.Name, p.Email + "@" + o.Domain}
	}
	s := Scene{Org: o, To: member(), Colleague: member(), Time: at}
	partner := b.person(r, language)
	s.Partner = Address{partner.Name, partner.Email + "@" + business(r) + ".example"}
	for r.IntN(5) == 0 && len(s.Others) < 6 {
		s.Others = append(s.Others, member())
	}
	return s
}

// Label is the truth about one mail, as mail-labels.jsonl has it.
type Label struct {
	V          int              `json:"v"`
	Type       string           `json:"type"`           // mail_label
	File       string           `json:"file,omitempty"` // of a corpus
	MessageID  string           `json:"message_id"`
	Class      Class            `json:"class"`
	Family     string           `json:"family"`
	Kind       string           `json:"kind"`
	Twin       string           `json:"twin,omitempty"` // of a lure: the family of its benign twin
	Sender     string           `json:"sender"`         // form
	Payload    string           `json:"payload,omitempty"`
	Language   string           `json:"language"`
	Split      string           `json:"split"` // train or test: whole families
	Org        string           `json:"org,omitempty"`
	Campaign   string           `json:"campaign,omitempty"`
	Time       time.Time        `json:"time"`
	Recipients []LabelRecipient `json:"recipients"`
	Outcome    string           `json:"outcome,omitempty"` // the highest of the recipients
}

// LabelRecipient is one recipient and what became of the mail there, in the
// words of docs/contracts.md; "" where nothing is simulated.
type LabelRecipient struct {
	Account string `json:"account"`
	Outcome string `json:"outcome,omitempty"`
}

// Label returns the letter's label, without outcomes.
func (l *Letter) Label(file string) Label {
	lb := Label{
		V: 1, Type: "mail_label", File: file, MessageID: l.MessageID, Class: l.Family.Class, Family: l.Family.ID, Kind: l.Family.Kind,
		Sender: l.Sender, Payload: l.Payload, Language: l.Family.Language, Split: "train", Time: l.Time,
	}
	if l.Test {
		lb.Split = "test"
	}
	if l.Family.Class == Lure {
		lb.Twin = fmt.Sprintf("%s.%s", l.Family.Twin, l.Family.Language)
	}
	for _, a := range l.Recipients() {
		lb.Recipients = append(lb.Recipients, LabelRecipient{Account: a})
	}
	return lb
}
