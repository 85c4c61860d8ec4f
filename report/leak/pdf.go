package leak

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
)

// pdf scans a PDF file (ISO 32000-1) without following its references: every
// object that is in the file counts, also those of earlier revisions and those
// that no page shows.
func (j *job) pdf(data []byte, steps []string, depth int) error {
	streams, rest, err := pdfStreams(data)
	if err != nil {
		return fmt.Errorf("PDF: %w", err)
	}
	if name(rest, "Encrypt") {
		return errors.New("PDF: encrypted")
	}
	if bytes.Contains(rest, []byte("PK\x03\x04")) {
		return errors.New("PDF: an archive stands between the objects")
	}
	objects := [][]byte{rest}
	var pages [][]byte
	var maps []characterMap
	var errs []error
	for i, s := range streams {
		step := fmt.Sprintf("pdf stream %d", i+1)
		body, err := j.pdfFilters(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("PDF stream %d: %w", i+1, err))
			continue
		}
		switch {
		case name(s.dict, "Encrypt"):
			errs = append(errs, errors.New("PDF: encrypted"))
		case name(s.dict, "XRef"):
		case name(s.dict, "ObjStm"):
			objects = append(objects, body)
		case name(s.dict, "Image"):
			errs = append(errs, fmt.Errorf("PDF stream %d: an image cannot be checked", i+1))
		case bytes.Contains(body, []byte("begincmap")):
			maps = append(maps, parseCharacterMap(body))
		case name(s.dict, "EmbeddedFile"):
			if err := j.blob(body, append(slices.Clip(steps), step), depth+1); err != nil {
				errs = append(errs, err)
			}
		case font(s.dict):
			if err := j.fontProgram(body, append(slices.Clip(steps), step)); err != nil {
				errs = append(errs, err)
			}
		case name(s.dict, "FunctionType"), name(s.dict, "Alternate"), bytes.HasPrefix(bytes.TrimLeft(body[min(len(body), 36):], " "), []byte("acsp")):
			// a function, a colour profile: numbers
		case bytes.Contains(body, []byte("Tj")) || bytes.Contains(body, []byte("TJ")) || isText(body):
			pages = append(pages, body)
			if err := j.text([]byte(printable(body)), append(slices.Clip(steps), step), depth+1); err != nil {
				errs = append(errs, err)
			}
		default:
			errs = append(errs, fmt.Errorf("PDF stream %d: data of no known use cannot be checked", i+1))
		}
	}
	if err := j.pdfObjects(objects, steps, depth); err != nil {
		errs = append(errs, err)
	}
	composite := false
	for _, o := range objects {
		composite = composite || name(o, "Type0")
	}
	if composite && len(maps) == 0 {
		errs = append(errs, errors.New("PDF: a composite font without a map to Unicode"))
	}
	for i, p := range pages {
		if err := j.pdfPage(p, maps, append(slices.Clip(steps), fmt.Sprintf("pdf page text %d", i+1)), depth); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// pdfObjects scans what stands outside of streams: document information,
// bookmarks, annotations, link targets, names.
func (j *job) pdfObjects(objects [][]byte, steps []string, depth int) error {
	for _, o := range objects {
		var texts bytes.Buffer
		for _, s := range pdfStrings(o) {
			texts.Write(pdfText(s.data))
			texts.WriteByte('\n')
		}
		for _, t := range []struct {
			step string
			text []byte
		}{
			{"pdf objects", []byte(printable(o))},
			{"pdf names", hexAfter([]byte(printable(o)), '#')},
			{"pdf strings", texts.Bytes()},
		} {
			if err := j.text(t.text, append(slices.Clip(steps), t.step), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// pdfPage scans the strings that a content stream shows, joined and as words
// apart, in the standard encodings and through every map to Unicode that the
// file has: which font is in use is not followed.
func (j *job) pdfPage(page []byte, maps []characterMap, steps []string, depth int) error {
	strings := pdfStrings(page)
	decoders := []func([]byte) []byte{pdfText}
	for _, m := range maps {
		decoders = append(decoders, m.decode)
	}
	for _, decode := range decoders {
		var joined, apart []byte
		for _, s := range strings {
			t := decode(s.data)
			joined = append(joined, t...)
			if s.apart {
				apart = append(apart, ' ')
			}
			apart = append(apart, t...)
		}
		for _, text := range [][]byte{joined, apart} {
			if err := j.text(text, steps, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// fontProgram scans the names in a font, which are ASCII or UTF-16.
func (j *job) fontProgram(body []byte, steps []string) error {
	narrow := make([]byte, 0, len(body))
	for _, c := range body {
		if c != 0 {
			narrow = append(narrow, c)
		}
	}
	for _, text := range []string{asciiOnly(body), asciiOnly(narrow)} {
		if err := j.spend(len(text)); err != nil {
			return err
		}
		j.search([]byte(text), steps)
	}
	return nil
}

func asciiOnly(b []byte) string {
	out := bytes.Clone(b)
	for i, c := range out {
		if c < ' ' || c >= 0x7f {
			out[i] = ' '
		}
	}
	return string(out)
}

// pdfStream is a stream object as it stands in the file.
type pdfStream struct{ dict, body []byte }

var (
	streamStart = regexp.MustCompile(`>>[ \t\r\n]*stream(\r\n|\n)`)
	directSize  = regexp.MustCompile(`/Length[ \t\r\n]+(\d+)[ \t\r\n]*(/|>>)`)
)

// pdfStreams splits a file into its streams and the bytes around them.
func pdfStreams(data []byte) (streams []pdfStream, rest []byte, err error) {
	for {
		at := streamStart.FindIndex(data)
		if at == nil {
			rest = append(rest, data...)
			if bytes.Count(rest, []byte("endstream")) != len(streams) {
				return nil, nil, errors.New("a stream whose beginning cannot be found")
			}
			return streams, rest, nil
		}
		dict := data[:at[0]+2]
		if k := bytes.LastIndex(dict, []byte(" obj")); k >= 0 {
			dict = dict[k:]
		}
		body := data[at[1]:]
		end := -1
		if m := directSize.FindSubmatch(dict); m != nil {
			if n, err := strconv.Atoi(string(m[1])); err == nil && n <= len(body) &&
				bytes.HasPrefix(bytes.TrimLeft(body[n:min(len(body), n+16)], "\r\n"), []byte("endstream")) {
				end = n
			}
		}
		if end < 0 {
			end = bytes.Index(body, []byte("endstream"))
		}
		if end < 0 {
			return nil, nil, errors.New("a stream without its end")
		}
		rest = append(rest, data[:at[1]]...)
		streams = append(streams, pdfStream{dict, body[:end]})
		data = body[end:]
	}
}

var filterNames = regexp.MustCompile(`/Filter[ \t\r\n]*(\[[^\]]*\]|/[A-Za-z0-9]+)`)

func (j *job) pdfFilters(s pdfStream) ([]byte, error) {
	body := s.body
	m := filterNames.FindSubmatch(s.dict)
	if m == nil {
		if name(s.dict, "Filter") || name(s.dict, "F") {
			return nil, errors.New("its filter cannot be read")
		}
		return body, nil
	}
	for _, f := range bytes.Fields(bytes.Trim(bytes.ReplaceAll(m[1], []byte("/"), []byte(" ")), "[]")) {
		var err error
		switch string(f) {
		case "FlateDecode", "Fl":
			body, err = j.expand(func() (io.Reader, error) { return zlib.NewReader(bytes.NewReader(body)) })
		case "ASCIIHexDecode", "AHx":
			digits, _, _ := bytes.Cut(body, []byte(">"))
			body = pairs(bytes.Join(bytes.Fields(digits), nil))
		case "ASCII85Decode", "A85":
			digits, _, _ := bytes.Cut(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("<~")), []byte("~>"))
			body, err = io.ReadAll(ascii85.NewDecoder(bytes.NewReader(digits)))
		default:
			err = fmt.Errorf("filter %q cannot be checked", f)
		}
		if err != nil {
			return nil, err
		}
	}
	if predictor.Match(s.dict) && !name(s.dict, "XRef") {
		return nil, errors.New("a predictor cannot be checked")
	}
	return body, nil
}

var predictor = regexp.MustCompile(`/Predictor[ \t\r\n]+([2-9]|1\d)`)

// name reports whether /word stands in a run of objects.
func name(objects []byte, word string) bool {
	for {
		i := bytes.Index(objects, []byte("/"+word))
		if i < 0 {
			return false
		}
		objects = objects[i+1+len(word):]
		if len(objects) == 0 || lower[objects[0]] == 0 {
			return true
		}
	}
}

func font(dict []byte) bool {
	return name(dict, "Length1") || name(dict, "Type1C") || name(dict, "CIDFontType0C") || name(dict, "OpenType")
}

// pdfString is a string object; apart is whether other text, or a wide gap,
// stands between it and the one before.
type pdfString struct {
	data  []byte
	apart bool
}

// wideGap is the displacement inside TJ, in thousandths of an em, from which
// on it is a space between words rather than kerning.
const wideGap = 150

// pdfStrings returns the string objects of a run of objects or operators.
func pdfStrings(b []byte) []pdfString {
	var out []pdfString
	apart := true
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '(':
			s, n := literalString(b[i:])
			out = append(out, pdfString{s, apart})
			apart = false
			i += n
		case c == '<' && i+1 < len(b) && b[i+1] == '<', c == '>' && i+1 < len(b) && b[i+1] == '>':
			apart = true
			i += 2
		case c == '<':
			end := bytes.IndexByte(b[i:], '>')
			if end < 0 {
				return out
			}
			digits := bytes.Join(bytes.Fields(b[i+1:i+end]), nil)
			if len(digits)%2 == 1 {
				digits = append(digits, '0')
			}
			if allHex(digits) {
				out = append(out, pdfString{pairs(digits), apart})
				apart = false
			}
			i += end + 1
		case c == '%':
			for i < len(b) && b[i] != '\n' && b[i] != '\r' {
				i++
			}
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(b) && (b[end] >= '0' && b[end] <= '9' || b[end] == '.') {
				end++
			}
			if v, err := strconv.ParseFloat(string(b[i:end]), 64); err == nil && v < -wideGap {
				apart = true
			}
			i = end
		case isLetter(c) || c == '\'' || c == '"':
			apart = true
			i++
		default:
			i++
		}
	}
	return out
}

// literalString reads "(…)" and returns its bytes and its length (ISO 32000-1
// 7.3.4.2).
func literalString(b []byte) (out []byte, n int) {
	open := 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '(':
			if open++; open > 1 {
				out = append(out, c)
			}
		case ')':
			if open--; open == 0 {
				return out, i + 1
			}
			out = append(out, c)
		case '\\':
			i++
			if i >= len(b) {
				return out, len(b)
			}
			switch e := b[i]; {
			case e >= '0' && e <= '7':
				v := 0
				for k := 0; k < 3 && i < len(b) && b[i] >= '0' && b[i] <= '7'; k++ {
					v = v*8 + int(b[i]-'0')
					i++
				}
				i--
				out = append(out, byte(v))
			case e == '\r' && i+1 < len(b) && b[i+1] == '\n':
				i++
			case e == '\n' || e == '\r':
			case bytes.IndexByte([]byte("nrtbf"), e) >= 0:
				out = append(out, ' ')
			default:
				out = append(out, e)
			}
		default:
			out = append(out, c)
		}
	}
	return out, len(b)
}

// pdfText decodes a text string: UTF-16 or UTF-8 by its mark, else as Latin-1,
// with which PDFDocEncoding and WinAnsiEncoding agree in their letters.
func pdfText(s []byte) []byte {
	if bytes.HasPrefix(s, []byte("\xfe\xff")) || bytes.HasPrefix(s, []byte("\xff\xfe")) {
		if t, ok := utf16Text(s); ok {
			return t
		}
	}
	if t, ok := bytes.CutPrefix(s, []byte("\xef\xbb\xbf")); ok {
		return t
	}
	r := make([]rune, len(s))
	for i, c := range s {
		r[i] = rune(c)
	}
	return []byte(string(r))
}

// characterMap is a ToUnicode CMap: codes of one width to text.
type characterMap struct {
	width int
	text  map[uint32][]byte
}

var (
	mapSections = regexp.MustCompile(`(?s)begin(bfchar|bfrange)(.*?)endbf`)
	mapTokens   = regexp.MustCompile(`<[0-9A-Fa-f \t\r\n]*>|\[|\]`)
)

func parseCharacterMap(cmap []byte) characterMap {
	m := characterMap{width: 1, text: map[uint32][]byte{}}
	const mostCodes = 1 << 16
	for _, section := range mapSections.FindAllSubmatch(cmap, -1) {
		var fields [][]byte // hexadecimal strings; nil for a bracket
		for _, t := range mapTokens.FindAll(section[2], -1) {
			if t[0] != '<' {
				fields = append(fields, nil)
				continue
			}
			fields = append(fields, pairs(bytes.Join(bytes.Fields(t[1:len(t)-1]), nil)))
		}
		if string(section[1]) == "bfchar" {
			for i := 0; i+1 < len(fields); i += 2 {
				m.set(code(fields[i]), fields[i], fields[i+1])
			}
			continue
		}
		for i := 0; i+2 < len(fields); {
			from := code(fields[i])
			if base := fields[i+2]; base != nil { // consecutive
				for n := range min(uint64(code(fields[i+1]))-uint64(from)+1, mostCodes) {
					t := bytes.Clone(base)
					if len(t) > 0 {
						t[len(t)-1] += byte(n)
					}
					m.set(from+uint32(n), fields[i], t)
				}
				i += 3
				continue
			}
			k := i + 3 // one by one, in brackets
			for c := from; k < len(fields) && fields[k] != nil; c, k = c+1, k+1 {
				m.set(c, fields[i], fields[k])
			}
			i = k + 1
		}
	}
	return m
}

func (m *characterMap) set(c uint32, source, utf16be []byte) {
	m.width = max(1, len(source))
	t, ok := utf16Text(append([]byte{0xfe, 0xff}, utf16be...))
	if ok {
		m.text[c] = t
	}
}

func code(b []byte) (c uint32) {
	for _, x := range b {
		c = c<<8 | uint32(x)
	}
	return c
}

func (m characterMap) decode(s []byte) []byte {
	var out []byte
	for ; len(s) >= m.width; s = s[m.width:] {
		out = append(out, m.text[code(s[:m.width])]...)
	}
	return out
}
