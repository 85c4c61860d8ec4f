package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/simulate"
)

type simulateCmd struct {
	Scenarios []string `arg:"" optional:"" name:"scenario" help:"What to simulate: scenarios, mixed in one background; none, a background alone; or sshd-1m or entra-300k, a benchmark log."`

	Out             string `placeholder:"DIR" help:"Where to write logs, labels and the organisations file."`
	List            bool   `help:"List the scenarios and formats."`
	PrintBackground bool   `help:"Print the file of all background parameters, with what each means."`

	Orgs       int      `placeholder:"N" help:"How many organisations each scenario attacks. Default: as the scenario says."`
	Shared     int      `placeholder:"N" help:"How many of these a scenario shares with the one before (default: none)."`
	Bystanders int      `default:"2" placeholder:"N" help:"Organisations that nobody attacks (default: ${default})."`
	Accounts   int      `default:"400" placeholder:"N" help:"Accounts of each organisation (default: ${default})."`
	Days       float64  `placeholder:"N" help:"How many days each scenario lasts. Default: as it says."`
	Start      string   `placeholder:"DATE" help:"First day of the logs (default: 2026-08-31). The attacks begin two weeks later."`
	Format     []string `default:"entra-graph" placeholder:"NAME" help:"Format of the logs (default: ${default}). Given several times, or all: the organisations export them in turn."`
	Background string   `placeholder:"FILE" help:"Parameters that replace those of --print-background."`
	Seed       uint64   `default:"1" placeholder:"N" help:"Another seed makes other people and other times (default: ${default})."`

	Rate    float64 `placeholder:"N" help:"Attempts on each account and day, also below 1. Default: as the scenario says."`
	Reuse   int     `placeholder:"N" help:"How many attempts come from an address before it is left; 1: never twice. Default: as the scenario says."`
	Imitate bool    `help:"The attacker uses the clients of the organisation's people, from homes in its country, while they work."`

	MailCorpus int `placeholder:"N" help:"Write N mails of our own instead: ordinary mail, lures with benign twins, mass phish; one file each, with labels."`

	Lines int `placeholder:"N" help:"For sshd-1m and entra-300k: how many records."`
}

// Help is shown by simulate --help.
func (simulateCmd) Help() string {
	return `Logs of invented organisations with published campaigns in them, and labels that say which attempts, accounts and addresses are the attacker's and how it ended. Made for testing a monitoring, this one or another: the README.txt beside the logs says how to score one. docs/simulation.md gives the source of each scenario and what is assumed.

  pumphandle simulate strontium-spray --orgs 28 --days 16 --seed 7 --out test
  pumphandle simulate strontium-spray quad7 --shared 4 --format all --out test
  pumphandle simulate quad7 --rate 0.2 --reuse 1 --imitate --out hard
  pumphandle simulate none --orgs 24 --days 30 --out quiet
  pumphandle simulate --mail-corpus 20000 --out corpus`
}

func (c *simulateCmd) Run(ctx context.Context, io streams) error {
	switch {
	case c.PrintBackground:
		_, err := io.out.Write(simulate.BackgroundFile())
		return err
	case c.MailCorpus > 0:
		return c.mailCorpus(ctx, io)
	case c.List || len(c.Scenarios) == 0:
		listScenarios(io.out)
		return nil
	case c.Out == "":
		return usageError{errors.New("simulate needs a directory to write to"), "pumphandle simulate " + strings.Join(c.Scenarios, " ") + " --out test"}
	}
	if done, err := c.benchmark(); done {
		return err
	}
	spec, err := c.spec()
	if err != nil {
		return err
	}
	if err := c.clear(); err != nil {
		return err
	}
	bar := newBar(io.err)
	var progress func(done, total int64)
	if bar != nil {
		progress = func(done, total int64) { bar.show(done, total, fmt.Sprintf("%d of %d accounts", done, total)) }
	}
	written, err := simulate.Run(ctx, c.Out, spec, progress)
	bar.clear()
	if err != nil {
		return fmt.Errorf("writing %s: %w", strings.Join(c.Scenarios, ", "), err)
	}
	fmt.Fprintf(io.err, "pumphandle: wrote %d logs and their labels to %s; %s there says what is what\n", len(written.Files), c.Out, simulate.ReadmeFile)
	fmt.Fprintf(io.out, "pumphandle scan --orgs %s %s\n", quote(filepath.Join(c.Out, simulate.OrgsFile)), quote(filepath.Join(c.Out, simulate.LogsDir)))
	return nil
}

// mailCorpus writes mails and their labels.
func (c *simulateCmd) mailCorpus(ctx context.Context, io streams) error {
	switch {
	case len(c.Scenarios) > 0:
		return usageError{errors.New("--mail-corpus is written alone, without scenarios"), "pumphandle simulate --mail-corpus 20000 --out corpus"}
	case c.Out == "":
		return usageError{errors.New("simulate needs a directory to write to"), "pumphandle simulate --mail-corpus 20000 --out corpus"}
	}
	bar := newBar(io.err)
	var progress func(done, total int64)
	if bar != nil {
		progress = func(done, total int64) { bar.show(done, total, fmt.Sprintf("%d of %d mails", done, total)) }
	}
	err := simulate.MailCorpus(ctx, c.Out, c.Seed, c.MailCorpus, progress)
	bar.clear()
	if err != nil {
		return fmt.Errorf("writing the mail corpus: %w", err)
	}
	fmt.Fprintf(io.err, "pumphandle: wrote %d mails and %s to %s; all are synthetic\n", c.MailCorpus, simulate.MailLabelsFile, c.Out)
	return nil
}

// spec makes the specification of the command line.
func (c *simulateCmd) spec() (simulate.Spec, error) {
	var none simulate.Spec
	request := simulate.Request{
		Seed: c.Seed, Scenarios: c.Scenarios, Formats: c.Format, Orgs: c.Orgs, Shared: c.Shared, Bystanders: c.Bystanders,
		Accounts: c.Accounts, Days: c.Days, Rate: c.Rate, Reuse: c.Reuse, Imitate: c.Imitate,
	}
	if slices.Contains(c.Format, "all") {
		request.Formats = nil
		for _, f := range simulate.Formats() {
			request.Formats = append(request.Formats, f.Name)
		}
	}
	if slices.Contains(c.Scenarios, "none") {
		if len(c.Scenarios) > 1 {
			return none, usageError{errors.New("none is a background without a scenario, and another stands beside it"), "pumphandle simulate none --out quiet"}
		}
		if c.Rate != 0 || c.Reuse != 0 || c.Imitate || c.Shared != 0 {
			return none, usageError{errors.New("none has no attacker: --rate, --reuse, --imitate and --shared say nothing"), "pumphandle simulate none --orgs 24 --days 30 --out quiet"}
		}
		request.Scenarios = nil
	}
	if c.Start != "" {
		start, err := time.Parse(time.DateOnly, c.Start)
		if err != nil {
			return none, usageError{fmt.Errorf("--start %q is no day", c.Start), "--start 2026-09-01"}
		}
		request.Start = start
	}
	if c.Background != "" {
		text, err := os.ReadFile(c.Background)
		if err != nil {
			return none, usageError{err, "pumphandle simulate --print-background > mine.yaml"}
		}
		request.Background, err = simulate.ParseBackground(simulate.RequestBackground(), c.Background, text)
		if err != nil {
			return none, hintError{err, "pumphandle simulate --print-background"}
		}
	}
	spec, err := request.Spec()
	if err != nil {
		return none, usageError{err, "pumphandle simulate --list, pumphandle simulate --help"}
	}
	return spec, nil
}

// clear removes the logs of an earlier simulation from the directory: beside
// new labels they would be wrong. What no simulation wrote stays, and is an
// error where logs are to stand.
func (c *simulateCmd) clear() error {
	logs := filepath.Join(c.Out, simulate.LogsDir)
	switch _, err := os.Stat(logs); {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return fmt.Errorf("making %s: %w", c.Out, err)
		}
		return nil
	case err != nil:
		return err
	}
	if _, err := os.Stat(filepath.Join(c.Out, simulate.LabelsFile)); err != nil {
		return usageError{fmt.Errorf("%s is there and no labels beside it: no simulation wrote it", logs), "--out with a directory that is new or holds an earlier simulation"}
	}
	return os.RemoveAll(logs)
}

// benchmark writes one of the benchmark files, if that is what is asked for.
func (c *simulateCmd) benchmark() (asked bool, err error) {
	var name string
	var write func(f *os.File) ([]simulate.Label, error)
	switch c.Scenarios[0] {
	case "sshd-1m":
		name, write = "auth_1m.log", func(f *os.File) ([]simulate.Label, error) {
			return simulate.SSHD1M(f, orElse(c.Lines, 1_000_000), 20_000, c.Seed)
		}
	case "entra-300k":
		name, write = "entra_300k.ndjson", func(f *os.File) ([]simulate.Label, error) {
			return simulate.Entra300k(f, orElse(c.Lines, 300_000), c.Seed)
		}
	default:
		return false, nil
	}
	if len(c.Scenarios) > 1 {
		return true, usageError{fmt.Errorf("%s is a log of its own and cannot be mixed", c.Scenarios[0]), "pumphandle simulate " + c.Scenarios[0] + " --out bench"}
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return true, fmt.Errorf("making %s: %w", c.Out, err)
	}
	f, err := os.Create(filepath.Join(c.Out, name))
	if err != nil {
		return true, err
	}
	_, err = write(f)
	return true, errors.Join(err, f.Close())
}

func orElse(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
