package simulate

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// TestRate wants attempts that are as many as asked for and even: over the
// accounts, over the days, and together in time.
func TestRate(t *testing.T) {
	const accounts, days = 40, 10
	for _, rate := range []float64{0.05, 0.3, 1, 4, 96, 300} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			s := play(t, "quad7", 100, func(c *CampaignSpec) {
				c.Orgs, c.Accounts, c.Days, c.Rate, c.Breaches = c.Orgs[:2], accounts, days, rate, []Breach{}
			})
			for id, attempts := range s.attempts {
				near(t, string(id)+": attempts", float64(len(attempts)), rate*accounts*days, 1)
				tries, byDay := map[string]int{}, make([]float64, days)
				for _, a := range attempts {
					tries[a.Account]++
					byDay[int(a.Time.Sub(s.campaign.spec.Start)/(24*time.Hour))]++
					if least, most := spread(tries, min(accounts, len(attempts))); most-least > 2 {
						t.Fatalf("%s: at %s one account was tried %d times, another %d times", id, a.Time, most, least)
					}
				}
				for day, n := range byDay {
					near(t, fmt.Sprintf("%s: attempts on day %d", id, day), n, rate*accounts, 2)
				}
			}
		})
	}
}

// spread is how often the least and the most tried of so many accounts were tried.
func spread(tries map[string]int, of int) (least, most int) {
	if len(tries) == of {
		least = 1 << 30
	}
	for _, n := range tries {
		least, most = min(least, n), max(most, n)
	}
	return least, most
}

// TestRateKeepsHours fails if a rate forgets when the scenario works.
func TestRateKeepsHours(t *testing.T) {
	s := play(t, "peach-2023", 50, func(c *CampaignSpec) { c.Orgs, c.Rate, c.Days, c.Breaches = c.Orgs[:1], 3, 7, []Breach{} })
	iran := time.FixedZone("IRST", 3*3600+1800)
	for _, a := range s.all {
		if at := a.Time.In(iran); at.Hour() < 9 || at.Hour() >= 17 || at.Weekday() == time.Friday {
			t.Fatalf("an attempt on %s at %s", at.Weekday(), at)
		}
	}
	near(t, "attempts", float64(len(s.all)), 3*50*6, 1) // six days of work in seven
}

// TestReuse wants each address for so many attempts in a row, over all
// organisations, and then never again, whatever pool a scenario has.
func TestReuse(t *testing.T) {
	for _, scenario := range []string{"strontium-spray", "sneakystrike", "huntress-2026", "midnight", "real-a", "slow-one-source", "planted-500", "gru-k8s"} {
		for _, reuse := range []int{1, 7} {
			t.Run(fmt.Sprintf("%s/%d", scenario, reuse), func(t *testing.T) {
				s := play(t, scenario, 60, func(c *CampaignSpec) {
					c.Reuse, c.Days, c.Accounts, c.Breaches = reuse, min(c.Days, 2), 6, []Breach{}
				})
				slices.SortStableFunc(s.all, func(a, b *Attempt) int { return a.Time.Compare(b.Time) })
				left, last, run := map[netip.Addr]bool{}, netip.Addr{}, reuse
				for i, a := range s.all {
					if a.From.Addr == last {
						run++
						continue
					}
					if run != reuse || left[a.From.Addr] {
						t.Fatalf("attempt %d of %d: %s after %d attempts from %s, used before: %v", i, len(s.all), a.From.Addr, run, last, left[a.From.Addr])
					}
					last, run, left[a.From.Addr] = a.From.Addr, 1, true
				}
				if run > reuse || len(s.all) < 6 {
					t.Errorf("%d attempts from the last address, %d in all", run, len(s.all))
				}
			})
		}
	}
}

// TestImitate holds what imitates against the people themselves: hours, country
// and the shares of their clients.
func TestImitate(t *testing.T) {
	for _, scenario := range []string{"strontium-spray", "real-a", "peach-2023", "planted-500", "sneakystrike"} {
		t.Run(scenario, func(t *testing.T) {
			s := play(t, scenario, 200, func(c *CampaignSpec) {
				c.Imitate, c.Breaches = true, []Breach{}
				c.Accounts = min(200, c.Accounts)
			})
			for id, attempts := range s.attempts {
				o := s.w.org(id)
				for _, a := range attempts {
					if local := a.Time.In(o.Where.Zone); local.Hour() < 8 || local.Hour() >= 18 || local.Weekday() == time.Saturday || local.Weekday() == time.Sunday {
						t.Fatalf("%s: an attempt on %s at %s", id, local.Weekday(), local)
					}
					if !slices.Contains(s.w.Net.homes[o.Country], a.From.Net) {
						t.Fatalf("%s: an attempt from %s, which is no home in %s", id, a.From.Addr, o.Country)
					}
				}
			}
			for _, id := range s.campaign.spec.Orgs {
				if len(s.attempts[id]) == 0 {
					t.Errorf("%s: no attempt", id)
				}
			}
		})
	}
	shares := map[Cause]map[string]float64{CauseSignIn: {}, CauseCampaign: {}}
	_, _, attempts := quiet(t, func(s *Spec) {
		s.Campaigns = []CampaignSpec{{Scenario: "strontium-spray", Imitate: true, Start: september, Days: 3}}
	})
	causes := byCause(attempts)
	for cause, agents := range shares {
		for _, a := range causes[cause] {
			agents[a.Client.UserAgent] += 1 / float64(len(causes[cause]))
		}
	}
	for agent, share := range shares[CauseSignIn] {
		near(t, "share of "+agent, shares[CauseCampaign][agent], share, 0.04)
	}
}

func TestTempoFitsTheSpecification(t *testing.T) {
	for name, spoil := range map[string]func(*CampaignSpec){
		"rate":     func(c *CampaignSpec) { c.Rate = -1 },
		"rate NaN": func(c *CampaignSpec) { c.Rate = 0; c.Rate /= c.Rate },
		"reuse":    func(c *CampaignSpec) { c.Reuse = -1 },
		"accounts": func(c *CampaignSpec) { c.Accounts = -1 },
		"days":     func(c *CampaignSpec) { c.Days = -0.5 },
	} {
		s := small(1)
		spoil(&s.Campaigns[0])
		if s.check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
