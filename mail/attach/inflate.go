package attach

import (
	"io"

	"github.com/klauspost/compress/flate"
)

// inflate reads what a decompressor gives, within what is left of the mail's
// bounds, and says whether that is all of it. The caller gives the bytes back
// with release when it is done with them. packed is the size before
// decompression, for the ratio by which bombs are known.
func (x *examiner) inflate(s subject, r io.Reader, packed, hint int64) (b []byte, whole bool) {
	limit := min(maxMember, maxInflated-x.inflated, maxLive-x.live)
	if limit <= 0 {
		x.stop("inflated_too_much", "archives hold more than is inflated")
		return nil, false
	}
	start := min(limit, max(4096, int(min(hint, packed*20, maxMember))+512))
	b = x.buffer(start)
	for {
		if len(b) == min(cap(b), limit) {
			if len(b) >= limit {
				// One byte more would tell a file of just this size from a
				// longer one; calling it cut costs nothing.
				x.stop("inflated_too_much", "archives hold more than is inflated")
				whole = false
				break
			}
			grown := append(x.buffer(min(limit, 2*cap(b))), b...)
			x.spare, b = b, grown
		}
		n, err := r.Read(b[len(b):min(cap(b), limit, len(b)+1<<16)])
		b = b[:len(b)+n]
		if len(b) >= bombSize && int64(len(b)) > packed*bombRatio {
			x.find("archive_bomb", s, "inflates to more than a hundred times its size")
			x.Cut = true
			break
		}
		if err != nil {
			whole = err == io.EOF
			break
		}
	}
	x.inflated += len(b)
	x.live += cap(b)
	return b, whole
}

// release says that b, which inflate gave, is not used any more.
func (x *examiner) release(b []byte) {
	x.live -= cap(b)
	if cap(b) > cap(x.spare) {
		x.spare = b
	}
}

// buffer gives an empty slice of at least n bytes. One that was released is
// used again: a thousand members would otherwise leave a thousand buffers to
// the collector. A much larger one is taken only if nothing else is held: it
// counts whole, and members inside need their room.
func (x *examiner) buffer(n int) []byte {
	if b := x.spare; cap(b) >= n && (x.live == 0 || cap(b) <= 4*n+1<<16) {
		x.spare = nil
		return b[:0]
	}
	return make([]byte, 0, n)
}

// deflated reads raw deflate data.
func deflated(b []byte) io.Reader { return flate.NewReader(bytesReader(b)) }
