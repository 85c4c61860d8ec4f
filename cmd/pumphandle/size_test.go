package main

import "testing"

func TestParseMemory(t *testing.T) {
	for s, want := range map[string]int64{
		"512MB": 512e6, "1.5 GiB": 3 << 29, "64m": 64 << 20, "16777216": 0, "MB": 0, "-1GB": 0, "1e300GB": 0, "NaNGB": 0, "1MB": 0, "": 0,
	} {
		got, err := parseMemory(s)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("parseMemory(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
}
