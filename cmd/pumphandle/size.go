package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// leastMemory is the smallest budget that --memory takes: with less, even a
// small organisation would be remembered by halves.
const leastMemory = 16 << 20

var sizeUnits = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30},
}

// parseSize reads a number of bytes with a unit, such as 512MB or 1.5GiB.
func parseSize(s string) (int64, error) {
	for _, u := range sizeUnits {
		if len(s) <= len(u.name) || !strings.EqualFold(s[len(s)-len(u.name):], u.name) {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(s[:len(s)-len(u.name)]), 64)
		if n := x * u.bytes; err == nil && n >= 0 && n < math.MaxInt64 {
			return int64(n), nil
		}
		break
	}
	return 0, fmt.Errorf("%q is no size", s)
}

// parseMemory reads the value of --memory.
func parseMemory(s string) (int64, error) {
	n, err := parseSize(s)
	switch {
	case err != nil:
		return 0, usageError{fmt.Errorf("--memory: %w", err), "--memory 512MB"}
	case n < leastMemory:
		return 0, usageError{fmt.Errorf("--memory %s is too little: the least is 16 MiB", s), "--memory 512MB"}
	}
	return n, nil
}
