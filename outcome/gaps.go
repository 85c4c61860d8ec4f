package outcome

import (
	"slices"
	"time"
)

// A log is taken to have a gap where it is silent for longer than a day and
// much longer than it ever is otherwise: four times its 95th percentile of
// silence. A log that is thin by nature has long silences and no gaps.
const (
	minGap     = 24 * time.Hour
	gapFactor  = 4
	minHistory = 48 // hours with records before anything can be said about what is usual
)

// gaps returns the stretches of [from, to] in which the log, whose hours with
// any sign-in are given, has none although it should.
func gaps(hours []int32, from, to time.Time) []Gap {
	if len(hours) < minHistory {
		return nil
	}
	silences := make([]int32, 0, len(hours)-1)
	for i := 1; i < len(hours); i++ {
		silences = append(silences, hours[i]-hours[i-1]-1)
	}
	usual := slices.Clone(silences)
	slices.Sort(usual)
	limit := max(minGap, gapFactor*time.Duration(usual[len(usual)*95/100])*time.Hour)

	var out []Gap
	for i, silent := range silences {
		begin := time.Unix((int64(hours[i])+1)*3600, 0).UTC()
		end := time.Unix(int64(hours[i+1])*3600, 0).UTC()
		if time.Duration(silent)*time.Hour > limit && begin.Before(to) && end.After(from) {
			out = append(out, Gap{From: begin, To: end})
		}
	}
	return out
}
