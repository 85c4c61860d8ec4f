package letter

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A text is a template: {one|another} draws one of its alternatives, $name is
// a word (the same at every place of a letter), $+name draws it anew, $$ is a
// dollar sign. Alternatives nest and may be empty.
type text []node

// node is a literal, a word or a choice.
type node struct {
	literal string
	word    string
	anew    bool
	choice  []text
}

// parseText parses a template.
func parseText(s string) (text, error) {
	p := parser{s: s}
	t, err := p.sequence(0)
	if err == nil && p.i < len(s) {
		err = fmt.Errorf("%q at %d has no { before it", s[p.i], p.i)
	}
	return t, err
}

// parseAlternatives parses "one|another" as a choice; a single text is itself.
func parseAlternatives(s string) (text, error) {
	p := parser{s: s}
	alternatives, err := p.alternatives(0)
	if err == nil && p.i < len(s) {
		err = fmt.Errorf("%q at %d has no { before it", s[p.i], p.i)
	}
	if len(alternatives) == 1 {
		return alternatives[0], err
	}
	return text{{choice: alternatives}}, err
}

type parser struct {
	s string
	i int
}

func (p *parser) alternatives(depth int) ([]text, error) {
	var all []text
	for {
		t, err := p.sequence(depth + 1)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		if p.i >= len(p.s) || p.s[p.i] != '|' {
			return all, nil
		}
		p.i++
	}
}

// sequence parses up to a | or } that belongs to what is around it; at depth 0
// a | is a letter like others.
func (p *parser) sequence(depth int) (text, error) {
	var t text
	start := p.i
	flush := func() {
		if p.i > start {
			t = append(t, node{literal: p.s[start:p.i]})
		}
	}
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '}' || c == '|' && depth > 0:
			flush()
			return t, nil
		case c == '{':
			flush()
			p.i++
			alternatives, err := p.alternatives(depth)
			if err != nil {
				return nil, err
			}
			if p.i >= len(p.s) || p.s[p.i] != '}' {
				return nil, fmt.Errorf("a { has no }")
			}
			p.i++
			start = p.i
			t = append(t, node{choice: alternatives})
		case c == '$':
			flush()
			n, err := p.name()
			if err != nil {
				return nil, err
			}
			t = append(t, n)
			start = p.i
		default:
			p.i++
		}
	}
	flush()
	return t, nil
}

// name parses what follows a $.
func (p *parser) name() (node, error) {
	p.i++
	if p.i < len(p.s) && p.s[p.i] == '$' {
		p.i++
		return node{literal: "$"}, nil
	}
	n := node{}
	if p.i < len(p.s) && p.s[p.i] == '+' {
		n.anew = true
		p.i++
	}
	start := p.i
	for p.i < len(p.s) && (p.s[p.i] >= 'a' && p.s[p.i] <= 'z' || p.s[p.i] == '_' || p.s[p.i] >= '0' && p.s[p.i] <= '9') {
		p.i++
	}
	for p.i > start && p.s[p.i-1] == '_' {
		p.i-- // a name does not end so: $year_$num2
	}
	if p.i == start {
		return n, fmt.Errorf("a $ at %d has no name", p.i)
	}
	n.word = p.s[start:p.i]
	return n, nil
}

// words calls f for every word that the text names.
func (t text) words(f func(string)) {
	for _, n := range t {
		if n.word != "" {
			f(n.word)
		}
		for _, c := range n.choice {
			c.words(f)
		}
	}
}

// scope is where the words of one letter come from: what is set for it, then
// its family's slots, its language's, and those of all languages.
type scope struct {
	r     *rand.Rand
	set   map[string]string
	slots []map[string]text
	used  map[string]uint64 // alternatives that had their turn, by word
	depth int
}

// maxDepth ends texts that would name themselves for ever.
const maxDepth = 24

func (s *scope) expand(t text) string {
	var b strings.Builder
	s.write(&b, t)
	return b.String()
}

func (s *scope) write(b *strings.Builder, t text) {
	if s.depth >= maxDepth {
		return
	}
	s.depth++
	defer func() { s.depth-- }()
	for _, n := range t {
		switch {
		case n.word != "":
			b.WriteString(s.word(n.word, n.anew))
		case n.choice != nil:
			s.write(b, n.choice[s.r.IntN(len(n.choice))])
		default:
			b.WriteString(n.literal)
		}
	}
}

// word returns the value of a word: drawn once for a letter unless anew.
func (s *scope) word(name string, anew bool) string {
	if v, ok := s.set[name]; ok && (!anew || s.slot(name) == nil) {
		return v
	}
	if v, ok := digits(s.r, name); ok {
		return v
	}
	t := s.slot(name)
	if t == nil {
		return ""
	}
	if anew {
		return s.another(name, t)
	}
	v := s.expand(t)
	s.set[name] = v
	return v
}

// another draws a word anew, and no alternative again before all had their
// turn: nobody writes the same sentence twice.
func (s *scope) another(name string, t text) string {
	if len(t) != 1 || len(t[0].choice) < 3 {
		return s.expand(t)
	}
	choice := t[0].choice
	if s.used == nil {
		s.used = map[string]uint64{}
	}
	used := s.used[name]
	i := s.r.IntN(len(choice))
	for n := 0; used>>(i%64)&1 == 1 && n < len(choice); n++ {
		i = (i + 1) % len(choice)
	}
	if used |= 1 << (i % 64); len(choice) > 64 || used == 1<<len(choice)-1 {
		used = 0
	}
	s.used[name] = used
	return s.expand(choice[i])
}

func (s *scope) slot(name string) text {
	for _, m := range s.slots {
		if t, ok := m[name]; ok {
			return t
		}
	}
	return nil
}

// digits draws num4 (four digits, the first not 0), hex8 and the like.
func digits(r *rand.Rand, name string) (string, bool) {
	kind, n := "", 0
	switch {
	case strings.HasPrefix(name, "num"), strings.HasPrefix(name, "hex"):
		kind = name[:3]
		for _, c := range name[3:] {
			if c < '0' || c > '9' {
				return "", false
			}
			n = n*10 + int(c-'0')
		}
	}
	if n == 0 || n > 64 {
		return "", false
	}
	b := make([]byte, n)
	for i := range b {
		if kind == "num" {
			b[i] = byte('0' + r.IntN(10))
			if i == 0 {
				b[i] = byte('1' + r.IntN(9))
			}
		} else {
			b[i] = "0123456789abcdef"[r.IntN(16)]
		}
	}
	return string(b), true
}
