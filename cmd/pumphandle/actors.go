package main

import (
	"fmt"
	"os"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/run"
)

type actorsCmd struct {
	Name   string   `arg:"" optional:"" help:"A name of an actor. An ambiguous one answers with all who bear it."`
	Actors []string `placeholder:"FILE" sep:"none" help:"More actor knowledge. May be repeated."`
}

func (c *actorsCmd) Run(io streams) error {
	base := actor.Starter()
	for _, name := range c.Actors {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("reading actor knowledge: %w", err)
		}
		_, err = base.Import(name, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("reading actor knowledge: %w", err)
		}
	}
	records := base.Records()
	if c.Name != "" {
		if records = base.Find(c.Name); len(records) == 0 {
			return hintError{fmt.Errorf("nobody here is called %q", c.Name), "pumphandle actors lists all; --actors FILE reads more"}
		}
		if len(records) > 1 {
			fmt.Fprintf(io.out, "%q is ambiguous: %d records bear it.\n\n", c.Name, len(records))
		}
	}
	for _, r := range records {
		fmt.Fprintf(io.out, "%s  (%s, %s)\n", run.Safe(r.Names[0].Name), run.Safe(r.Source), run.Safe(r.ID))
		for _, n := range r.Names {
			producer := n.Producer
			if producer == "" {
				producer = "producer not stated"
			}
			line := fmt.Sprintf("  %-26s %-10s %s", n.Name, n.Relation, producer)
			if n.Since != "" {
				line += ", since " + n.Since
			}
			fmt.Fprintln(io.out, run.Safe(line))
		}
		if c.Name != "" {
			for _, h := range r.Habits {
				fmt.Fprintf(io.out, "  habit: %s\n", run.Safe(h.Text))
			}
			for _, t := range r.Techniques {
				fmt.Fprintf(io.out, "  technique: %s (%d sources)\n", run.Safe(t.ID), t.Sources())
			}
		}
	}
	return nil
}
