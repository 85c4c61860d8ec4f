package input

import (
	"bytes"
	"encoding/binary"
	"io/fs"
)

// isOutlookMessage reports whether a compound file ([MS-CFB]) is a message and
// not an old Office document: by the name of a stream that only messages have.
// The directory with the names may lie behind the head; then it may be one, and
// whoever reads it will see.
func isOutlookMessage(head []byte) bool {
	if len(head) < 512 || !bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return false
	}
	const name = "_\x00_\x00p\x00r\x00o\x00p\x00e\x00r\x00t\x00i\x00e\x00s\x00_\x00v\x00e\x00r\x00s\x00i\x00o\x00n\x00" // __properties_version
	if bytes.Contains(head, []byte(name)) {
		return true
	}
	sector := uint(binary.LittleEndian.Uint16(head[30:])) & 15
	return (int64(binary.LittleEndian.Uint32(head[48:]))+1)<<sector >= window
}

// isMail reports whether a text begins with a mail's header or the separator of
// a mailbox. What follows may be in any code, and even binary (RFC 3030), so it
// must not be guessed at.
func isMail(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n")
	found := 0
	for lines := 0; lines < 60 && len(head) > 0; lines++ {
		line, rest, _ := bytes.Cut(head, []byte{'\n'})
		head = rest
		name, _, ok := bytes.Cut(line, []byte{':'})
		switch {
		case lines == 0 && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))):
		case lines == 0 && len(bytes.TrimSpace(line)) > 0 && len(bytes.Trim(line, "0123456789 \r")) == 0: // length in an emlx
		case len(line) == 0 || len(line) == 1 && line[0] == '\r':
			return found >= 2
		case line[0] == ' ' || line[0] == '\t':
		case !ok || bytes.ContainsAny(name, "\x00\"{<"):
			return found >= 3
		default:
			for _, n := range [...]string{
				"from", "to", "subject", "date", "received", "return-path", "message-id", "mime-version",
				"content-type", "delivered-to", "dkim-signature", "authentication-results",
			} {
				if len(name) == len(n) && bytes.EqualFold(name, []byte(n)) {
					found++
				}
			}
		}
	}
	return found >= 2
}

// isMaildir reports whether a directory is a maildir: its mails lie in cur and
// new, and the files beside them are indexes and settings of the server. Those
// are no more worth a word than the file system's own, and what lies in tmp is
// not yet delivered.
func isMaildir(entries []fs.DirEntry) bool {
	found := 0
	for _, e := range entries {
		if e.IsDir() && (e.Name() == "cur" || e.Name() == "new" || e.Name() == "tmp") {
			found++
		}
	}
	return found == 3
}

// isGitRepository reports whether a directory is the inside of a git repository
// (gitrepository-layout(5)): .git, or the whole of a bare one.
func isGitRepository(entries []fs.DirEntry) bool {
	found := 0
	for _, e := range entries {
		if e.IsDir() && (e.Name() == "objects" || e.Name() == "refs") || !e.IsDir() && e.Name() == "HEAD" {
			found++
		}
	}
	return found == 3
}

// isGitPack reports whether a file is a pack of a git repository: archives of
// public-inbox keep their mails in these.
func isGitPack(head []byte) bool { return bytes.HasPrefix(head, []byte("PACK\x00\x00\x00\x02")) }
