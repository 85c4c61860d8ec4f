package run

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/norm"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/report"
	"github.com/pumphandle/pumphandle/report/leak"
)

// withheldFile lists, for the publisher only, what the edition does not tell.
const withheldFile = "withheld.json"

// writeReport compiles a draft of the public edition and writes it, once the
// independent verifier has found no identifier of a protected organisation in
// it. Where it finds one nothing is written and that is an error.
func (r *Result) writeReport(dir string, p Publication) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	edition, withheld, err := report.Compile(r.edition(p))
	if err != nil {
		return err
	}
	files, err := report.Artefacts(edition)
	if err != nil {
		return err
	}
	if protected := p.organisations(r); len(protected) > 0 {
		ids := leak.FromOrganisations(protected)
		for _, targets := range r.Targets {
			ids = append(ids, leak.FromTargets(targets)...)
		}
		scanner := leak.New(ids)
		var leaks []error
		for _, f := range files {
			found, err := scanner.Bytes(f.Name, f.Data)
			for _, l := range found {
				leaks = append(leaks, errors.New(l.String()))
			}
			if err != nil {
				leaks = append(leaks, fmt.Errorf("%s cannot be checked: %w", f.Name, err))
			}
		}
		if len(leaks) > 0 {
			return errors.Join(leaks...)
		}
	}
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if err := writeFile(name, func(w io.Writer) error { _, err := w.Write(f.Data); return err }); err != nil {
			return err
		}
		if err := os.Chtimes(name, f.Modified, f.Modified); err != nil { // the time of writing is nobody's business
			return err
		}
	}
	return writeFile(filepath.Join(filepath.Dir(dir), withheldFile), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(withheld)
	})
}

// edition is what the draft is compiled from. Numbers of organisations by
// country and sector that are not declared leave these unnamed.
func (r *Result) edition(p Publication) report.Input {
	in := report.Input{
		Number: 1, Released: p.At, Policy: report.Default(), Random: rand.Reader,
		Publisher:     report.Publisher{Name: "Draft: the publisher is not stated", Site: "https://publisher.invalid"},
		Organisations: p.organisations(r), Campaigns: r.Campaigns, Assessments: map[string]attribute.Assessment{},
	}
	if p.Sender.Name != "" {
		in.Publisher = report.Publisher{Name: p.Sender.Name, Site: p.Sender.Site, KeyFingerprint: p.Sender.KeyFingerprint}
	}
	var kinds []string
	var sectors []org.Sector
	seen := map[string][]org.ID{}
	for i, c := range r.Campaigns {
		for _, t := range r.Targets[i] {
			for _, m := range t.Mails {
				for _, d := range m.Domains {
					if !slices.Contains(seen[d], t.Org) {
						seen[d] = append(seen[d], t.Org)
					}
				}
			}
		}
		in.Targets = append(in.Targets, r.Targets[i]...)
		in.Assessments[c.ID] = r.Assessments[i]
		for _, k := range c.Kinds {
			kinds = append(kinds, string(k))
		}
	}
	for _, d := range slices.Sorted(maps.Keys(seen)) {
		in.Domains = append(in.Domains, report.SeenDomain{Name: d, Orgs: seen[d]})
	}
	for _, o := range in.Organisations {
		sectors = append(sectors, o.Sector)
	}
	slices.Sort(kinds)
	slices.Sort(sectors)
	for _, n := range norm.Engaged(slices.Compact(kinds), slices.Compact(sectors)) {
		in.Norms = append(in.Norms, report.Norm{Title: n.Title, Text: n.Text, Source: n.Source.Citation})
	}
	return in
}
