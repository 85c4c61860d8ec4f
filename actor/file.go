package actor

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
)

// line is one line of a base's file: JSON, one object a line, the last with
// the hash of all before it. Who has two of them can compare them with diff.
type line struct {
	V         int               `json:"v,omitempty"`
	Type      string            `json:"type"`
	Import    *Imported         `json:"import,omitempty"`
	Record    *Record           `json:"record,omitempty"`
	Campaign  *Campaign         `json:"campaign,omitempty"`
	Producers map[string]string `json:"producers,omitempty"`
	Replaced  map[string]string `json:"replaced,omitempty"`
	Titles    map[string]string `json:"titles,omitempty"`
	Extra     json.RawMessage   `json:"extra,omitempty"`
	SHA256    string            `json:"sha256,omitempty"`
}

const fileVersion = 1

// Write writes the base as a file that [Read] reads, with what the caller
// keeps beside it (the calibration that belongs to it; nil: nothing).
func (b *Base) Write(w io.Writer, extra json.RawMessage) error {
	sum := sha256.New()
	enc := json.NewEncoder(io.MultiWriter(w, sum))
	enc.SetEscapeHTML(false)
	for l := range b.lines() {
		if err := enc.Encode(l); err != nil {
			return fmt.Errorf("writing the actor base: %w", err)
		}
	}
	if extra != nil {
		if err := enc.Encode(line{Type: "extra", Extra: extra}); err != nil {
			return fmt.Errorf("writing the actor base: %w", err)
		}
	}
	if err := enc.Encode(line{Type: "end", SHA256: hex.EncodeToString(sum.Sum(nil))}); err != nil {
		return fmt.Errorf("writing the actor base: %w", err)
	}
	return nil
}

// lines are those of the file but the last two.
func (b *Base) lines() func(yield func(line) bool) {
	return func(yield func(line) bool) {
		if !yield(line{V: fileVersion, Type: "actor-base"}) {
			return
		}
		for i := range b.imports {
			if !yield(line{Type: "import", Import: &b.imports[i]}) {
				return
			}
		}
		if !yield(line{Type: "tables", Producers: b.producers, Replaced: b.replaced, Titles: b.titles}) {
			return
		}
		for _, r := range b.Records() {
			if !yield(line{Type: "record", Record: r}) {
				return
			}
		}
		for _, c := range b.Campaigns() {
			if !yield(line{Type: "campaign", Campaign: c}) {
				return
			}
		}
	}
}

// Digest is a hash of what the base knows, whatever files it came from: two
// bases with one digest give the same assessments.
func (b *Base) Digest() string {
	sum := sha256.New()
	enc := json.NewEncoder(sum)
	for l := range b.lines() {
		if l.Type != "import" {
			_ = enc.Encode(l) // a hash does not fail, and the lines are plain data
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// Read reads what [Base.Write] wrote. A file that is cut or was changed by
// other hands is an error.
func Read(src io.Reader) (*Base, json.RawMessage, error) {
	b, sum := New(), sha256.New()
	in := bufio.NewReaderSize(io.LimitReader(src, MaxKnowledge), 64<<10)
	var extra json.RawMessage
	for n := 1; ; n++ {
		text, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("actor base: the file ends in the middle, after line %d", n-1)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("actor base line %d: %w", n, err)
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, nil, fmt.Errorf("actor base line %d: not what was written there: %w", n, err)
		}
		if n == 1 && (l.Type != "actor-base" || l.V != fileVersion) {
			return nil, nil, fmt.Errorf("actor base line 1: type %q, version %d: not an actor base that this program reads", l.Type, l.V)
		}
		if l.Type == "end" {
			if l.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
				return nil, nil, errors.New("actor base: the hash at its end is not that of its lines: it was changed by other hands")
			}
			b.index()
			return b, extra, nil
		}
		if err := b.line(l, &extra); err != nil {
			return nil, nil, fmt.Errorf("actor base line %d: %w", n, err)
		}
		hashLine(sum, text)
	}
}

func (b *Base) line(l line, extra *json.RawMessage) error {
	switch {
	case l.Type == "actor-base":
	case l.Type == "import" && l.Import != nil:
		b.imports = append(b.imports, *l.Import)
	case l.Type == "tables":
		maps.Copy(b.producers, l.Producers)
		maps.Copy(b.replaced, l.Replaced)
		maps.Copy(b.titles, l.Titles)
	case l.Type == "record" && l.Record != nil && len(l.Record.Names) > 0:
		b.records[l.Record.key()] = l.Record
		if !slices.Contains(b.sources, l.Record.Source) {
			b.sources = append(b.sources, l.Record.Source)
		}
	case l.Type == "campaign" && l.Campaign != nil && len(l.Campaign.Names) > 0:
		b.campaigns[key{l.Campaign.Source, l.Campaign.ID}] = l.Campaign
	case l.Type == "extra":
		*extra = l.Extra
	default:
		return fmt.Errorf("a line of type %q without what belongs to it", l.Type)
	}
	return nil
}

// readLine returns one line without its end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var whole []byte
	for {
		part, err := in.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case len(whole) > 4*maxElement:
			return nil, fmt.Errorf("longer than %d MiB", 4*maxElement>>20)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, err
		}
		return bytes.TrimSuffix(whole, []byte("\n")), nil
	}
}

func hashLine(sum hash.Hash, text []byte) {
	sum.Write(text)
	sum.Write([]byte("\n"))
}
