package run

import (
	"testing"
	raw "unsafe"
)

// TestUnknownCodesAreKept fails if a code is counted under a text that its
// decoder writes over with the next record.
func TestUnknownCodesAreKept(t *testing.T) {
	fs := FormatStats{UnknownCodes: map[string]int{}}
	memory := []byte("80001")
	for range 2 {
		fs.unknown(raw.String(&memory[0], len(memory)))
	}
	copy(memory, "/logs")
	if fs.UnknownCodes["80001"] != 2 || len(fs.UnknownCodes) != 1 {
		t.Errorf("counted %v, want 80001 twice", fs.UnknownCodes)
	}
}
