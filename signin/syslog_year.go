package signin

import (
	"errors"
	"strings"
	"time"
)

// calendar gives years to the stamps of a log that has none, as
// docs/contracts.md says: the last stamp of the log is the latest that is not
// after its modification time, and --year, where given, is the year of that
// last stamp. From there the stamps follow each other: New Year lies where
// they fall back by months.
//
// A log that spans more than a year and has stamps of every month looks, from
// both its ends, like one of less; its first years are then dated too late, but
// never after its end.
type calendar struct {
	zone *time.Location
	opt  Options

	prev   time.Time // of the stamp before
	limit  time.Time // no stamp is later
	newest bool      // the log begins with its newest line (journalctl -r)
}

const (
	// calendarSlack is how far a log may run backwards without it being New
	// Year: hosts whose lines are mixed, a clock that is set.
	calendarSlack = 7 * 24 * time.Hour

	// disorder is how far other stamps may be after the last one: files that
	// were put together in the wrong order.
	disorder = 31 * 24 * time.Hour

	// zoneSlack is how far a stamp may be after the modification time: its
	// zone is not known, and zones reach from -12 to +14 hours.
	zoneSlack = 24 * time.Hour
)

var errNoYear = errors.New("stamp has no year, and nothing says when the log was written")

func newCalendar(opt Options) calendar {
	c := calendar{zone: opt.Zone, opt: opt}
	if c.zone == nil {
		c.zone = time.UTC
	}
	return c
}

// time returns the time of the next stamp of the log.
func (c *calendar) time(s bsdStamp) (time.Time, error) {
	var t time.Time
	var err error
	if c.prev.IsZero() {
		t, err = c.first(s)
	} else {
		t = c.follow(s)
	}
	if err == nil {
		c.prev = t
	}
	return t.UTC(), err
}

// first dates the first stamp of a log by its last one.
func (c *calendar) first(s bsdStamp) (time.Time, error) {
	if c.opt.Year == 0 && c.opt.ModTime.IsZero() {
		return time.Time{}, errNoYear
	}
	last, newestFirst, ok := lastStamp(c.opt.Tail)
	c.newest = newestFirst
	written := c.opt.ModTime.Add(zoneSlack)
	switch {
	case c.opt.Year == 0 && (c.newest || !ok):
		c.limit = written
		return c.latest(s, written), nil
	case c.opt.Year == 0:
		end := c.latest(last, written)
		c.limit = end.Add(disorder)
		if c.limit.After(written) {
			c.limit = written
		}
		return c.latest(s, end.Add(zoneSlack)), nil
	case !ok:
		c.limit = time.Date(c.opt.Year, time.December, 31, 23, 59, 60, 0, c.zone)
		return s.in(c.opt.Year, c.zone), nil
	}
	end := last.in(c.opt.Year, c.zone)
	if !c.newest {
		c.limit = end.Add(disorder)
		return c.latest(s, end.Add(zoneSlack)), nil
	}
	t := s.in(c.opt.Year, c.zone)
	if t.Before(end.Add(-zoneSlack)) {
		t = s.in(c.opt.Year+1, c.zone)
	}
	return t, nil
}

// follow dates a stamp by the one before.
func (c *calendar) follow(s bsdStamp) time.Time {
	year := c.prev.In(c.zone).Year()
	if c.newest {
		return c.latest(s, c.prev.Add(calendarSlack))
	}
	for y := year - 1; y <= year+1; y++ {
		if t := s.in(y, c.zone); !t.Before(c.prev.Add(-calendarSlack)) {
			if t.After(c.limit) {
				break
			}
			return t
		}
	}
	return c.latest(s, c.limit)
}

// latest returns the latest time of a stamp that is not after limit. 29
// February is searched for in leap years, of which eight years hold at least one.
func (c *calendar) latest(s bsdStamp, limit time.Time) time.Time {
	year := limit.In(c.zone).Year()
	for y := year; y > year-9; y-- {
		if t := s.in(y, c.zone); !t.After(limit) && s.existsIn(y) {
			return t
		}
	}
	return s.in(year-1, c.zone)
}

// lastStamp finds the last stamp without a year in the end of a log, and
// whether the stamps there run from newer to older.
func lastStamp(tail func() []byte) (last bsdStamp, newestFirst, ok bool) {
	if tail == nil {
		return last, false, false
	}
	up, down := 0, 0
	for line := range strings.Lines(string(tail())) {
		_, line = cutPriority(line)
		if len(line) > 4 && weekday(line[:3]) {
			line = line[4:]
		}
		s, _, valid := parseBSDStamp(line)
		if !valid || s.year != 0 {
			continue
		}
		switch d := s.in(leapYear, time.UTC).Sub(last.in(leapYear, time.UTC)); {
		case !ok || d == 0 || d.Abs() > disorder:
		case d > 0:
			up++
		default:
			down++
		}
		last, ok = s, true
	}
	return last, down > up, ok
}
