package actor

import (
	"encoding/json"
	"fmt"
	"strings"
)

// galaxy reads a MISP galaxy cluster (MISP/misp-galaxy, clusters).
type galaxy struct {
	values []*galaxyValue
	found  found
}

type galaxyValue struct {
	UUID  string `json:"uuid"`
	Value string `json:"value"`
	Meta  struct {
		Synonyms    list   `json:"synonyms"`
		Attribution list   `json:"name-attribution"` // "name:uuid of its producer"
		Country     string `json:"country"`
		Sectors     list   `json:"targeted-sector"`
	} `json:"meta"`
	Related []struct {
		UUID string `json:"dest-uuid"`
		Type string `json:"type"`
	} `json:"related"`
}

// list is an array of strings, which some galaxies write as one string.
type list []string

func (l *list) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

func (g *galaxy) add(v *galaxyValue) error {
	if g.values = append(g.values, v); len(g.values) > maxObjects {
		return fmt.Errorf("more than %d values", maxObjects)
	}
	return nil
}

func (g *galaxy) finish(head map[string]json.RawMessage) (*found, error) {
	f, kind := &g.found, text(head["type"])
	f.format, f.source, f.version = "misp-galaxy", "MISP "+kind, text(head["version"])
	switch {
	case kind == "producer":
		f.producers = map[string]string{}
		for _, v := range g.values {
			if v.UUID != "" && v.Value != "" {
				f.producers[v.UUID] = v.Value
			}
		}
		return f, nil
	case kind == "threat-actor", strings.Contains(kind, "activity-group"), strings.Contains(kind, "intrusion-set"),
		text(head["category"]) == "actor":
	default:
		return nil, fmt.Errorf("a MISP galaxy cluster of type %q is not one of actors", kind)
	}
	seen := map[string]bool{}
	for _, v := range g.values {
		switch {
		case v.UUID == "" || v.Value == "":
			f.warn("values without uuid or name", v.Value+v.UUID)
		case seen[v.UUID]:
			f.warn("values with the uuid of another", v.Value)
		default:
			seen[v.UUID] = true
			f.records = append(f.records, g.record(v, kind))
		}
	}
	return f, nil
}

func (g *galaxy) record(v *galaxyValue, kind string) *Record {
	r := &Record{Source: g.found.source, ID: v.UUID, UUID: v.UUID}
	producer := map[string]string{}
	for _, a := range v.Meta.Attribution {
		i := strings.LastIndexByte(a, ':')
		if i < 1 {
			g.found.warn("name attributions without a producer", a)
			continue
		}
		producer[a[:i]] = a[i+1:]
	}
	named := map[string]bool{}
	for _, n := range append([]string{v.Value}, v.Meta.Synonyms...) {
		if n = strings.TrimSpace(n); n == "" || named[n] {
			continue
		}
		named[n] = true
		name := Name{Name: n, Relation: Same, ProducerID: producer[n]}
		if kind == "microsoft-activity-group" && n == v.Value {
			name.Producer = "Microsoft" // the galaxy is Microsoft's own scheme
		}
		r.Names = append(r.Names, name)
	}
	if v.Meta.Country != "" {
		r.Origins = []Origin{{Place: v.Meta.Country, By: g.found.source}}
	}
	for _, s := range v.Meta.Sectors {
		r.Sectors = append(r.Sectors, Target{What: strings.TrimSpace(s)})
	}
	for _, l := range v.Related {
		if rel, ok := galaxyRelations[l.Type]; ok && l.UUID != "" {
			r.Links = append(r.Links, Link{Relation: rel, UUID: l.UUID})
		}
	}
	return r
}

// galaxyRelations are the types of relation that are between actors.
var galaxyRelations = map[string]Relation{"similar": Same, "overlaps": Overlaps, "part-of": PartOf}
