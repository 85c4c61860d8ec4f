package notify

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Everything that somebody else wrote, attackers first, enters the document
// as a value of one of these two types. A template that prints one gets it
// between two marks, which no such text can hold, so that each renderer sees
// where it begins and ends and can make it inert in its own way.

// foreign is a name or value that is quoted as it is: an account, a client, a
// file name, an event id.
type foreign string

// prose is a sentence with foreign words in it. Words that are only letters
// and digits stay as they are, all others are quoted.
type prose string

const (
	quoteBegin = '\x02'
	quoteEnd   = '\x03'
)

// maxForeign is how many characters of a foreign text are shown: more than
// the longest mail address (RFC 5321 4.5.3.1).
const maxForeign = 320

func (f foreign) String() string {
	if f == "" {
		return ""
	}
	return string(quoteBegin) + Inert(clip(string(f), maxForeign)) + string(quoteEnd)
}

func (p prose) String() string {
	words := strings.Fields(Inert(clip(string(p), 4*maxForeign)))
	for i, w := range words {
		core := strings.TrimRight(w, ".,;:)")
		head := strings.TrimLeft(core, "(")
		if strings.ContainsFunc(head, notPlain) || strings.HasPrefix(head, "-") || head == "+" {
			words[i] = core[:len(core)-len(head)] + string(quoteBegin) + head + string(quoteEnd) + w[len(core):]
		}
	}
	return strings.Join(words, " ")
}

// notPlain reports whether a character could be markup, or part of a link.
func notPlain(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-+'’", r)
}

// Inert makes text typed by others harmless in a document: what cannot be
// seen or changes how the rest is seen (control characters, escape sequences,
// marks of writing direction, invisible characters: CWE-150, CVE-2021-42574)
// is shown by its number, every space is a plain one, and an address that
// mail programs would turn into a link is broken as is usual (http[:]//).
func Inert(s string) string {
	if strings.ContainsFunc(s, unseen) || !utf8.ValidString(s) {
		var b strings.Builder
		for _, r := range s {
			switch {
			case unicode.IsSpace(r):
				b.WriteByte(' ')
			case unseen(r):
				fmt.Fprintf(&b, "<U+%04X>", r)
			default:
				b.WriteRune(r)
			}
		}
		s = b.String()
	}
	return www.ReplaceAllString(strings.ReplaceAll(s, "://", "[:]//"), "${1}[.]")
}

var www = regexp.MustCompile(`(?i)\b(www)\.`)

// unseen reports whether a character must not be shown as it is. Of spaces
// only the plain one may be.
func unseen(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if r := []rune(s[:min(len(s), 4*n+4)]); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
