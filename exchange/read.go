package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Reading is what was read of one file, and what was not.
type Reading struct {
	Format  string // stix-2.1, stix-2.0, misp, ocsf, csv
	Grade   string // what the producer says of its source in the Admiralty code, such as B2; "" if nothing
	Skipped []Skipped
	Own     Own
	Document
}

// Own is what of a document an export of this program wrote, ours or another's,
// and what so is nobody's second opinion: it may be our own words that come
// back. Exported ids are made of what they stand for, which tells them.
type Own struct {
	Campaigns []string `json:"campaigns,omitempty"` // ids in the document
	Claims    []Claim  `json:"claims,omitempty"`
}

// Claim says which assertion is meant.
type Claim struct {
	Subject string `json:"subject"`
	Actor   string `json:"actor"`
	By      string `json:"by"`
}

// exported returns the id that an export by a producer of that name gives what
// key says.
func exported(producer, kind string, key ...string) string {
	return productIDs.child("producer", producer).child(append([]string{kind}, key...)...).String()
}

// Skipped counts what was left out for one reason. Nothing is left out without
// being counted here.
type Skipped struct {
	Why     string `json:"why"`
	Count   int    `json:"count"`
	Example string `json:"example"` // id or value of the first one, as it was written
}

// The limits of what is read. A file may be of any size: what is not of use is
// passed over without being held.
const (
	maxValue = 16 << 20  // bytes of one object or row
	maxItems = 200_000   // objects, attributes or rows that are held
	maxHeld  = 128 << 20 // bytes of them as they are written
)

// ErrTooMuch is returned where a file has more of use than is held at once.
var ErrTooMuch = fmt.Errorf("more than %d objects, or %d MiB of them, that are of use in one file: split it", maxItems, maxHeld>>20)

// load counts what is held.
type load struct{ items, bytes int }

func (l *load) hold(size int) error {
	l.items++
	if l.bytes += size; l.items > maxItems || l.bytes > maxHeld {
		return ErrTooMuch
	}
	return nil
}

// Read reads STIX bundles, TAXII envelopes and single objects, MISP events, OCSF Detection
// Findings, or a table of indicators. It recognises them by their content. Of
// a damaged file nothing is returned; an odd object costs itself only, and is
// counted.
func Read(r io.Reader) (Reading, error) {
	in := bufio.NewReader(r)
	if head, _ := in.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3) // a byte order mark; it was just seen
	}
	for {
		c, _, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return Reading{}, errors.New("the file is empty")
		case err != nil:
			return Reading{}, err
		case unicode.IsSpace(c):
			continue
		}
		if err := in.UnreadRune(); err != nil {
			return Reading{}, err
		}
		if c == '{' || c == '[' {
			return readJSON(in)
		}
		return readCSV(in)
	}
}

// skips collects what is left out.
type skips map[string]*Skipped

// add counts one. A reason may hold a word of the file, so there are only so
// many of them.
func (s skips) add(why, example string) {
	if s[why] == nil && len(s) >= 100 {
		why, example = "objects left out for other reasons", ""
	}
	if s[why] == nil {
		s[why] = &Skipped{Why: why, Example: clip(example, 200)}
	}
	s[why].Count++
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

func (s skips) list() []Skipped {
	var out []Skipped
	for _, why := range slices.Sorted(maps.Keys(s)) {
		out = append(out, *s[why])
	}
	return out
}

// jsonReader reads JSON element by element and gives each to the format that
// it belongs to.
type jsonReader struct {
	dec    *json.Decoder
	budget *budget
	skips  skips
	load

	stix *stixReader
	misp *mispReader
	ocsf *ocsfReader
}

func readJSON(in io.Reader) (Reading, error) {
	j := &jsonReader{budget: &budget{r: in}, skips: skips{}}
	j.dec = json.NewDecoder(j.budget)
	for {
		j.budget.left = maxValue
		t, err := j.dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = j.top(t)
		}
		if err != nil {
			return Reading{}, j.damaged(err)
		}
	}
	var out Reading
	var err error
	switch found := [3]bool{j.stix != nil, j.misp != nil, j.ocsf != nil}; found {
	case [3]bool{true, false, false}:
		out, err = j.stix.finish()
	case [3]bool{false, true, false}:
		out, err = j.misp.finish()
	case [3]bool{false, false, true}:
		out, err = j.ocsf.finish()
	case [3]bool{}:
		err = errors.New("neither a STIX bundle, nor MISP events, nor OCSF Detection Findings")
	default:
		err = errors.New("several formats in one file")
	}
	if err != nil {
		return Reading{}, err
	}
	out.Skipped = j.skips.list()
	out.Sort()
	return out, nil
}

// top reads a value of the outermost level after its first token.
func (j *jsonReader) top(t json.Token) error {
	switch t {
	case json.Delim('{'):
		return j.object()
	case json.Delim('['):
		return j.elements(func() error {
			if t, err := j.dec.Token(); err != nil {
				return err
			} else if t != json.Delim('{') {
				return errors.New("an array of something else than objects")
			}
			return j.object()
		})
	}
	return fmt.Errorf("%v where an object should begin", t)
}

// object reads an object after its brace: a bundle, an envelope, an event or
// what holds events, or a finding.
func (j *jsonReader) object() error {
	head := map[string]json.RawMessage{}
	size, held := 0, false
	var bare *mispParsed // an event without its wrapper
	err := j.members(func(name string) error {
		switch name {
		case "objects":
			held = true
			if j.stix == nil {
				j.stix = newSTIXReader(j)
			}
			return j.array(func() error { return decode(j, "", j.stix.add) })
		case "response":
			held = true
			return j.array(func() error {
				if t, err := j.dec.Token(); err != nil {
					return err
				} else if t != json.Delim('{') {
					return errors.New("a response of something else than events")
				}
				return j.object()
			})
		case "Event":
			held = true
			if j.misp == nil {
				j.misp = newMISPReader(j)
			}
			return j.misp.event()
		}
		if slices.Contains(mispMembers, name) {
			if bare == nil {
				held = true
				j.misp = cmp.Or(j.misp, newMISPReader(j))
				var err error
				if bare, err = j.misp.begin(); err != nil {
					return err
				}
			}
			return j.misp.member(bare, name)
		}
		var raw json.RawMessage
		err := j.dec.Decode(&raw)
		if size += len(raw); size > maxValue {
			return errTooLarge
		}
		head[name] = raw
		return err
	})
	switch {
	case err != nil:
		return err
	case bare != nil:
		for _, name := range mispHead {
			var t mispText
			if raw := head[name]; raw != nil && json.Unmarshal(raw, &t) == nil {
				bare.set(name, string(t))
			}
		}
		return bare.close()
	case held:
		if j.stix != nil {
			j.stix.spec(head["spec_version"])
		}
	case head["class_uid"] != nil:
		if j.ocsf == nil {
			j.ocsf = &ocsfReader{j: j}
		}
		return j.ocsf.add(head)
	case string(head["type"]) == `"bundle"`:
		j.stix = cmp.Or(j.stix, newSTIXReader(j)) // one without objects is valid
		j.stix.spec(head["spec_version"])
	case head["type"] != nil && head["id"] != nil: // an object outside of any bundle
		text, err := json.Marshal(head)
		if err != nil {
			return err
		}
		j.stix = cmp.Or(j.stix, newSTIXReader(j))
		return j.stix.add((*json.RawMessage)(&text))
	default:
		j.skips.add("objects of no format known here", "")
	}
	return nil
}

// members reads the rest of an object, calling f to read each value.
func (j *jsonReader) members(f func(name string) error) error {
	for j.dec.More() {
		j.budget.left = maxValue
		t, err := j.dec.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // the key of an object is a string
		if err := f(name); err != nil {
			return err
		}
	}
	_, err := j.dec.Token()
	return err
}

// array reads an array and calls f to read each element. null is an empty one.
func (j *jsonReader) array(f func() error) error {
	switch t, err := j.dec.Token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return fmt.Errorf("%v where an array should begin", t)
	}
	return j.elements(f)
}

func (j *jsonReader) elements(f func() error) error {
	for j.dec.More() {
		j.budget.left = maxValue
		if err := f(); err != nil {
			return err
		}
	}
	_, err := j.dec.Token()
	return err
}

// decode reads one value. One whose fields have the wrong types costs itself
// only.
func decode[T any](j *jsonReader, example string, use func(*T) error) error {
	var one T
	err := j.dec.Decode(&one)
	var wrong *json.UnmarshalTypeError
	var odd *oddError
	switch {
	case errors.As(err, &wrong):
		j.skips.add("objects with a field of the wrong type", fmt.Sprintf("%s is a %s", cmp.Or(wrong.Field, example), wrong.Value))
		return nil
	case errors.As(err, &odd):
		j.skips.add(odd.why, odd.example)
		return nil
	case err != nil:
		return err
	}
	return use(&one)
}

// oddError is an object that cannot be used, inside a file that can.
type oddError struct{ why, example string }

func (e *oddError) Error() string { return fmt.Sprintf("%s: %q", e.why, e.example) }

// damaged says where JSON ends to be JSON.
func (j *jsonReader) damaged(err error) error {
	var syntax *json.SyntaxError
	at := j.dec.InputOffset()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file ends in the middle, at byte %d", at)
	case errors.As(err, &syntax):
		return fmt.Errorf("damaged JSON after byte %d: %w", at, err)
	case errors.Is(err, errTooLarge):
		return fmt.Errorf("after byte %d: %w", at, err)
	}
	return err
}

// budget bounds how much is read for one value. The decoder holds a value
// whole before it gives it away.
type budget struct {
	r    io.Reader
	left int
}

var errTooLarge = fmt.Errorf("one object is larger than %d MiB", maxValue>>20)

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
