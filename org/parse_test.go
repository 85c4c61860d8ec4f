package org

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/language"
)

const full = `# the organisations of a small CERT
organisations:
  - id: hopital-exemple
    name: Hôpital Exemple
    aliases: [HEX, Exemple Research Hospital]
    country: FR
    sector: research_hospital
    domains: [hopital-exemple.fr, Hôpital.example]
    tenants: [3F0C0000-0000-4000-8000-000000000001, 123456789012]
    netblocks: [198.51.100.0/24, "2001:db8:1::/48"]
    language: fr
    contacts: [{role: security, email: soc@hopital-exemple.fr, pgp: keys/hex.asc, verified: 2026-10-01}]
    duties: {nis2: essential, hipaa: false}
    sources: [{path: "hex/**/*.log"}, {token: hex-syslog}]
  - id: norsk-vaksine
    country: NO
    domains: [norsk-vaksine.example]
`

func TestParse(t *testing.T) {
	d, err := Parse("orgs.yaml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := []Organisation{
		{
			ID: "hopital-exemple", Name: "Hôpital Exemple", Aliases: []string{"HEX", "Exemple Research Hospital"},
			Country: "FR", Sector: ResearchHospital,
			Domains:   []string{"hopital-exemple.fr", "xn--hpital-ixa.example"},         // DNS names are folded
			Tenants:   []string{"3f0c0000-0000-4000-8000-000000000001", "123456789012"}, // not a YAML number
			Netblocks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8:1::/48")},
			Language:  "fr",
			Contacts:  []Contact{{Role: "security", Email: "soc@hopital-exemple.fr", PGP: "keys/hex.asc", Verified: "2026-10-01"}},
			Duties:    map[string]any{"nis2": "essential", "hipaa": false},
			Sources:   []SourceRule{{Path: "hex/**/*.log"}, {Token: "hex-syslog"}},
		},
		{
			ID: "norsk-vaksine", Name: "norsk-vaksine", Sector: OtherSector, // the defaults
			Country: "NO", // not a YAML 1.1 boolean
			Domains: []string{"norsk-vaksine.example"},
		},
	}
	if diff := cmp.Diff(want, d.All(), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("organisations (-want +got):\n%s", diff)
	}
	if o, ok := d.Lookup("norsk-vaksine"); !ok || o.Country != "NO" {
		t.Errorf("Lookup = %v, %v", o, ok)
	}
	if _, ok := d.Lookup("norsk"); ok {
		t.Error("Lookup found an organisation that is not there")
	}
}

// Each line of problems is one organisation's key, and what is said of it.
func TestParseProblems(t *testing.T) {
	tests := []struct{ why, yaml, want string }{
		{"a mistyped key names the one meant", "domain: [hex.example]", `unknown key "domain": did you mean "domains"?`},
		{"letters swapped", "tennats: [a]", `unknown key "tennats": did you mean "tenants"?`},
		{"a key that is near none lists all", "colour: red", `unknown key "colour": one of id, name, aliases`},
		{"keys have one spelling", "Name: Hex", `unknown key "Name": did you mean "name"?`},
		{"the same key twice", "name: a\n    name: b", `key "name" is already on line 3`},
		{"a merge key would hide what is set", "<<: {name: a}", `unknown key "<<"`},
		{"aliases are not followed", "name: &n a\n    aliases: *n", `alias "*n": anchors and aliases are not followed`},
		{"a scalar where a list belongs", "domains: hex.example", `domains must be a list: did you mean "domains: [hex.example]"?`},
		{"a list where a scalar belongs", "name: [a]", "a single value belongs here"},
		{"lower case country", "country: fr", `bad country "fr": did you mean "FR"?`},
		{"the United Kingdom is GB in ISO 3166-1", "country: UK", `did you mean "GB"?`},
		{"a name is no code", "country: France", `bad country "France": two letters`},
		{"unassigned code", "country: ZZ", `bad country "ZZ"`},
		{"two codes are no code", `country: "D AE"`, `bad country "D AE"`},
		{"sector with a hint", "sector: hospitals", `unknown sector "hospitals": did you mean "hospital"?`},
		{"the beginning of a sector", "sector: vaccine", `did you mean "vaccine_research"?`},
		{"sector without a hint", "sector: bank", `unknown sector "bank": one of hospital, research_hospital`},
		{"URL for a domain", "domains: [https://hex.example/login]", `did you mean "hex.example"? (subdomains are included)`},
		{"wildcard for a domain", `domains: ["*.hex.example"]`, `did you mean "hex.example"? (subdomains are included)`},
		{"address for a domain", "domains: [soc@hex.example]", `did you mean "hex.example"?`},
		{"bare host name", "domains: [mail01]", "it needs at least two labels"},
		{"IP address for a domain", "domains: [192.0.2.1]", `bad domain "192.0.2.1"`},
		{"a top-level domain is everybody's", "domains: [co.uk]", "shared by many organisations"},
		{"every Entra tenant has a name below it", "domains: [onmicrosoft.com]", "shared by many organisations"},
		{"control character in a domain", "domains: [\"a\\u0007b.example\"]", `bad domain "a\ab.example"`},
		{"tenant with a space", "tenants: [hex tenant]", `bad tenant "hex tenant"`},
		{"single address for a netblock", "netblocks: [192.0.2.7]", `did you mean "192.0.2.7/32"?`},
		{"bits below the prefix", "netblocks: [192.0.2.7/24]", `did you mean "192.0.2.0/24"?`},
		{"prefix too long", "netblocks: [192.0.2.0/33]", `bad netblock "192.0.2.0/33": write address/length`},
		{"the whole Internet", "netblocks: [0.0.0.0/0]", "every address there is"},
		{"language by name", "language: french", `bad language "french": a BCP 47 tag`},
		{"contact without a way to reach it", "contacts: [{role: security}]", `a contact needs "email" or "phone"`},
		{"contact without role", "contacts: [{email: a@hex.example}]", `missing key "role"`},
		{"unknown role", "contacts: [{role: securty, phone: 1}]", `unknown role "securty": did you mean "security"?`},
		{"unknown key in a contact", "contacts: [{role: dpo, phone: 1, mail: a@hex.example}]", `unknown key "mail": did you mean "email"?`},
		{"e-mail with a display name", "contacts: [{role: dpo, email: DPO <a@hex.example>}]", `did you mean "a@hex.example"?`},
		{"e-mail without domain", "contacts: [{role: dpo, email: dpo}]", `bad e-mail "dpo"`},
		{"e-mail at an address", "contacts: [{role: dpo, email: dpo@192.0.2.1}]", `bad e-mail "dpo@192.0.2.1"`},
		{"two e-mails", `contacts: [{role: dpo, email: "a@hex.example, b@hex.example"}]`, "bad e-mail"},
		{"a line break would be a new header", `contacts: [{role: dpo, email: "a@hex.example\nBcc: x@y.example"}]`, "bad e-mail"},
		{"a day that is not", "contacts: [{role: dpo, phone: 1, verified: 2026-02-30}]", `bad date "2026-02-30": write YYYY-MM-DD`},
		{"date the other way round", "contacts: [{role: dpo, phone: 1, verified: 01.10.2026}]", "bad date"},
		{"nested duty", "duties: {nis2: {class: essential}}", "a single value belongs here"},
		{"source with both", "sources: [{path: a, token: b}]", `either "path" or "token"`},
		{"source with none", "sources: [{}]", `either "path" or "token"`},
		{"absolute pattern", "sources: [{path: /var/log/hex}]", "leave out the leading slash"},
		{"pattern that leaves the folder", "sources: [{path: ../hex}]", "never match"},
		{"stars inside a segment", "sources: [{path: hex/**.log}]", `"**" must be a whole segment`},
		{"open bracket", `sources: [{path: "hex/[a"}]`, "bracket is not closed"},
		{"line break in a name", `name: "a\nb"`, "control characters"},
		{"endless name", "name: " + strings.Repeat("x", 301), "text of 301 bytes: at most 300"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			_, err := Parse("orgs.yaml", []byte("organisations:\n  - id: hex\n    "+tt.yaml+"\n"))
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than one problem:\n%v", err)
			}
			// The problem is on the last line, whether it is the third or, of two, the fourth.
			line := fmt.Sprintf("orgs.yaml:%d: ", 3+strings.Count(tt.yaml, "\n"))
			if !strings.HasPrefix(err.Error(), line) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %s\nwant %s… %s", err, line, tt.want)
			}
		})
	}
}

func TestParseFileProblems(t *testing.T) {
	tests := []struct{ why, yaml, want string }{
		{"empty", " \n", `orgs.yaml: the file is empty`},
		{"comments only", "# none yet\n", `orgs.yaml: the file holds only comments`},
		{"American spelling", "organizations: []", `orgs.yaml:1: unknown key "organizations": did you mean "organisations"?`},
		{"no organisation", "organisations: []", `orgs.yaml:1: it lists no organisation`},
		{"null list", "organisations:\n", `orgs.yaml:1: it lists no organisation`},
		{"a list at the top", "- id: hex", `orgs.yaml:1: the file must be a mapping`},
		{"not YAML", "organisations:\n  - id: [hex\n", `orgs.yaml:2: not YAML: `},
		{"tab for indentation (the line before it is named)", "organisations:\n  - id: hex\n\tname: x\n", `orgs.yaml:2: not YAML: `},
		{"not YAML on the first line", "organisations: [", `orgs.yaml:1: not YAML: `},
		{"two documents", "organisations:\n  - id: a\n---\norganisations: []\n", `orgs.yaml:3: a second YAML document`},
		{"missing id", "organisations:\n  - name: Hex\n", `orgs.yaml:2: missing key "id"`},
		{"null id", "organisations:\n  - id:\n", `orgs.yaml:2: missing key "id"`},
		{"upper-case id", "organisations:\n  - id: HEX\n", `orgs.yaml:2: bad id "HEX": ids are lower case: did you mean "hex"?`},
		{"an id becomes a file name", "organisations:\n  - id: ../hex\n", `orgs.yaml:2: bad id "../hex"`},
		{"reserved id", "organisations:\n  - id: unassigned\n", `orgs.yaml:2: bad id "unassigned"`},
		{"duplicate id", "organisations:\n  - id: hex\n  - id: hex\n", `orgs.yaml:3: duplicate id "hex": it is already on line 2`},
		{
			"duplicate domain, spelled otherwise", "organisations:\n  - id: a\n    domains: [HEX.example.]\n  - id: b\n    domains: [hex.example]\n",
			`orgs.yaml:5: duplicate domain "hex.example": it is already on line 3`,
		},
		{
			"duplicate tenant", "organisations:\n  - id: a\n    tenants: [T1]\n  - id: b\n    tenants: [t1]\n",
			`orgs.yaml:5: duplicate tenant "t1": it is already on line 3`,
		},
		{
			"one pattern bound twice", "organisations:\n  - id: a\n    sources: [{path: x/*}]\n  - id: b\n    sources: [{path: x/*}]\n",
			`orgs.yaml:5: duplicate path "x/*": it is already on line 3`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			if _, err := Parse("orgs.yaml", []byte(tt.yaml)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestParseReportsAllByLine(t *testing.T) {
	_, err := Parse("o", []byte("organisations:\n  - name: [x]\n    country: xx\n  - id: b\n    domain: [y]\n"))
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error does not unwrap into its problems: %v", err)
	}
	var lines []int
	for _, e := range joined.Unwrap() {
		var p *Problem
		if !errors.As(e, &p) {
			t.Fatalf("%v is no *Problem", e)
		}
		lines = append(lines, p.Line)
	}
	if want := []int{2, 2, 3, 5}; !reflect.DeepEqual(lines, want) { // the list, the missing id, the country, the key
		t.Errorf("problems on lines %v, want %v:\n%v", lines, want, err)
	}
}

// The keys that are read are those of the types: a field added to a type and
// not here would be refused in every file.
func TestKeysAreTheTags(t *testing.T) {
	p := &parser{}
	for _, tt := range []struct {
		of   any
		keys []key
	}{
		{Organisation{}, p.organisationKeys(&Organisation{})},
		{Contact{}, p.contactKeys(&Contact{})},
		{SourceRule{}, p.sourceKeys(&SourceRule{})},
		{Person{}, p.personKeys(&Person{})},
	} {
		typ := reflect.TypeOf(tt.of)
		var tags, keys []string
		for f := range typ.NumField() {
			tags = append(tags, typ.Field(f).Tag.Get("yaml"))
		}
		for _, k := range tt.keys {
			keys = append(keys, k.name)
		}
		if diff := cmp.Diff(tags, keys); diff != "" {
			t.Errorf("%T (-tags +keys):\n%s", tt.of, diff)
		}
	}
}

// x/text knows the regions of CLDR, which are those of ISO 3166-1 and a few
// that are reserved there but not assigned.
func TestCountriesAgreeWithCLDR(t *testing.T) {
	reserved := " AC CP CQ DG EA IC TA UK XK FX AN BU CS DD NT SU TP YD YU ZR CT DY FQ HV JT MI NH NQ PC PU PZ RH VD WK PU EU EZ UN QO XA XB ZZ "
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			region, err := language.ParseRegion(code)
			cldr := err == nil && region.IsCountry() && !strings.Contains(reserved, " "+code+" ")
			if got := isCountry(code); got != cldr {
				t.Errorf("isCountry(%q) = %v, CLDR says %v (%v)", code, got, cldr, region)
			}
		}
	}
	if n := len(strings.Fields(countries)); n != 249 {
		t.Errorf("%d codes, ISO 3166-1 has 249", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("organisations:\n  - {id: a, domains: [a.example], contacts: [{role: dpo, email: a@b.example}], sources: [{path: a/**}]}\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("organisations: !!binary x\n---\n- ? {}\n  : 1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse("f", data)
		if err != nil {
			return
		}
		for _, o := range d.All() {
			if !idForm.MatchString(string(o.ID)) || o.ID == Unassigned {
				t.Fatalf("id %q", o.ID)
			}
			for _, domain := range o.Domains {
				if id, ok := d.Resolve("", "x@"+domain, "", ""); !ok || id != o.ID {
					t.Fatalf("account at %q is of %q, want %q", domain, id, o.ID)
				}
			}
			for _, tenant := range o.Tenants {
				if id, ok := d.Resolve(tenant, "", "", ""); !ok || id != o.ID {
					t.Fatalf("tenant %q is of %q, want %q", tenant, id, o.ID)
				}
			}
		}
	})
}
