package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/simulate"
)

type demoCmd struct {
	Out  string `default:"demo" placeholder:"DIR" help:"Where to write (default: ${default})."`
	Seed uint64 `default:"2020" help:"Another seed makes another month (default: ${default})."`
}

// Help is shown by demo --help.
func (demoCmd) Help() string {
	return `Twelve invented organisations in five countries, a month of sign-ins with the usual typing errors, scanners and stale devices, and in it: a spray at the published tempo of Strontium at seven of them, a try every five minutes from one address, an even spray from an address that people use, and a guesser who goes through the alphabet. Ten of them have mail, too: with false recruiters, a false health authority, and a colleague's taken mailbox. Nothing of it is real. The result is compared with the truth.`
}

func (c *demoCmd) Run(ctx context.Context, io streams) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", c.Out, err)
	}
	fmt.Fprintf(io.err, "pumphandle: writing a synthetic month at twelve organisations to %s ...\n", c.Out)
	begin := time.Now()
	world := filepath.Join(c.Out, "world")
	written, err := simulate.Run(ctx, world, simulate.Demo(c.Seed), nil)
	if err != nil {
		return fmt.Errorf("writing the demo: %w", err)
	}
	var bytes, events int64
	for _, f := range written.Files {
		bytes += f.Bytes
		events += f.Attempts
	}
	fmt.Fprintf(io.err, "pumphandle: %d logs of %d MB in %.0f s; scanning ...\n", len(written.Files), bytes>>20, time.Since(begin).Seconds())

	scan := scanCmd{Out: filepath.Join(c.Out, "result")}
	scan.Paths = []string{filepath.Join(world, simulate.LogsDir)}
	scan.Orgs = filepath.Join(world, simulate.OrgsFile)
	s, err := scan.prepare(ctx, io)
	if err != nil {
		return err
	}
	defer s.close()
	result, err := s.scan(ctx)
	if err != nil {
		return err
	}
	if err := s.publish(result, &scan); err != nil {
		return err
	}
	if err := result.WriteText(io.out); err != nil {
		return err
	}
	t := compare(written, result)
	fmt.Fprintln(io.out)
	t.write(io.out)
	fmt.Fprintf(io.out, `
Read next:
  %s   what the public may know (open it in a browser)
  %s   what each target must know
  pumphandle explain %s %s
`, filepath.Join(scan.Out, "report", "index.html"), filepath.Join(scan.Out, "notices"), firstID(result), again(&scan.inputs))
	if !t.right() {
		return errors.New("the demo's result is not the planted truth")
	}
	return nil
}

func firstID(r *run.Result) string {
	if len(r.Campaigns) == 0 {
		return "ID"
	}
	return r.Campaigns[0].ID
}
