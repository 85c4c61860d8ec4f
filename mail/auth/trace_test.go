package auth

import (
	"net/netip"
	"testing"
)

// The boundary of trust hangs on the address that the own server saw. What the
// sender said of itself must never stand for it.
func TestSenderIP(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	tests := []struct{ why, received, want string }{
		{"Postfix", "from mail.example (host.example [192.0.2.1]) by mx.example (Postfix) with ESMTP id A", "192.0.2.1"},
		{"Postfix, HELO is a literal", "from [192.0.2.9] (unknown [192.0.2.1]) by mx.example", "192.0.2.1"},
		{"Postfix, certificate name", `from h (h [192.0.2.1]) (Client CN "[192.0.2.9]", Issuer "x") by mx.example`, "192.0.2.1"},
		{"Exim", "from host.example ([192.0.2.1] helo=[192.0.2.9]) by mx.example with esmtp (Exim 4.97)", "192.0.2.1"},
		{"Exim without name", "from [192.0.2.1] (helo=192.0.2.9) by mx.example with esmtp (Exim 4.97)", "192.0.2.1"},
		{"qmail", "from unknown (HELO 192.0.2.9) (192.0.2.1) by 0 with SMTP", "192.0.2.1"},
		{"Exchange", "from A.mail.example (2001:db8::2) by B.hospital.example (10.0.0.1) with Microsoft SMTP Server (version=TLS1_2)", "2001:db8::2"},
		{"IPv6 literal", "from h (h [IPv6:2001:db8::1]) by mx.example", "2001:db8::1"},
		{"mapped", "from h (h [::ffff:192.0.2.1]) by mx.example", "192.0.2.1"},
		{"within one host", "by 2002:a05:6402:1 with SMTP id x", ""},
		{"from a private network", "from h (h [10.1.2.3]) by mx.example", ""},
		{"from the own network", "from h (h [198.51.100.3]) by mx.example", ""},
	}
	for _, tt := range tests {
		m := message("Received: " + tt.received + "; Mon, 2 Mar 2026 09:00:01 +0000\n" + sender)
		got := Check(m, Options{Networks: own}).SenderIP
		if got.IsValid() != (tt.want != "") || got.IsValid() && got.String() != tt.want {
			t.Errorf("%s: %v, want %q", tt.why, got, tt.want)
		}
	}
}
