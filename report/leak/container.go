package leak

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is what a run of bytes is, by its content.
type kind uint8

const (
	kindUnknown kind = iota
	kindText         // UTF-8 without control characters
	kindUTF16
	kindGzip
	kindZlib
	kindZip
	kindPDF
	kindRefused // known, and known not to be checkable
)

// refused are formats that may carry words where no decoder here reads them.
var refused = []struct{ magic, what string }{
	{"\x89PNG", "a PNG image"},
	{"\xff\xd8\xff", "a JPEG image"},
	{"GIF8", "a GIF image"},
	{"RIFF", "a RIFF container"},
	{"wOF2", "a web font"},
	{"wOFF", "a web font"},
	{"OTTO", "a font"},
	{"BZh", "a bzip2 stream"},
	{"\xfd7zXZ", "an xz stream"},
	{"\x28\xb5\x2f\xfd", "a zstd stream"},
	{"7z\xbc\xaf", "a 7z archive"},
	{"Rar!", "a RAR archive"},
	{"SQLite format", "a database"},
	{"\xd0\xcf\x11\xe0", "an OLE document"},
	{"\xff\xfe\x00\x00", "UTF-32 text"},
	{"\x00\x00\xfe\xff", "UTF-32 text"},
}

func refusal(data []byte) string {
	for _, r := range refused {
		if bytes.HasPrefix(data, []byte(r.magic)) {
			return r.what + " cannot be checked"
		}
	}
	return "data of no known format cannot be checked"
}

func kindOf(data []byte) kind {
	has := func(prefix string) bool { return bytes.HasPrefix(data, []byte(prefix)) }
	switch {
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return kindZip
	case has("\x1f\x8b\x08"):
		return kindGzip
	case has("%PDF-"):
		return kindPDF
	case isText(data):
		return kindText
	case len(data) > 8 && data[0] == 0x78 && (int(data[0])<<8|int(data[1]))%31 == 0: // RFC 1950 2.2
		return kindZlib
	}
	for _, r := range refused {
		if has(r.magic) {
			return kindRefused
		}
	}
	if _, ok := utf16Text(data); ok {
		return kindUTF16
	}
	return kindUnknown
}

// isText reports whether data is UTF-8 without control characters other than
// white space.
func isText(data []byte) bool {
	for i, c := range data {
		if c < ' ' && (c < '\t' || c > '\r') || c == 0x7f {
			return false
		}
		if c >= utf8.RuneSelf {
			return utf8.Valid(data[i:]) && !bytes.ContainsFunc(data[i:], func(r rune) bool { return r < ' ' && (r < '\t' || r > '\r') || r == 0x7f })
		}
	}
	return true
}

// utf16Text decodes UTF-16: by its byte order mark, else by the zero bytes that
// Latin text has in it.
func utf16Text(data []byte) ([]byte, bool) {
	if len(data) < 4 || len(data)%2 != 0 {
		return nil, false
	}
	var order binary.ByteOrder
	switch {
	case data[0] == 0xff && data[1] == 0xfe:
		order, data = binary.LittleEndian, data[2:]
	case data[0] == 0xfe && data[1] == 0xff:
		order, data = binary.BigEndian, data[2:]
	default:
		var zeros [2]int
		for i, c := range data {
			if c == 0 {
				zeros[i%2]++
			}
		}
		switch pairs := len(data) / 2; {
		case zeros[1]*3 > pairs && zeros[0] == 0:
			order = binary.LittleEndian
		case zeros[0]*3 > pairs && zeros[1] == 0:
			order = binary.BigEndian
		default:
			return nil, false
		}
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	out := []byte(string(utf16.Decode(units)))
	return out, isText(out) && !bytes.ContainsRune(out, utf8.RuneError)
}

// blob scans a run of bytes of any format.
func (j *job) blob(data []byte, steps []string, depth int) error {
	if depth > maxNested {
		return errors.New("archives or encodings nested too deep")
	}
	if err := j.spend(len(data)); err != nil {
		return err
	}
	switch kindOf(data) {
	case kindText:
		return j.text(data, steps, depth)
	case kindUTF16:
		text, _ := utf16Text(data)
		return j.text(text, append(slices.Clip(steps), "UTF-16"), depth)
	case kindGzip:
		return j.gzip(data, steps, depth)
	case kindZlib:
		out, err := j.expand(func() (io.Reader, error) { return zlib.NewReader(bytes.NewReader(data)) })
		if err != nil {
			return fmt.Errorf("zlib stream: %w", err)
		}
		return j.blob(out, append(slices.Clip(steps), "zlib"), depth+1)
	case kindZip:
		return j.zip(data, steps, depth)
	case kindPDF:
		return j.pdf(data, steps, depth)
	case kindRefused:
		return errors.New(refusal(data))
	}
	return errors.New("neither UTF-8 or UTF-16 text nor a format that can be opened")
}

// expand reads a decompressor within the budget of the file.
func (j *job) expand(open func() (io.Reader, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, max(0, j.budget)+1))
	if spent := j.spend(len(out)); spent != nil {
		return nil, spent
	}
	return out, err
}

// gzip scans all members of a gzip file and their headers (RFC 1952 2.3.1).
func (j *job) gzip(data []byte, steps []string, depth int) error {
	src := bytes.NewReader(data)
	r, err := gzip.NewReader(src)
	for ; err == nil; err = r.Reset(src) {
		r.Multistream(false)
		header := r.Name + "\n" + r.Comment + "\n" + printable(r.Extra)
		if err := j.text([]byte(header), append(slices.Clip(steps), "gzip header"), depth+1); err != nil {
			return err
		}
		out, err := j.expand(func() (io.Reader, error) { return r, nil })
		if err != nil {
			return fmt.Errorf("gzip member: %w", err)
		}
		if err := j.blob(out, append(slices.Clip(steps), "gzip"), depth+1); err != nil {
			return err
		}
	}
	if err != io.EOF {
		return fmt.Errorf("gzip: %w", err)
	}
	return nil
}

// printable replaces what is not text by spaces.
func printable(b []byte) string {
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' && (r < '\t' || r > '\r') || r == utf8.RuneError {
			return ' '
		}
		return r
	}, b))
}

// zip scans the names, comments and contents of an archive. Bytes that belong
// to no entry of its directory make it uncheckable: an entry taken out of the
// directory is still there for whoever looks.
func (j *job) zip(data []byte, steps []string, depth int) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("zip: %w", err)
	}
	var errs []error
	slack, err := hiddenBytes(data, r)
	if err != nil {
		errs = append(errs, err)
	}
	for _, t := range []struct {
		step string
		text string
	}{{"zip comment", printable([]byte(r.Comment))}, {"zip headers", printable(slack)}} {
		if err := j.text([]byte(t.text), append(slices.Clip(steps), t.step), depth+1); err != nil {
			errs = append(errs, err)
		}
	}
	for _, f := range r.File {
		in := append(slices.Clip(steps), "zip "+f.Name)
		if err := j.zipEntry(f, in, depth); err != nil {
			errs = append(errs, fmt.Errorf("zip entry %q: %w", f.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (j *job) zipEntry(f *zip.File, steps []string, depth int) error {
	if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Comment) {
		return errors.New("name or comment is not UTF-8")
	}
	header := f.Name + "\n" + f.Comment + "\n" + printable(f.Extra)
	if err := j.text([]byte(header), append(slices.Clip(steps), "zip header"), depth+1); err != nil {
		return err
	}
	if f.Flags&1 != 0 {
		return errors.New("encrypted")
	}
	out, err := j.expand(func() (io.Reader, error) { return f.Open() })
	if err != nil {
		return err
	}
	if len(out) == 0 && f.FileInfo().IsDir() {
		return nil
	}
	return j.blob(out, steps, depth+1)
}

// hiddenBytes returns what stands between the contents of an archive beside
// the names: the extra fields of the local headers, the data descriptors and
// the directory as it is (APPNOTE 4.3.7, 4.3.9, 4.3.12). It is an error if bytes before the directory belong
// to no entry, or an entry's two names differ.
func hiddenBytes(data []byte, r *zip.Reader) (slack []byte, err error) {
	type span struct{ from, to int64 }
	var spans []span
	for _, f := range r.File {
		body, err := f.DataOffset()
		if err != nil {
			return nil, err
		}
		if body > int64(len(data)) || f.CompressedSize64 > uint64(int64(len(data))-body) {
			return nil, errors.New("zip: an entry past the end of the file")
		}
		head, name, extra, ok := localHeader(data, int(body))
		if !ok {
			return nil, errors.New("zip: an entry without its header")
		}
		if string(name) != f.Name {
			return nil, fmt.Errorf("zip: the directory names an entry %q, its header %q", f.Name, name)
		}
		end := body + int64(f.CompressedSize64)
		slack = append(append(slack, extra...), '\n')
		if f.Flags&8 != 0 {
			n := descriptor(data[end:])
			slack = append(append(slack, data[end:end+n]...), '\n')
			end += n
		}
		spans = append(spans, span{int64(head), end})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	at := int64(0)
	for _, s := range spans {
		if s.from != at {
			return nil, fmt.Errorf("zip: %d bytes at %d belong to no entry", s.from-at, at)
		}
		at = s.to
	}
	if rest := data[at:]; !bytes.HasPrefix(rest, []byte("PK\x01\x02")) && !bytes.HasPrefix(rest, []byte("PK\x05\x06")) {
		return nil, fmt.Errorf("zip: bytes at %d belong to no entry", at)
	}
	return append(slack, data[at:]...), nil
}

// localHeader finds the header that ends where the body begins.
func localHeader(data []byte, body int) (head int, name, extra []byte, ok bool) {
	const fixed = 30
	for head = bytes.LastIndex(data[:body], []byte("PK\x03\x04")); head >= 0; head = bytes.LastIndex(data[:head], []byte("PK\x03\x04")) {
		if head+fixed > body {
			continue
		}
		n := head + fixed + int(binary.LittleEndian.Uint16(data[head+26:]))
		if n+int(binary.LittleEndian.Uint16(data[head+28:])) == body {
			return head, data[head+fixed : n], data[n:body], true
		}
	}
	return 0, nil, nil, false
}

// descriptor returns the length of the data descriptor at the start of b: the
// next entry or the directory follows it.
func descriptor(b []byte) int64 {
	for _, n := range []int{16, 12, 24, 20} {
		if len(b) >= n+2 && string(b[n:n+2]) == "PK" {
			return int64(n)
		}
	}
	return 0
}
