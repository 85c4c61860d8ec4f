package signin

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tooLong names a field of an event that is longer than it may be; "" if none
// is. The ledger keeps them by the million, and an attacker types them.
func tooLong(ev *Event) string {
	for _, f := range [...]struct{ name, value string }{
		{"id", ev.ID}, {"tenant", ev.Tenant}, {"host", ev.Host}, {"account", ev.Account}, {"country", ev.Country}, {"user agent", ev.UserAgent},
		{"client", ev.Client}, {"app", ev.App}, {"code", ev.Code}, {"action", ev.Action},
	} {
		if len(f.value) > MaxField {
			return f.name
		}
	}
	return ""
}

// Whatever in a log is long, no field of an event is: each word of each sample
// is made too long, one after the other.
func TestFieldsAreClipped(t *testing.T) {
	word := regexp.MustCompile(`[A-Za-z0-9]{3,}`)
	longs := []string{strings.Repeat("x", MaxField), strings.Repeat("\xff", MaxField/2)} // a byte that is no UTF-8 becomes three
	folders, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		format, ok := Lookup(folder.Name())
		if !ok {
			continue // fuzz, and what has no format of its own
		}
		t.Run(format.Name, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join("testdata", folder.Name(), "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil || strings.Contains(file, ".golden") {
					continue
				}
				seen := map[string]bool{}
				for _, w := range word.FindAllString(string(text), -1) {
					if seen[w] {
						continue
					}
					seen[w] = true
					for _, long := range longs {
						grown := bytes.ReplaceAll(text, []byte(w), []byte(w+long))
						for ev, err := range format.Decode(bytes.NewReader(grown), writtenIn) {
							if err != nil {
								continue
							}
							if name := tooLong(ev); name != "" {
								t.Errorf("%s: where %q is long, the %s has more than %d bytes", file, w, name, MaxField)
								break
							}
						}
					}
				}
			}
		})
	}
}
