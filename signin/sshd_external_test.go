package signin

import (
	"encoding/json"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func externalSSHD(t *testing.T, path string) []Event {
	t.Helper()
	text, err := os.ReadFile(external(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return decodeSSHD(t, string(text), writtenIn)
}

// byAddr groups records by address and returns the addresses in order of
// appearance.
func byAddr(events []Event) (order []netip.Addr, of map[netip.Addr][]Event) {
	of = map[netip.Addr][]Event{}
	for _, ev := range events {
		if of[ev.Addr] == nil {
			order = append(order, ev.Addr)
		}
		of[ev.Addr] = append(of[ev.Addr], ev)
	}
	return order, of
}

// Three weeks of a host on the Internet, see shared/data/signin/INDEX.md.
func TestExternalElasticAuthLog(t *testing.T) {
	accepted, failed := map[string]int{}, []Event(nil)
	keys, tooMany := map[uint64]bool{}, map[netip.Addr]bool{}
	for _, ev := range externalSSHD(t, "elastic_examples/auth.log") {
		if keys[ev.Key] {
			t.Errorf("line %d has the key of another", ev.Line)
		}
		keys[ev.Key] = true
		switch {
		case ev.Class.Succeeded():
			accepted[ev.Addr.String()]++
		case ev.Code == "too_many_failures":
			tooMany[ev.Addr] = true
		default:
			failed = append(failed, ev)
		}
	}
	want := map[string]int{"85.245.107.41": 174, "24.151.103.17": 47, "95.93.96.191": 4, "127.0.0.1": 1}
	if !maps.Equal(accepted, want) {
		t.Errorf("accepted from %v, want %v", accepted, want)
	}
	order, of := byAddr(failed)
	single := 0
	for _, a := range order {
		if !a.IsValid() {
			t.Errorf("%d failures without address, first on line %d", len(of[a]), of[a][0].Line)
		}
		if len(byTry(of[a])) == 1 {
			single++
		}
	}
	if len(order) != 130 || single != 114 {
		t.Errorf("%d addresses fail, %d of them on one connection; want 130, 114", len(order), single)
	}
	// While the host took keys only, sshd wrote no failure of root at all but
	// this line: 20 more addresses, which the published truth leaves out.
	for _, a := range order {
		delete(tooMany, a)
	}
	if len(tooMany) != 20 {
		t.Errorf("%d addresses only exceed the attempts, want 20", len(tooMany))
	}
	var names []string
	for _, group := range byTry(of[netip.MustParseAddr("91.197.232.109")]) {
		names = append(names, group[0].Account)
	}
	if len(names) != 2*len(names[:len(names)/2]) || !slices.Equal(names[:len(names)/2], names[len(names)/2:]) {
		t.Errorf("the scan does not run twice: %q", names)
	}
	once := slices.Compact(names[:len(names)/2])
	if len(once) != 24 || !slices.IsSorted(once) {
		t.Errorf("%d names, want 24 in alphabetical order: %q", len(once), once)
	}
}

// A host in the dialect of before Linux-PAM 0.99: only PAM lines.
func TestExternalLoghub(t *testing.T) {
	events := externalSSHD(t, "loghub/Linux_2k.log")
	text, err := os.ReadFile(external(t, "loghub/Linux_2k.log"))
	if err != nil {
		t.Fatal(err)
	}
	named, ssh := 0, 0
	for _, ev := range events {
		if ev.Code != "pam_authentication_failure" || ev.Strength != Part {
			t.Errorf("line %d is %s, want only PAM failures", ev.Line, ev.Code)
		}
		if !ev.Addr.IsValid() {
			named++
		}
		if ev.Protocol == SSH {
			ssh++
		}
	}
	lines := strings.Split(string(text), "\n")
	if want := count(lines, "authentication failure;"); len(events) != want {
		t.Errorf("%d failures, want %d", len(events), want)
	}
	if want := count(lines, "sshd(pam_unix)", "authentication failure;"); ssh != want {
		t.Errorf("%d of them of sshd, want %d", ssh, want)
	}
	if named == 0 || named == len(events) {
		t.Errorf("%d failures without address: some hosts are written by name", named)
	}
}

// count counts the lines that have all phrases.
func count(lines []string, phrases ...string) (n int) {
	for _, line := range lines {
		if !slices.ContainsFunc(phrases, func(p string) bool { return !strings.Contains(line, p) }) {
			n++
		}
	}
	return n
}

// Lines that look like failures and are not, and good sign-ins.
func TestExternalCrowdsecSSHD(t *testing.T) {
	if events := externalSSHD(t, "crowdsec/sshd-logs-fp/sshd-logs.log"); len(events) != 0 {
		t.Errorf("false positives: %+v", events)
	}
	for path, want := range map[string]int{
		"sshd-success-logs/sshd-success-logs.log":           4,
		"sshd-impossible-travel/sshd-success-logs.log":      2,
		"sshd-impossible-travel-user/sshd-success-logs.log": 2,
	} {
		events := externalSSHD(t, "crowdsec/"+path)
		for _, ev := range events {
			if ev.Class != OK || !ev.Addr.IsValid() || ev.Account == "" {
				t.Errorf("%s line %d: %+v", path, ev.Line, ev)
			}
		}
		if len(events) != want {
			t.Errorf("%s: %d good sign-ins, want %d", path, len(events), want)
		}
	}
	// Two connections by their process ids, but six names: six tries.
	if n := tries(externalSSHD(t, "crowdsec/ssh-bf/ssh-bf.log")); n != 6 {
		t.Errorf("ssh-bf: %d tries, want 6", n)
	}
	events := externalSSHD(t, "crowdsec/ssh-time-based-bf/ssh-time-based-bf.log")
	if len(events) != 15 || tries(events) != 15 {
		t.Errorf("ssh-time-based-bf: %d records, %d tries, want 15 of each", len(events), tries(events))
	}
}

// wazuhVector is one group of lines of a Wazuh or OSSEC rule test.
type wazuhVector struct {
	rule  string
	lines []string
}

func wazuhVectors(t *testing.T, file string) (vectors []wazuhVector) {
	t.Helper()
	text, err := os.ReadFile(external(t, "wazuh_ossec/"+file))
	if err != nil {
		t.Fatal(err)
	}
	var v wazuhVector
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch {
		case strings.HasPrefix(key, "log "):
			v.lines = append(v.lines, value)
		case key == "rule":
			v.rule = value
			vectors = append(vectors, v)
			v = wazuhVector{}
		}
	}
	return vectors
}

// The dialects of which Wazuh and OSSEC have samples. What a rule means stands
// beside it; a rule that is not here is about no try.
func TestExternalWazuhSSHD(t *testing.T) {
	rules := map[string]Class{
		"64251": UnknownUser, // macOS: unknown user
		"64253": BadPassword, // macOS: authentication error, one of a user that does not exist
		"64254": BadPassword, // macOS: attempts exceeded
		"64256": OK,          // macOS
		"64259": BadPassword, // macOS: connection reset by authenticating user
		"64260": Disabled,    // macOS: denied user
		"5503":  BadPassword, // PAM
		"2502":  BadPassword, // PAM: more than once
		"5710":  UnknownUser,
		"5716":  BadPassword,
		"5758":  BadPassword, // attempts exceeded
	}
	seen := 0
	for _, file := range []string{"wazuh_macos-sshd.ini", "wazuh_pam.ini", "ossec_pam.ini", "wazuh_sshd.ini", "ossec_sshd.ini"} {
		for _, v := range wazuhVectors(t, file) {
			for _, line := range v.lines {
				events := decodeSSHD(t, line, writtenIn)
				want, try := rules[v.rule]
				switch {
				case strings.Contains(line, "Postponed"), strings.Contains(line, "input_userauth_request"):
					try = false // Wazuh counts every line of one try
				case strings.Contains(line, "invalid user"), strings.Contains(line, "dovecot:auth"):
					want = UnknownUser
				}
				switch {
				case !try && len(events) != 0:
					t.Errorf("%s, rule %s is no try, got %+v\n%s", file, v.rule, events, line)
				case try && (len(events) != 1 || events[0].Class != want):
					t.Errorf("%s, rule %s is %v, got %+v\n%s", file, v.rule, want, events, line)
				case try:
					seen++
				}
			}
		}
	}
	if seen != 29 {
		t.Errorf("%d lines of tries, want 29", seen)
	}
}

// Messages without a header: one is put before them. The outcome that upstream
// expects is right but for lines that only lead to a sign-in or its refusal.
func TestExternalSekoiaSSHD(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(external(t, "sekoia_NO_LICENCE"), "OpenSSH_openssh__*.json"))
	if err != nil || len(files) != 31 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	want := map[string]Class{
		"accepted_gssapi-with-mic": OK, "accepted_password": OK, "accepted_publickey_2": OK,
		"failed_none": UnknownUser, "failed_password": BadPassword, "invalid_user": UnknownUser, "invalid_user_redacted": UnknownUser,
		"user_not_allowed": Disabled, "pam_faillock_consecutive_failures": Locked,
		"authentication_attempts_exceeded_2":     BadPassword, // a session to upstream
		"disconnected_authenticating_user":       BadPassword, // network to upstream
		"connection_closed_invalid_without_user": UnknownUser,
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vector struct{ Input struct{ Message string } }
		if err := json.Unmarshal(text, &vector); err != nil {
			t.Fatal(err)
		}
		message := strings.TrimSpace(vector.Input.Message)
		if !strings.Contains(message, "sshd[") {
			message = "Mar  1 10:00:00 bastion sshd[7]: " + message
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "__")
		var got Class
		for _, ev := range decodeSSHD(t, message, writtenIn) {
			got = ev.Class
		}
		if got != want[name] {
			t.Errorf("%s is %v, want %v", name, got, want[name])
		}
	}
}
