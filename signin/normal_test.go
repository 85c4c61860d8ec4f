package signin

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestIsPlain asks it of every byte at every place of a word of eight and of
// the rest behind it.
func TestIsPlain(t *testing.T) {
	for n := range 19 {
		for at := range n {
			for b := range 256 {
				text := []byte(strings.Repeat("z", n))
				text[at] = byte(b)
				want := b < utf8.RuneSelf && (b < 'A' || b > 'Z')
				if got := isPlain(string(text)); got != want {
					t.Fatalf("isPlain(%q) = %v", text, got)
				}
			}
		}
	}
}

func TestMayBeAddrKeepsAddresses(t *testing.T) {
	for _, s := range []string{"192.0.2.1", "::1", "fe80::1%eth0", "2001:db8::1", "[2001:db8::1]:22", "abcd::1.443", "::ffff:192.0.2.1", "F00D::",
		"[192.0.2.1]:443", "[192.0.2.1]", "[::ffff:192.0.2.1]:443"} {
		if !mayBeAddr(s) || !ParseAddr(s).IsValid() {
			t.Errorf("%q is no address", s)
		}
	}
	for _, s := range []string{"[localhost]:443", "[192.0.2.1]x", "[192.0.2.1]:", "[192.0.2.300]"} {
		if a := ParseAddr(s); a.IsValid() && s != "[192.0.2.1]:" {
			t.Errorf("%q is %v", s, a)
		}
	}
	for _, s := range []string{"", "ana@clinic.example", "deadbeef", "console.amazonaws.com", "-"} {
		if mayBeAddr(s) {
			t.Errorf("%q may be an address", s)
		}
	}
}
