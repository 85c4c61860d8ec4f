package exchange

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// mispReader makes a campaign of each event. An event of others is the
// campaign that its producer saw; the actors that it is tagged with are whom
// he asserts to stand behind it.
type mispReader struct {
	j      *jsonReader
	doc    Document
	grade  [2]string       // reliability and credibility, the worst of all events
	named  map[string]int  // events by organisation
	events map[string]bool // ids of campaigns
	actors map[string]bool
	own    Own
}

func newMISPReader(j *jsonReader) *mispReader {
	return &mispReader{j: j, named: map[string]int{}, events: map[string]bool{}, actors: map[string]bool{}}
}

// event reads an event after its name.
func (m *mispReader) event() error {
	t, err := m.j.dec.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("an event that is %v", t)
	}
	e, err := m.begin()
	if err != nil {
		return err
	}
	if err := m.j.members(func(name string) error { return m.member(e, name) }); err != nil {
		return err
	}
	return e.close()
}

// The members of an event: those that no other format has, by which one
// without its wrapper is known, and those that are plain texts.
var (
	mispMembers = []string{"Attribute", "Object", "Tag", "Galaxy", "Orgc", "ShadowAttribute", "RelatedEvent"}
	mispHead    = []string{"info", "uuid", "date", "timestamp"}
)

func (m *mispReader) begin() (*mispParsed, error) {
	return &mispParsed{m: m, actors: map[string]int{}, tagged: map[string]bool{}}, m.j.hold(0)
}

// member reads one member of an event after its name.
func (m *mispReader) member(e *mispParsed, name string) error {
	switch name {
	case "Attribute":
		return m.j.array(func() error { return decode(m.j, name, e.attribute) })
	case "Object":
		return m.j.array(func() error {
			return decode(m.j, name, func(o *struct{ Attribute []mispAttribute }) error {
				for i := range o.Attribute {
					if err := e.attribute(&o.Attribute[i]); err != nil {
						return err
					}
				}
				return nil
			})
		})
	case "Tag":
		return m.j.array(func() error {
			return decode(m.j, name, func(t *mispTag) error { e.tags = append(e.tags, *t); return m.j.hold(len(t.Name)) })
		})
	case "Galaxy":
		return m.j.array(func() error { return decode(m.j, name, e.galaxy) })
	case "Orgc":
		return decode(m.j, name, func(o *mispOrg) error { e.producer = string(o.Name); return nil })
	case "info", "uuid", "date", "timestamp":
		return decode(m.j, name, func(t *mispText) error { e.set(name, string(*t)); return nil })
	case "ShadowAttribute", "RelatedEvent":
		return m.j.array(func() error { m.j.skips.add("proposals and related events", name); return m.discard() })
	}
	return m.discard()
}

func (m *mispReader) discard() error {
	var raw json.RawMessage
	return m.j.dec.Decode(&raw)
}

func (m *mispReader) finish() (Reading, error) {
	for name, n := range m.named {
		if best := m.named[m.doc.Producer]; n > best || n == best && name < m.doc.Producer {
			m.doc.Producer = name
		}
	}
	return Reading{Format: "misp", Grade: m.grade[0] + m.grade[1], Own: m.own, Document: m.doc}, nil
}

// actorOf returns the actor that a galaxy tag names. ATT&CK's carry the id
// behind the name: it stays there.
func actorOf(name string) string {
	m := machineTag.FindStringSubmatch(name)
	if m == nil || m[1] != "misp-galaxy" || m[2] != "threat-actor" && m[2] != "microsoft-activity-group" && !strings.HasSuffix(m[2], "intrusion-set") {
		return ""
	}
	return m[3]
}

func percent(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 100 {
		return 0
	}
	return n
}

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
