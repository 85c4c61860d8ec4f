package mail

import (
	"bytes"
	"errors"
	"io"
	"iter"
)

var eml = Format{
	Name:  "eml",
	Title: "One mail (.eml, .emlx, a file of a maildir)",
	Doc:   "A mail as it was sent (RFC 5322): saved or forwarded as .eml, a file of a maildir, an Apple Mail .emlx.",
	Blind: "What became of it: whether it was moved away later, opened, clicked. A copy that a person saved may lack the topmost Received and Authentication-Results fields.",
	Sniff: sniffEML,
	Decode: func(r io.Reader, opt Options) iter.Seq2[Item, error] {
		return func(yield func(Item, error) bool) {
			raw, cut, err := readMail(r)
			if err != nil {
				yield(Item{}, err)
				return
			}
			raw, line, offset := stripEnvelope(raw)
			if len(bytes.TrimSpace(raw)) == 0 {
				yield(Item{}, &RecordError{Line: max(1, opt.Line), Err: errEmpty})
				return
			}
			m := newParser().parse(raw, cut)
			m.Format = "eml"
			m.Line, m.Offset = max(1, opt.Line)+line, opt.Offset+offset
			yield(Item{Message: m}, nil)
		}
	},
}

var errEmpty = errors.New("no mail in it")

// readMail reads r up to the size of one mail.
func readMail(r io.Reader) (raw []byte, cut bool, err error) {
	raw = make([]byte, 0, 16<<10)
	for {
		if len(raw) == cap(raw) {
			if len(raw) >= MaxRaw {
				var one [1]byte
				n, err := io.ReadFull(r, one[:])
				if err == io.EOF {
					err = nil
				}
				return raw, n > 0, err
			}
			raw = append(make([]byte, 0, grown(cap(raw))), raw...)
		}
		n, err := r.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if err == io.EOF {
			return raw, false, nil
		}
		if err != nil {
			return raw, false, err
		}
	}
}

// grown is the next size of a buffer for a mail. A long mail gets all the room
// there is at once: memory that is not touched costs nothing, copies do.
func grown(size int) int {
	if size >= 4<<20 {
		return MaxRaw
	}
	return 4 * size
}

// stripEnvelope drops what mail stores put before and behind a mail: a byte
// order mark, empty lines, the separator of an mbox, the length and the
// property list of an emlx.
func stripEnvelope(b []byte) (mail []byte, lines, offset int64) {
	whole := b
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	for len(b) > 0 && (b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	if n, rest, ok := emlxLength(b); ok {
		b = rest[:min(n, len(rest))]
	}
	if line, _, ok := bytes.Cut(b[:min(len(b), 1000)], []byte("\n")); ok &&
		(bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))) {
		b = b[len(line)+1:]
	}
	offset = int64(cap(whole) - cap(b))
	return b, int64(bytes.Count(whole[:offset], []byte("\n"))), offset
}

// emlxLength reads the first line of an emlx: the length of the mail, which
// Apple Mail pads with blanks.
func emlxLength(b []byte) (n int, rest []byte, ok bool) {
	line, rest, ok := bytes.Cut(b, []byte("\n"))
	if !ok || len(line) > 24 {
		return 0, nil, false
	}
	n, digits := number(string(bytes.TrimSpace(line)))
	if digits == 0 || digits > 9 || digits != len(bytes.TrimSpace(line)) {
		return 0, nil, false
	}
	if digits > 6 {
		n = 0
		for _, c := range bytes.TrimSpace(line) {
			n = n*10 + int(c-'0')
		}
	}
	return n, rest, looksLikeMail(rest) > 0
}

func sniffEML(head []byte) int {
	b, _, _ := stripEnvelope(head)
	return looksLikeMail(b)
}

// looksLikeMail is how sure it is that b begins with a mail's header: by fields
// that mails have and nothing else, before the first empty line.
func looksLikeMail(b []byte) int {
	known, strange, lines := 0, 0, 0
	own := false // one that only mails have
	for len(b) > 0 && lines < 200 {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		b = rest
		lines++
		line = bytes.TrimRight(line, "\r")
		switch n := nameLength(line); {
		case len(line) == 0:
			b = nil
		case line[0] == ' ' || line[0] == '\t':
			if lines == 1 {
				strange++
			}
		case n == 0:
			if whole {
				strange++
			}
		case telling(line[:n]):
			known++
			own = own || isOwn(line[:n])
		}
	}
	switch {
	case !own, strange > 1+known/3:
		return 0
	case known >= 3 && strange == 0:
		return 90
	case known >= 2:
		return 60
	case known == 1 && lines >= 2 && strange == 0:
		return 20
	}
	return 0
}

// isOwn reports whether a field is one that other texts of this form, such as
// the headers of HTTP, do not have.
func isOwn(name []byte) bool {
	for _, n := range [...]string{"from", "to", "subject", "message-id", "received", "return-path", "delivered-to", "mime-version"} {
		if isName(string(name), n) {
			return true
		}
	}
	return false
}

// telling reports whether a field's name tells a mail.
func telling(name []byte) bool {
	for _, n := range [...]string{
		"from", "to", "subject", "date", "message-id", "received", "return-path", "delivered-to", "mime-version",
		"content-type", "reply-to", "dkim-signature", "authentication-results", "received-spf", "sender", "cc",
		"x-original-to", "list-id", "list-unsubscribe", "x-mailer", "content-transfer-encoding", "in-reply-to", "references",
		"arc-seal", "x-received", "x-gm-thrid", "x-mozilla-status", "x-apparently-to",
	} {
		if len(name) == len(n) && isName(string(name), n) {
			return true
		}
	}
	return false
}
