package leak

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// job is the scan of one file.
type job struct {
	scanner  *Scanner
	file     string
	leaks    []Leak
	budget   int64
	reported map[string]bool
	visited  map[[sha256.Size]byte]bool
}

// maxExpanded bounds what one file may grow to over all its decodings.
const maxExpanded = 1 << 30

func (j *job) spend(n int) error {
	if j.budget -= int64(n); j.budget < 0 {
		return fmt.Errorf("decodes to more than %d MiB in all", maxExpanded>>20)
	}
	return nil
}

// search looks for all identifiers in one text.
func (j *job) search(text []byte, steps []string) {
	folded, at := fold(text)
	origin := func(i int32) int64 {
		if at == nil {
			return int64(i)
		}
		return int64(at[i])
	}
	l := reduce(folded)
	j.scanner.words.scan(l, func(key int32, start, end int) {
		p := &j.scanner.patterns[key]
		if !p.counts(l, start, end, folded) {
			return
		}
		first, last := origin(l.at[start]), origin(l.at[end-1])
		j.report(p.identifier, first, text[first:last+1], steps)
	})
	if !j.scanner.blocks.empty() {
		j.scanner.blocks.scan(folded, func(identifier, start, end int) {
			first, last := origin(int32(start)), origin(int32(end-1))
			j.report(identifier, first, text[first:last+1], steps)
		})
	}
}

// counts reports whether an occurrence is one by the pattern's rule.
func (p *pattern) counts(l letters, start, end int, folded []byte) bool {
	if p.rule == anywhere {
		return true
	}
	fromStart, toEnd := l.begins[start], l.begins[end]
	inner := 0
	for i := start + 1; i < end; i++ {
		if l.begins[i] {
			inner++
		}
	}
	switch p.rule {
	case inside:
		return inner == 0 || fromStart && toEnd
	case aligned:
		return fromStart && toEnd
	}
	if !fromStart || !toEnd {
		return false
	}
	if inner != len(p.breaks) || !p.breaksAt(l.begins[start:end]) {
		if p.rule != capitals || !dotted(l, start, end, folded) {
			return false
		}
	}
	switch p.rule {
	case capitals:
		for _, at := range l.at[start:end] {
			if c := folded[at]; c >= 'a' && c <= 'z' {
				return false
			}
		}
	case initial:
		c := folded[l.at[start]]
		return c < 'a' || c > 'z'
	}
	return true
}

func (p *pattern) breaksAt(begins []bool) bool {
	for _, b := range p.breaks {
		if !begins[b] {
			return false
		}
	}
	return true
}

// dotted reports whether the letters stand one by one with a dot between:
// M.S.D.
func dotted(l letters, start, end int, folded []byte) bool {
	for i := start + 1; i < end; i++ {
		if !l.begins[i] || l.at[i]-l.at[i-1] != 2 || folded[l.at[i]-1] != '.' {
			return false
		}
	}
	return true
}

// report records the first place of an identifier in a file or in a member of
// an archive; the places found with fewer steps come first.
func (j *job) report(identifier int, offset int64, found []byte, steps []string) {
	member := ""
	for _, s := range steps {
		if container(s) {
			member += s + "\x00"
		}
	}
	key := fmt.Sprintf("%d %s", identifier, member)
	if j.reported[key] {
		return
	}
	j.reported[key] = true
	if len(found) > 120 {
		found = found[:120]
	}
	j.leaks = append(j.leaks, Leak{
		File:       j.file,
		Offset:     offset,
		Steps:      slices.Clone(steps),
		Identifier: j.scanner.identifiers[identifier],
		Found:      strings.ToValidUTF8(string(found), ""),
	})
}

// container reports whether a step leads into another thing, rather than to
// another reading of the same.
func container(step string) bool {
	return step == "file name" || strings.HasPrefix(step, "zip ") || strings.HasPrefix(step, "pdf ") || strings.HasPrefix(step, "gzip")
}

// maxNested bounds readings of readings and archives in archives.
const maxNested = 8

// text searches a text and every reading of it that the decoders give, theirs
// again included, until they give nothing new.
func (j *job) text(data []byte, steps []string, depth int) error {
	sum := sha256.Sum256(data)
	if j.visited[sum] {
		return nil
	}
	j.visited[sum] = true
	if depth > maxNested {
		return errors.New("archives or encodings nested too deep")
	}
	if err := j.spend(len(data)); err != nil {
		return err
	}
	j.search(data, steps)
	for _, r := range readings {
		out := r.decode(data)
		if r.local {
			out = changed(data, out)
		}
		if len(out) == 0 || bytes.Equal(out, data) {
			continue
		}
		if err := j.text(out, append(slices.Clip(steps), r.name), depth+1); err != nil {
			return err
		}
	}
	for _, p := range packed(data) {
		if err := j.packed(p, steps, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// changed returns the lines of out that text does not hold, each with the
// lines beside it: only they need to be searched again.
func changed(text, out []byte) []byte {
	if len(out) == 0 || bytes.Equal(text, out) {
		return nil
	}
	known := map[string]bool{}
	for line := range bytes.Lines(text) {
		known[string(line)] = true
	}
	var keep [][]byte
	var before []byte
	wanted := false // whether the line before was new
	for line := range bytes.Lines(out) {
		isNew := !known[string(line)]
		switch {
		case isNew && !wanted:
			keep = append(keep, before, line)
		case isNew || wanted:
			keep = append(keep, line)
		}
		before, wanted = line, isNew
	}
	return bytes.Join(keep, nil)
}

// packed searches what base64 or hexadecimal digits stand for.
func (j *job) packed(p piece, steps []string, depth int) error {
	steps = append(slices.Clip(steps), fmt.Sprintf("%s at %d", p.name, p.offset))
	switch kindOf(p.data) {
	case kindText, kindUTF16:
		return j.blob(p.data, steps, depth)
	case kindUnknown: // a hash, a signature, a word that happens to be base64
		return nil
	case kindZlib: // two bytes are little to know it by: a signature may begin so
		out, err := j.expand(func() (io.Reader, error) { return zlib.NewReader(bytes.NewReader(p.data)) })
		if len(out) == 0 || err != nil && !isText(out) {
			return j.spend(0)
		}
		return j.blob(out, append(steps, "zlib"), depth)
	case kindRefused:
		return fmt.Errorf("%s at byte %d: %s", p.name, p.offset, refusal(p.data))
	}
	return j.blob(p.data, steps, depth)
}
