package phish

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/simulate/letter"
)

// Synthetic is what is found of letters that we wrote: re-enactments of
// published lures, their benign twins, and the other letters of the simulator.
type Synthetic struct {
	Limits []Limit `json:"limits"` // the thresholds, of real ham
	Groups []Group `json:"groups"`
}

// Limit is a threshold of [Operating].
type Limit struct {
	Ham       string  `json:"ham"`
	Rate      float64 `json:"rate"`
	Threshold float64 `json:"threshold"`
}

// Group is one kind of letters.
type Group struct {
	Class string  `json:"class"`           // lure, twin, ham, phish, spam
	Split string  `json:"split"`           // all, or test: families that no training saw
	By    string  `json:"by,omitempty"`    // kind, language, sender, payload; "" the whole class
	Value string  `json:"value,omitempty"` // which
	Above []Share `json:"above"`           // flagged at each of the limits
	Alert Share   `json:"alert"`
}

// written is one letter and what is said of it.
type written struct {
	label letter.Label
	judged
}

// letters writes per lures of every family with as many of its twin, and the
// other letters of a corpus of that size.
func letters(book *letter.Book, seed uint64, per int) (all []letter.Sample) {
	start := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	for i := range book.Families {
		f := &book.Families[i]
		if f.Class != letter.Lure {
			continue
		}
		for k := range per {
			for j, one := range []*letter.Family{f, book.TwinOf(f)} {
				r := rand.New(rand.NewPCG(seed, uint64(i*per+k)<<1|uint64(j)))
				at := start.Add(time.Duration(r.IntN(300*24*60)) * time.Minute)
				l := book.Write(r, one, book.Scene(r, at, one.Language), letter.Choice{})
				all = append(all, letter.Sample{Letter: l, Mail: l.Bytes()})
			}
		}
	}
	for s := range book.Corpus(seed, 40*per) {
		if c := s.Letter.Family.Class; c != letter.Lure && c != letter.Twin {
			all = append(all, s)
		}
	}
	return all
}

// measureSynthetic judges letters as the organisations that receive them
// would: with their own names in the table, and their receivers believed.
func measureSynthetic(e *signal.Examiner, book *letter.Book, seeds []uint64, per int, limits []Limit) *Synthetic {
	var samples []letter.Sample
	for _, seed := range seeds {
		samples = append(samples, letters(book, seed, per)...)
	}
	var mails []Mail
	domains := map[string]bool{}
	for _, s := range samples {
		mails = append(mails, Mail{Set: "synthetic", Label: string(s.Letter.Family.Class), Raw: s.Mail})
		for _, to := range s.Letter.Recipients() {
			domains[to[strings.LastIndexByte(to, '@')+1:]] = true
		}
	}
	verdicts := judge(receivedBy(e, domains), mails, func(b []byte) []byte { return b })
	all := make([]written, len(samples))
	for i, s := range samples {
		all[i] = written{s.Letter.Label(""), verdicts[i]}
	}
	return &Synthetic{limits, groups(all, limits)}
}

// receivedBy is the examiner of organisations with these domains.
func receivedBy(e *signal.Examiner, domains map[string]bool) *signal.Examiner {
	own := *e
	var table []identity.Own
	for d := range domains {
		label, _, _ := strings.Cut(d, ".")
		own.Auth.Receivers = append(slices.Clip(own.Auth.Receivers), "mx."+d)
		table = append(table, identity.Own{ID: label, Names: []string{strings.ReplaceAll(label, "-", " ")}, Domains: []string{d}})
	}
	slices.SortFunc(table, func(a, b identity.Own) int { return cmp.Compare(a.ID, b.ID) })
	own.Names = e.Names.With(table)
	return &own
}

// groups counts letters by class and, of lures and twins, by what they vary in.
func groups(all []written, limits []Limit) []Group {
	type key struct{ class, split, by, value string }
	members := map[key][]*written{}
	for i := range all {
		w := &all[i]
		l := w.label
		for _, split := range []string{"all", l.Split} {
			if split == "train" {
				continue
			}
			add := func(by, value string) {
				k := key{string(l.Class), split, by, value}
				members[k] = append(members[k], w)
			}
			add("", "")
			if l.Class == letter.Lure || l.Class == letter.Twin {
				add("kind", l.Kind)
				add("language", l.Language)
				add("sender", l.Sender)
				add("payload", cmp.Or(l.Payload, "none"))
			}
		}
	}
	var out []Group
	for k, list := range members {
		g := Group{Class: k.class, Split: k.split, By: k.by, Value: k.value}
		raised := 0
		values := make([]float64, len(list))
		for i, w := range list {
			values[i] = w.score
			if w.alert {
				raised++
			}
		}
		g.Alert = NewShare(raised, len(list))
		for _, l := range limits {
			g.Above = append(g.Above, above(values, l.Threshold))
		}
		out = append(out, g)
	}
	order := []string{"lure", "twin", "ham", "phish", "spam"}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Class), slices.Index(order, b.Class)), cmp.Compare(a.Split, b.Split),
			cmp.Compare(a.By, b.By), cmp.Compare(b.Alert.N, a.Alert.N), cmp.Compare(a.Value, b.Value))
	})
	return out
}
