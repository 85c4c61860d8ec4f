// Package norm knows the norms that an attack may engage and the reporting
// duties that it may start, as data: norms.yaml and duties.yaml, described in
// docs/norms.md. It only ever suggests: a norm "may engage", a duty "could
// apply, check with counsel", and nothing is filed.
//
// A row holds only what was read, by the date that it carries, on the page that
// it names or on another that sets out the same text. What was not read is not
// here.
//
// Start with [Duties] and [Engaged].
package norm

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/pumphandle/pumphandle/org"
)

// Norm is one rule or commitment about how those who may be behind an attack,
// or a state whose territory it comes from, should behave.
type Norm struct {
	ID        string `yaml:"id"`
	Title     string `yaml:"title"`
	Text      string `yaml:"text"`      // paraphrase in our own words
	Addressee string `yaml:"addressee"` // whom it binds or commits
	Binding   bool   `yaml:"binding"`   // law, not a voluntary commitment
	When      Scope  `yaml:"applies_when"`
	Row       `yaml:",inline"`
}

// Scope says which attacks a norm is about. An empty list holds for all.
type Scope struct {
	Kinds     []string     `yaml:"kinds"` // as in docs/contracts.md
	Sectors   []org.Sector `yaml:"sectors"`
	Condition Condition    `yaml:"condition"`
}

// Condition is a fact that no log shows. A norm that has one is never
// suggested; a person decides.
type Condition string

// The conditions.
const (
	ArmedConflict Condition = "armed_conflict"
	TargetIsCERT  Condition = "target_is_cert"
)

// Row is what norms and duties have in common: how far the text is in force,
// and where and when it was read.
type Row struct {
	Status     Status `yaml:"status"`
	StatusNote string `yaml:"status_note"` // what is pending, unless in force
	Source     Source `yaml:"source"`
	VerifiedAt string `yaml:"verified_at"` // when it was read: YYYY-MM-DD, or YYYY-MM where the day was not kept
}

// Source is a text and the page on which it was read, which need not be the
// official one.
type Source struct {
	Citation string `yaml:"citation"` // names the text
	URL      string `yaml:"url"`      // where most of the row was read
}

// Status says how far a text is in force.
type Status string

// The states of a text.
const (
	InForce  Status = "in_force"
	Phased   Status = "phased"   // adopted, in force step by step
	Proposed Status = "proposed" // a draft
	Delayed  Status = "delayed"  // announced, and put off
)

//go:embed norms.yaml
var normsYAML []byte

var norms = sync.OnceValue(func() []Norm { return mustParse[Norm]("norms.yaml", normsYAML) })

// Norms returns all norms in the order of the file.
func Norms() []Norm { return slices.Clone(norms()) }

// Engaged returns the norms that attacks of these kinds on organisations of
// these sectors may engage. Norms that hang on a [Condition] are left out.
func Engaged(kinds []string, sectors []org.Sector) []Norm {
	var engaged []Norm
	for _, n := range norms() {
		if n.When.Condition == "" && meets(n.When.Kinds, kinds) && meets(n.When.Sectors, sectors) {
			engaged = append(engaged, n)
		}
	}
	return engaged
}

// meets reports whether have holds any of want; an empty want asks only that
// there be something.
func meets[T comparable](want, have []T) bool {
	if len(want) == 0 {
		return len(have) > 0
	}
	return slices.ContainsFunc(have, func(v T) bool { return slices.Contains(want, v) })
}

// Sentence says that the norm may be engaged, and never more than that.
func (n Norm) Sentence() string {
	return fmt.Sprintf("This may engage %s: %s", n.Title, n.Text)
}

// mustParse reads a list of rows. The files are part of the program, so a
// broken one is a bug that the first test shows.
func mustParse[T any](name string, data []byte) []T {
	var rows []T
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&rows); err != nil {
		panic(fmt.Sprintf("norm/%s: %v", name, err))
	}
	return rows
}
