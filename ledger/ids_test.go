package ledger

import "testing"

// TestIDsComeBack keeps ids of all forms, among them those that are nearly
// GUIDs, and moves them to another set.
func TestIDsComeBack(t *testing.T) {
	const whole = "0123abcd-4567-89ef-0246-8ace13579bdf"
	list := []string{"", "1", "sixteen-byte-id.", "seventeen-byte-id", whole, "an id that is much longer than all of the others together are"}
	for i := range whole {
		for _, c := range []string{"A", "g", "-", "0", "\xff"} {
			list = append(list, whole[:i]+c+whole[i+1:])
		}
	}
	var d, moved ids
	for i, s := range list {
		id := newRecordID(s)
		d.set(uint32(i), &id, i+1)
	}
	for i := range list {
		moved.take(uint32(i), &d, uint32(i), i+1)
	}
	for i, s := range list {
		if got := d.get(uint32(i)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		if got := moved.get(uint32(i)); got != s {
			t.Errorf("%q was moved as %q", s, got)
		}
	}
	if id := newRecordID(whole); id.kind != guid {
		t.Errorf("%s is no GUID", whole)
	}
	if len(d.long) == 0 {
		t.Error("nothing is in the map")
	}
}
