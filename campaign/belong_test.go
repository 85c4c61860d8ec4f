package campaign

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/signin"
)

// stranger is an address that nothing else comes from.
func (c *clinic) stranger() netip.Addr {
	return netip.AddrFrom4([4]byte{198, byte(18 + c.r.IntN(2)), byte(c.r.IntN(256)), byte(c.r.IntN(256))})
}

// weather is botnet tries with the tool at any account, a few a day.
func (c *clinic) weather(perDay int, ua string) {
	for d := range 20 {
		for range perDay {
			at := monday.AddDate(0, 0, d).Add(time.Duration(c.r.IntN(86400)) * time.Second)
			c.add(at, c.r.IntN(120), c.stranger(), ua, signin.BadPassword)
		}
	}
}

// What comes with the attacker's tool in his time, but hits other accounts once
// where he tries his dozens of times, is none of his.
func TestBystandersAreLeftOut(t *testing.T) {
	c := newClinic(1, 120)
	c.weather(4, "BAV2ROPC")
	c.add(monday.AddDate(0, 0, 2), 3, c.stranger(), "BAV2ROPC", signin.BadPassword)
	c.rotate(monday.AddDate(0, 0, 9), 48, 0, 15, pool(400), "BAV2ROPC")
	campaigns, _, scenes := cluster([]*clinic{c})
	if len(campaigns) != 1 {
		t.Fatalf("%d campaigns, want 1", len(campaigns))
	}
	accounts := map[string]bool{}
	for _, i := range campaigns[0].Members[0].Attempts {
		accounts[scenes[0].Account(scenes[0].AttemptAccount(i)).User] = true
	}
	if len(accounts) != 15 || !accounts["p000@"+string(c.id)] || !accounts["p014@"+string(c.id)] {
		t.Errorf("%d accounts: %v, want the fifteen that were attacked", len(accounts), accounts)
	}
	for _, at := range []time.Time{campaigns[0].First, campaigns[0].Last} {
		if at.Before(monday.AddDate(0, 0, 7)) || at.After(monday.AddDate(0, 0, 13)) {
			t.Errorf("the campaign has something at %s", at)
		}
	}
	// The noise on the fifteen themselves cannot be told from the rest.
	if n := campaigns[0].Features.Attempts; n < 48*15*4 || n > 48*15*4+10 {
		t.Errorf("%d attempts, want %d", n, 48*15*4)
	}
}

// A scanner that comes by with the attacker's tool in his time is none of his.
func TestScannerIsNoneOfTheCampaign(t *testing.T) {
	c := newClinic(2, 120)
	c.rotate(monday.AddDate(0, 0, 9), 48, 0, 15, pool(400), "BAV2ROPC")
	from := c.stranger()
	for i := range 40 {
		c.add(monday.AddDate(0, 0, 10).Add(time.Duration(i)*2*time.Second), 900+i*17%40, from, "BAV2ROPC", signin.UnknownUser)
		c.events[len(c.events)-1].Known = signin.No
	}
	campaigns, _, scenes := cluster([]*clinic{c})
	for _, cam := range campaigns {
		for _, i := range cam.Members[0].Attempts {
			if a := scenes[0].Attempt(i); a.Class == signin.UnknownUser {
				t.Fatalf("%s tried %s in the campaign", scenes[0].Addr(a.Addr), scenes[0].Account(a.Account))
			}
		}
	}
	if len(campaigns) != 1 {
		t.Errorf("%d campaigns, want 1", len(campaigns))
	}
}

// One account each at eight organisations, at the same time and tempo, with the
// browsers that everybody uses and addresses never used again: nothing in common
// but how it looks.
func TestAlikeAtTheSameTimeIsOne(t *testing.T) {
	agents := []string{"Mozilla/5.0 (Windows NT 10.0) Chrome/139.0", "Mozilla/5.0 (X11) Firefox/142.0", "Mozilla/5.0 (Mac) Safari/18"}
	var clinics []*clinic
	for n := range uint64(8) {
		c := newClinic(n, 120)
		for k := range 20 {
			at := monday.AddDate(0, 0, 10).Add(time.Duration(k)*15*time.Minute + time.Duration(c.r.IntN(600))*time.Second)
			c.add(at, 7+int(n), c.stranger(), agents[c.r.IntN(3)], signin.BadPassword)
		}
		clinics = append(clinics, c)
	}
	campaigns, _, _ := cluster(clinics)
	if len(campaigns) != 1 || len(campaigns[0].Members) != 8 {
		t.Fatalf("%d campaigns, want one at eight organisations", len(campaigns))
	}
	if !slices.Contains(campaigns[0].Kinds, detect.PasswordSpray) && !slices.Contains(campaigns[0].Kinds, detect.BruteForce) {
		t.Errorf("kinds %v", campaigns[0].Kinds)
	}
}

// A leaked list names people who left; a spray knows who is there.
func TestPairsAreStuffing(t *testing.T) {
	for _, gone := range []int{0, 4} {
		c := newClinic(3, 120)
		exits := pool(400)
		for i := range 100 {
			for range 1 + c.r.IntN(3) {
				at := monday.AddDate(0, 0, 9).Add(time.Duration(c.r.IntN(86400)) * time.Second)
				c.add(at, i, exits[c.r.IntN(400)], "curl/8.5", signin.BadPassword)
				if gone > 0 && i%gone == 0 {
					ev := &c.events[len(c.events)-1]
					ev.Account, ev.Class, ev.Known = fmt.Sprintf("left%03d@%s", i, c.id), signin.UnknownUser, signin.No
				}
			}
		}
		campaigns, _, _ := cluster([]*clinic{c})
		want := detect.PasswordSpray
		if gone > 0 {
			want = detect.CredentialStuffing
		}
		if len(campaigns) != 1 || !slices.Contains(campaigns[0].Kinds, want) {
			t.Errorf("one name in %d gone: %+v, want one campaign of %s", gone, campaigns, want)
		}
	}
}

// A name that everybody guesses, from hundreds of addresses at every host, is
// weather; a name that nobody else guesses is not.
func TestEverybodysNameIsWeather(t *testing.T) {
	var clinics []*clinic
	for n := range uint64(4) {
		c := newClinic(n, 60)
		for range 800 {
			c.add(monday.Add(time.Duration(c.r.IntN(20*86400))*time.Second), 0, c.stranger(), "", signin.BadPassword)
			c.events[len(c.events)-1].Account = "backup@" + string(c.id)
		}
		for k := range 300 {
			if n == 2 {
				c.add(monday.AddDate(0, 0, 5).Add(time.Duration(k)*4*time.Minute), 33, c.stranger(), "", signin.BadPassword)
			}
		}
		clinics = append(clinics, c)
	}
	campaigns, weather, _ := cluster(clinics)
	if len(weather) < 4 {
		t.Errorf("%d findings are weather, want those on backup", len(weather))
	}
	if len(campaigns) != 1 || len(campaigns[0].Members) != 1 {
		t.Errorf("%d campaigns, want the one on p033", len(campaigns))
	}
}
