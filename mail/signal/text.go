package signal

import (
	"strings"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/lure"
)

// lures notes what the mail wants, by the vocabularies of mail/lure on what the
// reader sees: the subject and the text.
func (x *exam) lures() {
	hits := x.e.Lures.Match(Fold(cut(x.m.Subject, mail.MaxSubject))+"\n"+x.folded, x.f.Language)
	first := map[string]string{}
	for _, h := range hits {
		if first[h.Pack] == "" {
			first[h.Pack] = h.Phrase
		}
	}
	scores := lure.Scores(hits)
	for _, d := range Defs() { // in the order of the list
		if pack, ok := strings.CutPrefix(d.ID, "lure_"); ok && scores[pack] > 0 {
			x.note(d.ID, scores[pack], first[pack])
		}
	}
	if m := moneyIn(x.lower); m != "" {
		x.note("money_amount", 1, m)
	}
	if m := walletIn(x.text()); m != "" {
		x.note("wallet_address", 1, m)
	}
	// That a code is to be typed in is also how second factors are asked for:
	// words that say so count in invitations only.
	if scores["device_code"] >= .6 || scores["device_code"] > 0 && scores["meeting"] > 0 {
		x.note("device_code", scores["device_code"], first["device_code"])
	}
	for _, page := range deviceLogins {
		if strings.Contains(x.lower, page) {
			x.note("device_code", 1, page)
			break
		}
	}
}
