package attach

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
)

// pdf scans a PDF for what its objects can do. Cross-reference tables are not
// used: attackers break them, readers rebuild them, and every object that can
// be reached stands in the file as text or in an object stream. It is a
// scanner, not a parser: names and strings are read exactly (ISO 32000-1 §7.2,
// §7.3), what belongs to what only within one object.
func (x *examiner) pdf(s subject) string {
	p := pdfScan{x: x, s: s, acts: map[int]bool{}}
	b := s.body
	for at := 0; at < len(b); {
		data := nextStream(b, at)
		if data < 0 {
			p.structure(b[at:])
			break
		}
		p.structure(b[at:data])
		end := len(b)
		if i := bytes.Index(b[data:], []byte("endstream")); i >= 0 {
			end = data + i
		}
		p.stream(b[data:end])
		at = end
	}
	p.conclude()
	return ""
}

// nextStream gives the place of the data after the next "stream" keyword that
// follows a dictionary; -1 if there is none.
func nextStream(b []byte, at int) int {
	for {
		i := bytes.Index(b[at:], []byte("stream"))
		if i < 0 {
			return -1
		}
		before := bytes.TrimRight(b[max(0, at+i-16):at+i], " \t\r\n\f\x00")
		at += i + len("stream")
		if !bytes.HasSuffix(before, []byte(">>")) || at >= len(b) {
			continue
		}
		if b[at] == '\r' {
			at++
		}
		if at < len(b) && b[at] == '\n' {
			at++
		}
		return at
	}
}

const (
	pdfStreams   = 400      // streams inflated
	pdfContent   = 40       // page contents that are searched for text
	pdfPixels    = 1 << 20  // of images in PDFs
	pdfObjectMax = 64 << 10 // bytes of a string
)

// pdfScan is what is known of one PDF so far.
type pdfScan struct {
	x *examiner
	s subject

	object   pdfObject
	inflated int
	embedded int

	links, images int
	encrypted     bool
	acts          map[int]bool // objects that are actions of the dangerous kinds
	opens         int          // object that OpenAction refers to; 0 none
	content       [][]byte     // streams that may be page contents, packed
	contentPacked []bool
	openActs      bool
}

// pdfObject is what was seen in the object that is read.
type pdfObject struct {
	number        int
	names         map[string]bool
	width, height int
	bits          int
	opening       bool // an OpenAction dictionary stands in it
}

// actions are the action types that do something (ISO 32000-1 table 198).
var pdfActions = map[string]string{
	"JavaScript": "pdf_javascript", "Launch": "pdf_launch", "SubmitForm": "pdf_form_submit",
	"GoToR": "", "GoToE": "", "ImportData": "", "URI": "",
}

// structure reads names and strings of a piece between streams, or of an
// object stream.
func (p *pdfScan) structure(b []byte) {
	b = p.x.search(b)
	key, first, second := "", 0, 0 // last name, last two numbers
	bare := false                  // right after "obj": the value is the object
	pending := ""                  // OpenAction waits for its value
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c == '%':
			for i < len(b) && b[i] != '\n' && b[i] != '\r' {
				i++
			}
		case c == '/':
			var name []byte
			name, i = pdfName(b, i+1)
			key, bare = pdfWords[string(name)], false
			p.name(key)
			if key == "OpenAction" {
				pending = key
			}
		case c == '(' || c == '<' && i+1 < len(b) && b[i+1] != '<':
			var text string
			if c == '(' {
				text, i = pdfString(b, i+1)
			} else {
				text, i = pdfHexString(b, i+1)
			}
			p.text(key, text, bare)
			key, bare = "", false
		case c == '<':
			if pending != "" {
				p.object.opening = true
			}
			pending, bare = "", false
			i += 2
		case c == '[':
			pending, bare = "", false
			i++
		case c >= '0' && c <= '9':
			n := 0
			for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
				n = min(n*10+int(b[i]-'0'), 1<<30)
			}
			first, second = second, n
			switch key {
			case "Width", "W":
				p.object.width = n
			case "Height", "H":
				p.object.height = n
			case "BitsPerComponent", "BPC":
				p.object.bits = n
			}
			if key != "" && pending == "" {
				key = ""
			}
		case c >= 'A' && c <= 'z' && c != '[' && c != ']':
			start := i
			for i < len(b) && b[i] >= 'A' && b[i] <= 'z' && b[i] != '[' && b[i] != ']' {
				i++
			}
			switch string(b[start:i]) {
			case "obj":
				p.object, bare = pdfObject{number: first}, true
			case "R":
				if pending != "" && p.opens == 0 {
					p.opens = first
				}
				pending = ""
			}
		default:
			i++
		}
	}
}

// pdfWords are the names that matter here, by themselves, so that reading one
// costs no memory. All others are "".
var pdfWords = func() map[string]string {
	m := map[string]string{}
	for w := range strings.FieldsSeq("OpenAction JavaScript Launch SubmitForm GoToR GoToE ImportData URI JS F UF P Encrypt Image ImageMask ObjStm EmbeddedFile " +
		"XRef Metadata Length1 Length2 FontFile CIDFontType0C Type1C FlateDecode Fl DCTDecode DCT Width W Height H BitsPerComponent BPC") {
		m[w] = w
	}
	return m
}()

func (p *pdfScan) name(name string) {
	if name == "" {
		return
	}
	if p.object.names == nil {
		p.object.names = map[string]bool{}
	}
	p.object.names[name] = true
	if code, ok := pdfActions[name]; ok {
		if code != "" {
			p.x.find(code, p.s, "")
		}
		// the key /URI stands in every link: only with /S /URI is it an
		// action, and that is the same object
		if len(p.acts) < 5000 {
			p.acts[p.object.number] = true
		}
		p.openActs = p.openActs || p.object.opening
	}
	switch name {
	case "JS":
		p.x.find("pdf_javascript", p.s, "")
	case "Encrypt":
		p.encrypted = true
	case "Image":
		p.images++
	}
}

// text takes a string by the name before it.
func (p *pdfScan) text(key, text string, bare bool) {
	if strings.HasPrefix(text, "\xfe\xff") {
		units := make([]uint16, 0, len(text)/2)
		for b := []byte(text[2:]); len(b) >= 2; b = b[2:] {
			units = append(units, uint16(b[0])<<8|uint16(b[1]))
		}
		text = string(utf16.Decode(units))
	}
	switch {
	case key == "URI" || bare && remote(text):
		p.link("pdf_uri", text)
	case key == "JS":
		p.x.find("pdf_javascript", p.s, text)
		for _, u := range urlsIn(text, 10) {
			p.x.link(u)
		}
	case key == "F" || key == "UF" || key == "P":
		switch {
		case p.object.names["SubmitForm"]:
			p.link("pdf_form_submit", text)
		case p.object.names["Launch"]:
			p.x.link(text)
			p.x.find("pdf_launch", p.s, text)
		case remote(text):
			p.link("pdf_remote", text)
		}
	}
}

func (p *pdfScan) link(code, u string) {
	u = strings.TrimSpace(u)
	if strings.HasPrefix(strings.ToLower(u), "www.") {
		u = "http://" + u // as readers do
	}
	if p.x.link(u) {
		p.links++
		p.x.find(code, p.s, u)
	}
}

// stream looks into the stream of the object that was just read.
func (p *pdfScan) stream(data []byte) {
	o := p.object
	flate := o.names["FlateDecode"] || o.names["Fl"]
	switch {
	case o.names["ObjStm"]:
		if b := p.inflate(data, flate); b != nil {
			p.objects(b)
			p.done(b, flate)
		}
	case o.names["EmbeddedFile"]:
		p.embedded++
		name := fmt.Sprintf("embedded%d", p.embedded)
		p.x.find("pdf_embedded_file", p.s, "")
		if p.s.depth >= maxDepth {
			return
		}
		if !flate {
			p.x.member(p.s, name, data, int64(len(data)), true)
		} else if b := p.inflate(data, true); b != nil {
			p.x.member(p.s, name, b, int64(len(b)), false)
			p.x.release(b)
		}
	case o.names["Image"]:
		p.picture(o, data, flate)
	case o.names["XRef"], o.names["Metadata"], o.names["Length1"], o.names["Length2"], o.names["FontFile"], o.names["CIDFontType0C"], o.names["Type1C"]:
	default:
		if len(p.content) < pdfContent {
			p.content, p.contentPacked = append(p.content, data), append(p.contentPacked, flate)
		}
	}
}

// inflate opens a zlib stream; a wrong checksum or a cut end do not matter.
func (p *pdfScan) inflate(data []byte, packed bool) []byte {
	if !packed {
		return data[:min(len(data), maxMember)]
	}
	if p.inflated++; p.inflated > pdfStreams || len(data) < 2 {
		return nil
	}
	b, _ := p.x.inflate(p.s, deflated(data[2:]), int64(len(data)), int64(4*len(data)))
	return b
}

// done gives back what inflate gave.
func (p *pdfScan) done(b []byte, packed bool) {
	if packed {
		p.x.release(b)
	}
}

// objects reads an object stream: pairs of number and offset, then the objects
// (ISO 32000-1 §7.5.7).
func (p *pdfScan) objects(b []byte) {
	var numbers []int
	at := 0
	for at < len(b) && len(numbers) < 20000 && (b[at] <= ' ' || b[at] >= '0' && b[at] <= '9') {
		if b[at] <= ' ' {
			at++
			continue
		}
		n := 0
		for ; at < len(b) && b[at] >= '0' && b[at] <= '9'; at++ {
			n = min(n*10+int(b[at]-'0'), 1<<30)
		}
		numbers = append(numbers, n)
	}
	for i := 0; i+1 < len(numbers); i += 2 {
		from, to := at+numbers[i+1], len(b)
		if i+3 < len(numbers) {
			to = at + numbers[i+3]
		}
		// the first object begins where the pairs end; a lie here only mixes
		// up numbers, so what is out of order is read up to the end once
		if from > len(b) || to > len(b) || to < from {
			p.object = pdfObject{}
			p.structure(b[min(at, len(b)):])
			return
		}
		p.object = pdfObject{number: numbers[i]}
		piece := b[from:to]
		if t := bytes.TrimLeft(piece, " \r\n\t"); len(t) > 0 && t[0] == '(' {
			u, _ := pdfString(t, 1)
			p.text("", u, true)
			continue
		}
		p.structure(piece)
	}
}

// conclude judges the whole.
func (p *pdfScan) conclude() {
	if p.encrypted {
		p.x.encrypted("encrypted_document", p.s, "pdf")
	}
	if p.openActs || p.opens != 0 && p.acts[p.opens] {
		p.x.find("pdf_openaction", p.s, "")
	}
	if p.links == 0 || p.images == 0 || p.encrypted {
		return
	}
	// Is there any text beside the image?
	for i, data := range p.content {
		b := p.inflate(data, p.contentPacked[i])
		if b == nil {
			continue
		}
		shows := bytes.Contains(b, []byte("Tj")) || bytes.Contains(b, []byte("TJ"))
		p.done(b, p.contentPacked[i])
		if shows {
			return
		}
	}
	if len(p.content) > 0 && len(p.content) < pdfContent {
		p.x.find("pdf_image_only_link", p.s, "")
	}
}
