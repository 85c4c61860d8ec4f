package mail

import (
	"strings"
	"time"
)

// ParseDate reads the date of a header field in UTC: RFC 5322 §3.3 with its
// obsolete forms (§4.3), what C's asctime and programs of the last thirty years
// write, and RFC 3339. A date without zone is taken as UTC. ok is false where
// there is no date; odd is true where the zone makes no sense or the weekday is
// not that of the day, which mail programs do not write.
func ParseDate(s string) (t time.Time, odd, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > 10 && s[4] == '-' && s[7] == '-' {
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", time.DateTime, "2006-01-02T15:04:05"} {
			if t, err := time.Parse(layout, s); err == nil && plausible(t) {
				return t.UTC(), false, true
			}
		}
		return t, false, false
	}
	if t, ok := americanDate(s); ok {
		return t, true, true
	}
	d := dateParts{weekday: -1, year: -1, hour: -1}
	for tokens := 0; tokens < 24; tokens++ {
		var token string
		if token, s = nextToken(s); token == "" {
			break
		}
		d.take(token)
	}
	if d.day == 0 || d.month == 0 || d.year < 0 {
		return t, false, false
	}
	if d.hour < 0 {
		d.hour = 0
	}
	if d.afternoon && d.hour < 12 {
		d.hour += 12
	}
	t = time.Date(d.year, d.month, d.day, d.hour, d.minute, d.second, 0, time.UTC)
	if t.Day() != d.day || !plausible(t) { // 30 February
		return time.Time{}, false, false
	}
	odd = d.odd || d.weekday >= 0 && t.Weekday() != time.Weekday(d.weekday)
	return t.Add(-time.Duration(d.zone) * time.Minute), odd, true
}

// americanDate reads 04-16-2026, which some senders write; the day stands first
// where the other order makes no date.
func americanDate(s string) (t time.Time, ok bool) {
	if len(s) < 8 || len(s) > 10 || !isDigit(s[0]) {
		return t, false
	}
	for _, layout := range []string{"1-2-2006", "2-1-2006", "1/2/2006", "2/1/2006"} {
		if t, err := time.Parse(layout, s); err == nil && plausible(t) {
			return t, true
		}
	}
	return t, false
}

// plausible: mail is no older than its standard, and nobody reads one of 2200.
func plausible(t time.Time) bool { return t.Year() >= 1970 && t.Year() < 2200 }

type dateParts struct {
	weekday, day, year   int
	month                time.Month
	hour, minute, second int
	zone                 int // minutes east
	afternoon, odd       bool
}

// nextToken cuts at blanks, commas, and the hyphens of 22-Aug-2002; it drops
// comments.
func nextToken(s string) (token, rest string) {
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" || s[0] != '(' {
			break
		}
		s = s[commentLength(s):]
	}
	end := 0
	for end < len(s) && s[end] != ' ' && s[end] != '\t' && s[end] != ',' && s[end] != '(' {
		if s[end] == '-' && end > 0 && (isDigit(s[end-1]) && end+1 < len(s) && !isDigit(s[end+1]) || monthOf(s[:end]) > 0) {
			return s[:end], s[end+1:]
		}
		if (s[end] == '-' || s[end] == '+') && end > 0 && isDigit(s[end-1]) { // 17:45:53+0200
			return s[:end], s[end:]
		}
		end++
	}
	return s[:end], s[end:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (d *dateParts) take(token string) {
	switch c := token[0]; {
	case (c == '+' || c == '-') && len(token) >= 3 && isDigit(token[1]):
		d.takeZone(token)
	case isDigit(c) && strings.IndexByte(token, ':') > 0:
		d.takeClock(token)
	case isDigit(c):
		n, digits := number(token)
		switch {
		case digits <= 2 && d.day == 0 && n >= 1 && n <= 31:
			d.day = n
		case d.year >= 0:
		case digits <= 2: // RFC 5322 §4.3
			d.year = n + 1900
			if n < 50 {
				d.year = n + 2000
			}
		case digits == 3:
			d.year = n + 1900
		case digits == 4 && n < 200: // years since 1900 with a zero before
			d.year, d.odd = n+1900, true
		case digits == 4:
			d.year = n
		}
	default:
		d.takeWord(token)
	}
}

func (d *dateParts) takeClock(token string) {
	if d.hour >= 0 {
		return
	}
	hour, n := number(token)
	minute, second := 0, 0
	token = token[n:]
	if len(token) > 1 {
		minute, n = number(token[1:])
		token = token[1+n:]
	}
	if len(token) > 1 && token[0] == ':' {
		second, n = number(token[1:])
		token = token[1+n:]
	}
	if hour > 24 || minute > 59 || second > 60 {
		d.odd = true
		return
	}
	d.hour, d.minute, d.second = hour, minute, second
	if strings.EqualFold(token, "pm") {
		d.afternoon = true
	}
}

func (d *dateParts) takeZone(token string) {
	n, digits := number(strings.Replace(token[1:], ":", "", 1))
	minutes := n/100*60 + n%100
	if digits <= 2 {
		minutes = n * 60
	}
	if minutes > 14*60 || n%100 > 59 || digits > 4 { // UTC+14 is the last one
		d.odd = true
		return
	}
	if token[0] == '-' {
		minutes = -minutes
	}
	d.zone = minutes
}

// zones are hours east of UTC (RFC 5322 §4.3), and some more that are met.
// The RFC takes all other letters as UTC.
var zones = map[string]int{
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	"CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
	"BST": 1, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11,
}

var months = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (d *dateParts) takeWord(token string) {
	if len(token) >= 3 {
		if m := monthOf(token); d.month == 0 && m > 0 {
			d.month = m
			return
		}
		for i, w := range weekdays {
			if d.weekday < 0 && d.hour < 0 && isName(token[:3], w) {
				d.weekday = i
				return
			}
		}
	}
	if isName(token, "pm") {
		d.afternoon = true
	}
	if d.hour < 0 || d.zone != 0 {
		return
	}
	if hours, ok := zones[token]; ok {
		d.zone = hours * 60
	} else if i := strings.IndexAny(token, "+-"); i > 0 && len(token) > i+1 && isDigit(token[i+1]) { // GMT+0200
		d.takeZone(token[i:])
	}
}

// monthOf returns the month that a word begins with, 0 if none.
func monthOf(word string) time.Month {
	if len(word) >= 3 {
		for i, m := range months {
			if isName(word[:3], m) {
				return time.Month(i + 1)
			}
		}
	}
	return 0
}

// number reads the digits that s begins with, at most six of them.
func number(s string) (n, digits int) {
	for digits < len(s) && isDigit(s[digits]) {
		if digits < 6 {
			n = n*10 + int(s[digits]-'0')
		}
		digits++
	}
	return n, digits
}
