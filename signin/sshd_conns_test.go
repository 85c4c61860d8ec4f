package signin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// tries counts tries by the rule of [Event].Try: of the records that share it
// within ten minutes those of the highest strength count, and hints are one.
func tries(events []Event) int {
	sum := 0
	for _, same := range byTry(events) {
		best, n := slices.MinFunc(same, func(a, b Event) int { return int(a.Strength) - int(b.Strength) }).Strength, 0
		for _, ev := range same {
			if ev.Strength == best {
				n += max(ev.Repeat, 1)
			}
		}
		if best == Hint {
			n = 1
		}
		sum += n
	}
	return sum
}

// byTry groups the records that are of one try or of several of one connection.
func byTry(events []Event) (groups [][]Event) {
	open := map[uint64]int{}
	for _, ev := range events {
		g, ok := open[ev.Try]
		if ev.Try == 0 || !ok || ev.Time.Sub(groups[g][len(groups[g])-1].Time) > 10*time.Minute {
			g = len(groups)
			groups = append(groups, nil)
			open[ev.Try] = g
		}
		groups[g] = append(groups[g], ev)
	}
	return groups
}

// Each story is what one or a few connections leave in a log, and how many
// tries that is.
func TestSSHDTries(t *testing.T) {
	const pam = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 "
	for _, c := range []struct {
		why   string
		want  int
		lines []string // "PROCESS MESSAGE"
	}{
		{"a password for a name that does not exist", 1, []string{
			"7 Invalid user ana from 192.0.2.1 port 4711",
			"7 pam_unix(sshd:auth): check pass; user unknown",
			"7 " + pam,
			"7 Failed password for invalid user ana from 192.0.2.1 port 4711 ssh2",
			"7 Connection closed by invalid user ana 192.0.2.1 port 4711 [preauth]",
		}},
		{"six passwords on one connection, five of them counted by rsyslog", 6, []string{
			"7 " + pam + " user=root",
			"7 Failed password for root from 192.0.2.1 port 4711 ssh2",
			"7 message repeated 5 times: [ Failed password for root from 192.0.2.1 port 4711 ssh2]",
			"7 error: maximum authentication attempts exceeded for root from 192.0.2.1 port 4711 ssh2 [preauth]",
			"7 Disconnecting authenticating user root 192.0.2.1 port 4711: Too many authentication failures [preauth]",
			"7 PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
		}},
		{"no passwords allowed: two names, two tries", 2, []string{
			"7 Invalid user ana from 192.0.2.1 port 4711",
			"7 Connection closed by invalid user ana 192.0.2.1 port 4711 [preauth]",
			"9 Invalid user bob from 192.0.2.1 port 4712",
			"9 Connection closed by invalid user bob 192.0.2.1 port 4712 [preauth]",
		}},
		{"PAM alone, as the failures of sshd go to another file", 6, []string{
			"7 " + pam + " user=root",
			"7 PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
		}},
		{"a second module that knows the password", 1, []string{
			"7 " + pam + " user=ana",
			"7 Accepted password for ana from 192.0.2.1 port 4711 ssh2",
		}},
		{"keys that are offered before the one that fits", 1, []string{
			"7 Failed publickey for ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:A",
			"7 Failed publickey for ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:B",
			"7 Accepted publickey for ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:C",
		}},
		{"PAM asked by another process, about a name that does not exist", 1, []string{
			"7 Invalid user ana from 192.0.2.1 port 4711",
			"8 " + pam,
			"7 error: PAM: Authentication failure for illegal user ana from 192.0.2.1",
			"7 Failed keyboard-interactive/pam for invalid user ana from 192.0.2.1 port 4711 ssh2",
			"7 Connection closed by invalid user ana 192.0.2.1 port 4711 [preauth]",
		}},
		{"PAM asked by another process, three times about one that does", 3, []string{
			"8 " + pam + " user=ana",
			"7 error: PAM: Authentication failure for ana from 192.0.2.1",
			"7 Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2",
			"9 " + pam + " user=ana",
			"7 error: PAM: Authentication failure for ana from 192.0.2.1",
			"7 Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2",
			"10 " + pam + " user=ana",
			"7 error: PAM: Authentication failure for ana from 192.0.2.1",
			"7 Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2",
			"7 Connection closed by authenticating user ana 192.0.2.1 port 4711 [preauth]",
		}},
		{"two such connections at one moment", 2, []string{
			"7 Invalid user ana from 192.0.2.1 port 4711",
			"17 Invalid user bob from 192.0.2.1 port 4712",
			"8 " + pam,
			"18 " + pam,
			"7 Failed keyboard-interactive/pam for invalid user ana from 192.0.2.1 port 4711 ssh2",
			"17 Failed keyboard-interactive/pam for invalid user bob from 192.0.2.1 port 4712 ssh2",
		}},
		{"two connections that write PAM lines of their own, one line after the other", 2, []string{
			"7 " + pam + " user=ana",
			"9 " + pam + " user=ana",
			"7 Failed password for ana from 192.0.2.1 port 4711 ssh2",
			"9 Failed password for ana from 192.0.2.1 port 4712 ssh2",
			"7 Connection closed by authenticating user ana 192.0.2.1 port 4711 [preauth]",
			"9 Connection closed by authenticating user ana 192.0.2.1 port 4712 [preauth]",
		}},
		{"other names on one process: other connections", 3, []string{
			"7 Invalid user ana from 192.0.2.1 port 4711",
			"7 Invalid user bob from 192.0.2.1 port 4712",
			"7 Connection closed by invalid user bob 192.0.2.1 port 4712 [preauth]",
			"7 Invalid user eve from 192.0.2.1 port 4713",
		}},
	} {
		if got := tries(decodeStory(t, c.lines)); got != c.want {
			t.Errorf("%s: %d tries, want %d", c.why, got, c.want)
		}
	}
}

// What one line says changes what later lines of its connection mean.
func TestSSHDConnectionsSettle(t *testing.T) {
	for _, c := range []struct {
		why   string
		lines []string
		class Class // of the last line
		code  string
		addr  string
	}{
		{"a name that is shut out exists, and no password was checked", []string{
			"7 User ana from 192.0.2.1 not allowed because not listed in AllowUsers",
			"7 Failed password for invalid user ana from 192.0.2.1 port 4711 ssh2",
			"7 Failed password for invalid user ana from 192.0.2.1 port 4711 ssh2",
		}, Disabled, "not_allowed", "192.0.2.1"},
		{"a locked account likewise", []string{
			"7 User ana not allowed because account is locked",
			"7 Connection closed by invalid user ana 192.0.2.1 port 4711 [preauth]",
		}, Locked, "account_locked", "192.0.2.1"},
		{"PAM refused the account after the password was right", []string{
			"7 error: PAM: User account has expired for ana from 192.0.2.1",
			"7 Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2",
		}, PolicyBlock, "pam_account_refused", "192.0.2.1"},
		{"which says nothing of the next password", []string{
			"7 error: PAM: User account has expired for ana from 192.0.2.1",
			"7 Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2",
			"7 Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2",
		}, BadPassword, "failed_keyboard_interactive", "192.0.2.1"},
		{"the second factor after a right password", []string{
			"7 Partial password for ana from 192.0.2.1 port 4711 ssh2",
			"7 Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2",
		}, MFAFailed, "failed_after_partial", "192.0.2.1"},
		{"but a password after a right key is just wrong", []string{
			"7 Partial publickey for ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:A",
			"7 Failed password for ana from 192.0.2.1 port 4711 ssh2",
		}, BadPassword, "failed_password", "192.0.2.1"},
		{"an address that only an earlier line names", []string{
			"7 Failed password for ana from 192.0.2.1 port 4711 ssh2",
			"7 fatal: Access denied for user ana by PAM account configuration [preauth]",
		}, PolicyBlock, "pam_access_denied", "192.0.2.1"},
		{"but none of another process", []string{
			"7 Failed password for ana from 192.0.2.1 port 4711 ssh2",
			"9 fatal: Access denied for user ana by PAM account configuration [preauth]",
		}, PolicyBlock, "pam_access_denied", ""},
	} {
		events := decodeStory(t, c.lines)
		last := events[len(events)-1]
		addr := ""
		if last.Addr.IsValid() {
			addr = last.Addr.String()
		}
		if last.Class != c.class || last.Code != c.code || addr != c.addr || last.Known != Yes {
			t.Errorf("%s: %v, %s, %q, known %d", c.why, last.Class, last.Code, addr, last.Known)
		}
	}
}

// PAM lines that a connection writes itself join it alone.
func TestSSHDConnectionsStayApart(t *testing.T) {
	const pam = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 "
	events := decodeStory(t, []string{
		"7 Invalid user ana from 192.0.2.1 port 4711",
		"7 " + pam,
		"9 " + pam + " user=bob",
		"7 Failed password for invalid user ana from 192.0.2.1 port 4711 ssh2",
		"9 Failed password for bob from 192.0.2.1 port 4712 ssh2",
	})
	for i, same := range []int{0, 0, 2, 0, 2} {
		if events[i].Try != events[same].Try {
			t.Errorf("record %d is of another try than %d", i, same)
		}
	}
	if events[0].Try == events[2].Try {
		t.Error("two connections are one try")
	}
}

// A process id that comes back is another connection.
func TestSSHDConnectionsEnd(t *testing.T) {
	events := decodeSSHD(t, "Mar  1 10:00:00 bastion sshd[7]: User ana from 192.0.2.1 not allowed because listed in DenyUsers\n"+
		"Mar  1 10:10:01 bastion sshd[7]: Failed password for ana from 192.0.2.2 port 4711 ssh2\n"+
		"Mar  1 10:10:01 other sshd[7]: Failed password for ana from 192.0.2.2 port 4711 ssh2\n", writtenIn)
	if events[1].Class != BadPassword || events[2].Class != BadPassword {
		t.Errorf("%+v", events)
	}
	if events[0].Try != events[1].Try || events[1].Try == events[2].Try {
		t.Error("a try is a process of a host")
	}
}

// decodeStory puts a header before each line, one second apart.
func decodeStory(t *testing.T, lines []string) []Event {
	t.Helper()
	var text strings.Builder
	at := time.Date(2026, time.March, 1, 10, 0, 0, 0, time.UTC)
	for i, line := range lines {
		process, message, _ := strings.Cut(line, " ")
		fmt.Fprintf(&text, "%s bastion sshd[%s]: %s\n", at.Add(time.Duration(i)*time.Second).Format(time.Stamp), process, message)
	}
	return decodeSSHD(t, text.String(), writtenIn)
}
