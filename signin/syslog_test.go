package signin

import (
	"strings"
	"testing"
	"time"
)

func TestParseSyslog(t *testing.T) {
	const at = "2026-03-01T10:00:00Z"
	for _, c := range []struct {
		why, line string
		want      syslogLine // without whole and tagged
		time      string
	}{
		{"RFC 3164 as files keep it", "Mar  1 10:00:00 bastion sshd[7]: hello: you", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello: you"}, at},
		{"as it is sent", "<38>Mar  1 10:00:00 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"a day of two digits", "Mar 11 10:00:00 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, "2026-03-11T10:00:00Z"},
		{"a day that is not padded", "Mar 1 10:00:00 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"a fraction (journalctl -o short-precise)", "Mar  1 10:00:00.250000 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, "2026-03-01T10:00:00.25Z"},
		{"a year (Cisco)", "Mar  1 2025 10:00:00 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, "2025-03-01T10:00:00Z"},
		{"a weekday and a year (OpenWrt)", "Sun Mar  1 10:00:00 2025 sshd[7]: hello", syslogLine{program: "sshd", pid: "7", message: "hello"}, "2025-03-01T10:00:00Z"},
		{"a weekday", "Sun Mar  1 10:00:00 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"RFC 5424", "<38>1 2026-03-01T10:00:00.000Z bastion sshd 7 - - hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"RFC 5424 with data and byte order mark", `<38>1 2026-03-01T10:00:00Z bastion sshd 7 ID47 [a@1 k="v \"]"][b@1 k="]"] ` + "\ufeffhello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"RFC 5424 with nothing but a message", "<38>1 2026-03-01T10:00:00Z - - - - - hello", syslogLine{message: "hello"}, at},
		{"rsyslog", "2026-03-01T11:00:00.000000+01:00 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"systemd short-iso", "2026-03-01T11:00:00+0100 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"systemd short-full", "Sun 2026-03-01 10:00:00 UTC bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"short-full in a zone without an offset", "Sun 2026-03-01 10:00:00 CET bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"a host in capitals is no zone", "2026-03-01 10:00:00 CET sshd[7]: hello", syslogLine{host: "CET", program: "sshd", pid: "7", message: "hello"}, at},
		{"systemd short-unix", "1772359200.250000 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, "2026-03-01T10:00:00.25Z"},
		{"macOS", "2026-03-01 03:00:00.801612-0700  localhost sshd[7]: hello", syslogLine{host: "localhost", program: "sshd", pid: "7", message: "hello"}, "2026-03-01T10:00:00.801612Z"},
		{"ISO 8601 without a zone", "2026-03-01 10:00:00 bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"Solaris", "Mar  1 10:00:00 192.0.2.5 sshd[7]: [ID 800047 auth.notice] hello", syslogLine{host: "192.0.2.5", program: "sshd", pid: "7", message: "hello"}, at},
		{"FreeBSD with -v", "Mar  1 10:00:00 <auth.info> bastion sshd[7]: hello", syslogLine{host: "bastion", program: "sshd", pid: "7", message: "hello"}, at},
		{"no host", "Mar  1 10:00:00 sshd[7]: hello", syslogLine{program: "sshd", pid: "7", message: "hello"}, at},
		{"no host, no process", "Mar  1 10:00:00 sshd: hello", syslogLine{program: "sshd", message: "hello"}, at},
		{"no process", "Mar  1 10:00:00 bastion sudo:   hello", syslogLine{host: "bastion", program: "sudo", message: "hello"}, at},
		{"PAM in the tag", "Mar  1 10:00:00 bastion sshd(pam_unix)[7]: hello", syslogLine{host: "bastion", program: "sshd(pam_unix)", pid: "7", message: "hello"}, at},
		{"no tag", "Mar  1 10:00:00 bastion hello you: there", syslogLine{host: "bastion", message: "hello you: there"}, at},
		{"a tag that does not end", "Mar  1 10:00:00 bastion sshd[7", syslogLine{host: "bastion", message: "sshd[7"}, at},
		{"a count without a host", "Mar  1 10:00:00 last message repeated 2 times", syslogLine{message: "last message repeated 2 times"}, at},
		{"a count on macOS", "Mar  1 10:00:00 --- last message repeated 2 times ---", syslogLine{message: "--- last message repeated 2 times ---"}, at},
	} {
		var l syslogLine
		if !parseSyslog(c.line, &l) {
			t.Errorf("%s: no header", c.why)
			continue
		}
		clock := newSyslogClock(writtenIn)
		got, err := clock.time(l.stamp)
		if err != nil || got.Format(time.RFC3339Nano) != c.time {
			t.Errorf("%s: %q is %v (%v), want %s", c.why, l.stamp, got, err, c.time)
		}
		l.whole, l.tagged, l.stamp = "", "", ""
		if l != c.want {
			t.Errorf("%s\n got %+v\nwant %+v", c.why, l, c.want)
		}
	}
}

func TestParseSyslogRejects(t *testing.T) {
	for why, line := range map[string]string{
		"empty":                   "",
		"text":                    "what is this?",
		"a stamp alone":           "Mar  1 10:00:00",
		"an ISO stamp alone":      "2026-03-01T10:00:00Z",
		"a month that is none":    "Foo  1 10:00:00 bastion sshd[7]: x",
		"a date without a time":   "2026-03-01 bastion sshd[7]: x y z",
		"a number":                "1772359200 bastion sshd[7]: x",
		"a table":                 "2026-03-01 10:00:00,bastion,sshd",
		"a priority that is none": "<abc>Mar  1 10:00:00 bastion sshd[7]: x",
		"a priority alone":        "<38>",
		"weekdays":                strings.Repeat("Sun ", 1<<20),
		"a 5424 header cut off":   "<38>1 2026",
	} {
		if parseSyslog(line, new(syslogLine)) {
			t.Errorf("%s: %q is taken for syslog", why, line)
		}
	}
}

func TestSyslogZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("skipped: no time zones here: %v", err)
	}
	clock := newSyslogClock(Options{Year: 2026, Zone: berlin})
	for stamp, want := range map[string]string{
		"Mar  1 10:00:00":      "2026-03-01T09:00:00Z",
		"Jul  1 10:00:00":      "2026-07-01T08:00:00Z",
		"2026-07-01 10:00:00":  "2026-07-01T08:00:00Z",
		"2026-07-01T10:00:00Z": "2026-07-01T10:00:00Z",
	} {
		if got, err := clock.time(stamp); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s is %v (%v), want %s", stamp, got, err, want)
		}
	}
}

// Some stamps come out of the middle of a line, where anything may stand.
func FuzzSyslogStamp(f *testing.F) {
	for _, stamp := range []string{
		"", "@", "@4000000069a40e0a12345678", "Mar  1 10:00:00", "Sun Mar  1 10:00:00 2026", "2026 Mar  1 10:00:00", "0000 x", "1772355600.5",
	} {
		f.Add(stamp)
	}
	f.Fuzz(func(t *testing.T, stamp string) {
		clock := newSyslogClock(Options{Year: 2026})
		if at, err := clock.time(stamp); err == nil && (at.Year() < 1979 || at.Year() > 2201) {
			t.Errorf("%q is %v", stamp, at)
		}
	})
}
