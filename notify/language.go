package notify

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/outcome"
)

// A language is two files of text/: TAG.tmpl is the notice from top to bottom,
// TAG.yaml its words and its advice. To add one, add both and its tag here.
//
//go:embed text/*.tmpl text/*.yaml
var texts embed.FS

var tags = []string{"en"} // the first is what everybody gets for whose language there is none

type language struct {
	tag   string
	tmpl  *template.Template
	words words
}

type words struct {
	Kinds       map[detect.Kind]kindWords        `yaml:"kinds"`
	OtherKind   kindWords                        `yaml:"other_kind"`
	Outcomes    map[outcome.Outcome]outcomeWords `yaml:"outcomes"`
	Attribution map[attribute.Status]string      `yaml:"attribution"`
	Advice      []step                           `yaml:"advice"`
}

type kindWords struct {
	Name  string `yaml:"name"`
	Means string `yaml:"means"`
	Mail  bool   `yaml:"mail"` // it comes by mail
}

type outcomeWords struct {
	Name   string `yaml:"name"`
	Means  string `yaml:"means"`
	ByMail string `yaml:"by_mail"` // what it means where the attack came by mail; "" the same
}

var languages = sync.OnceValue(func() map[string]*language {
	all := map[string]*language{}
	for _, tag := range tags {
		lang, err := readLanguage(tag)
		if err != nil { // the files are part of the program: a bug that the first test shows
			panic(fmt.Sprintf("notify/text: %v", err))
		}
		all[tag] = lang
	}
	return all
})

func readLanguage(tag string) (*language, error) {
	lang := &language{tag: tag}
	var err error
	if lang.tmpl, err = template.New(tag+".tmpl").Funcs(functions).ParseFS(texts, "text/"+tag+".tmpl"); err != nil {
		return nil, err
	}
	data, err := texts.ReadFile("text/" + tag + ".yaml")
	if err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&lang.words); err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", tag, err)
	}
	return lang, nil
}

// languageFor returns the language of a BCP 47 tag, by its first subtag.
func languageFor(tag string) *language {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if lang, ok := languages()[base]; ok {
		return lang
	}
	return languages()[tags[0]]
}

// functions is what templates may call.
var functions = template.FuncMap{
	"utc":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" },
	"second": func(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" },
	"stamp":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
	"day":    func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	"count":  func(n int, one, many string) string { return number(n) + " " + plural(n, one, many) },
	"plural": plural,
	"number": number,
	"list":   list,
	"is":     func(o outcome.Outcome, name string) bool { return o.String() == name },
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// number writes a number with a comma before every third digit.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func list(items []foreign) string {
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = s.String()
	}
	return strings.Join(out, ", ")
}

func (l *language) kind(k detect.Kind) kindWords {
	if w, ok := l.words.Kinds[k]; ok {
		return w
	}
	return l.words.OtherKind
}

func (l *language) mailOnly(kinds []detect.Kind) bool {
	return len(kinds) > 0 && !slices.ContainsFunc(kinds, func(k detect.Kind) bool { return !l.kind(k).Mail })
}

func (l *language) outcome(o outcome.Outcome) outcomeWords { return l.words.Outcomes[o] }

func (l *language) subject(v view) (string, error) {
	var b strings.Builder
	if err := l.tmpl.ExecuteTemplate(&b, "subject", v); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

func (l *language) body(v view) (string, error) {
	var b strings.Builder
	err := l.tmpl.Execute(&b, v)
	return b.String(), err
}
