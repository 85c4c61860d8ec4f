package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pumphandle/pumphandle/simulate"
)

type simulateCmd struct {
	Scenario string `arg:"" optional:"" help:"A scenario (see simulate without arguments), sshd-1m or entra-300k."`
	Out      string `placeholder:"DIR" help:"Where to write logs, labels and the organisations file."`
	Orgs     int    `help:"How many organisations are attacked. Default: as the scenario says."`
	Days     int    `help:"How many days the attack lasts. Default: as the scenario says."`
	Format   string `default:"entra-graph" help:"The format of all logs (default: ${default})."`
	Seed     uint64 `default:"1" help:"Another seed makes other people and other times (default: ${default})."`
	Lines    int    `help:"For sshd-1m and entra-300k: how many records."`
}

// Help is shown by simulate --help.
func (simulateCmd) Help() string {
	return `Logs of invented organisations with one published campaign in them, and labels that say which attempts, accounts and addresses are the attacker's and how it ended. Made for testing a monitoring, this one or another. docs/simulation.md gives the source of each scenario and what is assumed.

  pumphandle simulate strontium-spray --orgs 28 --days 16 --seed 7 --out test`
}

func (c *simulateCmd) Run(ctx context.Context, io streams) error {
	if c.Scenario == "" {
		for _, s := range simulate.Scenarios() {
			fmt.Fprintf(io.out, "%s\n    %s\n    %s\n", s.Name, s.Published, s.Source)
		}
		fmt.Fprintf(io.out, "%-18s %s\n%-18s %s\n", "sshd-1m", "The benchmark's log of one exposed sshd host for a day.", "entra-300k", "The benchmark's sign-ins of 40 tenants for a day.")
		return nil
	}
	if c.Out == "" {
		return usageError{fmt.Errorf("simulate needs a directory to write to"), "pumphandle simulate " + c.Scenario + " --out test"}
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", c.Out, err)
	}
	switch c.Scenario {
	case "sshd-1m":
		return c.benchmark("auth_1m.log", func(f *os.File) ([]simulate.Label, error) {
			return simulate.SSHD1M(f, orElse(c.Lines, 1_000_000), 20_000, c.Seed)
		})
	case "entra-300k":
		return c.benchmark("entra_300k.ndjson", func(f *os.File) ([]simulate.Label, error) {
			return simulate.Entra300k(f, orElse(c.Lines, 300_000), c.Seed)
		})
	}
	spec, err := simulate.Single(c.Scenario, c.Format, c.Orgs, float64(c.Days), c.Seed)
	if err != nil {
		return usageError{err, "pumphandle simulate (lists the scenarios), pumphandle simulate --help"}
	}
	written, err := simulate.Run(ctx, c.Out, spec, nil)
	if err != nil {
		return fmt.Errorf("writing %s: %w", c.Scenario, err)
	}
	fmt.Fprintf(io.err, "pumphandle: wrote %d logs and their labels to %s\n", len(written.Files), c.Out)
	fmt.Fprintf(io.out, "pumphandle scan --orgs %s %s\n", quote(filepath.Join(c.Out, simulate.OrgsFile)), quote(filepath.Join(c.Out, simulate.LogsDir)))
	return nil
}

// benchmark writes one of the benchmark files.
func (c *simulateCmd) benchmark(name string, write func(*os.File) ([]simulate.Label, error)) (err error) {
	f, err := os.Create(filepath.Join(c.Out, name))
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	_, err = write(f)
	return err
}

func orElse(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
