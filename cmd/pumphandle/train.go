package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/run"
)

type trainCmd struct {
	Ham    []string `placeholder:"PATH" sep:"none" help:"Mails that are ordinary. May be repeated; each path is one source, and all sources weigh the same."`
	Phish  []string `placeholder:"PATH" sep:"none" help:"Mails that are phishing. May be repeated."`
	Corpus []string `placeholder:"DIR" sep:"none" help:"Mails of both kinds that simulate --mail-corpus wrote, with their labels. May be repeated."`
	Out    string   `placeholder:"FILE" help:"Where to write the model; scan and mail read it with --model."`
	Words  bool     `negatable:"" default:"true" help:"Also learn words, not only form (default)."`
	Orgs   string   `placeholder:"FILE" help:"The protected organisations, as they will be given to scan and mail."`
}

// Help is shown by train --help.
func (trainCmd) Help() string {
	return `Learns the content model from your own mail instead of the one that is built in. Every tenth mail, and of a corpus the families that are marked for testing, is held back and tells what the model is worth on mail like yours; on other mail it is worth less. Only weights are kept: of features of form by name, of words by a number from which they cannot be read, though somebody who knows a word can ask for its weight.

  pumphandle train --ham archive.mbox --phish reported/ --out model.json
  pumphandle mail --model model.json suspicious.eml`
}

func (c *trainCmd) Run(ctx context.Context, io streams) error {
	const usage = "pumphandle train --ham archive.mbox --phish reported/ --out model.json"
	switch {
	case len(c.Corpus) == 0 && (len(c.Ham) == 0 || len(c.Phish) == 0):
		return usageError{errors.New("train needs mails of both classes"), usage}
	case c.Out == "":
		return usageError{errors.New("train needs a file to write to"), usage}
	}
	orgs, err := readOrgs(c.Orgs)
	if err != nil {
		return err
	}
	e, err := run.NewExaminer(orgs, auth.Options{}, nil)
	if err != nil {
		return err
	}
	cfg := run.TrainConfig{Ham: c.Ham, Phish: c.Phish, Corpora: c.Corpus, Examiner: e, Words: c.Words, Warn: func(file string, err error) { warn(io, file, err) }}
	bar := newBar(io.err)
	if bar != nil {
		cfg.Progress = func(n int) { bar.show(0, 0, fmt.Sprintf("%d mails", n)) }
	}
	t, err := run.TrainMail(ctx, cfg)
	bar.clear()
	if err != nil {
		return err
	}
	file, err := os.Create(c.Out)
	if err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	if err := errors.Join(t.Model.Write(file), file.Close()); err != nil {
		return fmt.Errorf("writing the model: %w", err)
	}
	fmt.Fprintf(io.out, "Trained on %d ordinary mails and %d of phishing.\n", t.Ham, t.Phish)
	fmt.Fprintf(io.out, "Of those held back it takes %.1f %% of %d phishing and %.1f %% of %d ordinary\nmails for phishing, by itself. It never alerts by itself.\n", 100*t.Recall, t.HeldPhish, 100*t.FalseAlarms, t.HeldHam)
	return nil
}
