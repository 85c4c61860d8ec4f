package signin

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed codes/*.yaml
var codeFiles embed.FS

// entraCodes is the table of AADSTS codes, for every format that carries them.
var entraCodes = mustCodes("entra")

// codeTable says what the result codes of one provider mean. It is read from
// codes/PROVIDER.yaml when it is asked for the first time, because a scan needs
// one or two of the tables, and does not change afterwards.
type codeTable struct {
	provider string // "" where there is no file
	once     sync.Once

	exact    map[string]*codeRule // by code in lower case
	written  map[string]*codeRule // by code as the table writes it
	names    map[string]string    // symbolic name in lower case → code
	patterns []codePattern        // the most specific first
}

// codeRule is the class of some codes, with the texts that change it.
type codeRule struct {
	class Class
	split []codeSplit
}

// codeSplit gives a class to the records whose text has a phrase, for a code
// that stands for more than one result.
type codeSplit struct {
	details bool   // look into the details, not the reason
	has     string // lower case
	class   Class
}

// codePattern is a code in which an x stands for one digit. Only codes that are
// otherwise digits can be one: letters mean themselves in a name.
type codePattern struct {
	text string
	rule *codeRule
}

// mustCodes returns the table of a provider. The tables are part of the program,
// so a broken one is a bug, which a test of all tables shows.
func mustCodes(provider string) *codeTable { return &codeTable{provider: provider} }

// load reads the table, once.
func (t *codeTable) load() {
	if t.provider == "" {
		return
	}
	t.once.Do(func() {
		text, err := codeFiles.ReadFile("codes/" + t.provider + ".yaml")
		if err == nil {
			err = t.parse(text)
		}
		if err != nil {
			panic(fmt.Sprintf("codes/%s.yaml: %v", t.provider, err))
		}
	})
}

// Class returns the class of a result: of the code, and where the table splits
// it, of the reason and details given beside it. An unknown code is Other.
func (t *codeTable) Class(code, reason, details string) Class {
	class, _ := t.Find(code, reason, details)
	return class
}

// Find is Class, and reports whether the table has the code. It is for logs in
// which most records are no sign-ins: there an unknown code is one of those.
func (t *codeTable) Find(code, reason, details string) (Class, bool) {
	rule := t.rule(code)
	if rule == nil {
		return Other, false
	}
	for _, s := range rule.split {
		text := reason
		if s.details {
			text = details
		}
		if containsFold(text, s.has) {
			return s.class, true
		}
	}
	return rule.class, true
}

// Code returns the code that goes by a symbolic name ("IdsLocked"), and ""
// where the table has none.
func (t *codeTable) Code(name string) string {
	t.load()
	return t.names[strings.ToLower(name)]
}

func (t *codeTable) rule(code string) *codeRule {
	t.load()
	if r, ok := t.written[code]; ok { // logs mostly write it so, and this allocates nothing
		return r
	}
	if r, ok := t.exact[strings.ToLower(code)]; ok {
		return r
	}
	for _, p := range t.patterns {
		if p.matches(code) {
			return p.rule
		}
	}
	return nil
}

func (p codePattern) matches(code string) bool {
	if len(code) != len(p.text) {
		return false
	}
	for i := range len(code) {
		if p.text[i] == 'x' && !isDigit(code[i]) || p.text[i] != 'x' && code[i] != p.text[i] {
			return false
		}
	}
	return true
}

// codeFile is the form of codes/PROVIDER.yaml.
type codeFile struct {
	Source string      `yaml:"source"` // where the codes are documented
	Groups []codeGroup `yaml:"groups"`
}

// codeGroup is one class with its codes.
type codeGroup struct {
	Class  string      `yaml:"class"`
	Source string      `yaml:"source"` // of the class, where the provider states it
	Judged bool        `yaml:"judged"` // the class is our judgement; nobody published it
	Note   string      `yaml:"note"`
	Split  []splitFile `yaml:"split"`
	// Codes maps a code or a pattern to its documented symbolic name, or "".
	// A node, because yaml would read the codes as numbers.
	Codes yaml.Node `yaml:"codes"`
}

type splitFile struct {
	Reason  string `yaml:"reason"`
	Details string `yaml:"details"`
	Class   string `yaml:"class"`
}

// parseCodes reads a table from the text of its file.
func parseCodes(text []byte) (*codeTable, error) {
	t := new(codeTable)
	if err := t.parse(text); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *codeTable) parse(text []byte) error {
	var file codeFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return err
	}
	if file.Source == "" {
		return fmt.Errorf("no source")
	}
	t.exact, t.written, t.names = map[string]*codeRule{}, map[string]*codeRule{}, map[string]string{}
	for _, g := range file.Groups {
		if err := t.add(g); err != nil {
			return fmt.Errorf("line %d: %w", g.Codes.Line, err)
		}
	}
	t.sortPatterns()
	return nil
}

func (t *codeTable) add(g codeGroup) error {
	rule, err := newCodeRule(g)
	if err != nil {
		return err
	}
	if g.Codes.Kind != yaml.MappingNode {
		return fmt.Errorf("codes of %s are no mapping of code to name", g.Class)
	}
	for i := 0; i+1 < len(g.Codes.Content); i += 2 {
		code, name := g.Codes.Content[i].Value, g.Codes.Content[i+1].Value
		if isCodePattern(code) {
			t.patterns = append(t.patterns, codePattern{code, rule})
			continue
		}
		key := strings.ToLower(code)
		if _, dup := t.exact[key]; dup {
			return fmt.Errorf("code %s stands twice", code)
		}
		t.exact[key], t.written[code] = rule, rule
		if key := strings.ToLower(name); key != "" && t.names[key] == "" {
			t.names[key] = code
		}
	}
	return nil
}

// isCodePattern reports whether a code is digits with an x among them, as
// 650xxx. A hexadecimal number, 0x12, is none.
func isCodePattern(code string) bool {
	return strings.Contains(code, "x") && strings.Trim(code, "0123456789x") == "" && !strings.HasPrefix(code, "0x")
}

func newCodeRule(g codeGroup) (*codeRule, error) {
	class, ok := ParseClass(g.Class)
	if !ok {
		return nil, fmt.Errorf("unknown class %q", g.Class)
	}
	rule := &codeRule{class: class}
	for _, s := range g.Split {
		class, ok := ParseClass(s.Class)
		if !ok {
			return nil, fmt.Errorf("unknown class %q", s.Class)
		}
		if (s.Reason == "") == (s.Details == "") {
			return nil, fmt.Errorf("a split needs either reason or details")
		}
		rule.split = append(rule.split, codeSplit{s.Details != "", strings.ToLower(s.Reason + s.Details), class})
	}
	return rule, nil
}

// sortPatterns puts the pattern with the fewest wildcards first.
func (t *codeTable) sortPatterns() {
	slices.SortStableFunc(t.patterns, func(a, b codePattern) int {
		return strings.Count(a.text, "x") - strings.Count(b.text, "x")
	})
}

// containsFold reports whether text has phrase, which is lower-case ASCII,
// in any case. Unlike strings.ToLower it does not allocate.
func containsFold(text, phrase string) bool {
	for i := 0; i+len(phrase) <= len(text); i++ {
		if len(phrase) > 0 && lower(text[i]) != phrase[0] {
			continue // most places already differ here
		}
		if strings.EqualFold(text[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// lower returns an ASCII letter in lower case, and any other byte as it is.
func lower(b byte) byte {
	if b-'A' < 26 {
		return b + 'a' - 'A'
	}
	return b
}
