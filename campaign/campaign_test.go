package campaign

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

var monday = time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)

// clinic is an organisation whose people work from one office.
type clinic struct {
	id     org.ID
	r      *rand.Rand
	events []signin.Event
}

func newClinic(n uint64, people int) *clinic {
	c := &clinic{id: org.ID(fmt.Sprintf("clinic-%02d.example", n)), r: rand.New(rand.NewPCG(n, 5))}
	for d := range 20 {
		for i := range people {
			c.add(monday.AddDate(0, 0, d).Add(8*time.Hour+time.Duration(c.r.IntN(7200))*time.Second), i, netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}),
				"Mozilla/5.0 (Windows NT 10.0) Chrome/139.0", signin.OK)
		}
	}
	return c
}

func (c *clinic) add(at time.Time, who int, from netip.Addr, ua string, class signin.Class) {
	c.events = append(c.events, signin.Event{
		Time: at, Key: c.r.Uint64() | 1, Line: int64(len(c.events) + 1), Account: fmt.Sprintf("p%03d@%s", who, c.id), Tenant: string(c.id),
		Addr: from, UserAgent: ua, Client: "Browser", Class: class,
	})
}

func (c *clinic) scene() *detect.Scene {
	l := ledger.New(ledger.Budget{})
	for i := range c.events {
		l.Add(&c.events[i], "log")
	}
	return detect.NewScene(c.id, l.View())
}

// pool is a set of exits that attackers rotate through.
func pool(n int) []netip.Addr {
	var list []netip.Addr
	for i := range n {
		list = append(list, netip.AddrFrom4([4]byte{203, byte(i / 200), byte(i % 200), 7}))
	}
	return list
}

// rotate tries accounts from..to four times an hour each for some hours, each
// try from another exit.
func (c *clinic) rotate(begin time.Time, hours, from, to int, exits []netip.Addr, ua string) {
	for h := range hours {
		for i := from; i < to; i++ {
			for range 4 {
				at := begin.Add(time.Duration(h)*time.Hour + time.Duration(c.r.IntN(3600))*time.Second)
				c.add(at, i, exits[c.r.IntN(len(exits))], ua, signin.BadPassword)
			}
		}
	}
}

func cluster(clinics []*clinic) ([]Campaign, []detect.Finding, []*detect.Scene) {
	var scenes []*detect.Scene
	for _, c := range clinics {
		scenes = append(scenes, c.scene())
	}
	campaigns, weather := Cluster(scenes, detect.Run(scenes))
	return campaigns, weather, scenes
}

// One hand at five organisations is one campaign, whole.
func TestOneHandIsOneCampaign(t *testing.T) {
	exits := pool(300)
	var clinics []*clinic
	for n := range uint64(5) {
		c := newClinic(n, 100)
		c.rotate(monday.AddDate(0, 0, 10).Add(time.Duration(n)*5*time.Hour), 30, 0, 20, exits, "BAV2ROPC")
		clinics = append(clinics, c)
	}
	campaigns, _, _ := cluster(clinics)
	if len(campaigns) != 1 || len(campaigns[0].Members) != 5 {
		t.Fatalf("%d campaigns, want one at five organisations", len(campaigns))
	}
	if f := campaigns[0].Features; f.Attempts != 5*30*20*4 || f.Accounts != 100 || f.Sources != 300 {
		t.Errorf("%d attempts on %d accounts from %d addresses, want 12000, 100, 300", f.Attempts, f.Accounts, f.Sources)
	}
	if f := campaigns[0].Features; f.PerAccountHour < 3.5 || f.PerAccountHour > 4.5 {
		t.Errorf("%.2f attempts per account and hour, want about 4", f.PerAccountHour)
	}
}

// It stays one at as many organisations as were published.
func TestOneHandAtManyOrganisations(t *testing.T) {
	exits := pool(200)
	var clinics []*clinic
	for n := range uint64(30) {
		c := newClinic(n, 60)
		c.rotate(monday.AddDate(0, 0, 10), 12, 0, 12, exits, "Mozilla/5.0 (Windows NT 10.0) Chrome/139.0") // as the people there
		clinics = append(clinics, c)
	}
	campaigns, _, _ := cluster(clinics)
	if len(campaigns) != 1 || len(campaigns[0].Members) != 30 {
		t.Errorf("%d campaigns, want one at thirty organisations", len(campaigns))
	}
}

// One address at forty organisations is one hand, whatever browser it names.
func TestOneAddressAtManyOrganisations(t *testing.T) {
	from := netip.MustParseAddr("198.51.100.8")
	var clinics []*clinic
	for n := range uint64(40) {
		c := newClinic(n, 40)
		for i := range 10 {
			c.add(monday.AddDate(0, 0, 12).Add(time.Duration(40*i+int(n))*10*time.Second), i, from, "Mozilla/5.0 (Windows NT 10.0) Chrome/138.0", signin.BadPassword)
		}
		clinics = append(clinics, c)
	}
	campaigns, _, _ := cluster(clinics)
	if len(campaigns) != 1 || len(campaigns[0].Members) != 40 {
		t.Errorf("%d campaigns, want one at forty organisations", len(campaigns))
	}
}

// Two hands at the same time behind the same exits stay two.
func TestTwoHandsBehindTorStayTwo(t *testing.T) {
	exits := pool(300)
	var clinics []*clinic
	for n := range uint64(4) {
		c := newClinic(n, 120)
		c.rotate(monday.AddDate(0, 0, 10), 30, 0, 20, exits, "BAV2ROPC")
		c.rotate(monday.AddDate(0, 0, 10), 30, 60, 80, exits, "go-http-client/2.0")
		clinics = append(clinics, c)
	}
	campaigns, _, _ := cluster(clinics)
	lead := map[string]int{}
	for _, c := range campaigns {
		if len(c.Members) >= 3 {
			lead[c.Features.Clients[0]]++
		}
	}
	if len(lead) != 2 {
		t.Errorf("%d campaigns with lead clients %v, want one for each tool", len(campaigns), lead)
	}
}

// Who comes back after weeks is not taken for the same.
func TestWeeksApartAreTwo(t *testing.T) {
	c := newClinic(1, 60)
	from := netip.MustParseAddr("198.51.100.8")
	for _, day := range []int{2, 16} {
		for i := range 20 {
			c.add(monday.AddDate(0, 0, day).Add(time.Duration(i)*time.Minute), i, from, "curl/8.5", signin.BadPassword)
		}
	}
	if campaigns, _, _ := cluster([]*clinic{c}); len(campaigns) != 2 {
		t.Errorf("%d campaigns, want 2", len(campaigns))
	}
}

// Many unrelated single sources are weather; one that goes through the alphabet
// or proves a password right is not.
func TestWeather(t *testing.T) {
	c := newClinic(1, 200)
	for s := range 40 {
		from := netip.AddrFrom4([4]byte{198, 18, byte(s), 9})
		for range 12 {
			c.add(monday.Add(time.Duration(c.r.IntN(18*24*3600))*time.Second), c.r.IntN(200), from, fmt.Sprint("bot/", s), signin.BadPassword)
		}
	}
	lucky := netip.AddrFrom4([4]byte{198, 18, 7, 9})
	c.add(monday.AddDate(0, 0, 9), 150, lucky, "bot/7", signin.MFARequired)
	sorted := netip.MustParseAddr("198.51.100.30")
	for i := range 24 {
		c.add(monday.AddDate(0, 0, 8).Add(time.Duration(i)*time.Minute), i*5, sorted, "bot/s", signin.BadPassword)
	}
	campaigns, weather, _ := cluster([]*clinic{c})
	if len(weather) < 30 {
		t.Errorf("%d findings are weather, want most of 40", len(weather))
	}
	var subjects []string
	for _, cam := range campaigns {
		for _, f := range cam.Findings {
			subjects = append(subjects, f.Subject)
		}
	}
	for _, want := range []string{lucky.String() + "/32", sorted.String() + "/32"} {
		if !slices.Contains(subjects, want) {
			t.Errorf("%s is lost in the weather; campaigns are about %v", want, subjects)
		}
	}
}

// A campaign keeps the id of the earlier one with which it shares most records.
func TestNumberKeepsIDs(t *testing.T) {
	c := newClinic(1, 60)
	for k, day := range []int{1, 9, 18} { // three sprays, weeks apart
		for i := range 20 {
			from := netip.AddrFrom4([4]byte{198, 51, 100, byte(k + 1)})
			c.add(monday.AddDate(0, 0, day).Add(time.Duration(i)*time.Minute), i+20*k, from, fmt.Sprint("curl/", k), signin.BadPassword)
		}
	}
	campaigns, _, scenes := cluster([]*clinic{c})
	if len(campaigns) != 3 {
		t.Fatalf("%d campaigns, want 3", len(campaigns))
	}
	first, second := Keys(campaigns[0], scenes), Keys(campaigns[1], scenes)
	known := []Known{
		{ID: "PH-2026-0002", Year: 2026, No: 2, Keys: second[:1]},
		{ID: "PH-2026-0007", Year: 2026, No: 7, Keys: append(slices.Clone(second[1:12]), first[0])},
	}
	Number(campaigns, scenes, known)
	var got []string
	for _, c := range campaigns {
		got = append(got, c.ID)
	}
	if want := []string{"PH-2026-0008", "PH-2026-0007", "PH-2026-0009"}; !slices.Equal(got, want) {
		t.Errorf("ids %v, want %v", got, want)
	}
}
