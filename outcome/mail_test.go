package outcome

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/signin"
)

// How far a mail got is never claimed beyond what the records show.
func TestMailOutcomes(t *testing.T) {
	came := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	act := func(kind mail.ActKind, after time.Duration, d mail.Delivery) mail.Act {
		return mail.Act{File: "clicks", Line: 3, Time: came.Add(after), Kind: kind, Account: "me@clinic.example", NetworkID: "n1", Delivery: d}
	}
	signIn := func(after time.Duration, addr, ua string) signin.Event {
		return signin.Event{Key: signin.Key(fmt.Sprint(after), addr), Time: came.Add(after), Account: "me@clinic.example", Tenant: "t", Class: signin.OK, Addr: netip.MustParseAddr(addr), UserAgent: ua, Line: 9}
	}
	var past []signin.Event
	for d := range 30 {
		past = append(past, signIn(-time.Duration(d+1)*24*time.Hour, "192.0.2.10", "Mozilla/5.0 Chrome/139.0"))
	}
	with := func(list []signin.Event, more signin.Event) []signin.Event { return append(slices.Clip(list), more) }
	others := act(mail.ClickAllowed, -24*time.Hour, 0) // somebody else's: clicks are logged here
	others.Account, others.NetworkID = "you@clinic.example", "n0"
	for _, tt := range []struct {
		name     string
		kind     detect.Kind
		delivery mail.Delivery
		acts     []mail.Act
		signins  []signin.Event
		replied  bool
		want     Outcome
		says     string
	}{
		{"rejected", detect.CredentialPhish, mail.Rejected, nil, nil, false, Blocked, "rejected"},
		{"quarantined", detect.CredentialPhish, mail.Quarantined, nil, nil, false, Blocked, "quarantined"},
		{"released from quarantine", detect.CredentialPhish, mail.Quarantined, []mail.Act{act(mail.DeliveryChanged, time.Hour, mail.Delivered)}, nil, false, Attempted, "clicks are not logged"},
		{"delivered, no log of clicks", detect.CredentialPhish, mail.Delivered, nil, nil, false, Attempted, "clicks are not logged"},
		{"delivered, no click in the log", detect.CredentialPhish, mail.Delivered, []mail.Act{others}, nil, false, Attempted, "no click is logged"},
		{"taken away, no log of clicks", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.DeliveryChanged, time.Hour, mail.Removed)}, nil, false, Attempted, "nobody can say"},
		{"taken away before any click", detect.CredentialPhish, mail.Delivered, []mail.Act{others, act(mail.DeliveryChanged, time.Hour, mail.Removed)}, nil, false, Blocked, "taken away"},
		{"taken away after the click", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.ClickAllowed, time.Minute, 0), act(mail.DeliveryChanged, time.Hour, mail.Removed)}, nil, false, PasswordConfirmed, "no access is seen"},
		{"stopped at the gateway", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.ClickBlocked, time.Hour, 0)}, nil, false, Attempted, "stood in the way"},
		{"past the warning", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.ClickBlocked, time.Hour, 0), act(mail.ClickThrough, 2*time.Hour, 0)}, nil, false, PasswordConfirmed, "no access is seen"},
		{"click on malware", detect.MalwareLure, mail.Delivered, []mail.Act{act(mail.ClickAllowed, time.Hour, 0)}, nil, false, Undetermined, "not in these logs"},
		{"answered a recruiter", detect.RecruiterLure, mail.Delivered, nil, nil, true, Undetermined, "answered"},
		{"answered who asked for credentials", detect.CredentialPhish, mail.Delivered, nil, nil, true, PasswordConfirmed, "answered"},
		{"click, then a stranger signs in", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.ClickAllowed, time.Hour, 0)}, with(past, signIn(3*time.Hour, "198.51.100.7", "python-requests/2")), false, Succeeded, "new to the account"},
		{"click, then the owner from elsewhere", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.ClickAllowed, time.Hour, 0)}, with(past, signIn(3*time.Hour, "198.51.100.7", "Mozilla/5.0 Chrome/139.0")), false, PasswordConfirmed, "owner should be asked"},
		{"click, and the owner as ever", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.ClickAllowed, time.Hour, 0)}, with(past, signIn(3*time.Hour, "192.0.2.10", "Mozilla/5.0 Chrome/139.0")), false, PasswordConfirmed, "no access is seen"},
		{"a stranger without a click", detect.CredentialPhish, mail.Delivered, nil, with(past, signIn(3*time.Hour, "198.51.100.7", "python-requests/2")), false, Attempted, "delivered"},
		{"a stranger after a week", detect.CredentialPhish, mail.Delivered, []mail.Act{act(mail.ClickAllowed, time.Hour, 0)}, with(past, signIn(7*24*time.Hour, "198.51.100.7", "python-requests/2")), false, PasswordConfirmed, "no access is seen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := ledger.New(ledger.Budget{})
			asked := mail.Facts{
				Key: 5, MessageID: "m1", NetworkID: "n1", Time: came, File: "events", Line: 2, From: mail.Address{Email: "a@evil.example"}, Domain: "evil.example",
				Recipients: []string{"me@clinic.example"}, Delivery: tt.delivery, Direction: mail.Inbound, Evidence: mail.HasDelivery,
				Links: []mail.Link{{URL: "https://evil.example/in", Host: "evil.example", Domain: "evil.example"}},
			}
			byAnswer := strings.Contains(tt.name, "asked for credentials") // in the answer: there is no page
			if byAnswer {
				asked.Links, asked.Signals = nil, []mail.Signal{{ID: "lure_credential", Value: 0.8}}
			}
			l.AddMail(&asked, true)
			for i := range tt.acts {
				l.AddAct(&tt.acts[i])
			}
			for i := range tt.signins {
				l.Add(&tt.signins[i], "signins")
			}
			if tt.replied {
				l.AddMail(&mail.Facts{Key: 6, MessageID: "m2", Time: came.Add(time.Hour), File: "sent", Line: 1, From: mail.Address{Email: "me@clinic.example"}, Domain: "clinic.example",
					Direction: mail.Outbound, Recipients: []string{"a@evil.example"}, Threads: []uint64{mail.HashID("m1")}}, false)
			}
			s := detect.NewScene("clinic", l.View())
			f := detect.Finding{ID: "F-1", Kind: tt.kind, Org: "clinic", Score: 0.95, Mails: []int{0}, First: came, Last: came}
			campaigns, _ := campaign.Cluster([]*detect.Scene{s}, []detect.Finding{f})
			if len(campaigns) != 1 {
				t.Fatal(len(campaigns), "campaigns")
			}
			got := Judge(campaigns[0], campaigns[0].Members[0], s)
			if got.Outcome != tt.want || len(got.Accounts) != 1 || got.Accounts[0].Outcome != tt.want {
				t.Fatalf("%v, want %v: %+v", got.Outcome, tt.want, got.Accounts)
			}
			a := got.Accounts[0]
			if !strings.Contains(a.Why, tt.says) || len(a.Evidence) == 0 || a.Evidence[0].File == "" {
				t.Errorf("%q does not say %q, or has no record: %+v", a.Why, tt.says, a.Evidence)
			}
			if len(got.Mails) != 1 || !byAnswer && got.Mails[0].Links[0] != "hxxps://evil[.]example/in" {
				t.Errorf("%+v", got.Mails)
			}
		})
	}
}

// No program may make a link of what is shown, and a person must be able to
// read it.
func TestDefang(t *testing.T) {
	for in, want := range map[string]string{
		"https://evil.example/a.b?c=http://d.example": "hxxps://evil[.]example/a.b?c=http://d.example",
		"http://evil.example":                         "hxxp://evil[.]example",
		"hxxps://evil[.]example/a":                    "hxxps://evil[.]example/a", // once is enough
		"ftp://evil.example/http":                     "ftp://evil[.]example/http",
		"evil.example":                                "evil[.]example",
		"":                                            "",
	} {
		if got := Defang(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
