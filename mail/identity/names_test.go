package identity

import (
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

func TestNamesAreWellFormed(t *testing.T) {
	files, err := fs.Glob(namesFiles, "names/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	ids := map[string]string{}
	for _, f := range files {
		b, err := namesFiles.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all, err := parseNames(b)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, e := range all {
			if ids[e.ID] != "" {
				t.Errorf("%s is in %s and %s", e.ID, ids[e.ID], f)
			}
			ids[e.ID] = f
			for _, d := range append(e.Domains, e.Also...) {
				if a, err := idna.Lookup.ToASCII(d); err != nil || a != d {
					t.Errorf("%s: domain %q: %v", e.ID, d, err)
				}
			}
			for _, d := range e.Domains {
				// Everything below a legitimate domain is believed: never what anybody can register under.
				if suffix, icann := publicsuffix.PublicSuffix(d); suffix == d && icann && !strings.HasSuffix(d, "nhs.uk") {
					t.Errorf("%s: %s is a public suffix", e.ID, d)
				}
			}
			for lang, names := range e.Names {
				for _, n := range names {
					if len(Skeleton(n)) < 3 && e.Class != "own_function" {
						t.Errorf("%s: %s name %q is too short to mean it", e.ID, lang, n)
					}
				}
			}
			for _, a := range e.Acronyms {
				if len(a) > 6 {
					t.Errorf("%s: acronym %q", e.ID, a)
				}
			}
		}
	}
}

// The issue and the notes ask for these by name.
func TestWhatMustBeProtected(t *testing.T) {
	tab := New()
	have := map[string]*entry{}
	count := map[string]int{}
	for _, e := range tab.entries {
		have[e.ID] = e
		count[e.Class]++
	}
	for _, id := range strings.Fields("who cdc nih fda ema ecdc paho gavi cepi unicef hhs health_canada phac sante_fr spf mohfw icmr mohw kdca dhsc bmg saude_br sanidad_es dgs_pt linkedin indeed hays randstad michael_page robert_half adecco manpower korn_ferry robert_walters microsoft google docusign adobe dropbox okta zoom wetransfer citrix") {
		if have[id] == nil {
			t.Errorf("%s is missing", id)
		}
	}
	for class, least := range map[string]int{"pharma": 50, "recruiter": 20, "employer": 40, "login_brand": 40, "consumer_brand": 150, "health_authority": 20, "ministry": 10} {
		if count[class] < least {
			t.Errorf("%s: %d", class, count[class])
		}
	}
	for _, lang := range []string{"en", "fr", "ko", "hi", "de", "pt", "es"} {
		if len(have["who"].Names[lang]) == 0 {
			t.Errorf("WHO has no name in %s", lang)
		}
	}
}

func TestUnknownKeysAreErrors(t *testing.T) {
	for _, y := range []string{
		"classes: {pharma: {a: {names: {en: [A Firm]}, domain: [a.example]}}}",
		"classes: {farma: {a: {names: {en: [A Firm]}, domains: [a.example]}}}",
		"classes: {pharma: {a: {domains: [a.example]}}}",
		"classes: {pharma: {a: {names: {en: [A Firm]}}}}",
		"klasses: {}",
	} {
		if _, err := parseNames([]byte(y)); err == nil {
			t.Errorf("no error: %s", y)
		}
	}
	if _, err := parseHosts([]byte("shortener: [a.example]")); err == nil {
		t.Error("hosts: no error")
	}
	if _, err := parseSenders([]byte("- {domains: [a.example], class: [pharma]}")); err == nil {
		t.Error("senders: no error")
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(string) bool
		yes  string
		no   string
	}{
		{"Freemail", Freemail, "gmail.com naver.com daum.net rediffmail.com gmx.de web.de orange.fr laposte.net uol.com.br terra.com.br qq.com 163.com proton.me Outlook.COM mail.yahoo.co.uk mailinator.com", "who.int example.com notgmail.com"},
		{"Shortener", Shortener, "bit.ly t.co tinyurl.com han.gl", "example.com obit.ly"},
		{"FreeHosting", FreeHosting, "x.github.io a.b.pages.dev foo.web.app bar.weebly.com", "github.com example.com"},
		{"FileShare", FileShare, "drive.google.com we.tl www.dropbox.com x.sharepoint.com", "google.com example.com"},
		{"disposable", disposable, "mailinator.com yopmail.com", "gmail.com"},
	} {
		for h := range strings.FieldsSeq(c.yes) {
			if !c.f(h) {
				t.Errorf("%s(%s) is false", c.name, h)
			}
		}
		for h := range strings.FieldsSeq(c.no) {
			if c.f(h) {
				t.Errorf("%s(%s) is true", c.name, h)
			}
		}
	}
	if n := len(freemail()); n < 400 {
		t.Errorf("%d mail providers", n)
	}
}

// Every service and role of the lists is spelt as hosts and words are compared.
func TestListsAreNormal(t *testing.T) {
	for d := range freemail() {
		if normal(d) != d || !strings.Contains(d, ".") {
			t.Errorf("freemail.txt: %q", d)
		}
	}
	h := hosts()
	for _, m := range []map[string]bool{h.shorteners, h.freeHosting, h.fileShare, h.tenants, h.disposable} {
		for d := range m {
			if normal(d) != d || !strings.Contains(d, ".") {
				t.Errorf("hosts.yaml: %q", d)
			}
		}
	}
	for d := range others() {
		if Registrable(d) != d && !hosts().authorities[Registrable(d)] {
			t.Errorf("others.txt: %q is not registrable", d)
		}
	}
}
