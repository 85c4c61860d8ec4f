package leak

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/org"
)

// table reads a column of a CSV file of real incidents, or skips the test.
func table(t *testing.T, path string, columns ...string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/data/incidents", path))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("skipping: %s is not here", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows[1:] {
		var text []string
		for _, c := range columns {
			for i, h := range rows[0] {
				if strings.TrimPrefix(h, "\ufeff") == c && i < len(row) {
					text = append(text, row[i])
				}
			}
		}
		out = append(out, strings.Join(text, "\n"))
	}
	return out
}

// Names of companies and hospitals that are short, or begin or end like
// common words. A plain expression for whole words says what is right.
func TestShortNamesInIncidentTexts(t *testing.T) {
	texts := table(t, "eurepoc/EuRepoC_Global_Database_1.1.csv", "name", "description")
	if len(texts) != 1643 {
		t.Fatalf("%d texts, want 1643", len(texts))
	}
	names := []string{"MSD", "UCB", "BMS", "SII", "GSK", "CHU", "AZ", "JNJ", "NHS", "Roche", "Bayer", "Merck", "Lonza", "Ipsen", "Lilly", "Servier", "Grifols", "Moderna", "Novavax", "Pfizer", "Sanofi"}
	substrings, found := 0, 0
	for _, name := range names {
		s := New([]Identifier{{Text: name, Kind: Name, Org: "o"}})
		flags := "(?i)"
		if name == strings.ToUpper(name) {
			flags = ""
		}
		// Of the words that contain a longer name, those that do so as one word count.
		word := regexp.MustCompile(flags + `(^|[^\pL\pN])` + name + `([^\pL\pN]|$)`)
		if len(name) >= short {
			word = regexp.MustCompile("(?i)" + name)
		}
		for _, text := range texts {
			leaks, err := s.Bytes("text", []byte(text))
			if err != nil {
				t.Fatalf("%.200q: %v", text, err)
			}
			if strings.Contains(strings.ToLower(canonical(text)), strings.ToLower(name)) {
				substrings++
			}
			if len(leaks) > 0 {
				found++
			}
			if want := word.MatchString(text); want != (len(leaks) > 0) {
				t.Errorf("%s: word %v, leaks %v in %.200q", name, want, leaks, text)
			}
		}
	}
	t.Logf("%d names in %d texts: %d as substrings, %d found", len(names), len(texts), substrings, found)
	if substrings < 2*found {
		t.Errorf("substring search would find %d, this one %d: the rule for short names does nothing", substrings, found)
	}
}

// Every name of a list of real ones is found where it stands, and the list
// finds next to nothing where it does not.
func TestRealNames(t *testing.T) {
	names := table(t, "hhs/breach_report.csv", "Name of Covered Entity")
	texts := table(t, "eurepoc/EuRepoC_Global_Database_1.1.csv", "name", "description")
	var orgs []org.Organisation
	for _, n := range names {
		n = strings.TrimSpace(n)
		if n == "" {
			t.Fatal("an organisation without name")
		}
		orgs = append(orgs, org.Organisation{ID: "o", Name: n})
		s := New([]Identifier{{Text: n, Kind: Name, Org: "o"}})
		leaks, err := s.Bytes("page.html", []byte("<p>The breach at <b>"+strings.ReplaceAll(n, "&", "&amp;")+"</b>, it is said.</p>"))
		if err != nil || len(leaks) == 0 {
			t.Errorf("%q is not found: %v", n, err)
		}
	}
	s := New(FromOrganisations(orgs))
	hits := map[string]int{}
	for _, text := range texts {
		leaks, _ := s.Bytes("text", []byte(text))
		for _, l := range leaks {
			hits[l.Identifier.Text+" / "+l.Found]++
		}
	}
	t.Logf("%d names in %d texts: %d found: %v", len(names), len(texts), len(hits), hits)
	if len(hits) > 12 {
		t.Errorf("%d of %d names found in texts about other things", len(hits), len(names))
	}
}
