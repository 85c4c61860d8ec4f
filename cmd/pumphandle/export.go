package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/export"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/store"
)

// shared are the flags that say what is handed on and how. export and taxii
// serve have them in common.
type shared struct {
	Store      string   `placeholder:"FILE" help:"The store with the campaigns."`
	From       string   `placeholder:"DIR" help:"A result directory of scan --out instead of a store."`
	Campaign   []string `placeholder:"ID" sep:"none" help:"Only this campaign. May be repeated. Default: all."`
	TLP        string   `name:"tlp" placeholder:"TLP" help:"Marking: green, amber, amber+strict or red. Default: amber; with --victims amber+strict."`
	Orgs       string   `placeholder:"FILE" help:"The organisations file: what must not be in it."`
	Sender     string   `placeholder:"FILE" help:"Who publishes it (docs/notices.md)."`
	Victims    bool     `help:"Name the organisations that were hit."`
	Hypotheses bool     `help:"State candidates as competing attributions. Without it they stand in a note until they are proposed."`
	Statements string   `placeholder:"FILE" help:"What others say of the assessments: denials, rejections, comments (docs/exchange.md)."`
}

type exportCmd struct {
	shared
	As        string   `required:"" enum:"stix,misp,ocsf,csv" placeholder:"FORMAT" help:"stix (2.1 bundle), misp (events), ocsf (Detection Findings) or csv (indicators)."`
	Out       string   `placeholder:"FILE" help:"Write it there instead of to standard output."`
	Knowledge bool     `help:"Export what is known of actors instead of campaigns (stix only)."`
	Actors    []string `placeholder:"FILE" sep:"none" help:"More actor knowledge, for --knowledge. May be repeated."`
}

// Help is shown by export --help.
func (exportCmd) Help() string {
	return `What is exported speaks of the attacker: what was used and done, from where, who may stand behind it. Organisations that were hit are not in it, unless --victims names them. Nothing leaves the machine: the file does when you send it.

  pumphandle export --store pumphandle.db --orgs orgs.yaml --as stix --out campaigns.stix.json
  pumphandle export --from result --as misp --campaign PH-2026-0001`
}

func (c *exportCmd) Run(ctx context.Context, io streams) error {
	d, err := c.knowledge()
	if !c.Knowledge {
		d, err = c.document(ctx)
	}
	if err != nil {
		return err
	}
	format := export.Formats[slices.IndexFunc(export.Formats, func(f export.Format) bool { return f.Name == c.As })]
	var b bytes.Buffer
	if err := format.Write(&b, d); err != nil {
		return err
	}
	if c.Out == "" {
		if _, err := io.out.Write(b.Bytes()); err != nil {
			return fmt.Errorf("writing the export: %w", err)
		}
		return nil
	}
	tmp := c.Out + ".tmp"
	if err := os.WriteFile(tmp, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	if err := os.Rename(tmp, c.Out); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	fmt.Fprintf(io.err, "pumphandle: wrote %s: %s, %s, %d campaigns, %d indicators, %d assertions\n", run.Safe(c.Out), format.What, d.TLP, len(d.Campaigns), len(d.Indicators), len(d.Assertions))
	return nil
}

// knowledge is the document of --knowledge.
func (c *exportCmd) knowledge() (exchange.Document, error) {
	if !c.Knowledge {
		return exchange.Document{}, nil
	}
	if c.As != "stix" {
		return exchange.Document{}, usageError{fmt.Errorf("%s has no place for actors without campaigns", c.As), "pumphandle export --knowledge --as stix"}
	}
	tlp, err := c.tlp()
	if err != nil {
		return exchange.Document{}, err
	}
	base := actor.Starter()
	for _, name := range c.Actors {
		f, err := os.Open(name)
		if err != nil {
			return exchange.Document{}, fmt.Errorf("reading actor knowledge: %w", err)
		}
		_, err = base.Import(name, f)
		f.Close()
		if err != nil {
			return exchange.Document{}, fmt.Errorf("reading actor knowledge: %w", err)
		}
	}
	sender, err := c.sender()
	if err != nil {
		return exchange.Document{}, err
	}
	return export.Knowledge(base, cmp.Or(sender.Name, "pumphandle"), time.Now().UTC(), cmp.Or(tlp, exchange.Clear)), nil
}

// document makes the document that the flags ask for.
func (c *shared) document(ctx context.Context) (exchange.Document, error) {
	kept, err := c.kept(ctx)
	if err != nil {
		return exchange.Document{}, err
	}
	if kept.Cases, err = chosen(kept.Cases, c.Campaign); err != nil {
		return exchange.Document{}, err
	}
	in := export.Input{At: kept.At, Cases: kept.Cases, Protected: kept.Orgs, Victims: c.Victims, Hypotheses: c.Hypotheses}
	if in.TLP, err = c.tlp(); err != nil {
		return exchange.Document{}, err
	}
	if c.Orgs != "" {
		data, err := os.ReadFile(c.Orgs)
		if err != nil {
			return exchange.Document{}, hintError{fmt.Errorf("reading the organisations file: %w", err), "docs/organisations.md has an example to start from"}
		}
		dir, err := org.Parse(c.Orgs, data)
		if err != nil {
			return exchange.Document{}, hintError{err, "docs/organisations.md explains every key"}
		}
		in.Protected = slices.Concat(dir.All(), in.Protected) // the file's names first
	}
	sender, err := c.sender()
	if err != nil {
		return exchange.Document{}, err
	}
	in.Producer = cmp.Or(sender.Name, "pumphandle")
	if c.Statements != "" {
		data, err := os.ReadFile(c.Statements)
		if err != nil {
			return exchange.Document{}, fmt.Errorf("reading statements: %w", err)
		}
		if err := run.AddStatements(in.Cases, c.Statements, data); err != nil {
			return exchange.Document{}, hintError{err, "docs/exchange.md explains every key"}
		}
	}
	d, err := export.Document(in)
	if errors.Is(err, export.ErrTooOpen) {
		return d, usageError{err, "--tlp amber+strict, or leave --tlp out"}
	}
	return d, err
}

func (c *shared) kept(ctx context.Context) (run.Kept, error) {
	switch {
	case (c.Store == "") == (c.From == ""):
		return run.Kept{}, usageError{errors.New("name one place where campaigns are kept"), "--store pumphandle.db, or --from result"}
	case c.From != "":
		kept, err := run.ResultCases(c.From)
		if err != nil {
			return kept, hintError{err, "pumphandle scan --out " + quote(c.From) + " PATH... writes one"}
		}
		return kept, nil
	}
	s, err := openStore(ctx, c.Store)
	if err != nil {
		return run.Kept{}, err
	}
	defer s.Close()
	return run.StoredCases(ctx, s)
}

// openStore opens a store that is there: reading must not make one.
func openStore(ctx context.Context, file string) (*store.Store, error) {
	if _, err := os.Stat(file); err != nil {
		return nil, hintError{fmt.Errorf("opening the store: %w", err), "pumphandle scan --store " + quote(file) + " PATH... makes one"}
	}
	return store.Open(ctx, file)
}

func (c *shared) tlp() (exchange.TLP, error) {
	if c.TLP == "" {
		return "", nil
	}
	t, ok := exchange.ParseTLP(c.TLP)
	if !ok {
		return "", usageError{fmt.Errorf("--tlp %q is no marking", c.TLP), "--tlp amber"}
	}
	return t, nil
}

func (c *shared) sender() (run.Sender, error) {
	if c.Sender == "" {
		return run.Sender{}, nil
	}
	data, err := os.ReadFile(c.Sender)
	if err != nil {
		return run.Sender{}, fmt.Errorf("reading the sender file: %w", err)
	}
	sender, err := run.ParseSender(c.Sender, data)
	if err != nil {
		return run.Sender{}, hintError{err, "docs/notices.md explains every key"}
	}
	return sender, nil
}

// chosen returns the cases of the campaigns with these ids, in any case.
func chosen(cases []export.Case, ids []string) ([]export.Case, error) {
	if len(ids) == 0 {
		return cases, nil
	}
	var out []export.Case
	for _, id := range ids {
		i := slices.IndexFunc(cases, func(c export.Case) bool { return strings.EqualFold(c.Campaign.ID, id) })
		if i < 0 {
			return nil, hintError{fmt.Errorf("no campaign is called %q", id), "leave --campaign out to export all"}
		}
		if !slices.ContainsFunc(out, func(c export.Case) bool { return strings.EqualFold(c.Campaign.ID, id) }) {
			out = append(out, cases[i])
		}
	}
	return out, nil
}
