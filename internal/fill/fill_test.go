package fill

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// stuck is a source that gives nothing and does not end.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestUp(t *testing.T) {
	torn := errors.New("torn tape")
	for what, c := range map[string]struct {
		src  io.Reader
		n    int
		want error
	}{
		"whole":          {strings.NewReader("12345678"), 8, nil},
		"byte by byte":   {iotest.OneByteReader(strings.NewReader("123456789")), 8, nil},
		"ended":          {strings.NewReader("123"), 3, io.EOF},
		"cut short":      {io.MultiReader(strings.NewReader("123"), iotest.ErrReader(io.ErrUnexpectedEOF)), 3, io.ErrUnexpectedEOF},
		"failed":         {io.MultiReader(strings.NewReader("123"), iotest.ErrReader(torn)), 3, torn},
		"gives nothing":  {stuck{}, 0, io.ErrNoProgress},
		"data and error": {iotest.DataErrReader(strings.NewReader("123")), 3, io.EOF},
	} {
		if n, err := Up(c.src, make([]byte, 8)); n != c.n || err != c.want {
			t.Errorf("%s: %d bytes, %v", what, n, err)
		}
	}
}
