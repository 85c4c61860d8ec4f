package mail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"strings"
	"time"
)

var msg = Format{
	Name:  "msg",
	Title: "Outlook message (.msg)",
	Doc:   "A mail that was saved from Outlook, or attached to another one by it ([MS-OXMSG]).",
	Blind: "The mail as it was sent: Outlook keeps its properties, so DKIM cannot be checked; mails from inside of an Exchange organisation have no header at all.",
	Sniff: sniffMsg,
	Decode: func(r io.Reader, opt Options) iter.Seq2[Item, error] {
		return func(yield func(Item, error) bool) {
			raw, cut, err := readMail(r)
			if err != nil {
				yield(Item{}, err)
				return
			}
			c, err := openCompound(raw)
			if err == nil && !c.isMessage() {
				err = errNotMessage
			}
			if err != nil {
				yield(Item{}, &RecordError{Line: max(1, opt.Line), Err: err})
				return
			}
			p := newParser()
			p.outlook(c, cut)
			m := &p.msg
			m.Format, m.Line, m.Offset = "msg", max(1, opt.Line), opt.Offset
			yield(Item{Message: m}, nil)
		}
	},
}

var errNotMessage = errors.New("an Office document of the old kind, not an Outlook message")

// sniffMsg looks for a property stream's name. The directory of a compound file
// may lie behind the head; then it may be a message or a document.
func sniffMsg(head []byte) int {
	if len(head) < 512 || !bytes.HasPrefix(head, []byte(cfbMagic)) {
		return 0
	}
	if bytes.Contains(head, []byte("_\x00_\x00p\x00r\x00o\x00p\x00e\x00r\x00t\x00i\x00e\x00s\x00_\x00v\x00e\x00r\x00s\x00i\x00o\x00n\x00")) {
		return 99
	}
	shift := binary.LittleEndian.Uint16(head[30:])
	directory := (int64(binary.LittleEndian.Uint32(head[48:])) + 1) << (shift & 15)
	if directory >= int64(len(head)) {
		return 10
	}
	return 0
}

func (c *compound) isMessage() bool {
	for _, i := range c.children(0) {
		if c.entries[i].name == propertyStream {
			return true
		}
	}
	return false
}

const propertyStream = "__properties_version1.0"

// properties are the properties of a message, recipient or attachment.
type properties struct {
	c       *compound
	streams map[uint32]int    // tag to entry
	fixed   map[uint32]uint64 // tag to value
	parts   []int             // storages of recipients and attachments
	page    string            // charset of strings that are not Unicode
}

// open reads the properties in a storage ([MS-OXMSG] §2.4): the head of the
// list of fixed ones has another size in each kind.
func (c *compound) open(storage, head int, page string) properties {
	p := properties{c: c, streams: map[uint32]int{}, fixed: map[uint32]uint64{}, page: page}
	for _, i := range c.children(storage) {
		e := &c.entries[i]
		switch {
		case e.name == propertyStream:
			for b := tail(c.read(e), head); len(b) >= 16 && len(p.fixed) < 10_000; b = b[16:] {
				p.fixed[binary.LittleEndian.Uint32(b)] = binary.LittleEndian.Uint64(b[8:])
			}
		case strings.HasPrefix(e.name, "__substg1.0_") && len(e.name) >= 20:
			if tag, ok := hexNumber(e.name[12:20]); ok {
				p.streams[tag] = i
			}
		case strings.HasPrefix(e.name, "__recip_") || strings.HasPrefix(e.name, "__attach_"):
			p.parts = append(p.parts, i)
		}
	}
	if n := p.fixed[0x3ffd0003]; n != 0 { // PidTagMessageCodepage
		p.page = codePage(int(uint32(n)))
	}
	return p
}

func tail(b []byte, from int) []byte { return b[min(from, len(b)):] }

func hexNumber(s string) (n uint32, ok bool) {
	for i := range len(s) {
		v := hexValue(s[i])
		if v > 15 {
			return 0, false
		}
		n = n<<4 | uint32(v)
	}
	return n, true
}

// binary returns a property of bytes.
func (p *properties) binary(id uint32) []byte {
	if i, ok := p.streams[id<<16|0x0102]; ok {
		return p.c.read(&p.c.entries[i])
	}
	return nil
}

// text returns a property of characters, in Unicode or in the code page.
func (p *properties) text(codes *charsets, id uint32) string {
	if i, ok := p.streams[id<<16|0x001f]; ok {
		return fromUTF16(p.c.read(&p.c.entries[i]))
	}
	if i, ok := p.streams[id<<16|0x001e]; ok {
		s, _ := codes.text(p.c.read(&p.c.entries[i]), p.page)
		return strings.TrimRight(s, "\x00")
	}
	return ""
}

func (p *properties) line(codes *charsets, id uint32) string { return clean(p.text(codes, id)) }

// time returns a property of 100 nanoseconds since 1601.
func (p *properties) time(id uint32) time.Time {
	v := p.fixed[id<<16|0x0040]
	const to1970 = 11644473600
	if seconds := int64(v/10_000_000) - to1970; v != 0 && seconds > 0 {
		if t := time.Unix(seconds, int64(v%10_000_000)*100).UTC(); plausible(t) {
			return t
		}
	}
	return time.Time{}
}

// outlook reads a message out of a compound file.
func (p *parser) outlook(c *compound, cut bool) {
	m := &p.msg
	m.Evidence = HasBody | HasAttachments
	if cut {
		p.problem("cut_mail", "the file is longer than what is read of it")
	}
	top := c.open(0, 32, "windows-1252")
	if header := top.text(&p.codes, 0x007d); strings.TrimSpace(header) != "" {
		h := readHeader([]byte(header), nil, &p.header)
		m.Header = h.fields
		m.Evidence |= HasHeader
		p.headerProblems(&h)
		p.meaning()
	}
	p.outlookMeaning(&top)
	p.outlookBody(&top, 0)
}

// outlookMeaning fills in what the header does not say.
func (p *parser) outlookMeaning(top *properties) {
	m := &p.msg
	line := func(id uint32) string { return strings.TrimSpace(top.line(&p.codes, id)) }
	firstOf := func(ids ...uint32) string {
		for _, id := range ids {
			if s := line(id); s != "" {
				return s
			}
		}
		return ""
	}
	smtp := func(s string) string { // not the distinguished name of an Exchange mailbox
		if strings.HasPrefix(strings.ToUpper(s), "/O=") {
			return ""
		}
		return p.codes.email(s, "")
	}
	if m.Subject == "" {
		m.Subject = line(0x0037)
	}
	if m.MessageID == "" {
		m.MessageID = messageID(line(0x1035))
	}
	if len(m.InReplyTo) == 0 {
		m.InReplyTo = p.ids(nil, line(0x1042))
	}
	if len(m.References) == 0 {
		m.References = p.ids(nil, line(0x1039))
	}
	if m.Time.IsZero() {
		m.Time = top.time(0x0039)
	}
	if m.Arrived.IsZero() {
		m.Arrived = top.time(0x0e06)
	}
	if m.Time.IsZero() {
		m.Time = m.Arrived
	}
	if len(m.From) == 0 {
		a := Address{Name: firstOf(0x0042, 0x0c1a), Email: smtp(firstOf(0x5d02, 0x5d01, 0x0065, 0x0c1f))}
		if a.Email == "" {
			a.Email = smtp(line(0x0c1f))
		}
		if a != (Address{}) {
			m.From = append(m.From, a)
		}
	}
	if len(m.From) == 0 && m.Evidence&HasHeader == 0 {
		p.problem("no_from", "the mail does not say who it is from")
	}
	hasTo, hasCc := len(m.To) > 0, len(m.Cc) > 0
	for _, i := range top.parts {
		if !strings.HasPrefix(top.c.entries[i].name, "__recip_") || len(m.To)+len(m.Cc) >= MaxAddresses {
			continue
		}
		r := top.c.open(i, 8, top.page)
		a := Address{Name: r.line(&p.codes, 0x3001)}
		for _, id := range [...]uint32{0x39fe, 0x3003} {
			if a.Email == "" {
				a.Email = smtp(r.line(&p.codes, id))
			}
		}
		if a.Name == a.Email {
			a.Name = ""
		}
		switch kind := uint32(r.fixed[0x0c150003]); {
		case kind == 1 && !hasTo:
			m.To = append(m.To, a)
		case kind == 2 && !hasCc:
			m.Cc = append(m.Cc, a)
		}
	}
}

// outlookBody reads texts and attachments of a message and of those in it.
func (p *parser) outlookBody(o *properties, depth int) {
	if depth >= MaxDepth {
		p.problem("nested_too_deep", "messages are nested more deeply than is read")
		return
	}
	html := o.binary(0x1013)
	page := codePage(int(uint32(o.fixed[0x3fde0003])))
	if s := o.text(&p.codes, 0x1013); html == nil && s != "" {
		html, page = []byte(s), "utf-8"
	}
	if html == nil {
		if rtf, ok := unpackRTF(o.binary(0x1009)); ok {
			if s, is := p.codes.rtfText(rtf); is {
				html, page = []byte(s), "utf-8"
			} else if o.text(&p.codes, 0x1000) == "" {
				p.text(&entity{media: "text/plain", charset: "utf-8", messages: depth}, []byte(s))
			}
		}
	}
	if s := o.text(&p.codes, 0x1000); strings.TrimSpace(s) != "" {
		p.text(&entity{media: "text/plain", charset: "utf-8", messages: depth}, []byte(s))
	}
	if len(html) > 0 {
		p.text(&entity{media: "text/html", charset: page, messages: depth}, html)
	}
	for _, i := range o.parts {
		if strings.HasPrefix(o.c.entries[i].name, "__attach_") {
			a := o.c.open(i, 8, o.page)
			p.outlookAttachment(&a, depth)
		}
	}
}

func (p *parser) outlookAttachment(o *properties, depth int) {
	e := entity{
		media: strings.ToLower(o.line(&p.codes, 0x370e)), id: strings.Trim(o.line(&p.codes, 0x3712), "<>"), messages: depth,
	}
	for _, id := range [...]uint32{0x3707, 0x3704, 0x3001} {
		if e.name == "" {
			e.name = o.line(&p.codes, id)
		}
	}
	inner, embedded := o.streams[0x3701000d]
	if embedded && o.fixed[0x37050003]&0xff == 5 { // afEmbeddedMessage
		in := o.c.open(inner, 24, o.page)
		if e.media == "" {
			e.media = "application/vnd.ms-outlook"
		}
		if s := in.line(&p.codes, 0x0037); e.name == "" {
			e.name = s
		}
		p.attach(&e, nil, false)
		p.outlookBody(&in, depth+1)
		return
	}
	if e.media == "" {
		e.media = "application/octet-stream"
	}
	body := o.binary(0x3701)
	if body == nil {
		body = []byte{}
	}
	if e.media == "multipart/signed" { // S/MIME: the mail itself is in it
		h := readHeader(body, nil, &p.header)
		w := walk{p: p, b: body}
		if part := p.entity(h.fields, ""); part.media == e.media {
			part.messages = depth
			w.part(part, h.end, depth+1)
			return
		}
	}
	p.attach(&e, body, false)
}
