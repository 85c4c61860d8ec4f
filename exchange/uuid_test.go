package exchange

import "testing"

func TestUUID(t *testing.T) {
	// RFC 9562, appendix A.4: version 5 of www.example.com in the namespace for DNS names.
	dns := uuid{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	if got, want := dns.version5([]byte("www.example.com")).String(), "2ed6657d-e927-568b-95e1-2665a8aea6a2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if dns.child("ab", "c") == dns.child("a", "bc") {
		t.Error("two lists of parts have one id")
	}
}
