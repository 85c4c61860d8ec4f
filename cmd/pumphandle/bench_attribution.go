package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/bench/attribution"
	"github.com/pumphandle/pumphandle/run"
)

type benchAttributionCmd struct {
	Files []string `arg:"" name:"file" help:"ATT&CK as a STIX bundle, and other knowledge to go with it."`
	JSON  string   `name:"json" placeholder:"FILE" help:"Also write the figures there, as JSON."`
	HTML  string   `name:"html" placeholder:"FILE" help:"Also write a page with plots there. It loads nothing."`
}

// Help is shown by bench attribution --help.
func (benchAttributionCmd) Help() string {
	return `Each public report is held out: all that only it says is forgotten, and the rest is asked whose it was. Weights are fitted to four fifths of the reports and asked about the fifth that they never saw.

Exit codes: 0 all figures met; 1 some are not, or it failed.

  pumphandle bench attribution enterprise-attack.json --html attribution.html`
}

func (c *benchAttributionCmd) Run(io streams) error {
	k := run.Knowledge{Base: actor.New()}
	if _, err := k.Import(c.Files...); err != nil {
		return err
	}
	result, err := attribution.Run(k.Base, func(what string) { fmt.Fprintf(io.err, "pumphandle: %s\n", what) })
	if err != nil {
		return hintError{err, "pumphandle bench attribution enterprise-attack.json"}
	}
	if err := result.WriteTable(io.out); err != nil {
		return err
	}
	if c.JSON != "" {
		data, err := json.MarshalIndent(result, "", " ")
		if err == nil {
			err = os.WriteFile(c.JSON, append(data, '\n'), 0o644)
		}
		if err != nil {
			return fmt.Errorf("writing the figures: %w", err)
		}
	}
	if c.HTML != "" {
		f, err := os.Create(c.HTML)
		if err == nil {
			err = errors.Join(result.WriteHTML(f), f.Close())
		}
		if err != nil {
			return fmt.Errorf("writing the page: %w", err)
		}
	}
	for _, f := range result.Figures {
		if !f.Met {
			return exitError(exitFailed)
		}
	}
	return nil
}
