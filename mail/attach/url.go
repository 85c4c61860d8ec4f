package attach

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// urlsIn gives at most limit web addresses that stand in a text.
func urlsIn(text string, limit int) []string {
	var list []string
	for len(list) < limit {
		i := strings.Index(text, "://")
		if i < 0 {
			return list
		}
		start := i
		for start > 0 && i-start < 5 && (text[start-1]|0x20 >= 'a' && text[start-1]|0x20 <= 'z') {
			start--
		}
		scheme := strings.ToLower(text[start:i])
		end := i + 3
		for end < len(text) && end-start < maxLinkBytes && !strings.ContainsRune(" \t\r\n\"'<>\\^`{}|", rune(text[end])) && text[end] > 0x20 {
			end++
		}
		for _, known := range []string{"https", "http", "ftp"} {
			if strings.HasSuffix(scheme, known) {
				u := strings.TrimRight(text[i-len(known):end], ".,;:!?)]*")
				if len(u) > len(known)+4 {
					list = append(list, u)
				}
				break
			}
		}
		text = text[max(end, i+3):]
	}
	return list
}

// asUTF8 turns UTF-16 with a byte order mark into UTF-8; anything else stays.
func asUTF8(b []byte) []byte {
	switch {
	case len(b) >= 2 && b[0] == 0xff && b[1] == 0xfe:
		return utf16Text(b[2:min(len(b), maxSearch)], false)
	case len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff:
		return utf16Text(b[2:min(len(b), maxSearch)], true)
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
}

// keepCharset lets XML in other charsets through: the marks looked for are ASCII.
func keepCharset(charset string, r io.Reader) (io.Reader, error) {
	if len(charset) > 40 {
		return nil, fmt.Errorf("charset name of %d bytes", len(charset))
	}
	return r, nil
}
