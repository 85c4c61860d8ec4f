package main

import (
	"context"
	"fmt"

	"github.com/pumphandle/pumphandle/run"
)

type inspectCmd struct {
	Paths   []string `arg:"" optional:"" name:"path" help:"Files, directories (walked), or - for standard input. gzip, zstd, bzip2, zip and tar are opened."`
	JSON    bool     `name:"json" help:"Print one JSON object for each file instead of text."`
	Orgs    string   `placeholder:"FILE" help:"The protected organisations (docs/organisations.md). Without it they are inferred from the logs."`
	Format  string   `placeholder:"NAME" help:"Take every file for this format instead of recognising it; see: pumphandle formats."`
	Mapping string   `placeholder:"FILE" help:"How to read JSON or CSV that is no known format (docs/formats/generic.md)."`
	Year    int      `placeholder:"YYYY" help:"Year of the last stamp in logs whose stamps have no year. Default: from the file's modification time."`
	Zone    string   `placeholder:"ZONE" help:"Time zone of stamps that have none, such as Europe/Paris. Default: UTC."`
}

// Help is shown by inspect --help.
func (inspectCmd) Help() string {
	return `What kind of log a file is, which period and organisations it covers, how many sign-ins of which result, what is missing in it, and ten events as every later step sees them. Nothing is judged.

Exit codes: 0 read; 4 some input could not be read.

  pumphandle inspect SignInLogs.json
  pumphandle inspect --json exports/`
}

func (c *inspectCmd) Run(ctx context.Context, io streams) error {
	if len(c.Paths) == 0 {
		return usageError{fmt.Errorf("inspect needs something to read"), "pumphandle inspect SignInLogs.json"}
	}
	in := inputs{Paths: c.Paths, Orgs: c.Orgs, Format: c.Format, Mapping: c.Mapping, Year: c.Year, Zone: c.Zone}
	s, err := in.prepare(ctx, io)
	if err != nil {
		return err
	}
	defer s.close()
	unread, first := false, true
	err = run.Inspect(ctx, s.cfg, func(f run.Inspection) error {
		unread = unread || f.Why != "" || f.BadRecords > 0
		if c.JSON {
			return f.WriteJSON(io.out)
		}
		if !first {
			fmt.Fprintln(io.out)
		}
		first = false
		return f.WriteText(io.out)
	})
	switch {
	case err != nil:
		return err
	case unread:
		return exitError(exitUnread)
	}
	return nil
}
