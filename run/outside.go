package run

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/store"
)

// Outside is what a file of others says, and where it came from.
type Outside struct {
	exchange.Reading
	Name   string // of the file
	Packed bool   // it was compressed with gzip
	SHA256 string // of its content, unpacked
	Source string // who says it: the producer that it names, or who was named for it
	Grade  string // what whoever imports it thinks of the source, in the Admiralty code
}

// Ungraded is the grade of a source that nobody here has judged: neither its
// reliability nor the credibility of what it says is known. What a file says
// of its own reliability is never taken for it.
const Ungraded = "F6"

// ReadOutside reads a file of others. Nothing is fetched. source names who
// says it where the file does not.
func ReadOutside(name, source, grade string, r io.Reader) (Outside, error) {
	r, packed, err := unpacked(r)
	if err != nil {
		return Outside{}, fmt.Errorf("%s: %w", name, err)
	}
	h := sha256.New()
	in := io.TeeReader(r, h)
	reading, err := exchange.Read(in)
	if err != nil {
		return Outside{}, fmt.Errorf("%s: %w", name, err)
	}
	if _, err := io.Copy(io.Discard, in); err != nil { // what may follow is part of the content
		return Outside{}, fmt.Errorf("%s: %w", name, err)
	}
	o := Outside{Reading: reading, Packed: packed, Name: name, SHA256: hex.EncodeToString(h.Sum(nil)), Source: source, Grade: grade}
	if o.Source == "" {
		o.Source = reading.Producer
	}
	if o.Source == "" {
		o.Source = name
	}
	if o.Grade == "" {
		o.Grade = Ungraded
	}
	return o, nil
}

// mostUnpacked bounds what a compressed file may become: what is of no use in
// it costs no memory, but time.
const mostUnpacked = 4 << 30

// unpacked returns the content of what may be compressed with gzip.
func unpacked(r io.Reader) (io.Reader, bool, error) {
	in := bufio.NewReader(r)
	if head, _ := in.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return in, false, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, false, fmt.Errorf("damaged gzip: %w", err)
	}
	return &bounded{z, mostUnpacked}, true, nil
}

// bounded fails where more comes than is let in.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("unpacked it is larger than %d GiB", mostUnpacked>>30)
	}
	return n, err
}

// outsideRecord is what the store holds of a file, without its indicators.
type outsideRecord struct {
	exchange.Document
	Own exchange.Own `json:"own,omitzero"`
}

// Keep keeps it in a store, beside what other sources say and never in place
// of it. It reports false where the same content is there already.
func (o Outside) Keep(ctx context.Context, s *store.Store, at time.Time) (added bool, err error) {
	d := o.Document
	d.Indicators = nil
	record, err := json.Marshal(outsideRecord{d, o.Own})
	if err != nil {
		return false, fmt.Errorf("keeping %s: %w", o.Name, err)
	}
	indicators := make([]store.OutsideIndicator, len(o.Indicators))
	for i, x := range o.Indicators {
		text, err := json.Marshal(x)
		if err != nil {
			return false, fmt.Errorf("keeping %s: %w", o.Name, err)
		}
		indicators[i] = store.OutsideIndicator{Outside: o.SHA256, Kind: string(x.Kind), Value: x.Value, Record: text}
	}
	return s.PutOutside(ctx, store.Outside{
		SHA256: o.SHA256, Name: o.Name, Format: o.Format, Source: o.Source, Grade: o.Grade, TLP: string(o.TLP), Dated: o.At, Imported: at, Record: record,
	}, indicators, store.Entry{
		At: at, Who: "import", Action: "import", Subject: o.SHA256,
		Detail: fmt.Sprintf("%s of %s, graded %s: %d campaigns, %d actors, %d indicators, %d assertions", o.Format, o.Source, o.Grade, len(o.Campaigns), len(o.Actors), len(o.Indicators), len(o.Assertions)),
	})
}
