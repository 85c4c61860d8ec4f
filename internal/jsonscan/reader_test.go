package jsonscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

var readerFields = Compile(Config{AnyCase: true, Wrap: []string{"value", "records"}, Mark: []int{1}}, "id", "time", "list[0].id")

const readerMax = 4096

// readAll returns what a reader gives, one line for each record or error:
// "LINE:id" or "LINE!reason".
func readAll(t *testing.T, src io.Reader, maxRecord int) (got []string) {
	t.Helper()
	r := NewReader(src, readerFields, maxRecord)
	for range 100_000 {
		rec, err := r.Next()
		var bad *RecordError
		switch {
		case err == io.EOF:
			return got
		case errors.As(err, &bad):
			got = append(got, fmt.Sprintf("%d!%v", bad.Line, bad.Err))
		case err != nil:
			return append(got, "ended by "+err.Error())
		default:
			if bytes.Count(rec.Raw(), []byte("{")) < 1 {
				t.Fatalf("record %q", rec.Raw())
			}
			got = append(got, fmt.Sprintf("%d:%s", rec.Line, rec.Text(0)))
		}
	}
	t.Fatal("the reader does not end")
	return nil
}

func TestReaderShapes(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want string
	}{
		"nothing":               {"", ""},
		"only space":            {" \n\r\n\t", ""},
		"mark of byte order":    {"\xef\xbb\xbf{\"id\":1}", "1:1"},
		"one on each line":      {"{\"id\":1}\n{\"id\":2}\r\n\n{\"id\":3}", "1:1 2:2 4:3"},
		"on one line":           {`{"id":1}{"id":2} {"id":3}`, "1:1 1:2 1:3"},
		"pretty-printed":        {"{\n  \"id\": 1\n}\n{\n  \"id\": 2\n}\n", "1:1 4:2"},
		"array":                 {`[{"id":1},{"id":2}]`, "1:1 1:2"},
		"empty array":           {"[ ]", ""},
		"pretty array":          {"[\n  {\n    \"id\": 1\n  },\n  {\n    \"id\": 2\n  }\n]\n", "2:1 5:2"},
		"array of lines":        {"[\n{\"id\":1},\n{\"id\":2}\n]", "2:1 3:2"},
		"arrays one by one":     {"[{\"id\":1}]\n[{\"id\":2}]", "1:1 2:2"},
		"wrapped":               {`{"value":[{"id":1},{"id":2}]}`, "1:1 1:2"},
		"wrapped, with context": {`{"@odata.context":"x","@odata.nextLink":"y","value":[{"id":1}],"z":{"value":[{"id":9}]}}`, "1:1"},
		"wrapped twice":         {`{"value":[{"id":1}],"records":[{"id":2}],"x":1}{"id":3}`, "1:1 1:2 1:3"},
		"wrappers on lines":     {"{\"records\":[{\"id\":1}]}\n{\"records\":[{\"id\":2},{\"id\":3}]}\n", "1:1 2:2 2:3"},
		"wrappers in an array":  {`[{"records":[{"id":1}]},{"records":[]},{"records":[{"id":2}]}]`, "1:1 1:2"},
		"empty wrapper":         {`{"value":[]}`, ""},
		"wrapped, pretty":       {"{\n  \"Value\": [\n    {\n      \"id\": 1\n    }\n  ]\n}\n", "3:1"},
		"key that is no array":  {`{"value":5,"id":1}`, "1:1"},
		"wrapper too deep":      {`{"value":[{"value":[{"id":1}],"id":2}]}`, "1:2"},
		"commas between lines":  {"{\"id\":1},\n{\"id\":2},\n", "1:1 2:2"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(readAll(t, strings.NewReader(c.in), readerMax), " ")
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			// However small the pieces in which the input comes.
			got = strings.Join(readAll(t, iotest.OneByteReader(strings.NewReader(c.in)), readerMax), " ")
			if got != c.want {
				t.Errorf("byte by byte: got %s, want %s", got, c.want)
			}
		})
	}
}

func TestReaderDamage(t *testing.T) {
	const ok = `{"id":1,"time":1}`
	long := `{"id":1,"time":1,"x":"` + strings.Repeat("x", readerMax) + `"}`
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"a line of text":    {ok + "\nhello\nworld\n" + ok, []string{"1:1", `2!no record: "hello"`, "4:1"}},
		"a cut line":        {ok + "\n{\"id\":2,\"ti\n" + ok, []string{"1:1", "2!byte 12 of the record: control character in a string", "3:1"}},
		"cut after a value": {"{\"id\":2\n" + ok, []string{"1!byte 9 of the record: no comma or brace after a value", "2:1"}},
		"a line taken as a value": {"{\"id\":\n" + ok + "\n" + ok, []string{
			"1!byte 26 of the record: no comma or brace after a value", "2:1", "3:1"}},
		"two damaged lines": {"{\"id\":x}\n{\"id\":y}\n" + ok, []string{
			"1!byte 7 of the record: no value", "2!byte 7 of the record: no value", "3:1"}},
		"ends inside a record":            {ok + "\n{\"id\":2,\"a\":[{", []string{"1:1", "2!ends inside a record"}},
		"ends inside, swallowing a line":  {"{\"id\":\n" + ok, []string{"1!ends inside a record", "2:1"}},
		"ends inside an array":            {"[" + ok, []string{"1:1", "1!input ends inside an array of records"}},
		"in an array":                     {"[" + ok + `,{"id":2,},` + ok + "]", []string{"1:1", "1!byte 9 of the record: no key", "1:1"}},
		"first in an array":               {`[{"id:2,"time":1},` + ok + "]", []string{"1!byte 9 of the record: no colon after a key", "1:1"}},
		"last in an array":                {"[" + ok + `,{"id":2,"time":1]`, []string{"1:1", "1!byte 17 of the record: no comma or brace after a value"}},
		"fragments are no records":        {`[{"id":2,"list":[{"id":8},{"id":9}]x},` + ok + "]", []string{"1!byte 35 of the record: no comma or brace after a value", "1:1"}},
		"nor are values of members":       {`[{"id":2,"a":{"time":1,"id":8},x},` + ok + "]", []string{"1!byte 31 of the record: no key", "1:1"}},
		"numbers in an array":             {"[1,2," + ok + "]", []string{`1!no record: "1,2,{\"id\":1,\"time\":1"`, "1:1"}},
		"in the first of two wrappers":    {`[{"records":[` + ok + `,{"id"}]},{"records":[` + ok + `]}]`, []string{"1:1", "1!byte 6 of the record: no colon after a key", "1:1"}},
		"the head of an array is missing": {`d":1},` + ok + `,` + ok + `]`, []string{`1!no record: "d\":1},{\"id\":1,\"time\""`, "1:1", "1:1", `1!no record: "]"`}},
		"too long, on a line":             {ok + "\n" + long + "\n" + ok, []string{"1:1", "2!record is longer than 4096 bytes", "3:1"}},
		"too long, in an array":           {"[" + long + "," + ok + "]", []string{"1!record is longer than 4096 bytes", "1:1"}},
		"very long":                       {"{\"x\":\"" + strings.Repeat("{", 200*readerMax) + "\n" + ok, []string{"1!record is longer than 4096 bytes", "2:1"}},
		"too deep":                        {strings.Repeat(`{"a":`, 200) + "\n" + ok, []string{"1!byte 641 of the record: nested too deep", "2:1"}},
		"a literal of the wrong kind":     {"null\ntrue\n" + ok, []string{`1!no record: "null"`, "3:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readAll(t, strings.NewReader(c.in), readerMax)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diff := cmp.Diff(c.want, readAll(t, iotest.OneByteReader(strings.NewReader(c.in)), readerMax)); diff != "" {
				t.Errorf("byte by byte -want +got\n%s", diff)
			}
		})
	}
}

// shapes strings five records together in each way that is read, and says how
// long the part before the first record is.
func shapes() map[string]func(records []string) (head, text string) {
	join := func(head, sep, tail string) func([]string) (string, string) {
		return func(r []string) (string, string) { return head, head + strings.Join(r, sep) + tail }
	}
	return map[string]func([]string) (string, string){
		"lines":          join("", "\n", "\n"),
		"concatenated":   join("", "", ""),
		"array":          join("[", ",", "]"),
		"array of lines": join("[\n", ",\n", "\n]\n"),
		"wrapped":        join(`{"value":[`, ",", `],"x":1}`),
		"wrappers":       join(`[{"records":[`, `]},{"records":[`, `]}]`),
	}
}

// One changed byte costs the record it is in and no other; and never passes in
// silence unless the record is still JSON.
func TestReaderLosesOnlyTheDamagedRecord(t *testing.T) {
	var records []string
	for i := range 5 {
		records = append(records, fmt.Sprintf(`{"id":"r%d","time":"t","list":[{"id":"a","v":[1,{}]},{"id":"b"}],"o":{"time":1,"k":"a\"}{"}}`, i))
	}
	for name, shape := range shapes() {
		head, text := shape(records)
		for i := len(head); i < len(text); i++ {
			for _, b := range []byte("\"\\{}[],:x\n\x00\xff") {
				damaged := []byte(text)
				damaged[i] = b
				if name == "wrappers" && !insideRecord(text, records, i) {
					continue // a wrapper that is none any more is one record
				}
				got := strings.Join(readAll(t, bytes.NewReader(damaged), readerMax), " ")
				for k, rec := range records {
					begin := strings.Index(text, rec)
					if (i < begin || i >= begin+len(rec)) && !strings.Contains(got, fmt.Sprintf(":r%d", k)) {
						t.Fatalf("%s: byte %d as %q lost record %d: %s\n%s", name, i, b, k, got, damaged)
					}
				}
				if strings.Contains(got, ":a") || strings.Contains(got, ":b") {
					t.Fatalf("%s: byte %d as %q gave a fragment: %s\n%s", name, i, b, got, damaged)
				}
			}
		}
	}
}

func insideRecord(text string, records []string, i int) bool {
	for _, rec := range records {
		if begin := strings.Index(text, rec); i >= begin && i < begin+len(rec) {
			return true
		}
	}
	return false
}

// However an input is cut, the records before the cut are read and the cut is
// reported.
func TestReaderCut(t *testing.T) {
	records := []string{`{"id":"r0","time":1}`, `{"id":"r1","time":1,"list":[{"id":5}]}`, `{"id":"r2","time":1}`}
	for name, shape := range shapes() {
		_, text := shape(records)
		for i := range len(text) {
			got := strings.Join(readAll(t, strings.NewReader(text[:i]), readerMax), " ")
			for k, rec := range records {
				whole := strings.Index(text, rec)+len(rec) <= i
				if whole != strings.Contains(got, fmt.Sprintf(":r%d", k)) {
					t.Fatalf("%s cut at %d: %s\n%s", name, i, got, text[:i])
				}
				if begin := strings.Index(text, rec); i > begin && !whole && !strings.Contains(got, "!ends inside a record") {
					t.Fatalf("%s cut at %d is not reported: %s", name, i, got)
				}
			}
		}
	}
}

func TestReaderSourceFails(t *testing.T) {
	for _, err := range []error{errors.New("disk gone"), io.ErrUnexpectedEOF} { // as a cut gzip file ends
		src := io.MultiReader(strings.NewReader(`{"id":1}{"id":2}`), iotest.ErrReader(err))
		want := []string{"1:1", "1:2", "ended by " + err.Error()}
		if diff := cmp.Diff(want, readAll(t, src, readerMax)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

// Records that straddle the edge of the buffer come out whole, with the right
// line, and the buffer stays bounded.
func TestReaderBuffer(t *testing.T) {
	var text strings.Builder
	const n = 3000
	for i := range n {
		fmt.Fprintf(&text, "{\"id\":%d,\n\"time\":1,\"x\":%q}\n", i, strings.Repeat("y", i%1500))
	}
	r := NewReader(strings.NewReader(text.String()), readerFields, readerMax)
	for i := range n {
		rec, err := r.Next()
		if err != nil || rec.Text(0) != fmt.Sprint(i) || rec.Line != int64(2*i+1) {
			t.Fatalf("record %d: %v %v", i, rec, err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatal(err)
	}
	if len(r.buf) > 4*readerMax {
		t.Errorf("buffer grew to %d", len(r.buf))
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(`[{"records":[{"id":1,"time":1},{"id"}]},{"records":[{"id":1}]}]`))
	f.Add([]byte("{\"id\":1}\n{\"time\":\n{\"id\":2}\n"))
	f.Add([]byte(`{"@odata.context":"x","value":[{"id":1,"time":2},{"id":2,"time":3}],"y":1} {"value":[`))
	f.Fuzz(func(t *testing.T, in []byte) {
		whole := readAll(t, bytes.NewReader(in), 64)
		pieces := readAll(t, iotest.OneByteReader(bytes.NewReader(in)), 64)
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Errorf("the size of the pieces changes the result:\n%s", diff)
		}
	})
}

// A wrapper that is cut takes nothing with it of those on other lines, whatever
// stands between them.
func TestCutWrapper(t *testing.T) {
	f := Compile(Config{Wrap: []string{"records"}, Mark: []int{0}}, "id")
	text := strings.Join([]string{
		`{"records":[{"id":1},{"id":2}]}`, `{"records":[{"id":3},{"i`, `{"id":4}`, `{"records":[{"id":5},{"id":6}]}`, `{"id":7}`, `{"records":[{"id":8}]}`,
	}, "\n")
	var got strings.Builder
	r := NewReader(strings.NewReader(text), f, 1<<20)
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			got.WriteString("!")
			continue
		}
		got.WriteString(rec.Text(0))
	}
	if want := "123!45678"; got.String() != want {
		t.Errorf("read %q, want %q", got.String(), want)
	}
}

// The line of a record is right however its text is broken into lines, where it
// is read by runs as well.
func TestLinesOfRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	anyhow := func() string { return strings.Repeat("\n", max(0, r.IntN(6)-4)) + strings.Repeat(" ", r.IntN(2)) }
	var text strings.Builder
	var want []int64
	line := int64(1)
	for n := range 500 {
		space := anyhow
		if n%100 < 80 {
			space = func() string { return "\n\t" } // as programs write it
		}
		record := fmt.Sprintf(`{%s"id"%s:%s%d,%s"a"%s:%s[%s1,%s2%s],%s"status"%s:{%s"errorCode":%s5%s}%s}`,
			space(), space(), space(), n, space(), space(), space(), space(), space(), space(), space(), space(), space(), space(), space(), space())
		before := space() + "\n"
		line += int64(strings.Count(before, "\n"))
		want = append(want, line)
		line += int64(strings.Count(record, "\n"))
		text.WriteString(before + record)
	}
	reader := NewReader(strings.NewReader(text.String()), Compile(Config{}, "id", "status.errorCode"), 1<<16)
	for n, line := range want {
		rec, err := reader.Next()
		if err != nil || rec.Text(0) != strconv.Itoa(n) || rec.Line != line {
			t.Fatalf("record %d: id %s on line %d, want line %d (%v)", n, rec.Text(0), rec.Line, line, err)
		}
	}
}
