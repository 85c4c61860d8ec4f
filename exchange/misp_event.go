package exchange

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// mispParsed is one event while it is read; its members come in any order.
type mispParsed struct {
	m           *mispReader
	c           Campaign
	uuid        string
	producer    string
	date        time.Time
	at          time.Time
	tags        []mispTag
	indicators  []Indicator
	actors      map[string]int // assertion by name
	assertions  []Assertion
	statements  []Statement
	actorIDs    []Actor
	tagged      map[string]bool // actors of assertions that bear our tags
	indicatesOf []string        // names of actors that single attributes are tagged with
}

func (e *mispParsed) set(name, text string) {
	switch name {
	case "info":
		e.c.Name = text
	case "uuid":
		e.uuid = text
	case "date":
		e.date, _ = time.Parse(time.DateOnly, text) // of an event without one nothing is claimed
	case "timestamp":
		if s, err := strconv.ParseInt(text, 10, 64); err == nil && s > 0 && s < 1<<37 {
			e.at = time.Unix(s, 0).UTC()
		}
	}
}

// galaxy takes the clusters as the tags that they also are.
func (e *mispParsed) galaxy(g *struct {
	GalaxyCluster []struct {
		Tag mispText `json:"tag_name"`
	}
}) error {
	for _, c := range g.GalaxyCluster {
		e.tags = append(e.tags, mispTag{c.Tag})
		if err := e.m.j.hold(len(c.Tag)); err != nil {
			return err
		}
	}
	return nil
}

func (e *mispParsed) attribute(a *mispAttribute) error {
	skip := e.m.j.skips.add
	kind, value, comment := string(a.Type), string(a.Value), string(a.Comment)
	if a.Deleted {
		skip("deleted attributes", value)
		return nil
	}
	if err := e.m.j.hold(len(value) + len(comment)); err != nil {
		return err
	}
	switch {
	case kind == "campaign-id":
		e.c.ID = value
	case kind == "threat-actor":
		e.assert(value, *a)
	case kind == "target-org":
		e.c.Victims = append(e.c.Victims, Victim{value, comment})
	case kind == "datetime" && (comment == mispFirst || comment == mispLast):
		at, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			skip("attributes with an invalid time", value)
		} else if comment == mispFirst {
			e.c.First = at
		} else {
			e.c.Last = at
		}
	case kind == "counter" && comment == mispAttempts:
		e.c.Attempts, _ = strconv.Atoi(value) // not a number: not stated
	case kind == "comment" && tagValue(a.Tags, mispOwn, "statement") != "":
		e.statement(*a)
	case kind == "comment" && comment == mispSummary:
		e.c.Summary = value
	case kind == "text" || kind == "comment" || kind == "campaign-name":
		e.c.Notes = append(e.c.Notes, Note{cmp.Or(comment, kind), value})
	default:
		return e.indicator(*a)
	}
	return nil
}

// indicator takes a value, or the values of a composite type such as
// filename|md5 and ip-dst|port.
func (e *mispParsed) indicator(a mispAttribute) error {
	skip := e.m.j.skips.add
	types, values := strings.Split(string(a.Type), "|"), strings.Split(string(a.Value), "|")
	if len(types) == 1 {
		values = []string{string(a.Value)}
	}
	for i, t := range types {
		kind, known := mispKinds[t]
		if !known || i >= len(values) || len(types) > 2 {
			skip("attributes of types that are not kept: "+clip(string(a.Type), 40), string(a.Value))
			return nil
		}
		if kind == "" { // a port, a link: nothing to recognise an attack by
			if len(types) == 1 {
				skip("attributes of types that are not kept: "+string(a.Type), string(a.Value))
			}
			continue
		}
		if _, err := netip.ParsePrefix(values[i]); kind == Address && err == nil {
			kind = Network
		}
		x, ok := NewIndicator(kind, values[i])
		if !ok {
			skip("attributes whose value is none of their type", values[i])
			continue
		}
		x.Text = string(a.Comment)
		x.Confidence = percent(tagValue(a.Tags, mispOwn, "confidence"))
		x.From, x.Until = moment(string(a.FirstSeen)), moment(string(a.LastSeen))
		for _, t := range a.Tags {
			if name := actorOf(string(t.Name)); name != "" {
				if err := e.m.j.hold(len(name)); err != nil {
					return err
				}
				x.About = append(x.About, name)
				e.indicatesOf = append(e.indicatesOf, name)
			}
		}
		e.indicators = append(e.indicators, x)
	}
	return nil
}

func (e *mispParsed) assert(name string, a mispAttribute) {
	if name == "" {
		return
	}
	if i, ok := e.actors[name]; ok {
		x := &e.assertions[i] // the tag and the attribute say one thing
		x.Text = cmp.Or(x.Text, string(a.Comment))
		return
	}
	ours := tagValue(a.Tags, mispOwn, "actor")
	id := cmp.Or(ours, name)
	if ours != "" {
		e.tagged[id] = true
	}
	e.actors[name] = len(e.assertions)
	e.actorIDs = append(e.actorIDs, Actor{ID: id, Names: []Name{{Name: name}}})
	e.assertions = append(e.assertions, Assertion{
		Actor: id, Text: string(a.Comment), Confidence: percent(tagValue(a.Tags, mispOwn, "confidence")), Status: tagValue(a.Tags, mispOwn, "status"),
	})
}

func (e *mispParsed) statement(a mispAttribute) {
	parts := strings.SplitN(string(a.Comment), mispBar, 3)
	kind := StatementKind(tagValue(a.Tags, mispOwn, "statement"))
	at := moment(parts[0])
	if _, known := statementWords[kind]; !known || len(parts) != 3 || at.IsZero() {
		e.m.j.skips.add("statements that cannot be read", string(a.Value))
		return
	}
	e.statements = append(e.statements, Statement{Actor: tagValue(a.Tags, mispOwn, "actor"), Kind: kind, By: parts[2], At: at, Text: string(a.Value), Ref: parts[1]})
}

// close puts the event into the document.
func (e *mispParsed) close() error {
	d := &e.m.doc
	if e.uuid == "" && e.c.ID == "" || e.c.Name == "" {
		e.m.j.skips.add("events without uuid or info", cmp.Or(e.uuid, e.c.Name))
		return nil
	}
	e.c.ID = e.id()
	for _, t := range e.tags {
		e.tag(string(t.Name))
	}
	if e.c.First.IsZero() {
		e.c.First = e.date
	}
	d.Campaigns = append(d.Campaigns, e.c)
	for _, name := range e.indicatesOf {
		e.actorIDs = append(e.actorIDs, Actor{ID: name, Names: []Name{{Name: name}}})
	}
	for _, a := range e.actorIDs {
		if !e.m.actors[a.ID] {
			e.m.actors[a.ID] = true
			d.Actors = append(d.Actors, a)
		}
	}
	for _, i := range e.indicators {
		i.About = append(i.About, e.c.ID)
		d.Indicators = append(d.Indicators, i)
	}
	at := e.at
	if at.IsZero() {
		at = e.date
	}
	claimed := map[string]bool{}
	own := strings.EqualFold(e.uuid, exported(e.producer, "event", e.c.ID))
	if own {
		e.m.own.Campaigns = append(e.m.own.Campaigns, e.c.ID)
	}
	for _, a := range e.assertions {
		claimed[a.Actor] = true
		a.Subject, a.By, a.At = e.c.ID, e.producer, at
		if own || e.tagged[a.Actor] {
			e.m.own.Claims = append(e.m.own.Claims, Claim{a.Subject, a.Actor, a.By})
		}
		d.Assertions = append(d.Assertions, a)
	}
	for _, s := range e.statements {
		s.Subject = e.c.ID
		if claimed[s.Actor] {
			d.Statements = append(d.Statements, s)
		} else {
			e.m.j.skips.add("statements on no assertion kept", s.Text)
		}
	}
	if at.After(d.At) {
		d.At = at
	}
	e.m.named[e.producer]++
	return nil
}

// id is ours if the event says so, else its uuid. Two events do not share one.
func (e *mispParsed) id() string {
	for _, id := range []string{e.c.ID, e.uuid} {
		switch {
		case id == "":
		case e.m.events[id]:
			e.m.j.skips.add("ids that two objects claim", id)
		default:
			e.m.events[id] = true
			return id
		}
	}
	// Nothing is lost: the event is kept under its place in the file.
	return fmt.Sprintf("%s event %d", cmp.Or(e.uuid, e.c.ID), len(e.m.doc.Campaigns)+1)
}

func (e *mispParsed) tag(name string) {
	if t, ok := strings.CutPrefix(strings.ToLower(name), "tlp:"); ok {
		if tlp, ok := ParseTLP(t); ok && tlp.Stricter(e.m.doc.TLP) {
			e.m.doc.TLP = tlp
		}
		return
	}
	if actor := actorOf(name); actor != "" {
		e.assert(actor, mispAttribute{})
		return
	}
	m := machineTag.FindStringSubmatch(name)
	if m == nil {
		return
	}
	switch value := m[3]; {
	case m[1] == mispOwn && m[2] == "kind":
		e.c.Kinds = append(e.c.Kinds, value)
	case m[1] == mispOwn && m[2] == "confidence":
		e.c.Confidence = percent(value)
	case m[1] == "misp-galaxy" && strings.HasSuffix(m[2], "attack-pattern"):
		if i := strings.LastIndex(value, " - "); i > 0 {
			e.c.Techniques = append(e.c.Techniques, Technique{ID: value[i+3:], Name: value[:i]})
		}
	case m[1] == "admiralty-scale" && m[2] == "source-reliability" && value >= "a" && value <= "f" && len(value) == 1:
		e.m.grade[0] = max(e.m.grade[0], strings.ToUpper(value))
	case m[1] == "admiralty-scale" && m[2] == "information-credibility" && value >= "1" && value <= "6" && len(value) == 1:
		e.m.grade[1] = max(e.m.grade[1], value)
	}
}
