package actor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// mapped is one entry of Microsoft's name mapping
// (github.com/microsoft/mstic, PublicFeeds/ThreatActorNaming).
type mapped struct {
	Name   string `json:"Threat actor name"`
	Origin string `json:"Origin/Threat"`
	Others string `json:"Other names"` // separated by commas; whose they are is not said
}

func readMicrosoft(r io.Reader, in *input) (*found, error) {
	const source = "Microsoft name mapping"
	f := &found{format: "microsoft-mapping", source: source}
	dec := json.NewDecoder(r)
	seen := map[string]bool{}
	add := func(m *mapped) error {
		name := strings.TrimSpace(m.Name)
		switch {
		case name == "":
			f.warn("entries without a threat actor name", m.Others)
			return nil
		case seen[name]:
			f.warn("entries with the name of another", name)
			return nil
		case len(seen) >= maxObjects:
			return fmt.Errorf("more than %d entries", maxObjects)
		}
		seen[name] = true
		rec := &Record{Source: source, ID: name, Names: []Name{{Name: name, Producer: "Microsoft", Relation: Same}}}
		if o := strings.TrimSpace(m.Origin); o != "" {
			rec.Origins = []Origin{{Place: o, By: "Microsoft"}}
		}
		for other := range strings.SplitSeq(m.Others, ",") {
			if other = strings.TrimSpace(other); other != "" {
				rec.Names = append(rec.Names, Name{Name: other, Relation: Same})
			}
		}
		f.records = append(f.records, rec)
		return nil
	}
	if err := elements(dec, in, "the file", add, f.warn); err != nil {
		return nil, damaged(dec, err)
	}
	if err := nothingMore(dec); err != nil {
		return nil, err
	}
	if len(f.records) == 0 {
		return nil, errors.New(`no entry with a "Threat actor name": this is not Microsoft's name mapping`)
	}
	return f, nil
}
