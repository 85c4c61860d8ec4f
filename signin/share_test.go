package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// Decoders that share a text yield together what one yields: a format that
// learns from one record what the next one means must not be Apart.
func TestShareDecodesTheSame(t *testing.T) {
	for _, format := range Formats() {
		if !format.Apart {
			continue
		}
		t.Run(format.Name, func(t *testing.T) {
			text := sampleLines(t, format.Name, 3<<20)
			var want []string
			for ev, err := range format.Decode(bytes.NewReader(text), Options{}) {
				want = append(want, sharedResult(ev, err))
			}
			source := format.Share(text[:64<<10], bytes.NewReader(text))
			if source == nil {
				t.Fatal("the text is not shared")
			}
			var mu sync.Mutex
			var got []string
			var group sync.WaitGroup
			for range 3 {
				group.Go(func() {
					for ev, err := range format.Decode(source(), Options{}) {
						mu.Lock()
						got = append(got, sharedResult(ev, err))
						mu.Unlock()
					}
				})
			}
			group.Wait()
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d results, one decoder has %d", len(got), len(want))
			}
		})
	}
}

func sharedResult(ev *Event, err error) string {
	var line any
	if err != nil {
		line = newGoldenError(err)
	} else {
		line = newGoldenEvent(ev)
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// sampleLines returns the records of a format's samples, one on each line, over
// and over, size bytes or a little more, with a damaged one now and then.
func sampleLines(t *testing.T, format string, size int) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", format, "*.json*"))
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]byte
	for _, file := range files {
		if strings.HasSuffix(file, ".golden.jsonl") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := Lookup(format)
		for rec, err := range rawRecords(text) {
			var line bytes.Buffer
			if err == nil && json.Compact(&line, rec) == nil && f.Sniff(line.Bytes()) > 0 {
				lines = append(lines, line.Bytes())
			}
		}
	}
	if len(lines) == 0 {
		t.Fatal("no samples")
	}
	var out []byte
	for k := 0; len(out) < size; k++ {
		line := lines[k%len(lines)]
		if k%101 == 100 {
			line = line[:len(line)/2]
		}
		out = append(append(out, line...), '\n')
	}
	return out
}

// rawRecords yields the objects that a text holds, also those in a list.
func rawRecords(text []byte) func(func([]byte, error) bool) {
	return func(yield func([]byte, error) bool) {
		records := jsonscan.NewReader(bytes.NewReader(text), jsonscan.Compile(jsonscan.Config{
			Wrap: []string{"value", "records", "items", "authlogs", "data", "_embedded"},
		}, "id"), MaxRecord)
		for {
			rec, err := records.Next()
			var bad *RecordError
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &bad):
				continue
			case err != nil:
				yield(nil, err)
				return
			}
			if !yield(rec.Raw(), nil) {
				return
			}
		}
	}
}
