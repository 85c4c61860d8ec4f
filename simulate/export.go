package simulate

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// writeExport writes one log of an organisation.
func writeExport(ctx context.Context, dir string, o *Org, e Export, attempts []Attempt, end time.Time) (File, error) {
	f, _ := LookupFormat(e.Format)
	name := f.File
	switch e.Compress {
	case "gzip":
		name += ".gz"
	case "zstd":
		name += ".zst"
	}
	rel := filepath.Join(LogsDir, string(o.ID), name)
	out := File{Path: filepath.ToSlash(rel), Org: o.ID, Format: f.Name}
	err := create(filepath.Join(dir, rel), func(disk io.Writer) error {
		bytes := &counter{w: disk}
		packed, err := compress(bytes, e.Compress)
		if err != nil {
			return err
		}
		text := &counter{w: packed}
		out.Attempts, err = f.Write(text, o, inOrder(ctx, attempts, f.Newest))
		err = errors.Join(err, packed.Close(), context.Cause(ctx))
		out.Bytes, out.Text = bytes.n, text.n
		return err
	})
	if err != nil {
		return out, err
	}
	// A log whose stamps have no year is read by the time at which it was
	// last written.
	return out, os.Chtimes(filepath.Join(dir, rel), end, end)
}

// inOrder yields the attempts from the first to the last or the other way
// round, and stops when the context ends.
func inOrder(ctx context.Context, attempts []Attempt, newest bool) iter.Seq[*Attempt] {
	return func(yield func(*Attempt) bool) {
		for i := range attempts {
			k := i
			if newest {
				k = len(attempts) - 1 - i
			}
			if i%1024 == 0 && ctx.Err() != nil {
				return
			}
			if !yield(&attempts[k]) {
				return
			}
		}
	}
}

// compress wraps a writer. Both libraries give the same bytes for the same
// input as long as they do not work on it in parallel.
func compress(w io.Writer, how string) (io.WriteCloser, error) {
	switch how {
	case "gzip":
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	case "zstd":
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	}
	return plain{w}, nil
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// counter counts the bytes that pass.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// create writes a file, with the folders above it.
func create(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
