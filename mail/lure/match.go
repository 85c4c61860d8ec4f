package lure

import (
	"math"
	"slices"
)

// MaxGap is how many bytes of text a * in a phrase stands for at most: four to
// eight words.
const MaxGap = 48

// Hit is a phrase that was found.
type Hit struct {
	Pack   string
	Phrase string // as it stands in the vocabulary
	Weight int
	At     int // offset in the text at which it ends, of its first place
}

// Match finds the phrases of a language in a text that was folded as the
// vocabulary was. Each phrase is given once, in the order of the text. A
// language that there is no vocabulary for, and "", is tried with all of them.
func (v *Vocabulary) Match(text, language string) []Hit {
	if l, ok := v.languages[language]; ok {
		return l().match(text)
	}
	var all []Hit
	seen := map[string]bool{}
	for _, name := range v.order {
		for _, h := range v.languages[name]().match(text) {
			if key := h.Pack + "\x00" + h.Phrase; !seen[key] {
				seen[key] = true
				all = append(all, h)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Hit) int { return a.At - b.At })
	return all
}

func (l *matcher) match(text string) []Hit {
	var hits []Hit
	done := make([]bool, len(l.phrases))
	ended := map[output]int{} // where a part of a phrase with gaps was last found
	l.automaton.run(text, func(o output, end int) {
		if done[o.phrase] {
			return
		}
		p := &l.phrases[o.phrase]
		if o.part > 0 {
			// The end of the part before must lie before this one's beginning. Its
			// length is not known in the text's terms; the limit allows for it.
			before, ok := ended[output{o.phrase, o.part - 1}]
			if !ok || end-before > MaxGap+len(p.Text) || end <= before {
				return
			}
		}
		if int(o.part) < p.parts-1 {
			ended[o] = end
			return
		}
		done[o.phrase] = true
		hits = append(hits, Hit{p.Pack, p.Text, p.Weight, end})
	})
	return hits
}

// Scores sums up hits by pack, between 0 and 1: one phrase of weight 3, or a 2
// and a 1, is about 0.63, of weight 2 0.49, of weight 1 0.28; more of them come
// ever nearer to 1. Packs without hits are absent.
func Scores(hits []Hit) map[string]float64 {
	sums := map[string]float64{}
	for _, h := range hits {
		sums[h.Pack] += float64(h.Weight)
	}
	for pack, sum := range sums {
		sums[pack] = 1 - math.Exp(-sum/3)
	}
	return sums
}
