// Pumphandle reads sign-in logs of organisations that keep people healthy and
// says who attacked whom, how, and with what result. Each verb is one file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pumphandle/pumphandle/run"
)

// program is the command line. The help text of a verb stands beside it.
type program struct {
	Scan      scanCmd      `cmd:"" help:"Read sign-in logs and say who attacked whom, how, with what result."`
	Mail      mailCmd      `cmd:"" help:"Is this mail real? A verdict for each mail, with its reasons."`
	Explain   explainCmd   `cmd:"" help:"Open a campaign, target or finding down to the records that prove it."`
	Demo      demoCmd      `cmd:"" help:"Write a synthetic month at twelve organisations, scan it and compare with the truth."`
	Simulate  simulateCmd  `cmd:"" help:"Write the logs of published campaigns, with labels."`
	Bench     benchCmd     `cmd:"" help:"Measure how well attacks are found and named, beside what others publish."`
	Verify    verifyCmd    `cmd:"" help:"Look into every file of a public edition for identifiers of protected organisations."`
	Actors    actorsCmd    `cmd:"" help:"Show what is known of actors and who calls them what; take in more."`
	Attribute attributeCmd `cmd:"" help:"Say who it may have been: rank actors for evidence given by hand, or decide on a campaign's assessment."`
	Export    exportCmd    `cmd:"" help:"Write campaigns for other tools: STIX, MISP, OCSF, CSV."`
	Import    importCmd    `cmd:"" help:"Keep what others say, from STIX, MISP, OCSF and CSV files, as evidence from outside."`
	Taxii     taxiiCmd     `cmd:"" help:"Read what a TAXII 2.1 server has, or serve campaigns as one."`
	Inspect   inspectCmd   `cmd:"" help:"Say what a file is, what it covers and what is missing in it, and show ten of its events."`
	Train     trainCmd     `cmd:"" help:"Learn the content model of mail from your own mail."`
	Formats   formatsCmd   `cmd:"" help:"List the log formats that are read."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// streams is where a verb reads and writes. Results go to out, everything else
// to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := start(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// start runs one command line and returns the exit code.
func start(ctx context.Context, args []string, io streams) int {
	var p program
	exit := -1
	parser, err := kong.New(&p,
		kong.Name("pumphandle"),
		kong.Description("Find the attacks on health organisations in the logs they already have.\n\nStart with: pumphandle scan /var/log/auth.log"),
		kong.Writers(io.out, io.err),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 80}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(io),
	)
	if err != nil {
		return report(io.err, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // --help was printed
		return exit
	}
	if err != nil {
		return report(io.err, usageError{err, "pumphandle " + helpFor(args)})
	}
	return report(io.err, parsed.Run())
}

// helpFor returns the words that show the help of the verb in args.
func helpFor(args []string) string {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args[0] + " --help"
	}
	return "--help"
}

// The exit codes (docs/contracts.md).
const (
	exitFailed      = 1
	exitUsage       = 2
	exitFound       = 3 // done, campaigns found
	exitUnread      = 4 // done, but some input could not be read
	exitInterrupted = 130
)

// exitError ends the program with a code without being a failure.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a wrong command line, with the command that would have worked.
type usageError struct {
	err  error
	hint string
}

func (e usageError) Error() string { return e.err.Error() }

// hintError is an error with the command, or the step, that helps.
type hintError struct {
	err  error
	hint string
}

func (e hintError) Error() string { return e.err.Error() }
func (e hintError) Unwrap() error { return e.err }

// report prints an error with its hint and returns the exit code. It is the
// one place that turns errors into codes.
func report(w io.Writer, err error) int {
	var exit exitError
	var usage usageError
	var hinted hintError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "pumphandle: interrupted")
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(w, "pumphandle: error: %s\npumphandle: hint: %s\n", safe(err), run.Safe(usage.hint))
		return exitUsage
	}
	fmt.Fprintf(w, "pumphandle: error: %s\n", safe(err))
	var own interface{ Hint() string } // errors that know what helps
	switch {
	case errors.As(err, &own):
		fmt.Fprintf(w, "pumphandle: hint: %s\n", run.Safe(own.Hint()))
	case errors.As(err, &hinted):
		fmt.Fprintf(w, "pumphandle: hint: %s\n", run.Safe(hinted.hint))
	}
	return exitFailed
}

// safe writes an error for a terminal: some of them quote what was read. Each
// line is one of several errors joined.
func safe(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, l := range lines {
		lines[i] = run.Safe(l)
	}
	return strings.Join(lines, "\n  ")
}
