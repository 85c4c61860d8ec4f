// Package leak looks for protected identifiers in published files. It is the
// independent half of publishing: it shares no code with package report and
// believes nothing that report says of itself.
//
// Every byte of every file is opened by decoders (markup, escapes, base64,
// archives, PDF …) down to text, text is brought to a canonical form in which
// spellings of one name fall together, and the canonical form is searched for
// all identifiers at once. Addresses are parsed in every notation and held
// against the protected netblocks.
//
// It fails closed: what it cannot open or does not know counts as unchecked,
// and a directory with an unchecked file is not clean.
//
// Start with [New] and [Scanner.FS]; docs/public-edition.md says what is seen
// and what is not.
package leak

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Leak is one protected identifier found in one file. It belongs to the
// private side: it says what was found.
type Leak struct {
	File       string     `json:"file"`
	Offset     int64      `json:"offset"`          // in the file, or in what the last step gave
	Steps      []string   `json:"steps,omitempty"` // how the text was reached: "zip docProps/core.xml", "base64"
	Identifier Identifier `json:"identifier"`
	Found      string     `json:"found"` // as it is spelt there, at most 120 bytes
}

// String says where a leak is and what kind of identifier it is, but not
// which: it may be shown to anybody.
func (l Leak) String() string {
	where := l.File
	for _, s := range l.Steps {
		where += " > " + s
	}
	return fmt.Sprintf("%s, byte %d: %s of a protected organisation", where, l.Offset, l.Identifier.Kind)
}

// File is what was found in one file.
type File struct {
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	Leaks     []Leak `json:"leaks,omitempty"`
	Unchecked string `json:"unchecked,omitempty"` // why the file, or a part of it, cannot be checked
}

// Result is what was found in all files.
type Result struct {
	Files []File `json:"files"`
}

// Clean reports whether there are files, all of them could be checked, and
// nothing was found.
func (r Result) Clean() bool {
	for _, f := range r.Files {
		if len(f.Leaks) > 0 || f.Unchecked != "" {
			return false
		}
	}
	return len(r.Files) > 0
}

// Scanner looks for a set of identifiers. It does not change after [New] and
// may be used by several goroutines.
type Scanner struct {
	identifiers []Identifier
	patterns    []pattern
	words       trie
	blocks      netblocks
	err         error // an identifier cannot be looked for
}

// New returns a scanner for the identifiers. An identifier that cannot be
// looked for, because it holds no letter or digit, makes every later scan an
// error.
func New(identifiers []Identifier) *Scanner {
	s := &Scanner{identifiers: identifiers}
	if len(identifiers) == 0 {
		s.err = errors.New("no identifiers to look for")
	}
	generic := genericWords()
	for i, id := range identifiers {
		if id.Kind == Netblock && s.blocks.add(id.Text, i) {
			continue
		}
		patterns := patternsOf(id, generic)
		if len(patterns) == 0 {
			s.err = fmt.Errorf("identifier %d (%s of %q) holds no letter or digit and cannot be looked for", i+1, id.Kind, id.Org)
		}
		for _, p := range patterns {
			p.identifier = i
			s.patterns = append(s.patterns, p)
		}
	}
	keys := make([]string, len(s.patterns))
	for i, p := range s.patterns {
		keys[i] = p.key
	}
	s.words = newTrie(keys)
	return s
}

// Bytes scans one file's name and content. The error says why the file, or a
// part of it, cannot be checked; the leaks found elsewhere in it are returned
// all the same.
func (s *Scanner) Bytes(name string, data []byte) ([]Leak, error) {
	if s.err != nil {
		return nil, s.err
	}
	j := job{scanner: s, file: name, budget: maxExpanded, reported: map[string]bool{}, visited: map[[sha256.Size]byte]bool{}}
	errName := j.text([]byte(name), []string{"file name"}, 0)
	clear(j.visited) // a file that holds nothing but its own name still leaks
	return j.leaks, errors.Join(errName, j.blob(data, nil, 0))
}

// maxFile is the largest file that is read: an edition is a few pages.
const maxFile = 64 << 20

// FS scans all files below the root of fsys. The error is that of reading
// the tree; a file that cannot be read or checked is in the result as
// unchecked.
func (s *Scanner) FS(fsys fs.FS) (Result, error) {
	var r Result
	if s.err != nil {
		return r, s.err
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			r.Files = append(r.Files, File{Name: name, Unchecked: err.Error()})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			if name != "." { // an empty directory has a name, too
				if leaks, err := s.Bytes(name, nil); len(leaks) > 0 || err != nil {
					r.Files = append(r.Files, result(name+"/", nil, leaks, err))
				}
			}
		case !d.Type().IsRegular():
			r.Files = append(r.Files, File{Name: name, Unchecked: fmt.Sprintf("not a regular file (%v)", d.Type())})
		default:
			data, err := read(fsys, name)
			if err != nil {
				r.Files = append(r.Files, File{Name: name, Unchecked: err.Error()})
				return nil
			}
			leaks, err := s.Bytes(name, data)
			r.Files = append(r.Files, result(name, data, leaks, err))
		}
		return nil
	})
	return r, err
}

func read(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d MiB", maxFile>>20)
	}
	return data, err
}

func result(name string, data []byte, leaks []Leak, err error) File {
	sum := sha256.Sum256(data)
	f := File{Name: name, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Leaks: leaks}
	if err != nil {
		f.Unchecked = err.Error()
	}
	return f
}
