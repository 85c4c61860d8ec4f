package mail

import (
	"bytes"
	"io"
	"iter"
	"strings"
)

var mbox = Format{
	Name:  "mbox",
	Title: "Mailbox file (mbox)",
	Doc:   "Many mails in one file, with a From line before each: Thunderbird, Gmail Takeout, Dovecot, Unix mail, list archives.",
	Blind: "What became of the mails: whether they were moved away later, opened, clicked. Thunderbird keeps deleted mails until it compacts a folder.",
	Sniff: sniffMbox,
	Decode: func(r io.Reader, opt Options) iter.Seq2[Item, error] {
		return func(yield func(Item, error) bool) {
			s := splitter{r: r, offset: opt.Offset, line: max(1, opt.Line)}
			p := newParser()
			for {
				raw, ok := s.next()
				if !ok {
					break
				}
				m := p.parse(raw, s.cut)
				m.Format, m.Line, m.Offset = "mbox", s.at.line, s.at.offset
				if m.ReturnPath == "" {
					m.ReturnPath = s.sender
				}
				if s.swallowed {
					p.problem("separator_inside", "the mail's Content-Length reaches over what looks like the beginning of another mail")
				}
				if !yield(Item{Message: &p.msg}, nil) {
					return
				}
			}
			if s.err != io.EOF {
				yield(Item{}, s.err)
			}
		}
	},
}

func sniffMbox(head []byte) int {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n")
	line, rest, ok := bytes.Cut(head, []byte("\n"))
	if !ok || !isFromLine(line) {
		return 0
	}
	if looksLikeMail(rest) == 0 {
		return 0
	}
	return 95 // more than the one mail that it also is
}

// isFromLine reports whether a line separates the mails of an mbox: From, who
// sent it, and when, in the form of C's asctime or with a zone. Lines of text
// that begin with the word From have no date (RFC 4155, appendix A).
func isFromLine(line []byte) bool {
	if len(line) < 20 || len(line) > 1000 || !bytes.HasPrefix(line, []byte("From ")) {
		return false
	}
	var month, clock, year bool
	rest := strings.TrimSpace(string(line[5:]))
	for rest != "" {
		var token string
		token, rest, _ = strings.Cut(rest, " ")
		switch {
		case len(token) == 3 && monthOf(token) > 0:
			month = true
		case len(token) >= 4 && isDigit(token[0]) && (token[1] == ':' || token[2] == ':'):
			clock = true
		case len(token) == 4 && (token[:2] == "19" || token[:2] == "20") && isDigit(token[2]) && isDigit(token[3]):
			year = true
		}
	}
	return month && clock && year
}

// splitter cuts an mbox, in any dialect, into its mails. A mail begins at a
// From line at the beginning or behind an empty line, if a header follows.
// Where all mails so far had a Content-Length that leads to the next From line
// (mboxcl, mboxcl2), it is believed; a single mail cannot make it so.
type splitter struct {
	r      io.Reader
	err    error // io.EOF at the end
	buf    []byte
	from   int   // in buf: the beginning of the next mail's From line
	offset int64 // of buf[from] in the file
	line   int64

	at        struct{ line, offset int64 } // of the mail that was given last
	sender    string                       // envelope sender in its From line, lower case; "" if none
	cut       bool                         // it is longer than what was given
	swallowed bool
	skipping  bool // the rest of a cut mail is to be passed over

	dialect dialect
}

type dialect uint8

const (
	undecided dialect = iota
	byLength          // mboxcl, mboxcl2
	bySeparator
)

// fill reads more; the buffer never holds more than the longest mail and a bit.
func (s *splitter) fill() bool {
	if s.err != nil {
		return false
	}
	const step = 256 << 10
	if s.from > 0 && len(s.buf)+step > cap(s.buf) {
		s.buf = s.buf[:copy(s.buf, s.buf[s.from:])]
		s.from = 0
	}
	if len(s.buf)+step > cap(s.buf) {
		s.buf = append(make([]byte, 0, grown(cap(s.buf))+2*step), s.buf...)
	} else if cap(s.buf) > 4<<20 && len(s.buf) < 1<<20 {
		s.buf = append(make([]byte, 0, 1<<20+step), s.buf...)
	}
	n, err := s.r.Read(s.buf[len(s.buf):min(cap(s.buf), len(s.buf)+step)])
	s.buf = s.buf[:len(s.buf)+n]
	s.err = err
	return n > 0 || err == nil
}

// advance counts what lies before the next mail.
func (s *splitter) advance(to int) {
	s.line += int64(bytes.Count(s.buf[s.from:to], []byte{'\n'}))
	s.offset += int64(to - s.from)
	s.from = to
}

// next returns the next mail without its From line. It is valid until the next
// call.
func (s *splitter) next() (raw []byte, ok bool) {
	if s.skipping {
		s.skip()
	}
	s.cut, s.swallowed = false, false
	for { // empty lines, which are no mail
		i := s.from
		for i < len(s.buf) && (s.buf[i] == '\n' || s.buf[i] == '\r') {
			i++
		}
		s.advance(i)
		if i < len(s.buf) || !s.fill() {
			break
		}
	}
	if s.from == len(s.buf) {
		return nil, false
	}
	s.at.line, s.at.offset = s.line, s.offset
	length := s.end()
	mail := s.buf[s.from : s.from+length]
	s.cut = s.skipping
	raw, s.sender = mail, ""
	if line := firstLine(mail); isFromLine(line) {
		raw, s.sender = mail[len(line):], fromSender(line)
	}
	s.advance(s.from + length)
	if s.dialect != byLength {
		if !s.cut {
			raw = trimSeparation(raw)
		}
		raw = unescape(raw)
	}
	return raw, true
}

// fromSender returns the envelope sender that a delivery agent put into a From
// line. Programs that only store mail put something else there.
func fromSender(line []byte) string {
	word, _, _ := strings.Cut(string(line[5:]), " ")
	if at := strings.LastIndexByte(word, '@'); at <= 0 || word[at:] == "@xxx" { // Gmail Takeout
		return ""
	}
	return strings.ToLower(strings.ToValidUTF8(word, "\ufffd"))
}

// trimSeparation drops the empty line that stands behind each mail.
func trimSeparation(b []byte) []byte {
	for _, end := range [...]string{"\n\r\n", "\n\n"} {
		if bytes.HasSuffix(b, []byte(end)) {
			return b[:len(b)-len(end)+1]
		}
	}
	return b
}

// firstLine returns the first line of b with its line feed.
func firstLine(b []byte) []byte {
	if i := bytes.IndexByte(b[:min(len(b), 1001)], '\n'); i >= 0 {
		return b[:i+1]
	}
	return b
}

// end finds where the mail at s.from ends, as a length.
func (s *splitter) end() int {
	if s.dialect != bySeparator {
		if n, ok := s.byLength(); ok {
			s.dialect = byLength
			return n
		}
		s.dialect = bySeparator
	}
	pos := 1
	for {
		n, ok, more := separator(s.buf[s.from:], pos, s.err != nil)
		if ok && n <= MaxRaw {
			return n
		}
		if len(s.buf)-s.from > MaxRaw {
			s.skipping = true
			return MaxRaw
		}
		pos = max(1, more)
		if !s.fill() {
			if s.err == nil {
				continue
			}
			n, ok, _ = separator(s.buf[s.from:], pos, true)
			if ok {
				return n
			}
			return min(len(s.buf)-s.from, MaxRaw)
		}
	}
}

// separator looks for the next From line at or after pos. more is where to look
// again when there are more bytes.
func separator(b []byte, pos int, last bool) (n int, ok bool, more int) {
	for {
		i := bytes.Index(b[max(0, pos-1):], []byte("\nFrom "))
		if i < 0 {
			return 0, false, max(1, len(b)-8)
		}
		at := max(0, pos-1) + i + 1
		line := firstLine(b[at:])
		if !last && (line[len(line)-1] != '\n' && len(line) <= 1000 || len(b)-at < len(line)+1000) {
			return 0, false, at // not all of it is here yet
		}
		if emptyBefore(b[:at]) && isFromLine(line) && headerFollows(b[at+len(line):]) {
			return at, true, 0
		}
		pos = at + 1
	}
}

// emptyBefore reports whether b ends with an empty line.
func emptyBefore(b []byte) bool {
	b = bytes.TrimSuffix(b[:len(b)-1], []byte{'\r'})
	return len(b) == 0 || b[len(b)-1] == '\n'
}

func headerFollows(b []byte) bool {
	return fieldFollows(b) || isEscapedFrom(b) || len(b) == 0
}

// isEscapedFrom reports whether b begins with an escaped From line.
func isEscapedFrom(b []byte) bool {
	return len(b) > 6 && b[0] == '>' && bytes.HasPrefix(bytes.TrimLeft(b[:min(len(b), 40)], ">"), []byte("From "))
}

// byLength returns the length of the mail at s.from by its Content-Length, if
// that leads to the end of the file or to another From line.
func (s *splitter) byLength() (int, bool) {
	size := headerSize(s.buf[s.from:])
	for size == 0 {
		if len(s.buf)-s.from > MaxHeaderBytes || !s.fill() {
			return 0, false
		}
		size = headerSize(s.buf[s.from:])
	}
	head := s.buf[s.from:]
	from := firstLine(head)
	if !isFromLine(from) {
		return 0, false
	}
	var scratch []byte
	h := readHeader(head[len(from):size], nil, &scratch)
	value, ok := first(h.fields, "content-length")
	n, digits := number(value)
	if !ok || digits == 0 || digits > 8 || digits != len(value) {
		return 0, false
	}
	if digits > 6 {
		n = 0
		for i := range digits {
			n = n*10 + int(value[i]-'0')
		}
	}
	want := size + n
	if want > MaxRaw {
		return 0, false
	}
	for len(s.buf)-s.from < want+1100 && s.fill() {
	}
	b := s.buf[s.from:]
	if want > len(b) {
		return 0, false
	}
	rest := bytes.TrimLeft(b[want:], "\r\n")
	line := firstLine(rest)
	if len(rest) > 0 && !(isFromLine(line) && headerFollows(rest[len(line):])) || len(rest) > 0 && b[want-1] != '\n' && b[want] != '\n' && b[want] != '\r' {
		return 0, false
	}
	_, s.swallowed, _ = separator(b[:want], size, true)
	return want, true
}

// headerSize returns where the first empty line ends, 0 if there is none.
func headerSize(b []byte) int {
	lf := bytes.Index(b, []byte("\n\n"))
	if lf < 0 {
		lf = len(b)
	}
	if crlf := bytes.Index(b[:lf], []byte("\n\r\n")); crlf >= 0 {
		return crlf + 3
	}
	if lf == len(b) {
		return 0
	}
	return lf + 2
}

// skip passes over the rest of a mail that was too long.
func (s *splitter) skip() {
	s.skipping = false
	for {
		n, ok, more := separator(s.buf[s.from:], 1, s.err != nil)
		if ok {
			s.advance(s.from + n)
			return
		}
		if s.err != nil {
			s.advance(len(s.buf))
			return
		}
		if more > 8 { // keep the end of the line before
			s.advance(s.from + more - 4)
		}
		s.fill()
	}
}

// unescape undoes what mboxo and mboxrd do to lines of a body that begin with
// From, in place. In mboxo a line that began with >From was not escaped and
// loses its sign: no reader can know.
func unescape(b []byte) []byte {
	at := bytes.Index(b, []byte(">From "))
	if at < 0 {
		return b
	}
	body := headerSize(b)
	if body == 0 {
		return b
	}
	to := 0
	from := 0
	for pos := max(at, body); ; {
		i := bytes.Index(b[pos:], []byte(">From "))
		if i < 0 {
			break
		}
		end := pos + i
		start := end
		for start > 0 && b[start-1] == '>' {
			start--
		}
		pos = end + 6
		if start > 0 && b[start-1] != '\n' {
			continue
		}
		to += copy(b[to:], b[from:end])
		from = end + 1
	}
	if from == 0 {
		return b
	}
	to += copy(b[to:], b[from:])
	return b[:to]
}
