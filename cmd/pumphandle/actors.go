package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/run"
)

// actorsCmd holds the verbs about the actor base.
type actorsCmd struct {
	Name   actorsNameCmd   `cmd:"" default:"withargs" help:"Who bears a name, and who says so. An ambiguous name answers with all who bear it."`
	List   actorsListCmd   `cmd:"" help:"List the actors, or what the base was made of."`
	Show   actorsShowCmd   `cmd:"" help:"Open one actor: names, techniques, software, habits, targets, each with its source."`
	Import actorsImportCmd `cmd:"" help:"Take knowledge into the base and learn from it what techniques and software are worth."`
	Diff   actorsDiffCmd   `cmd:"" help:"What another base, or a file of knowledge, says otherwise."`
}

// baseFlags say which base is used.
type baseFlags struct {
	Base   string   `placeholder:"FILE" help:"The actor base that actors import keeps. Default: pumphandle/actors.base in your folder for settings, if it is there."`
	Actors []string `placeholder:"FILE" sep:"none" help:"More actor knowledge for this run: STIX bundle (ATT&CK), MISP galaxy, Microsoft's name mapping. May be repeated."`
}

func (f baseFlags) path() string {
	if f.Base != "" {
		return f.Base
	}
	return run.DefaultBase()
}

// load reads the base and what --actors adds.
func (f baseFlags) load() (*run.Knowledge, error) {
	k, err := run.LoadKnowledge(f.path(), f.Base != "")
	if err != nil {
		return nil, hintError{err, "pumphandle actors import --base " + quote(f.path()) + " FILE makes one"}
	}
	if len(f.Actors) > 0 {
		if _, err := k.Import(f.Actors...); err != nil {
			return nil, err
		}
		k.Calibrate()
	}
	return k, nil
}

type actorsNameCmd struct {
	Name string `arg:"" optional:"" help:"A name or id."`
	JSON bool   `name:"json" help:"Print records, one JSON object per line."`
	baseFlags
}

func (c *actorsNameCmd) Run(io streams) error {
	k, err := c.load()
	if err != nil {
		return err
	}
	if c.Name == "" {
		return printRecords(io, k.Base.Records(), c.JSON, false)
	}
	records := k.Base.Find(c.Name)
	like := k.Base.LookAlikes(c.Name)
	if len(records) == 0 && len(like) == 0 {
		return hintError{fmt.Errorf("nobody here is called %q", c.Name), "pumphandle actors list lists all; --actors FILE reads more"}
	}
	if groups := groupsOf(k.Base, records); len(groups) > 1 && !c.JSON {
		fmt.Fprintf(io.out, "%s is ambiguous: %d actors bear it.\n\n", run.Safe(fmt.Sprintf("%q", c.Name)), len(groups))
	}
	if err := printRecords(io, records, c.JSON, false); err != nil {
		return err
	}
	for _, r := range like {
		fmt.Fprintf(io.err, "pumphandle: %s (%s, %s) bears a name that looks like this one and is written with other letters\n",
			run.Safe(r.Names[0].Name), run.Safe(r.Source), run.Safe(r.ID))
	}
	return nil
}

// groupsOf returns the actors to which records belong in the view of equals.
func groupsOf(b *actor.Base, records []*actor.Record) []actor.Group {
	var out []actor.Group
	for _, g := range b.Groups() {
		if slices.ContainsFunc(g.Records, func(r *actor.Record) bool { return slices.Contains(records, r) }) {
			out = append(out, g)
		}
	}
	return out
}

type actorsListCmd struct {
	Sources bool `help:"List the files that the base was made of, with hash and version."`
	Groups  bool `help:"One line for each actor of the view that joins records of different sources by explicit identifiers."`
	JSON    bool `name:"json" help:"Print one JSON object per line."`
	baseFlags
}

func (c *actorsListCmd) Run(io streams) error {
	k, err := c.load()
	if err != nil {
		return err
	}
	switch {
	case c.Sources:
		for _, i := range k.Base.Imports() {
			if c.JSON {
				if err := json.NewEncoder(io.out).Encode(i); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(io.out, "%s  %-17s %s %s (%s)\n", i.SHA256[:16], i.Format, run.Safe(i.Source), run.Safe(i.Version), run.Safe(i.Name))
		}
		return nil
	case c.Groups:
		for _, g := range k.Base.Groups() {
			var members []string
			for _, r := range g.Records {
				members = append(members, fmt.Sprintf("%s (%s)", r.Names[0].Name, r.Source))
			}
			fmt.Fprintf(io.out, "%-26s %s\n", run.Safe(g.Lead.ID), run.Safe(strings.Join(members, " = ")))
		}
		return nil
	case c.JSON:
		return printRecords(io, k.Base.Records(), true, false)
	}
	for _, r := range k.Base.Records() {
		fmt.Fprintf(io.out, "%-26s %-24s %3d names %3d techniques %3d software  %s\n", run.Safe(r.Names[0].Name), run.Safe(r.ID),
			len(r.Names), len(r.Techniques), len(r.Software), run.Safe(r.Source))
	}
	return nil
}

type actorsShowCmd struct {
	Name string `arg:"" help:"A name or id."`
	JSON bool   `name:"json" help:"Print records, one JSON object per line."`
	baseFlags
}

func (c *actorsShowCmd) Run(io streams) error {
	k, err := c.load()
	if err != nil {
		return err
	}
	records := k.Base.Find(c.Name)
	if len(records) == 0 {
		return hintError{fmt.Errorf("nobody here is called %q", c.Name), "pumphandle actors list lists all; --actors FILE reads more"}
	}
	var all []*actor.Record
	for _, g := range groupsOf(k.Base, records) {
		all = append(all, g.Records...)
	}
	return printRecords(io, all, c.JSON, true)
}

// printRecords writes records, whole or their names only.
func printRecords(io streams, records []*actor.Record, asJSON, whole bool) error {
	if asJSON {
		enc := json.NewEncoder(io.out)
		enc.SetEscapeHTML(false)
		for _, r := range records {
			if err := enc.Encode(struct {
				V    int    `json:"v"`
				Type string `json:"type"`
				*actor.Record
			}{1, "actor", r}); err != nil {
				return err
			}
		}
		return nil
	}
	p := func(format string, args ...any) { fmt.Fprintln(io.out, run.Safe(fmt.Sprintf(format, args...))) }
	for _, r := range records {
		p("%s  (%s, %s)", r.Names[0].Name, r.Source, r.ID)
		for _, n := range r.Names {
			line := fmt.Sprintf("  %-26s %-10s %s", n.Name, n.Relation, cmp.Or(n.Producer, "producer not stated"))
			if n.Since != "" {
				line += ", since " + n.Since
			}
			if n.Until != "" {
				line += ", until " + n.Until
			}
			if whole && n.Ref != "" {
				line += "  [" + n.Ref + "]"
			}
			p("%s", line)
		}
		if !whole {
			continue
		}
		for _, o := range r.Origins {
			p("  said to be of %s, by %s", o.Place, o.By)
		}
		for _, h := range r.Habits {
			p("  habit %s: %s  [%s]", h.Kind, h.Text, strings.Join(h.Refs, "; "))
		}
		for _, u := range r.Techniques {
			p("  technique %s  [%s]", u.ID, strings.Join(u.Refs, "; "))
		}
		for _, u := range r.Software {
			p("  software %s  [%s]", u.ID, strings.Join(u.Refs, "; "))
		}
		for _, t := range r.Countries {
			p("  attacked in %s  [%s]", t.What, strings.Join(t.Refs, "; "))
		}
		for _, t := range r.Sectors {
			p("  attacked %s  [%s]", t.What, strings.Join(t.Refs, "; "))
		}
		for _, l := range r.Links {
			p("  link %s to %s", l.Relation, strings.TrimSpace(l.UUID+" "+l.Source+" "+l.ID))
		}
	}
	return nil
}

type actorsDiffCmd struct {
	Other string `arg:"" help:"A base that actors import kept, or a file of knowledge as import reads it."`
	baseFlags
}

// Help is shown by actors diff --help.
func (actorsDiffCmd) Help() string {
	return `Says what OTHER has that the base does not have, and otherwise. Of a file of knowledge it says what its import would change.`
}

func (c *actorsDiffCmd) Run(io streams) error {
	k, err := c.load()
	if err != nil {
		return err
	}
	other, err := run.LoadKnowledge(c.Other, true)
	if err != nil {
		again, err2 := c.load()
		if err2 != nil {
			return err2
		}
		if _, err := again.Import(c.Other); err != nil {
			return err
		}
		other = again
	}
	counts := map[actor.ChangeKind]int{}
	for _, ch := range actor.Diff(k.Base, other.Base) {
		counts[ch.Kind]++
		fmt.Fprintf(io.out, "%-7s %s  (%s, %s)\n", ch.Kind, run.Safe(ch.Record.Names[0].Name), run.Safe(ch.Record.Source), run.Safe(ch.Record.ID))
		for _, w := range ch.What {
			fmt.Fprintf(io.out, "  %s\n", run.Safe(w))
		}
	}
	fmt.Fprintf(io.err, "pumphandle: %d new, %d gone, %d changed\n", counts[actor.Fresh], counts[actor.Gone], counts[actor.Changed])
	return nil
}

type actorsImportCmd struct {
	Files []string `arg:"" name:"file" help:"STIX 2.0 or 2.1 bundle (ATT&CK), MISP galaxy, Microsoft's name mapping, or our own YAML (docs/attribution.md)."`
	Base  string   `placeholder:"FILE" help:"Where the base is kept. Default: pumphandle/actors.base in your folder for settings."`
	Store string   `placeholder:"FILE" help:"Also judge anew who is behind the campaigns of this store, and list what changed."`
}

// Help is shown by actors import --help.
func (actorsImportCmd) Help() string {
	return `Nothing is fetched. The same content again changes nothing. If one file cannot be read the base stays as it was.

  pumphandle actors import enterprise-attack.json MicrosoftMapping.json threat-actor.json producer.json`
}

func (c *actorsImportCmd) Run(ctx context.Context, io streams) error {
	path := baseFlags{Base: c.Base}.path()
	if path == "" {
		return usageError{errors.New("there is no folder for settings here"), "pumphandle actors import --base actors.base FILE"}
	}
	k, err := run.LoadKnowledge(path, false)
	if err != nil {
		return hintError{err, "move " + quote(path) + " away to begin anew"}
	}
	before := k.Base.Digest()
	imports, err := k.Import(c.Files...)
	if err != nil {
		return hintError{err, "the base is as it was"}
	}
	for _, i := range imports {
		fmt.Fprintf(io.out, "%s: %s, %s %s, sha256 %s\n", run.Safe(i.Name), i.Format, run.Safe(i.Source), run.Safe(i.Version), i.SHA256[:16])
		fmt.Fprintf(io.out, "  %d new actors, %d changed, %d as before, %d revoked or deprecated; %d campaigns\n", i.Added, i.Replaced, i.Unchanged, i.Excluded, i.Campaigns)
		for _, w := range i.Warnings {
			fmt.Fprintf(io.err, "pumphandle: %s: %d %s, the first: %s\n", run.Safe(i.Name), w.Count, w.What, run.Safe(w.First))
		}
	}
	if _, err := os.Stat(path); err == nil && k.Base.Digest() == before && k.Model != nil {
		fmt.Fprintf(io.out, "%s: nothing changed\n", run.Safe(path))
	} else {
		k.Calibrate()
		if err := k.Save(path); err != nil {
			return err
		}
		fmt.Fprintf(io.out, "%s: %d actors of %d sources\n", run.Safe(path), len(k.Base.Groups()), len(k.Base.Imports()))
		for _, in := range []attribute.Input{attribute.VisibleInput, attribute.TechniqueInput, attribute.SoftwareInput} {
			if t := k.Model.Tables[in]; t != nil {
				fmt.Fprintf(io.out, "  learned from %d held-out reports what %s are worth: the right actor leads in %.1f %%, is among five in %.1f %%; calibration error %.3f\n",
					t.Cases, map[attribute.Input]string{attribute.VisibleInput: "visible techniques", attribute.TechniqueInput: "techniques", attribute.SoftwareInput: "techniques and software"}[in],
					100*t.Quality.Top1, 100*t.Quality.Top5, t.Quality.ECE)
			}
		}
	}
	if c.Store == "" {
		return nil
	}
	return rejudge(ctx, io, c.Store, baseFlags{Base: path})
}
