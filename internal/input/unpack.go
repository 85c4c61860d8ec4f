package input

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"io"
	"iter"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The limits of what one file may hold. They are far above what logs need:
// text packs to a tenth, repeated lines to a few hundredths.
const (
	MaxDepth   = 4        // containers inside each other; a tar.gz is two
	MaxMembers = 100_000  // in all archives of one file together
	maxRatio   = 1000     // bytes unpacked for each one stored,
	freeBytes  = 64 << 20 // and so many beyond that

	maxDirectory = 16 << 20  // of a zip, in bytes: it is read into memory, at several times its size
	maxZstd      = 128 << 20 // window of a zstd frame: what the zstd command accepts without --long=28
)

// Inputs opens the file and yields every text in it: one, or the members of an
// archive in their order. What cannot be read is an *[Error], after which the
// sequence goes on with the next member; where the context ends, its error is
// the last one.
func (f *File) Inputs(ctx context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		r, at, err := f.open(ctx)
		if err != nil {
			yield(nil, &Error{f.Name, err})
			return
		}
		defer r.Close()
		u := &unpacker{ctx: ctx, file: f, yield: yield}
		s := stream{name: f.Name, rel: f.Rel, modTime: f.ModTime, size: f.Size, r: r, at: at}
		if !f.named {
			s.below = f.Rel
		}
		if at != nil {
			s.reopen = func() (io.ReadCloser, error) {
				r, _, err := (&File{Name: f.Name}).open(ctx) // another File, which counts for itself
				return r, err
			}
		}
		u.open(s)
	}
}

// unpacker goes through one file. Its methods return false to end it.
type unpacker struct {
	ctx     context.Context
	file    *File
	yield   func(*Input, error) bool
	members int
	leaf    *bufio.Reader // of the text that is read now
	given   atomic.Int64  // bytes that containers gave so far, on all levels together; they are read by several goroutines
}

// stream is some bytes that may be a text or a container: the file, or what a
// container in it holds.
type stream struct {
	name    string
	rel     string
	below   string // rel of an archive's members begins with this
	modTime time.Time
	size    int64
	depth   int

	r      io.Reader
	at     io.ReaderAt // the same bytes, size of them; nil where there is only r
	reopen func() (io.ReadCloser, error)
}

// open yields the texts in s.
func (u *unpacker) open(s stream) bool {
	if err := u.ctx.Err(); err != nil {
		u.yield(nil, err)
		return false
	}
	in := bufio.NewReaderSize(s.r, 4096)
	head, err := in.Peek(512)
	if len(head) == 0 && err != nil && err != io.EOF {
		return u.fail(s, err)
	}
	s.r = in
	container := recognise(head)
	switch {
	case container == none:
		return u.text(s)
	case s.depth == MaxDepth:
		return u.fail(s, ErrTooDeep)
	}
	s.depth++
	switch container {
	case isZip:
		return u.zip(s)
	case isTar:
		return u.tar(s)
	}
	return u.compressed(s, container)
}

// fail yields what could not be read, and ends all where that is because the
// context ended.
func (u *unpacker) fail(s stream, err error) bool {
	if err := u.ctx.Err(); err != nil {
		u.yield(nil, err)
		return false
	}
	return u.yield(nil, &Error{s.name, err})
}

type container uint8

const (
	none container = iota
	isGzip
	isZstd
	isBzip2
	isZip
	isTar
)

func recognise(head []byte) container {
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("\x1f\x8b\x08"): // RFC 1952 2.3
		return isGzip
	case has("\x28\xb5\x2f\xfd"), len(head) > 4 && head[0]&0xf0 == 0x50 && has(string(head[:1])+"\x2a\x4d\x18"): // RFC 8878 3.1
		return isZstd
	case has("BZh") && len(head) > 10 && (string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90"):
		return isBzip2
	case has("PK\x03\x04"), has("PK\x05\x06"), has("PK\x07\x08PK\x03\x04"):
		return isZip
	case isTarHeader(head):
		return isTar
	}
	return none
}

// isTarHeader looks at the checksum, which the oldest tars have as well.
func isTarHeader(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	var stored, sum int
	for _, b := range bytes.Trim(head[148:156], " \x00") {
		if b < '0' || b > '7' {
			return false
		}
		stored = stored*8 + int(b-'0')
	}
	for i, b := range head[:512] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		sum += int(b)
	}
	return stored == sum
}

// compressed opens the one stream that gzip, zstd or bzip2 hold.
func (u *unpacker) compressed(s stream, c container) bool {
	r, modTime, err := decompress(s.r, c)
	if err != nil {
		return u.fail(s, err)
	}
	defer r.Close()
	if modTime.Year() > 1980 && (s.modTime.IsZero() || modTime.Before(s.modTime)) { // 0 of RFC 1952 is "none", not 1970
		s.modTime = modTime // gzip keeps that of the text; the file's own is that of packing or copying
	}
	if again := s.reopen; again != nil {
		s.reopen = func() (io.ReadCloser, error) {
			packed, err := again()
			if err != nil {
				return nil, err
			}
			r, _, err := decompress(packed, c)
			if err != nil {
				packed.Close()
				return nil, err
			}
			return readCloser{r, closeBoth{r, packed}}, nil
		}
	}
	text := newAhead(u.guard(r))
	defer text.close()
	s.r, s.at = text, nil
	return u.open(s)
}

type closeBoth [2]io.Closer

func (c closeBoth) Close() error {
	return errors.Join(c[0].Close(), c[1].Close())
}

// decompress returns the text and, where the container has it, the time at
// which that was last written.
func decompress(r io.Reader, c container) (text io.ReadCloser, modTime time.Time, err error) {
	switch c {
	case isGzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, modTime, err
		}
		return z, z.ModTime, nil
	case isZstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstd))
		if err != nil {
			return nil, modTime, err
		}
		return z.IOReadCloser(), modTime, nil
	}
	return io.NopCloser(bzip2.NewReader(r)), modTime, nil
}

// tar opens the members of a tar. Those that are no plain files hold no text.
func (u *unpacker) tar(s stream) bool {
	r := s.r
	if s.at != nil { // so that a member can be passed over without reading it
		r = io.NewSectionReader(s.at, 0, s.size)
	}
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return true
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return u.fail(s, err)
		case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse:
			continue
		case !u.count():
			return u.fail(s, ErrTooMany)
		}
		m := s.member(h.Name, h.ModTime, h.Size)
		m.r = u.guard(t) // a sparse member is longer than what is stored of it
		if !u.open(m) {
			return false
		}
	}
}

// zip opens the members of a zip, in the order of its directory.
func (u *unpacker) zip(s stream) bool {
	if s.at == nil {
		f, err := spoolAll(s.r)
		if err != nil {
			return u.fail(s, err)
		}
		defer f.remove()
		s.at, s.size = f.file, f.size
	}
	z, err := openZip(s.at, s.size)
	if err != nil {
		return u.fail(s, err)
	}
	for _, f := range z.File {
		if f.Name == "[Content_Types].xml" { // ECMA-376-2 10.1.2
			return u.fail(s, &BinaryError{"Office document", "export it as CSV"})
		}
	}
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		if !u.count() {
			return u.fail(s, ErrTooMany)
		}
		if !u.zipMember(s, f) {
			return false
		}
	}
	return true
}

func (u *unpacker) zipMember(s stream, f *zip.File) bool {
	m := s.member(f.Name, f.Modified, int64(f.CompressedSize64))
	if f.Flags&1 != 0 { // APPNOTE.TXT 4.4.4
		return u.fail(m, ErrEncrypted)
	}
	r, err := f.Open()
	if err != nil {
		return u.fail(m, err)
	}
	defer r.Close()
	m.r, m.reopen = u.guard(r), f.Open
	return u.open(m)
}

// openZip reads the directory of a zip.
func openZip(at io.ReaderAt, size int64) (*zip.Reader, error) {
	limited := &limitedAt{at: at, left: maxDirectory}
	z, err := zip.NewReader(limited, size)
	if limited.left < 0 {
		return nil, errDirectory
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, err
	}
	limited.open = true
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	z.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstd)))
	return z, nil
}

// limitedAt lets the directory of a zip, which is read as a whole, not exceed
// a size.
type limitedAt struct {
	at   io.ReaderAt
	left int64
	open bool // the directory is read
}

func (l *limitedAt) ReadAt(p []byte, off int64) (int, error) {
	if !l.open {
		if l.left -= int64(len(p)); l.left < 0 {
			return 0, errDirectory
		}
	}
	return l.at.ReadAt(p, off)
}

// member is the stream of an archive's member, without its bytes.
func (s *stream) member(name string, modTime time.Time, size int64) stream {
	m := stream{name: s.name + "!" + name, modTime: s.modTime, size: size, depth: s.depth}
	if modTime.Year() > 1980 { // 1970 and 1980 are how tar and zip write "none"
		m.modTime = modTime
	}
	inside := path.Clean("/" + strings.ReplaceAll(name, `\`, "/"))[1:] // never above the archive
	m.rel = path.Join(s.below, inside)
	m.below = m.rel
	return m
}

func (u *unpacker) count() bool {
	u.members++
	return u.members <= MaxMembers
}

// guard watches what comes out of a container.
func (u *unpacker) guard(r io.Reader) io.Reader { return &guard{u: u, r: r} }

type guard struct {
	u   *unpacker
	r   io.Reader
	err error // the first one stays: some decoders go on after theirs
}

func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	if given := g.u.given.Add(int64(n)); err == nil && given > freeBytes+maxRatio*g.u.file.Consumed() {
		err = ErrTooBig
	}
	g.err = err
	return n, err
}

// text yields s as an input, unless it holds no text.
func (u *unpacker) text(s stream) bool {
	if u.leaf == nil {
		u.leaf = bufio.NewReaderSize(nil, window)
	}
	u.leaf.Reset(s.r)
	head, err := u.leaf.Peek(window)
	if len(head) == 0 && err != nil && err != io.EOF {
		return u.fail(s, err)
	}
	enc, err := findEncoding(head)
	if err != nil {
		return u.fail(s, err)
	}
	in := &Input{
		Name: s.name, Rel: s.rel, ModTime: s.modTime, Size: s.size,
		text: enc.reader(u.leaf), enc: enc, reopen: s.reopen, limit: u.again(),
	}
	if s.at != nil {
		in.stored = io.NewSectionReader(s.at, 0, s.size)
	}
	defer in.close()
	return u.yield(in, nil)
}

// again is how much a text may give when it is unpacked once more.
func (u *unpacker) again() int64 {
	return freeBytes + maxRatio*max(u.file.Size, u.file.Consumed())
}
