package attribution

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
	"golang.org/x/net/html"
)

// The page loads nothing and shows what others wrote as text.
func TestPageLoadsNothing(t *testing.T) {
	r := &Result{
		Base: "b", Files: []actor.Imported{{Name: `<script src="https://evil.example/x.js"></script>`, SHA256: "00"}},
		Ranking:   []Ranking{{Test: "E2", Facts: "techniques and software", Method: "<b>rival</b>", N: 10, Top1: 40, Top5: 60}},
		OpenSet:   []OpenSet{{Input: attribute.SoftwareInput, N: 10, Naming: []attribute.Naming{{From: 0.8, Named: 0.2, Right: 0.9}}, Bins: []Bin{{0.8, 0.85, 0.9, 3}}}},
		FalseFlag: []FalseFlag{{Method: "<i>m</i>", Framed: [3]float64{1, 2, 3}}},
		Figures:   []Figure{{What: "one", Want: "at least 1", Got: 0.5}},
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	z, plots := html.NewTokenizer(bytes.NewReader(b.Bytes())), 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			break
		}
		tok := z.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		if tok.Data == "svg" {
			plots++
		}
		if tok.Data == "script" || tok.Data == "b" || tok.Data == "i" || tok.Data == "img" || tok.Data == "link" {
			t.Errorf("a %s on the page", tok.Data)
		}
		for _, a := range tok.Attr {
			if a.Key == "src" || a.Key == "href" {
				t.Errorf("%s loads %s", tok.Data, a.Val)
			}
		}
	}
	if plots != 3 || !strings.Contains(b.String(), "not met") {
		t.Errorf("%d plots", plots)
	}
	var table bytes.Buffer
	if err := r.WriteTable(&table); err != nil || !strings.Contains(table.String(), "NOT MET") {
		t.Errorf("table %v:\n%s", err, table.String())
	}
}
