package org

import "testing"

const resolveFile = `
organisations:
  - id: hex
    domains: [hopital-exemple.fr, Hôpital.example]
    tenants: [t-hex]
    sources: [{path: "hex/**/*.log"}, {path: "shared/[hx]*.log"}, {token: hex-syslog}]
  - id: lab
    domains: [lab.hopital-exemple.fr]
    tenants: [t-lab]
    sources: [{path: "lab/*"}, {path: "**/lab.log"}]
`

func TestResolve(t *testing.T) {
	d, err := Parse("orgs.yaml", []byte(resolveFile))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		why                        string
		tenant, account, host, rel string
		want                       ID
	}{
		{"tenant id", "t-hex", "", "", "", "hex"},
		{"the tenant wins over what was typed as account", "t-lab", "a@hopital-exemple.fr", "", "", "lab"},
		{"account's domain", "", "a@hopital-exemple.fr", "", "", "hex"},
		{"a tenant that is not listed decides nothing", "t-x", "a@hopital-exemple.fr", "", "", "hex"},
		{"subdomain", "", "a@mail.hopital-exemple.fr", "", "", "hex"},
		{"longest match", "", "a@x.lab.hopital-exemple.fr", "", "", "lab"},
		{"domain as people write it", "", "a@hôpital.example", "", "", "hex"},
		{"domain as DNS has it", "", "a@xn--hpital-ixa.example", "", "", "hex"},
		{"the end of a label is no subdomain", "", "a@nothopital-exemple.fr", "", "", Unassigned},
		{"a listed name in front is no match", "", "a@hopital-exemple.fr.evil.example", "", "", Unassigned},
		{"quoted local part with an at sign", "", `"a@b.example"@hopital-exemple.fr`, "", "", "hex"},
		{"host's domain", "", "root", "mx1.hopital-exemple.fr", "", "hex"},
		{"host with the root's dot", "", "root", "mx1.hopital-exemple.fr.", "", "hex"},
		{"account before host", "", "a@lab.hopital-exemple.fr", "mx1.hopital-exemple.fr", "", "lab"},
		{"host before path", "", "root", "mx1.hopital-exemple.fr", "lab/auth.log", "hex"},
		{"path, no folder between", "", "root", "mx1", "hex/auth.log", "hex"},
		{"path, folders between", "", "root", "mx1", "hex/2026/10/auth.log", "hex"},
		{"member of an archive", "", "root", "mx1", "hex/oct.tar!var/auth.log", "hex"},
		{"other suffix", "", "root", "mx1", "hex/auth.txt", Unassigned},
		{"one star is one segment", "", "root", "mx1", "lab/a/b", Unassigned},
		{"pattern whose first segment is a class", "", "root", "mx1", "shared/x1.log", "hex"},
		{"a file bound to two is nobody's", "", "root", "mx1", "hex/lab.log", Unassigned},
		{"a file bound twice to one", "", "root", "mx1", "lab/lab.log", "lab"},
		{"nothing known", "", "", "", "", Unassigned},
		{"empty domain", "", "a@", "", "", Unassigned},
		{"only dots", "", "a@...", "...", "", Unassigned},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			id, ok := d.Resolve(tt.tenant, tt.account, tt.host, tt.rel)
			if id != tt.want || ok != (tt.want != Unassigned) {
				t.Errorf("Resolve(%q, %q, %q, %q) = %q, %v, want %q", tt.tenant, tt.account, tt.host, tt.rel, id, ok, tt.want)
			}
		})
	}
	if id, ok := d.Pushed("hex-syslog"); !ok || id != "hex" {
		t.Errorf("Pushed = %q, %v", id, ok)
	}
	if id, ok := d.Pushed("hex"); ok || id != Unassigned {
		t.Errorf("Pushed of an unknown token = %q, %v", id, ok)
	}
}

func TestResolveDoesNotAllocate(t *testing.T) {
	d, err := Parse("orgs.yaml", []byte(resolveFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"tenant":  func() { d.Resolve("t-hex", "a@b.example", "", "hex/a.log") },
		"account": func() { d.Resolve("", "a@x.y.lab.hopital-exemple.fr", "", "hex/a.log") },
		"path":    func() { d.Resolve("", "root", "mx1", "hex/2026/10/auth.log") },
		"nobody":  func() { d.Resolve("t", "a@b.c.d.example", "x.y.example", "b/c/lab.txt") },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestMatchPath(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a", false},
		{"a", "a/b", false},
		{"**", "a/b/c", true},
		{"a/**", "a/b/c", true},
		{"a/**", "b/a/c", false},
		{"**/c", "c", true},
		{"**/c", "a/b/c", true},
		{"**/c", "a/b/cc", false},
		{"a/**/c", "a/c", true},
		{"a/**/c/d", "a/c/x/c/d", true}, // the first c is not the one
		{"a/**/b/**/c", "a/x/b/y/b/z/c", true},
		{"a/**/b/**/c", "a/x/y/z/c", false},
		{"**/*.log", "a/b/auth.log", true},
		{"?/[ab]*", "x/bc", true},
		{"*", "", true}, // path.Match lets a star be empty; Bound never asks for ""
	}
	for _, tt := range tests {
		if got := matchPath(tt.pattern, tt.name); got != tt.want {
			t.Errorf("matchPath(%q, %q) = %v, want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	d, err := Parse("orgs.yaml", []byte(resolveFile))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		d.Resolve("00000000-0000-0000-0000-000000000000", "maria.silva@mail.hopital-exemple.fr", "", "")
	}
}
