package attribute

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/campaign"
)

// All habits together weigh at most this, for or against. The cap and the
// weights below are design values: nobody has measured how often strangers
// show them.
const habitCap = 1.1

// weighHabits holds the campaign's features against what was published of how
// each suspect signs in. Shared infrastructure (Tor, VPN services, home
// routers, clouds) weighs nothing: it is everybody's.
func weighHabits(d *docket, suspects []*suspect) {
	c, f := d.Campaign, d.Campaign.Features
	if f.Attempts <= 0 {
		return
	}
	days := c.Last.Sub(c.First).Hours() / 24
	for _, s := range suspects {
		items := slices.Concat(tempo(f, s.habits), addresses(f, s.habits), clients(f, s.habits), protocols(f, s.habits),
			hours(f, days, s.habits), weekdays(f, days, s.habits))
		items = slices.DeleteFunc(items, func(w Weight) bool { return d.gone.Class == ClassHabit && d.gone.What == w.What })
		for _, w := range capped(items, habitCap) {
			w.Items = d.numbers(ClassHabit, w.What)
			s.add(w)
		}
	}
}

// habitKinds are the habits that are measured.
var habitKinds = []string{"tempo", "addresses", "client", "protocol", "hours", "days"}

// measured says what the campaign shows of one habit; "" if it shows nothing.
func measured(what string, c campaign.Campaign) string {
	f := c.Features
	if f.Attempts <= 0 {
		return ""
	}
	switch what {
	case "tempo":
		if f.PerAccountHour > 0 && !math.IsInf(f.PerAccountHour, 0) {
			return fmt.Sprintf("%.3g attempts per account and hour, the median", f.PerAccountHour)
		}
	case "addresses":
		return fmt.Sprintf("%d addresses for %d attempts", f.Sources, f.Attempts)
	case "client":
		if len(f.Clients) > 0 {
			return fmt.Sprintf("%q", clip(f.Clients[0]))
		}
	case "protocol":
		if len(f.Protocols) > 0 {
			return fmt.Sprintf("most attempts by %q", clip(f.Protocols[0]))
		}
	case "hours":
		if c.Last.Sub(c.First) >= 3*24*time.Hour {
			return "attempts by hour of day, UTC"
		}
	case "days":
		if c.Last.Sub(c.First) >= 14*24*time.Hour {
			return "attempts by day of week"
		}
	}
	return ""
}

// of returns the habits of one kind.
func of(kind actor.HabitKind, habits []actor.Habit) []actor.Habit {
	var out []actor.Habit
	for _, h := range habits {
		if h.Kind == kind {
			out = append(out, h)
		}
	}
	return out
}

func habit(what string, weight float64, h actor.Habit, measured string, args ...any) []Weight {
	text := fmt.Sprintf("Published: %s. Here: %s.", h.Text, fmt.Sprintf(measured, args...))
	return []Weight{{Class: ClassHabit, What: what, Weight: weight, Text: text}}
}

// tempo: an actor may have several, and any of them fits.
func tempo(f campaign.Features, habits []actor.Habit) []Weight {
	known := of(actor.Tempo, habits)
	if len(known) == 0 || !(f.PerAccountHour > 0) || math.IsInf(f.PerAccountHour, 0) || f.Attempts < 20 || f.Accounts < 3 {
		return nil
	}
	for _, h := range known {
		if h.Low <= f.PerAccountHour && f.PerAccountHour <= h.High {
			return habit("tempo", 0.7, h, "%.3g attempts per account and hour, the median", f.PerAccountHour)
		}
	}
	return habit("tempo", -0.4, known[0], "%.3g attempts per account and hour, the median", f.PerAccountHour)
}

// addresses: each attempt comes from another address, as far as the pool
// reaches: in a long campaign addresses come again. Who is known to come
// through Tor, proxies or hacked routers has many addresses, too; that many
// were seen says nothing for him, but a few that do all the work speak against.
func addresses(f campaign.Features, habits []actor.Habit) []Weight {
	const measured = "%d addresses for %d attempts"
	fixed := f.Sources < 10 && f.Attempts >= 50
	for _, h := range of(actor.Addresses, habits) {
		switch {
		case fixed:
			return habit("addresses", -0.7, h, measured, f.Sources, f.Attempts)
		case f.Sources >= 20 && (f.AddressPerAttempt >= 0.5 || f.Sources >= h.Pool/2):
			return habit("addresses", 0.3, h, measured, f.Sources, f.Attempts)
		}
	}
	for _, h := range of(actor.Infrastructure, habits) {
		if fixed && slices.Contains(rotating, h.Has) {
			return habit("addresses", -0.7, h, measured, f.Sources, f.Attempts)
		}
	}
	return nil
}

// rotating are the kinds of infrastructure that change the address by
// themselves.
var rotating = []string{"tor", "residential"}

func clients(f campaign.Features, habits []actor.Habit) []Weight {
	if len(f.Clients) == 0 {
		return nil
	}
	main := f.Clients[:min(len(f.Clients), 3)]
	for _, h := range of(actor.Client, habits) {
		for _, client := range main {
			if strings.Contains(strings.ToLower(client), strings.ToLower(h.Has)) {
				weight := 0.6
				if h.Common {
					weight = 0.1
				}
				return habit("client", weight, h, "%q", clip(client))
			}
		}
		if !h.Common {
			return habit("client", -0.2, h, "%q", clip(f.Clients[0]))
		}
	}
	return nil
}

func protocols(f campaign.Features, habits []actor.Habit) []Weight {
	for _, h := range of(actor.Protocol, habits) {
		if len(f.Protocols) > 0 && strings.EqualFold(f.Protocols[0], h.Has) {
			return habit("protocol", 0.15, h, "most attempts by %q", clip(f.Protocols[0]))
		}
	}
	return nil
}

// hours weigh by how much of the day the published window leaves out. A
// campaign of less than three days has no daily rhythm to show.
func hours(f campaign.Features, days float64, habits []actor.Habit) []Weight {
	if days < 3 {
		return nil
	}
	for _, h := range of(actor.Hours, habits) {
		in, all, width := 0, 0, 0
		for hour, n := range f.ActiveHours {
			begin := time.Duration(hour) * time.Hour
			inside := begin < h.To && begin+time.Hour > h.From
			if inside {
				width++
			}
			if n > 0 {
				all += n
				if inside {
					in += n
				}
			}
		}
		if all < 30 {
			return nil
		}
		if w := rhythm(in, all, float64(width)/24); w != 0 {
			return habit("hours", w, h, "%.0f %% of the attempts in these hours", 100*float64(in)/float64(all))
		}
	}
	return nil
}

// weekdays needs two weeks.
func weekdays(f campaign.Features, days float64, habits []actor.Habit) []Weight {
	if days < 14 {
		return nil
	}
	for _, h := range of(actor.Weekdays, habits) {
		in, all := 0, 0
		for day, n := range f.ActiveDays {
			if n > 0 {
				all += n
				if slices.Contains(h.Days, time.Weekday(day)) {
					in += n
				}
			}
		}
		if all < 30 {
			return nil
		}
		if w := rhythm(in, all, float64(len(h.Days))/7); w != 0 {
			return habit("days", w, h, "%.0f %% of the attempts on these days", 100*float64(in)/float64(all))
		}
	}
	return nil
}

// rhythm weighs the share of attempts inside a window that by chance would
// hold the share chance.
func rhythm(in, all int, chance float64) float64 {
	share := float64(in) / float64(all)
	switch {
	case share >= 0.85 && share > chance:
		return 0.6 * math.Log(share/chance)
	case share < (1+chance)/2:
		return -0.4
	}
	return 0
}

// clip bounds what an attacker typed.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
