package markup

import (
	"math/bits"
	"strings"
	"testing"
)

func TestSimhash(t *testing.T) {
	const a = "Dear colleague, your mailbox jane.doe@clinic.example has reached 98 percent of its size. Please open https://a.example/9f8e to keep it, or it will be closed on 12 May by the service desk of the clinic."
	b := strings.NewReplacer("jane.doe@clinic", "john@lab", "98", "91", "9f8e", "77aa", "12", "3").Replace(a)
	if Simhash(a) != Simhash(b) || Simhash(a) == 0 {
		t.Error("copies to two people differ")
	}
	if d := bits.OnesCount64(Simhash(a) ^ Simhash(a+" Thank you.")); d > 12 {
		t.Errorf("two words more: %d bits", d)
	}
	const c = "The agenda of Monday's meeting is attached. We will speak about the budget of the second quarter, the new scanner and the holidays of the night shift; tell me what is missing."
	if d := bits.OnesCount64(Simhash(a) ^ Simhash(c)); d < 15 {
		t.Errorf("another text: %d bits", d)
	}
	if Simhash("too short") != 0 {
		t.Error("short texts have none")
	}
	if Simhash("世界保健機関からの重要なお知らせです") == 0 {
		t.Error("no spaces is no reason")
	}
}

func TestShape(t *testing.T) {
	html := `<table><tr><td><p>x</p><a href=y>z</a></td></tr></table>`
	a, b := parsed(strings.Repeat(html, 5)), parsed(strings.Repeat(strings.ReplaceAll(html, "x", "other words"), 5))
	if a.Shape != b.Shape || a.Shape == 0 {
		t.Error("one template, two shapes")
	}
}

func TestPathShape(t *testing.T) {
	a := PathShape("https://a.example/wp/login42/index.php?email=j@x.example&id=9")
	if a != PathShape("https://b.example/wp/login7/index.php?email=k@y.example&id=10") || a == 0 {
		t.Error("one kit, two shapes")
	}
	if a == PathShape("https://a.example/wp/index.php?email=1&id=2") {
		t.Error("two paths, one shape")
	}
	if PathShape("https://a.example/") != 0 || PathShape("https://a.example") != 0 {
		t.Error("no path has no shape")
	}
	if PathShape("https://a.example/d/aZ9kQ2mX7pL4vB8n") != PathShape("https://a.example/d/qW3eR5tY7uI9oP1a") {
		t.Error("tokens are masked")
	}
}

func TestExcerpt(t *testing.T) {
	got := Excerpt("Dear Jane,\nyour mailbox jane.doe@clinic.example (card 4111 1111 1111 1111, id 1234567) is full: https://evil.example/k?u=jane or code aZ9kQ2mX7pL4vB8n. Room 12.", []string{"Jane.Doe@clinic.example"})
	want := "Dear <recipient> your mailbox <address> (card <number> <number> <number> <number> id <number> is full: hxxp://evil[.]example or code <token> Room 12."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Excerpt(strings.Repeat("word ", 1000), nil); len(got) > MaxExcerpt || len(got) < MaxExcerpt-10 {
		t.Errorf("%d bytes", len(got))
	}
}
