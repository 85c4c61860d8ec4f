package signal

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pumphandle/pumphandle/mail/content"
	"go.yaml.in/yaml/v3"
)

//go:embed signals.yaml
var signalsFile []byte

// Def is what one signal means.
type Def struct {
	ID        string  `yaml:"id"`
	Text      string  `yaml:"text"`      // plain words; %s is what was found
	Weight    float32 `yaml:"weight"`    // prior, in nats
	Needs     string  `yaml:"needs"`     // header, body, attachments
	Technique string  `yaml:"technique"` // MITRE ATT&CK id; "" none
}

// Defs lists all signals, in the order in which they are looked for.
func Defs() []Def { return table().list }

type defs struct {
	list []Def
	at   map[string]int
}

var table = sync.OnceValue(func() *defs {
	list, err := parseDefs(signalsFile)
	if err != nil {
		panic(err) // signals.yaml is part of the program; a test reads it
	}
	t := &defs{list: list, at: map[string]int{}}
	for i, d := range list {
		t.at[d.ID] = i
	}
	return t
})

func parseDefs(text []byte) ([]Def, error) {
	var list []Def
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("signals.yaml: %w", err)
	}
	seen := map[string]bool{}
	for _, s := range list {
		switch {
		case s.ID == "" || s.Text == "":
			return nil, fmt.Errorf("signals.yaml: %q has no id or no text", s.ID)
		case seen[s.ID]:
			return nil, fmt.Errorf("signals.yaml: %s stands there twice", s.ID)
		case s.Needs != "header" && s.Needs != "body" && s.Needs != "attachments":
			return nil, fmt.Errorf("signals.yaml: %s needs %q, which is none of header, body, attachments", s.ID, s.Needs)
		case strings.Count(s.Text, "%") > 1 || strings.Contains(s.Text, "%") && !strings.Contains(s.Text, "%s"):
			return nil, fmt.Errorf("signals.yaml: the text of %s has another %% than one %%s", s.ID)
		}
		seen[s.ID] = true
	}
	return list, nil
}

// Priors returns what each signal weighs before any mail was counted: where
// the training of a content model begins.
func Priors() map[string]content.Prior {
	p := map[string]content.Prior{}
	for _, d := range Defs() {
		prior := content.Prior{Weight: d.Weight}
		switch {
		case d.Weight > 0:
			prior.Sign = 1
		case d.Weight < 0:
			prior.Sign = -1
		}
		p[d.ID] = prior
	}
	return p
}

// listed returns the ids under which something was found, in the order of the
// list.
func listed[T any](found map[string]T) []string {
	ids := slices.Collect(maps.Keys(found))
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(table().at[a], table().at[b]) })
	return ids
}

// describe says what a signal found, in plain words. detail is attackers'
// text; whoever shows the result escapes it.
func describe(id, detail string) string {
	i, ok := table().at[id]
	if !ok {
		return id
	}
	text := table().list[i].Text
	if !strings.Contains(text, "%s") {
		return text
	}
	return strings.Replace(text, "%s", detail, 1)
}
