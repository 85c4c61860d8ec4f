package phish

import (
	"bytes"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/run"
)

// BenchmarkMail measures how many mails a CPU second reads, examines and
// judges: the development sets in neutral form, one after the other, with the
// content model. mails/cpu-s is by the CPU time of the whole process, the
// garbage collector's part among it, so that other load on the machine does not
// change it much.
func BenchmarkMail(b *testing.B) {
	var mails [][]byte
	size := 0
	err := Sets(filepath.Join(shared, "data/mail"), func(m Mail) error {
		if m.Set != "spam-cwl-dev" {
			mails = append(mails, Neutral(m.Raw))
			size += len(mails[len(mails)-1])
		}
		return nil
	})
	if err != nil {
		b.Skip("the sets of mail are not here (../shared/data/mail): ", err)
	}
	examiner, err := run.NewExaminer(nil, auth.Options{}, content.Default())
	if err != nil {
		b.Fatal(err)
	}
	format, _ := mail.Lookup("eml")
	all := func() {
		for _, raw := range mails {
			for item, err := range format.Decode(bytes.NewReader(raw), mail.Options{}) {
				if err != nil {
					b.Fatal(err)
				}
				signal.Judge(examiner.Examine(item.Message), signal.History{})
			}
		}
	}
	all() // tables are made when they are first needed
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	for b.Loop() {
		all()
	}
	b.ReportMetric(float64(b.N*len(mails))/(cpu(b)-before).Seconds(), "mails/cpu-s")
}

// cpu is the time that this process has been on a processor.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
