package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/store"
)

type importCmd struct {
	Files  []string `arg:"" optional:"" name:"file" help:"STIX bundles, MISP events, OCSF Detection Findings, tables or lists of indicators, also in gzip; - for standard input."`
	Store  string   `placeholder:"FILE" help:"Keep it in this store. Without it files are read and shown, and nothing is kept."`
	Source string   `placeholder:"NAME" help:"Who says it. Default: the producer that the file names."`
	Grade  string   `placeholder:"GRADE" help:"What you think of the source and of what it says, in the Admiralty code: A1 to F6. Default: F6, not judged."`
	JSON   bool     `name:"json" help:"Print what was read, one JSON object per file."`
}

// Help is shown by import --help.
func (importCmd) Help() string {
	return `What others say is kept beside what was found here, under who says it, its date and the hash of its file: as evidence from outside, never as a finding: scan --store and attribute again weigh it by the grade that you give. A file that is there already changes nothing, and no file takes the place of another. Nothing is fetched.

Exit codes: 0 done; 4 done, but some files could not be read; 1 failed; 2 wrong usage.

  pumphandle import --store pumphandle.db --grade B2 cert-report.json
  pumphandle import --store pumphandle.db                    (lists what is there)`
}

var admiralty = regexp.MustCompile(`^[A-F][1-6]$`)

func (c *importCmd) Run(ctx context.Context, io streams) error {
	grade := strings.ToUpper(c.Grade)
	if c.Grade != "" && !admiralty.MatchString(grade) {
		return usageError{fmt.Errorf("--grade %q is none of the Admiralty code", c.Grade), "--grade B2: a usually reliable source, probably true"}
	}
	if len(c.Files) == 0 && c.Store == "" {
		return usageError{errors.New("import needs something to read"), "pumphandle import --store pumphandle.db report.json"}
	}
	var s *store.Store
	if c.Store != "" {
		var err error
		if len(c.Files) == 0 {
			s, err = openStore(ctx, c.Store)
		} else {
			s, err = store.Open(ctx, c.Store)
		}
		if err != nil {
			return err
		}
		defer s.Close()
	}
	if len(c.Files) == 0 {
		return c.list(ctx, io, s)
	}
	unread, kept := 0, 0
	for _, name := range c.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		o, err := c.read(io, name, grade)
		if err != nil {
			unread++
			fmt.Fprintf(io.err, "pumphandle: %s: nothing of it is kept\n", safe(err))
			continue
		}
		added := false
		if s != nil {
			if added, err = o.Keep(ctx, s, time.Now().UTC()); err != nil {
				return err
			}
			if added {
				kept++
			}
			if err := warnOfEcho(ctx, io, o, s); err != nil {
				return err
			}
		}
		if err := c.show(io, o, s != nil, added); err != nil {
			return err
		}
	}
	if kept > 0 {
		fmt.Fprintf(io.err, "pumphandle: hint: pumphandle attribute again --store %s holds it against the campaigns there, as the next scan does\n", quote(c.Store))
	}
	if unread > 0 {
		return exitError(exitUnread)
	}
	return nil
}

// warnOfEcho says where a file speaks of a campaign that is in the store: what
// was exported may have come back by way of others, and is then no second
// source.
func warnOfEcho(ctx context.Context, io streams, o run.Outside, s *store.Store) error {
	for _, x := range o.Campaigns[:min(len(o.Campaigns), 1000)] {
		if !strings.HasPrefix(x.ID, "PH-") {
			continue
		}
		_, err := s.Campaign(ctx, x.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return err
		default:
			fmt.Fprintf(io.err, "pumphandle: %s speaks of %s, which is in this store: what an export wrote of it counts for nothing; if others only repeat your words, they are no second source either\n", run.Safe(o.Name), run.Safe(x.ID))
			return nil
		}
	}
	return nil
}

func (c *importCmd) read(io streams, name, grade string) (run.Outside, error) {
	if name == "-" {
		return run.ReadOutside("standard input", c.Source, grade, io.in)
	}
	f, err := os.Open(name)
	if err != nil {
		return run.Outside{}, err
	}
	defer f.Close()
	return run.ReadOutside(name, c.Source, grade, f)
}

func (c *importCmd) show(io streams, o run.Outside, kept, added bool) error {
	if c.JSON {
		enc := json.NewEncoder(io.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(importRecord{
			V: 1, Type: "outside", File: o.Name, SHA256: o.SHA256, Format: o.Format, Source: o.Source, Grade: o.Grade, OwnGrade: o.Reading.Grade, Added: added,
			Skipped: o.Skipped, Document: o.Document,
		})
	}
	state := "read only, not kept: name a --store"
	switch {
	case added:
		state = "kept"
	case kept:
		state = "already there"
	}
	dated := "not dated"
	if !o.At.IsZero() {
		dated = o.At.Format("2 Jan 2006")
	}
	format := o.Format
	if o.Packed {
		format += " (gzip)"
	}
	fmt.Fprintf(io.out, "%s: %s of %s, %s, %s, graded %s; %s\n", run.Safe(o.Name), format, run.Safe(o.Source), dated, o.TLP, o.Grade, state)
	fmt.Fprintf(io.out, "  campaigns %d, actors %d, indicators %d, assertions %d, statements %d, reports %d\n",
		len(o.Campaigns), len(o.Actors), len(o.Indicators), len(o.Assertions), len(o.Statements), len(o.Reports))
	if o.Reading.Grade != "" {
		fmt.Fprintf(io.out, "  it grades itself %s, which counts for nothing here: see --grade\n", o.Reading.Grade)
	}
	for _, x := range o.Skipped {
		fmt.Fprintf(io.out, "  left out: %d %s, such as %s\n", x.Count, run.Safe(x.Why), run.Safe(clip(x.Example, 60)))
	}
	return nil
}

// importRecord is what import --json prints of a file.
type importRecord struct {
	V        int                `json:"v"`
	Type     string             `json:"type"`
	File     string             `json:"file"`
	SHA256   string             `json:"sha256"`
	Format   string             `json:"format"`
	Source   string             `json:"source"`
	Grade    string             `json:"grade"`
	OwnGrade string             `json:"own_grade,omitempty"`
	Added    bool               `json:"added"`
	Skipped  []exchange.Skipped `json:"skipped"`
	Document exchange.Document  `json:"document"`
}

func (c *importCmd) list(ctx context.Context, io streams, s *store.Store) error {
	all, err := s.Outside(ctx)
	if err != nil {
		return err
	}
	for _, o := range all {
		dated := "not dated "
		if !o.Dated.IsZero() {
			dated = o.Dated.Format(time.DateOnly)
		}
		fmt.Fprintf(io.out, "%s  %s  %s  %-8s  %s: %d indicators, from %s\n", o.SHA256[:min(12, len(o.SHA256))], dated, o.Grade, o.Format, run.Safe(o.Source), o.Indicators, run.Safe(o.Name))
	}
	if len(all) == 0 {
		fmt.Fprintln(io.err, "pumphandle: nothing was imported into this store")
	}
	return nil
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
