package identity

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed names/*.yaml
var namesFiles embed.FS

// entry is one protected identity, as in names/*.yaml.
type entry struct {
	ID    string `yaml:"-"`
	Class string `yaml:"-"`

	Names    map[string][]string `yaml:"names"`    // language (ISO 639-1, or und for names that are the same everywhere) to names that mean it and nothing else
	Words    []string            `yaml:"words"`    // names that are ordinary words, surnames or places too: count alone, or beside a word such as "support"
	Acronyms []string            `yaml:"acronyms"` // as Words, and only if written with these capitals
	Domains  []string            `yaml:"domains"`  // its own, with all below them; their look-alikes are looked for
	Also     []string            `yaml:"also"`     // domains that it sends from, too; no look-alikes are looked for. "a.{de,fr}" is two

	Lapsed bool `yaml:"lapsed"` // the firm is gone: whoever has its domains now is not it; Also are those who wind it up

	people []Person // of an own organisation
}

// class file: classes, then ids.
type namesFile struct {
	Classes map[string]map[string]*entry `yaml:"classes"`
}

// Classes are the classes of identities, in the order of docs/detection/mail-identity.md.
var classes = []string{"health_authority", "health_body", "ministry", "pharma", "recruiter", "employer",
	"login_brand", "consumer_brand", "own", "person", "own_function"}

// parseNames reads one file of names.
func parseNames(b []byte) ([]*entry, error) {
	var file namesFile
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	var all []*entry
	for class, ids := range file.Classes {
		if !slices.Contains(classes, class) {
			return nil, fmt.Errorf("class %q is not known", class)
		}
		for id, e := range ids {
			if e == nil {
				return nil, fmt.Errorf("%s: empty", id)
			}
			e.ID, e.Class = id, class
			e.Domains, e.Also = expand(e.Domains), expand(e.Also)
			if len(e.Domains) == 0 && class != "own_function" {
				return nil, fmt.Errorf("%s: no domain", id)
			}
			if len(e.Names) == 0 {
				return nil, fmt.Errorf("%s: no name", id)
			}
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// expand writes out "a.{de,fr}".
func expand(domains []string) []string {
	var all []string
	for _, d := range domains {
		head, rest, ok := strings.Cut(d, "{")
		list, tail, ok2 := strings.Cut(rest, "}")
		if !ok || !ok2 {
			all = append(all, d)
			continue
		}
		for x := range strings.SplitSeq(list, ",") {
			all = append(all, head+x+tail)
		}
	}
	return all
}

// protected is the table as it ships. A test reads the files with parseNames
// and reports what is wrong; here an error means a broken build.
var protected = sync.OnceValue(func() []*entry {
	files, err := fs.Glob(namesFiles, "names/*.yaml")
	if err != nil {
		panic(err)
	}
	var all []*entry
	for _, f := range files {
		b, err := namesFiles.ReadFile(f)
		if err != nil {
			panic(err)
		}
		es, err := parseNames(b)
		if err != nil {
			panic(fmt.Errorf("%s: %w", f, err))
		}
		all = append(all, es...)
	}
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(a.ID, b.ID) })
	return all
})
