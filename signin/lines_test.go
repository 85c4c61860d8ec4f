package signin

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLineReader(t *testing.T) {
	const most = 10
	long := strings.Repeat("x", most)
	for _, c := range []struct{ why, text, want string }{
		{"lines", "a\nbb\n", `1 "a" 2 "bb"`},
		{"the last one without an end", "a\nbb", `1 "a" 2 "bb"`},
		{"empty lines", "\n\na\n", `1 "" 2 "" 3 "a"`},
		{"Windows line ends", "a\r\n\r\nb", `1 "a" 2 "" 3 "b"`},
		{"as long as may be", long + "\n" + long, `1 "xxxxxxxxxx" 2 "xxxxxxxxxx"`},
		{"longer", "a\n" + long + "y\nb\n", `1 "a" 2 too long 3 "b"`},
		{"much longer", strings.Repeat(long, 50) + "\nb\n", `1 too long 2 "b"`},
		{"longer at the end", "a\n" + strings.Repeat(long, 50), `1 "a" 2 too long`},
		{"two that are longer", long + long + "\n" + long + long + "\nb", `1 too long 2 too long 3 "b"`},
		{"nothing", "", ``},
	} {
		for name, src := range map[string]io.Reader{
			"at once":           strings.NewReader(c.text),
			"byte by byte":      iotest.OneByteReader(strings.NewReader(c.text)),
			"with its last EOF": iotest.DataErrReader(strings.NewReader(c.text)),
		} {
			r := newLineReader(src, most)
			var got []string
			for {
				text, err := r.next()
				if err == io.EOF {
					break
				}
				var bad *RecordError
				switch {
				case errors.As(err, &bad) && errors.Is(bad, errLineTooLong) && bad.Line == r.line:
					got = append(got, fmt.Sprintf("%d too long", r.line))
				case err != nil:
					t.Fatal(err)
				default:
					got = append(got, fmt.Sprintf("%d %q", r.line, text))
				}
			}
			if got := strings.Join(got, " "); got != c.want {
				t.Errorf("%s, %s\n got %s\nwant %s", c.why, name, got, c.want)
			}
			if len(r.buf) > most+1 {
				t.Errorf("%s, %s: a buffer of %d bytes", c.why, name, len(r.buf))
			}
		}
	}
}

// Lines before a failure of the source are read, then it ends the sequence.
func TestLineReaderFails(t *testing.T) {
	broken := errors.New("broken")
	r := newLineReader(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 10)
	if text, err := r.next(); text != "a" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := r.next(); err != broken {
		t.Errorf("%v", err)
	}
	if _, err := newLineReader(noProgress{}, 10).next(); err != io.ErrNoProgress {
		t.Errorf("%v", err)
	}
}

type noProgress struct{}

func (noProgress) Read([]byte) (int, error) { return 0, nil }
