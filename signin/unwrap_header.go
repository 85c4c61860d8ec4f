package signin

import "strings"

// headers recognises records of JSON behind a header on each line, as syslog
// and log files of collectors have it:
// "<134>1 2026-03-02T08:00:00Z host duologsync - - - {…}".
func (u *unwrapper) headers(head []byte, left int) (Format, bool) {
	if looksLikeJSON(head) {
		return Format{}, false
	}
	text := blankHead(head, &headerBlanker{})
	if !holdsRecord(text) || !u.may() {
		return Format{}, false
	}
	inner, ok := u.detect(text, left)
	if !ok {
		return Format{}, false
	}
	return blanked(inner, func() blanker { return &headerBlanker{} }), true
}

// maxHeader is how far into a line an object may begin, in bytes. Headers are
// longer only with the structured data of RFC 5424.
const maxHeader = 1024

// maxIndent is how many spaces may stand between a brace and the first name.
const maxIndent = 8

// beforeObject has the bytes after which an object may begin, the last of a byte
// order mark among them, which RFC 5424 puts before a message.
const beforeObject = " \t:=|,]\xbf"

// headerBlanker leaves of each line what follows its header: from the first
// brace on that begins a word and that a name in quotation marks follows, where
// nothing but a header stands before it. Lines without one are of other programs:
// what somebody typed and a program wrote into its message is no record.
type headerBlanker struct {
	at     int             // bytes of the line so far
	last   byte            // of them
	begin  [maxHeader]byte // and they
	inside bool            // the object of the line
}

func (h *headerBlanker) blank(block []byte) int {
	for i := 0; i < len(block); i++ {
		switch c := block[i]; {
		case c == '\n':
			h.at, h.inside = 0, false
			continue
		case h.inside:
			continue
		case c == '{' && h.at < maxHeader && (h.at == 0 || strings.IndexByte(beforeObject, h.last) >= 0):
			name := i + 1
			for name < len(block) && block[name] == ' ' && name-i <= maxIndent {
				name++
			}
			if name == len(block) {
				return len(block) - i
			}
			if block[name] == '"' && isWholeHead(string(h.begin[:h.at])) {
				h.inside = true
				continue
			}
		}
		if h.last = block[i]; h.at < maxHeader {
			h.begin[h.at] = h.last
		}
		h.at++
		block[i] = ' '
	}
	return 0
}

// isWholeHead reports whether text is the head of a line of syslog, or a stamp, and
// nothing of a message but the mark that one of JSON may have ("@cee:").
func isWholeHead(text string) bool {
	text = strings.TrimSuffix(text, "\ufeff")
	text = strings.TrimSuffix(strings.TrimRight(text, " "), "@cee:")
	if strings.TrimSpace(text) == "" {
		return true
	}
	const message = "{"
	line := strings.TrimRight(text, " ") + " " + message
	var l syslogLine
	if parseSyslog(line, &l) || l.readDated(line) {
		return l.message == message
	}
	return stampLength(line) == len(line)-len(" "+message)
}
