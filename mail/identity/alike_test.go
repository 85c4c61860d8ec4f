package identity

import "testing"

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		host, model string
		want        How
	}{
		{"arnberbridge.example", "amberbridge.example", Homoglyph},
		{"amberbrldge.example", "amberbridge.example", Homoglyph},
		{"amberbridgee.example", "amberbridge.example", Typo},
		{"amber-bridge.example", "amberbridge.example", Hyphen},
		{"amberbridge.org", "amberbridge.example", TLDSwap},
		{"amberbridgeexample.org", "amberbridge.example", Glued},
		{"portal-amberbridge.example", "amberbridge.example", Combosquat},
		{"mail.amberbridge.example", "amberbridge.example", ""},
		{"cedarline.example", "amberbridge.example", ""},
		{"nhs.example", "nhx.example", ""}, // too short to tell
		{"", "amberbridge.example", ""},
	} {
		if got := Alike(c.host, c.model); got != c.want {
			t.Errorf("Alike(%q, %q) = %q, want %q", c.host, c.model, got, c.want)
		}
	}
}
