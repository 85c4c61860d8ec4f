package mail

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// externalMails reads the third-party mails of a set, which are not in the
// repository, and skips the test where they are absent.
func externalMails(tb testing.TB, set string) (mails [][]byte) {
	tb.Helper()
	full := filepath.Join("..", "..", "shared", "data", "mail", set)
	if _, err := os.Stat(full); err != nil {
		tb.Skipf("skipped: no third-party mails %s", set)
	}
	if filepath.Ext(set) == ".zst" {
		f, err := os.Open(full)
		if err != nil {
			tb.Fatal(err)
		}
		defer f.Close()
		z, err := zstd.NewReader(f)
		if err != nil {
			tb.Fatal(err)
		}
		defer z.Close()
		for t := tar.NewReader(z); ; {
			h, err := t.Next()
			if errors.Is(err, io.EOF) {
				return mails
			}
			if err != nil {
				tb.Fatal(err)
			}
			if h.Typeflag == tar.TypeReg {
				b, err := io.ReadAll(t)
				if err != nil {
					tb.Fatal(err)
				}
				mails = append(mails, b)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(full, "*.eml"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		mails = append(mails, b)
	}
	return mails
}

// Every real mail is recognised and gives one message that says from whom and
// when, and in which something is to be read. want is the number in INDEX.md.
func TestExternalMails(t *testing.T) {
	for set, want := range map[string]int{
		"pot-dev": 611, "ham-list-dev": 950, "sa2002-dev": 470, "spam-cwl-dev": 130, "ham-bulk-dev.tar.zst": 11376,
	} {
		t.Run(set, func(t *testing.T) {
			mails := externalMails(t, set)
			if len(mails) != want {
				t.Errorf("%d mails, want %d", len(mails), want)
			}
			problems := map[string]int{}
			for i, b := range mails {
				f, ok := Detect(b[:min(len(b), 64<<10)])
				if !ok {
					t.Errorf("mail %d is not recognised", i)
					continue
				}
				n := 0
				for it, err := range f.Decode(bytes.NewReader(b), Options{}) {
					if err != nil {
						t.Errorf("mail %d: %v", i, err)
						continue
					}
					n++
					m := it.Message
					sound(t, m)
					if len(m.From) == 0 || m.From[0].Email == "" && m.From[0].Name == "" || m.Time.IsZero() || len(m.Texts)+len(m.Attachments) == 0 {
						t.Errorf("mail %d: from %q time %v, %d texts, %d attachments", i, m.From, m.Time, len(m.Texts), len(m.Attachments))
					}
					for _, p := range m.Problems {
						problems[p.Code]++
					}
				}
				if n != 1 {
					t.Errorf("mail %d gives %d messages", i, n)
				}
			}
			t.Logf("%d mails, problems %v", len(mails), problems)
		})
	}
}

// The mails of some sets in one mbox, so that opening files is not measured;
// charsets and hashes are.
func BenchmarkDecode(b *testing.B) {
	for name, sets := range map[string][]string{
		"all": {"pot-dev", "ham-list-dev", "sa2002-dev", "spam-cwl-dev"}, "small": {"ham-bulk-dev.tar.zst"},
	} {
		b.Run(name, func(b *testing.B) {
			var box bytes.Buffer
			n := 0
			for _, set := range sets {
				for _, mail := range externalMails(b, set) {
					writeMbox(&box, mail)
					n++
				}
			}
			b.SetBytes(int64(box.Len()))
			b.ReportAllocs()
			got := 0
			before := cpuTime(b)
			for b.Loop() {
				got = 0
				for _, err := range mbox.Decode(bytes.NewReader(box.Bytes()), Options{}) {
					if err != nil {
						b.Fatal(err)
					}
					got++
				}
			}
			if got != n {
				b.Errorf("%d mails of %d", got, n)
			}
			b.ReportMetric(float64(n)*float64(b.N)/(cpuTime(b)-before).Seconds(), "mails/cpu-s")
		})
	}
}

// cpuTime is what the process has used: the machine may be busy.
func cpuTime(b testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// writeMbox appends a mail in the form of mboxrd.
func writeMbox(box *bytes.Buffer, mail []byte) {
	mail, _, _ = stripEnvelope(mail)
	box.WriteString("From - Mon Oct  5 09:11:02 2026\n")
	for line := range bytes.Lines(mail) {
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			box.WriteByte('>')
		}
		box.Write(line)
	}
	box.WriteString("\n")
	if !bytes.HasSuffix(mail, []byte("\n")) {
		box.WriteString("\n")
	}
}
