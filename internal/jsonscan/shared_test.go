package jsonscan

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

var sharedFields = Compile(Config{Wrap: []string{"records"}, Mark: []int{0}}, "id", "x")

// read is one record or error as a reader gave it.
type read struct {
	line int64
	text string
}

func readRaw(t *testing.T, src io.Reader) (list []read) {
	r := NewReader(src, sharedFields, 1<<20)
	for {
		rec, err := r.Next()
		var bad *RecordError
		switch {
		case errors.As(err, &bad):
			list = append(list, read{bad.Line, "damaged"})
		case err == io.EOF:
			return list
		case err != nil:
			return append(list, read{1 << 40, err.Error()})
		default:
			list = append(list, read{rec.Line, string(rec.Raw())})
		}
	}
}

// readShared reads a text with several readers at once.
func readShared(t *testing.T, src io.Reader, readers, size, most int) (list []read) {
	s := NewShared(src)
	s.size, s.most = size, most
	var mu sync.Mutex
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			part := readRaw(t, s.Source())
			mu.Lock()
			defer mu.Unlock()
			list = append(list, part...)
		})
	}
	group.Wait()
	slices.SortStableFunc(list, func(a, b read) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.text, b.text)) })
	return list
}

// Several readers give together what one gives.
func TestSharedReadsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 1000 {
		text := randomLines(r)
		want := readRaw(t, strings.NewReader(text))
		slices.SortStableFunc(want, func(a, b read) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.text, b.text)) })
		size := 64 << r.IntN(8)
		got := readShared(t, strings.NewReader(text), 1+r.IntN(3), size, size<<r.IntN(6))
		if !slices.Equal(got, want) {
			t.Fatalf("text %d, blocks of %d: %s", n, size, firstDifference(got, want))
		}
	}
}

func firstDifference(got, want []read) string {
	k := 0
	for k < min(len(got), len(want)) && got[k] == want[k] {
		k++
	}
	return fmt.Sprintf("result %d is %v, want %v", k, got[k:min(k+2, len(got))], want[k:min(k+2, len(want))])
}

// randomLines writes records, one on each line and now and then otherwise.
func randomLines(r *rand.Rand) string {
	var b strings.Builder
	end := []string{"\n", "\r\n"}[r.IntN(2)]
	if r.IntN(4) == 0 {
		b.WriteString("\ufeff")
	}
	for k := range 2 + r.IntN(60) {
		pad := strings.Repeat("y", r.IntN(200))
		switch r.IntN(20) {
		case 0:
			fmt.Fprintf(&b, "{%s \"id\": %d,%s\t\"x\": {%s}%s}", end, k, end, end, end) // over several lines
		case 1:
			fmt.Fprintf(&b, `{"records":[{"id":%d},{"id":%d,"x":"%s"}]}`, k, k+1, pad)
		case 2:
			b.WriteString(`{"id":` + pad) // cut
		case 3:
			b.WriteString(pad) // no record
		case 4:
			fmt.Fprintf(&b, `{"id":%d,"x":{"y":1}`, k) // cut behind a brace
		case 5: // an empty line
		default:
			fmt.Fprintf(&b, `{"id":%d,"x":"}{%s"}`, k, pad)
		}
		b.WriteString(end)
	}
	return b.String()
}

// An error of the source reaches one of the readers, after all that came before.
func TestSharedError(t *testing.T) {
	text := strings.Repeat("{\"id\":1}\n", 1000)
	src := io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("torn tape")))
	got := readShared(t, src, 3, 128, 1024)
	if n := len(got); n != 1001 || got[n-1].text != "torn tape" {
		t.Errorf("%d results: %v", n, got[max(0, n-2):])
	}
}

func TestSplits(t *testing.T) {
	for head, want := range map[string]bool{
		"{\"a\":1}\n{\"a\":2}\n": true, "\ufeff{\"a\":1}\r\n{": true, "{\"a\":1}\n": false, "": false, "[{}\n{}": false,
		"{\n\"a\": [{\n}\n]}": false, "{},\n{}": false,
	} {
		if Splits([]byte(head)) != want {
			t.Errorf("%q: %v", head, !want)
		}
	}
}
