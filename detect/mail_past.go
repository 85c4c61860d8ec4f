package detect

import (
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
)

// MailPast returns what says of a mail that is in no scene what an organisation
// knew when it came. Somebody asks about this one mail, so it needs no place
// in the daily budget.
func MailPast(scenes []*Scene) func(id org.ID, f *mail.Facts) signal.History {
	domains := pooled(scenes, ledger.TraitDomain)
	at := map[org.ID]int{}
	for k, s := range scenes {
		at[s.Org] = k
	}
	return func(id org.ID, f *mail.Facts) signal.History {
		k, known := at[id]
		if !known || f.Time.IsZero() {
			return signal.History{}
		}
		h := scenes[k].history(f)
		h.Elsewhere = domains.others(ledger.TraitKey(ledger.TraitDomain, f.Domain), k, f.Time.UnixMilli())
		h.InBudget = h.Days > 0
		return h
	}
}
