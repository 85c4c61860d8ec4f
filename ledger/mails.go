package ledger

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// copyFact is what one record says of a mail and one recipient.
type copyFact struct {
	Recipient string // "" where the record names none
	NetworkID string
	Delivery  mail.Delivery
}

// actFact is a mail.Act without its place.
type actFact struct {
	Kind      mail.ActKind
	Account   string
	MessageID string
	NetworkID string
	URL       string
	Addr      netip.Addr
	Delivery  mail.Delivery
	Detail    string
}

// AddMail remembers what was found in one mail, which is of the organisation.
// Of an outbound mail the recipients are those to whom it went, whosesoever
// they are. A notable mail is one that may matter by itself: it is forgotten
// last. Neither f nor its strings are kept.
//
// What is remembered, beside the facts: on which days sender, name, links and
// reply address were seen; to whom the organisation wrote; who took part in
// which thread. Mail that was refused, junked or taken away, or that fails
// DMARC, makes nobody familiar: whoever is kept out does not become known by
// knocking.
func (l *Ledger) AddMail(f *mail.Facts, notable bool) {
	if f.Time.IsZero() {
		return
	}
	l.mailHours.add(f.Time.Unix())
	at, file, line := f.Time.UnixMilli(), l.files.at(f.File), uint32(min(f.Line, 1<<32-1))

	shared := *f
	shared.File, shared.Line, shared.Time, shared.Key = "", 0, time.Time{}, 0
	shared.Recipients, shared.NetworkID, shared.Delivery = nil, "", mail.DeliveryUnknown
	text := pack(nil, &shared)
	variant := uint64(f.Evidence) << 1
	if Partial(f) {
		variant = xxhash.Sum64(text) | partialBit // each row of such a table says something else
	}
	l.addSlip(&l.mails, slip{f.Key, identity(variant, notable), at, file, line, notable, text})
	to := f.Recipients
	if len(to) == 0 {
		to = []string{""}
	}
	for _, rcpt := range to[:min(len(to), mail.MaxRecipients)] {
		c := copyFact{rcpt, f.NetworkID, f.Delivery}
		text = pack(text[:0], &c)
		l.addSlip(&l.copies, slip{f.Key, identity(xxhash.Sum64(text), notable), at, file, line, notable, text})
	}
	if !Partial(f) {
		l.becomeFamiliar(f, at)
	}
}

// AddAct remembers one record of what happened to a mail after it came.
func (l *Ledger) AddAct(a *mail.Act) {
	if a.Time.IsZero() {
		return
	}
	switch a.Kind {
	case mail.ClickAllowed, mail.ClickBlocked, mail.ClickThrough:
		l.clickHours.add(a.Time.Unix())
	}
	fact := actFact{a.Kind, a.Account, a.MessageID, a.NetworkID, a.URL, a.Addr, a.Delivery, a.Detail}
	text := pack(nil, &fact)
	at := a.Time.UnixMilli()
	key := xxhash.Sum64(binary.LittleEndian.AppendUint64(slices.Clone(text), uint64(at)))
	l.addSlip(&l.mailActs, slip{key, 0, at, l.files.at(a.File), uint32(min(a.Line, 1<<32-1)), false, text})
}

// partialBit marks the variants of partial readings; those of others are the
// mail.Evidence they rest on, shifted by the bit of identity.
const partialBit = 1 << 63

// Partial reports whether facts are of a record that says one thing of a mail
// (a link, an attachment) and not who sent it: they join the mail with the
// same NetworkID.
func Partial(f *mail.Facts) bool { return f.From.Email == "" && f.NetworkID != "" && f.MessageID == "" }

// EachPartial calls f with the facts of every record that says one thing of a
// mail and was remembered here, in no order.
func (l *Ledger) EachPartial(f func(*mail.Facts)) {
	networks := map[uint64]string{}
	l.copies.rows.each(func(_ uint32, x *slip) {
		var c copyFact
		if unpack(x.text, &c) == nil && c.NetworkID != "" {
			networks[x.key] = c.NetworkID
		}
	})
	l.mails.rows.each(func(_ uint32, x *slip) {
		var facts mail.Facts
		if x.variant&partialBit == 0 || networks[x.key] == "" || unpack(x.text, &facts) != nil {
			return
		}
		facts.Key, facts.NetworkID, facts.Time = x.key, networks[x.key], time.UnixMilli(x.at).UTC()
		facts.File, facts.Line = l.files.list[x.file], int64(x.line)
		f(&facts)
	})
}

// EachNetwork calls f with every gateway's id of a mail, in no order and some
// of them several times.
func (l *Ledger) EachNetwork(f func(id string)) {
	l.copies.rows.each(func(_ uint32, x *slip) {
		var c copyFact
		if unpack(x.text, &c) == nil && c.NetworkID != "" {
			f(c.NetworkID)
		}
	})
}

func (l *Ledger) addSlip(to *slips, x slip) {
	if !to.keeps(x.key, x.notable) {
		return
	}
	before := to.size()
	to.put(x, l)
	if to.size() != before {
		l.pool.grown(l, to)
	}
}

// becomeFamiliar notes what a mail makes known, with the time from which on.
func (l *Ledger) becomeFamiliar(f *mail.Facts, at int64) {
	if f.Delivery != mail.DeliveryUnknown && f.Delivery != mail.Delivered || f.Auth.DMARC == mail.AuthFail && !f.Auth.Aligned {
		return
	}
	from := strings.ToLower(f.From.Email)
	see := func(t Trait, value string) {
		key := TraitKey(t, value)
		if key == 0 {
			return
		}
		day := int32(floorDiv(at, dayMillis))
		h := habit{key: key, first: at, last: day, n: 1, trait: t}
		h.days[0] = day
		l.habits.add(h, l)
	}
	see(TraitSender, from)
	see(TraitDomain, f.Domain)
	see(TraitName, FoldName(f.From.Name))
	see(TraitPair, PairOf(f.From.Name, from))
	see(TraitReplyTo, f.ReplyTo)
	for i, link := range f.Links {
		if !slices.ContainsFunc(f.Links[:i], func(x mail.Link) bool { return x.Host == link.Host }) {
			see(TraitLink, link.Host)
		}
	}

	parties := []string{f.Domain}
	switch f.Direction {
	case mail.Outbound:
		for _, to := range f.Recipients {
			l.seeOnce(contactKey(to), at)
			if d := org.HostDomain(org.AccountDomain(to)); !slices.Contains(parties, d) {
				parties = append(parties, d)
			}
		}
	case mail.Internal:
		for _, to := range f.Recipients {
			l.seeOnce(towardsKey(from, to), at)
		}
	}
	threads := f.Threads
	if f.MessageID != "" {
		own := mail.HashID(f.MessageID)
		l.seeOnce(threadKey(own), at)
		threads = append(slices.Clone(threads), own)
	}
	for _, thread := range threads {
		for _, p := range parties {
			l.seeOnce(partyKey(thread, p), at)
		}
	}
}

func (l *Ledger) seeOnce(key uint64, at int64) { l.onces.add(once{key, at}, l) }

func number(x uint64) string { return string(binary.LittleEndian.AppendUint64(nil, x)) }

func contactKey(to string) uint64       { return signin.Key("contact", to) }
func towardsKey(from, to string) uint64 { return signin.Key("towards", from, to) }
func threadKey(thread uint64) uint64    { return signin.Key("thread", number(thread)) }
func partyKey(thread uint64, domain string) uint64 {
	return signin.Key("party", number(thread), domain)
}

// FoldName is a display name as names are compared: lower case, single spaces,
// no quotes.
func FoldName(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))), " ")
}

// PairOf is a name with an address, as they are remembered together; "" where
// there is no name.
func PairOf(name, address string) string {
	if name = FoldName(name); name == "" {
		return ""
	}
	return name + "\x00" + address
}
