package signin

import (
	"strings"
	"testing"
	"time"
)

// Each log is a list of stamps, "Jan  1" for the first moment of that day.
func TestSyslogYear(t *testing.T) {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		why    string
		opt    Options
		noTail bool
		stamps string
		want   string
	}{
		{"within a year", Options{ModTime: day(2026, 3, 3)}, false, "Mar  1,Mar  2,Mar  3", "2026-03-01 2026-03-02 2026-03-03"},
		{"a file that was copied years later", Options{ModTime: day(2031, 2, 1)}, false, "Mar  1,Mar  2,Mar  3", "2030-03-01 2030-03-02 2030-03-03"},
		{"over New Year", Options{ModTime: day(2026, 1, 5)}, false, "Dec 30,Dec 31,Jan  1,Jan  4", "2025-12-30 2025-12-31 2026-01-01 2026-01-04"},
		{"over New Year, copied in June", Options{ModTime: day(2026, 6, 5)}, false, "Dec 30,Jan  1", "2025-12-30 2026-01-01"},
		{"over New Year, copied in December before those days", Options{ModTime: day(2026, 12, 1)}, false, "Dec 30,Jan  1", "2025-12-30 2026-01-01"},
		{"over New Year, and its end is not known", Options{ModTime: day(2026, 1, 5)}, true, "Dec 30,Jan  1", "2025-12-30 2026-01-01"},
		{"the year of the last stamp is given", Options{Year: 2020, ModTime: day(2026, 6, 5)}, false, "Dec 30,Jan  1", "2019-12-30 2020-01-01"},
		{"it is given, and the end is not known", Options{Year: 2020}, true, "Mar  1,Mar  2", "2020-03-01 2020-03-02"},
		{"a gap of nine months", Options{ModTime: day(2026, 12, 1)}, false, "Jan  5,Oct 20", "2026-01-05 2026-10-20"},
		{"a gap of nine months over New Year", Options{ModTime: day(2026, 12, 1)}, false, "Aug  5,Apr 20", "2025-08-05 2026-04-20"},
		{"the clock runs back", Options{ModTime: day(2026, 6, 20)}, false, "Jun 10,Jan  1,Jun 10,Jun 11", "2026-06-10 2026-01-01 2026-06-10 2026-06-11"},
		{"the clock runs back over New Year", Options{ModTime: day(2026, 1, 3)}, false, "Dec 31,Jan  1,Dec 31,Jan  1,Jan  2", "2025-12-31 2026-01-01 2025-12-31 2026-01-01 2026-01-02"},
		{"files in the wrong order", Options{ModTime: day(2026, 6, 20)}, false, "Jun 10,Jun 20,May 10,Jun  9", "2026-06-10 2026-06-20 2026-05-10 2026-06-09"},
		{"the newest first", Options{ModTime: day(2026, 1, 5)}, false, "Jan  3,Jan  1,Dec 31,Dec 20", "2026-01-03 2026-01-01 2025-12-31 2025-12-20"},
		{"the newest first, with the year of the last", Options{Year: 2019}, false, "Jan  3,Jan  1,Dec 31,Dec 20", "2020-01-03 2020-01-01 2019-12-31 2019-12-20"},
		{"29 February is of a leap year", Options{ModTime: day(2026, 6, 20)}, false, "Feb 28,Feb 29,Mar  1,Feb 29", "2024-02-28 2024-02-29 2024-03-01 2024-02-29"},
		{"29 February in the middle, in a year that has it", Options{ModTime: day(2024, 6, 20)}, false, "Jan  1,Feb 29,Mar  2", "2024-01-01 2024-02-29 2024-03-02"},
		{"29 February in a year that has none", Options{Year: 2026}, false, "Feb 28,Feb 29,Mar  1", "2026-02-28 2026-03-01 2026-03-01"},
		{"a stamp ahead of the file by its zone", Options{ModTime: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)}, false, "Mar  1,Mar  2", "2026-03-01 2026-03-02"},
		{"a stamp ahead of the file by more is of the year before", Options{ModTime: day(2026, 3, 1)}, false, "Mar  2,Mar  3", "2025-03-02 2025-03-03"},
		{"more than two years: the first are too late, but never after the end", Options{ModTime: day(2026, 6, 2)}, false, "Jan  1,Dec  1,Jan  2,Dec  2,Jan  3,Jun  1", "2026-01-01 2025-12-01 2026-01-02 2025-12-02 2026-01-03 2026-06-01"},
		{"lines out of order at the start of a whole year", Options{ModTime: day(2026, 7, 20)}, false, "Jun 11,Jun 10,Dec  1,Dec  2,Dec  3,Jun  5", "2025-06-11 2025-06-10 2025-12-01 2025-12-02 2025-12-03 2026-06-05"},
		{"a clock that was ahead for a while", Options{ModTime: day(2026, 11, 24)}, false, "Nov 10,Nov 19,Dec 15,Nov 20", "2026-11-10 2026-11-19 2025-12-15 2026-11-20"},
		{"one line", Options{ModTime: day(2026, 3, 3)}, false, "Mar  1", "2026-03-01"},
	} {
		var log strings.Builder
		for stamp := range strings.SplitSeq(c.stamps, ",") {
			log.WriteString(stamp + " 00:00:00 bastion sshd[7]: Invalid user ana from 192.0.2.1 port 4711\n")
		}
		if !c.noTail {
			c.opt.Tail = func() []byte { return []byte("cut off\n" + log.String()) }
		}
		var got []string
		for _, ev := range decodeSSHD(t, log.String(), c.opt) {
			got = append(got, ev.Time.Format(time.DateOnly))
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.why, got, c.want)
		}
	}
}
