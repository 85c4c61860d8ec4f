package run

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/export"
	"go.yaml.in/yaml/v3"
)

// statementsFile is what others said of assessments, as a person writes it
// down (docs/exchange.md).
type statementsFile struct {
	Statements []struct {
		Campaign string `yaml:"campaign"`
		Actor    string `yaml:"actor"`
		Kind     string `yaml:"kind"`
		By       string `yaml:"by"`
		At       string `yaml:"at"`
		Text     string `yaml:"text"`
		Ref      string `yaml:"ref"`
	} `yaml:"statements"`
}

// AddStatements reads what others said of assessments and puts it beside the
// cases that it is about. An unknown key is an error that names the line, and
// so is a campaign that is not there.
func AddStatements(cases []export.Case, name string, data []byte) error {
	var file statementsFile
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	known := []exchange.StatementKind{exchange.Confirmation, exchange.Rejection, exchange.Denial, exchange.Referral, exchange.NoReply, exchange.Comment}
	for n, s := range file.Statements {
		at, err := time.Parse(time.DateOnly, s.At)
		kind := exchange.StatementKind(s.Kind)
		switch {
		case err != nil:
			return fmt.Errorf("%s: statement %d: at is %q, not a day such as 2020-11-17", name, n+1, s.At)
		case !slices.Contains(known, kind):
			return fmt.Errorf("%s: statement %d: kind is %q, not one of %q", name, n+1, s.Kind, known)
		case s.By == "" || s.Text == "":
			return fmt.Errorf("%s: statement %d needs by and text", name, n+1)
		}
		i := slices.IndexFunc(cases, func(c export.Case) bool { return c.Campaign.ID == s.Campaign })
		if i < 0 {
			return fmt.Errorf("%s: statement %d is about %q, which is not exported", name, n+1, s.Campaign)
		}
		cases[i].Statements = append(cases[i].Statements, exchange.Statement{Actor: s.Actor, Kind: kind, By: s.By, At: at, Text: s.Text, Ref: s.Ref})
	}
	return nil
}
