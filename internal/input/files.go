package input

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// File is a file that was named or found, not yet opened.
type File struct {
	Name    string
	Rel     string
	ModTime time.Time // zero if not known
	Size    int64     // as stored; -1 if not known

	named bool      // by the user, not found in a directory
	stdin io.Reader // in place of a file

	consumed atomic.Int64
}

// Consumed returns how many bytes of the stored file were read so far. It may
// be called while another goroutine reads.
func (f *File) Consumed() int64 {
	if n := f.consumed.Load(); f.Size < 0 || n < f.Size {
		return n
	}
	return f.Size // a zip is read more than once in places
}

// Files walks the paths in order: files, directories with all that is below
// them, in the order of names, and [Stdin], which is read from stdin. What
// cannot be opened is an *[Error], after which the walk goes on; where the
// context ends, its error is the last one.
//
// Links to files are followed, links to directories only where they are named:
// a directory may link to the one it lies in. So are devices and pipes, which
// may never end. Of a maildir only the mails are given.
func Files(ctx context.Context, paths []string, stdin io.Reader) iter.Seq2[*File, error] {
	return func(yield func(*File, error) bool) {
		w := walk{ctx: ctx, yield: yield}
		for _, p := range paths {
			if p == Stdin {
				if !yield(&File{Name: Stdin, Rel: Stdin, Size: -1, named: true, stdin: stdin}, nil) {
					return
				}
				continue
			}
			if !w.named(p) {
				return
			}
		}
	}
}

// walk goes through the directories. Its methods return false to end it.
type walk struct {
	ctx   context.Context
	yield func(*File, error) bool
}

func (w *walk) named(name string) bool {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return w.fail(name, err)
	case info.IsDir():
		return w.directory(name, "")
	}
	f := &File{Name: name, Rel: filepath.Base(name), ModTime: info.ModTime(), Size: info.Size(), named: true}
	if !info.Mode().IsRegular() {
		f.Size = -1
	}
	return w.yield(f, nil)
}

func (w *walk) directory(name, rel string) bool {
	entries, err := os.ReadDir(name)
	if err != nil && !w.fail(name, err) { // some entries may have been read
		return false
	}
	if isGitRepository(entries) {
		return w.packs(join(name, "objects/pack"), path.Join(rel, "objects/pack"))
	}
	maildir := isMaildir(entries)
	for _, e := range entries {
		if maildir && (!e.IsDir() || e.Name() == "tmp") {
			continue
		}
		if w.ctx.Err() != nil {
			w.yield(nil, w.ctx.Err())
			return false
		}
		if !w.entry(e, join(name, e.Name()), path.Join(rel, e.Name())) {
			return false
		}
	}
	return true
}

// packs walks the packs of a git repository: the rest of it says nothing that
// is read here.
func (w *walk) packs(name, rel string) bool {
	entries, err := os.ReadDir(name)
	if err != nil && !w.fail(name, err) {
		return false
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".pack") && !w.entry(e, join(name, e.Name()), path.Join(rel, e.Name())) {
			return false
		}
	}
	return true
}

func (w *walk) entry(e fs.DirEntry, name, rel string) bool {
	if e.IsDir() {
		return w.directory(name, rel)
	}
	info, err := os.Stat(name) // of what a link points to
	switch {
	case err != nil:
		return w.fail(name, err)
	case !info.Mode().IsRegular():
		return true
	}
	return w.yield(&File{Name: name, Rel: rel, ModTime: info.ModTime(), Size: info.Size()}, nil)
}

func (w *walk) fail(name string, err error) bool {
	return w.yield(nil, &Error{name, plain(err)})
}

// join keeps a directory as the user wrote it, which filepath.Join does not.
func join(dir, name string) string {
	if os.IsPathSeparator(dir[len(dir)-1]) {
		return dir + name
	}
	return dir + string(filepath.Separator) + name
}

// plain drops the path out of an error of package os: an [Error] names it.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// open opens the file. Both values are of the same bytes; at is nil where they
// come as a stream.
func (f *File) open(ctx context.Context) (r io.ReadCloser, at io.ReaderAt, err error) {
	if f.stdin != nil {
		return io.NopCloser(&counter{ctx: ctx, file: f, r: f.stdin}), nil, nil
	}
	stored, err := os.Open(f.Name)
	if err != nil {
		return nil, nil, plain(err)
	}
	c := &counter{ctx: ctx, file: f, r: stored, at: stored}
	if f.Size < 0 {
		return readCloser{c, stored}, nil, nil
	}
	return readCloser{c, stored}, c, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// counter reads a file, counts what it reads, and stops when the context does.
type counter struct {
	ctx  context.Context
	file *File
	r    io.Reader
	at   io.ReaderAt
}

func (c *counter) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.file.consumed.Add(int64(n))
	if err != nil && err != io.EOF {
		err = plain(err)
	}
	return n, err
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.at.ReadAt(p, off)
	c.file.consumed.Add(int64(n))
	return n, err
}
