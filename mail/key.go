package mail

import (
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Key returns the hash that all copies of a mail and all records of it share:
// of its Message-ID with sender and subject, because whoever writes a mail
// may give it another's Message-ID. A mail without one is known by its date,
// a record that has neither by the gateway's id.
func Key(m *Message) uint64 {
	from := ""
	if len(m.From) > 0 {
		from = strings.ToLower(m.From[0].Email)
	}
	switch {
	case m.MessageID != "":
		return hash("id", m.MessageID, from, strings.TrimSpace(m.Subject))
	case m.NetworkID != "":
		return hash("network", m.NetworkID)
	}
	return hash("date", m.Time.UTC().String(), from, strings.TrimSpace(m.Subject))
}

// HashID returns the hash of a Message-ID, without angle brackets, by which
// threads are known.
func HashID(id string) uint64 {
	return hash("thread", strings.Trim(strings.TrimSpace(id), "<>"))
}

// hash is xxHash64 of the parts, the same on every machine; never 0.
func hash(parts ...string) uint64 {
	var d xxhash.Digest
	d.Reset()
	for _, p := range parts {
		_, _ = d.WriteString(p)
		_, _ = d.Write([]byte{0}) // so that ("ab","c") and ("a","bc") differ
	}
	if k := d.Sum64(); k != 0 {
		return k
	}
	return 1
}
