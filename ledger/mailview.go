package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/mail"
)

// mailIndex makes the facts of mails ready for judgement. Mails themselves
// stay packed: there may be millions.
type mailIndex struct {
	mails    []mailAt          // by time
	readings []uint32          // slips of l.mails, those of one mail together, the richest first
	copies   []uint32          // slips of l.copies, by mail
	byKey    map[uint64]uint32 // mails
	acts     []uint32          // slips of l.mailActs, by time
	actsOf   map[uint64][]uint32
	days     []int32 // with any mail, ascending
}

// mailAt is where the readings and copies of a mail lie.
type mailAt struct {
	at                int64
	key               uint64
	reading, readings uint32
	copy, copies      uint32
	extra             []uint32 // partial readings joined by the gateway's id
}

// Copy is what became of a mail at one recipient.
type Copy struct {
	Recipient string // "" where no record names one
	Delivery  mail.Delivery
	Ref       Ref // of the record that says how far it came
	networks  []string
}

// MailAct is one act on a mail.
type MailAct struct {
	mail.Act
	Key uint64
}

func (v *View) indexMails() {
	l, x := v.l, &v.mail
	if l.mails.rows.n == 0 {
		return
	}
	v.byName = make(map[string]uint32, v.Accounts())
	for a := range uint32(v.Accounts()) {
		v.byName[strings.ToLower(v.Account(a).String())] = a
	}
	x.byKey = map[uint64]uint32{}
	byMail := func(s *slips, better func(a, b *slip) int) []uint32 {
		order := make([]uint32, s.rows.n)
		for i := range order {
			order[i] = uint32(i)
		}
		slices.SortFunc(order, func(i, j uint32) int {
			a, b := s.rows.at(i), s.rows.at(j)
			return cmp.Or(cmp.Compare(a.key, b.key), better(a, b), cmp.Compare(a.at, b.at), cmp.Compare(a.variant, b.variant))
		})
		return order
	}
	// A reading with more evidence first: it is what the mail is taken to be.
	readings := byMail(&l.mails, func(a, b *slip) int { return cmp.Compare(evidenceOf(b), evidenceOf(a)) })
	x.copies = byMail(&l.copies, func(a, b *slip) int { return 0 })
	x.readings = readings
	partial := map[uint64][]uint32{} // by mail key
	next := 0
	for from := 0; from < len(readings); {
		to := from + 1
		first := l.mails.rows.at(readings[from])
		at := first.at
		for to < len(readings) && l.mails.rows.at(readings[to]).key == first.key {
			at = min(at, l.mails.rows.at(readings[to]).at)
			to++
		}
		m := mailAt{at: at, key: first.key, reading: uint32(from), readings: uint32(to - from)}
		for next < len(x.copies) && l.copies.rows.at(x.copies[next]).key < first.key {
			next++ // of a mail that is forgotten
		}
		m.copy = uint32(next)
		for next < len(x.copies) && l.copies.rows.at(x.copies[next]).key == first.key {
			next++
		}
		m.copies = uint32(next) - m.copy
		if first.variant&partialBit != 0 && v.networkOf(m) != "" {
			partial[first.key] = readings[from:to]
		}
		x.mails = append(x.mails, m) // a partial one goes again if it finds its mail
		from = to
	}
	v.joinPartial(partial)
	slices.SortFunc(x.mails, func(a, b mailAt) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.key, b.key)) })
	for i, m := range x.mails {
		x.byKey[m.key] = uint32(i)
	}
	for i, h := range l.mailHours.list() {
		if d := int32(floorDiv(int64(h), 24)); i == 0 || d != x.days[len(x.days)-1] {
			x.days = append(x.days, d)
		}
	}
	x.acts = l.mailActs.inOrder()
	v.indexActs()
}

// joinPartial gives the rows that say one thing of a mail to the mail that the
// gateway gave the same id.
func (v *View) joinPartial(partial map[uint64][]uint32) {
	if len(partial) == 0 {
		return
	}
	x := &v.mail
	whole := map[string]int{}
	for i, m := range x.mails {
		if partial[m.key] == nil {
			for _, n := range v.networksOf(m) {
				if _, taken := whole[n]; !taken {
					whole[n] = i
				}
			}
		}
	}
	for _, m := range x.mails {
		if rows := partial[m.key]; rows != nil {
			if i, ok := whole[v.networkOf(m)]; ok {
				x.mails[i].extra = append(x.mails[i].extra, rows...)
			}
		}
	}
	x.mails = slices.DeleteFunc(x.mails, func(m mailAt) bool {
		if partial[m.key] == nil {
			return false
		}
		_, joined := whole[v.networkOf(m)]
		return joined
	})
}

func (v *View) networksOf(m mailAt) (list []string) {
	for _, i := range v.mail.copies[m.copy : m.copy+m.copies] {
		var c copyFact
		if unpack(v.l.copies.rows.at(i).text, &c) == nil && c.NetworkID != "" && !slices.Contains(list, c.NetworkID) {
			list = append(list, c.NetworkID)
		}
	}
	slices.Sort(list)
	return list
}

func (v *View) networkOf(m mailAt) string {
	if list := v.networksOf(m); len(list) > 0 {
		return list[0]
	}
	return ""
}

// evidenceOf orders readings by how much they rest on, the body before all.
func evidenceOf(x *slip) uint64 {
	if x.variant&partialBit != 0 {
		return 0
	}
	e := x.variant >> 1
	if mail.Evidence(e)&mail.HasBody != 0 {
		e |= 1 << 10
	}
	return e
}

// clickedWithin is how long after a mail a click on a page to which it leads may
// be of it, where no id says so.
const clickedWithin = 14 * dayMillis

// Mails returns the number of mails.
func (v *View) Mails() int { return len(v.mail.mails) }

// MailKey returns the hash by which mail i is known in every ledger and every
// run.
func (v *View) MailKey(i int) uint64 { return v.mail.mails[i].key }

// MailTime returns when mail i came, milliseconds since 1970. Mails are in
// order of time.
func (v *View) MailTime(i int) int64 { return v.mail.mails[i].at }

// Mail returns the facts of mail i, from all that was read of it: the reading
// with most evidence, completed by the others. It is unpacked anew at each
// call. Recipients are those of all copies.
func (v *View) Mail(i int) *mail.Facts {
	m := v.mail.mails[i]
	f := &mail.Facts{}
	rows := v.mail.readings[m.reading : m.reading+m.readings]
	base := v.l.mails.rows.at(rows[0])
	_ = unpack(base.text, f) // checked when it was decoded
	f.Key, f.Time = m.key, time.UnixMilli(m.at).UTC()
	f.File, f.Line = v.l.files.list[base.file], int64(base.line)
	for _, k := range slices.Concat(rows[1:], m.extra) {
		var o mail.Facts
		if unpack(v.l.mails.rows.at(k).text, &o) == nil {
			complete(f, &o)
		}
	}
	for _, c := range v.Copies(i) {
		if c.Recipient != "" && len(f.Recipients) < mail.MaxRecipients {
			f.Recipients = append(f.Recipients, c.Recipient)
		}
		f.Delivery = max(f.Delivery, c.Delivery)
		for _, n := range c.networks {
			if f.NetworkID == "" || n < f.NetworkID {
				f.NetworkID = n
			}
		}
	}
	maskRecipients(f)
	return f
}

// maskRecipients takes the recipients' addresses out of the links: a record
// that has a link may not say to whom it went, and another that says it has the
// same link masked.
func maskRecipients(f *mail.Facts) {
	for i := range f.Links {
		url := f.Links[i].URL
		for _, to := range f.Recipients {
			if at := strings.Index(strings.ToLower(url), to); at >= 0 && at+len(to) <= len(url) {
				url = url[:at] + "{recipient}" + url[at+len(to):]
			}
		}
		f.Links[i].URL = url
	}
	if len(f.Links) > 1 {
		seen := map[string]bool{}
		f.Links = slices.DeleteFunc(f.Links, func(l mail.Link) bool {
			again := seen[l.URL]
			seen[l.URL] = true
			return again
		})
	}
}

// complete adds what another reading of the mail knows more.
func complete(f, o *mail.Facts) {
	f.Evidence |= o.Evidence
	f.More = max(f.More, o.More)
	if !f.SenderIP.IsValid() {
		f.SenderIP = o.SenderIP
	}
	if f.Direction == mail.DirectionUnknown {
		f.Direction = o.Direction
	}
	if f.Auth == (mail.Auth{}) {
		f.Auth = o.Auth
	}
	for _, link := range o.Links {
		if len(f.Links) < mail.MaxLinks && !slices.ContainsFunc(f.Links, func(x mail.Link) bool { return x.URL == link.URL }) {
			f.Links = append(f.Links, link)
		}
	}
	for _, file := range o.Files {
		same := func(x mail.File) bool { return x.SHA256 == file.SHA256 && (x.SHA256 != "" || x.Name == file.Name) }
		if len(f.Files) < mail.MaxFiles && !slices.ContainsFunc(f.Files, same) {
			f.Files = append(f.Files, file)
		}
	}
	for _, s := range o.Signals {
		if !slices.ContainsFunc(f.Signals, func(x mail.Signal) bool { return x.ID == s.ID }) {
			f.Signals = append(f.Signals, s)
		}
	}
}

// Copies returns what became of mail i at each recipient, by recipient. Of
// several records the one that saw it come furthest stands.
func (v *View) Copies(i int) []Copy {
	m := v.mail.mails[i]
	var out []Copy
	at := map[string]int{}
	for _, k := range v.mail.copies[m.copy : m.copy+m.copies] { // by time
		row := v.l.copies.rows.at(k)
		var c copyFact
		if unpack(row.text, &c) != nil {
			continue
		}
		n, seen := at[c.Recipient]
		if !seen {
			n = len(out)
			at[c.Recipient] = n
			out = append(out, Copy{Recipient: c.Recipient, Delivery: c.Delivery, Ref: v.slipRef(row)})
		}
		if c.Delivery > out[n].Delivery {
			out[n].Delivery, out[n].Ref = c.Delivery, v.slipRef(row)
		}
		if c.NetworkID != "" && !slices.Contains(out[n].networks, c.NetworkID) {
			out[n].networks = append(out[n].networks, c.NetworkID)
		}
	}
	slices.SortFunc(out, func(a, b Copy) int { return cmp.Compare(a.Recipient, b.Recipient) })
	if len(out) > 1 && out[0].Recipient == "" {
		out = out[1:]
	}
	return out
}

func (v *View) slipRef(x *slip) Ref {
	return Ref{File: v.l.files.list[x.file], Line: int64(x.line), Time: time.UnixMilli(x.at).UTC()}
}

// CoarseMail says how mails are remembered where the budget does not hold them
// all; "" while it does.
func (v *View) CoarseMail() string {
	switch n := v.l.mails.level; {
	case n == 0:
		return ""
	case n <= lastDull:
		return "one in " + power(n) + " of those that say nothing by themselves"
	default:
		return "as a sample"
	}
}

func power(n uint8) string {
	digits := []byte{}
	for x := uint64(1) << n; x > 0; x /= 10 {
		digits = append(digits, byte('0'+x%10))
	}
	slices.Reverse(digits)
	return string(digits)
}
