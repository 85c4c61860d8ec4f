package main

import (
	"fmt"
	"os"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/report/leak"
	"github.com/pumphandle/pumphandle/run"
)

type verifyCmd struct {
	Dir  string `arg:"" help:"The directory of the edition, such as result/report."`
	Orgs string `required:"" placeholder:"FILE" help:"The organisations file with what must not occur."`
}

// Help is shown by verify --help.
func (verifyCmd) Help() string {
	return `Opens every file below DIR and looks for every identifier of the organisations file in every spelling it knows: written otherwise, encoded, compressed, split by markup. It shares no code with what writes the edition. What it cannot look into fails too.

Exit codes: 0 nothing found; 1 something found, or a file that cannot be checked; 2 wrong usage.

  pumphandle verify --orgs orgs.yaml result/report`
}

func (c *verifyCmd) Run(io streams) error {
	data, err := os.ReadFile(c.Orgs)
	if err != nil {
		return hintError{fmt.Errorf("reading the organisations file: %w", err), "pumphandle verify --orgs orgs.yaml " + quote(c.Dir)}
	}
	dir, err := org.Parse(c.Orgs, data)
	if err != nil {
		return hintError{err, "docs/organisations.md explains every key"}
	}
	if info, err := os.Stat(c.Dir); err != nil {
		return hintError{fmt.Errorf("opening the edition: %w", err), "pumphandle scan --orgs " + quote(c.Orgs) + " --out result PATH... writes one to result/report"}
	} else if !info.IsDir() {
		return usageError{fmt.Errorf("%s is not a directory", c.Dir), "pumphandle verify --orgs " + quote(c.Orgs) + " DIR"}
	}
	result, err := leak.New(leak.FromOrganisations(dir.All())).FS(os.DirFS(c.Dir))
	if err != nil {
		return fmt.Errorf("checking %s: %w", c.Dir, err)
	}
	for _, f := range result.Files {
		for _, l := range f.Leaks {
			fmt.Fprintf(io.out, "LEAK       %s\n", run.Safe(l.String()))
		}
		if f.Unchecked != "" {
			fmt.Fprintf(io.out, "UNCHECKED  %s: %s\n", run.Safe(f.Name), run.Safe(f.Unchecked))
		}
	}
	for _, f := range result.Files {
		fmt.Fprintf(io.out, "%s  %s\n", f.SHA256, run.Safe(f.Name))
	}
	if !result.Clean() {
		return hintError{fmt.Errorf("%s must not be published: an identifier was found, or a file cannot be checked", c.Dir), "the private result says which: add nothing to the edition by hand"}
	}
	fmt.Fprintf(io.err, "pumphandle: %d files, no identifier of %d organisations found\n", len(result.Files), len(dir.All()))
	return nil
}
