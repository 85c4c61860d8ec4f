package identity

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// wording is how much a name alone says.
type wording uint8

const (
	distinct wording = iota // means the identity and nothing else
	acronym                 // only in capitals
	ordinary                // a word, surname or place as well
	function                // a desk that every organisation has
)

// spoken is a name as it is looked for in texts.
type spoken struct {
	text    string // as in the table
	plain   string
	entries []int32 // whose name it is
	how     wording
}

func (t *Table) indexNames() {
	t.names = newTrie()
	add := func(text string, entry int32, how wording) {
		skel := Skeleton(text)
		if skel == "" {
			return
		}
		i := t.names.add(skel, int32(len(t.spoken)))
		if int(i) == len(t.spoken) {
			t.spoken = append(t.spoken, spoken{text: text, plain: joined(Plain(text)), entries: []int32{entry}, how: how})
			return
		}
		s := &t.spoken[i]
		if !slices.Contains(s.entries, entry) {
			s.entries = append(s.entries, entry)
		}
		s.how = min(s.how, how)
	}
	for i, e := range t.entries {
		how := distinct
		if e.Class == "own_function" {
			how = function
		}
		for _, lang := range slices.Sorted(mapKeys(e.Names)) {
			for _, n := range e.Names[lang] {
				add(n, int32(i), how)
			}
		}
		for _, n := range e.Acronyms {
			add(n, int32(i), acronym)
		}
		for _, n := range e.Words {
			add(n, int32(i), ordinary)
		}
		for _, d := range e.Domains {
			if !Freemail(d) && len(d) > 5 {
				add(d, int32(i), distinct)
			}
		}
	}
}

func mapKeys(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// joined makes single spaces.
func joined(s string) string { return strings.Join(strings.Fields(s), " ") }

// mention is a name found in a text.
type mention struct {
	*spoken
	from, to  int    // in the skeleton
	as        string // in the text
	disguised bool   // written with look-alike characters
}

// mentions finds the names in a text, the longest at each place, word by word.
func (t *Table) mentions(f *folded) []mention {
	var all []mention
	for i := 0; i < len(f.skel); {
		n, v := 0, int32(-1)
		each(t.names, f.skel[i:], func(length int, value int32) bool {
			if endsWord(f.skel, i, i+length) {
				n, v = length, value
			}
			return true
		})
		if v >= 0 {
			if m, ok := f.mention(&t.spoken[v], i, i+n); ok {
				all = append(all, m)
				i += n
			}
		}
		i = nextWord(f.skel, i)
	}
	return all
}

// nextWord gives where the next word begins after i. Where scripts change a
// word begins, too.
func nextWord(skel []byte, i int) int {
	for i++; i < len(skel); i++ {
		if skel[i-1] == ' ' {
			return i
		}
		if skel[i] < utf8.RuneSelf != (skel[i-1] < utf8.RuneSelf) && skel[i] != ' ' {
			return i
		}
	}
	return i
}

// endsWord: Korean particles follow a name without a space, Latin names too.
func endsWord(skel []byte, from, to int) bool {
	if to == len(skel) || skel[to] == ' ' {
		return true
	}
	if skel[to-1] < utf8.RuneSelf {
		return skel[to] >= utf8.RuneSelf
	}
	r, _ := utf8.DecodeLastRune(skel[from:to])
	return unicode.Is(unicode.Hangul, r)
}

// mention checks what stands in the text against the rules of the name's wording.
func (f *folded) mention(s *spoken, from, to int) (mention, bool) {
	begin, end := int(f.at[from]), int(f.at[to])
	as := strings.TrimSpace(f.text[begin:end])
	m := mention{spoken: s, from: from, to: to, as: as, disguised: disguised(as, s)}
	same := joined(Plain(as)) == s.plain
	if !same {
		// Within ASCII a short name's look-alike is another word: GIS is not GLS.
		if s.how == acronym || len(s.plain) < 6 {
			return m, false
		}
		m.disguised = true
	}
	switch s.how {
	case acronym:
		if !m.disguised && !strings.HasPrefix(as, s.text) && strings.ReplaceAll(as, ".", "") != s.text {
			return m, false
		}
	case ordinary:
		r, _ := utf8.DecodeRuneInString(as)
		if !unicode.IsUpper(r) {
			return m, false
		}
	}
	return m, true
}

// disguised says that a name is written with characters that its language does
// not use: Cyrillic in Latin, mathematical letters, invisible ones, stray marks.
func disguised(as string, s *spoken) bool {
	for _, r := range as {
		if r < utf8.RuneSelf || strings.ContainsRune(s.text, r) {
			continue
		}
		if ignorable(r) && r != '\u00AD' {
			return true
		}
		latin := r < 0x250
		if !latin && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r)) {
			if _, ok := confusable(r); ok || unicode.IsMark(r) || s.plain[0] < utf8.RuneSelf {
				return true
			}
		}
	}
	return false
}

// role says that a skeleton word stands beside names when somebody speaks as them.
func role(word string) bool { return roles()[word] }

var (
	roles = sync.OnceValue(func() map[string]bool {
		m := map[string]bool{}
		for _, w := range append(words(rolesTxt), words(affixesTxt)...) {
			m[Skeleton(w)] = true
		}
		return m
	})
	introductions = sync.OnceValue(func() *trie {
		t := newTrie()
		for line := range strings.Lines(phrasesTxt) {
			line, _, _ = strings.Cut(line, "#")
			if s := Skeleton(line); s != "" {
				t.add(s+" ", 0)
			}
		}
		return t
	})
)
