package signin

import "strings"

// Devices send records of other forms in lines of syslog: CEF, LEEF, rows of
// commas. They are looked for where a header may stand before them and nothing
// else: other programs of a host write what is typed into them, and somebody may
// type a record.

// recordAt returns the record that begins with mark in a line, "" where there is
// none. Its mark is within the first limit bytes. Without the name of a host in the
// header its beginning was taken for one, so the whole line counts.
func recordAt(l *syslogLine, mark string, limit int) string {
	if strings.HasPrefix(l.message, mark) {
		return l.message
	}
	head := l.whole[:min(len(l.whole), limit)]
	if i := strings.Index(head, mark); i >= 0 && isHeader(head[:i]) {
		return l.whole[i:]
	}
	return ""
}

// maxHeaderWords is more than the headers of a device and two relays have.
const maxHeaderWords = 20

// isHeader reports whether s may be what relays write before a record: times,
// hosts, numbers, and as the last word the tag of a program. Behind a tag only one
// more time may stand: all else is what the program says.
func isHeader(s string) bool {
	words, tagged := 0, false
	for word := range strings.FieldsSeq(s) {
		if words++; words > maxHeaderWords || strings.IndexFunc(word, notInHeader) >= 0 {
			return false
		}
		if tagged && !isTimeWord(word) {
			return false
		}
		tagged = tagged || word[len(word)-1] == ':' && !isDigit(word[0]) && word[0] != '*' && word[0] != '.'
	}
	return true
}

func notInHeader(r rune) bool {
	return r > 0x7e || !isLetter(byte(r)) && !isDigit(byte(r)) && strings.IndexByte(".:-_+<>[]()@#*", byte(r)) < 0
}

// isTimeWord reports whether a word may be part of a time: "Mar", "2026", "10:00:00:", "UTC:".
func isTimeWord(word string) bool {
	return word == ":" || isDigit(word[0]) || (word[0] == '*' || word[0] == '.') && len(word) > 1 ||
		monthNumber(word) > 0 || weekday(word) || len(word) <= 5 && strings.HasSuffix(word, ":") || word == "UTC" || word == "GMT"
}
