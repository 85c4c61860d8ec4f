package signal

import (
	"strings"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/lure"
)

// lures notes what the mail wants, by the vocabularies of mail/lure on what the
// reader sees: the subject and the text.
func (x *exam) lures() {
	folded := Fold(cut(x.m.Subject, mail.MaxSubject)) + "\n" + x.folded
	hits := x.e.Lures.Match(folded, x.f.Language)
	first := map[string]string{}
	for _, h := range hits {
		if first[h.Pack] == "" {
			first[h.Pack] = said(h.Phrase, folded)
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

// said writes a phrase of a vocabulary as it stands in a folded text, for
// people: of its alternatives the longest that is there.
func said(phrase, folded string) string {
	var out []string
	for part := range strings.SplitSeq(phrase, "*") {
		var b strings.Builder
		for rest := strings.TrimSpace(part); rest != ""; {
			before, after, ok := strings.Cut(rest, "(")
			b.WriteString(before)
			if !ok {
				break
			}
			choices, tail, _ := strings.Cut(after, ")")
			best, found := "", false
			for c := range strings.SplitSeq(choices, "|") {
				there := strings.Contains(folded, strings.TrimSpace(Fold(strings.TrimSuffix(c, "+"))))
				if there && (!found || len(c) > len(best)) || best == "" && !found {
					best, found = c, there
				}
			}
			b.WriteString(best)
			rest = tail
		}
		out = append(out, strings.TrimSpace(strings.ReplaceAll(b.String(), "+", "…")))
	}
	return strings.Join(out, " … ")
}
