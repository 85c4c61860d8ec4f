package input

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestAhead reads texts of sizes around those of blocks, whose source ends in
// several ways, in pieces of several sizes.
func TestAhead(t *testing.T) {
	broken := errors.New("broken")
	for _, size := range []int{0, 1, aheadDirect - 1, aheadDirect, aheadDirect + 1, aheadDirect + aheadBlock, aheadDirect + aheadBlocks*aheadBlock + 7, 2 << 20} {
		text := []byte(strings.Repeat("a line that is no multiple\n", size/27+1)[:size])
		for name, src := range map[string]func() io.Reader{
			"plain":    func() io.Reader { return bytes.NewReader(text) },
			"with end": func() io.Reader { return iotest.DataErrReader(bytes.NewReader(text)) },
			"halves":   func() io.Reader { return iotest.HalfReader(bytes.NewReader(text)) },
			"broken":   func() io.Reader { return io.MultiReader(bytes.NewReader(text), iotest.ErrReader(broken)) },
			"cut":      func() io.Reader { return io.MultiReader(bytes.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF)) },
		} {
			for _, piece := range []int{1000, 64 << 10, 300_000} {
				a := newAhead(src())
				var got []byte
				var err error
				buf := make([]byte, piece)
				for err == nil {
					var n int
					n, err = a.Read(buf)
					got = append(got, buf[:n]...)
				}
				a.close()
				want := map[string]error{"broken": broken, "cut": io.ErrUnexpectedEOF}[name]
				if want == nil {
					want = io.EOF
				}
				if !bytes.Equal(got, text) || err != want {
					t.Errorf("%s, %d bytes in pieces of %d: %d bytes and %v", name, size, piece, len(got), err)
				}
			}
		}
	}
}

// TestAheadIsGivenUp closes a reader whose goroutine waits for room.
func TestAheadIsGivenUp(t *testing.T) {
	endless := iotest.HalfReader(strings.NewReader(strings.Repeat("x", 4<<20)))
	a := newAhead(endless)
	if _, err := io.ReadFull(a, make([]byte, aheadDirect+1)); err != nil {
		t.Fatal(err)
	}
	a.close()
}
