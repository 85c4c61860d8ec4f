package letter

import (
	"os"
	"path/filepath"
	"testing"
)

// Fails if most mails of a real archive cannot be taken for history, or letters
// are lost in it. Reads ../shared, keeps nothing.
func TestReplayOfArchive(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "mail", "ham-list-dev")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("no archive: %v", err)
	}
	b := open(t)
	past, hidden := 0, 0
	for m := range b.Replay(func(yield func(Archived) bool) {
		for _, f := range files {
			raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil || !yield(Archived{f.Name(), raw}) {
				return
			}
		}
	}, ReplayOptions{Org: Org{"List", "list.example"}, Lures: 50, Twins: true}, 1) {
		if m.Label != nil {
			hidden++
		} else {
			past++
		}
	}
	if past < len(files)*95/100 || hidden != 100 {
		t.Errorf("%d of %d mails, %d letters", past, len(files), hidden)
	}
	t.Logf("%d of %d mails, %d letters", past, len(files), hidden)
}
