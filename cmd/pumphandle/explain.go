package main

import (
	"context"
	"fmt"
	"os"
)

type explainCmd struct {
	ID string `arg:"" help:"A campaign (PH-2026-0001), a target (PH-2026-0001/organisation), or a finding (F-0123456789ab)."`
	inputs
}

// Help is shown by explain --help.
func (explainCmd) Help() string {
	return `The same input gives the same result, so explain reads what scan read (or the store that scan kept) and opens one part of it: every finding with every weight, every account with every record (file, line, event id).

  pumphandle explain PH-2026-0001 /var/log/auth.log
  pumphandle explain PH-2026-0001/hopital-exemple --store pumphandle.db`
}

func (c *explainCmd) Run(ctx context.Context, io streams) error {
	if len(c.Paths) == 0 && c.Store == "" {
		return usageError{fmt.Errorf("explain needs what scan read, or its store"), "pumphandle explain " + c.ID + " /var/log/auth.log"}
	}
	if c.Store != "" {
		if _, err := os.Stat(c.Store); err != nil { // explaining must not make a store
			return hintError{fmt.Errorf("opening the store: %w", err), "pumphandle scan --store " + quote(c.Store) + " PATH... makes one"}
		}
	}
	s, err := c.prepare(ctx, io)
	if err != nil {
		return err
	}
	defer s.close()
	result, err := s.judge(ctx)
	if err != nil {
		return err
	}
	found, err := result.Explain(io.out, c.ID)
	if err != nil {
		return err
	}
	if !found {
		return hintError{fmt.Errorf("nothing here is called %q", c.ID), "pumphandle scan " + again(&c.inputs) + " lists the campaigns"}
	}
	return nil
}
