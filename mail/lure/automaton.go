package lure

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

// automaton is an Aho-Corasick automaton (Aho and Corasick 1975) with all
// transitions written out, over classes of bytes: bytes that no phrase has are
// one class. A text is read once, one look-up a byte.
type automaton struct {
	class   [256]uint8
	classes int
	next    []uint16 // state*classes+class
	first   []int32  // of state: index into outputs; state+1 ends it
	outputs []output
}

// output says which part of which phrase ends in a state.
type output struct{ phrase, part int32 }

type builder struct {
	forms []string
	outs  []output
}

func (b *builder) add(form string, o output) {
	b.forms = append(b.forms, form)
	b.outs = append(b.outs, o)
}

// maxStates bounds a language: states are numbers of 16 bits.
const maxStates = 65000

// check says whether an automaton can be built of the phrases, without building
// it.
func (b *builder) check() error {
	var bytes [256]bool
	forms := slices.Clone(b.forms)
	slices.Sort(forms)
	states, different := 1, 2 // the root; the space and all others
	last := ""
	for _, f := range forms {
		common := 0
		for common < len(f) && common < len(last) && f[common] == last[common] {
			common++
		}
		states += len(f) - common
		last = f
		for i := range len(f) {
			if !bytes[f[i]] {
				bytes[f[i]] = true
				different++
			}
		}
	}
	if states > maxStates {
		return fmt.Errorf("%d states, at most %d: too many phrases or alternatives", states, maxStates)
	}
	if different > 255 {
		return errors.New("too many different bytes")
	}
	return nil
}

// build expects that check found nothing.
func (b *builder) build() *automaton {
	a := &automaton{classes: 1} // 0: all others
	for _, f := range b.forms {
		for i := range len(f) {
			if a.class[f[i]] == 0 {
				a.class[f[i]] = uint8(a.classes)
				a.classes++
			}
		}
	}
	if a.class[' '] == 0 {
		a.class[' '] = uint8(a.classes)
		a.classes++
	}
	const none = 0 // no edge leads back to the root in a trie
	trie := make([]uint16, a.classes)
	ends := [][]output{nil}
	for i, f := range b.forms {
		s := 0
		for j := range len(f) {
			at := s*a.classes + int(a.class[f[j]])
			if trie[at] == none {
				trie[at] = uint16(len(ends))
				ends = append(ends, nil)
				trie = append(trie, make([]uint16, a.classes)...)
			}
			s = int(trie[at])
		}
		ends[s] = append(ends[s], b.outs[i])
	}
	// Breadth first: the state to fall back to is nearer to the root, so it is
	// done already.
	fall := make([]uint16, len(ends))
	queue := []uint16{}
	for c := range a.classes {
		if s := trie[c]; s != none {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := int(queue[0])
		queue = queue[1:]
		f := int(fall[s])
		ends[s] = append(ends[s], ends[f]...)
		for c := range a.classes {
			at := s*a.classes + c
			down := trie[f*a.classes+c]
			if trie[at] == none {
				trie[at] = down
			} else {
				fall[trie[at]] = down
				queue = append(queue, trie[at])
			}
		}
	}
	a.next = trie
	a.first = make([]int32, len(ends)+1)
	for s, list := range ends {
		// Later parts of a phrase first, so that one place is not two parts.
		slices.SortFunc(list, func(x, y output) int { return cmp.Or(cmp.Compare(y.part, x.part), cmp.Compare(x.phrase, y.phrase)) })
		list = slices.Compact(list)
		a.outputs = append(a.outputs, list...)
		a.first[s+1] = int32(len(a.outputs))
	}
	return a
}

// run reads text and calls found for each part of a phrase, with the offset in
// text at which it ends. The text is taken as if spaces stood around it.
func (a *automaton) run(text string, found func(o output, end int)) {
	space := int(a.class[' '])
	s := int(a.next[space])
	gap := true
	step := func(class, end int) {
		s = int(a.next[s*a.classes+class])
		for i := a.first[s]; i < a.first[s+1]; i++ {
			found(a.outputs[i], end)
		}
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if wordASCII[c] {
				gap = false
				s = int(a.next[s*a.classes+int(a.class[c])])
				if a.first[s] != a.first[s+1] {
					for k := a.first[s]; k < a.first[s+1]; k++ {
						found(a.outputs[k], i+1)
					}
				}
			} else if !gap {
				gap = true
				step(space, i)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if separates(r) {
			if !gap {
				gap = true
				step(space, i)
			}
		} else {
			gap = false
			for j := range n {
				step(int(a.class[text[i+j]]), i+j+1)
			}
		}
		i += n
	}
	if !gap {
		step(space, len(text))
	}
}

var wordASCII = func() (t [256]bool) {
	for c := range 128 {
		t[c] = c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	return t
}()

// separates says that a character beyond ASCII is no part of a word.
func separates(r rune) bool {
	if r >= 0x3400 && r <= 0xD7A3 || r >= 0xC0 && r < 0x2000 && r != 0x964 && r != 0x965 && r != 0xD7 && r != 0xF7 {
		return false
	}
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
}

// spaced is a phrase in the form in which texts are read: every run of what is
// no part of a word is one space; none at the ends.
func spaced(s string) string {
	out := make([]byte, 0, len(s))
	for i, r := range s {
		n := utf8.RuneLen(r)
		word := r < utf8.RuneSelf && wordASCII[r] || r >= utf8.RuneSelf && r != utf8.RuneError && !separates(r)
		switch {
		case word:
			out = append(out, s[i:i+n]...)
		case len(out) > 0 && out[len(out)-1] != ' ':
			out = append(out, ' ')
		}
	}
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out = out[:n-1]
	}
	return string(out)
}
