package mail

import (
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Key is the mail's identity: all copies of one mail, in whatever mailboxes and
// records, share it. Attackers choose Message-IDs and reuse them, so sender and
// time are in it, too. A gateway's record without a Message-ID goes by its own
// id.
func Key(messageID, networkID, from string, at time.Time) uint64 {
	id := messageID
	if id == "" {
		id = "\x00" + networkID
	}
	d := xxhash.New()
	d.WriteString(id)
	d.WriteString("\x00")
	d.WriteString(strings.ToLower(from))
	d.WriteString("\x00")
	if messageID == "" && networkID == "" {
		d.WriteString(at.UTC().Format(time.RFC3339))
	}
	return d.Sum64()
}

// HashID is a Message-ID as [Facts].Threads keeps it.
func HashID(messageID string) uint64 { return xxhash.Sum64String(messageID) }
