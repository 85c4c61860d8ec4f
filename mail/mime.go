package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
)

// The bounds of what one mail may cost, together with those in message.go.
const (
	maxParts    = 2000     // MIME parts
	maxContents = 16 << 20 // bytes of decoded attachments together
	maxTexts    = 4 << 20  // bytes of decoded texts together
	maxUnpacked = 4 << 20  // bytes of messages and multiparts that are themselves encoded, together
)

// parser reads mails one after the other into one Message, reusing its memory.
//
// It is a MIME walker of our own because decoding what attackers write is what
// this program is for: a strict reader refuses the mails that matter, and none
// of the lenient ones is bounded. It goes once through the bytes, from
// delimiter line to delimiter line; each is compared with the boundaries of all
// open multiparts, so that a missing end of an inner one does not swallow the
// parts of the outer one.
type parser struct {
	msg     Message
	codes   charsets
	header  []byte  // scratch of readHeader
	fields  []Field // of the part at hand
	piece   []byte  // scratch of decoded pieces
	hash    hash.Hash
	noted   map[string]bool
	unknown string // charset of bytes that are not declared: that of the mail

	parts, contents, texts, unpacked int
	cut                              bool // the mail goes on behind what was read of it
}

func newParser() *parser {
	return &parser{hash: sha256.New(), noted: make(map[string]bool)}
}

// parse reads one mail. The result is valid until the next call; Raw is raw.
func (p *parser) parse(raw []byte, cut bool) *Message {
	m := &p.msg
	*m = Message{
		From: m.From[:0], ReplyTo: m.ReplyTo[:0], To: m.To[:0], Cc: m.Cc[:0], DeliveredTo: m.DeliveredTo[:0],
		InReplyTo: m.InReplyTo[:0], References: m.References[:0], Header: m.Header[:0], Hops: m.Hops[:0],
		Texts: clearTail(m.Texts), Attachments: clearTail(m.Attachments), Problems: m.Problems[:0],
	}
	p.parts, p.contents, p.texts, p.unpacked, p.cut = 0, 0, 0, 0, cut
	clear(p.noted)
	m.Raw = raw
	m.Evidence = HasHeader | HasBody | HasAttachments
	if cut {
		p.problem("cut_mail", "the mail is longer than what is read of it")
	}
	p.unknown = ""
	text := p.lines(raw)
	h := readHeader(text, m.Header, &p.header)
	m.Header = h.fields
	p.headerProblems(&h)
	if !h.body && len(m.Header) > 0 {
		p.problem("no_body", "the mail ends within its header")
	}
	w := walk{p: p, b: text}
	e := p.entity(m.Header, "")
	p.unknown = e.charset
	p.meaning()
	w.part(e, h.end, 0)
	return m
}

// clearTail lets go of what a reused slice still refers to.
func clearTail[T any](s []T) []T {
	clear(s)
	return s[:0]
}

// problem notes each kind once.
func (p *parser) problem(code, text string) {
	if !p.noted[code] {
		p.noted[code] = true
		p.msg.Problems = append(p.msg.Problems, Problem{code, text})
	}
}

// lines returns b with line feeds, which is b itself unless all its lines end
// with a carriage return alone, as on the first Macintosh.
func (p *parser) lines(b []byte) []byte {
	head := b[:min(len(b), 64<<10)]
	if bytes.IndexByte(head, '\n') >= 0 || bytes.IndexByte(head, '\r') < 0 {
		return b
	}
	p.problem("bare_cr", "lines end with a carriage return alone")
	return bytes.ReplaceAll(b, []byte{'\r'}, []byte{'\n'})
}

func (p *parser) headerProblems(h *header) {
	if h.junk {
		p.problem("junk_in_header", "a line in a header is no field")
	}
	if h.bare {
		p.problem("bare_cr", "a carriage return stands alone in a header")
	}
	if h.cut {
		p.problem("cut_header", "a header has more fields or bytes than are read")
	}
}

// entity is what the fields of a part say about its body.
type entity struct {
	media       string // type/subtype, lower case
	declared    params
	charset     string // as declared
	code        transfer
	name        string
	id          string
	attached    bool // Content-Disposition: attachment
	inline      bool
	alternative bool // a child of multipart/alternative, or the first of all
	messages    int  // how many messages it is in
}

// entity reads the fields that describe a body. fallback is the type of a part
// that states none.
func (p *parser) entity(fields []Field, fallback string) entity {
	var e entity
	var disposition params
	var typed, coded, disposed bool
	for i := range fields {
		f := &fields[i]
		if len(f.Name) < 10 || f.Name[0]|0x20 != 'c' || !isName(f.Name[:8], "content-") {
			continue
		}
		switch rest := f.Name[8:]; {
		case isName(rest, "type"):
			if typed {
				p.problem("content_type_twice", "a part has two content types: the first counts")
				continue
			}
			typed = true
			e.declared = parseParams(f.Value)
			e.media = e.declared.value
		case isName(rest, "transfer-encoding"):
			if coded {
				p.problem("encoding_twice", "a part has two transfer encodings: the first counts")
				continue
			}
			coded = true
			var known bool
			if e.code, known = transferOf(f.Value); !known {
				p.problem("unknown_encoding", "a transfer encoding that is not defined")
			}
		case isName(rest, "disposition"):
			if !disposed {
				disposed = true
				disposition = parseParams(f.Value)
			}
		case isName(rest, "id"):
			e.id = strings.Trim(f.Value, "<> \t")
		}
	}
	if e.media == "" || strings.IndexByte(e.media, '/') <= 0 {
		if typed && e.media != "text" {
			p.problem("bad_content_type", "a content type that cannot be read")
		}
		if e.media = "text/plain"; fallback != "" && !typed {
			e.media = fallback
		}
	}
	e.charset = strings.Trim(e.declared.get("charset"), "'\" ")
	if len(e.declared.names) > 0 {
		e.name = p.codes.param(&e.declared, "name", p.unknown)
	}
	if len(disposition.names) > 0 {
		if name := p.codes.param(&disposition, "filename", p.unknown); name != "" {
			if e.name != "" && e.name != name {
				p.problem("two_names", "an attachment has two names that differ")
			}
			e.name = name
		}
	}
	if e.declared.two || disposition.two {
		p.problem("two_names", "an attachment has two names that differ")
	}
	e.attached = disposition.value == "attachment"
	e.inline = disposition.value == "inline"
	return e
}

// walk goes through one piece of text with MIME parts in it.
type walk struct {
	p          *parser
	b          []byte
	boundaries []string // of the open multiparts, outermost first
	begin      [256]int // how many of them begin with this byte
}

func (w *walk) push(boundary string) {
	w.boundaries = append(w.boundaries, boundary)
	w.begin[boundary[0]]++
}

func (w *walk) pop() {
	last := len(w.boundaries) - 1
	w.begin[w.boundaries[last][0]]--
	w.boundaries = w.boundaries[:last]
}

// delimiter is a line that ends a part.
type delimiter struct {
	start int  // of the line
	next  int  // behind it
	of    int  // index in boundaries; -1: the end of the text
	end   bool // the closing one
}

// find returns the next delimiter of any open multipart at or after pos.
func (w *walk) find(pos int) delimiter { return w.findBefore(pos, len(w.b)) }

// findBefore looks for one that begins before limit.
func (w *walk) findBefore(pos, limit int) delimiter {
	for len(w.boundaries) > 0 {
		if pos > 0 {
			i := bytes.Index(w.b[pos-1:min(limit+2, len(w.b))], []byte("\n--"))
			if i < 0 {
				break
			}
			pos += i
		} else if !bytes.HasPrefix(w.b, []byte("--")) {
			pos = 1
			continue
		}
		if pos >= limit {
			break
		}
		after := w.b[pos+2:]
		for i := len(w.boundaries) - 1; i >= 0 && len(after) > 0 && w.begin[after[0]] > 0; i-- {
			b := w.boundaries[i]
			if len(after) < len(b) || after[0] != b[0] || string(after[:len(b)]) != b {
				continue
			}
			if size, end := delimiterEnd(after[len(b):]); size >= 0 {
				return delimiter{pos, pos + 2 + len(b) + size, i, end}
			}
		}
		pos += 3 // its line feed may be the next one's
	}
	return delimiter{len(w.b), len(w.b), -1, true}
}

// delimiterEnd looks at what follows --boundary: nothing else may stand in the
// line but blanks and the two hyphens of the closing one (RFC 2046 §5.1.1). It
// returns the length up to the next line, or -1.
func delimiterEnd(b []byte) (size int, end bool) {
	if len(b) >= 2 && b[0] == '-' && b[1] == '-' {
		size, end = 2, true
	}
	for ; size < len(b); size++ {
		switch b[size] {
		case '\n':
			return size + 1, end
		case ' ', '\t', '\r':
		default:
			return -1, false
		}
	}
	return size, end
}

// part reads the body of e, which begins at pos, and returns the delimiter that
// ends it.
func (w *walk) part(e entity, pos, depth int) delimiter {
	p := w.p
	if p.parts++; p.parts > maxParts {
		p.problem("too_many_parts", "more parts than are read")
		return delimiter{len(w.b), len(w.b), -1, true}
	}
	multi := strings.HasPrefix(e.media, "multipart/")
	embedded := e.media == "message/rfc822" || e.media == "message/global"
	if (multi || embedded) && depth >= MaxDepth {
		p.problem("nested_too_deep", "parts are nested more deeply than is read")
		multi, embedded = false, false
	}
	switch {
	case multi:
		return w.multipart(e, pos, depth)
	case embedded:
		return w.message(e, pos, depth)
	}
	d := w.find(pos)
	p.leaf(&e, w.body(pos, d), d.of < 0 && p.cut)
	return d
}

// body returns what lies between pos and a delimiter, whose line break is not
// the body's.
func (w *walk) body(pos int, d delimiter) []byte {
	end := d.start
	if d.of >= 0 && end > pos && w.b[end-1] == '\n' {
		if end--; end > pos && w.b[end-1] == '\r' {
			end--
		}
	}
	return w.b[min(pos, end):end]
}

func (w *walk) multipart(e entity, pos, depth int) delimiter {
	p := w.p
	boundary := strings.TrimRight(e.declared.get("boundary"), " \t")
	own := len(w.boundaries)
	if boundary == "" {
		p.problem("no_boundary", "a multipart does not say where its parts begin")
		return w.asText(e, pos)
	}
	for _, b := range w.boundaries {
		if b == boundary {
			p.problem("boundary_twice", "two multiparts inside each other have the same boundary")
		}
	}
	w.push(boundary)
	d := w.find(pos)
	if d.of != own || d.end { // none of its parts is there
		w.pop()
		if e.code != identity {
			if inner, ok := w.encoded(e, w.body(pos, d)); ok {
				p.problem("encoded_multipart", "a whole multipart is encoded, which is not allowed")
				inner.push(boundary)
				if first := inner.find(0); first.of == 0 {
					inner.siblings(e, first, depth)
				}
				return d
			}
		}
		p.problem("missing_boundary", "the boundary of a multipart does not occur in it")
		if d.of == own {
			d = w.find(d.next)
		}
		return w.asText(e, pos)
	}
	d = w.siblings(e, d, depth)
	w.pop()
	switch {
	case d.of == own && d.end: // as it should be; an epilogue is not shown
		return w.find(d.next)
	case d.of < 0 && p.parts <= maxParts:
		p.problem("cut_multipart", "a multipart has no end")
	case d.of >= 0:
		p.problem("cut_multipart", "a multipart ends where the one around it goes on")
	}
	return d
}

// siblings reads the parts of a multipart from its first delimiter on, and
// returns the delimiter that is not followed by a part of it.
func (w *walk) siblings(e entity, d delimiter, depth int) delimiter {
	p := w.p
	own := d.of
	fallback := ""
	if e.media == "multipart/digest" { // RFC 2046 §5.1.5
		fallback = "message/rfc822"
	}
	for n := 0; d.of == own && !d.end; n++ {
		h := readHeader(w.b[d.next:], p.fields[:0], &p.header)
		p.fields = h.fields
		start := d.next + h.end
		// A delimiter within the header ends the part there.
		if !h.body || h.junk {
			if q := w.findBefore(d.next, start); q.of >= 0 {
				h = readHeader(w.b[d.next:q.start], p.fields[:0], &p.header)
				p.fields = h.fields
				start = q.start
			}
		}
		p.headerProblems(&h)
		part := p.entity(h.fields, fallback)
		part.messages = e.messages
		part.alternative = e.media == "multipart/alternative" || n == 0 && len(p.msg.Texts) == 0
		d = w.part(part, start, depth+1)
	}
	return d
}

// asText reads a multipart without parts as what it shows: its source.
func (w *walk) asText(e entity, pos int) delimiter {
	d := w.find(pos)
	e.media, e.name, e.attached, e.alternative = "text/plain", "", false, true
	w.p.leaf(&e, w.body(pos, d), d.of < 0 && w.p.cut)
	return d
}

// encoded decodes a body that has parts of its own.
func (w *walk) encoded(e entity, body []byte) (*walk, bool) {
	p := w.p
	if len(body) > maxUnpacked-p.unpacked {
		p.problem("too_much_encoded", "more encoded messages than are read")
		return nil, false
	}
	d := decoder{code: e.code}
	size := len(body)
	if e.code == base64Coded {
		size = size/4*3 + 3
	}
	b := make([]byte, 0, size)
	for piece, rest := nextPiece(body); ; piece, rest = nextPiece(rest) {
		if b = d.decode(b, piece, len(rest) == 0); len(rest) == 0 {
			break
		}
	}
	p.unpacked += len(b)
	return &walk{p: p, b: b}, true
}

// message reads a mail that is attached to the mail: as an attachment, and its
// parts.
func (w *walk) message(e entity, pos, depth int) delimiter {
	p := w.p
	inner, start := w, pos
	var d delimiter
	if e.code != identity { // RFC 2046 §5.2.1 forbids it, programs do it
		d = w.find(pos)
		var ok bool
		if inner, ok = w.encoded(e, w.body(pos, d)); !ok {
			p.leaf(&e, w.body(pos, d), d.of < 0 && p.cut)
			return d
		}
		start, pos = 0, 0
	}
	for start < len(inner.b) && (inner.b[start] == '\n' || inner.b[start] == '\r') {
		start++ // an empty line too much
	}
	if q := inner.findBefore(start, start+1); q.start == start && q.of >= 0 {
		start = pos
	}
	h := readHeader(inner.b[start:], p.fields[:0], &p.header)
	p.fields = h.fields
	if q := inner.findBefore(pos, start+h.end); q.of >= 0 { // all header
		h = readHeader(inner.b[start:max(start, q.start)], p.fields[:0], &p.header)
		p.fields = h.fields
	}
	if e.name == "" {
		subject, _ := first(h.fields, "subject")
		if e.name = p.codes.decodeWords(subject, p.unknown); e.name != "" {
			e.name += ".eml"
		}
	}
	own := len(p.msg.Attachments)
	p.attach(&e, nil, false) // keeps its place before what is in it
	kept := len(p.msg.Attachments) > own
	body := p.entity(h.fields, "")
	body.messages = e.messages + 1
	body.alternative = true
	last := inner.part(body, start+h.end, depth+1)
	if inner == w {
		d = last
	}
	if kept {
		p.content(&p.msg.Attachments[own], identity, inner.body(pos, last), d.of < 0 && p.cut)
	}
	return d
}

// leaf keeps a part that has no parts.
func (p *parser) leaf(e *entity, body []byte, cut bool) {
	if !e.isText() {
		p.attach(e, body, cut)
		return
	}
	p.text(e, body)
}

// isText reports whether mail programs show the part. A text with a name is a
// file, unless it is one of the alternatives, where programs name what they
// show.
func (e *entity) isText() bool {
	switch e.media {
	case "text/plain", "text/html", "text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext",
		"message/delivery-status", "message/disposition-notification", "application/xhtml+xml":
		return !e.attached && (e.name == "" || e.alternative)
	}
	return false
}

func (p *parser) text(e *entity, body []byte) {
	m := &p.msg
	if len(m.Texts) >= MaxTexts || p.texts >= maxTexts {
		p.problem("too_many_texts", "more text than is read")
		return
	}
	limit := min(MaxText, maxTexts-p.texts)
	d := decoder{code: e.code}
	b := body[:min(len(body), limit)]
	t := Text{HTML: strings.Contains(e.media, "html"), Charset: e.charset, Depth: e.messages}
	if e.code != identity {
		p.piece = p.piece[:0]
		for piece, rest := nextPiece(body); ; piece, rest = nextPiece(rest) {
			p.piece = d.decode(p.piece, piece, len(rest) == 0)
			if len(rest) == 0 {
				break
			}
			if len(p.piece) > limit {
				t.Cut = true
				break
			}
		}
		b = p.piece[:min(len(p.piece), limit)]
		t.Cut = t.Cut || len(p.piece) > limit
		if d.junk {
			p.encodingProblem(e.code)
		}
	} else {
		t.Cut = len(body) > limit
	}
	if bytes.IndexByte(b, 0) >= 0 && !strings.HasPrefix(e.charset, "utf-16") && !strings.HasPrefix(e.charset, "UTF-16") {
		p.problem("zero_bytes", "a text has zero bytes, which are not shown")
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	label := e.charset
	if label == "" {
		label = p.unknown
	}
	text, lie := p.codes.text(b, label)
	if lie {
		p.problem("wrong_charset", "a text is not in the charset that it declares")
	}
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	if e.media == "text/plain" && strings.EqualFold(e.declared.get("format"), "flowed") {
		text = unflow(text, strings.EqualFold(e.declared.get("delsp"), "yes"))
	}
	if len(text) > limit {
		text, t.Cut = strings.ToValidUTF8(text[:limit], ""), true
	}
	if t.Cut {
		p.problem("cut_text", "a text is longer than what is read of it")
	}
	t.Content = text
	p.texts += len(text)
	m.Texts = append(m.Texts, t)
}

func (p *parser) encodingProblem(code transfer) {
	if code == base64Coded {
		p.problem("bad_base64", "a part's base64 has other signs in it, or its end is missing")
	} else {
		p.problem("bad_quoted_printable", "a part's quoted-printable is wrong")
	}
}

// unflow joins the lines of a paragraph (RFC 3676 §4.1, §4.2).
func unflow(s string, deleteSpace bool) string {
	if !strings.Contains(s, " \n") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	flowing, depth := false, 0
	for line := range strings.Lines(s) {
		text, ended := strings.CutSuffix(line, "\n")
		quotes := 0
		for quotes < len(text) && text[quotes] == '>' {
			quotes++
		}
		if flowing {
			if quotes == depth && text != "-- " {
				text = strings.TrimPrefix(text[quotes:], " ") // unstuffed
			} else {
				b.WriteByte('\n')
				flowing = false
			}
		}
		if !flowing && quotes == 0 {
			text = strings.TrimPrefix(text, " ")
		}
		flowing = ended && strings.HasSuffix(text, " ") && text != "-- "
		depth = quotes
		if flowing && deleteSpace {
			text = text[:len(text)-1]
		}
		b.WriteString(text)
		if ended && !flowing {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// attach keeps a part as an attachment.
func (p *parser) attach(e *entity, body []byte, cut bool) {
	m := &p.msg
	if len(m.Attachments) >= MaxAttachments {
		p.problem("too_many_attachments", "more attachments than are read")
		return
	}
	m.Attachments = append(m.Attachments, Attachment{
		Name: e.name, Type: strings.ToValidUTF8(e.media, "\ufffd"), ContentID: strings.ToValidUTF8(e.id, "\ufffd"), Depth: e.messages,
		Inline: e.inline || e.id != "" && !e.attached,
	})
	if body == nil {
		return
	}
	a := &m.Attachments[len(m.Attachments)-1]
	p.content(a, e.code, body, cut)
	switch {
	case e.media == "application/pkcs7-mime" || e.media == "application/x-pkcs7-mime":
		if kind := strings.ToLower(e.declared.get("smime-type")); kind != "signed-data" {
			p.problem("encrypted", "the mail is encrypted (S/MIME): its text cannot be read")
		}
	case e.media == "application/ms-tnef" || strings.EqualFold(e.name, "winmail.dat"):
		p.tnef(a)
	}
}

// content decodes a body into an attachment.
func (p *parser) content(a *Attachment, code transfer, body []byte, cut bool) {
	p.hash.Reset()
	room := min(MaxAttachment, maxContents-p.contents)
	if code == identity {
		p.hash.Write(body)
		a.Size = int64(len(body))
		a.Content = body[:min(len(body), MaxAttachment):min(len(body), MaxAttachment)] // of Raw: costs nothing
	} else {
		d := decoder{code: code}
		size := len(body)
		if code == base64Coded {
			size = size/4*3 + 3
		}
		a.Content = make([]byte, 0, max(0, min(size, room)))
		for piece, rest := nextPiece(body); ; piece, rest = nextPiece(rest) {
			if len(rest) == 0 && a.Size == 0 && len(piece) <= room { // the usual small one, in one go
				a.Content = d.decode(a.Content, piece, true)
				p.hash.Write(a.Content)
				a.Size = int64(len(a.Content))
				break
			}
			p.piece = d.decode(p.piece[:0], piece, len(rest) == 0)
			p.hash.Write(p.piece)
			a.Size += int64(len(p.piece))
			a.Content = append(a.Content, p.piece[:max(0, min(len(p.piece), room-len(a.Content)))]...)
			if len(rest) == 0 {
				break
			}
		}
		p.contents += len(a.Content)
		if d.junk {
			p.encodingProblem(code)
		}
	}
	if a.Size > int64(len(a.Content)) {
		p.problem("cut_attachment", "an attachment is longer than what is looked at")
	}
	if !cut {
		var sum [sha256.Size]byte
		a.SHA256 = hex.EncodeToString(p.hash.Sum(sum[:0]))
	}
}
