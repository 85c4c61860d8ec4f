package signin

import (
	"slices"
	"strings"
	"testing"
)

const failedLine = "Mar  1 10:00:00 bastion sshd[7]: Failed password for root from 192.0.2.1 port 4711 ssh2\n"

// "last message repeated" stands in for copies of the line before of that host.
func TestLastMessageRepeated(t *testing.T) {
	const last = "Mar  1 10:00:09 bastion last message repeated 2 times\n"
	for _, c := range []struct {
		why, text string
		repeats   []int
	}{
		{"a failure", failedLine + last, []int{0, 2}},
		{"which goes on", failedLine + last + "Mar  1 10:01:09 bastion last message repeated 5 times\n", []int{0, 2, 5}},
		{"on macOS", failedLine + "Mar  1 10:00:09 bastion --- last message repeated 3 times ---\n", []int{0, 3}},
		{"a line of another host between them", failedLine + strings.Replace(failedLine, "bastion", "other", 1) + last, []int{0, 0, 2}},
		{"another line between them", failedLine + "Mar  1 10:00:08 bastion cron[9]: run\n" + last, []int{0}},
		{"no line before", last + failedLine, []int{0}},
		{"a line of another host before", strings.Replace(failedLine, "bastion", "other", 1) + last, []int{0}},
		{"a good sign-in", strings.Replace(failedLine, "Failed", "Accepted", 1) + last, []int{0}},
		{"hints are one try", strings.Replace(failedLine, "password", "publickey", 1) + last, []int{0}},
		{"a line too long to keep", strings.Replace(failedLine, "root", "invalid user "+strings.Repeat("a", maxLast), 1) + last, []int{0}},
		{"a count that is none", failedLine + strings.Replace(last, "2", "many", 1), []int{0, 0}},
	} {
		var repeats []int
		keys := map[uint64]bool{}
		for _, ev := range decodeSSHD(t, c.text, writtenIn) {
			repeats = append(repeats, ev.Repeat)
			keys[ev.Key] = true
			if ev.Account == "" || !ev.Addr.IsValid() || ev.Try == 0 {
				t.Errorf("%s: %+v", c.why, ev)
			}
		}
		if !slices.Equal(repeats, c.repeats) || len(keys) != len(repeats) {
			t.Errorf("%s: repeats %v with %d keys, want %v", c.why, repeats, len(keys), c.repeats)
		}
	}
}

// Two equal lines of one second are two records; the same line in two exports
// that overlap is one.
func TestSSHDKeys(t *testing.T) {
	other := strings.Replace(failedLine, "10:00:00", "10:00:01", 1)
	good := strings.Replace(failedLine, "Failed", "Accepted", 1)
	whole := failedLine + failedLine + good + failedLine + other + other
	keys := func(text string) (keys []uint64) {
		for _, ev := range decodeSSHD(t, text, writtenIn) {
			keys = append(keys, ev.Key)
		}
		return keys
	}
	all := keys(whole)
	if distinct := slices.Compact(slices.Sorted(slices.Values(all))); len(distinct) != 6 {
		t.Errorf("%d keys for 6 records", len(distinct))
	}
	for i := range len(whole)/len(other) - 1 {
		lines := slices.Collect(strings.Lines(whole))
		for _, key := range keys(strings.Join(lines[i:], "")) {
			if !slices.Contains(all, key) {
				t.Errorf("an export from line %d on has a key of its own", i+1)
			}
		}
	}
	// As sent and as kept, the record is the same one.
	if a, b := keys(failedLine), keys("<38>"+failedLine); a[0] != b[0] {
		t.Error("the priority changes the key")
	}
}

// What is remembered of equal lines is bounded, whatever comes between them.
func TestSSHDKeysOfManyLines(t *testing.T) {
	text := authLog(20_000)
	keys := map[uint64]bool{}
	n := 0
	for ev, err := range sshd.Decode(strings.NewReader(string(text)), writtenIn) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Class != ClassNone {
			n++
			keys[ev.Key] = true
		}
	}
	if len(keys) != n {
		t.Errorf("%d keys for %d records", len(keys), n)
	}
}
