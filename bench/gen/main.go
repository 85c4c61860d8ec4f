// Gen writes one benchmark log and, beside it, the labels of what is planted
// in it. The same arguments give the same bytes.
//
//	gen sshd-1m auth_1m.log
//	gen entra-300k entra_300k.ndjson
//	gen okta-300m okta.ndjson
//	gen cloudtrail-300m cloudtrail.ndjson
//	gen evtx-300k security.evtx
//	gen pairs-10m pairs_10m.log
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pumphandle/pumphandle/simulate"
)

const seed = 1

// logs are the benchmark logs, in the sizes on which the peers were measured.
var logs = map[string]func(io.Writer) ([]simulate.Label, error){
	"sshd-1m":    func(w io.Writer) ([]simulate.Label, error) { return simulate.SSHD1M(w, 1_000_000, 20_000, seed) },
	"pairs-10m":  func(w io.Writer) ([]simulate.Label, error) { return nil, pairs(w, 10_000_000) },
	"entra-300k": func(w io.Writer) ([]simulate.Label, error) { return simulate.Entra300k(w, 300_000, seed) },
	// What is counted is sign-ins: these come to about 300 MB.
	"okta-300m":       func(w io.Writer) ([]simulate.Label, error) { return simulate.OktaBench(w, 100_000, seed) },
	"cloudtrail-300m": func(w io.Writer) ([]simulate.Label, error) { return simulate.CloudTrailBench(w, 360_000, seed) },
	"evtx-300k":       func(w io.Writer) ([]simulate.Label, error) { return windowsEVTX(w, 300_000) },
}

func main() {
	if len(os.Args) != 3 || logs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: gen sshd-1m|entra-300k|okta-300m|cloudtrail-300m|evtx-300k|pairs-10m FILE")
		os.Exit(2)
	}
	if err := write(os.Args[2], logs[os.Args[1]]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// write writes the log under another name first: an interrupted run leaves no
// half of one behind.
func write(path string, log func(io.Writer) ([]simulate.Label, error)) error {
	part := path + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	defer f.Close()
	labels, err := log(f)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := writeLabels(path+".labels.jsonl", labels); err != nil {
		return err
	}
	// The stamps of sshd have no year: a reader takes that of the file.
	written := time.Date(2026, 9, 15, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(part, written, written); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func writeLabels(path string, labels []simulate.Label) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	for _, l := range labels {
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return f.Close()
}
