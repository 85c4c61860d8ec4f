package variant

import (
	"slices"
	"testing"
)

// Fails if a trick that was seen in the wild is no longer made, or if the
// genuine domain is among its own look-alikes.
func TestOf(t *testing.T) {
	got := Of("who.int")
	for kind, want := range map[string]string{
		"dictionary": "who-covid19.int", "tld": "who.org", "glued": "whoint.org", "subdomain": "who.int.evil.example",
		"transposition": "hwo.int", "omission": "wo.int", "idn": "xn--wh-gmc.int", "homoglyph": "wh0.int",
	} {
		if !slices.Contains(got[kind], want) {
			t.Errorf("%s: no %s in %q", kind, want, got[kind])
		}
	}
	for kind, all := range got {
		if slices.Contains(all, "who.int") {
			t.Errorf("%s: the domain itself", kind)
		}
	}
	if Of("int") != nil {
		t.Error("a suffix has look-alikes")
	}
}
