package org

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The file is read as a tree of YAML nodes and not straight into structs: the
// decoder's own strictness (KnownFields) names neither the line of a bad value
// nor the key that was meant, and decoding country: NO or a numeric tenant id
// would go through YAML's idea of their types. A scalar is taken as it stands.

// Problem is one thing wrong with an organisations file.
type Problem struct {
	File   string
	Line   int // from 1; 0 where the whole file is meant
	Reason string
}

func (p *Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Reason
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Reason)
}

// Parse reads an organisations file (docs/organisations.md); name is what its
// errors call it. The error joins every *Problem of the file, by line.
func Parse(name string, data []byte) (*Directory, error) {
	p := &parser{claims: map[claim]int{}}
	p.document(data)
	if len(p.problems) > 0 {
		slices.SortStableFunc(p.problems, func(a, b *Problem) int { return cmp.Compare(a.Line, b.Line) })
		errs := make([]error, len(p.problems))
		for i, problem := range p.problems {
			problem.File = name
			errs[i] = problem
		}
		return nil, errors.Join(errs...)
	}
	return newDirectory(p.orgs), nil
}

type parser struct {
	orgs     []Organisation
	claims   map[claim]int // line of what only one organisation may have, once
	problems []*Problem
}

type claim struct{ kind, value string }

func (p *parser) errorf(line int, format string, args ...any) {
	p.problems = append(p.problems, &Problem{Line: line, Reason: fmt.Sprintf(format, args...)})
}

func (p *parser) document(data []byte) {
	if len(bytes.TrimSpace(data)) == 0 {
		p.errorf(0, "the file is empty: it must begin with %q", "organisations:")
		return
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		p.syntax(data, err)
		return
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		p.errorf(0, "the file holds only comments: it must begin with %q", "organisations:")
		return
	}
	if err := dec.Decode(&more); err == nil {
		p.errorf(more.Line, "a second YAML document begins here: one file holds one list of organisations")
	} else if !errors.Is(err, io.EOF) {
		p.syntax(data, err)
	}
	root := doc.Content[0]
	p.mapping(root, "the file", []key{{"organisations", func(n *yaml.Node) { p.list(n, "organisations", p.organisation) }}})
	if len(p.orgs) == 0 && len(p.problems) == 0 {
		p.errorf(root.Line, "it lists no organisation: name at least one, or scan without an organisations file")
	}
}

// The YAML library writes "yaml: line 3: did not find …". Of what its parser
// finds, unlike what its scanner finds, it counts the lines from 0.
var (
	yamlLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	parserSays = regexp.MustCompile(`^did not find expected (node content|key|',' or '[\]}]'|'-' indicator|<.*>)$`)
)

func (p *parser) syntax(data []byte, err error) {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		p.errorf(0, "not YAML: %v", err)
		return
	}
	line, _ := strconv.Atoi(m[1]) // "" where it is the first
	text := err.Error()[len(m[0]):]
	if parserSays.MatchString(text) {
		line++
	}
	last := bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n")) + 1 // what is missing at the end is missing on the last line
	p.errorf(min(max(line, 1), last), "not YAML: %s", text)
}

func (p *parser) organisation(n *yaml.Node) {
	var o Organisation
	seen := p.mapping(n, "an organisation", p.organisationKeys(&o))
	if n.Kind == yaml.MappingNode && !seen["id"] {
		p.errorf(n.Line, "missing key %q: every organisation needs a stable, lower-case id", "id")
	}
	if o.Name == "" {
		o.Name = string(o.ID)
	}
	if o.Sector == "" {
		o.Sector = OtherSector
	}
	p.orgs = append(p.orgs, o)
}

// organisationKeys lists every key of an organisation with what reads it.
func (p *parser) organisationKeys(o *Organisation) []key {
	return []key{
		{"id", func(n *yaml.Node) { o.ID = ID(p.id(n)) }},
		{"name", func(n *yaml.Node) { o.Name = p.text(n) }},
		{"aliases", func(n *yaml.Node) { o.Aliases = p.texts(n, "aliases", p.text) }},
		{"country", func(n *yaml.Node) { o.Country = p.country(n) }},
		{"sector", func(n *yaml.Node) { o.Sector = Sector(p.oneOf(n, "sector", sectors)) }},
		{"domains", func(n *yaml.Node) { o.Domains = p.texts(n, "domains", p.domain) }},
		{"tenants", func(n *yaml.Node) { o.Tenants = p.texts(n, "tenants", p.tenant) }},
		{"netblocks", func(n *yaml.Node) {
			p.list(n, "netblocks", func(n *yaml.Node) { o.Netblocks = append(o.Netblocks, p.netblock(n)) })
		}},
		{"language", func(n *yaml.Node) { o.Language = p.language(n) }},
		{"contacts", func(n *yaml.Node) {
			p.list(n, "contacts", func(n *yaml.Node) { o.Contacts = append(o.Contacts, p.contact(n)) })
		}},
		{"duties", func(n *yaml.Node) { o.Duties = p.duties(n) }},
		{"sources", func(n *yaml.Node) {
			p.list(n, "sources", func(n *yaml.Node) { o.Sources = append(o.Sources, p.source(n)) })
		}},
		{"people", func(n *yaml.Node) {
			p.list(n, "people", func(n *yaml.Node) { o.People = append(o.People, p.person(n)) })
		}},
		{"receivers", func(n *yaml.Node) { o.Receivers = p.texts(n, "receivers", p.receiver) }},
	}
}

func (p *parser) person(n *yaml.Node) Person {
	var x Person
	seen := p.mapping(n, "a person", p.personKeys(&x))
	if n.Kind == yaml.MappingNode && !seen["name"] {
		p.errorf(n.Line, "missing key %q: the name as it stands in mails", "name")
	}
	return x
}

func (p *parser) personKeys(x *Person) []key {
	return []key{
		{"name", func(n *yaml.Node) { x.Name = p.text(n) }},
		{"email", func(n *yaml.Node) { x.Email = p.texts(n, "email", p.email) }},
	}
}

func (p *parser) contact(n *yaml.Node) Contact {
	var c Contact
	seen := p.mapping(n, "a contact", p.contactKeys(&c))
	if n.Kind == yaml.MappingNode {
		if !seen["role"] {
			p.errorf(n.Line, "missing key %q: one of %s", "role", strings.Join(roles, ", "))
		}
		if !seen["email"] && !seen["phone"] {
			p.errorf(n.Line, "a contact needs %q or %q", "email", "phone")
		}
	}
	return c
}

func (p *parser) contactKeys(c *Contact) []key {
	return []key{
		{"role", func(n *yaml.Node) { c.Role = p.oneOf(n, "role", roles) }},
		{"name", func(n *yaml.Node) { c.Name = p.text(n) }},
		{"email", func(n *yaml.Node) { c.Email = p.email(n) }},
		{"phone", func(n *yaml.Node) { c.Phone = p.text(n) }},
		{"pgp", func(n *yaml.Node) { c.PGP = p.text(n) }},
		{"verified", func(n *yaml.Node) { c.Verified = p.date(n) }},
	}
}

func (p *parser) source(n *yaml.Node) SourceRule {
	var s SourceRule
	seen := p.mapping(n, "a source", p.sourceKeys(&s))
	if n.Kind == yaml.MappingNode && seen["path"] == seen["token"] {
		p.errorf(n.Line, "a source has either %q or %q: write two entries for two", "path", "token")
	}
	return s
}

func (p *parser) sourceKeys(s *SourceRule) []key {
	return []key{
		{"path", func(n *yaml.Node) { s.Path = p.pattern(n) }},
		{"token", func(n *yaml.Node) { s.Token = p.token(n) }},
	}
}

// duties are read by package norm, which knows what they mean; here they must
// only be plain values.
func (p *parser) duties(n *yaml.Node) map[string]any {
	if n.Kind != yaml.MappingNode {
		p.wrongKind(n, "duties must be a mapping, such as {nis2: essential, hipaa: false}")
		return nil
	}
	duties := map[string]any{}
	p.pairs(n, func(k, v *yaml.Node) {
		var value any
		if s, ok := p.scalar(v); !ok {
			return
		} else if err := v.Decode(&value); err != nil {
			p.errorf(v.Line, "bad value %q of duty %q", s, k.Value)
		}
		duties[k.Value] = value
	})
	return duties
}

// key is a key that a mapping may have, and what reads its value.
type key struct {
	name string
	read func(*yaml.Node)
}

// mapping reads a mapping of known keys and returns those that have a value.
func (p *parser) mapping(n *yaml.Node, what string, keys []key) map[string]bool {
	seen := map[string]bool{}
	if n.Kind != yaml.MappingNode {
		p.wrongKind(n, fmt.Sprintf("%s must be a mapping of keys to values", what))
		return seen
	}
	p.pairs(n, func(k, v *yaml.Node) {
		for _, known := range keys {
			if known.name == k.Value {
				seen[k.Value] = !isNull(v)
				if seen[k.Value] {
					known.read(v)
				}
				return
			}
		}
		names := make([]string, len(keys))
		for i, known := range keys {
			names[i] = known.name
		}
		p.errorf(k.Line, "unknown key %q: %s", k.Value, meant(k.Value, names))
	})
	return seen
}

// pairs calls f for every key of a mapping that stands there for the first time.
func (p *parser) pairs(n *yaml.Node, f func(k, v *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			p.wrongKind(k, "a key must be a plain word")
		} else if line, twice := first[k.Value]; twice {
			p.errorf(k.Line, "key %q is already on line %d", k.Value, line)
		} else {
			first[k.Value] = k.Line
			f(k, v)
		}
	}
}

func (p *parser) list(n *yaml.Node, what string, item func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		example := "- …"
		if n.Kind == yaml.ScalarNode {
			example = fmt.Sprintf("[%s]", n.Value)
		}
		p.wrongKind(n, fmt.Sprintf("%s must be a list: did you mean %q?", what, what+": "+example))
		return
	}
	for _, c := range n.Content {
		item(c)
	}
}

func (p *parser) texts(n *yaml.Node, what string, item func(*yaml.Node) string) (out []string) {
	p.list(n, what, func(n *yaml.Node) {
		if s := item(n); s != "" {
			out = append(out, s)
		}
	})
	return out
}

// scalar returns the text of a plain value as it stands in the file.
func (p *parser) scalar(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		p.wrongKind(n, "a single value belongs here, not a list or a mapping")
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

// wrongKind reports a node of the wrong kind. Aliases are never followed: a
// few of them can stand for gigabytes.
func (p *parser) wrongKind(n *yaml.Node, reason string) {
	if n.Kind == yaml.AliasNode {
		reason = fmt.Sprintf("alias %q: anchors and aliases are not followed, write the value out", "*"+n.Value)
	}
	p.errorf(n.Line, "%s", reason)
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
