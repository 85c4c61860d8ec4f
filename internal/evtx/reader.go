package evtx

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Magic is how an EVTX file begins.
const Magic = "ElfFile\x00"

const (
	headSize  = 4096
	chunkSize = 64 << 10

	chunkMagic  = "ElfChnk\x00"
	chunkHead   = 512
	recordMagic = "**\x00\x00"
	recordHead  = 24
	recordMin   = recordHead + 4

	// Flags of the file and of a chunk.
	flagDirty = 1 // was in use: head and checksums may be older than the records
	flagNoCRC = 4 // checksums are not kept
)

// What is wrong with a file or a part of it, inside a [RecordError] but for the
// first, which ends the reading.
var (
	ErrNotEVTX  = errors.New("not an EVTX file")
	ErrHead     = errors.New("head of the file is damaged")
	ErrShort    = errors.New("the file is cut off")
	ErrLost     = errors.New("no record where one should begin")
	ErrChunk    = errors.New("head of the chunk is damaged")
	ErrChecksum = errors.New("checksum of the chunk is wrong: a record of it is changed or lost")
)

// Reader reads the records of an EVTX file, in the order in which they lie in
// it. It holds a few chunks.
//
// What a head says is used where its checksum holds. Where it does not, records
// are found by their own beginning, length and number. A log that was in use (a
// "dirty" one) may have more records than the head says, right behind them.
type Reader struct {
	src  *bufio.Reader
	run  runner
	rec  Record
	last int64 // the number of the last record

	begun bool
	dirty bool // the file was in use
	err   error

	chunk  [chunkSize]byte
	number int   // of the chunk, from 1
	size   int   // how much of the chunk the file has
	pos    int   // of the next record; size: no more
	free   int   // where the records end by the chunk's head
	blind  bool  // the head is damaged: free means nothing
	inside int64 // the number of the last record of this chunk; 0: none yet
	report []error
}

// NewReader returns a reader of the given fields.
func NewReader(src io.Reader, fields *Fields) *Reader {
	r := &Reader{src: bufio.NewReaderSize(src, 3*chunkSize)}
	r.run = runner{chunk: r.chunk[:], fields: fields, rec: &r.rec, programs: map[programKey]program{}}
	return r
}

// Next returns the next record, which is valid until the next call. The error
// is a *[RecordError] for what is damaged, after which Next may be called
// again, [io.EOF] at the end, [ErrNotEVTX], or what the source failed with.
func (r *Reader) Next() (*Record, error) {
	if !r.begun {
		r.begun = true
		r.err = r.head()
	}
	for {
		if len(r.report) > 0 {
			err := r.report[0]
			r.report = r.report[1:]
			return nil, &RecordError{max(r.last, 1), err}
		}
		begin, end := r.nextRecord()
		switch {
		case begin >= 0:
			return r.record(begin, end)
		case len(r.report) > 0:
		case r.err != nil:
			return nil, r.err
		default:
			r.err = r.nextChunk()
		}
	}
}

func (r *Reader) head() error {
	head := r.chunk[:headSize]
	n, err := io.ReadFull(r.src, head)
	if !bytes.HasPrefix(head[:n], []byte(Magic)) {
		switch err {
		case nil:
			return r.afterBadHead()
		case io.EOF, io.ErrUnexpectedEOF:
			return ErrNotEVTX
		}
		return err
	}
	r.dirty = u32(head, 120)&(flagDirty|flagNoCRC) != 0
	if err == io.ErrUnexpectedEOF {
		r.report = append(r.report, ErrShort)
		return io.EOF
	}
	return err
}

// afterBadHead goes on where the head of a file is none, if a chunk follows.
func (r *Reader) afterBadHead() error {
	err := r.nextChunk()
	if !bytes.HasPrefix(r.chunk[:], []byte(chunkMagic)) {
		r.pos, r.report = r.size, nil
		if err == nil || err == io.EOF {
			err = ErrNotEVTX
		}
		return err
	}
	r.report = append(r.report, ErrHead)
	return err
}

// IsEVTX reports whether a file that begins so is an EVTX file, perhaps with a
// damaged head.
func IsEVTX(head []byte) bool {
	return bytes.HasPrefix(head, []byte(Magic)) ||
		len(head) > headSize && bytes.HasPrefix(head[headSize:], []byte(chunkMagic))
}

// nextChunk reads a chunk and gets ready for its records. Chunks that were
// never used are empty.
func (r *Reader) nextChunk() error {
	ahead, err := r.src.Peek(3 * chunkSize)
	if len(ahead) == 0 {
		return err
	}
	n := copy(r.chunk[:], ahead)
	clear(r.chunk[n:])
	r.number++
	r.size, r.pos, r.inside = n, chunkHead, 0
	r.run.forget()
	length := n
	switch {
	case isEmpty(r.chunk[:chunkHead]) && !bytes.HasPrefix(r.chunk[chunkHead:], []byte(recordMagic)):
		r.pos = r.size
	case r.checkChunk():
	default:
		next, last := nextHead(ahead)
		if !last {
			r.size = min(next, chunkSize)
		}
		if next != chunkSize && r.realign(ahead[:next], last) || !last {
			length = next
		}
	}
	_, _ = r.src.Discard(length)
	if length < len(ahead) {
		return nil
	}
	if err == io.EOF && n < min(r.free, chunkSize) {
		r.report = append(r.report, fmt.Errorf("chunk %d: %w", r.number, ErrShort))
	}
	return err
}

// nextHead returns where the head of the chunk after a damaged one is: 64 KiB on,
// if one is there or the file ends or was not used further; else anywhere, because
// something is missing before it or too much. Where there is none, last is set, and
// next is the end of the file.
//
// A record may hold what looks like a head, to hide what follows; not where one
// should be, and not with a whole chunk after it in a file that ends before that.
func nextHead(ahead []byte) (next int, last bool) {
	due := ahead[min(len(ahead), chunkSize):]
	if isEmpty(due[:min(len(due), chunkHead)]) || bytes.HasPrefix(due, []byte(chunkMagic)) {
		return min(len(ahead), chunkSize), len(due) == 0
	}
	for at := 1; ; at++ {
		i := bytes.Index(ahead[min(at, len(ahead)):], []byte(chunkMagic))
		if i < 0 {
			return min(len(ahead), 2*chunkSize), true
		}
		at += i
		if c := ahead[at:]; len(c) >= chunkSize && headSum(c) == u32(c, 124) {
			return at, false
		}
	}
}

func headSum(c []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHead])
}

// realign takes a chunk that is longer or shorter than one is. Records point at
// names and templates by where these lie in the chunk, so what follows the first
// record that is broken is put back to where it was. If the chunk is the file's
// last and may only be cut off, the records must then end where the head says. It
// reports false where nothing was put back.
func (r *Reader) realign(raw []byte, last bool) bool {
	missing := chunkSize - len(raw)
	if r.blind {
		return false
	}
	clear(r.chunk[min(len(raw), chunkSize):])
	broken := chunkHead
	for end := r.recordEnd(broken); end > 0; end = r.recordEnd(broken) {
		broken = end
	}
	for at := broken + 1; ; at++ {
		i := bytes.Index(raw[min(at, len(raw)):], []byte(recordMagic))
		if i < 0 {
			return false
		}
		at += i
		length := recordsLength(raw[at:])
		if length == 0 || at+missing < broken {
			continue
		}
		if last && at+missing+length != r.free {
			return false
		}
		clear(r.chunk[broken:])
		copy(r.chunk[at+missing:], raw[at:])
		r.size = chunkSize
		return true
	}
}

// recordLength returns the length of the record that begins here, 0 where it does
// not stand at both its ends.
func recordLength(c []byte) int {
	if len(c) < recordMin || string(c[:4]) != recordMagic {
		return 0
	}
	length := u32(c, 4)
	if length < recordMin || length > uint32(len(c)) || u32(c, int(length)-4) != length {
		return 0
	}
	return int(length)
}

// recordsLength returns the length of the records that begin here.
func recordsLength(c []byte) int {
	all := 0
	for n := recordLength(c); n > 0; n = recordLength(c[all:]) {
		all += n
	}
	return all
}

// checkChunk reads the head of the chunk, and reports whether it and the sum of
// the records are right.
func (r *Reader) checkChunk() bool {
	c := r.chunk[:]
	r.free, r.blind = int(u32(c, 48)), false
	loose := r.dirty || u32(c, 120)&(flagDirty|flagNoCRC) != 0
	switch {
	case !bytes.HasPrefix(c, []byte(chunkMagic)), r.free < chunkHead, r.free > chunkSize, headSum(c) != u32(c, 124) && !loose:
		r.free, r.blind = chunkSize, true
		r.report = append(r.report, fmt.Errorf("chunk %d: %w", r.number, ErrChunk))
		return false
	case r.free > r.size:
		return false // cut off
	}
	if crc32.ChecksumIEEE(c[chunkHead:r.free]) == u32(c, 52) {
		return true
	}
	if !loose {
		r.report = append(r.report, fmt.Errorf("chunk %d: %w", r.number, ErrChecksum))
	}
	return false
}

// nextRecord returns where the next record of the chunk lies, or -1 where there
// is none or where something is to be reported first.
func (r *Reader) nextRecord() (begin, end int) {
	if r.pos >= r.size {
		return -1, 0
	}
	if end := r.recordEnd(r.pos); end > 0 {
		begin, r.pos = r.pos, end
		return begin, end
	}
	known := min(r.free, r.size)
	lost := r.pos < known && !r.blind && r.size == chunkSize // of what is cut off, that was said
	r.pos = r.search(r.pos+1, known)
	if lost {
		r.report = append(r.report, ErrLost)
		return -1, 0
	}
	return r.nextRecord() // pos is at a record or at the end
}

// search returns where between from and limit the next record begins, and the
// end of the chunk where there is none.
func (r *Reader) search(from, limit int) int {
	for from < limit {
		i := bytes.Index(r.chunk[from:limit], []byte(recordMagic))
		if i < 0 {
			break
		}
		if from += i; r.recordEnd(from) > 0 {
			return from
		}
		from++
	}
	return r.size
}

// recordEnd returns the end of the record at pos, or 0 where there is none that
// can be believed: its length stands at both its ends, or another record
// follows. Older records of a log that goes round may lie behind those that the
// chunk's head knows, and anywhere where that is damaged; their numbers are not
// the next ones.
func (r *Reader) recordEnd(pos int) int {
	c := r.chunk[:r.size]
	if pos+recordMin > len(c) || string(c[pos:pos+4]) != recordMagic {
		return 0
	}
	length := u32(c, pos+4)
	if length < recordMin || length > uint32(len(c)-pos) {
		return 0
	}
	end := pos + int(length)
	if u32(c, end-4) != length && end != r.free && !bytes.HasPrefix(c[end:], []byte(recordMagic)) {
		return 0
	}
	number := int64(u64(c, pos+8))
	if r.blind && number <= r.inside || pos >= r.free && number != r.inside+1 {
		return 0
	}
	return end
}

func (r *Reader) record(begin, end int) (*Record, error) {
	r.inside = int64(u64(r.chunk[:], begin+8))
	if r.inside > 0 {
		r.last = r.inside
	}
	r.rec.reset(r.run.fields)
	r.rec.At = max(r.last, 1)
	if err := r.run.record(begin+recordHead, end-4); err != nil {
		return nil, &RecordError{r.rec.At, err}
	}
	return &r.rec, nil
}

func isEmpty(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
