package identity

import (
	"strings"
	"testing"
)

func TestLookAlike(t *testing.T) {
	tab := New().With([]Own{{ID: "hex", Domains: []string{"hopital-exemple.example"}}})
	for host, want := range map[string]struct {
		identity string
		how      How
	}{
		"rnicrosoft.com":                         {"microsoft", Homoglyph},
		"micros0ft.com":                          {"microsoft", Homoglyph},
		"mail.paypa1.com":                        {"paypal", Homoglyph},
		"mіcrosoft.com":                          {"microsoft", IDN},
		"xn--pypal-4ve.com":                      {"paypal", IDN},
		"microsofy.com":                          {"microsoft", Typo},
		"gooogle.com":                            {"google", Typo},
		"mibrosoft.com":                          {"microsoft", Bitsquat},
		"pay-pal.com":                            {"paypal", Hyphen},
		"who-covid19.org":                        {"who", Combosquat},
		"covid-who.com":                          {"who", Combosquat},
		"whovaccine.org":                         {"who", Combosquat},
		"cdc-covid.com":                          {"cdc", Combosquat},
		"lockheedmartin-jobs.com":                {"lockheed", Combosquat},
		"pfizercareers.com":                      {"pfizer", Combosquat},
		"linkedin-recruitment.com":               {"linkedin", Combosquat},
		"worldhealthorganization-fund.org":       {"who", Combosquat},
		"apple-support.com":                      {"apple", Combosquat},
		"pfizer.top":                             {"pfizer", TLDSwap},
		"usps.top":                               {"usps", TLDSwap},
		"whoint.org":                             {"who", Glued},
		"who-int.com":                            {"who", Glued},
		"cdcgov.org":                             {"cdc", Glued},
		"nihgov.us":                              {"nih", Glued},
		"who.int.example.net":                    {"who", Subdomain},
		"login.microsoftonline.com.evil.example": {"microsoft", Subdomain},
		"www.paypal.com-verify.example.org":      {"paypal", Subdomain},
		"micro.soft.com":                         {"microsoft", Subdomain},
		"login.paypal.example.net":               {"paypal", Subdomain},
		"hopital-exemple.org":                    {"org:hex", TLDSwap},
		"hopitalexemple-rh.com":                  {"org:hex", Combosquat},
		"hopltal-exemple.example":                {"org:hex", Homoglyph},
	} {
		h, ok := tab.LookAlike(host)
		if !ok || h.Identity != want.identity || h.How != want.how {
			t.Errorf("%s: %+v %v, want %v", host, h, ok, want)
		}
	}
	for _, host := range []string{
		"who.int", "extranet.who.int", "microsoft.com", "login.microsoftonline.com", "pfizer.com", "whole-foods.com", "whole-foods.example", "doctorwho.tv", "whosampled.com",
		"target-practice.example", "apple-tree.example", "chasewood.example", "hotmail.dk", "gmail.com", "brand.zendesk.com", "google.github.io", "emma.example",
		"fedora.org", "aptget.example", "localhost", "", ".", "com", "co.uk", "a..b", "192.0.2.1", strings.Repeat("a", 300) + ".com", "xn--.com", "xn--zzzzzz.com",
		"hopital-exemple.example", "mail.hopital-exemple.example", "santeriche.example", "emails.example", "nhs-like.example", "pharmacy.example", "fda-like.example",
	} {
		if h, ok := tab.LookAlike(host); ok {
			t.Errorf("%s: %+v", host, h)
		}
	}
}

// Doubtful names are found and marked as such; those that only a forger writes are not.
func TestShortLabels(t *testing.T) {
	tab := New()
	for host, weak := range map[string]bool{
		"wh0.int": false, "w-ho.int": false, "whoo.int": false, "hwo.int": false, "wo.int": false, "wha.int": false, "wh.o.int": true, "who.org": true, "who-int.com": false,
		"cdc.com": true, "cddc.gov": false, "cdc.gov-portal.org": false, "nihh.gov": false, "nih.net": true, "emma.europa.eu": false, "ems.europa.eu": false,
		"santee.gouv.fr": false, "login-sante.gouv.fr": false, "kdcaa.go.kr": false, "gaavi.org": true, "cepj.net": true, "dh1.com": false, "dhhl.com": true, "upps.com": true,
		"who-covid.org": false, "covid-who.org": false, "whocovid19.org": false, "cdcjobs.org": true, "hr-novartis.com": false, "hrnovartis.com": false, "appel.com": true,
	} {
		if h, ok := tab.LookAlike(host); !ok || h.Weak != weak {
			t.Errorf("%s: %+v %v, want weak %v", host, h, ok, weak)
		}
	}
	for _, host := range []string{"wmo.int", "eba.europa.eu", "ec.europa.eu", "faa.gov", "bmw.com", "fox.com", "education.gouv.fr", "cdc.fr", "nih.no", "driver.kg", "indeed.nl", "ge.ch"} {
		if h, ok := tab.LookAlike(host); ok {
			t.Errorf("%s: %+v", host, h)
		}
	}
}

func TestSlipOf(t *testing.T) {
	for _, c := range []struct {
		seen, meant string
		want        slip
	}{
		{"wo", "who", omission}, {"whoo", "who", repetition}, {"wwho", "who", repetition}, {"whox", "who", addition}, {"wjho", "who", insertion}, {"zwho", "who", otherEdit},
		{"hwo", "who", transposition}, {"wno", "who", replacement}, {"whu", "who", vowelSwap}, {"wxo", "who", bitFlip}, {"wqo", "who", otherEdit},
		{"who", "who", noSlip}, {"", "who", noSlip}, {"", "", noSlip}, {"a", "", addition}, {"woh", "hwo", noSlip}, {"whoab", "who", noSlip},
	} {
		if got := slipOf(c.seen, c.meant); got != c.want {
			t.Errorf("%s for %s: %d, want %d", c.seen, c.meant, got, c.want)
		}
	}
}

// An organisation whose label is a word of the trade does not make every
// hospital's domain a look-alike.
func TestOwnOrdinaryLabel(t *testing.T) {
	tab := New().With([]Own{{ID: "h", Names: []string{"Our Hospital"}, Domains: []string{"hospital.example"}}})
	for _, host := range []string{"hospital-careers.example", "cityhospital.example", "hospital.org"} {
		if h, ok := tab.LookAlike(host); ok {
			t.Errorf("%s: %+v", host, h)
		}
	}
	if _, ok := tab.LookAlike("hospital.example.evil.example"); !ok {
		t.Error("its domain in front of another is not seen")
	}
}

// With adds and does not change what was there.
func TestWithLeavesTheTableAlone(t *testing.T) {
	tab := New()
	tab.With([]Own{{ID: "hex", Domains: []string{"hopital-exemple.example"}}})
	if h, ok := tab.LookAlike("hopital-exemple.org"); ok {
		t.Errorf("%+v", h)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"pfizer", "pfzier", 1}, {"pfizer", "pfizer", 0}, {"pfizer", "fizer", 1}, {"abc", "xyz", 3}, {"ca", "abc", 3}} {
		if d := distance(c.a, c.b, 3); d != c.want {
			t.Errorf("%s %s: %d, want %d", c.a, c.b, d, c.want)
		}
	}
	if d := distance("abcdef", "uvwxyz", 1); d != 2 {
		t.Errorf("beyond the most: %d", d)
	}
}

func FuzzLookAlike(f *testing.F) {
	for _, s := range []string{"who.int.example.net", "xn--mcrosoft-q6a.com", "a-b-c--d.co.uk", "\xff.com", "..", "мicrosoft.com"} {
		f.Add(s)
	}
	tab := New()
	f.Fuzz(func(t *testing.T, host string) {
		if h, ok := tab.LookAlike(host); ok && (h.Identity == "" || h.Domain == "" || h.How == "") {
			t.Fatalf("%+v", h)
		}
	})
}

func BenchmarkLookAlike(b *testing.B) {
	tab := New()
	hosts := []string{"example.com", "mail.research-hospital.example", "newsletter.science-weekly.org", "openbmc.lists.ozlabs.org", "pfizer-careers.com", "login.microsoftonline.com", "cdn.shop.example.co.uk", "a1b2c3d4e5.cloudfront.net"}
	for i := range b.N {
		tab.LookAlike(hosts[i%len(hosts)])
	}
}
