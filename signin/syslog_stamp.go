package signin

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stampLength returns how long the stamp is with which text begins, and 0
// where there is none. A space must follow it.
func stampLength(text string) int {
	if isShortStamp(text) && len(text) > 15 && text[15] == ' ' {
		return 15
	}
	if len(text) < 11 {
		return 0
	}
	if text[3] == ' ' && weekday(text[:3]) {
		if n := dayLength(text[4:]); n > 0 {
			return 4 + n
		}
		return 0
	}
	switch {
	case text[4] == '-':
		return isoLength(text)
	case text[0] == '@':
		return taiLength(text)
	case text[4] == ' ' && allDigits(text[:4]): // OSSEC: the year stands before
		if _, n, ok := parseBSDStamp(text[5:]); ok && len(text) > 5+n && text[5+n] == ' ' {
			return 5 + n
		}
		return 0
	case isDigit(text[0]):
		return epochLength(text)
	}
	_, n, ok := parseBSDStamp(text)
	if !ok || n == len(text) || text[n] != ' ' && !strings.HasPrefix(text[n:], ": %") { // Cisco without a host
		return 0
	}
	return n
}

// dayLength measures what follows a weekday: any stamp, in the BSD form with
// the year at its end: "Mar  1 10:00:00 2026".
func dayLength(text string) int {
	if weekday(text[:3]) {
		return 0
	}
	n := stampLength(text)
	if n > 0 && !isDigit(text[0]) && len(text) > n+5 && text[n+5] == ' ' && allDigits(text[n+1:n+5]) {
		return n + 5
	}
	return n
}

// isShortStamp reports whether text has the punctuation of "Mar  1 10:00:00".
func isShortStamp(text string) bool {
	return len(text) >= 15 && text[3] == ' ' && text[6] == ' ' && text[9] == ':' && text[12] == ':' && monthNumber(text[:3]) > 0
}

// isoLength measures "2026-03-01T10:00:00.123+01:00" and its relatives, with a
// space before the time or before the zone.
func isoLength(text string) int {
	if len(text) < 20 || !isDigit(text[0]) || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' {
		return 0
	}
	end := strings.IndexByte(text[11:min(len(text), 11+maxTime)], ' ')
	if end < 0 {
		return 0
	}
	n := 11 + end
	for _, zone := range [...]string{" UTC ", " GMT "} {
		if strings.HasPrefix(text[n:], zone) {
			return n + len(zone) - 1
		}
	}
	return n
}

// maxTime is more than the longest time of day with fraction and zone.
const maxTime = 32

// epochLength measures "1772355600.123456".
func epochLength(text string) int {
	end := strings.IndexByte(text[:min(len(text), maxTime)], ' ')
	if end < 0 {
		return 0
	}
	seconds, fraction, ok := strings.Cut(text[:end], ".")
	if !ok || len(seconds) < 9 || len(seconds) > 10 || !allDigits(seconds) || !allDigits(fraction) {
		return 0
	}
	return end
}

// taiLength measures "@4000000069a40e0a12345678", the TAI64N of daemontools and
// others that write logs (https://cr.yp.to/libtai/tai64.html).
func taiLength(text string) int {
	const n = len("@4000000069a40e0a12345678")
	if len(text) <= n || text[n] != ' ' {
		return 0
	}
	for _, b := range []byte(text[1:n]) {
		if !isDigit(b) && (b < 'a' || b > 'f') {
			return 0
		}
	}
	return n
}

// readTAI returns the time of such a stamp. Those that write it count no leap
// seconds: their time is that of the clock and ten seconds.
func readTAI(stamp string) (time.Time, error) {
	if taiLength(stamp+" ") != len(stamp) {
		return time.Time{}, noStamp(stamp)
	}
	seconds, err1 := strconv.ParseUint(stamp[1:17], 16, 64)
	nano, err2 := strconv.ParseUint(stamp[17:], 16, 32)
	t := time.Unix(int64(seconds-1<<62)-10, int64(nano)).UTC()
	if err1 != nil || err2 != nil || t.Year() < 1980 || t.Year() > 2200 {
		return time.Time{}, noStamp(stamp)
	}
	return t, nil
}

// bsdStamp is a time as RFC 3164 has it, which says no year.
type bsdStamp struct {
	year       int // 0: not given
	month, day int
	clock      stampClock
}

// parseBSDStamp reads "Mar  1 10:00:00", "Mar 1 10:00:00.123" or "Mar  1 2026
// 10:00:00" (Cisco). used is how much of text it takes.
func parseBSDStamp(text string) (s bsdStamp, used int, ok bool) {
	if len(text) < 3 {
		return s, 0, false
	}
	s.month = monthNumber(text[:3])
	c := stampCursor{text: text, pos: 3}
	if s.month == 0 || !c.skip(" ") {
		return s, 0, false
	}
	c.skip(" ")
	var n int
	if s.day, n = c.number(); n < 1 || n > 2 || s.day < 1 || s.day > daysIn(leapYear, s.month) || !c.skip(" ") {
		return s, 0, false
	}
	mark := c.pos
	if s.year, n = c.number(); n != 4 || !c.skip(" ") {
		s.year, c.pos = 0, mark
	}
	s.clock, ok = c.clock()
	return s, c.pos, ok && s.clock.hour < 24 && c.pos >= mark+len("10:00:00")
}

// leapYear is a year that has every day.
const leapYear = 2000

// in returns the stamp's time in a year. In a year without 29 February, that
// day is 1 March.
func (s bsdStamp) in(year int, zone *time.Location) time.Time {
	return time.Date(year, time.Month(s.month), s.day, s.clock.hour, s.clock.minute, s.clock.second, s.clock.nano, zone)
}

// existsIn reports whether a year has the stamp's day.
func (s bsdStamp) existsIn(year int) bool { return s.day <= daysIn(year, s.month) }

// monthNumber returns 1 for "Jan" to 12 for "Dec", and 0 for anything else.
func monthNumber(name string) int {
	switch name {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

func weekday(name string) bool {
	switch name {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// syslogClock turns the stamps of one log into times. Lines of the same second
// follow one another, so the last one is kept.
type syslogClock struct {
	calendar calendar
	stamp    string
	at       time.Time
	err      error
}

func newSyslogClock(opt Options) syslogClock {
	return syslogClock{calendar: newCalendar(opt)}
}

func noStamp(stamp string) error { return fmt.Errorf("no time that can be read: %q", clip(stamp)) }

// time returns the time of a stamp in any form that stampLength measures, and an
// error for any other text.
func (c *syslogClock) time(stamp string) (time.Time, error) {
	if stamp != c.stamp || stamp == "" { // none was kept yet
		c.stamp = stamp
		c.at, c.err = c.read(stamp)
	}
	return c.at, c.err
}

func (c *syslogClock) read(stamp string) (time.Time, error) {
	text := stamp
	if len(text) > 4 && text[3] == ' ' && weekday(text[:3]) {
		text = text[4:]
	}
	if len(text) > 5 && text[4] == ' ' && allDigits(text[:4]) {
		year := stampCursor{text: text}
		s, _, ok := parseBSDStamp(text[5:])
		if s.year, _ = year.number(); !ok {
			return time.Time{}, noStamp(stamp)
		}
		return c.dated(s, stamp)
	}
	switch {
	case text == "":
		return time.Time{}, noStamp(stamp)
	case isDigit(text[0]):
		return parseStamp(text, c.calendar.zone)
	case text[0] == '@':
		return readTAI(text)
	}
	s, used, ok := parseBSDStamp(text)
	if !ok {
		return time.Time{}, noStamp(stamp)
	}
	if used < len(text) { // dayLength has seen that the year follows
		c := stampCursor{text: text, pos: used + 1}
		s.year, _ = c.number()
	}
	if s.year != 0 {
		return c.dated(s, stamp)
	}
	return c.calendar.time(s)
}

// dated returns the time of a stamp that says its year.
func (c *syslogClock) dated(s bsdStamp, stamp string) (time.Time, error) {
	if s.year < 1980 || s.year > 2200 {
		return time.Time{}, noStamp(stamp)
	}
	return s.in(s.year, c.calendar.zone).UTC(), nil
}
