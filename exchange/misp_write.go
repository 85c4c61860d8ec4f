package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WriteMISP writes a document as MISP events, one for each campaign. An event
// is not published and for your organisation only: who imports it says how far
// it goes. Names of actors become galaxy tags from "proposed" on, and before
// that are attributes with their confidence.
//
// Events carry the indicators of their campaign without times, one name of an
// actor, and no reports.
func WriteMISP(w io.Writer, d Document) error {
	d.Sort()
	if err := d.check(); err != nil {
		return fmt.Errorf("misp: %w", err)
	}
	if len(d.Campaigns) == 0 {
		return errors.New("misp: an event needs a campaign")
	}
	m := &mispWriter{d: d, ids: productIDs.child("producer", d.Producer)}
	var files []mispFile
	for _, c := range d.Campaigns {
		files = append(files, mispFile{m.event(c)})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	var out any = files[0]
	if len(files) > 1 {
		out = mispResponse{files}
	}
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("misp: %w", err)
	}
	return nil
}

type mispWriter struct {
	d   Document
	ids uuid
}

func (m *mispWriter) event(c Campaign) mispEvent {
	e := mispEvent{
		UUID: m.ids.child("event", c.ID).String(), Info: c.Name, Date: m.d.At.Format(time.DateOnly), Timestamp: strconv.FormatInt(m.d.At.Unix(), 10),
		Threat: "4", Analysis: "1", Distribution: "0", // undefined, ongoing, your organisation only
		Orgc: mispOrg{mispText(m.d.Producer), mispText(m.ids.child("org").String())},
		Tags: []mispTag{{mispText("tlp:" + string(m.d.TLP))}},
	}
	if !c.First.IsZero() {
		e.Date = c.First.Format(time.DateOnly)
	}
	if c.Confidence > 0 {
		e.Tags = append(e.Tags, confidenceTag(c.Confidence))
	}
	for _, k := range c.Kinds {
		e.Tags = append(e.Tags, tag(mispOwn, "kind", k))
	}
	for _, t := range c.Techniques {
		e.Tags = append(e.Tags, tag("misp-galaxy", "mitre-attack-pattern", t.Name+" - "+t.ID))
	}
	add := func(kind, category, value, comment string, tags ...mispTag) {
		uuid := m.ids.child("attribute", c.ID, kind, value, comment).String()
		e.Attributes = append(e.Attributes, mispAttribute{
			UUID: mispText(uuid), Type: mispText(kind), Category: mispText(category), Value: mispText(value), Comment: mispText(comment), Tags: tags,
		})
	}
	add("campaign-id", "Attribution", c.ID, "")
	for _, x := range []struct {
		text string
		at   time.Time
	}{{mispFirst, c.First}, {mispLast, c.Last}} {
		if !x.at.IsZero() {
			add("datetime", "Other", x.at.Format(time.RFC3339Nano), x.text)
		}
	}
	if c.Attempts > 0 {
		add("counter", "Other", strconv.Itoa(c.Attempts), mispAttempts)
	}
	if c.Summary != "" {
		add("comment", "Other", c.Summary, mispSummary)
	}
	for _, n := range c.Notes {
		add("text", "Other", n.Text, n.Title)
	}
	for _, v := range c.Victims {
		add("target-org", "Targeting data", v.Name, v.Outcome)
	}
	for _, i := range m.indicators(c) {
		e.Attributes = append(e.Attributes, m.indicator(c, i))
	}
	for _, a := range m.d.Assertions {
		if a.Subject != c.ID {
			continue
		}
		name := m.actor(a.Actor)
		tags := []mispTag{tag(mispOwn, "actor", a.Actor)}
		if a.Confidence > 0 {
			tags = append(tags, confidenceTag(a.Confidence))
		}
		if a.Status != "" {
			tags = append(tags, tag(mispOwn, "status", a.Status))
		}
		add("threat-actor", "Attribution", name, a.Text, tags...)
		if a.Status == "proposed" || a.Status == "confirmed" {
			e.Tags = append(e.Tags, tag("misp-galaxy", "threat-actor", name))
		}
	}
	for _, x := range m.d.Statements {
		if x.Subject == c.ID {
			ref := strings.ReplaceAll(x.Ref, mispBar, " ")
			add("comment", "Attribution", x.Text, x.At.Format(time.RFC3339Nano)+mispBar+ref+mispBar+x.By, tag(mispOwn, "actor", x.Actor), tag(mispOwn, "statement", string(x.Kind)))
		}
	}
	return e
}

func (m *mispWriter) actor(id string) string {
	for _, a := range m.d.Actors {
		if a.ID == id {
			return a.Names[0].Name
		}
	}
	return id
}

// indicators are those of a campaign. One that stands in the document several
// times, about this campaign and about others with it, is one attribute: the
// surest.
func (m *mispWriter) indicators(c Campaign) (list []Indicator) {
	at := map[[2]string]int{}
	for _, i := range m.d.Indicators {
		if !slices.Contains(i.About, c.ID) {
			continue
		}
		key := [2]string{string(i.Kind), i.Value}
		k, twice := at[key]
		switch {
		case !twice:
			at[key] = len(list)
			list = append(list, i)
		case list[k].Confidence < i.Confidence:
			list[k] = i
		}
	}
	return list
}

// indicator is for machines to act on (to_ids) from even odds on: an address
// of a proxy, shared with others, is not.
func (m *mispWriter) indicator(c Campaign, i Indicator) mispAttribute {
	kind := mispTypes[i.Kind]
	a := mispAttribute{
		UUID: mispText(m.ids.child("indicator", c.ID, string(i.Kind), i.Value).String()), Type: mispText(kind[0]), Category: mispText(kind[1]),
		Value: mispText(i.Value), Comment: mispText(i.Text), ToIDs: i.Confidence >= 50,
	}
	if i.Confidence > 0 {
		a.Tags = []mispTag{confidenceTag(i.Confidence)}
	}
	return a
}

func confidenceTag(c int) mispTag { return tag(mispOwn, "confidence", strconv.Itoa(c)) }
