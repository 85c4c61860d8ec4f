package org

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What docs/organisations.md shows is what happens.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../docs/organisations.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(data, -1)
	var d *Directory
	for _, b := range blocks {
		if d, err = Parse("docs/organisations.md", b[1]); err != nil {
			t.Errorf("%s\n%v", b[1], err)
		}
	}
	rows := 0
	_, table, _ := strings.Cut(string(data), "| tenant | account | host | file | owner |")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 8 || strings.Contains(line, "---") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows++
		if id, _ := d.Resolve(cells[1], cells[2], cells[3], cells[4]); string(id) != cells[5] {
			t.Errorf("%s is of %q", strings.TrimSpace(line), id)
		}
	}
	if len(blocks) != 2 || rows != 7 {
		t.Errorf("found %d files and %d rows: the test no longer reads the page", len(blocks), rows)
	}
}
