package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pumphandle/pumphandle/bench/phish"
)

type benchMailCmd struct {
	Data    string `placeholder:"DIR" default:"../shared/data/mail" help:"The sets of real mail: index.tsv and the folders it names (default: ${default}). What is absent is skipped."`
	Domains string `placeholder:"FILE" help:"Ordinary domains, one a line or RANK,DOMAIN: how many are taken for look-alikes."`
	Seeds   int    `help:"Over how many seeds letters are written and replays made (default: 3; 1 with --quick)."`
	Quick   bool   `help:"Few of everything, in seconds: whether it works, not how well."`
	JSON    bool   `name:"json" help:"The result as one JSON object instead of tables."`
	Out     string `placeholder:"DIR" help:"Also write mail.json, mail.txt and mail.html there."`
	Verbose bool   `short:"v" help:"Also say what is being done."`
	Model   string `placeholder:"FILE" help:"The content model that pumphandle train wrote. Default: the one that is built in."`
}

// Help is shown by bench mail --help.
func (benchMailCmd) Help() string {
	return `Real phish and ham from a directory of yours, lures and benign twins that the simulator writes, look-alike domains, and lures hidden in mailing lists that stand for organisations: how much is found, how much is flagged wrongly, how fast. docs/benchmark-mail.md says what is measured and what it does not show.

Everything takes about two minutes of processor time and 600 MB.

  pumphandle bench mail --quick
  pumphandle bench mail --data ../shared/data/mail --out result
  pumphandle bench mail --data mine --model model.json`
}

func (c *benchMailCmd) Run(ctx context.Context, io streams) error {
	model, err := mailFlags{Model: c.Model}.model()
	if err != nil {
		return err
	}
	o := phish.Options{Data: c.Data, Domains: c.Domains, Seeds: c.Seeds, Quick: c.Quick, Model: model}
	if o.Seen = c.Model == ""; !o.Seen {
		o.Args = []string{"--model", c.Model}
	}
	if c.Verbose {
		o.Tell = func(what string) { fmt.Fprintf(io.err, "pumphandle: %s\n", what) }
	}
	if o.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("finding this program, to measure its speed: %w", err)
	}
	result, err := phish.Run(ctx, o)
	if err != nil {
		return err
	}
	if err := keepBench(c.Out, "mail", result); err != nil {
		return err
	}
	if c.JSON {
		return result.WriteJSON(io.out)
	}
	return result.WriteText(io.out)
}
