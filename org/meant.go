package org

import (
	"fmt"
	"strings"
)

// meant is the hint behind a word that is not among the valid ones: the
// nearest of them if one is near, else all.
func meant(word string, valid []string) string {
	word = strings.ToLower(word)
	nearest, least := "", max(1, len(word)/3)+1
	for _, v := range valid {
		d := distance(word, v, least)
		if len(word) > 2 && (strings.HasPrefix(v, word) || strings.HasPrefix(word, v)) {
			d = min(d, 1)
		}
		if d < least {
			nearest, least = v, d
		}
	}
	if nearest != "" {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	return "one of " + strings.Join(valid, ", ")
}

// distance counts the bytes to add, drop, change or swap with their neighbour
// to turn a into b (optimal string alignment). It gives up at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
