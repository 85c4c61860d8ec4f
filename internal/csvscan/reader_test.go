package csvscan

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// readAll gives each row as "LINE: field|field" and each damaged row as
// "LINE: error".
func readAll(r *Reader) (rows []string, err error) {
	for {
		fields, line, err := r.Next()
		var bad *RecordError
		switch {
		case errors.As(err, &bad):
			rows = append(rows, fmt.Sprintf("%d: %v", bad.Line, bad.Err))
		case err != nil:
			return rows, err
		default:
			rows = append(rows, fmt.Sprintf("%d: %s", line, bytes.Join(fields, []byte("|"))))
		}
	}
}

func TestNext(t *testing.T) {
	const (
		bare         = "quote inside a field that is not quoted as a whole"
		unterminated = "quoted field does not end"
	)
	tests := []struct {
		why, in string
		want    []string
	}{
		{"nothing", "", nil},
		{"only a mark", "\uFEFF", nil},
		{"only empty lines", "\r\n\n\r\n", nil},
		{"plain", "a,b\nc,d\n", []string{"1: a|b", "2: c|d"}},
		{"no last newline", "a,b\nc,d", []string{"1: a|b", "2: c|d"}},
		{"CRLF", "a,b\r\nc,d\r\n", []string{"1: a|b", "2: c|d"}},
		{"a CR inside is text", "a\rb,c\r\n", []string{"1: a\rb|c"}},
		{"empty fields", ",,\n\"\",,\"\"\n", []string{"1: ||", "2: ||"}},
		{"byte order mark", "\uFEFF\"a\",b\n", []string{"1: a|b"}},
		{"a mark later is text", "a,b\n\uFEFFc,d\n", []string{"1: a|b", "2: \uFEFFc|d"}},
		{"semicolon", "a;b,c;d\n1;2;3\n", []string{"1: a|b,c|d", "2: 1|2|3"}},
		{"tab", "a\tb\tc,d\n", []string{"1: a|b|c,d"}},
		{"delimiters inside quotes do not count", "\"a;;;;\",b\n", []string{"1: a;;;;|b"}},
		{"one column, then two", "a\nb;c\n", []string{"1: a", "2: b|c"}},
		{"NUL is no delimiter", "a\x00b\n\"c\"\n", []string{"1: a\x00b", "2: c"}},
		{"Excel's remark", "sep=;\r\na,b;c\r\n", []string{"2: a,b|c"}},
		{"a header that begins like it", "sep=x,b\n", []string{"1: sep=x|b"}},
		{"PowerShell's remark", "#TYPE System.Object\r\n\"a\",\"b\"\r\n", []string{"2: a|b"}},
		{"doubled quotes", `"a ""b""","""",c` + "\n", []string{`1: a "b"|"|c`}},
		{"newline in quotes counts as a line", "\"a\nb\r\nc\",d\ne,f\n", []string{"1: a\nb\r\nc|d", "4: e|f"}},
		{"empty lines count as lines", "a,b\n\n\r\nc,d\n", []string{"1: a|b", "4: c|d"}},
		{"quotes at the end of the file", "\"a\",\"b\"\r", []string{"1: a|b"}},
		{"columns are the caller's affair", "a,b\nc\nd,e,f\n", []string{"1: a|b", "2: c", "3: d|e|f"}},

		{"bare quote", "a,b\nc,d\"e\nf,g\n", []string{"1: a|b", "2: " + bare, "3: f|g"}},
		{"text behind a closing quote", "a,b\n\"c\"d,e\nf,g\n", []string{"1: a|b", "2: " + bare, "3: f|g"}},
		{"space before a quote", "a, \"b\"\nc,d\n", []string{"1: " + bare, "2: c|d"}},
		{"unterminated, more quotes follow", "a,b\nc,\"d\n\"e\",f\ng,h\n", []string{"1: a|b", "2: " + bare, "3: e|f", "4: g|h"}},
		{"unterminated, no quote follows", "a,b\nc,\"d\ne,f\ng,h\n", []string{"1: a|b", "2: " + unterminated, "3: e|f", "4: g|h"}},
		{"the rest of a damaged row is no row", "a,b,c\nd\"d,\"{\n1\n}\",e\nf,g,h\n", []string{"1: a|b|c", "2: " + bare, "5: f|g|h"}},
		{"two damaged rows in a row are one", "a,b\nc\"\nd\"\ne,f\n", []string{"1: a|b", "2: " + bare, "4: e|f"}},
		{"damaged header", "a\",b\nc,d\n", []string{"1: " + bare, "2: c|d"}},
		{"damage counts from the last good row", "a\nb,c\nd\"\ne,f\n", []string{"1: a", "2: b|c", "3: " + bare, "4: e|f"}},
		{"a quote, then the end", "a,b\nc,\"", []string{"1: a|b", "2: " + unterminated}},
	}
	for _, tt := range tests {
		for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
			got, err := readAll(NewReader(r, 1<<10))
			if err != io.EOF {
				t.Errorf("%s: ended with %v", tt.why, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.why, diff)
			}
		}
	}
}

func TestTooLong(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		why, in string
		want    []string
	}{
		{"a long line", "a,b\n" + long + ",c\nd,e\n", []string{"1: a|b", "2: row is too long", "3: d|e"}},
		{"a long last line", "a,b\n" + long, []string{"1: a|b", "2: row is too long"}},
		{"long in quotes", "a,b\nc,\"" + long + "\"\nd,e\n", []string{"1: a|b", "2: row is too long", "3: d|e"}},
		{
			"a quote that swallows many rows gives them back",
			"a,b\nc,\"\n" + strings.Repeat("d,e\n", 3) + long + ",\nf,g\n",
			[]string{"1: a|b", "2: row is too long", "3: d|e", "4: d|e", "5: d|e", "6: row is too long", "7: f|g"},
		},
		{
			// After a damaged row only rows as wide as before are believed, but not for ever.
			"a second table behind a damaged row",
			"a,b\nc\"\n" + strings.Repeat("d,e,f\n", 20),
			[]string{
				"1: a|b", "2: quote inside a field that is not quoted as a whole",
				"14: d|e|f", "15: d|e|f", "16: d|e|f", "17: d|e|f", "18: d|e|f", "19: d|e|f", "20: d|e|f", "21: d|e|f", "22: d|e|f",
			},
		},
	}
	for _, tt := range tests {
		got, err := readAll(NewReader(strings.NewReader(tt.in), 64))
		if err != io.EOF {
			t.Errorf("%s: ended with %v", tt.why, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, diff)
		}
	}
}

func TestTooWide(t *testing.T) {
	in := "a,b\n" + strings.Repeat(",", MaxColumns) + "\nc,d\n"
	got, err := readAll(NewReader(strings.NewReader(in), 1<<20))
	if err != io.EOF {
		t.Error(err)
	}
	want := []string{"1: a|b", "2: row has too many columns", "3: c|d"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A file that cannot be read to its end gives what was whole, and then its own
// error, again and again.
func TestReadError(t *testing.T) {
	broken := errors.New("gzip: unexpected end")
	for in, want := range map[string][]string{
		"a,b\nc,d":          {"1: a|b"},
		"a,b\nc,\"d\"":      {"1: a|b"},
		"a,b\nc,d\n":        {"1: a|b", "2: c|d"},
		"a,b\nc,\"d\ne,f\n": {"1: a|b", "2: quoted field does not end", "3: e|f"},
	} {
		r := NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), 1<<10)
		got, err := readAll(r)
		if err != broken {
			t.Errorf("%q ended with %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
		if _, _, err := r.Next(); err != broken {
			t.Errorf("%q: the second end is %v", in, err)
		}
	}
}

// A reader that never gives anything must not hang the scan.
func TestNoProgress(t *testing.T) {
	if _, _, err := NewReader(stuckReader{}, 1<<10).Next(); err != io.ErrNoProgress {
		t.Errorf("ended with %v", err)
	}
}

type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

// Hostile input must not cost more memory than a row, nor time that grows with
// the square of its size: each of these is some 30 MB and is read in well
// under a second.
func TestHostile(t *testing.T) {
	const maxRecord = 1 << 20
	for why, line := range map[string]string{
		"quotes never closed":   ",\"x\n" + strings.Repeat("y,z\n", 1000),
		"only doubled quotes":   "\"\"\"\"\"\"",
		"odd quotes each line":  ",\"\"\"x\n",
		"one endless line":      "xxxxxxxx",
		"only delimiters":       ",,,,,,,,",
		"wide rows, each wrong": strings.Repeat(",", MaxColumns+1) + "\n",
		"bare quotes":           "x\"\n",
	} {
		n := 30 << 20 / len(line)
		src := io.MultiReader(strings.NewReader("a,b\n"), &repeatReader{text: line, n: n})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, calls := NewReader(src, maxRecord), 0
		for {
			if _, _, err := r.Next(); err == io.EOF {
				break
			}
			calls++
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 16*maxRecord {
			t.Errorf("%s: %d bytes allocated in %d rows", why, grown, calls)
		}
		if calls == 0 {
			t.Errorf("%s: nothing read", why)
		}
	}
}

// repeatReader gives text n times.
type repeatReader struct {
	text string
	n    int
	rest string
}

func (r *repeatReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.rest == "" {
			if r.n == 0 {
				return n, io.EOF
			}
			r.rest, r.n = r.text, r.n-1
		}
		m := copy(p[n:], r.rest)
		r.rest, n = r.rest[m:], n+m
	}
	return n, nil
}

func TestNextDoesNotAllocate(t *testing.T) {
	row := "\"6/15/2026, 9:56:49.975 AM\",192.0.2.1,\"{\"\"errorCode\"\":0}\",x\r\n"
	r := NewReader(&repeatReader{text: row, n: 1 << 20}, 1<<20)
	for range 10 {
		r.Next()
	}
	if n := testing.AllocsPerRun(1000, func() { r.Next() }); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func BenchmarkNext(b *testing.B) {
	row := "\"6/15/2026, 9:56:49.975 AM\",192.0.2.1,1234,Azure AD,Sign-in,0,\"[{\"\"a\"\":\"\"b\"\"},{\"\"a\"\":\"\"c\"\"}]\",,,none,x\r\n"
	r := NewReader(&repeatReader{text: row, n: 1 << 40}, 1<<20)
	b.SetBytes(int64(len(row)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzNext compares with encoding/csv what that reads without complaint, and
// asks of all other input that reading ends, goes forward, and gives the same
// when the bytes come one by one.
func FuzzNext(f *testing.F) {
	for _, in := range []string{
		"", "a,b\nc,d\n", "a;\"b\"\"\n\";c\r\n", "\uFEFFa\tb\r", "a,\"b\nc,d\n", "sep=;\na;b", "#TYPE x\na,b", "\"a\"b,\"\"\"\n,\n", "a\n\n\r\n,\"\r\n\",",
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		r := NewReader(strings.NewReader(in), 1<<10)
		rows, err := readAll(r)
		if err != io.EOF {
			t.Fatalf("ended with %v", err)
		}
		slow, _ := readAll(NewReader(iotest.OneByteReader(strings.NewReader(in)), 1<<10))
		if diff := cmp.Diff(rows, slow); diff != "" {
			t.Fatalf("byte by byte (-whole +slow):\n%s", diff)
		}
		remark := strings.Contains(in, "#TYPE ") || strings.Contains(strings.ToLower(in), "sep=")
		if len(in) > 1<<9 || r.delim == 0 || remark {
			return
		}
		want, ok := oracle(strings.TrimPrefix(in, "\uFEFF"), rune(r.delim))
		if !ok {
			return
		}
		for i := range rows {
			rows[i] = strings.ReplaceAll(rows[i], "\r\n", "\n") // encoding/csv does so inside quotes
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Fatalf("%q (-encoding/csv +ours):\n%s", in, diff)
		}
	})
}

func oracle(in string, delim rune) (rows []string, ok bool) {
	r := csv.NewReader(strings.NewReader(in))
	r.Comma, r.FieldsPerRecord = delim, -1
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return rows, true
		}
		if err != nil {
			return nil, false
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, fmt.Sprintf("%d: %s", line, strings.Join(fields, "|")))
	}
}
