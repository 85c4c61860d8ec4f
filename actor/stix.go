package actor

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// bundle reads a STIX 2.0 or 2.1 bundle. Of ATT&CK it keeps the groups, the
// campaigns and what both use; tactics, descriptions and the rest pass by.
type bundle struct {
	actors     map[string]*stixObject // intrusion-set and threat-actor, by STIX id
	campaigns  map[string]*stixObject
	uses       map[string]*stixObject // attack-pattern, malware and tool
	identities map[string]string
	relations  map[string]*stixObject
	spec21     bool
	version    string
	found      found
}

// stixObject is the part of any object that is of use here.
type stixObject struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Spec       string `json:"spec_version"`
	Modified   string `json:"modified"`
	Creator    string `json:"created_by_ref"`
	Name       string `json:"name"`
	Revoked    bool   `json:"revoked"`
	Deprecated bool   `json:"x_mitre_deprecated"`
	Release    string `json:"x_mitre_version"` // of an x-mitre-collection: the version of ATT&CK
	First      string `json:"first_seen"`
	Last       string `json:"last_seen"`

	Aliases    []string        `json:"aliases"`
	References []stixReference `json:"external_references"`

	Relation string `json:"relationship_type"`
	From     string `json:"source_ref"`
	To       string `json:"target_ref"`
}

type stixReference struct {
	Source      string `json:"source_name"`
	ExternalID  string `json:"external_id"`
	Description string `json:"description"`
}

func newBundle() *bundle {
	return &bundle{
		actors: map[string]*stixObject{}, campaigns: map[string]*stixObject{}, uses: map[string]*stixObject{},
		identities: map[string]string{}, relations: map[string]*stixObject{},
	}
}

func (b *bundle) add(o *stixObject) error {
	if o.Type == "" || o.ID == "" {
		b.found.warn("objects without type or id", cmp.Or(o.ID, o.Name, o.Type))
		return nil
	}
	if o.Modified != "" {
		if _, err := time.Parse(time.RFC3339Nano, o.Modified); err != nil {
			b.found.warn("objects with an invalid time", o.ID+" modified "+o.Modified)
			o.Modified = "" // older than any other version of it
		}
	}
	b.spec21 = b.spec21 || o.Spec == "2.1"
	switch o.Type {
	case "intrusion-set", "threat-actor":
		b.newest(b.actors, o)
	case "campaign":
		b.newest(b.campaigns, o)
	case "attack-pattern", "malware", "tool":
		b.newest(b.uses, o)
	case "relationship":
		if slices.Contains(relationsKept, o.Relation) {
			b.newest(b.relations, o)
		}
	case "identity":
		if _, claimed := b.identities[o.ID]; claimed && b.identities[o.ID] != o.Name {
			b.found.warn("objects that claim the id of another", o.ID)
			return nil
		}
		b.identities[o.ID] = o.Name
	case "x-mitre-collection":
		b.version = o.Release
	default:
		if !slices.Contains(passing, o.Type) && !strings.HasPrefix(o.Type, "x-mitre-") {
			b.found.warn("objects of a type that STIX does not have", o.Type)
		}
	}
	if len(b.actors)+len(b.campaigns)+len(b.uses)+len(b.relations)+len(b.identities) > maxObjects {
		return fmt.Errorf("more than %d objects to be kept; ATT&CK has 25,000", maxObjects)
	}
	return nil
}

// maxObjects bounds what one bundle may make the program keep.
const maxObjects = 200_000

// relationsKept are the types of relationship that are read.
var relationsKept = []string{"uses", "revoked-by", "attributed-to"}

// passing are the types of STIX 2.0 and 2.1 that hold nothing of actors.
var passing = strings.Fields(`artifact autonomous-system course-of-action directory domain-name email-addr email-message
	extension-definition file grouping incident indicator infrastructure ipv4-addr ipv6-addr language-content location mac-addr
	malware-analysis marking-definition mutex network-traffic note observed-data opinion process report sighting software url
	user-account vulnerability windows-registry-key x509-certificate`)

// newest keeps the latest version of an object: a bundle may hold several
// (STIX 2.1 §3.6). The times are RFC 3339 in UTC, which sort as text. A version
// has the creator of the first: another one's is somebody who claims the id.
func (b *bundle) newest(objects map[string]*stixObject, o *stixObject) {
	old, ok := objects[o.ID]
	switch {
	case ok && (old.Creator != o.Creator || old.Type != o.Type || old.Modified == o.Modified && old.Name != o.Name):
		b.found.warn("objects that claim the id of another", o.ID)
	case !ok || old.Modified <= o.Modified:
		objects[o.ID] = o
	}
}

func (b *bundle) finish(spec string) (*found, error) {
	f := &b.found
	switch {
	case b.spec21:
		f.format = "stix-2.1" // its objects say it, not the bundle
	case spec == "2.0":
		f.format = "stix-2.0"
	default:
		return nil, errors.New("a STIX bundle of neither version 2.0 nor 2.1")
	}
	f.version, f.replaced = b.version, map[string]string{}
	successor := b.successors()
	records := b.records(successor)
	if len(records) == 0 && f.excluded == 0 {
		return nil, errors.New("the STIX bundle holds no intrusion set and no threat actor")
	}
	b.collectUses(records, successor)
	for _, id := range slices.Sorted(maps.Keys(records)) {
		r := records[id]
		r.Techniques, r.Software = merged(r.Techniques), merged(r.Software)
		f.records = append(f.records, r)
		f.source = r.Source
	}
	f.campaigns = b.collectCampaigns(records, successor)
	return f, nil
}

// successors returns the object that stands for a revoked one today, by
// following revoked-by to its end.
func (b *bundle) successors() map[string]string {
	next := map[string]string{}
	for _, rel := range b.relations {
		if rel.Relation == "revoked-by" && !rel.gone() && rel.From != rel.To {
			if old, ok := next[rel.From]; !ok || rel.To < old {
				next[rel.From] = rel.To
			}
		}
	}
	end := map[string]string{}
	for from := range next {
		to := next[from]
		for range next { // at most: a ring of revocations ends here, too
			further, ok := next[to]
			if !ok {
				break
			}
			to = further
		}
		if _, ring := next[to]; ring {
			b.found.warn("revocations that go round in a ring", from)
			continue
		}
		end[from] = to
	}
	for from, to := range end {
		if a, z := b.uses[from], b.uses[to]; a != nil && z != nil && a.attackID() != "" && z.attackID() != "" {
			b.found.replaced[a.attackID()] = z.attackID()
		}
	}
	return end
}

// records makes a record of each actor that is neither revoked nor deprecated.
// The names of a revoked one go to its successor as former names.
func (b *bundle) records(successor map[string]string) map[string]*Record {
	f := &b.found
	records := map[string]*Record{}
	owner := map[key]string{}
	for _, id := range slices.Sorted(maps.Keys(b.actors)) {
		o := b.actors[id]
		source, external := b.keeper(o)
		switch {
		case o.gone():
			f.excluded++
			f.withdrawn = append(f.withdrawn, key{source, external})
		case o.Name == "":
			f.warn("actors without a name", o.ID)
		case owner[key{source, external}] != "":
			f.warn("actors with the id of another", external)
		default:
			owner[key{source, external}] = id
			records[id] = &Record{Source: source, ID: external, UUID: uuidOf(id), Names: b.names(o, Same)}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.actors)) {
		o := b.actors[id]
		heir := records[successor[id]]
		if !o.gone() || heir == nil {
			continue
		}
		_, external := b.keeper(o)
		heir.Retired = append(heir.Retired, external)
		for _, n := range b.names(o, Formerly) {
			if !slices.ContainsFunc(heir.Names, func(h Name) bool { return fold(h.Name) == fold(n.Name) }) {
				heir.Names = append(heir.Names, n)
			}
		}
	}
	return records
}

// collectUses adds to the records what the relationships say they use.
func (b *bundle) collectUses(records map[string]*Record, successor map[string]string) {
	f := &b.found
	for _, id := range slices.Sorted(maps.Keys(b.relations)) {
		rel := b.relations[id]
		if rel.Relation != "uses" || rel.gone() {
			continue
		}
		r := records[cmp.Or(successor[rel.From], rel.From)]
		if r == nil {
			continue // of a campaign or of software, or of an actor that is gone
		}
		b.use(rel, successor, &r.Techniques, &r.Software)
	}
	for _, id := range slices.Sorted(maps.Keys(b.uses)) {
		if o := b.uses[id]; !o.gone() && o.attackID() != "" && o.Name != "" {
			if f.titles == nil {
				f.titles = map[string]string{}
			}
			f.titles[o.attackID()] = o.Name
		}
	}
}

// use adds what one relationship says is used.
func (b *bundle) use(rel *stixObject, successor map[string]string, techniques, software *[]Use) {
	f := &b.found
	what := b.uses[cmp.Or(successor[rel.To], rel.To)]
	switch {
	case what == nil:
		f.warn("relationships to something that the bundle does not hold", rel.ID)
	case what.gone():
		f.warn("uses of something deprecated", cmp.Or(what.attackID(), what.ID))
	case what.Type == "attack-pattern":
		if t := what.attackID(); t != "" {
			*techniques = append(*techniques, Use{ID: t, Refs: rel.reports()})
		} else {
			f.warn("techniques without an ATT&CK id", what.ID)
		}
	default:
		*software = append(*software, Use{ID: cmp.Or(what.attackID(), what.ID), Refs: rel.reports()})
	}
}

// collectCampaigns makes a campaign of each that is neither revoked nor
// deprecated, by id.
func (b *bundle) collectCampaigns(records map[string]*Record, successor map[string]string) []*Campaign {
	campaigns := map[string]*Campaign{}
	for id, o := range b.campaigns {
		if o.gone() || o.Name == "" {
			continue
		}
		source, external := b.keeper(o)
		c := &Campaign{Source: source, ID: external, Names: []string{o.Name}, First: o.First, Last: o.Last, Reports: o.reports()}
		for _, a := range o.Aliases {
			if a != "" && !slices.Contains(c.Names, a) {
				c.Names = append(c.Names, a)
			}
		}
		campaigns[id] = c
	}
	for _, id := range slices.Sorted(maps.Keys(b.relations)) {
		rel := b.relations[id]
		c := campaigns[cmp.Or(successor[rel.From], rel.From)]
		if c == nil || rel.gone() {
			continue
		}
		switch rel.Relation {
		case "attributed-to":
			if r := records[cmp.Or(successor[rel.To], rel.To)]; r != nil && !slices.Contains(c.Actors, r.ID) {
				c.Actors = append(c.Actors, r.ID)
			}
		case "uses":
			b.use(rel, successor, &c.Techniques, &c.Software)
			c.Reports = append(c.Reports, rel.reports()...)
		}
	}
	var out []*Campaign
	for _, c := range campaigns {
		c.Techniques, c.Software = merged(c.Techniques), merged(c.Software)
		slices.Sort(c.Actors)
		slices.Sort(c.Reports)
		c.Reports = slices.Compact(c.Reports)
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y *Campaign) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), strings.Compare(x.ID, y.ID))
	})
	return out
}

// merged makes one of the uses of one thing, and sorts them.
func merged(uses []Use) []Use {
	slices.SortStableFunc(uses, func(a, b Use) int { return strings.Compare(a.ID, b.ID) })
	var out []Use
	for _, u := range uses {
		if n := len(out); n > 0 && out[n-1].ID == u.ID {
			out[n-1].Refs = append(out[n-1].Refs, u.Refs...)
		} else {
			out = append(out, u)
		}
	}
	for i := range out {
		slices.Sort(out[i].Refs)
		out[i].Refs = slices.Compact(out[i].Refs)
	}
	return out
}

func (o *stixObject) gone() bool { return o.Revoked || o.Deprecated }

// attackID returns the id by which ATT&CK calls the object: T1110.003, G0007.
func (o *stixObject) attackID() string {
	for _, r := range o.References {
		if isAttack(r.Source) {
			return r.ExternalID
		}
	}
	return ""
}

// reports returns the distinct reports cited by the object, sorted.
func (o *stixObject) reports() []string {
	var refs []string
	for _, r := range o.References {
		if r.Source != "" && !isAttack(r.Source) {
			refs = append(refs, r.Source)
		}
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}

// isAttack knows mitre-attack, mitre-mobile-attack and mitre-ics-attack.
func isAttack(source string) bool {
	return strings.HasPrefix(source, "mitre-") && strings.HasSuffix(source, "attack")
}

// keeper returns who keeps a record of the actor, and under which id.
func (b *bundle) keeper(o *stixObject) (source, id string) {
	if id := o.attackID(); id != "" {
		return "MITRE ATT&CK", id
	}
	return cmp.Or(b.identities[o.Creator], "STIX bundle"), o.ID
}

// names returns the name and aliases of an actor. ATT&CK's references tell
// where an alias is used, each under the alias as source name.
func (b *bundle) names(o *stixObject, relation Relation) []Name {
	source, _ := b.keeper(o)
	if source == "MITRE ATT&CK" {
		source = "MITRE"
	}
	names := []Name{{Name: o.Name, Producer: source, Relation: relation}}
	for _, a := range o.Aliases {
		if a == "" || fold(a) == fold(o.Name) {
			continue
		}
		n := Name{Name: a, Relation: relation}
		for _, r := range o.References {
			if r.Source == a {
				n.Ref = cited(r.Description)
			}
		}
		names = append(names, n)
	}
	return names
}

// cited returns the names of the reports in ATT&CK's "(Citation: X)".
func cited(description string) string {
	var refs []string
	for _, m := range citation.FindAllStringSubmatch(description, 20) {
		refs = append(refs, m[1])
	}
	return strings.Join(refs, "; ")
}

var citation = regexp.MustCompile(`\(Citation: ([^)]{1,200})\)`)

func uuidOf(id string) string {
	_, uuid, _ := strings.Cut(id, "--")
	return uuid
}
