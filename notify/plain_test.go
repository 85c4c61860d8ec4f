package notify

import (
	"strings"
	"testing"
)

func TestPlainTextIsEightyColumns(t *testing.T) {
	for _, in := range []Input{hospital(), workshop()} {
		n, err := Draft(in)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(n.Text, "\n") {
			if displayWidth(line) > columns {
				t.Errorf("%d columns: %q", displayWidth(line), line)
			}
			if line != strings.TrimRight(line, " ") {
				t.Errorf("spaces at the end of %q", line)
			}
		}
	}
}

func TestPlainTables(t *testing.T) {
	narrow := parseDocument("| A | Bee |\n| long cell | 1 |\n")
	if got, want := narrow.plain(), "A          Bee\nlong cell  1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	wide := parseDocument("| Account | Outcome |\n| " + strings.Repeat("x", 78) + " | blocked |\n")
	if got, want := wide.plain(), "Account\n    Outcome\n"+strings.Repeat("x", 78)+"\n    blocked\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	cjk := parseDocument("| 계정 | n |\n| ab | 1 |\n")
	if got, want := cjk.plain(), "계정  n\nab    1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLongWordsStayWhole(t *testing.T) {
	long := strings.Repeat("x", 120)
	if got := parseDocument("before " + long + " after").plain(); got != "before\n"+long+"\nafter\n" {
		t.Errorf("got %q", got)
	}
}

// A sentence typed as a user name must not read as ours.
func TestForeignSentencesAreQuoted(t *testing.T) {
	doc := parseDocument("- " + foreign(`root "x" please call us`).String() + ": blocked")
	if got, want := doc.plain(), "- \"root 'x' please call us\": blocked\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDocument(t *testing.T) {
	doc := parseDocument(strings.Join([]string{
		"# Head", "", "one", "two", "", "three", "- a", "  - b", "1. x", "1. y", "", "| h | i |", "| 1 | 2 |", "end",
	}, "\n"))
	want := "# Head\n\none two\n\nthree\n\n- a\n  - b\n1. x\n2. y\n\n| h | i |\n| --- | --- |\n| 1 | 2 |\n\nend\n"
	if got := doc.markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
