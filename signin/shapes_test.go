package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

// records returns the records of a JSON sample, one after the other; nil where
// it is no JSON.
func records(t *testing.T, text []byte) (out []json.RawMessage) {
	t.Helper()
	var list []json.RawMessage
	var wrapper map[string]json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var v json.RawMessage
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			return nil
		}
		if json.Unmarshal(v, &list) == nil {
			out = append(out, list...)
			continue
		}
		wrapped := false
		if json.Unmarshal(v, &wrapper) == nil {
			for _, key := range []string{"Records", "Events", "items", "data", "authlogs", "activities", "value", "records"} {
				if json.Unmarshal(wrapper[key], &list) == nil && len(list) > 0 && len(wrapper) <= 4 {
					out, wrapped = append(out, list...), true
				}
			}
		}
		if !wrapped {
			out = append(out, v)
		}
	}
}

// However the records of a JSON log are strung together, they are taken for the
// same format and give the same events.
func TestShapes(t *testing.T) {
	shapes := map[string]func([]json.RawMessage) string{
		"lines":        func(r []json.RawMessage) string { return joinRecords(r, "\n", false) },
		"array":        func(r []json.RawMessage) string { return "[" + joinRecords(r, ",", false) + "]" },
		"pretty array": func(r []json.RawMessage) string { return "[\n  " + joinRecords(r, ",\n  ", true) + "\n]\n" },
		"pretty":       func(r []json.RawMessage) string { return joinRecords(r, "\n", true) },
		"Records":      func(r []json.RawMessage) string { return `{"Records":[` + joinRecords(r, ",", false) + `]}` },
		"value": func(r []json.RawMessage) string {
			return `{"@odata.context":"x","value":[` + joinRecords(r, ",\n", false) + `],"n":1}`
		},
		"items":  func(r []json.RawMessage) string { return "{\n \"items\": [" + joinRecords(r, ", ", true) + "]\n}" },
		"mark":   func(r []json.RawMessage) string { return "\ufeff" + joinRecords(r, "\r\n", false) },
		"arrays": func(r []json.RawMessage) string { return "[" + joinRecords(r, "]\n[", false) + "]" },
	}
	tried := 0
	for _, name := range sampleFormats {
		format, _ := Lookup(name)
		for _, file := range samplesOf(t, name) {
			list := records(t, readSample(t, name, file))
			if len(list) == 0 {
				continue
			}
			tried++
			want, _ := decodeAll(t, format, []byte(shapes["lines"](list)))
			for shape, write := range shapes {
				text := []byte(write(list))
				if found, _ := Detect(text); found.Name != name {
					t.Errorf("%s/%s as %s is taken for %q", name, file, shape, found.Name)
				}
				got, bad := decodeAll(t, format, text)
				if len(got) != len(want) || missing(keyed(want), keyed(got)) > 0 || missing(keyed(got), keyed(want)) > 0 {
					t.Errorf("%s/%s as %s: %d events, %d errors; as lines %d", name, file, shape, len(got), bad, len(want))
				}
			}
		}
	}
	if tried < 12 {
		t.Errorf("only %d samples are whole JSON", tried)
	}
}

func joinRecords(list []json.RawMessage, between string, pretty bool) string {
	var out []string
	for _, r := range list {
		var b bytes.Buffer
		if pretty {
			_ = json.Indent(&b, r, "  ", "  ")
		} else {
			_ = json.Compact(&b, r)
		}
		out = append(out, b.String())
	}
	return strings.Join(out, between)
}

// Lines of other logs between those of a log cost none of its records.
func TestInterleaved(t *testing.T) {
	for _, name := range sampleFormats {
		format, _ := Lookup(name)
		for _, file := range samplesOf(t, name) {
			text := readSample(t, name, file)
			if !strings.HasSuffix(file, ".jsonl") && !strings.HasSuffix(file, ".log") || strings.Contains(file, "damaged") {
				continue
			}
			want, _ := decodeAll(t, format, text)
			for _, other := range [][]byte{
				readSample(t, "sshd", "auth.log"), readSample(t, "entra-monitor", "storage.jsonl"), readSample(t, "auth0", "stream.jsonl"),
				[]byte("\x00\x00\x00\n{\n}\n{\"a\":\n"),
			} {
				own, theirs := bytes.Split(text, []byte("\n")), bytes.Split(other, []byte("\n"))
				var mixed bytes.Buffer
				for i, line := range own {
					mixed.Write(theirs[i%len(theirs)])
					mixed.WriteByte('\n')
					mixed.Write(line)
					mixed.WriteByte('\n')
				}
				got, _ := decodeAll(t, format, mixed.Bytes())
				if n := missing(keyed(want), keyed(got)); n > 0 {
					t.Errorf("%s/%s between lines of %.20q loses %d of %d", name, file, other, n, len(keyed(want)))
				}
			}
		}
	}
}
