package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/run"
)

type mailCmd struct {
	Paths  []string `arg:"" optional:"" name:"path" help:"Mails (.eml, .msg), mailboxes, directories (walked), or - for standard input. gzip, zstd, bzip2, zip and tar are opened."`
	JSON   bool     `name:"json" help:"Print one JSON object for each mail instead of text."`
	Alerts bool     `help:"Print only mails that raise an alert."`
	Orgs   string   `placeholder:"FILE" help:"The protected organisations: whose names, people and domains are protected beside the built-in table (docs/organisations.md)."`
	Store  string   `placeholder:"FILE" help:"What scans have kept there says who has written to the recipient's organisation before."`
	Format string   `placeholder:"NAME" help:"Take every file for this format instead of recognising it."`
	mailFlags
}

// Help is shown by mail --help.
func (mailCmd) Help() string {
	return `Is this real? A verdict for each mail with its reasons in plain words. Each mail is judged by itself: who it claims to be from and who sent it, what it wants, where its links lead and what its attachments are. Nothing is opened, resolved or fetched. scan reads mail and sign-in logs together and knows who has written before.

Exit codes: 0 nothing to alert of; 3 alerts; 4 some input could not be read; 1 failed; 2 wrong usage.

  pumphandle mail suspicious.eml
  pumphandle mail - < forwarded.eml
  pumphandle mail --json --orgs orgs.yaml abuse-mailbox.mbox`
}

func (c *mailCmd) Run(ctx context.Context, io streams) error {
	if len(c.Paths) == 0 {
		return usageError{errors.New("mail needs something to read"), "pumphandle mail suspicious.eml"}
	}
	cfg := run.MailConfig{Paths: c.Paths, Stdin: io.in, Workers: runtime.GOMAXPROCS(0), Warn: func(file string, err error) { warn(io, file, err) }}
	if c.Format != "" {
		f, ok := mail.Lookup(c.Format)
		if !ok {
			return usageError{fmt.Errorf("there is no mail format %q", c.Format), "pumphandle formats"}
		}
		cfg.Format = &f
	}
	orgs, err := readOrgs(c.Orgs)
	if err != nil {
		return err
	}
	model, err := c.model()
	if err != nil {
		return err
	}
	trust, asked, err := c.trust(ctx)
	if err != nil {
		return err
	}
	if cfg.Examiner, err = run.NewExaminer(orgs, trust, model); err != nil {
		return err
	}
	if c.Store != "" {
		if _, err := os.Stat(c.Store); err != nil {
			return hintError{fmt.Errorf("reading the store: %w", err), "pumphandle scan --store " + c.Store + " PATH... makes one"}
		}
		if cfg.Past, err = run.MailPast(ctx, c.Store, orgs); err != nil {
			return err
		}
	}
	first := true
	stats, err := run.CheckMail(ctx, cfg, func(v run.MailVerdict) error {
		switch {
		case c.Alerts && !v.Alert:
			return nil
		case c.JSON:
			return v.WriteJSON(io.out)
		case !first:
			fmt.Fprintln(io.out)
		}
		first = false
		return v.WriteText(io.out)
	})
	if err := errors.Join(err, asked.keep()); err != nil {
		return err
	}
	switch {
	case stats.Unread > 0:
		return exitError(exitUnread)
	case stats.Alerts > 0:
		return exitError(exitFound)
	}
	return nil
}

// warn tells of an input that could not be read.
func warn(io streams, file string, err error) {
	fmt.Fprintf(io.err, "pumphandle: %s: %s\n", run.Safe(file), run.Safe(err.Error()))
}
