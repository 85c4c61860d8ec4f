// Package lure knows what lures say: phrases by which mails ask for passwords,
// money or patience, offer jobs and parcels, or speak for a health authority.
//
// The phrases are data, one file a language under vocabulary/, grouped in
// packs. [Load] reads them, [Vocabulary.Match] finds them in a text and
// [Scores] sums them up by pack. A pack that is found is no verdict: genuine
// recruiters and banks say the same. mail/signal weighs it against who writes.
//
// Texts are to be folded before: lower case, and disguised letters as what they
// look like (the skeletons of mail/identity, applied so that other scripts stay
// as they are). Load folds the phrases with the same function, so that both
// sides agree whatever it does. Punctuation and white space need no folding:
// every run of them is one space, in phrases and texts.
package lure

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// packs are the names of all packs, sorted.
var packs = []string{
	"advance_fee",      // prizes, inheritances, loans, donations of strangers
	"bec",              // business e-mail compromise: are you available, new bank details, gift cards
	"business",         // ordinary business; speaks for a mail
	"call_to_action",   // click, open, enable, scan, reply
	"credential",       // sign in, verify, expired, suspended
	"crypto",           // wallets and seed phrases
	"delivery",         // parcels
	"device_code",      // type this code where you sign in (ATT&CK T1528)
	"document_share",   // somebody shared a file
	"extortion",        // I have a video of you
	"health_authority", // outbreaks, vaccines, guidance
	"meeting",          // calendars and calls
	"payment",          // invoices, refunds, taxes, orders
	"recruiter",        // your profile, a position, a description attached
	"urgency",          // threats and deadlines
	"voicemail",        // voice messages, faxes, scans
}

// Packs returns the names of all packs, sorted.
func Packs() []string { return slices.Clone(packs) }

//go:embed vocabulary/*.yaml
var files embed.FS

// Phrase is one entry of a vocabulary.
type Phrase struct {
	Language string // ISO 639-1
	Pack     string
	Text     string // as it stands in the file
	Weight   int    // 1: said in ordinary mail, too; 2: mostly in lures; 3: in hardly anything else
}

// Vocabulary is all phrases, ready to be matched. It is read-only: any number
// of goroutines may use one.
type Vocabulary struct {
	languages map[string]language
	order     []string          // of languages, sorted
	stopwords map[string]uint32 // in which languages, as bits by their place in order
}

// language is built when it is first asked for: most runs need one or two.
type language = func() *matcher

type matcher struct {
	phrases   []phrase
	automaton *automaton
}

// phrase is Phrase taken apart at its gaps.
type phrase struct {
	Phrase
	parts int
}

// file is one vocabulary file.
type file struct {
	Language  string                      `yaml:"language"`
	Boundary  string                      `yaml:"boundary"`
	Stopwords []string                    `yaml:"stopwords"`
	Packs     map[string]map[int][]string `yaml:"packs"`
}

// Load reads the vocabularies that come with the program and folds them with
// fold, which the caller applies to texts as well; nil folds to lower case.
func Load(fold func(string) string) (*Vocabulary, error) {
	if fold == nil {
		fold = strings.ToLower
	}
	entries, err := files.ReadDir("vocabulary")
	if err != nil {
		return nil, err
	}
	v := &Vocabulary{languages: map[string]language{}, stopwords: map[string]uint32{}}
	for _, e := range entries {
		b, err := files.ReadFile("vocabulary/" + e.Name())
		if err != nil {
			return nil, err
		}
		f, err := decode(b)
		if err != nil {
			return nil, fmt.Errorf("lure vocabulary %s: %w", e.Name(), err)
		}
		if f.Language+".yaml" != e.Name() {
			return nil, fmt.Errorf("lure vocabulary %s: language is %q", e.Name(), f.Language)
		}
		v.languages[f.Language] = sync.OnceValue(func() *matcher {
			m, err := build(f, fold)
			if err != nil {
				panic("lure vocabulary " + f.Language + ": " + err.Error()) // a test holds that all can be built
			}
			return m
		})
		for _, w := range f.Stopwords { // the files come sorted by name, which is the language
			v.stopwords[fold(w)] |= 1 << len(v.order)
		}
		v.order = append(v.order, f.Language)
	}
	return v, nil
}

// Languages returns the languages that there is a vocabulary for, sorted.
func (v *Vocabulary) Languages() []string { return slices.Clone(v.order) }

func decode(b []byte) (*file, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var f file
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	if err := d.Decode(new(file)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	switch f.Boundary {
	case "word", "start", "none":
	default:
		return nil, fmt.Errorf("boundary is %q, want word, start or none", f.Boundary)
	}
	for pack, weights := range f.Packs {
		if !slices.Contains(packs, pack) {
			return nil, fmt.Errorf("unknown pack %q", pack)
		}
		for w := range weights {
			if w < 1 || w > 3 {
				return nil, fmt.Errorf("%s: weight %d, want 1 to 3", pack, w)
			}
		}
	}
	return &f, nil
}

func build(f *file, fold func(string) string) (*matcher, error) {
	l := &matcher{}
	var b builder
	for _, pack := range slices.Sorted(maps.Keys(f.Packs)) {
		weights := f.Packs[pack]
		for _, w := range slices.Sorted(maps.Keys(weights)) {
			for _, text := range weights[w] {
				id := len(l.phrases)
				parts := strings.Split(text, "*")
				l.phrases = append(l.phrases, phrase{Phrase: Phrase{f.Language, pack, text, w}, parts: len(parts)})
				for i, part := range parts {
					forms, err := expand(part)
					if err != nil {
						return nil, fmt.Errorf("%q: %w", text, err)
					}
					for _, form := range forms {
						form, stem := strings.CutSuffix(strings.TrimSpace(form), "+")
						if form = spaced(fold(form)); len(form) < 2 {
							return nil, fmt.Errorf("%q: a part is empty or too short", text)
						}
						if f.Boundary != "none" {
							form = " " + form
						}
						if f.Boundary == "word" && !stem {
							form += " "
						}
						b.add(form, output{phrase: int32(id), part: int32(i)})
					}
				}
			}
		}
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	l.automaton = b.build()
	return l, nil
}

// maxForms is how many forms the alternatives of one part may have.
const maxForms = 2000

// expand writes out the alternatives: "(a|b) c" is "a c" and "b c". They do not
// nest; an empty one is allowed.
func expand(part string) ([]string, error) {
	open := strings.IndexByte(part, '(')
	if open < 0 {
		if strings.ContainsAny(part, "|)") {
			return nil, errors.New("| or ) without (")
		}
		return []string{part}, nil
	}
	end := strings.IndexByte(part, ')')
	if end < open || strings.ContainsAny(part[open+1:end], "(") {
		return nil, errors.New("brackets do not match")
	}
	rest, err := expand(part[end+1:])
	if err != nil {
		return nil, err
	}
	var all []string
	for alt := range strings.SplitSeq(part[open+1:end], "|") {
		for _, r := range rest {
			all = append(all, part[:open]+alt+r)
		}
	}
	if len(all) > maxForms {
		return nil, fmt.Errorf("more than %d forms", maxForms)
	}
	return all, nil
}
