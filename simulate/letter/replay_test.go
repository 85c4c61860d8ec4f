package letter

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"
)

func archive(n int) iter.Seq[Archived] {
	return func(yield func(Archived) bool) {
		for i := range n {
			at := noon.Add(time.Duration((i*37)%n) * time.Hour).Format(time.RFC1123Z)
			raw := fmt.Sprintf("From: Member %d <m%d@list.example>\nTo: all@list.example\nSubject: no. %d\nDate: %s\nMessage-ID: <%d@list.example>\n\nText.\n", i%9, i%9, i, at, i)
			if !yield(Archived{fmt.Sprint(i), []byte(raw)}) {
				return
			}
		}
	}
}

// Fails if a letter comes before its addressee was heard of, out of order, to
// a stranger, or if the replay is another one each time.
func TestReplay(t *testing.T) {
	b, o := open(t), ReplayOptions{Org: Org{"List", "list.example"}, Lures: 40, Neutral: true, Twins: true}
	all := slices.Collect(b.Replay(archive(200), o, 5))
	if len(all) != 200+80 {
		t.Fatalf("%d mails", len(all))
	}
	members := map[string]bool{}
	var last time.Time
	for _, m := range all {
		if m.Time.Before(last) {
			t.Errorf("%s after %s", m.Time, last)
		}
		last = m.Time
		if m.Label == nil {
			var n int
			fmt.Sscan(m.Name, &n)
			members[fmt.Sprintf("m%d@list.example", n%9)] = true
			continue
		}
		if to := m.Label.Recipients[0].Account; !members[to] {
			t.Errorf("%s to %s, who did not write yet", m.Label.Family, to)
		}
		if bytes.Contains(m.Raw, []byte("\nReceived:")) || bytes.Contains(m.Raw, []byte("\nX-Pumphandle")) || !bytes.Contains(m.Raw, []byte("\nAuthentication-Results:")) && !bytes.HasPrefix(m.Raw, []byte("Authentication-Results:")) {
			t.Errorf("not neutral:\n%.400s", m.Raw)
		}
	}
	for i, m := range slices.Collect(b.Replay(archive(200), o, 5)) {
		if !bytes.Equal(m.Raw, all[i].Raw) {
			t.Fatalf("mail %d is another one", i)
		}
	}
}
