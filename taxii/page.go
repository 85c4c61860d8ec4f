package taxii

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// page is one answer's share of the chosen objects.
type page struct {
	objects []Object
	next    string // "" at the end
}

// page cuts the objects after the place that next names. A place is what the
// last object of a page was, so that objects added meanwhile do not move it.
func (s *server) page(objects []Object, f Filter, next string) (page, *refusal) {
	if next != "" {
		after, ok := parsePlace(next)
		if !ok {
			return page{}, &refusal{http.StatusBadRequest, "next is not one that this server gave"}
		}
		i, found := slices.BinarySearchFunc(objects, after, Object.compare)
		if found {
			i++
		}
		objects = objects[i:]
	}
	limit := s.PageSize
	if f.Limit > 0 {
		limit = min(limit, f.Limit)
	}
	if len(objects) <= limit {
		return page{objects: objects}, nil
	}
	return page{objects[:limit], place(objects[limit-1])}, nil
}

func place(o Object) string {
	return base64.RawURLEncoding.EncodeToString([]byte(o.Added.UTC().Format(time.RFC3339Nano) + " " + o.Version.UTC().Format(time.RFC3339Nano) + " " + o.ID))
}

func parsePlace(s string) (Object, bool) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	parts := strings.SplitN(string(text), " ", 3)
	if err != nil || len(parts) != 3 {
		return Object{}, false
	}
	added, err1 := time.Parse(time.RFC3339Nano, parts[0])
	version, err2 := time.Parse(time.RFC3339Nano, parts[1])
	return Object{Added: added, Version: version, ID: parts[2]}, err1 == nil && err2 == nil
}

func (p page) envelope() envelope {
	e := envelope{More: p.next != "", Next: p.next}
	for _, o := range p.objects {
		e.Objects = append(e.Objects, o.Raw)
	}
	return e
}

// manifestRecord says of an object that it is there (5.3).
type manifestRecord struct {
	ID        string `json:"id"`
	Added     string `json:"date_added"`
	Version   string `json:"version"`
	MediaType string `json:"media_type"`
}

type manifest struct {
	More    bool             `json:"more,omitempty"`
	Next    string           `json:"next,omitempty"`
	Objects []manifestRecord `json:"objects,omitempty"`
}

func (p page) manifest() manifest {
	m := manifest{More: p.next != "", Next: p.next}
	for _, o := range p.objects {
		m.Objects = append(m.Objects, manifestRecord{o.ID, format(o.Added), format(o.Version), "application/stix+json;version=" + o.Spec})
	}
	return m
}

type versions struct {
	More     bool     `json:"more,omitempty"`
	Next     string   `json:"next,omitempty"`
	Versions []string `json:"versions,omitempty"`
}

func (p page) versions() versions {
	v := versions{More: p.next != "", Next: p.next}
	for _, o := range p.objects {
		v.Versions = append(v.Versions, format(o.Version))
	}
	return v
}
