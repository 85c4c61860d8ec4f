package org

import (
	"path"
	"strings"
)

// A pattern is a slash-separated path in which "**" stands for any number of
// whole segments, none included, and a segment matches as in [path.Match].

// badPattern says what is wrong with a pattern; "" if nothing.
func badPattern(pattern string) string {
	switch {
	case strings.HasPrefix(pattern, "/"):
		return "it is relative to what is scanned: leave out the leading slash"
	case strings.Contains(pattern, `\`):
		return "separate folders by a slash, on Windows too"
	case strings.Contains(pattern, "**/**"):
		return `"**/**" is the same as "**"`
	}
	for segment := range strings.SplitSeq(pattern, "/") {
		switch _, err := path.Match(segment, ""); {
		case err != nil:
			return "the bracket is not closed"
		case segment == "" || segment == "." || segment == "..":
			return `empty, "." and ".." segments never match`
		case strings.Contains(segment, "**") && segment != "**":
			return `"**" must be a whole segment, such as hex/**/*.log`
		}
	}
	return ""
}

// matchPath reports whether a path matches a pattern. It backs up only to the
// last "**", so its cost is the product of both lengths at worst, and it does
// not allocate.
func matchPath(pattern, name string) bool {
	afterStars, retry, starred := "", "", false // where to go on when a segment differs
	for {
		segment, rest, more := strings.Cut(pattern, "/")
		if segment == "**" {
			if !more {
				return true
			}
			pattern, afterStars, retry, starred = rest, rest, name, true
			continue
		}
		part, tail, deeper := strings.Cut(name, "/")
		ok, _ := path.Match(segment, part) // the pattern was checked by badPattern
		switch {
		case ok && more && deeper:
			pattern, name = rest, tail
			continue
		case ok && !more && !deeper:
			return true
		case ok && more && !deeper && rest == "**":
			return true
		}
		if !starred {
			return false
		}
		_, tail, deeper = strings.Cut(retry, "/")
		if !deeper {
			return false
		}
		pattern, name, retry = afterStars, tail, tail
	}
}
