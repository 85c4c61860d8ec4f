package leak

import (
	"strings"

	"github.com/pumphandle/pumphandle/outcome"
)

// FromTargets returns what in mail points at who got it: the recipients, who
// may have addresses of domains that no organisation declares, and the
// Message-IDs by which a mail is found in their logs. Subjects are not among
// it: attackers choose them, and whoever chose a sentence of the public edition
// could keep it from being published.
func FromTargets(targets []outcome.Target) []Identifier {
	var ids []Identifier
	seen := map[Identifier]bool{}
	add := func(id Identifier) {
		if len(id.Text) >= 8 && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, t := range targets {
		if len(t.Mails) == 0 {
			continue
		}
		for _, a := range t.Accounts {
			if strings.Contains(a.Account, "@") {
				add(Identifier{Text: a.Account, Kind: Mailbox, Org: t.Org})
			}
		}
		for _, m := range t.Mails {
			if strings.Contains(m.MessageID, "@") {
				add(Identifier{Text: m.MessageID, Kind: MessageID, Org: t.Org})
			}
		}
	}
	return ids
}
