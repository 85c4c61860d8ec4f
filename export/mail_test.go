package export

import (
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// What mails brought of the attacker's goes out; what is forged, written for a
// victim, or a recipient's token does not.
func TestMailIndicators(t *testing.T) {
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	one := func(id, token string) outcome.Mail {
		return outcome.Mail{
			MessageID: id, Time: at, From: "anna@jobs-portal.example", Verified: true, Subject: "For Dr. Roy of Clinic",
			Links:   []string{"hxxps://jobs-portal[.]example/form?u=" + token, "hxxps://jobs-portal[.]example/" + token, "hxxps://www[.]who[.]int/news"},
			Files:   []outcome.File{{Name: "Dr Roy.docx", SHA256: "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", Kind: "docx"}, {Name: "logo.png", SHA256: "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e", Kind: "png"}},
			Domains: []string{"jobs-portal.example", "clinic-careers.example"},
		}
	}
	forged := outcome.Mail{MessageID: "3", Time: at, From: "director@who.int", Subject: "x"}
	doc, err := Document(Input{
		Producer: "a CERT", At: at, Protected: []org.Organisation{{ID: "clinic", Name: "Clinic", Domains: []string{"clinic.example"}}},
		Cases: []Case{{
			Campaign: campaign.Campaign{ID: "PH-2026-0001", Kinds: []detect.Kind{detect.RecruiterLure}, Techniques: []string{"T1566.002"}, First: at, Last: at, Confidence: 0.95,
				Evidence: []detect.Evidence{{What: "recruiter", Weight: 2, Text: `"Dear Dr. Roy"`}}, Features: campaign.Features{Mails: 3, SendingDomains: 2}},
			Targets: []outcome.Target{{Campaign: "PH-2026-0001", Org: "clinic", Mails: []outcome.Mail{one("1", "aa1"), one("2", "bb2"), forged},
				Accounts: []outcome.Account{{Account: "roy@clinic.example"}}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]exchange.Kind{
		"jobs-portal.example": exchange.Domain, "anna@jobs-portal.example": exchange.Email,
		"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f": exchange.SHA256, "https://jobs-portal.example/form": exchange.URL,
	}
	for _, i := range doc.Indicators {
		if want[i.Value] != i.Kind {
			t.Errorf("%s %s must not go out", i.Kind, i.Value)
		}
		delete(want, i.Value)
	}
	for v := range want {
		t.Errorf("%s is missing", v)
	}
	for _, n := range doc.Campaigns[0].Notes {
		if strings.Contains(n.Text, "Roy") {
			t.Errorf("a note speaks to a victim: %s", n.Text)
		}
	}
}
