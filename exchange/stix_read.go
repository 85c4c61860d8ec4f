package exchange

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// stixReader collects the objects of bundles and, at the end, makes a document
// of them. References are followed one step, never further: there is no ring
// of objects in which it could go round.
type stixReader struct {
	j       *jsonReader
	objects map[string]*stixKept
	order   []string // ids as they came
	tlp     TLP
	tlps    map[string]TLP // markings defined in the bundle
	version string

	skip     func(why, example string)
	authors  map[string]int // objects by creator
	campaign map[string]int // index in the document by id in the bundle
	actor    map[string]int
	known    map[string]bool // ids in the document
	claims   map[string]int  // assertion by id of the relationship
	doc      Document
	exports  Own
}

type stixKept struct {
	stixObject
	sum uint64 // of the text, to tell two versions from one that is there twice
}

func newSTIXReader(j *jsonReader) *stixReader {
	return &stixReader{j: j, objects: map[string]*stixKept{}, tlps: map[string]TLP{}, skip: j.skips.add}
}

// spec notes the version that a bundle of STIX 2.0 carries.
func (s *stixReader) spec(version json.RawMessage) {
	if v, _ := jsonText(version); v == "2.0" {
		s.version = cmp.Or(s.version, "stix-2.0")
	}
}

// The types of which something is kept, and those that are known and not.
var (
	stixKeep = []string{
		"campaign", "intrusion-set", "threat-actor", "attack-pattern", "indicator", "identity", "relationship", "sighting",
		"note", "opinion", "report", "marking-definition", "incident", "grouping",
	}
	stixLeave = []string{
		"course-of-action", "infrastructure", "location", "malware", "malware-analysis", "observed-data", "tool", "vulnerability", "language-content", "extension-definition",
		"artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr", "ipv6-addr", "mac-addr", "mutex",
		"network-traffic", "process", "software", "url", "user-account", "windows-registry-key", "x509-certificate",
	}
)

// add takes one element of "objects".
func (s *stixReader) add(raw *json.RawMessage) error {
	var head struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	if json.Unmarshal(*raw, &head) != nil || head.Type == "" || head.ID == "" {
		s.skip("objects without type or id", cmp.Or(head.ID, head.Type))
		return nil
	}
	switch m := stixID.FindStringSubmatch(head.ID); {
	case m == nil:
		s.skip("objects whose id is none", head.ID)
		return nil
	case m[1] != head.Type:
		s.skip("objects whose id is that of another type", head.ID)
		return nil
	case slices.Contains(stixLeave, head.Type):
		s.skip("objects of types that are not kept: "+head.Type, head.ID)
		return nil
	case !slices.Contains(stixKeep, head.Type):
		s.skip("objects of unknown type", head.Type)
		return nil
	}
	o := &stixKept{sum: xxhash.Sum64(*raw)}
	var odd *oddError
	switch err := json.Unmarshal(*raw, &o.stixObject); {
	case errors.As(err, &odd):
		s.skip(odd.why, head.ID)
		return nil
	case err != nil:
		s.skip("objects with a field of the wrong type", head.ID)
		return nil
	}
	if why := o.wrong(); why != "" {
		s.skip(why, head.ID)
		return nil
	}
	old, twice := s.objects[o.ID]
	switch {
	case !twice:
		if err := s.j.hold(len(*raw)); err != nil {
			return err
		}
		s.order = append(s.order, o.ID)
	case old.sum == o.sum:
		return nil
	case old.Modified.Equal(o.Modified.Time), old.CreatedBy != o.CreatedBy:
		// Two things, or two makers, under one id: the first one stays.
		s.skip("objects that claim the id of another", o.ID)
		return nil
	default: // versions of one object (STIX 2.1, 3.6)
		s.skip("older versions of an object", o.ID)
		if o.Modified.Before(old.Modified.Time) {
			return nil
		}
		if err := s.j.hold(len(*raw)); err != nil { // it may be larger than what it replaces
			return err
		}
	}
	if o.SpecVersion == "2.1" {
		s.version = "stix-2.1"
	}
	s.objects[o.ID] = o
	return nil
}

// wrong says which "must" of the standard an object breaks (2.1, 3.2 and 5).
func (o *stixKept) wrong() string {
	switch {
	case o.Type == "marking-definition":
		return ""
	case o.Created.IsZero() || o.Modified.IsZero():
		return "objects without created or modified"
	case o.Modified.Before(o.Created.Time):
		return "objects modified before they were created"
	case !o.LastSeen.IsZero() && o.LastSeen.Before(o.FirstSeen.Time), !o.ValidUntil.IsZero() && !o.ValidUntil.After(o.ValidFrom.Time):
		return "objects that end before they begin"
	case o.Confidence < 0 || o.Confidence > 100:
		return "objects with a confidence outside of 0 to 100"
	}
	return ""
}

// withdraw takes out what its latest version revokes: not before all versions
// are there, for an older one may follow.
func (s *stixReader) withdraw() {
	s.order = slices.DeleteFunc(s.order, func(id string) bool {
		o := s.objects[id]
		if !o.Revoked && !o.Deprecated {
			return false
		}
		s.skip("revoked and deprecated objects", id)
		delete(s.objects, id)
		return true
	})
}

func (s *stixReader) finish() (Reading, error) {
	if len(s.objects) == 0 && len(s.j.skips) == 0 {
		return Reading{}, errors.New("a STIX bundle without objects")
	}
	s.campaign, s.actor, s.claims, s.known, s.authors = map[string]int{}, map[string]int{}, map[string]int{}, map[string]bool{}, map[string]int{}
	s.withdraw()
	for _, id := range s.order { // things first, then what is said of them
		s.thing(s.objects[id])
	}
	about := map[string][]string{}
	for _, id := range s.order {
		if o := s.objects[id]; o.Type == "relationship" {
			s.relationship(o, about)
		}
	}
	for _, id := range s.order {
		if err := s.said(s.objects[id], about); err != nil {
			return Reading{}, err
		}
	}
	for _, id := range s.order {
		s.origin(s.objects[id])
	}
	s.doc.TLP, s.doc.Producer = s.tlp, s.producer()
	for i := range s.doc.Assertions {
		a := &s.doc.Assertions[i]
		a.By = cmp.Or(a.By, s.doc.Producer)
	}
	for i := range s.exports.Claims {
		c := &s.exports.Claims[i]
		c.By = cmp.Or(c.By, s.doc.Producer)
	}
	return Reading{Format: cmp.Or(s.version, "stix-2.1"), Own: s.exports, Document: s.doc}, nil
}

// own returns the id that an object has in the document: ours if it says so,
// else its own. Two objects do not share one.
func (s *stixReader) own(o *stixKept) string {
	for _, r := range o.References {
		if r.Source == ownIDs && r.ID != "" {
			if !s.known[r.ID] {
				s.known[r.ID] = true
				return r.ID
			}
			s.skip("ids that two objects claim", r.ID)
		}
	}
	s.known[o.ID] = true
	return o.ID
}

func (s *stixReader) thing(o *stixKept) {
	switch o.Type {
	case "campaign", "incident":
		if o.Name == "" {
			s.skip("campaigns and actors without a name", o.ID)
			return
		}
		s.campaign[o.ID] = len(s.doc.Campaigns)
		id := s.own(o)
		if s.exported(o, "campaign", id) {
			s.exports.Campaigns = append(s.exports.Campaigns, id)
		}
		s.doc.Campaigns = append(s.doc.Campaigns, Campaign{
			ID: id, Name: o.Name, Kinds: o.Labels, First: o.FirstSeen.Time, Last: o.LastSeen.Time, Confidence: o.Confidence, Summary: o.Description,
		})
	case "intrusion-set", "threat-actor":
		if o.Name == "" {
			s.skip("campaigns and actors without a name", o.ID)
			return
		}
		s.actor[o.ID] = len(s.doc.Actors)
		s.doc.Actors = append(s.doc.Actors, Actor{ID: s.own(o), Names: s.names(o)})
	case "marking-definition":
		if t, ok := o.marking(); ok {
			s.tlps[o.ID] = t
		}
	}
}

// mostNames is how many names of one actor are kept; the richest of the
// published bases have below a hundred.
const mostNames = 1000

// names are those of an actor: a reference with the text of one says whose it
// is, another one is one more name (ATT&CK's G0007).
func (s *stixReader) names(o *stixKept) []Name {
	var out []Name
	at := map[string]int{}
	add := func(n Name) {
		i, ok := at[n.Name]
		switch {
		case n.Name == "":
		case ok && out[i].Producer == "":
			out[i].Producer = n.Producer
		case ok:
		case len(out) == mostNames:
			s.skip("names of an actor beyond the first 1000", o.ID)
		default:
			at[n.Name] = len(out)
			out = append(out, n)
		}
	}
	add(Name{Name: o.Name})
	for _, a := range o.Aliases {
		add(Name{Name: a})
	}
	for _, r := range o.References {
		if r.Source != ownIDs {
			add(Name{Name: r.ID, Producer: r.Source})
		}
	}
	return out
}

// marking returns the TLP that a marking definition defines.
func (o *stixKept) marking() (TLP, bool) {
	if t, ok := tlpOfMarking[o.ID]; ok {
		return t, true
	}
	var ext stixTLP
	if raw := o.Extensions[tlpExtension]; raw != nil && json.Unmarshal(raw, &ext) == nil {
		return ParseTLP(ext.TLP)
	}
	if o.Definition != nil {
		return ParseTLP(o.Definition.TLP)
	}
	return "", false
}

// in returns the id in the document of a campaign or actor of the bundle.
func (s *stixReader) in(id string) (string, bool) {
	if i, ok := s.campaign[id]; ok {
		return s.doc.Campaigns[i].ID, true
	}
	if i, ok := s.actor[id]; ok {
		return s.doc.Actors[i].ID, true
	}
	return "", false
}

func (s *stixReader) relationship(o *stixKept, about map[string][]string) {
	c, isCampaign := s.campaign[o.Source]
	a, isActor := s.actor[o.Source]
	technique, isTechnique := s.technique(o.Target)
	subject, _ := s.in(o.Source)
	target, known := s.in(o.Target)
	switch {
	case o.Source == o.Target:
		s.skip("relationships of an object to itself", o.ID)
	case o.Relation == "uses" && isTechnique && isCampaign:
		s.doc.Campaigns[c].Techniques = append(s.doc.Campaigns[c].Techniques, technique)
	case o.Relation == "uses" && isTechnique && isActor:
		use := Use{Technique: technique}
		for _, r := range o.References {
			if r.Source != "" {
				use.Refs = append(use.Refs, r.Source)
			}
		}
		s.doc.Actors[a].Uses = append(s.doc.Actors[a].Uses, use)
	case o.Relation == "attributed-to" && (isCampaign || isActor) && known:
		s.claims[o.ID] = len(s.doc.Assertions)
		if s.exported(o, "relationship", o.Source, o.Relation, o.Target) || isCampaign && s.unsigned(o) {
			s.exports.Claims = append(s.exports.Claims, Claim{subject, target, s.name(o.CreatedBy)})
		}
		s.doc.Assertions = append(s.doc.Assertions, Assertion{
			Subject: subject, Actor: target, By: s.name(o.CreatedBy), At: o.Modified.Time, Confidence: o.Confidence,
			Status: strings.Join(o.Labels, " "), Text: o.Description,
		})
	case o.Relation == "indicates" && s.is(o.Source, "indicator") && known:
		about[o.Source] = append(about[o.Source], target)
	case o.Relation == "targets" && isCampaign && s.is(o.Target, "identity"):
		s.doc.Campaigns[c].Victims = append(s.doc.Campaigns[c].Victims, Victim{Name: s.name(o.Target), Outcome: o.Description})
	default:
		s.skip("relationships that say nothing about a campaign or actor kept: "+clip(o.Relation, 40), o.ID)
	}
}

// exported reports whether an export by its creator gives an object that id.
func (s *stixReader) exported(o *stixKept, kind string, key ...string) bool {
	return strings.EqualFold(o.ID, kind+"--"+exported(s.name(o.CreatedBy), kind, key...))
}

// unsigned reports whether an assertion is of whoever made its campaign, a
// campaign of an export, where the bundle does not hold who that is.
func (s *stixReader) unsigned(o *stixKept) bool {
	c := s.objects[o.Source]
	return s.objects[o.CreatedBy] == nil && o.CreatedBy == c.CreatedBy && slices.ContainsFunc(c.References, func(r stixReference) bool { return r.Source == ownIDs })
}

func (s *stixReader) is(id, kind string) bool {
	return s.objects[id] != nil && s.objects[id].Type == kind
}

func (s *stixReader) name(identity string) string {
	if o := s.objects[identity]; o != nil {
		return o.Name
	}
	return ""
}

func (s *stixReader) technique(id string) (Technique, bool) {
	o := s.objects[id]
	if o == nil || o.Type != "attack-pattern" {
		return Technique{}, false
	}
	for _, r := range o.References {
		if strings.HasPrefix(r.Source, "mitre-") && strings.HasSuffix(r.Source, "attack") && r.ID != "" {
			return Technique{r.ID, cmp.Or(o.Name, r.ID)}, true
		}
	}
	return Technique{}, false
}

// origin notes who made an object, when, and how far it may go.
func (s *stixReader) origin(o *stixKept) {
	if o.Type == "marking-definition" {
		return
	}
	if o.CreatedBy != "" {
		s.authors[o.CreatedBy]++
	}
	if o.Modified.After(s.doc.At) {
		s.doc.At = o.Modified.Time
	}
	for _, m := range o.Markings {
		t, ok := tlpOfMarking[m]
		if !ok {
			t = s.tlps[m]
		}
		if t.Stricter(s.tlp) {
			s.tlp = t
		}
	}
}

// producer is the one who made most objects.
func (s *stixReader) producer() string {
	best := ""
	for _, id := range slices.Sorted(maps.Keys(s.authors)) {
		if s.name(id) != "" && s.authors[id] > s.authors[best] {
			best = id
		}
	}
	return s.name(best)
}
