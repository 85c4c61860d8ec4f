package ledger

import "slices"

// MailDaysBefore returns on how many days before that of t the organisation
// has any mail.
func (v *View) MailDaysBefore(t int64) int {
	n, _ := slices.BinarySearch(v.mail.days, int32(floorDiv(t, dayMillis)))
	return n
}

// DaysKnown returns on how many distinct days before that of t a trait was
// seen, at most 16. It reports false where that is not remembered, which is no
// reason to take it for new.
func (v *View) DaysKnown(t Trait, value string, at int64) (int, bool) {
	key := TraitKey(t, value)
	if key == 0 || !v.l.habits.keeps(key) {
		return 0, false
	}
	h := v.l.habits.find(key, v.l)
	if h == nil {
		return 0, true
	}
	n, _ := slices.BinarySearch(h.days[:h.n], int32(floorDiv(at, dayMillis)))
	return n, true
}

// EachTrait calls f with the hash ([TraitKey]) of every value of a trait and
// when it was first seen, in no order.
func (v *View) EachTrait(t Trait, f func(key uint64, first int64)) {
	v.l.habits.rows.each(func(_ uint32, h *habit) {
		if h.trait == t {
			f(h.key, h.first)
		}
	})
}

func (v *View) before(key uint64, t int64) (yes, known bool) {
	if !v.l.onces.keeps(key) {
		return false, false
	}
	o := v.l.onces.find(key, v.l)
	return o != nil && o.first < t, true
}

// WroteTo reports whether the organisation wrote to the address before t.
func (v *View) WroteTo(address string, t int64) bool {
	yes, _ := v.before(contactKey(address), t)
	return yes
}

// NewTowards returns to what share of the recipients, 0 to 1, an internal
// sender had not written before t.
func (v *View) NewTowards(from string, to []string, t int64) float64 {
	if len(to) == 0 {
		return 0
	}
	fresh := 0
	for _, rcpt := range to {
		if yes, known := v.before(towardsKey(from, rcpt), t); known && !yes {
			fresh++
		}
	}
	return float64(fresh) / float64(len(to))
}

// Thread says of the mails that a mail refers to whether any was known before
// t, and whether somebody of the domain took part in it or in one of them.
func (v *View) Thread(threads []uint64, domain string, t int64) (known, tookPart bool) {
	for _, th := range threads {
		if yes, kept := v.before(threadKey(th), t); yes || !kept {
			known = known || yes
			party, kept := v.before(partyKey(th, domain), t)
			tookPart = tookPart || party || !kept
		}
	}
	return known, tookPart
}
