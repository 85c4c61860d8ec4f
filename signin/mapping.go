package signin

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// mapping says how a log that no format reads is read: docs/formats/generic.md.
type mapping struct {
	name   string
	csv    bool
	wrap   []string
	zone   *time.Location
	domain string // of accounts that have none

	fields  [mapFieldCount][]string // paths or columns; the first that is not empty counts
	only    []mapOnly
	results map[string]Class // by text in lower case
	reasons []mapReason
	how     Protocol
}

// mapOnly is a field that must have one of these values in a sign-in.
type mapOnly struct {
	path   string
	values []string
}

// mapReason gives a class to refusals whose reason has a phrase.
type mapReason struct {
	has   string // lower case
	class Class
}

// The fields that a mapping may name.
const (
	mapTime = iota
	mapAccount
	mapAddress
	mapID
	mapResult
	mapReasonText
	mapTenant
	mapHost
	mapUserAgent
	mapClient
	mapApp
	mapCountry
	mapASN
	mapTry
	mapFieldCount
)

var mapFieldNames = [mapFieldCount]string{
	"time", "account", "address", "id", "result", "reason", "tenant", "host", "user_agent", "client", "app", "country", "asn", "try",
}

// MappingError is a mistake in a mapping file.
type MappingError struct {
	File string
	Line int // from 1; 0 where it is about the whole
	Why  string
}

func (e *MappingError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Why
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Why)
}

// Hint says where the keys are explained.
func (e *MappingError) Hint() string { return "docs/formats/generic.md explains every key" }

// ParseMapping reads a mapping file and returns the format it describes, which
// goes by the name generic. file names it in errors, which are *[MappingError].
func ParseMapping(file string, text []byte) (Format, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&doc); err != nil {
		return Format{}, &MappingError{file, 0, err.Error()}
	}
	p := mappingParser{file: file}
	p.document(doc.Content[0])
	if p.err != nil {
		return Format{}, p.err
	}
	return newGeneric(&p.m, file)
}

// mappingParser keeps the first mistake.
type mappingParser struct {
	file string
	m    mapping
	err  error
}

func (p *mappingParser) fail(n *yaml.Node, format string, args ...any) {
	if p.err == nil {
		p.err = &MappingError{p.file, n.Line, fmt.Sprintf(format, args...)}
	}
}

func (p *mappingParser) document(n *yaml.Node) {
	p.m.results = map[string]Class{}
	p.pairs(n, "the mapping", func(key, value *yaml.Node) bool {
		switch key.Value {
		case "name":
			p.m.name = p.text(value)
		case "kind":
			kind := p.text(value)
			p.m.csv = kind == "csv"
			if kind != "csv" && kind != "json" {
				p.fail(value, "kind is json or csv, not %q", kind)
			}
		case "wrap":
			p.m.wrap = p.texts(value)
		case "zone":
			zone, err := time.LoadLocation(p.text(value))
			if err != nil {
				p.fail(value, "no time zone is called %q", value.Value)
			}
			p.m.zone = zone
		case "account_domain":
			p.m.domain = strings.ToLower(p.text(value))
		case "protocol":
			p.protocol(value)
		case "fields":
			p.pairs(value, "fields", p.field)
		case "only":
			p.pairs(value, "only", func(key, value *yaml.Node) bool {
				p.m.only = append(p.m.only, mapOnly{key.Value, p.texts(value)})
				return true
			})
		case "results":
			p.pairs(value, "results", p.result)
		case "reasons":
			p.reasons(value)
		default:
			return false
		}
		return true
	})
	for _, need := range []int{mapTime, mapAccount, mapResult} {
		if len(p.m.fields[need]) == 0 {
			p.fail(n, "fields needs %s", mapFieldNames[need])
		}
	}
	if len(p.m.results) == 0 {
		p.fail(n, "results is missing: it says which results mean what")
	}
	if p.m.name == "" {
		p.fail(n, "name is missing")
	}
	if p.m.csv && len(p.m.wrap) > 0 {
		p.fail(n, "wrap is for json")
	}
}

// pairs gives each key to take, which reports whether it knows it.
func (p *mappingParser) pairs(n *yaml.Node, what string, take func(key, value *yaml.Node) bool) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "%s is no mapping of keys to values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if seen[key.Value] {
			p.fail(key, "%q stands twice in %s", key.Value, what)
		}
		seen[key.Value] = true
		if !take(key, value) {
			p.fail(key, "%s has no key %q", what, key.Value)
		}
	}
}

func (p *mappingParser) field(key, value *yaml.Node) bool {
	i := slices.Index(mapFieldNames[:], key.Value)
	if i < 0 {
		return false
	}
	p.m.fields[i] = p.texts(value)
	return true
}

func (p *mappingParser) result(key, value *yaml.Node) bool {
	class, ok := mappedClass(key.Value)
	if !ok {
		return false
	}
	for _, text := range p.texts(value) {
		text = strings.ToLower(text)
		if _, twice := p.m.results[text]; twice {
			p.fail(value, "result %q has two classes", text)
		}
		p.m.results[text] = class
	}
	return true
}

func (p *mappingParser) reasons(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.fail(n, "reasons is a list of {has: words, class: class}")
		return
	}
	for _, item := range n.Content {
		var r mapReason
		p.pairs(item, "a reason", func(key, value *yaml.Node) bool {
			switch key.Value {
			case "has":
				r.has = strings.ToLower(p.text(value))
			case "class":
				class, ok := mappedClass(p.text(value))
				if !ok {
					p.fail(value, "no class is called %q", value.Value)
				}
				r.class = class
			default:
				return false
			}
			return true
		})
		if r.has == "" || r.class == ClassNone {
			p.fail(item, "a reason needs has and class")
		}
		p.m.reasons = append(p.m.reasons, r)
	}
}

// mappedClass returns a class that a mapping may give.
func mappedClass(name string) (Class, bool) {
	class, ok := ParseClass(name)
	return class, ok && class != ClassNone && class != ClassActivity
}

func (p *mappingParser) protocol(n *yaml.Node) {
	i := slices.Index(protocolNames[1:], p.text(n))
	if i < 0 {
		p.fail(n, "no protocol is called %q: %s", n.Value, strings.Join(protocolNames[1:], ", "))
	}
	p.m.how = Protocol(i + 1)
}

func (p *mappingParser) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		p.fail(n, "a text is needed here")
		return ""
	}
	return n.Value
}

// texts reads a text or a list of texts.
func (p *mappingParser) texts(n *yaml.Node) (out []string) {
	if n.Kind != yaml.SequenceNode {
		return []string{p.text(n)}
	}
	for _, item := range n.Content {
		out = append(out, p.text(item))
	}
	if len(out) == 0 {
		p.fail(n, "the list is empty")
	}
	return out
}

// paths lists every field that is read, each once.
func (m *mapping) paths() (paths []string) {
	for _, of := range m.fields {
		for _, p := range of {
			if !slices.Contains(paths, p) {
				paths = append(paths, p)
			}
		}
	}
	for _, o := range m.only {
		if !slices.Contains(paths, o.path) {
			paths = append(paths, o.path)
		}
	}
	return paths
}

// event fills ev from a record, whose values get gives by the index in
// paths().
func (m *mapping) event(ev *Event, index map[string]int, get func(int) string, zone *time.Location) error {
	text := func(field int) string {
		for _, path := range m.fields[field] {
			if s := firstText(get(index[path])); s != "" {
				return s
			}
		}
		return ""
	}
	for _, o := range m.only {
		if have := get(index[o.path]); !slices.ContainsFunc(o.values, func(v string) bool { return strings.EqualFold(v, have) }) {
			return nil
		}
	}
	result, reason := text(mapResult), text(mapReasonText)
	ev.Class, ev.Code = m.class(result, reason), firstText(reason, result)
	ev.Account = text(mapAccount)
	if m.domain != "" && ev.Account != "" && !strings.Contains(ev.Account, "@") {
		ev.Account += "@" + m.domain
	}
	ev.Tenant, ev.Host = text(mapTenant), NormalAccount(text(mapHost))
	ev.Addr = ParseAddr(text(mapAddress))
	ev.ASN = parseASN(strings.TrimPrefix(strings.ToUpper(text(mapASN)), "AS"))
	ev.Country = countryOf(text(mapCountry))
	ev.UserAgent, ev.Client, ev.App = text(mapUserAgent), text(mapClient), text(mapApp)
	ev.Protocol = m.how
	ev.ID = text(mapID)
	ev.Try = tryOf("generic:"+m.name, text(mapTry))
	if zone == nil {
		zone = m.zone
	}
	return finish(ev, "generic:"+m.name, text(mapTime), zone)
}

// class looks the result up, then for a phrase in the reason of what did not
// succeed; "*" stands for every other result.
func (m *mapping) class(result, reason string) Class {
	class, ok := m.results[strings.ToLower(result)]
	if !ok {
		if class, ok = m.results["*"]; !ok {
			class = Other
		}
	}
	if class.Succeeded() {
		return class
	}
	for _, r := range m.reasons {
		if containsFold(reason, r.has) {
			return r.class
		}
	}
	return class
}
