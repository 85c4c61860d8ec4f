// Package taxii hands STIX objects on and takes them from others by TAXII 2.1
// (OASIS, 10 June 2021; section numbers below are its).
//
// [NewServer] makes a read-only server of a [Library]: discovery, one API
// root, collections, objects, versions and manifests, with all filters and
// pages. It takes nothing: no object can be added or deleted, and there is no
// status to ask for. Who may read is decided by a hook.
//
// [Client] reads what others serve, in bounded memory, from the one host that
// its caller named. Nothing here connects to anything on its own.
package taxii

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MediaType is what TAXII 2.1 is served as (1.6.8); stixType are the objects.
const (
	MediaType = "application/taxii+json;version=2.1"
	stixType  = "application/stix+json;version=2.1"
)

// Discovery is what a server says of itself (4.1).
type Discovery struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Contact     string   `json:"contact,omitempty"`
	Default     string   `json:"default,omitempty"`
	Roots       []string `json:"api_roots,omitempty"`

	Elsewhere []string `json:"-"` // API roots on other hosts: who wants them names them
}

// Root is what an API root says of itself (4.2).
type Root struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Versions    []string `json:"versions"`
	MaxContent  int64    `json:"max_content_length"`
}

// Collection is a set of objects (5.2).
type Collection struct {
	ID          string   `json:"id"` // a UUID
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Alias       string   `json:"alias,omitempty"` // may stand for the id
	CanRead     bool     `json:"can_read"`
	CanWrite    bool     `json:"can_write"`
	MediaTypes  []string `json:"media_types,omitempty"`
}

// envelope carries objects (3.7).
type envelope struct {
	More    bool              `json:"more,omitempty"`
	Next    string            `json:"next,omitempty"`
	Objects []json.RawMessage `json:"objects,omitempty"`
}

// Error is what a server answers where it cannot do what was asked (3.6.1).
type Error struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Status      string `json:"http_status,omitempty"`
}

// Library is what a server serves. It is asked anew for each request.
type Library interface {
	Collections(ctx context.Context) ([]Collection, error)
	// Objects returns the objects of a collection, each version by itself, in
	// any order. The caller does not change them.
	Objects(ctx context.Context, collection string) ([]Object, error)
}

// Object is one version of a STIX object in a collection.
type Object struct {
	ID      string
	Type    string
	Spec    string    // 2.0, 2.1
	Version time.Time // modified, or created where a type has no other
	Added   time.Time // to the collection
	Raw     json.RawMessage
}

// NewObject reads what a server must know of an object.
func NewObject(raw json.RawMessage, added time.Time) (Object, error) {
	var o struct {
		ID       string    `json:"id"`
		Type     string    `json:"type"`
		Spec     string    `json:"spec_version"`
		Created  time.Time `json:"created"`
		Modified time.Time `json:"modified"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return Object{}, fmt.Errorf("object: %w", err)
	}
	if o.ID == "" || o.Type == "" {
		return Object{}, fmt.Errorf("an object of type %q has the id %q", o.Type, o.ID)
	}
	out := Object{ID: o.ID, Type: o.Type, Spec: o.Spec, Version: o.Modified, Added: added, Raw: raw}
	if out.Spec == "" {
		out.Spec = "2.0" // only observables of 2.1 may lack it besides (STIX 2.1, 3.2)
	}
	if out.Version.IsZero() {
		out.Version = o.Created
	}
	if out.Version.IsZero() {
		out.Version = added // an object without versions (5.8)
	}
	return out, nil
}

// Static is a library that does not change.
type Static struct {
	List []Collection
	Held map[string][]Object // by id of the collection
}

// Collections returns the list.
func (s Static) Collections(context.Context) ([]Collection, error) { return s.List, nil }

// Objects returns what is held.
func (s Static) Objects(_ context.Context, collection string) ([]Object, error) {
	return s.Held[collection], nil
}

// stamp is the form of times (3.2): microseconds at least, always UTC.
const stamp = "2006-01-02T15:04:05.000000Z"

func format(t time.Time) string { return t.UTC().Format(stamp) }

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err == nil && !strings.HasSuffix(s, "Z") {
		err = fmt.Errorf("%q is not in UTC", s)
	}
	return t, err
}

// Filter chooses objects (3.4). The zero value is all of them, each in its
// latest version.
type Filter struct {
	AddedAfter time.Time
	IDs        []string
	Types      []string
	Versions   []string // first, last, all, or a time
	Specs      []string
	Limit      int // of one page; 0 leaves it to the server
}

// apply returns what the filter chooses, in the order of pages: by the time
// when it was added.
func (f Filter) apply(objects []Object) []Object {
	chosen := slices.Clone(objects)
	chosen = slices.DeleteFunc(chosen, func(o Object) bool {
		return len(f.IDs) > 0 && !slices.Contains(f.IDs, o.ID) || len(f.Types) > 0 && !slices.Contains(f.Types, o.Type) || len(f.Specs) > 0 && !slices.Contains(f.Specs, o.Spec)
	})
	// Without a filter on it, the latest specification of each object (3.4.1).
	spec, first, last := map[string]string{}, map[string]time.Time{}, map[string]time.Time{}
	for _, o := range chosen {
		spec[o.ID] = max(spec[o.ID], o.Spec)
	}
	if len(f.Specs) == 0 {
		chosen = slices.DeleteFunc(chosen, func(o Object) bool { return o.Spec != spec[o.ID] })
	}
	for _, o := range chosen {
		if old, ok := first[o.ID]; !ok || o.Version.Before(old) {
			first[o.ID] = o.Version
		}
		if o.Version.After(last[o.ID]) {
			last[o.ID] = o.Version
		}
	}
	versions := f.Versions
	if len(versions) == 0 {
		versions = []string{"last"}
	}
	chosen = slices.DeleteFunc(chosen, func(o Object) bool {
		if !f.AddedAfter.IsZero() && !o.Added.After(f.AddedAfter) {
			return true
		}
		return !slices.ContainsFunc(versions, func(v string) bool {
			switch v {
			case "all":
				return true
			case "last":
				return o.Version.Equal(last[o.ID])
			case "first":
				return o.Version.Equal(first[o.ID])
			}
			at, err := parseTime(v)
			return err == nil && o.Version.Equal(at)
		})
	})
	slices.SortStableFunc(chosen, Object.compare)
	return chosen
}

// compare orders objects by when they were added; what was added at once, by
// id and version, so that a page ends at one place only.
func (o Object) compare(p Object) int {
	if c := o.Added.Compare(p.Added); c != 0 {
		return c
	}
	if c := strings.Compare(o.ID, p.ID); c != 0 {
		return c
	}
	return o.Version.Compare(p.Version)
}
