package signin

import (
	"fmt"
	"strings"
	"time"
)

// parseStamp reads a time as sign-in exports write it:
//
//	2026-06-15T09:56:49.1234567Z     ISO 8601, any number of fractional digits
//	2026-06-15T09:56:49+02:00        with an offset, also +0200 or +02
//	2026-06-15 09:56:49 UTC          with a space; without a zone it is in zone
//	6/15/2026, 9:56:49.975 AM        United States order, 12 or 24 hours
//	15.6.2026 09:56:49               with points the day is first, wherever they are used
//	2026/06/15 09:56:49              as ISO with slashes
//	Jun 15, 2026 @ 09:56:49.123      Kibana; also without @, in 12 hours
//	Mon, 15 Jun 2026 09:56:49 GMT    RFC 5322; also 15/Jun/2026:09:56:49 +0000, Mon Jun 15 09:56:49 2026
//	1781517409, 1781517409975        since 1970 in s, ms, µs or ns, by size
//	/Date(1781517409975)/            as PowerShell 5 writes dates in JSON
//
// A nil zone is UTC. The result is in UTC. A day before a month (15/6/2026) is
// an error where it shows: no export of these formats writes it, and where it
// does not show it would be wrong in silence.
func parseStamp(s string, zone *time.Location) (time.Time, error) {
	if t, ok := parseUTC(s); ok {
		return t, nil
	}
	c := stampCursor{text: strings.TrimSpace(s)}
	if zone == nil {
		zone = time.UTC
	}
	t, ok := c.stamp(zone)
	if !ok {
		return time.Time{}, fmt.Errorf("no time that can be read: %q", clip(s))
	}
	// 0001-01-01 is how .NET writes "none"; it is Go's zero time as well.
	if y := t.Year(); y < 1980 || y > 2200 {
		return time.Time{}, fmt.Errorf("time outside 1980 to 2200: %q", clip(s))
	}
	return t, nil
}

// parseUTC reads the stamp of nearly all records, "2026-06-15T09:56:49.1234567Z"
// or with +00:00 in place of Z, and reports false for all others. It is the quick
// way to what stampCursor says of it.
func parseUTC(s string) (time.Time, bool) {
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	wrong := byte(0) // above 9 where a digit is none
	two := func(at int) int {
		a, b := s[at]-'0', s[at+1]-'0'
		wrong = max(wrong, a, b)
		return int(a)*10 + int(b)
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	at, nano := 19, 0
	if s[at] == '.' {
		at++
		for scale := 100_000_000; at < len(s) && isDigit(s[at]); at++ {
			nano += int(s[at]-'0') * scale
			scale /= 10
		}
		if at == 20 {
			return time.Time{}, false
		}
	}
	if zone := s[at:]; zone != "Z" && zone != "+00:00" {
		return time.Time{}, false
	}
	if wrong > 9 || year < 1980 || year > 2200 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	// Days since 1970, by years that begin in March: so the day of a leap year
	// is the last.
	if month -= 2; month <= 0 {
		month, year = month+12, year-1
	}
	days := 365*year + year/4 - year/100 + year/400 + 367*month/12 + day - 719499
	return time.Unix(int64(((days*24+hour)*60+minute)*60+second), int64(nano)).UTC(), true
}

// stampCursor reads a stamp from left to right.
type stampCursor struct {
	text string
	pos  int
}

func (c *stampCursor) stamp(zone *time.Location) (time.Time, bool) {
	first, n := c.number()
	switch {
	case n == 4 && c.skip("-"):
		return c.iso(first, "-", zone)
	case n == 4 && c.skip("/"):
		return c.iso(first, "/", zone)
	case n >= 1 && n <= 2 && c.letterBehind("/", "-", " "):
		return c.dayNamed(first, zone)
	case n >= 1 && n <= 2 && c.skip("/"):
		return c.us(first, zone)
	case n >= 1 && n <= 2 && c.skip("."):
		return c.dotted(first, zone)
	case n >= 9:
		return c.epoch(first, n)
	case n == 0 && c.skip("/Date("):
		first, n = c.number()
		t := time.UnixMilli(int64(first)).UTC()
		return t, n >= 9 && n <= 15 && c.skip(")/") && c.end()
	case n == 0:
		return c.named(zone)
	}
	return time.Time{}, false
}

func (c *stampCursor) iso(year int, between string, zone *time.Location) (time.Time, bool) {
	month, n1 := c.number()
	if n1 != 2 || !c.skip(between) {
		return time.Time{}, false
	}
	day, n2 := c.number()
	if n2 != 2 || !(c.skip("T") || c.skip(" ") || c.skip("t")) {
		return time.Time{}, false
	}
	clock, ok := c.clock()
	if !ok || clock.hour > 23 {
		return time.Time{}, false
	}
	return c.finish(year, month, day, clock, zone)
}

// us reads the rest of "6/15/2026, 9:56:49 AM".
func (c *stampCursor) us(month int, zone *time.Location) (time.Time, bool) {
	day, year, clock, ok := c.shortDate("/")
	if !ok || !c.noon(&clock) {
		return time.Time{}, false
	}
	return c.finish(year, month, day, clock, zone)
}

// dotted reads the rest of "15.6.2026, 9:56:49".
func (c *stampCursor) dotted(day int, zone *time.Location) (time.Time, bool) {
	month, year, clock, ok := c.shortDate(".")
	if !ok || clock.hour > 23 {
		return time.Time{}, false
	}
	return c.finish(year, month, day, clock, zone)
}

// shortDate reads the second number of a date, the year and the time of day.
func (c *stampCursor) shortDate(between string) (second, year int, clock stampClock, ok bool) {
	second, n := c.number()
	if n < 1 || n > 2 || !c.skip(between) {
		return 0, 0, clock, false
	}
	year, n = c.number()
	c.skip(",")
	if n != 4 || !c.skip(" ") {
		return 0, 0, clock, false
	}
	clock, ok = c.clock()
	return second, year, clock, ok
}

// letterBehind reports whether one of the marks and a letter follow.
func (c *stampCursor) letterBehind(marks ...string) bool {
	if c.pos+1 >= len(c.text) || !isLetter(c.text[c.pos+1]) {
		return false
	}
	for _, mark := range marks {
		if c.text[c.pos:c.pos+1] == mark {
			return true
		}
	}
	return false
}

// month reads the English name of a month, in full or its first three letters.
func (c *stampCursor) month() (number int, ok bool) {
	start := c.pos
	for c.pos < len(c.text) && isLetter(c.text[c.pos]) {
		c.pos++
	}
	name := c.text[start:c.pos]
	if len(name) < 3 {
		return 0, false
	}
	number = monthNumber(name[:3])
	return number, number > 0 && (len(name) == 3 || name == time.Month(number).String())
}

// dayNamed reads what follows the day: "/Mar/2026:08:00:01", " Mar 2026 08:00:01",
// "-Mar-2026 08:00:01".
func (c *stampCursor) dayNamed(day int, zone *time.Location) (time.Time, bool) {
	between := c.text[c.pos : c.pos+1]
	c.skip(between)
	month, ok := c.month()
	if !ok || !c.skip(between) {
		return time.Time{}, false
	}
	year, n := c.number()
	if n != 4 || !c.skip(":") && !c.skip(" ") {
		return time.Time{}, false
	}
	clock, ok := c.clock()
	if !ok || clock.hour > 23 {
		return time.Time{}, false
	}
	return c.finish(year, month, day, clock, zone)
}

// named reads "Mar 2, 2026 @ 08:00:01.123", "March 2, 2026 8:00:01 AM" and, behind a
// weekday, "Mon, 02 Mar 2026 08:00:01 GMT" and "Mon Mar  2 08:00:01 2026".
func (c *stampCursor) named(zone *time.Location) (time.Time, bool) {
	if len(c.text) > 4 && weekday(c.text[:3]) {
		c.pos = 3
		c.skip(",")
		if !c.skip(" ") {
			return time.Time{}, false
		}
		mark := c.pos
		if day, n := c.number(); n >= 1 && n <= 2 && c.letterBehind(" ", "-") {
			return c.dayNamed(day, zone)
		}
		c.pos = mark
	}
	month, ok := c.month()
	if !ok || !c.skip(" ") {
		return time.Time{}, false
	}
	c.skip(" ")
	day, n := c.number()
	if n < 1 || n > 2 {
		return time.Time{}, false
	}
	if c.skip(", ") {
		year, n := c.number()
		c.skip(",")
		c.skip(" @")
		if n != 4 || !c.skip(" ") {
			return time.Time{}, false
		}
		clock, ok := c.clock()
		if !ok || !c.noon(&clock) {
			return time.Time{}, false
		}
		return c.finish(year, month, day, clock, zone)
	}
	if !c.skip(" ") {
		return time.Time{}, false
	}
	clock, ok := c.clock()
	if !ok || clock.hour > 23 || !c.skip(" ") {
		return time.Time{}, false
	}
	year, n := c.number()
	if n != 4 {
		return time.Time{}, false
	}
	return c.finish(year, month, day, clock, zone)
}

// stampClock is a time of day.
type stampClock struct{ hour, minute, second, nano int }

// clock reads 9:56, 9:56:49 or 09:56:49.1234567.
func (c *stampCursor) clock() (t stampClock, ok bool) {
	var n1, n2, n3 int
	t.hour, n1 = c.number()
	if n1 < 1 || n1 > 2 || !c.skip(":") {
		return t, false
	}
	t.minute, n2 = c.number()
	if n2 != 2 || t.minute > 59 {
		return t, false
	}
	if !c.skip(":") {
		return t, true
	}
	t.second, n3 = c.number()
	if n3 != 2 || t.second > 60 { // 60: a leap second, RFC 3339 5.6
		return t, false
	}
	if c.skip(".") || c.skip(",") {
		return t, c.fraction(&t.nano)
	}
	return t, true
}

// fraction reads the digits after the point; those past the ninth are dropped.
func (c *stampCursor) fraction(nano *int) bool {
	start, scale := c.pos, 100_000_000
	for ; c.pos < len(c.text) && isDigit(c.text[c.pos]); c.pos++ {
		*nano += int(c.text[c.pos]-'0') * scale
		scale /= 10
	}
	return c.pos > start
}

// noon reads AM or PM, which may be missing, and turns the hour into 0 to 23.
func (c *stampCursor) noon(t *stampClock) bool {
	mark := c.pos
	c.skip(" ")
	c.skip("\u202f") // newer browsers put a narrow no-break space before AM
	pm := c.skip("PM") || c.skip("pm")
	if !pm && !c.skip("AM") && !c.skip("am") {
		c.pos = mark
		return t.hour <= 23
	}
	if t.hour < 1 || t.hour > 12 {
		return false
	}
	t.hour %= 12
	if pm {
		t.hour += 12
	}
	return true
}

// finish reads the zone and builds the time.
func (c *stampCursor) finish(year, month, day int, clock stampClock, zone *time.Location) (time.Time, bool) {
	offset, given, ok := c.offset()
	if !ok || !c.end() || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, false
	}
	if given {
		zone = time.UTC
	}
	t := time.Date(year, time.Month(month), day, clock.hour, clock.minute, clock.second, clock.nano, zone)
	return t.Add(-offset).UTC(), true
}

// offset reads Z, UTC, GMT, +02:00, +0200, +02 or nothing.
func (c *stampCursor) offset() (d time.Duration, given, ok bool) {
	mark := c.pos
	c.skip(" ")
	if c.skip("Z") || c.skip("z") || c.skip("UTC") || c.skip("GMT") {
		return 0, true, true
	}
	minus := c.skip("-")
	if !minus && !c.skip("+") {
		c.pos = mark
		return 0, false, true
	}
	hours, n := c.number()
	minutes := 0
	switch n {
	case 2:
		if c.skip(":") {
			if minutes, n = c.number(); n != 2 {
				return 0, false, false
			}
		}
	case 4:
		hours, minutes = hours/100, hours%100
	default:
		return 0, false, false
	}
	if hours > 15 || minutes > 59 {
		return 0, false, false
	}
	d = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if minus {
		d = -d
	}
	return d, true, true
}

// epoch takes a count since 1970, whose unit shows in its length, and the
// fraction of a second that may follow.
func (c *stampCursor) epoch(count, digits int) (time.Time, bool) {
	var t time.Time
	switch {
	case digits <= 10:
		nano := 0
		if c.skip(".") && !c.fraction(&nano) {
			return t, false
		}
		t = time.Unix(int64(count), int64(nano))
	case digits == 13:
		t = time.UnixMilli(int64(count))
	case digits == 16:
		t = time.UnixMicro(int64(count))
	case digits == 19:
		t = time.Unix(0, int64(count))
	default:
		return t, false
	}
	return t.UTC(), c.end()
}

// number reads up to 19 digits; n is how many there were.
func (c *stampCursor) number() (value, n int) {
	for ; c.pos < len(c.text) && isDigit(c.text[c.pos]); c.pos++ {
		if n++; n > 19 {
			return 0, n
		}
		value = value*10 + int(c.text[c.pos]-'0')
	}
	return value, n
}

func (c *stampCursor) skip(word string) bool {
	if !strings.HasPrefix(c.text[c.pos:], word) {
		return false
	}
	c.pos += len(word)
	return true
}

func (c *stampCursor) end() bool { return c.pos == len(c.text) }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// daysIn returns the length of a month in the Gregorian calendar.
func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
