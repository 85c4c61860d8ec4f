// Filters writes mails for mail filters to score, and puts what they said side
// by side. bench/run.sh mail uses it.
//
//	filters write [-sample N] DATA DIR          prints how many mails it wrote
//	filters table [-json FILE] RESULTS NAME=FILE…
//
// RESULTS is the file of bench/measure, which knows by the same names what each
// filter cost.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/pumphandle/pumphandle/bench/phish"
)

func main() {
	err := errors.New("usage: filters write|table …")
	if len(os.Args) > 1 {
		switch args := os.Args[2:]; os.Args[1] {
		case "write":
			err = write(args)
		case "table":
			err = table(args)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "filters:", err)
		os.Exit(1)
	}
}

func write(args []string) error {
	flags := flag.NewFlagSet("write", flag.ExitOnError)
	most := flags.Int("sample", 0, "at most so many mails, 0 all")
	flags.Parse(args)
	if flags.NArg() != 2 {
		return errors.New("write: a directory of sets and one to write to are needed")
	}
	n, err := phish.WriteSample(flags.Arg(0), flags.Arg(1), *most)
	if err == nil {
		fmt.Println(n)
	}
	return err
}

// cost is what bench/measure says of one command.
type cost struct {
	Name  string  `json:"name"`
	Input string  `json:"input"`
	CPU   float64 `json:"cpu_seconds"`
	RSS   int64   `json:"peak_rss_bytes"`
	Load  float64 `json:"load"`
	Note  string  `json:"note"`
}

func table(args []string) error {
	flags := flag.NewFlagSet("table", flag.ExitOnError)
	out := flags.String("json", "", "file for the figures")
	flags.Parse(args)
	if flags.NArg() < 2 {
		return errors.New("table: a file of results and NAME=FILE are needed")
	}
	costs, err := readCosts(flags.Arg(0))
	if err != nil {
		return err
	}
	var all []*phish.Filter
	for _, arg := range flags.Args()[1:] {
		name, file, _ := strings.Cut(arg, "=")
		c, ok := costs[name]
		if !ok || c.Note != "" { // skipped or failed: the table of bench/measure says why
			continue
		}
		f, err := readFilter(name, file)
		if err != nil {
			fmt.Fprintln(os.Stderr, "filters:", err)
			continue
		}
		f.Cost(c.CPU, c.RSS, c.Load)
		all = append(all, f)
	}
	if *out != "" {
		text, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*out, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return phish.WriteFilters(os.Stdout, all)
}

func readFilter(name, file string) (*phish.Filter, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return phish.ReadFilter(name, f)
}

func readCosts(file string) (map[string]cost, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	costs := map[string]cost{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c cost
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if c.Input == "mail" {
			costs[c.Name] = c
		}
	}
	return costs, lines.Err()
}
