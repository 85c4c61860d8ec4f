package identity

// distance is the Damerau-Levenshtein distance of a and b (optimal string
// alignment: insertion, omission, replacement, swap of neighbours), or max+1
// when it is more than max. Both are at most 63 bytes, a label.
func distance(a, b string, max int) int {
	if len(a)-len(b) > max || len(b)-len(a) > max || len(a) > 63 || len(b) > 63 {
		return max + 1
	}
	var rows [3][64]int
	before, prev, cur := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			cur[j] = d
			least = min(least, d)
		}
		if least > max {
			return max + 1
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

// letters is the set of characters of a label, for a first comparison: labels
// within distance d differ in at most 2d characters of their sets.
func letters(s string) uint64 {
	var m uint64
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			m |= 1 << (c - 'a')
		case '0' <= c && c <= '9':
			m |= 1 << (26 + c - '0')
		case c == '-':
			m |= 1 << 36
		default:
			m |= 1 << (37 + c%27)
		}
	}
	return m
}
