package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/internal/golden"
	"github.com/pumphandle/pumphandle/outcome"
)

func TestCSVGolden(t *testing.T) {
	in := example()
	var targets []outcome.Target
	for _, c := range in.Cases {
		targets = append(targets, c.Targets...)
	}
	for name, write := range map[string]func(io.Writer) error{
		"campaigns.csv": func(w io.Writer) error { return WriteCampaignsCSV(w, in.Cases) },
		"targets.csv":   func(w io.Writer) error { return WriteTargetsCSV(w, targets) },
		"accounts.csv":  func(w io.Writer) error { return WriteAccountsCSV(w, targets) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden.File(t, filepath.Join("testdata", name), b.Bytes())
		if _, err := csv.NewReader(&b).ReadAll(); err != nil { // also: all rows have the same number of cells
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"anna@hex.example":                 "anna@hex.example",
		"=1+1":                             "'=1+1",
		"+33":                              "'+33",
		"-2+3":                             "'-2+3",
		"@SUM(A1)":                         "'@SUM(A1)",
		" =1+1":                            "' =1+1",
		"\t=1+1":                           "' =1+1",
		"\r\n=1+1":                         "'  =1+1",
		"＝1+1":                             "'＝1+1",
		"a=b":                              "a=b",
		"a,\"b\"":                          "a,\"b\"",
		"a\x1b[31m":                        "a<U+001B>[31m",
		"":                                 "",
		"=HYPERLINK(\"http://e.example\")": "'=HYPERLINK(\"http[:]//e.example\")",
	} {
		if got := cell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrorsAreReturned(t *testing.T) {
	for name, err := range map[string]error{
		"campaigns": WriteCampaignsCSV(full{}, example().Cases),
		"targets":   WriteTargetsCSV(full{}, example().Cases[0].Targets),
		"accounts":  WriteAccountsCSV(full{}, example().Cases[0].Targets),
		"stix":      exchange.WriteSTIX(full{}, document(t, example())),
	} {
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
