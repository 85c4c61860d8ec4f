package input

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// encoding is how a text is stored.
type encoding struct {
	mark   int // bytes of the byte order mark
	utf16  bool
	endian unicode.Endianness
}

// findEncoding looks at the byte order mark, else at the bytes. The error is a
// *[BinaryError]. A text in an eight-bit code is taken as it is: what such logs
// have outside of ASCII is names of services and sentences, not accounts.
func findEncoding(head []byte) (encoding, error) {
	if isEventLog(head) || isOutlookMessage(head) || isGitPack(head) {
		return encoding{}, nil
	}
	if err := knownBinary(head); err != nil {
		return encoding{}, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")):
		return encoding{}, &BinaryError{"text in UTF-32", "convert it to UTF-8"}
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return encoding{mark: 3}, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return encoding{mark: 2, utf16: true, endian: unicode.LittleEndian}, nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return encoding{mark: 2, utf16: true, endian: unicode.BigEndian}, nil
	case isMail(head):
		return encoding{}, nil
	}
	var zeros [2]int // at even and odd places
	controls := 0
	for i, b := range head {
		switch {
		case b == 0:
			zeros[i%2]++
		case b < ' ' && (b < '\t' || b > '\r') && b != '\x1b': // colours
			controls++
		}
	}
	half := len(head) / 2
	switch {
	// Log text is mostly ASCII, of which UTF-16 has every second byte zero.
	case zeros[1] > half*3/4 && zeros[0] <= half/16:
		return encoding{utf16: true, endian: unicode.LittleEndian}, nil
	case zeros[0] > half*3/4 && zeros[1] <= half/16:
		return encoding{utf16: true, endian: unicode.BigEndian}, nil
	// A crash leaves blocks of zeros in a log, so some are no sign.
	case zeros[0]+zeros[1] > len(head)/2, controls > max(8, len(head)/20):
		return encoding{}, &BinaryError{What: "not a text"}
	}
	return encoding{}, nil
}

// reader returns the text as UTF-8 without the mark. Lines stay lines, and
// halves of surrogate pairs become U+FFFD.
func (e encoding) reader(raw *bufio.Reader) *bufio.Reader {
	raw.Discard(e.mark)
	if !e.utf16 {
		return raw
	}
	decoder := unicode.UTF16(e.endian, unicode.IgnoreBOM).NewDecoder()
	return bufio.NewReaderSize(transform.NewReader(raw, decoder), window)
}

// tail returns the end of a stored text as UTF-8.
func (e encoding) tail(stored *io.SectionReader) []byte {
	length := min(int64(window), stored.Size()-int64(e.mark))
	if e.utf16 {
		length = min(2*window, stored.Size()-int64(e.mark)) &^ 1
	}
	if length <= 0 {
		return nil
	}
	from := stored.Size() - length
	if e.utf16 {
		from &^= 1 // the last byte of an odd number is no character
	}
	text := make([]byte, stored.Size()-from)
	n, _ := stored.ReadAt(text, from)
	text = text[:n]
	if e.utf16 {
		text, _ = unicode.UTF16(e.endian, unicode.IgnoreBOM).NewDecoder().Bytes(text)
		text = text[max(0, len(text)-window):]
	}
	return text
}
