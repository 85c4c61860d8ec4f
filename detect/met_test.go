package detect

import (
	"slices"
	"testing"
)

// A look-alike of a correspondent is one letter away to the eye; two words that
// differ by a letter, and numbered servers, are not.
func TestOneApart(t *testing.T) {
	for _, c := range []struct {
		known, new string
		want       bool
	}{
		{"silverline.example", "sllverline.example", true},
		{"silverline.example", "si1verline.example", true},
		{"harborforge.example", "harb0rforge.example", true},
		{"cedardata.example", "c3dardata.example", true},
		{"amberforge.example", "aamberforge.example", true},
		{"summitfield.example", "surnmitfield.example", true},
		{"alpinepoint.example", "alpineprint.example", false},
		{"mailserver1.example", "mailserver2.example", false},
		{"silverline.example", "silverline.test", false},
		{"abc.example", "abd.example", false},
	} {
		near := slices.ContainsFunc(spellings(c.known), func(s string) bool { return slices.Contains(spellings(c.new), s) })
		if got := near && oneApart(c.known, c.new); got != c.want {
			t.Errorf("%s for %s: %v", c.new, c.known, got)
		}
	}
}

// A mailbox that turns to many new people is unlike itself; one that always
// writes to many, or to one new colleague, is not.
func TestUsualOutings(t *testing.T) {
	o := &outings{}
	for i := range 5 {
		o.add(int64(i)*day, string(rune('a'+i)), true)
	}
	o.add(9*day, "a", false)
	o.add(9*day+1, "b", false)
	if o.usual(9*day) != 1 || o.usual(10*day) != 2 || o.usual(0) != 0 {
		t.Error(o.usual(0), o.usual(9*day), o.usual(10*day))
	}
	if len(o.fresh) != 5 {
		t.Error(o.fresh)
	}
}
