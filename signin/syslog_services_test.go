package signin

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The samples of programs that write syslog lines, by the format as which they
// are recognised.
var syslogSamples = map[string][]string{
	"dovecot":        {"mail.log"},
	"postfix":        {"maillog"},
	"cisco-asa":      {"asa.log"},
	"fortigate":      {"event.log"},
	"palo-alto":      {"globalprotect.log"},
	"windows-syslog": {"agents.log"},
}

func TestSyslogServicesGolden(t *testing.T) {
	for name, files := range syslogSamples {
		format, _ := Lookup(name)
		for _, file := range files {
			t.Run(name+"/"+file, func(t *testing.T) {
				goldenEvents(t, format, filepath.Join("testdata", name, file), writtenIn)
			})
			if got, _ := Detect(readSample(t, name, file)); got.Name != name {
				t.Errorf("%s/%s is taken for %q", name, file, got.Name)
			}
		}
	}
}

// Programs write into one file as a host is configured. Whatever the file is
// taken for, the lines of all are read.
func TestSyslogServicesMixed(t *testing.T) {
	var mixed []byte
	want := map[string]int{} // records of sign-ins by the code
	for _, name := range []string{"cisco-asa", "dovecot", "fortigate", "palo-alto", "postfix", "sshd", "windows-syslog"} {
		file := "auth.log"
		if name != "sshd" {
			file = syslogSamples[name][0]
		}
		text := readSample(t, name, file)
		mixed = append(mixed, text...)
		format, _ := Lookup(name)
		for ev, err := range format.Decode(bytes.NewReader(text), writtenIn) {
			if err == nil && ev.Class != ClassNone {
				want[ev.Code]++
			}
		}
	}
	for _, name := range []string{"sshd", "dovecot", "fortigate"} {
		format, _ := Lookup(name)
		got := map[string]int{}
		for ev, err := range format.Decode(bytes.NewReader(mixed), writtenIn) {
			if err == nil && ev.Class != ClassNone {
				got[ev.Code]++
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("as %s: %v, want %v", name, got, want)
		}
	}
}

// What is one try to the person who makes it counts once.
func TestMailTries(t *testing.T) {
	for why, c := range map[string]struct {
		lines string
		tries int
	}{
		"a summary alone": {"Mar  2 08:00:00 m dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=x", 1},
		"database and summary": {`Mar  2 08:00:00 m dovecot: auth-worker(1): sql(a,192.0.2.1): Password mismatch
Mar  2 08:00:02 m dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=x`, 1},
		"PAM, database and summary": {`Mar  2 08:00:00 m auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=a rhost=192.0.2.1  user=a
Mar  2 08:00:01 m dovecot: auth-worker(1): pam(a,192.0.2.1): pam_authenticate() failed: Authentication failure (password mismatch?)
Mar  2 08:00:02 m dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=x`, 1},
		"PAM and database, twice": {`Mar  2 08:00:00 m auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=a rhost=192.0.2.1  user=a
Mar  2 08:00:01 m dovecot: auth-worker(1): pam(a,192.0.2.1): pam_authenticate() failed: Authentication failure (password mismatch?)
Mar  2 08:00:05 m auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=a rhost=192.0.2.1  user=a
Mar  2 08:00:06 m dovecot: auth-worker(1): pam(a,192.0.2.1): pam_authenticate() failed: Authentication failure (password mismatch?)`, 2},
		"database and Postfix without a name": {`Mar  2 08:00:00 m dovecot: auth-worker(1): sql(a,192.0.2.1): unknown user
Mar  2 08:00:02 m postfix/smtpd[2]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: x`, 1},
		"Postfix alone, twice": {`Mar  2 08:00:00 m postfix/smtpd[2]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: x
Mar  2 08:00:01 m postfix/smtpd[2]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: x`, 2},
		"two names": {`Mar  2 08:00:00 m dovecot: auth-worker(1): sql(a,192.0.2.1): Password mismatch
Mar  2 08:00:01 m dovecot: auth-worker(1): sql(b,192.0.2.1): Password mismatch`, 2},
		"two sessions": {`Mar  2 08:00:00 m dovecot: auth-worker(1): sql(a,192.0.2.1): Password mismatch
Mar  2 08:00:02 m dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=x
Mar  2 08:00:03 m dovecot: auth-worker(1): sql(a,192.0.2.1): Password mismatch
Mar  2 08:00:05 m dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=x`, 2},
	} {
		if n := tryCount(decodeSSHD(t, c.lines, writtenIn)); n != c.tries {
			t.Errorf("%s: %d tries, want %d", why, n, c.tries)
		}
	}
}

func FuzzSyslogServices(f *testing.F) {
	for name, files := range syslogSamples {
		for _, file := range files {
			for line := range bytes.Lines(readSample(f, name, file)) {
				f.Add(line)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for ev, err := range dovecot.Decode(bytes.NewReader(text), writtenIn) {
			if err != nil {
				continue
			}
			if ev.Class != ClassNone && (ev.Time.IsZero() || ev.Key == 0) || tooLong(ev) != "" {
				t.Errorf("%+v", ev)
			}
		}
		for _, f := range []Format{dovecot, postfix, ciscoASA, fortiGate, paloAlto, windowsSyslog} {
			f.Sniff(text)
		}
	})
}

func externalLines(t *testing.T, path string) []Event {
	t.Helper()
	text, err := os.ReadFile(external(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return decodeSSHD(t, string(text), writtenIn)
}

func TestExternalMail(t *testing.T) {
	for path, want := range map[string]struct {
		events, tries, ok int
		format            string
	}{
		// 13 lines of failures, of which two are one line logged twice, and one sign-in.
		"crowdsec/dovecot-logs/dovecot-logs.log":                   {14, 15, 1, "dovecot"},
		"crowdsec/dovecot-time-based-bf/dovecot-time-based-bf.log": {4, 4, 0, "dovecot"},
		"crowdsec/postfix-sasl-bf/postfix-sasl-bf.log":             {3, 3, 0, "postfix"},
	} {
		events := externalLines(t, path)
		ok, weighed := 0, 0
		for _, ev := range events {
			if !ev.Addr.IsValid() {
				t.Errorf("%s line %d has no address", path, ev.Line)
			}
			if ev.Class.Succeeded() {
				ok++
			} else {
				weighed += max(ev.Repeat, 1)
			}
		}
		if len(events) != want.events || weighed != want.tries || ok != want.ok {
			t.Errorf("%s: %d events, %d tries, %d good; want %+v", path, len(events), weighed, ok, want)
		}
		text, _ := os.ReadFile(external(t, path))
		if got, _ := Detect(text); got.Name != want.format {
			t.Errorf("%s is taken for %q", path, got.Name)
		}
	}
}

// What a rule of Wazuh or OSSEC means stands beside it; a rule that is not here
// is about no try. ASA lines have no header there: one is put before them.
func TestExternalWazuhServices(t *testing.T) {
	rules := map[string][]Class{
		"9705":  {BadPassword, UnknownUser}, // Dovecot: auth failed; no such user
		"9702":  {BadPassword},
		"9771":  {UnknownUser},
		"9707":  {Other}, // aborted
		"9770":  {OK},
		"64007": {BadPassword}, "64009": {OK}, "64010": {BadPassword},
		"64018": {BadPassword}, "64019": {OK}, "64020": {Locked},
		"4321": {BadPassword}, "4323": {OK}, "4324": {BadPassword},
	}
	seen := 0
	for _, file := range []string{
		"wazuh_dovecot.ini", "ossec_dovecot.ini", "wazuh_postfix.ini", "ossec_postfix.ini", "wazuh_cisco_asa.ini", "ossec_pix.ini", "wazuh_paloalto.ini",
	} {
		for _, v := range wazuhVectors(t, file) {
			for _, line := range v.lines {
				if strings.HasPrefix(line, "%") {
					line = "Mar  1 10:00:00 fw " + line
				}
				var classes []Class
				for ev, err := range dovecot.Decode(strings.NewReader(line), writtenIn) {
					if err == nil && ev.Class != ClassNone {
						classes = append(classes, ev.Class)
					}
				}
				want := rules[v.rule]
				if strings.Contains(line, "Aborted login (1 authentication attempts)") {
					want = []Class{BadPassword} // a try to us, unknown to Wazuh
				}
				switch {
				case len(classes) > 1, len(want) > 0 && (len(classes) == 0 || !slices.Contains(want, classes[0])):
					t.Errorf("%s, rule %s is %v, want %v\n%s", file, v.rule, classes, want, line)
				case len(want) == 0 && len(classes) > 0:
					t.Errorf("%s, rule %s is %v, want nothing\n%s", file, v.rule, classes, line)
				case len(want) > 0:
					seen++
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no line of a try")
	}
	t.Logf("%d lines of tries", seen)
}

// A firewall's log is known by what it writes of other things, too, and none of
// that is an error.
func TestFirewallTraffic(t *testing.T) {
	for name, line := range map[string]string{
		"fortigate": `date=2026-03-02 time=09:00:10 devname="FGT-A" devid="FGT60F0000000001" logid="0000000013" type="traffic" subtype="forward" srcip=192.0.2.10 action="close"`,
		"palo-alto": "1,2026/03/02 08:00:07,001801000001,TRAFFIC,end,2561,2026/03/02 08:00:07,198.51.100.7,203.0.113.1,0.0.0.0,0.0.0.0,rule,,,ssl,vsys1",
		"cisco-asa": "Mar 02 2026 08:00:10 fw1 : %ASA-6-302014: Teardown TCP connection 4211 for outside:198.51.100.9/53 to inside:203.0.113.1/53",
	} {
		text := []byte(strings.Repeat(line+"\n", 20))
		format, _ := Detect(text)
		if format.Name != name {
			t.Errorf("%s is taken for %q", name, format.Name)
			continue
		}
		if events, bad := decodeAll(t, format, text); bad > 0 || len(events) != 20 {
			t.Errorf("%s: %d records, %d bad", name, len(events), bad)
		}
	}
}
