package exchange

import (
	"encoding/json"
	"regexp"
	"time"
)

// stixBundle is a STIX 2.1 bundle (2.1, 8).
type stixBundle struct {
	Type    string       `json:"type"`
	ID      string       `json:"id"`
	Objects []stixObject `json:"objects"`
}

// stixObject has the properties of all types that are written or read here.
// Each object uses those of its type.
type stixObject struct {
	Type        string   `json:"type"`
	SpecVersion string   `json:"spec_version,omitempty"`
	ID          string   `json:"id"`
	CreatedBy   string   `json:"created_by_ref,omitempty"`
	Created     stixTime `json:"created,omitzero"`
	Modified    stixTime `json:"modified,omitzero"`
	Revoked     bool     `json:"revoked,omitempty"`
	Deprecated  bool     `json:"x_mitre_deprecated,omitempty"` // ATT&CK's way to withdraw

	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`

	Class string `json:"identity_class,omitempty"` // identity

	FirstSeen stixTime `json:"first_seen,omitzero"` // campaign, sighting
	LastSeen  stixTime `json:"last_seen,omitzero"`
	Aliases   []string `json:"aliases,omitempty"` // intrusion-set

	IndicatorTypes []string `json:"indicator_types,omitempty"`
	Pattern        string   `json:"pattern,omitempty"`
	PatternType    string   `json:"pattern_type,omitempty"`
	PatternVersion string   `json:"pattern_version,omitempty"`
	ValidFrom      stixTime `json:"valid_from,omitzero"`
	ValidUntil     stixTime `json:"valid_until,omitzero"`

	Relation   string `json:"relationship_type,omitempty"`
	Source     string `json:"source_ref,omitempty"`
	Target     string `json:"target_ref,omitempty"`
	Count      int    `json:"count,omitempty"` // sighting
	SightingOf string `json:"sighting_of_ref,omitempty"`

	Opinion     string   `json:"opinion,omitempty"`
	Explanation string   `json:"explanation,omitempty"`
	Abstract    string   `json:"abstract,omitempty"` // note
	Content     string   `json:"content,omitempty"`
	Authors     []string `json:"authors,omitempty"`
	ReportTypes []string `json:"report_types,omitempty"`
	Published   stixTime `json:"published,omitzero"`
	ObjectRefs  []string `json:"object_refs,omitempty"`

	Labels     []string                   `json:"labels,omitempty"`
	Confidence int                        `json:"confidence,omitempty"`
	References []stixReference            `json:"external_references,omitempty"`
	Markings   []string                   `json:"object_marking_refs,omitempty"`
	Definition *stixDefinition            `json:"definition,omitempty"` // marking-definition of TLP 1.0
	Extensions map[string]json.RawMessage `json:"extensions,omitempty"`
}

type stixReference struct {
	Source      string `json:"source_name"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	ID          string `json:"external_id,omitempty"`
}

type stixDefinition struct {
	TLP string `json:"tlp"`
}

type stixTLP struct {
	Type string `json:"extension_type"`
	TLP  string `json:"tlp_2_0"`
}

// ownIDs is the source name of the references that hold our own ids.
const ownIDs = "pumphandle"

// stixTime is a timestamp as STIX writes it (2.1, 3.1): RFC 3339 in UTC with
// "Z", of milliseconds here. json's omitzero sees time.Time's IsZero.
type stixTime struct{ time.Time }

func (t stixTime) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

func (t *stixTime) UnmarshalJSON(data []byte) error {
	s, ok := jsonText(data)
	parsed, err := time.Parse(time.RFC3339Nano, s)
	if !ok || err != nil || s[len(s)-1] != 'Z' {
		return &oddError{"objects with an invalid timestamp", s}
	}
	t.Time = parsed.Truncate(time.Millisecond)
	return nil
}

func jsonText(data []byte) (string, bool) {
	var s string
	err := json.Unmarshal(data, &s)
	return s, err == nil
}

// stixID is the form of identifiers (2.1, 2.9); OASIS's own examples have some
// in upper case.
var stixID = regexp.MustCompile(`^([a-z0-9][a-z0-9-]{1,250})--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// cmpTime returns the first moment that is stated.
func cmpTime(times ...stixTime) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t.Time
		}
	}
	return time.Time{}
}
