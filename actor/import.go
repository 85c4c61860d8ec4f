package actor

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
)

// Imported says what one file of knowledge held and what it changed.
type Imported struct {
	Name    string // of the file
	Format  string // stix-2.0, stix-2.1, misp-galaxy, microsoft-mapping, pumphandle
	Source  string
	Version string // as the file gives it; "" if it does not
	SHA256  string

	Added     int // records that were not in the base
	Replaced  int // records that were, and said something else
	Unchanged int
	Excluded  int // actors that their source has revoked or deprecated
	Campaigns int // operations that the file tells of

	Warnings []Warning
}

// Warning is a kind of oddity in a file, and how often it was met.
type Warning struct {
	What  string
	Count int
	First string // the first of them
}

// MaxKnowledge is the largest file read, in bytes: five times the ATT&CK
// bundle.
const MaxKnowledge = 256 << 20

// maxElement is the largest object of a file: the largest of ATT&CK has 100 kB.
const maxElement = 8 << 20

// Import adds the knowledge of a file, whose format is recognised by its
// content: a STIX 2.0 or 2.1 bundle, a MISP galaxy cluster of actors or of
// producers, Microsoft's name mapping, or a file like starter.yaml. A record
// already in the base is replaced by what the file says of it; the same
// content again changes nothing. After an error the base is as it was.
func (b *Base) Import(name string, data io.Reader) (Imported, error) {
	in := &input{src: data, hash: sha256.New(), limit: MaxKnowledge}
	f, err := read(in)
	if err == nil {
		in.most = 0
		_, err = io.Copy(io.Discard, in) // what follows the knowledge is part of the hash
	}
	if err != nil {
		return Imported{}, fmt.Errorf("actor knowledge %s: %w", name, err)
	}
	report := Imported{
		Name: name, Format: f.format, Source: f.source, Version: f.version,
		SHA256: hex.EncodeToString(in.hash.Sum(nil)), Excluded: f.excluded, Campaigns: len(f.campaigns), Warnings: f.warnings,
	}
	for _, old := range b.imports {
		if old.SHA256 == report.SHA256 {
			report.Unchanged = len(f.records)
			return report, nil
		}
	}
	b.take(f, &report)
	return report, nil
}

// read recognises the format by the first bytes.
func read(in *input) (*found, error) {
	r := bufio.NewReaderSize(in, 64<<10)
	if mark, _ := r.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = r.Discard(len(mark)) // cannot fail: they are in the buffer
	}
	for {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		if err != nil {
			return nil, err
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case 0x1f, 0x28:
			return nil, errors.New("the file is compressed: unpack it first")
		}
		_ = r.UnreadByte() // cannot fail: a byte was just read
		switch c {
		case '{':
			return readObject(r, in)
		case '[':
			return readMicrosoft(r, in)
		}
		return readOwn(r)
	}
}

// found is what a file says, before any of it is in a base.
type found struct {
	format, source, version string

	records   []*Record
	campaigns []*Campaign
	titles    map[string]string // ATT&CK id to the name of the technique or software
	withdrawn []key             // revoked or deprecated: out of the base, if they are in it
	excluded  int
	producers map[string]string
	replaced  map[string]string
	warnings  []Warning
}

func (f *found) warn(what, example string) {
	i := slices.IndexFunc(f.warnings, func(w Warning) bool { return w.What == what })
	if i < 0 {
		f.warnings = append(f.warnings, Warning{What: what, First: clip(example)})
		i = len(f.warnings) - 1
	}
	f.warnings[i].Count++
}

// clip keeps examples short: the text is somebody else's.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// input hashes and bounds what is read.
type input struct {
	src  io.Reader
	hash hash.Hash
	n    int64

	limit int64 // of n
	most  int64 // of n, before the object that is being read must have ended; 0: no bound
}

// element begins an object, which may be of maxElement at most.
func (in *input) element() { in.most = in.n + maxElement }

func (in *input) Read(p []byte) (int, error) {
	n, err := in.src.Read(p)
	in.hash.Write(p[:n])
	if in.n += int64(n); in.n > in.limit {
		return n, fmt.Errorf("larger than %d MiB", in.limit>>20)
	}
	if in.most > 0 && in.n > in.most {
		return n, fmt.Errorf("an object of more than %d MiB", maxElement>>20)
	}
	return n, err
}
