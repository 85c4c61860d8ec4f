package letter

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed words/*.txt families/*.txt brands.txt
var texts embed.FS

// Class is what a letter is.
type Class string

// The classes. A twin is ham that resembles a lure in form and topic.
const (
	Ham   Class = "ham"
	Twin  Class = "twin"
	Lure  Class = "lure"  // re-enactment of a published, targeted lure
	Phish Class = "phish" // of the mass kind
	Spam  Class = "spam"  // that wants to sell, not to steal
)

// Hostile reports whether a mail of the class is one.
func (c Class) Hostile() bool { return c == Lure || c == Phish || c == Spam }

// Family is one text with all that may vary in it. Its id stands in the
// labels, so that families can be held out of training.
type Family struct {
	ID       string // NAME.LANGUAGE
	Language string // ISO 639-1
	Class    Class
	Kind     string   // for lures a kind of docs/contracts.md, else a word of ours
	Twin     string   // of a lure: the name of the family that is its benign twin
	Source   string   // of a lure: where such a mail was published
	Senders  []string // forms of senders (sender.go)
	Payloads []string // what it carries (payload.go)
	Brand    string   // id or class of the organisation that it is, or claims to be, from
	Forms    []string // plain, both, html, notice, news, heavy; empty: by class
	Thread   string   // "": starts one; reply: answers an earlier mail; fake: only says so
	Weight   int      // how often it stands in a corpus, 1 by default

	subject text
	body    []text // lines
	slots   map[string]text
}

// Brand is a genuine organisation of brands.txt.
type Brand struct {
	ID, Class, Domain, Mailbox string
	Names                      map[string]string // by language; "" the default
}

func (b Brand) name(language string) string {
	if n := b.Names[language]; n != "" {
		return n
	}
	return b.Names[""]
}

// Book is all texts.
type Book struct {
	Families []Family
	Brands   []Brand
	words    map[string]map[string]text // by language; "any" for all
}

// Open reads the embedded texts.
func Open() (*Book, error) {
	b := &Book{words: map[string]map[string]text{}}
	if err := b.read("brands.txt", b.addBrands); err != nil {
		return nil, err
	}
	for _, dir := range []struct {
		glob string
		add  func(name, content string) error
	}{{"words/*.txt", b.addWords}, {"families/*.txt", b.addFamilies}} {
		names, err := fs.Glob(texts, dir.glob)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if err := b.read(n, dir.add); err != nil {
				return nil, err
			}
		}
	}
	return b, b.check()
}

func (b *Book) read(name string, add func(name, content string) error) error {
	content, err := texts.ReadFile(name)
	if err != nil {
		return err
	}
	if err := add(name, string(content)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// addBrands reads lines "id | class | domain | mailbox | name | fr=name …".
func (b *Book) addBrands(_, content string) error {
	for i, line := range strings.Split(content, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "|")
		for j := range f {
			f[j] = strings.TrimSpace(f[j])
		}
		if len(f) < 5 {
			return fmt.Errorf("line %d has %d columns", i+1, len(f))
		}
		brand := Brand{ID: f[0], Class: f[1], Domain: f[2], Mailbox: f[3], Names: map[string]string{"": f[4]}}
		for _, n := range f[5:] {
			language, name, ok := strings.Cut(n, "=")
			if !ok {
				return fmt.Errorf("line %d: %q is not LANGUAGE=NAME", i+1, n)
			}
			brand.Names[language] = name
		}
		b.Brands = append(b.Brands, brand)
	}
	return nil
}

// addWords reads lines "name: one|another|…"; a line that begins with a space
// or a | goes on with the line before.
func (b *Book) addWords(name, content string) error {
	slots, err := parseSlots(strings.Split(content, "\n"), 1)
	if err != nil {
		return err
	}
	language, _, _ := strings.Cut(path.Base(name), ".")
	if b.words[language] == nil {
		b.words[language] = map[string]text{}
	}
	for n, t := range slots {
		if b.words[language][n] != nil {
			return fmt.Errorf("%s stands in another file of %s, too", n, language)
		}
		b.words[language][n] = t
	}
	return nil
}

func parseSlots(lines []string, first int) (map[string]text, error) {
	slots := map[string]text{}
	var name, value string
	end := func(line int) error {
		if name == "" {
			return nil
		}
		t, err := parseAlternatives(value)
		if err != nil {
			return fmt.Errorf("line %d: %s: %w", line, name, err)
		}
		if slots[name] != nil {
			return fmt.Errorf("line %d: %s stands twice", line, name)
		}
		slots[name] = t
		name = ""
		return nil
	}
	for i, line := range lines {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '|' || line[0] == ' ':
			value += strings.TrimLeft(line, " ")
		default:
			if err := end(first + i - 1); err != nil {
				return nil, err
			}
			n, v, ok := strings.Cut(line, ":")
			if !ok {
				return nil, fmt.Errorf("line %d: no name before a colon", first+i)
			}
			name, value = n, strings.TrimSpace(v)
		}
	}
	return slots, end(first + len(lines) - 1)
}

// addFamilies reads families: "== NAME LANGUAGE", header lines, a line "--",
// the text. The header lines are keys of a Family, and slots named with a dot
// before (".city: Lyon|Lille").
func (b *Book) addFamilies(_, content string) error {
	lines := strings.Split(content, "\n")
	for i := 0; i < len(lines); {
		if !strings.HasPrefix(lines[i], "== ") {
			if lines[i] != "" && lines[i][0] != '#' {
				return fmt.Errorf("line %d: text before the first family", i+1)
			}
			i++
			continue
		}
		end := i + 1
		for end < len(lines) && !strings.HasPrefix(lines[end], "== ") {
			end++
		}
		f, err := parseFamily(lines[i:end], i+1)
		if err != nil {
			return err
		}
		b.Families = append(b.Families, f)
		i = end
	}
	return nil
}

func parseFamily(lines []string, first int) (Family, error) {
	title := strings.Fields(lines[0][3:])
	if len(title) != 2 {
		return Family{}, fmt.Errorf("line %d: a family begins with == NAME LANGUAGE", first)
	}
	f := Family{ID: title[0] + "." + title[1], Language: title[1], Weight: 1}
	i := 1
	var slots []string
	for ; i < len(lines) && lines[i] != "--"; i++ {
		line := lines[i]
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '.' || line[0] == '|' {
			slots = append(slots, strings.TrimPrefix(line, "."))
			continue
		}
		if err := f.key(line); err != nil {
			return f, fmt.Errorf("line %d: %w", first+i, err)
		}
	}
	if i == len(lines) {
		return f, fmt.Errorf("line %d: family %s has no text", first, f.ID)
	}
	var err error
	if f.slots, err = parseSlots(slots, first); err != nil {
		return f, err
	}
	for n, line := range lines[i+1:] {
		if line == "" || line[0] != '#' {
			t, err := parseText(line)
			if err != nil {
				return f, fmt.Errorf("line %d: %w", first+i+1+n, err)
			}
			f.body = append(f.body, t)
		}
	}
	return f, nil
}

func (f *Family) key(line string) error {
	k, v, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("%q has no colon", line)
	}
	v = strings.TrimSpace(v)
	switch k {
	case "class":
		f.Class = Class(v)
	case "kind":
		f.Kind = v
	case "twin":
		f.Twin = v
	case "source":
		f.Source = v
	case "senders":
		f.Senders = strings.Fields(v)
	case "payloads":
		f.Payloads = strings.Fields(v)
	case "brand":
		f.Brand = v
	case "forms":
		f.Forms = strings.Fields(v)
	case "thread":
		f.Thread = v
	case "weight":
		_, err := fmt.Sscan(v, &f.Weight)
		return err
	case "subject":
		var err error
		f.subject, err = parseAlternatives(v)
		return err
	default:
		return fmt.Errorf("unknown key %q", k)
	}
	return nil
}

// given are the words that a letter always has (letter.go).
var given = []string{"to", "first", "last", "name", "org", "orgdomain", "sender", "sfirst", "slast", "semail", "sdomain",
	"brand", "branddomain", "brandtoken", "url", "url2", "url3", "url4", "home", "unsub", "file", "password", "day", "hour", "min", "year",
	"list", "parent", "parentname", "parentdate", "cafe"}

// check returns what is wrong with the texts: a word that nobody defines, a
// class, sender, payload, brand or twin that does not exist.
func (b *Book) check() error {
	names := map[string]bool{}
	for i := range b.Families {
		f := &b.Families[i]
		if names[f.ID] {
			return fmt.Errorf("family %s stands twice", f.ID)
		}
		names[f.ID] = true
		if f.subject == nil || f.Kind == "" || len(f.Senders) == 0 || len(f.body) == 0 {
			return fmt.Errorf("family %s lacks its subject, kind, senders or text", f.ID)
		}
		if !slices.Contains([]Class{Ham, Twin, Lure, Phish, Spam}, f.Class) {
			return fmt.Errorf("family %s: class %q", f.ID, f.Class)
		}
		for _, s := range f.Senders {
			if form, ok := senders[s]; !ok || form.hostile && !f.Class.Hostile() {
				return fmt.Errorf("family %s: no sender %q for this class", f.ID, s)
			}
		}
		for _, p := range f.Payloads {
			if !slices.Contains(payloads, p) {
				return fmt.Errorf("family %s: unknown payload %q", f.ID, p)
			}
		}
		if f.Brand != "" && len(b.brands(f.Brand)) == 0 {
			return fmt.Errorf("family %s: unknown brand %q", f.ID, f.Brand)
		}
		var missing string
		need := func(w string) {
			if !b.knows(f, w) {
				missing = w
			}
		}
		f.subject.words(need)
		for _, l := range f.body {
			l.words(need)
		}
		for _, s := range f.slots {
			s.words(need)
		}
		if missing != "" {
			return fmt.Errorf("family %s: nobody defines $%s", f.ID, missing)
		}
	}
	for _, f := range b.Families {
		if f.Class == Lure && len(b.named(f.Twin)) == 0 {
			return fmt.Errorf("family %s: there is no twin %q", f.ID, f.Twin)
		}
	}
	for language, slots := range b.words {
		for name, t := range slots {
			var missing string
			t.words(func(w string) {
				if language != "any" && !b.knows(&Family{Language: language}, w) {
					missing = w
				}
			})
			if missing != "" {
				return fmt.Errorf("words/%s.txt: %s: nobody defines $%s", language, name, missing)
			}
		}
	}
	return nil
}

func (b *Book) knows(f *Family, word string) bool {
	if _, ok := digits(fixed(), word); ok || slices.Contains(given, word) {
		return true
	}
	return f.slots[word] != nil || b.words[f.Language][word] != nil || b.words["any"][word] != nil
}

// named returns the families of that name, in all languages.
func (b *Book) named(name string) []*Family {
	var all []*Family
	for i := range b.Families {
		if f := &b.Families[i]; strings.TrimSuffix(f.ID, "."+f.Language) == name {
			all = append(all, f)
		}
	}
	return all
}

// Family returns the family of that id.
func (b *Book) Family(id string) (*Family, bool) {
	for i := range b.Families {
		if b.Families[i].ID == id {
			return &b.Families[i], true
		}
	}
	return nil, false
}

// TwinOf returns the benign twin of a lure: in its language if there is one,
// else in English.
func (b *Book) TwinOf(f *Family) *Family {
	all := b.named(f.Twin)
	for _, t := range all {
		if t.Language == f.Language {
			return t
		}
	}
	return all[0]
}

// brands returns the brands of that id or class.
func (b *Book) brands(of string) []Brand {
	var all []Brand
	for _, x := range b.Brands {
		if x.ID == of || x.Class == of {
			all = append(all, x)
		}
	}
	return all
}
