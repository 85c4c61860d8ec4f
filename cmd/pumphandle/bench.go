package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pumphandle/pumphandle/bench/spray"
)

// benchCmd holds the benchmarks, one verb each.
type benchCmd struct {
	Spray       benchSprayCmd       `cmd:"" help:"How well distributed sign-in attacks are found, beside published rules."`
	Mail        benchMailCmd        `cmd:"" help:"How well spear-phishing is found, on real mail, synthetic lures and replays, and how fast."`
	Attribution benchAttributionCmd `cmd:"" help:"How often the hand behind a report is found, how often wrongly, and what the probabilities are worth."`
}

type benchSprayCmd struct {
	Scenario []string `placeholder:"NAME" sep:"none" help:"Only this case, or this group of cases (scenarios, quiet, tempo ...). May be repeated."`
	Seeds    int      `help:"Over how many seeds (default: 5; 2 with --quick)."`
	Seed     uint64   `default:"1" help:"The first of them (default: ${default})."`
	Orgs     int      `help:"How many organisations are attacked. Default: at least 10, as the scenario has it."`
	Accounts int      `help:"Accounts of each organisation (default: 400; 80 with --quick)."`
	Quick    bool     `help:"Few and small cases, in seconds: whether it works, not how well."`
	Sweeps   bool     `negatable:"" default:"true" help:"Also vary tempo, reuse of addresses, number of organisations and missing fields (default)."`
	Rivals   bool     `negatable:"" default:"true" help:"Also run the published rules of others (default)."`
	JSON     bool     `name:"json" help:"The result as one JSON object instead of tables."`
	Out      string   `placeholder:"DIR" help:"Also write spray.json, spray.txt and spray.html there."`
	Before   string   `placeholder:"FILE" help:"The spray.json of an earlier run: also say which medians changed."`
	Verbose  bool     `short:"v" help:"Also say what was missed and what was claimed wrongly, with the evidence."`
}

// Help is shown by bench spray --help.
func (benchSprayCmd) Help() string {
	return `Simulates organisations under attack, lets pumphandle and the rules of others read the same sign-ins, and holds what they say against the truth. Each case runs over several seeds; shown are the median and the worst. docs/benchmark.md says what is measured and how to add a rule.

Everything with five seeds takes about half an hour of processor time, a quarter of an hour on two cores, and 250 MB.

  pumphandle bench spray --quick
  pumphandle bench spray --scenario quad7 --seeds 1 --no-rivals --verbose
  pumphandle bench spray --out result`
}

func (c *benchSprayCmd) Run(ctx context.Context, io streams) error {
	o := spray.Options{
		Scenarios: c.Scenario, Seeds: c.Seeds, Seed: c.Seed, Orgs: c.Orgs, Accounts: c.Accounts,
		Quick: c.Quick, Sweeps: c.Sweeps, Rivals: c.Rivals,
	}
	if _, err := spray.Cases(o); err != nil {
		return usageError{err, "pumphandle bench spray --scenario quad7, pumphandle bench spray --help"}
	}
	before, err := c.before()
	if err != nil {
		return err
	}
	b := newBar(io.err)
	if b != nil {
		o.Progress = func(done, total int) {
			b.show(int64(done), int64(total), fmt.Sprintf("%d of %d worlds", done, total))
		}
	}
	result, err := spray.Run(ctx, o)
	b.clear()
	if result == nil || len(result.Cases) == 0 {
		return err
	}
	return errors.Join(err, c.write(result, before, io)) // of an interrupted run what is complete
}

// write writes what was measured where it was asked for.
func (c *benchSprayCmd) write(r *spray.Result, before *spray.Earlier, io streams) error {
	if err := keepBench(c.Out, "spray", r); err != nil {
		return err
	}
	if c.JSON {
		return r.WriteJSON(io.out)
	}
	if err := r.WriteText(io.out); err != nil {
		return err
	}
	if c.Verbose {
		if err := r.WriteDetails(io.out); err != nil {
			return err
		}
	}
	if before == nil {
		return nil
	}
	return r.WriteChanges(io.out, before)
}

// before reads the earlier run that is to be compared; nil if there is none.
func (c *benchSprayCmd) before() (*spray.Earlier, error) {
	if c.Before == "" {
		return nil, nil
	}
	f, err := os.Open(c.Before)
	if err != nil {
		return nil, fmt.Errorf("reading an earlier run: %w", err)
	}
	defer f.Close()
	e, err := spray.ReadEarlier(f)
	if err != nil {
		return nil, hintError{fmt.Errorf("reading the earlier run %s: %w", c.Before, err), "pumphandle bench spray --out DIR writes spray.json there"}
	}
	return e, nil
}

// benchResult is what a benchmark has measured.
type benchResult interface {
	WriteJSON(io.Writer) error
	WriteText(io.Writer) error
	WritePage(io.Writer) error
}

// keepBench writes a result into the directory that was asked for, in each of
// its forms.
func keepBench(dir, name string, r benchResult) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", dir, err)
	}
	for ext, write := range map[string]func(io.Writer) error{".json": r.WriteJSON, ".txt": r.WriteText, ".html": r.WritePage} {
		var text bytes.Buffer
		if err := write(&text); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+ext), text.Bytes(), 0o644); err != nil {
			return fmt.Errorf("writing the benchmark: %w", err)
		}
	}
	return nil
}
