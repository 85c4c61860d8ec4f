package exchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteSTIX writes a document as a STIX 2.1 bundle.
//
// The same document gives the same bytes. An object keeps its id from one
// bundle of the producer to the next; At says which version it is.
func WriteSTIX(w io.Writer, d Document) error {
	b, err := newBundle(d)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return fmt.Errorf("stix: %w", err)
	}
	return nil
}

// Objects returns the objects of the bundle that [WriteSTIX] writes, one by
// one, as a TAXII server gives them away.
func Objects(d Document) ([]json.RawMessage, error) {
	b, err := newBundle(d)
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(b.Objects))
	for i, o := range b.Objects {
		if out[i], err = json.Marshal(o); err != nil {
			return nil, fmt.Errorf("stix: %w", err)
		}
	}
	return out, nil
}

func newBundle(d Document) (stixBundle, error) {
	d.Sort()
	if err := d.check(); err != nil {
		return stixBundle{}, fmt.Errorf("stix: %w", err)
	}
	s := &stixWriter{d: d, ids: productIDs.child("producer", d.Producer), subject: map[string]string{}, claims: map[[2]string]string{}, techniques: map[string]bool{}}
	s.marking()
	s.identity()
	for _, a := range d.Actors {
		s.actor(a)
	}
	for _, c := range d.Campaigns {
		s.campaign(c)
	}
	for _, i := range d.Indicators {
		s.indicator(i)
	}
	for _, a := range d.Assertions {
		s.assertion(a)
	}
	for _, x := range d.Statements {
		s.statement(x)
	}
	for _, r := range d.Reports {
		s.report(r)
	}
	content, err := json.Marshal(s.objects)
	if err != nil {
		return stixBundle{}, fmt.Errorf("stix: %w", err)
	}
	return stixBundle{"bundle", "bundle--" + s.ids.child("bundle", string(content)).String(), s.objects}, nil
}

// STIXCampaignID returns the id that an export by a producer of that name gives
// a campaign.
func STIXCampaignID(producer, id string) string {
	return "campaign--" + exported(producer, "campaign", id)
}

// stixWriter collects the objects of one bundle.
type stixWriter struct {
	d          Document
	ids        uuid
	producer   string
	objects    []stixObject
	subject    map[string]string    // id in the document → in the bundle
	claims     map[[2]string]string // subject and actor → relationship
	techniques map[string]bool      // whose attack patterns are there
}

// new returns an object whose identity is what key says.
func (s *stixWriter) new(kind string, key ...string) stixObject {
	return stixObject{
		Type: kind, SpecVersion: "2.1", ID: kind + "--" + s.ids.child(append([]string{kind}, key...)...).String(), CreatedBy: s.producer,
		Created: stixTime{epoch}, Modified: stixTime{s.d.At}, Markings: []string{tlpMarkings[s.d.TLP]},
	}
}

func (s *stixWriter) add(o stixObject) string {
	s.objects = append(s.objects, o)
	return o.ID
}

func (s *stixWriter) marking() {
	text, _ := json.Marshal(stixTLP{"property-extension", string(s.d.TLP)}) // two strings
	s.add(stixObject{
		Type: "marking-definition", SpecVersion: "2.1", ID: tlpMarkings[s.d.TLP], Created: stixTime{time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC)},
		Name: s.d.TLP.String(), Extensions: map[string]json.RawMessage{tlpExtension: text},
	})
}

func (s *stixWriter) identity() {
	o := s.new("identity", s.d.Producer)
	o.Name, o.Class, o.Modified = s.d.Producer, "organization", o.Created
	s.producer = s.add(o)
}

func (s *stixWriter) actor(a Actor) {
	o := s.new("intrusion-set", a.ID)
	o.Name = a.Names[0].Name
	o.References = []stixReference{{Source: ownIDs, ID: a.ID}}
	for i, n := range a.Names {
		if i > 0 {
			o.Aliases = append(o.Aliases, n.Name)
		}
		if n.Producer != "" {
			o.References = append(o.References, stixReference{Source: n.Producer, ID: n.Name, Description: "a name of this actor, and whose name it is"})
		}
	}
	s.subject[a.ID] = s.add(o)
	for _, u := range a.Uses {
		uses := s.relationship("uses", o.ID, s.attackPattern(u.Technique))
		for _, ref := range u.Refs {
			uses.References = append(uses.References, stixReference{Source: ref, Description: "a report that says so"})
		}
		s.add(uses)
	}
}

func (s *stixWriter) campaign(c Campaign) {
	o := s.new("campaign", c.ID)
	o.Name, o.Description, o.Labels, o.Confidence = c.Name, c.Summary, c.Kinds, c.Confidence
	o.FirstSeen, o.LastSeen = stixTime{c.First}, stixTime{c.Last}
	o.References = []stixReference{{Source: ownIDs, ID: c.ID}}
	s.subject[c.ID] = s.add(o)
	for _, t := range c.Techniques {
		s.add(s.relationship("uses", o.ID, s.attackPattern(t)))
	}
	if c.Attempts > 0 {
		seen := s.new("sighting", c.ID)
		seen.SightingOf, seen.Count = o.ID, min(c.Attempts, 999_999_999) // STIX 2.1, 5.2
		seen.FirstSeen, seen.LastSeen = o.FirstSeen, o.LastSeen
		s.add(seen)
	}
	for _, n := range c.Notes {
		note := s.new("note", c.ID, n.Title)
		note.Abstract, note.Content, note.ObjectRefs = n.Title, n.Text, []string{o.ID}
		s.add(note)
	}
	for _, v := range c.Victims {
		id := s.new("identity", "victim", v.Name)
		id.Name, id.Class = v.Name, "organization"
		if s.subject["victim "+id.ID] == "" {
			s.subject["victim "+id.ID] = s.add(id)
		}
		hit := s.relationship("targets", o.ID, id.ID)
		hit.Description = v.Outcome
		s.add(hit)
	}
}

// attackPattern returns the id of a technique's object and adds it once. The
// object is ours; tools find MITRE's by the external id.
func (s *stixWriter) attackPattern(t Technique) string {
	o := s.new("attack-pattern", t.ID)
	if s.techniques[t.ID] {
		return o.ID
	}
	s.techniques[t.ID] = true
	o.Name, o.Modified = cmp.Or(t.Name, t.ID), o.Created // a name and an id: there is nothing to be changed
	o.References = []stixReference{{Source: "mitre-attack", ID: t.ID, URL: "https://attack.mitre.org/techniques/" + strings.ReplaceAll(t.ID, ".", "/")}}
	return s.add(o)
}

func (s *stixWriter) relationship(kind, source, target string) stixObject {
	o := s.new("relationship", source, kind, target)
	o.Relation, o.Source, o.Target = kind, source, target
	return o
}

func (s *stixWriter) indicator(i Indicator) {
	o := s.new("indicator", append([]string{string(i.Kind), i.Value}, i.About...)...)
	o.Name = strings.ReplaceAll(string(i.Kind), "_", " ")
	if !i.Kind.rule() {
		o.Name += ": " + i.Value
	}
	o.Description, o.Confidence = i.Text, i.Confidence
	o.IndicatorTypes = []string{"malicious-activity"}
	if i.Kind == UserAgent {
		o.IndicatorTypes = []string{"anomalous-activity"} // others may use the same tool
	}
	o.Pattern, o.PatternType = patternOf(i)
	if o.PatternType == "stix" {
		o.PatternVersion = "2.1"
	}
	o.ValidFrom, o.ValidUntil = stixTime{i.From}, stixTime{i.Until}
	if i.From.IsZero() {
		o.ValidFrom = o.Created // it must have one (4.7); read back as none
	}
	s.add(o)
	for _, id := range i.About {
		s.add(s.relationship("indicates", o.ID, s.subject[id]))
	}
}

func (s *stixWriter) assertion(a Assertion) {
	o := s.relationship("attributed-to", s.subject[a.Subject], s.subject[a.Actor])
	o.Description, o.Confidence, o.Modified = a.Text, a.Confidence, stixTime{a.At}
	if a.Status != "" {
		o.Labels = []string{a.Status}
	}
	s.claims[[2]string{a.Subject, a.Actor}] = s.add(o)
}

// opinions are the statements that take a side, on the scale of STIX 2.1,
// 10.10. The others are notes.
var opinions = map[StatementKind]string{Confirmation: "agree", Rejection: "disagree", Denial: "strongly-disagree"}

func (s *stixWriter) statement(x Statement) {
	side, opinion := opinions[x.Kind]
	kind := "note"
	if opinion {
		kind = "opinion"
	}
	o := s.new(kind, x.Subject, x.Actor, string(x.Kind), x.By, x.At.String(), x.Text)
	o.Created = stixTime{x.At} // when it was said: that never changes
	if o.Modified.Before(x.At) {
		o.Modified = o.Created
	}
	if opinion {
		o.Opinion, o.Explanation = side, x.Text
	} else {
		o.Abstract, o.Content = statementWords[x.Kind], x.Text
	}
	o.Authors, o.Labels, o.ObjectRefs = []string{x.By}, []string{string(x.Kind)}, []string{s.claims[[2]string{x.Subject, x.Actor}]}
	if x.Ref != "" {
		o.References = []stixReference{reference(x.By, x.Ref)}
	}
	s.add(o)
}

// reference says where something was published: an address, or words.
func reference(source, where string) stixReference {
	if _, ok := NewIndicator(URL, where); ok {
		return stixReference{Source: source, URL: where}
	}
	return stixReference{Source: source, Description: where}
}

func (s *stixWriter) report(r Report) {
	o := s.new("report", r.Name, r.At.String())
	o.Name, o.Description, o.Published, o.ReportTypes = r.Name, r.Text, stixTime{r.At}, []string{"threat-report"}
	for _, ref := range r.Refs {
		o.References = append(o.References, reference(s.d.Producer, ref))
	}
	for _, id := range r.About {
		o.ObjectRefs = append(o.ObjectRefs, s.subject[id])
	}
	s.add(o)
}
