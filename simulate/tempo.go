package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// tempo says when accounts are tried: it calls try with the time, the number
// of the account, and the round, which is the number of the password.
type tempo func(s stage, try func(at time.Time, account, round int))

// stage is what a tempo works with at one organisation.
type stage struct {
	windows  []window      // the stretches of time in which somebody works, in order; at least one
	day      time.Duration // how long a whole one is; the last may be shorter
	accounts int           // at least one
	r        *rand.Rand
	exists   func(account int) bool
	org      int // position of the organisation in the campaign, from 0
}

type window struct{ from, to time.Time }

func (w window) length() time.Duration { return w.to.Sub(w.from) }

// at returns the time at a share of the window, in milliseconds.
func (w window) at(share float64) time.Time {
	return w.from.Add(time.Duration(share * float64(w.length()))).Truncate(time.Millisecond)
}

// hours are the hours of the day and the days of the week in which a campaign
// works. The zero value is always.
type hours struct {
	from, to time.Duration
	days     []time.Weekday // nil: all
	ahead    time.Duration  // of UTC, of the clock by which they are meant
}

// length is that of a whole day of work.
func (h hours) length() time.Duration {
	if h.to == 0 {
		return 24 * time.Hour
	}
	return h.to - h.from
}

// windows returns the working hours between two times, one window for each
// day. They may reach outside: a tempo's rhythm hangs on the day.
func (h hours) windows(from, to time.Time) []window {
	if h.to == 0 {
		return day24(from, to)
	}
	var all []window
	for day := from.Add(h.ahead).Truncate(24 * time.Hour); day.Add(-h.ahead).Before(to); day = day.AddDate(0, 0, 1) {
		if !h.on(day.Weekday()) {
			continue
		}
		midnight := day.Add(-h.ahead)
		all = append(all, window{midnight.Add(h.from), midnight.Add(h.to)})
	}
	return all
}

func (h hours) on(d time.Weekday) bool {
	for _, on := range h.days {
		if on == d {
			return true
		}
	}
	return h.days == nil
}

// day24 cuts a stretch into windows of 24 hours; the last may be shorter.
func day24(from, to time.Time) []window {
	var all []window
	for ; from.Before(to); from = from.Add(24 * time.Hour) {
		end := from.Add(24 * time.Hour)
		if end.After(to) {
			end = to
		}
		all = append(all, window{from, end})
	}
	return all
}

// rounds tries every account once in each stretch of that length, one after
// the other over the whole of it: all accounts advance together from password
// to password.
func rounds(every time.Duration) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		round := 0
		for _, w := range s.windows {
			for from := w.from; from.Before(w.to); from = from.Add(every) {
				slot := window{from, from.Add(every)}
				for i := range s.accounts {
					try(slot.at((float64(i)+s.r.Float64())/float64(s.accounts)), i, round)
				}
				round++
			}
		}
	}
}

// atRate tries each account so often in a day of work, less than once too. The
// accounts take turns, each attempt in its share of the time, so that all of
// them advance together and no day has more than another.
func atRate(perDay float64) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		each := perDay * float64(s.accounts) // attempts in a day of work
		for k := 0; ; k++ {
			day := (float64(k) + s.r.Float64()) / each
			if day >= float64(len(s.windows)) {
				return
			}
			from := s.windows[int(day)].from
			at := window{from, from.Add(s.day)}.at(day - math.Floor(day))
			try(at, k%s.accounts, k/s.accounts)
		}
	}
}

// daily tries every account once in each window, at a time of its own; a share
// of them twice or three times.
func daily(more float64) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		for day, w := range s.windows {
			for i := range s.accounts {
				n := 1
				if chance(s.r, more) {
					n = 2 + s.r.IntN(2)
				}
				for range n {
					try(w.at(s.r.Float64()), i, day)
				}
			}
		}
	}
}

// each tries every account as often as drawn between the two numbers, spread
// over all windows.
func each(least, most float64) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		for i := range s.accounts {
			n := int(logBetween(s.r, least, most))
			for k := range n {
				try(s.windows[s.r.IntN(len(s.windows))].at(s.r.Float64()), i, k)
			}
		}
	}
}

// some tries that many of the accounts in each window.
func some(n int) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		for day, w := range s.windows {
			for _, i := range s.r.Perm(s.accounts)[:min(n, s.accounts)] {
				try(w.at(s.r.Float64()), i, day)
			}
		}
	}
}

// steady makes one attempt after the other at that distance, through all
// accounts, round after round, until each was tried so often. Where the day of
// work ends it stops and goes on in the next.
func steady(every time.Duration, tries int) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		at, day := s.windows[0].from, 0
		for round := range tries {
			for i := range s.accounts {
				if !at.Before(s.windows[day].to) && day+1 < len(s.windows) {
					day++
					at = at.Add(s.windows[day].from.Sub(s.windows[day-1].to))
				}
				try(at, i, round)
				at = at.Add(every)
			}
		}
	}
}

// bursts tries every account once or twice within some hours, then pauses for
// some days.
func bursts(least, most time.Duration, pauseLeast, pauseMost int) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		round := 0
		for day := s.org % 3; day < len(s.windows); day += 1 + pauseLeast + s.r.IntN(pauseMost-pauseLeast+1) {
			length := time.Duration(between(s.r, float64(least), float64(most)))
			from := s.windows[day].at(s.r.Float64() * 0.8)
			burst := window{from, from.Add(min(length, s.windows[day].to.Sub(from)))}
			for i := range s.accounts {
				try(burst.at((float64(i)+s.r.Float64())/float64(s.accounts)), i, round)
				if chance(s.r, 0.3) {
					try(burst.at(s.r.Float64()), i, round+1)
				}
			}
			round += 2
		}
	}
}

// peaking tries every account as often as drawn between the two numbers, most
// of it around the window of that number.
func peaking(least, most float64, peak int) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		for i := range s.accounts {
			for k := range int(logBetween(s.r, least, most+1)) {
				day := int(float64(peak) + 2.5*s.r.NormFloat64())
				try(s.windows[min(max(day, 0), len(s.windows)-1)].at(s.r.Float64()), i, k)
			}
		}
	}
}
