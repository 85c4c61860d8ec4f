package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/simulate/letter"
)

// Manifest is what was written.
type Manifest struct {
	Files  []File
	Labels []Label
	Decoys []Decoy
	Mails  []letter.Label // of the campaigns' mails
}

// File is one log.
type File struct {
	Path     string // below the folder of the run, with slashes
	Org      org.ID
	Format   string // the name of the written format
	Attempts int64  // sign-ins and acts in it
	Bytes    int64  // on disk
	Text     int64  // before compression
}

// Folder and file names below the folder of a run.
const (
	LogsDir    = "logs"
	LabelsFile = "labels.jsonl"
	DecoysFile = "decoys.jsonl"
	OrgsFile   = "orgs.yaml"
	ReadmeFile = "README.txt"
)

// Run simulates a specification and writes logs/ORGANISATION/…, labels.jsonl,
// decoys.jsonl, orgs.yaml and a README.txt that explains them below dir. Files of the same names are replaced.
// progress, if not nil, is told how many of the accounts are done; it may be
// called from several goroutines.
//
// What one organisation's people and attackers do in the whole time is held in
// memory, about 200 bytes for each attempt; its text is not.
func Run(ctx context.Context, dir string, spec Spec, progress func(done, total int64)) (Manifest, error) {
	if spec.Background == (Background{}) {
		spec.Background = DefaultBackground()
	}
	if err := errors.Join(spec.check(), spec.Background.check()); err != nil {
		return Manifest{}, err
	}
	w := newWorld(spec)
	campaigns := newCampaigns(w, spec.Campaigns)
	post, err := newPost(w, spec.Mail)
	if err != nil {
		return Manifest{}, err
	}
	results, err := writeWorld(ctx, dir, w, campaigns, post, progress)
	if err != nil {
		return Manifest{}, err
	}
	m := merge(results, campaigns)
	var mailLabels error
	if post != nil {
		m.Labels = append(m.Labels, post.merge(results)...)
		mailLabels = create(filepath.Join(dir, MailLabelsFile), func(f io.Writer) error { return writeLines(f, m.Mails) })
	}
	return m, errors.Join(
		mailLabels,
		create(filepath.Join(dir, OrgsFile), func(f io.Writer) error { return writeOrgs(f, w) }),
		create(filepath.Join(dir, LabelsFile), func(f io.Writer) error { return writeLines(f, m.Labels) }),
		create(filepath.Join(dir, DecoysFile), func(f io.Writer) error { return writeLines(f, m.Decoys) }),
		create(filepath.Join(dir, ReadmeFile), func(f io.Writer) error { return writeReadme(f, w, campaigns, post, m.Files) }),
	)
}

// orgResult is what one organisation adds to the manifest.
type orgResult struct {
	files  []File
	labels []Label
	decoys []Decoy
	mail   []Label // of campaigns of mails
	mails  []letter.Label
}

// merge puts the labels in order of campaign, then of organisation.
func merge(results []orgResult, campaigns []*campaign) Manifest {
	var m Manifest
	for _, r := range results {
		m.Files = append(m.Files, r.files...)
		m.Decoys = append(m.Decoys, r.decoys...)
		m.Mails = append(m.Mails, r.mails...)
	}
	for i, c := range campaigns {
		if c.index != i {
			continue
		}
		for _, r := range results {
			for _, l := range r.labels {
				if l.Campaign == c.spec.Name {
					m.Labels = append(m.Labels, l)
				}
			}
		}
	}
	return m
}

// writeWorld writes the organisations, as many at a time as there are
// processors. The first error ends the others.
func writeWorld(ctx context.Context, dir string, w *World, campaigns []*campaign, post *post, progress func(done, total int64)) ([]orgResult, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var total int64
	for _, o := range w.Orgs {
		total += int64(len(o.People))
	}
	var done, next atomic.Int64
	results := make([]orgResult, len(w.Orgs))
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(w.Orgs)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(w.Orgs) && ctx.Err() == nil; i = next.Add(1) - 1 {
				o := w.Orgs[i]
				r, err := writeOrg(ctx, dir, w, o, campaigns, post.room(int(i)))
				if err != nil {
					cancel(fmt.Errorf("organisation %q: %w", o.ID, err))
					return
				}
				results[i] = r
				if n := done.Add(int64(len(o.People))); progress != nil {
					progress(n, total)
				}
			}
		})
	}
	wg.Wait()
	return results, context.Cause(ctx)
}

func writeOrg(ctx context.Context, dir string, w *World, o *Org, campaigns []*campaign, mail *mailRoom) (orgResult, error) {
	var more []func(emit func(Attempt))
	if mail != nil {
		more = append(more, mail.signIns)
	}
	attempts := live(w, o, campaigns, more...)
	t := newTally(o)
	for i := range attempts {
		t.add(&attempts[i])
	}
	r := orgResult{labels: t.labels(campaigns), decoys: t.decoyRecords()}
	for _, e := range o.Exports {
		f, err := writeExport(ctx, dir, o, e, attempts, w.end())
		if err != nil {
			return r, err
		}
		r.files = append(r.files, f)
	}
	if mail != nil {
		files, err := mail.write(dir)
		if err != nil {
			return r, err
		}
		r.files = append(r.files, files...)
		r.mail, r.mails = mail.labels(mail.campaigns)
	}
	return r, nil
}

// live lets an organisation live through the simulation and returns every
// attempt that its logs do not miss, answered, in order of time.
func live(w *World, o *Org, campaigns []*campaign, more ...func(emit func(Attempt))) []Attempt {
	var attempts []Attempt
	emit := func(a Attempt) { attempts = append(attempts, a) }
	newTraffic(w, o, emit).run()
	for _, c := range campaigns {
		c.run(o, emit)
	}
	for _, m := range more {
		m(emit)
	}
	slices.SortStableFunc(attempts, func(a, b Attempt) int { return a.Time.Compare(b.Time) })
	p, ids := newProvider(o, w.background), stream(w.Seed, "ids", string(o.ID))
	for i := range attempts {
		a := &attempts[i]
		a.ID = newGUID(ids)
		if o.Hosts != nil && a.Host == "" {
			a.Host = o.host(a.Account)
		}
		p.answer(a)
	}
	if len(o.gaps) > 0 {
		attempts = slices.DeleteFunc(attempts, func(a Attempt) bool { return o.missing(a.Time) })
	}
	return attempts
}
