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

// pageOf is where a link leads: host and path, without what may be a
// recipient's token. A bare host is no page: everybody goes there.
func pageOf(link string) string {
	_, rest, ok := strings.Cut(strings.ReplaceAll(link, "[.]", "."), "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host, path, _ := strings.Cut(rest, "/")
	if strings.Trim(path, "/") == "" {
		return ""
	}
	return strings.ToLower(host) + "/" + strings.TrimSuffix(path, "/")
}

func (v *View) indexActs() {
	l, x := v.l, &v.mail
	if len(x.acts) == 0 {
		return
	}
	byID, byNetwork := map[string][]uint32{}, map[string][]uint32{}
	byPage := map[string][]uint32{} // account and page: clicks, for mails whose gateway's id is not known
	for _, i := range x.acts {
		var a actFact
		if unpack(v.l.mailActs.rows.at(i).text, &a) != nil {
			continue
		}
		if a.MessageID != "" {
			byID[a.MessageID] = append(byID[a.MessageID], i)
		}
		if a.NetworkID != "" {
			byNetwork[a.NetworkID] = append(byNetwork[a.NetworkID], i)
		}
		if page := pageOf(a.URL); page != "" && a.MessageID == "" {
			byPage[a.Account+"\x00"+page] = append(byPage[a.Account+"\x00"+page], i)
		}
	}
	x.actsOf = map[uint64][]uint32{}
	for i, m := range x.mails {
		var of []uint32
		if len(byID) > 0 {
			if f := v.Mail(i); f.MessageID != "" {
				of = append(of, byID[f.MessageID]...)
			}
		}
		networks := v.networksOf(m)
		for _, n := range networks {
			of = append(of, byNetwork[n]...)
		}
		if len(byPage) > 0 && len(networks) == 0 {
			f := v.Mail(i)
			for _, link := range f.Links {
				page := pageOf(link.URL)
				if page == "" {
					continue
				}
				for _, rcpt := range f.Recipients {
					for _, k := range byPage[rcpt+"\x00"+page] {
						if at := l.mailActs.rows.at(k).at; at >= m.at && at < m.at+clickedWithin {
							of = append(of, k)
						}
					}
				}
			}
		}
		if len(of) > 0 {
			slices.SortFunc(of, func(a, b uint32) int {
				p, q := v.l.mailActs.rows.at(a), v.l.mailActs.rows.at(b)
				return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.key, q.key))
			})
			x.actsOf[m.key] = slices.Compact(of)
		}
	}
}

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

// ActsOn returns the acts on mail i, in order of time.
func (v *View) ActsOn(i int) []MailAct {
	var out []MailAct
	for _, k := range v.mail.actsOf[v.mail.mails[i].key] {
		row := v.l.mailActs.rows.at(k)
		var a actFact
		if unpack(row.text, &a) == nil {
			r := v.slipRef(row)
			out = append(out, MailAct{mail.Act{
				File: r.File, Line: r.Line, Time: r.Time, Kind: a.Kind, Account: a.Account, MessageID: a.MessageID, NetworkID: a.NetworkID,
				URL: a.URL, Addr: a.Addr, Delivery: a.Delivery, Detail: a.Detail,
			}, row.key})
		}
	}
	return out
}

// ClicksLogged reports whether clicks are logged on days around t: within two
// weeks of it, both ways.
func (v *View) ClicksLogged(t int64) bool {
	const near = 14 * dayMillis
	for _, h := range v.l.clickHours.list() {
		if at := int64(h) * 60 * minuteMillis; at > t-near && at < t+near {
			return true
		}
	}
	return false
}

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
