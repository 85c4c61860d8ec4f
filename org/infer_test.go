package org_test

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/pumphandle/pumphandle/org"
)

func ExampleInferrer() {
	records := []struct {
		tenant, account, host string
		signedIn              bool
	}{
		{"3f0c", "amelie@hopital-exemple.fr", "", true},
		{"3f0c", "bruno@hopital-exemple.fr", "", true},
		{"3f0c", "guest@partner.example", "", true},
		{"3f0c", "nobody@gmail.example", "", false}, // typed by an attacker
		{"77aa", "nobody@gmail.example", "", false},
		{"", "root", "mx1.clinic.example", false},
	}

	// While reading: the tenant keeps together what was tried at it.
	var inferrer org.Inferrer
	accounts := map[org.ID]map[string]int{}
	for _, r := range records {
		id := inferrer.Infer(r.tenant, r.account, r.host)
		if accounts[id] == nil {
			accounts[id] = map[string]int{}
		}
		if r.signedIn {
			accounts[id][org.AccountDomain(r.account)]++
		}
	}
	// Afterwards: how each is shown.
	names := org.Names(accounts)
	for _, id := range []org.ID{"tenant:3f0c", "tenant:77aa", "clinic.example"} {
		fmt.Println(id, "is shown as", names[id])
	}
	// Output:
	// tenant:3f0c is shown as hopital-exemple.fr
	// tenant:77aa is shown as tenant:77aa
	// clinic.example is shown as clinic.example
}

func TestInfer(t *testing.T) {
	tests := []struct {
		why                   string
		tenant, account, host string
		want                  org.ID
	}{
		{"tenant, whatever is typed", "3f0c", "nobody@gmail.example", "", "tenant:3f0c"},
		{"tenant before host", "3f0c", "", "mx.hex.example", "tenant:3f0c"},
		{"a tenant that is none is not replaced by a guess", "../x", "a@hex.example", "", org.Unassigned},
		{"account's domain, whole", "", "a@mail.hex.example", "", "mail.hex.example"},
		{"account's domain before host", "", "a@hex.example", "mx.other.example", "hex.example"},
		{"account's domain in one spelling", "", "a@hôpital.example", "", "xn--hpital-ixa.example"},
		{"host's registered domain", "", "root", "mx1.par.hex.example", "hex.example"},
		{"below a public suffix of two labels", "", "root", "mx1.hex.co.uk", "hex.co.uk"},
		{"internal domain", "", "root", "mx1.hex.local", "hex.local"},
		{"bare host", "", "root", "mx1", "mx1"},
		{"host that is an address", "", "root", "192.0.2.7", "192.0.2.7"},
		{"host that is an IPv6 address", "", "root", "2001:db8::7", "2001:db8::7"},
		{"an account at localhost is the host's", "", "root@localhost", "mx1.hex.example", "hex.example"},
		{"an account at an address is the host's", "", "root@192.0.2.1", "mx1.hex.example", "hex.example"},
		{"an account at rubbish is the host's", "", "root@../../etc", "mx1.hex.example", "hex.example"},
		{"a host cannot pose as a tenant", "", "root", "tenant:3f0c", org.Unassigned},
		{"a host cannot be a path", "", "root", "../hex", org.Unassigned},
		{"nothing said", "", "", "", org.Unassigned},
	}
	var f org.Inferrer
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			for range 2 { // worked out, then remembered
				if got := f.Infer(tt.tenant, tt.account, tt.host); got != tt.want {
					t.Errorf("Infer(%q, %q, %q) = %q, want %q", tt.tenant, tt.account, tt.host, got, tt.want)
				}
			}
		})
	}
}

func TestInferIsBounded(t *testing.T) {
	f := org.Inferrer{Max: 3}
	for i := range 3 {
		f.Infer("", fmt.Sprintf("a@d%d.example", i), "")
	}
	if got := f.Infer("", "a@d9.example", ""); got != org.Unassigned {
		t.Errorf("a fourth name became %q", got)
	}
	if got := f.Infer("", "a@d1.example", ""); got != "d1.example" {
		t.Errorf("a remembered name became %q", got)
	}
}

func TestInferKeepsNothingOfItsArguments(t *testing.T) {
	var f org.Inferrer
	buf := []byte("a@hex.example")
	account := unsafe.String(&buf[0], len(buf))
	id := f.Infer("", account, "")
	copy(buf, strings.Repeat("z", len(buf))) // the decoder reads the next record
	if id != "hex.example" || f.Infer("", "a@hex.example", "") != "hex.example" {
		t.Errorf("the id changed with the buffer: %q", id)
	}
	if n := testing.AllocsPerRun(100, func() { f.Infer("", "b@hex.example", "") }); n != 0 {
		t.Errorf("%v allocations for a remembered name", n)
	}
}

func TestNames(t *testing.T) {
	got := org.Names(map[org.ID]map[string]int{
		"tenant:a":  {"hex.example": 3, "other.example": 2},
		"tenant:b":  {"b.example": 2, "a.example": 2},                                    // tie
		"tenant:c":  {"": 5, "localhost": 5, "192.0.2.1": 5},                             // no domain among them
		"tenant:d":  {"hôpital.example": 1, "xn--hpital-ixa.example": 1, "z.example": 1}, // one domain in two spellings
		"tenant:e":  {"hex.example": 1},                                                  // a second tenant of the same
		"tenant:f":  nil,
		"x.example": {"y.example": 9}, // not a tenant: it is its own name
	})
	want := map[org.ID]org.ID{
		"tenant:a": "hex.example", "tenant:b": "a.example", "tenant:c": "tenant:c", "tenant:d": "xn--hpital-ixa.example",
		"tenant:e": "hex.example", "tenant:f": "tenant:f", "x.example": "x.example",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestDomains(t *testing.T) {
	for account, want := range map[string]string{
		"a@hex.example": "hex.example", "a@hex.example.": "hex.example", `"a@b"@hex.example`: "hex.example",
		"bare": "", "": "", "a@": "", `hex\a`: "",
	} {
		if got := org.AccountDomain(account); got != want {
			t.Errorf("AccountDomain(%q) = %q, want %q", account, got, want)
		}
	}
	for host, want := range map[string]string{
		"mx1.par.hex.example": "hex.example", "hex.example": "hex.example", "mx.hex.co.uk": "hex.co.uk", "co.uk": "co.uk",
		"mx1": "mx1", "mx1.": "mx1", "192.0.2.7": "192.0.2.7", "2001:db8::7": "2001:db8::7", "": "", "...": "..",
	} {
		if got := org.HostDomain(host); got != want {
			t.Errorf("HostDomain(%q) = %q, want %q", host, got, want)
		}
	}
}
