package exchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// ocsfReader makes a campaign of each Detection Finding.
type ocsfReader struct {
	j      *jsonReader
	doc    Document
	own    Own
	seen   map[string]bool // ids of campaigns
	actors map[string]bool
	named  map[string]int
}

// add takes one finding, its members apart.
func (o *ocsfReader) add(members map[string]json.RawMessage) error {
	var class int
	if json.Unmarshal(members["class_uid"], &class) != nil || class != 2004 {
		o.j.skips.add("OCSF events that are no Detection Finding", string(members["class_uid"]))
		return nil
	}
	text, err := json.Marshal(members)
	if err != nil {
		return err
	}
	var f ocsfFinding
	if err := json.Unmarshal(text, &f); err != nil {
		o.j.skips.add("findings with a field of the wrong type", err.Error())
		return nil
	}
	// What a finding must have (OCSF 1.7: base_event, finding, finding_info).
	if f.Info.UID == "" || f.Time == 0 || f.TypeUID/100 != 2004 || f.CategoryUID != 2 {
		o.j.skips.add("findings without what OCSF requires", cmp.Or(f.Info.UID, f.Info.Title))
		return nil
	}
	if o.seen == nil {
		o.seen, o.actors, o.named = map[string]bool{}, map[string]bool{}, map[string]int{}
	}
	if o.seen[f.Info.UID] {
		o.j.skips.add("ids that two objects claim", f.Info.UID)
		return nil
	}
	o.seen[f.Info.UID] = true
	for range len(f.OSINT) {
		if err := o.j.hold(0); err != nil {
			return err
		}
	}
	if err := o.j.hold(len(text)); err != nil {
		return err
	}
	o.finding(f)
	return nil
}

func (o *ocsfReader) finding(f ocsfFinding) {
	c := Campaign{
		ID: f.Info.UID, Name: cmp.Or(f.Info.Title, f.Info.UID), Kinds: f.Info.Types, First: atMillis(cmp.Or(f.Info.First, f.StartTime)), Last: atMillis(cmp.Or(f.Info.Last, f.EndTime)),
		Confidence: f.ConfidenceScore, Attempts: max(0, f.Count), Summary: cmp.Or(f.Info.Desc, f.Message),
	}
	if c.Confidence < 0 || c.Confidence > 100 {
		c.Confidence = 0 // not on the scale: not stated
	}
	for _, a := range f.Info.Attacks {
		for _, t := range []*ocsfEntity{a.Technique, a.SubTechnique} {
			if t != nil && t.UID != "" && (t != a.Technique || a.SubTechnique == nil) {
				c.Techniques = append(c.Techniques, Technique{t.UID, cmp.Or(t.Name, t.UID)})
			}
		}
	}
	for _, r := range f.Resources {
		v := Victim{Name: r.Name}
		if len(r.Labels) > 0 {
			v.Outcome = r.Labels[0]
		}
		if v.Name != "" {
			c.Victims = append(c.Victims, v)
		}
	}
	for _, x := range f.OSINT {
		o.indicator(c.ID, x)
	}
	if u := f.Unmapped; u != nil {
		c.Notes = u.Notes
		if t, ok := ParseTLP(string(u.TLP)); ok && t.Stricter(o.doc.TLP) {
			o.doc.TLP = t
		}
		o.claims(c.ID, *u)
	}
	o.doc.Campaigns = append(o.doc.Campaigns, c)
	o.named[cmp.Or(f.Metadata.Reporter.Name, f.Metadata.Product.Vendor, f.Metadata.Product.Name)]++
	if at := atMillis(f.Time); at.After(o.doc.At) {
		o.doc.At = at
	}
}

func (o *ocsfReader) indicator(campaign string, x ocsfOSINT) {
	i, ok := NewIndicator(Kind(x.Type), x.Value)
	if !ok {
		i, ok = Classify(x.Value) // others name their types otherwise
	}
	if !ok {
		o.j.skips.add("indicators whose value is none of a kind known here", fmt.Sprintf("%s %s", x.Type, x.Value))
		return
	}
	i.About, i.From, i.Until, i.Text = []string{campaign}, atMillis(x.Created), atMillis(x.Expires), x.Comment
	if x.ConfidenceID > 0 && x.ConfidenceID < len(ocsfLevels) {
		i.Confidence = ocsfLevels[x.ConfidenceID].as
	}
	o.doc.Indicators = append(o.doc.Indicators, i)
	if t, ok := ParseTLP(x.TLP); ok && t.Stricter(o.doc.TLP) {
		o.doc.TLP = t
	}
}

// claims takes what stands in unmapped, if it is of ours and about this
// campaign.
func (o *ocsfReader) claims(campaign string, u ocsfUnmapped) {
	named := map[string]bool{}
	for _, a := range u.Actors {
		if a.ID == "" || len(a.Names) == 0 || a.Names[0].Name == "" {
			o.j.skips.add("campaigns and actors without a name", a.ID)
			continue
		}
		named[a.ID] = true
		if !o.actors[a.ID] {
			o.actors[a.ID] = true
			o.doc.Actors = append(o.doc.Actors, a)
		}
	}
	claimed := map[string]bool{}
	for _, a := range u.Assertions {
		if a.Subject != campaign || !named[a.Actor] || a.Confidence < 0 || a.Confidence > 100 {
			o.j.skips.add("assertions about something else", a.Subject)
			continue
		}
		claimed[a.Actor] = true
		o.own.Claims = append(o.own.Claims, Claim{a.Subject, a.Actor, a.By}) // only our exports have assertions
		o.doc.Assertions = append(o.doc.Assertions, a)
	}
	for _, s := range u.Statements {
		if _, known := statementWords[s.Kind]; !known || s.Subject != campaign || !claimed[s.Actor] {
			o.j.skips.add("statements that cannot be read", s.Subject)
			continue
		}
		o.doc.Statements = append(o.doc.Statements, s)
	}
}

func (o *ocsfReader) finish() (Reading, error) {
	for name, n := range o.named {
		if best := o.named[o.doc.Producer]; n > best || n == best && name < o.doc.Producer {
			o.doc.Producer = name
		}
	}
	return Reading{Format: "ocsf", Own: o.own, Document: o.doc}, nil
}

// atMillis returns a moment of the years that a timestamp can show.
func atMillis(ms int64) time.Time {
	const year10000 = 253402300800000
	if ms <= 0 || ms >= year10000 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
