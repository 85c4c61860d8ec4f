package campaign

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/signin"
)

// A click and then a sign-in from where the sign-in attack comes from make one
// campaign of two; without the click, after a week, or where the gateway
// stopped it, they stay two.
func TestClickThenSignInIsOneHand(t *testing.T) {
	for _, tt := range []struct {
		name  string
		kind  mail.ActKind
		after time.Duration
		want  int
	}{
		{"clicked", mail.ClickAllowed, 5 * time.Hour, 1},
		{"a week later", mail.ClickAllowed, 7 * 24 * time.Hour, 2},
		{"stopped", mail.ClickBlocked, 5 * time.Hour, 2},
		{"moved, no click", mail.DeliveryChanged, 5 * time.Hour, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := ledger.New(ledger.Budget{})
			n := 0
			event := func(at time.Time, user, addr, agent string, class signin.Class) {
				n++
				l.Add(&signin.Event{Key: signin.Key(fmt.Sprint(n)), Time: at, Account: user + "@org1.example", Tenant: "t", Class: class,
					Addr: netip.MustParseAddr(addr), UserAgent: agent, Line: int64(n)}, "log")
			}
			for d := range 30 {
				for u := range 20 {
					event(posted.Add(-time.Duration(d+1)*24*time.Hour+time.Duration(u)*time.Minute), fmt.Sprint("r", u), "192.0.2.10", "Mozilla/5.0 Chrome/139.0", signin.OK)
				}
			}
			in := posted.Add(time.Hour + tt.after)
			for u := range 20 { // the same exit tries everybody
				event(in.Add(time.Duration(u)*time.Minute), fmt.Sprint("r", u), "198.51.100.7", "python-requests/2", signin.BadPassword)
			}
			event(in.Add(time.Hour), "r1", "198.51.100.7", "python-requests/2", signin.OK)
			l.AddMail(letterTo(1, 1, "a@evil.example", 0), true)
			l.AddAct(&mail.Act{Time: posted.Add(time.Hour), Kind: tt.kind, Account: "r1@org1.example", MessageID: "1.1@x"})
			s := detect.NewScene("org1", l.View())
			scenes := []*detect.Scene{s}
			found := append(detect.Run(scenes), detect.Finding{ID: "F-m", Detector: "mails", Kind: detect.CredentialPhish, Org: "org1", First: posted, Last: posted, Score: 0.95, Mails: []int{0}})
			campaigns, _ := Cluster(scenes, found)
			if len(campaigns) != tt.want {
				t.Fatalf("%d campaigns, want %d", len(campaigns), tt.want)
			}
			if c := campaigns[0]; tt.want == 1 && (len(c.Kinds) < 2 || len(c.Members[0].Mails) != 1 || len(c.Members[0].Attempts) < 20 || c.Features.Mails != 1 || len(Keys(c, scenes)) < 21) {
				t.Errorf("%v %+v", c.Kinds, c.Members)
			}
		})
	}
}
