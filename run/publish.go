package run

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/export"
	"github.com/pumphandle/pumphandle/notify"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Publication is what is said in notices and editions besides the result.
type Publication struct {
	Orgs   *org.Directory // nil: organisations are known by their id only
	Sender Sender
	At     time.Time // when it is written
}

// Files of a result directory.
const (
	campaignsFile = "campaigns.jsonl"
	bundleFile    = "bundle.stix.json"
	accountsFile  = "accounts.csv"
	noticesDir    = "notices"
	reportDir     = "report"
)

// ErrForeignDir is returned where the directory to write holds files that are
// not those of an earlier result.
var ErrForeignDir = errors.New("the directory holds other files; name a new or empty one")

// WriteDir writes the whole result: the records, a bundle for analysts, a
// draft of a notice to each organisation hit, and the public edition. All but
// the edition is private. An earlier result in the directory is replaced.
func (r *Result) WriteDir(dir string, p Publication) error {
	if err := clearDir(dir); err != nil {
		return fmt.Errorf("writing to %s: %w", dir, err)
	}
	cases := r.cases()
	var targets []outcome.Target
	for _, c := range cases {
		targets = append(targets, c.Targets...)
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{campaignsFile, r.WriteJSON},
		{accountsFile, func(w io.Writer) error { return export.WriteAccountsCSV(w, targets) }},
		{bundleFile, func(w io.Writer) error {
			d, err := export.Document(export.Input{Producer: p.Sender.producer(), At: p.At, Cases: cases, Protected: p.organisations(r)})
			if err != nil {
				return err
			}
			return exchange.WriteSTIX(w, d)
		}},
	} {
		if err := writeFile(filepath.Join(dir, f.name), f.write); err != nil {
			return err
		}
	}
	if err := r.writeNotices(filepath.Join(dir, noticesDir), p); err != nil {
		return err
	}
	if err := r.writeReport(filepath.Join(dir, reportDir), p); err != nil {
		return &EditionError{err}
	}
	return nil
}

// EditionError says why the public edition was not written. All private parts
// of the result were.
type EditionError struct{ Err error }

func (e *EditionError) Error() string { return "the public edition is not written: " + e.Err.Error() }
func (e *EditionError) Unwrap() error { return e.Err }

func (r *Result) cases() []export.Case {
	var cases []export.Case
	for i, c := range r.Campaigns {
		cases = append(cases, export.Case{Campaign: c, Targets: r.Targets[i], Assessment: r.Assessments[i]})
	}
	return cases
}

// writeNotices drafts one notice for each organisation that was hit, of all
// campaigns that hit it.
func (r *Result) writeNotices(dir string, p Publication) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	hit := map[org.ID][]notify.Case{}
	var order []org.ID
	for i, c := range r.Campaigns {
		for _, t := range r.Targets[i] {
			if t.Org == org.Unassigned {
				continue // nobody to tell
			}
			if hit[t.Org] == nil {
				order = append(order, t.Org)
			}
			hit[t.Org] = append(hit[t.Org], notify.Case{
				Target: t, Confidence: c.Confidence, Attribution: r.Assessments[i].Status,
				Protocols: protocolsAt(r.Scenes[t.Org], c.Members[slices.IndexFunc(c.Members, func(m campaign.Member) bool { return m.Org == t.Org })].Attempts),
			})
		}
	}
	slices.Sort(order)
	for _, id := range order {
		n, err := notify.Draft(notify.Input{
			Org: p.organisation(id), Cases: hit[id], Sender: p.Sender.notify(), At: p.At, Key: []byte(p.Sender.Secret),
		})
		if err != nil {
			return fmt.Errorf("drafting notices: %w", err)
		}
		name := filepath.Join(dir, fileName(string(id)))
		for ext, text := range map[string]string{".md": n.Markdown, ".txt": "Subject: " + n.Subject + "\n\n" + n.Text} {
			if err := writeFile(name+ext, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
				return err
			}
		}
	}
	return nil
}

// protocolsAt returns the protocols of the attempts, most used first.
func protocolsAt(s *detect.Scene, attempts []uint32) []string {
	counts := map[string]int{}
	for _, i := range attempts {
		if p := s.Client(s.AttemptClient(i)).Protocol.String(); p != "" {
			counts[p]++
		}
	}
	return largest(maps.All(counts), len(counts), cmp.Compare[string])
}

// organisation returns what is known of an organisation.
func (p Publication) organisation(id org.ID) org.Organisation {
	if p.Orgs != nil {
		if o, ok := p.Orgs.Lookup(id); ok {
			return o
		}
	}
	o := org.Organisation{ID: id, Name: string(id)}
	if strings.Contains(string(id), ".") {
		o.Domains = []string{string(id)}
	}
	return o
}

// organisations returns all that must not be named: those of the file, else
// all that were seen.
func (p Publication) organisations(r *Result) []org.Organisation {
	if p.Orgs != nil {
		return p.Orgs.All()
	}
	var all []org.Organisation
	for id, s := range r.Scenes {
		// Not what an attacker invented: an organisation has people, or was hit.
		if s.Users > 0 || r.hit(id) {
			all = append(all, p.organisation(id))
		}
	}
	slices.SortFunc(all, func(a, b org.Organisation) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// hit reports whether a campaign reached the organisation.
func (r *Result) hit(id org.ID) bool {
	for _, targets := range r.Targets {
		for _, t := range targets {
			if t.Org == id {
				return true
			}
		}
	}
	return false
}

// fileName makes a name for a file of an organisation's id, which may come
// from a log.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, strings.TrimLeft(id, "."))
}

// clearDir makes the directory, or removes an earlier result from it. Only
// files that a result consists of are removed.
func clearDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, campaignsFile)); err != nil {
		return ErrForeignDir
	}
	for _, pattern := range []string{campaignsFile, bundleFile, accountsFile, noticesDir + "/*.md", noticesDir + "/*.txt", withheldFile, reportDir + "/*"} {
		old, err := fs.Glob(os.DirFS(dir), pattern) // dir itself may hold [ or *
		if err != nil {
			return err
		}
		for _, name := range old {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFile writes a private file whole or not at all.
func writeFile(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	tmp := name + ".tmp"
	if err := os.WriteFile(tmp, b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}
