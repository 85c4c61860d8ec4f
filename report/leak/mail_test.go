package leak

import (
	"testing"

	"github.com/pumphandle/pumphandle/outcome"
)

// Recipients and Message-IDs are looked for, also of domains that no
// organisation declares; what attackers may choose to stop an edition is not.
func TestMailPointsAtWhoGotIt(t *testing.T) {
	scanner := New(FromTargets([]outcome.Target{
		{
			Org: "clinic", Accounts: []outcome.Account{{Account: "jean.roy@private.example"}, {Account: "root"}},
			Mails: []outcome.Mail{{MessageID: "1605.77@mailer.example", Subject: "Phishing"}},
		},
		{Org: "maker", Accounts: []outcome.Account{{Account: "someone@maker.example"}}}, // not by mail: its organisation is looked for
	}))
	for text, want := range map[string]bool{
		"Write to jean.roy@private.example.":   true,
		"See 1605.77@mailer.example for more.": true,
		"Phishing is common; root is a user.":  false,
	} {
		found, err := scanner.Bytes("report.txt", []byte(text))
		if err != nil || (len(found) > 0) != want {
			t.Errorf("%q: %v, %v", text, found, err)
		}
	}
}
