package simulate

import (
	"bufio"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/signin"
)

// Format is one form in which attempts leave a product.
type Format struct {
	Name   string // as a user writes it
	Title  string
	Signin string // the format of package signin that reads it
	File   string // name of the file
	Hosts  bool   // the accounts are those of hosts
	Newest bool   // the product writes the newest record first
	Acts   bool   // it records what is done after a sign-in

	Workloads bool // it records sign-ins of workloads

	write func(w *bufio.Writer, o *Org, attempts iter.Seq[*Attempt]) error
}

// LookupFormat returns the format of that name.
func LookupFormat(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// records reports whether the format has a record of such an attempt.
func (f Format) records(a *Attempt) bool {
	return (a.Action == "" || f.Acts) && (a.Client.Protocol != signin.Workload || f.Workloads)
}

// Write writes an organisation's attempts, which come in the order that Newest
// asks for, and returns how many it wrote. It holds one record at a time.
func (f Format) Write(w io.Writer, o *Org, attempts iter.Seq[*Attempt]) (int64, error) {
	buf := bufio.NewWriterSize(w, 1<<16)
	n := int64(0)
	recorded := func(yield func(*Attempt) bool) {
		for a := range attempts {
			if !f.records(a) {
				continue
			}
			n++
			if !yield(a) {
				return
			}
		}
	}
	if err := f.write(buf, o, recorded); err != nil {
		return n, err
	}
	return n, buf.Flush()
}

// perRecord makes the write function of a format that is one record after the
// other, each appended to a buffer that is used again.
func perRecord(record func(buf []byte, o *Org, a *Attempt) []byte) func(*bufio.Writer, *Org, iter.Seq[*Attempt]) error {
	return func(w *bufio.Writer, o *Org, attempts iter.Seq[*Attempt]) error {
		var buf []byte
		for a := range attempts {
			buf = record(buf[:0], o, a)
			if _, err := w.Write(buf); err != nil {
				return err
			}
		}
		return nil
	}
}
