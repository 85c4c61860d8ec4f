package identity

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/mail"
)

func from(name, email string) mail.Address { return mail.Address{Name: name, Email: email} }

var fail = mail.Auth{DMARC: mail.AuthFail}

// Each row is a mail and the claim that must come first, or that nothing is claimed above a mention.
func TestClaims(t *testing.T) {
	tab := New().With([]Own{{ID: "hex", Names: []string{"Hôpital Exemple", "HEX", "Exemple Research Hospital"}, Domains: []string{"hopital-exemple.example"},
		People: []Person{{Name: "Claire Dubois", Addresses: []string{"claire.dubois@univ.example"}}}}})
	for _, c := range []struct {
		name     string
		in       Input
		identity string // "" nothing stronger than a mention
		where    string
		least    float64
		genuine  bool
	}{
		{"display name", Input{From: from("World Health Organization", "who@outlook.com")}, "who", "display_name", 1, false},
		{"display name and role", Input{From: from("WHO Representative", "dr.jones@gmail.com")}, "who", "display_name", 0.9, false},
		{"name and unit", Input{From: from("Dr. Jane Jones, WHO", "jane@who-covid.example")}, "who", "display_name", 0.6, false},
		{"french", Input{From: from("Organisation mondiale de la santé", "contact@oms-info.example")}, "who", "display_name", 1, false},
		{"korean", Input{From: from("세계보건기구 담당자", "a@naver.com")}, "who", "display_name", 0.9, false},
		{"hindi", Input{From: from("विश्व स्वास्थ्य संगठन", "a@rediffmail.com")}, "who", "display_name", 1, false},
		{"german", Input{From: from("Weltgesundheitsorganisation", "a@gmx.de")}, "who", "display_name", 1, false},
		{"portuguese", Input{From: from("Organização Mundial da Saúde", "a@uol.com.br")}, "who", "display_name", 1, false},
		{"spanish", Input{From: from("Ministerio de Sanidad", "a@terra.es")}, "sanidad_es", "display_name", 1, false},
		{"korean agency", Input{From: from("질병관리청", "a@kdca.go.kr")}, "kdca", "display_name", 1, true},
		{"genuine", Input{From: from("WHO Media", "mediainquiries@who.int"), Auth: mail.Auth{DMARC: mail.AuthPass, Aligned: true}}, "who", "domain", 1, true},
		{"genuine, no auth known", Input{From: from("Pfizer Careers", "careers@pfizer.com")}, "pfizer", "domain", 1, true},
		{"forged", Input{From: from("WHO Media", "mediainquiries@who.int"), Auth: fail}, "who", "domain", 1, false},
		{"disguised with marks", Input{From: from("Aܿmܿaܿzܿon", "x@shop.example")}, "amazon", "display_name", 1, false},
		{"disguised in ASCII", Input{From: from("TrustWaIIet", "x@shop.example")}, "trust_wallet", "display_name", 1, false},
		{"disguised in Cyrillic", Input{From: from("Mіcrosоft account team", "x@shop.example")}, "microsoft", "display_name", 1, false},
		{"fullwidth", Input{From: from("ＰａｙＰａｌ", "x@shop.example")}, "paypal", "display_name", 1, false},
		{"mathematical", Input{From: from("𝗡𝗲𝘁𝗳𝗹𝗶𝘅", "x@shop.example")}, "netflix", "display_name", 1, false},
		{"circled", Input{From: from("Ⓜⓔⓣⓐⓜⓐⓢⓚ", "x@shop.example")}, "metamask", "display_name", 1, false},
		{"zero width", Input{From: from("Bit\u200bcoin Bi\u200bnance", "x@shop.example")}, "binance", "display_name", 0.8, false},
		{"team", Input{From: from("Microsoft account team", "team@accounts.example")}, "microsoft", "display_name", 0.95, false},
		{"surname", Input{From: from("Chase Miller", "chase.miller@gmail.com")}, "", "", 0, false},
		{"word and role", Input{From: from("Chase Fraud Alert", "x@y.example")}, "chase", "display_name", 0.3, false},
		{"word alone", Input{From: from("Chase", "x@y.example")}, "chase", "display_name", 0.9, false},
		{"lower case is no acronym", Input{From: from("guess who", "a@b.example"), Subject: "who is coming?"}, "", "", 0, false},
		{"GIS is not GLS", Input{From: from("GIS Day", "a@b.example")}, "", "", 0, false},
		{"local part", Input{From: from("", "paypal.support@gmail.com")}, "paypal", "address", 0.5, false},
		{"local part of WHO", Input{From: from("Info", "who-covid19@outlook.com")}, "who", "address", 0.5, false},
		{"look-alike domain", Input{From: from("Anna", "anna@pfizer-careers.example")}, "pfizer", "domain", 0.9, false},
		{"look-alike of own", Input{From: from("Anna", "anna@hopital-exempIe.example")}, "org:hex", "domain", 0.9, false},
		{"look-alike in Reply-To", Input{From: from("Anna", "anna@b.example"), ReplyTo: []mail.Address{from("", "a@lockheedmartin-jobs.example")}}, "lockheed", "domain", 0.7, false},
		{"subject", Input{From: from("Support", "a@b.example"), Subject: "Your PayPal account is limited"}, "paypal", "subject", 0.5, false},
		{"signature", Input{From: from("Anna Lee", "a@b.example"), Visible: "Dear Dr. Kim,\n\nplease see the attached description.\n\nKind regards,\nAnna Lee\nHuman Resources, Pfizer\n"}, "pfizer", "signature", 0.7, false},
		{"introduction", Input{From: from("Anna Lee", "anna.lee@gmail.com"), Visible: "Dear Dr. Kim,\n\nmy name is Anna Lee and I am a senior recruiter with Lockheed Martin in Fort Worth. We have seen your profile.\n"}, "lockheed", "text", 0.6, false},
		{"copyright", Input{From: from("Mail", "a@b.example"), Visible: "Your mailbox is full.\n\n\n© 2024 Microsoft Corporation. All rights reserved.\n"}, "microsoft", "signature", 0.5, false},
		{"copyright of the genuine", Input{From: from("Microsoft", "no-reply@microsoft.com"), Visible: "Your bill.\n\n© 2024 Microsoft Corporation.\n"}, "microsoft", "display_name", 1, true},
		{"logo", Input{From: from("Mail", "a@b.example"), Alts: []string{"DocuSign logo"}}, "docusign", "logo", 0.5, false},
		{"newsletter", Input{From: from("Science Weekly", "news@science-weekly.example"), Subject: "This week in science",
			Visible: "This week in science\n\nThe World Health Organization said on Monday that cases fall. Pfizer and Moderna reported results, and the CDC has new guidance. Microsoft and Google signed a contract.\n\nYou receive this because you subscribed.\nScience Weekly, 1 Main Street\n"}, "", "", 0, false},
		{"quoted", Input{From: from("Jane", "jane@lab.example"), Visible: "Yes, fine with me.\n\nOn Mon, 3 Feb 2020 at 10:00, John wrote:\n> Kind regards,\n> World Health Organization\n"}, "", "", 0, false},
		{"forwarded", Input{From: from("Jane", "jane@lab.example"), Visible: "is this real?\n\n-----Original Message-----\nFrom: WHO\nRegards\nWorld Health Organization\n"}, "", "", 0, false},
		{"list", Input{From: from("Jane via openbmc", "openbmc@lists.example"), Subject: "Re: [PATCH] intel: fix who", Visible: "On the Intel side this is done by Google.\n"}, "", "", 0, false},
		{"recruiting service", Input{From: from("Pfizer Talent Acquisition", "no-reply@myworkday.com")}, "pfizer", "display_name", 0.9, true},
		{"open service", Input{From: from("Pfizer", "x@mailchimpapp.net")}, "pfizer", "display_name", 0.5, false},
		{"freemail of a brand", Input{From: from("Microsoft Security", "ms.team@outlook.com")}, "microsoft", "display_name", 0.95, false},
		{"provider itself", Input{From: from("Orange", "no-reply@orange.fr")}, "orange", "display_name", 0.9, true},
		{"person", Input{From: from("Dubois, Claire", "ceo.office@gmail.com")}, "person:Claire Dubois", "display_name", 1, false},
		{"person herself", Input{From: from("Claire Dubois", "claire.dubois@univ.example")}, "person:Claire Dubois", "display_name", 1, true},
		{"own name", Input{From: from("Hôpital Exemple", "info@b.example")}, "org:hex", "display_name", 1, false},
		{"own desk", Input{From: from("IT Helpdesk", "it@gmail.com")}, "it_help_desk", "display_name", 0.7, false},
		{"own desk, French", Input{From: from("Service informatique", "it@b.example")}, "it_help_desk", "display_name", 0.5, false},
		{"another firm's desk", Input{From: from("Acme Human Resources", "hr@acme.example")}, "", "", 0, false},
		{"domain in the name", Input{From: from("service@paypal.com", "x@y.example")}, "paypal", "display_name", 0.8, false},
		{"AT&T", Input{From: from("AT&T", "x@y.example")}, "att", "display_name", 1, false},
		{"no AT&T", Input{From: from("Anna", "x@y.example"), Subject: "Look at t-shirts"}, "", "", 0, false},
		{"empty", Input{}, "", "", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := tab.Claims(c.in)
			if c.identity == "" {
				for _, x := range all {
					if x.Strength > 0.3 && !x.Genuine {
						t.Errorf("claims %+v", x)
					}
				}
				return
			}
			for _, x := range all {
				if x.Identity == c.identity && x.Where == c.where {
					if x.Strength < c.least || x.Genuine != c.genuine {
						t.Errorf("%+v, want strength %g, genuine %v", x, c.least, c.genuine)
					}
					if all[0].Identity != c.identity && !all[0].Genuine {
						t.Errorf("first is %+v", all[0])
					}
					return
				}
			}
			t.Errorf("no %s in %s: %+v", c.identity, c.where, all)
		})
	}
}

func TestDisguiseIsSeen(t *testing.T) {
	tab := New()
	for name, want := range map[string]bool{"Microsoft": false, "MICROSOFT": false, "Mіcrosоft": true, "Micros0ft": true, "M\u200bicrosoft": true, "Santé Canada": false, "Sante Canada": false,
		"세계보건기구": false, "विश्व स्वास्थ्य संगठन": false, "Crédit Agricole": false, "PayPal™": false} {
		all := tab.Claims(Input{From: from(name, "a@b.example")})
		if len(all) == 0 {
			t.Errorf("%s: nothing claimed", name)
		} else if all[0].Disguised != want {
			t.Errorf("%s: %+v", name, all[0])
		}
	}
}

// Every name of the table, as a display name, claims its identity: one that folding
// or another's name swallows is dead.
func TestEveryNameClaims(t *testing.T) {
	tab := New()
	for _, e := range tab.entries {
		for lang, names := range e.Names {
			for _, n := range names {
				found := false
				for _, c := range tab.Claims(Input{From: from(n, "a@b.example")}) {
					found = found || c.Strength >= 0.5 && (c.Identity == e.ID || c.As == n)
				}
				if !found {
					t.Errorf("%s: %s name %q claims nothing", e.ID, lang, n)
				}
			}
		}
	}
}

// Of a firm that is gone nobody speaks from its domains, but for those who wind it up.
func TestLapsed(t *testing.T) {
	for email, want := range map[string]bool{"claims@ftx.com": false, "no-reply@blockfi.com": false, "blockfi@kroll.com": true} {
		name := "FTX Claims"
		if strings.Contains(email, "blockfi") {
			name = "BlockFi"
		}
		for _, c := range New().Claims(Input{From: from(name, email)}) {
			if c.Where == "display_name" && c.Genuine != want {
				t.Errorf("%s: %+v", email, c)
			}
		}
	}
}

// A mailbox or page that anybody can have is nobody's, whoever runs the host.
func TestNobodysMailboxes(t *testing.T) {
	tab := New()
	for _, e := range tab.entries {
		for _, d := range append(e.Domains, e.Also...) {
			if !Freemail(d) && !FreeHosting(d) {
				continue
			}
			for _, c := range tab.Claims(Input{From: from(firstName(e), "jane.roe@"+d), Auth: mail.Auth{DMARC: mail.AuthPass}}) {
				if c.Genuine {
					t.Errorf("%s: %+v", d, c)
				}
			}
		}
	}
}

func firstName(e *entry) string {
	for _, lang := range slices.Sorted(maps.Keys(e.Names)) {
		return e.Names[lang][0]
	}
	return e.ID
}

// FuzzClaims: no text makes it panic, and its claims keep their bounds.
func FuzzClaims(f *testing.F) {
	f.Add("WHO", "who@outlook.com", "Re: PayPal", "Dear all,\nRegards,\nWHO\n> x")
	f.Add("\xff\u200bM", "@", "", "On x wrote:\n")
	f.Add("a via b via c", "a@b@c", "©", "--\n\n--\n© Microsoft 세계보건기구는")
	tab := New()
	f.Fuzz(func(t *testing.T, name, email, subject, text string) {
		all := tab.Claims(Input{From: mail.Address{Name: name, Email: email}, Subject: subject, Visible: text, Alts: []string{text}, Links: []string{email, text}})
		if len(all) > maxClaims {
			t.Fatalf("%d claims", len(all))
		}
		for _, c := range all {
			if c.Strength <= 0 || c.Strength > 1 || c.Identity == "" || len(c.As) > 100 {
				t.Fatalf("%+v", c)
			}
		}
	})
}

func TestSignatureOf(t *testing.T) {
	for text, want := range map[string]string{
		"Hello\n\nBest regards,\nAnna\nPfizer\n":                                    "Best regards,\nAnna\nPfizer",
		"Bonjour\n\nCordialement,\nAnna\n\nLe 3 mai 2020 à 10:00, x a écrit :\n> y": "Cordialement,\nAnna",
		"a\nb\n-- \nJane\n":  "-- \nJane",
		"one\n\ntwo\n":       "one\ntwo",
		"":                   "",
		"> only\n> quoted\n": "",
		"안녕하세요\n\n감사합니다.\n홍길동 드림\n": "감사합니다.\n홍길동 드림",
	} {
		if got := SignatureOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func BenchmarkClaims(b *testing.B) {
	tab := New()
	line := "The committee met on Monday to discuss the results of the second trial, and who should present them; Microsoft was mentioned once.\n"
	in := Input{From: mail.Address{Name: "Jane Doe", Email: "jane@lab.example"}, Subject: "Minutes of the meeting"}
	for len(in.Visible) < MaxVisible {
		in.Visible += line
	}
	b.SetBytes(MaxVisible)
	for range b.N {
		tab.Claims(in)
	}
}
