package signin

import (
	"strconv"
	"strings"
)

// Loggers write a line that comes again only once, with a count.
const (
	lastMessageRepeated = "last message repeated " // syslogd; behind "--- " on macOS
	repeatedBegin       = "message repeated "      // rsyslog: "message repeated 5 times: [ TEXT]"
	repeatedEnd         = " times: [ "
)

func isLastRepeated(message string) bool {
	return strings.HasPrefix(strings.TrimPrefix(message, "--- "), lastMessageRepeated)
}

// lastRepeated reads "last message repeated 5 times".
func lastRepeated(message string) (times int, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(message, "--- "), lastMessageRepeated)
	if !ok {
		return 0, false
	}
	count, _, _ := strings.Cut(rest, " ")
	return repeatCount(count), true
}

// cutRepeated takes the message out of "message repeated 5 times: [ TEXT]".
func cutRepeated(message string) (text string, times int, ok bool) {
	rest, ok := strings.CutPrefix(message, repeatedBegin)
	if !ok {
		return message, 0, false
	}
	count, text, ok := strings.Cut(rest, repeatedEnd)
	if times = repeatCount(count); !ok || times == 0 {
		return message, 0, false
	}
	return strings.TrimSuffix(text, "]"), times, true
}

// maxRepeat is the highest count that is believed of one line.
const maxRepeat = 1_000_000

// repeatCount reads a count, and returns 0 for what is none.
func repeatCount(s string) int {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0
	}
	return int(min(n, maxRepeat))
}

// repeatWindow tells lines apart that are equal: two failures of one second may
// be two tries. A line's key is that of its text and of how many equal ones
// came shortly before, so that two exports of one log still agree on it. What
// is remembered is one line for each slot; the stamp is part of the line, so
// only those of one moment matter.
type repeatWindow [1024]struct {
	line   uint64
	before int
}

func (w *repeatWindow) key(l *syslogLine) uint64 {
	key := l.key()
	slot := &w[key%uint64(len(w))]
	if slot.line != key {
		slot.line, slot.before = key, 0
		return key
	}
	slot.before++
	return l.key(strconv.Itoa(slot.before))
}

// key hashes what tells a line from others: all of it, or of a journal entry,
// which has more in some exports than in others, what lines have.
func (l *syslogLine) key(before ...string) uint64 {
	if l.whole != "" {
		return Key(append(before, l.whole)...)
	}
	return Key(append(before, "journal", l.stamp, l.host, l.program, l.pid, l.message)...)
}
