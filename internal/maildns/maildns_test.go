package maildns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
)

const zone = `; what the DNS said
who.example. TXT "v=spf1 mx include:_spf.esp.example -all"
who.example. MX 20 mx2.who.example.
who.example. MX 10 mx1.who.example.
mx1.who.example. A 192.0.2.1
mx1.who.example. AAAA 2001:db8::1
mx2.who.example. A -
mx2.who.example. AAAA -
_spf.esp.example. TXT "v=spf1 ip4:198.51.100.0/24 ?all"
loop.example. TXT "v=spf1 include:loop.example -all"
soft.example. TXT "v=spf1 ~all"
lost.example. TXT "v=spf1 include:never-asked.example -all"
none.example. TXT -
_dmarc.who.example. TXT "v=DMARC1; p=reject; aspf=s"
`

func recorded(t *testing.T) *auth.Recorded {
	t.Helper()
	rec, err := auth.ParseRecorded(strings.NewReader(zone))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestSPF(t *testing.T) {
	rec := recorded(t)
	for _, tt := range []struct {
		addr, sender string
		want         mail.Verdict
	}{
		{"192.0.2.1", "a@who.example", mail.AuthPass},
		{"2001:db8::1", "a@who.example", mail.AuthPass},
		{"198.51.100.9", "a@who.example", mail.AuthPass},
		{"203.0.113.1", "a@who.example", mail.AuthFail},
		{"203.0.113.1", "a@soft.example", mail.AuthSoft},
		{"203.0.113.1", "a@loop.example", mail.AuthSoft},
		{"203.0.113.1", "a@none.example", mail.AuthNone},
		{"203.0.113.1", "a@lost.example", mail.AuthUnknown},
		{"203.0.113.1", "a@never-asked.example", mail.AuthUnknown},
	} {
		if got := SPF(netip.MustParseAddr(tt.addr), "helo.example", tt.sender, rec); got != tt.want {
			t.Errorf("%s from %s: %v, want %v", tt.sender, tt.addr, got, tt.want)
		}
	}
}

// The whole of it: the hop that handed the mail in, its SPF, and DMARC that
// wants the very domain.
func TestCheckWithSPF(t *testing.T) {
	m := &mail.Message{
		From: []mail.Address{{Email: "a@who.example"}}, ReturnPath: "b@who.example",
		Header: []mail.Field{{Name: "Received", Value: "from h (h [192.0.2.1]) by mx.hospital.example"}},
		Hops:   []mail.Hop{{From: "h", Addr: netip.MustParseAddr("192.0.2.1"), By: "mx.hospital.example"}},
		Raw:    []byte("From: a@who.example\n\nx\n"),
	}
	opt := auth.Options{Resolver: recorded(t), SPF: SPF}
	want := mail.Auth{SPF: mail.AuthPass, DKIM: mail.AuthNone, DMARC: mail.AuthPass, Aligned: true, By: "own"}
	if got := auth.Check(m, opt); got.Auth != want || got.SenderIP != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("%+v", got)
	}
	m.Hops[0].Addr = netip.MustParseAddr("203.0.113.1")
	want = mail.Auth{SPF: mail.AuthFail, DKIM: mail.AuthNone, DMARC: mail.AuthFail, By: "own"}
	if got := auth.Check(m, opt); got.Auth != want {
		t.Errorf("%+v", got)
	}
}

// A live resolver asks nothing that it knows, keeps no failures, and cannot be
// made to write lines of the sender's into its file.
func TestLive(t *testing.T) {
	asked := 0
	broken := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		asked++
		return nil, errors.New("no network in tests")
	}}
	l := NewLive(t.Context(), broken, recorded(t))
	if texts, err := l.TXT("who.example"); err != nil || len(texts) != 1 || asked != 0 {
		t.Errorf("%q %v, asked %d", texts, err, asked)
	}
	if _, err := l.Addrs("mx2.who.example"); !errors.Is(err, auth.ErrNoRecord) || asked != 0 {
		t.Errorf("%v, asked %d", err, asked)
	}
	if _, err := l.TXT("unknown.example"); err == nil || asked == 0 {
		t.Errorf("%v, asked %d", err, asked)
	}
	l.TXT("evil.example. A 192.0.2.9\nwho.example")
	var out strings.Builder
	if _, err := l.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "unknown") || strings.Contains(out.String(), "evil") {
		t.Errorf("kept a failure:\n%s", out.String())
	}
	if _, err := auth.ParseRecorded(strings.NewReader(out.String())); err != nil {
		t.Error(err)
	}
}
