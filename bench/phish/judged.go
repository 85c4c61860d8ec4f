package phish

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// judged is what is said of one mail, without the mail.
type judged struct {
	Mail
	score float64
	alert bool
	facts *mail.Facts
}

// examine reads one mail and looks at it, as the verb mail does. It reports
// false where nothing could be read.
func examine(e *signal.Examiner, raw []byte) (*mail.Facts, bool) {
	format, _ := mail.Lookup("eml")
	for item, err := range format.Decode(bytes.NewReader(raw), mail.Options{}) {
		if err == nil && item.Message != nil {
			return e.Examine(item.Message), true
		}
	}
	return nil, false
}

// judge looks at each mail by itself. What cannot be read scores nothing: it
// would reach its reader unmarked.
func judge(e *signal.Examiner, mails []Mail, form func([]byte) []byte) []judged {
	out := make([]judged, len(mails))
	parallel(len(mails), func(i int) {
		out[i].Mail = mails[i]
		out[i].Raw = nil
		f, ok := examine(e, form(mails[i].Raw))
		if !ok {
			out[i].facts = &mail.Facts{}
			return
		}
		v := signal.Judge(f, signal.History{})
		out[i].score, out[i].alert, out[i].facts = v.Score, v.Alert, f
	})
	return out
}

// parallel calls f for 0 to n-1, on as many workers as there are processors.
func parallel(n int, f func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	wait.Wait()
}

// scores are those of the mails that are chosen.
func scores(all []judged, chosen func(*judged) bool) []float64 {
	var out []float64
	for i := range all {
		if chosen(&all[i]) {
			out = append(out, all[i].score)
		}
	}
	return out
}

// alerts is the share of the chosen that raise one.
func alerts(all []judged, chosen func(*judged) bool) Share {
	k, n := 0, 0
	for i := range all {
		if !chosen(&all[i]) {
			continue
		}
		n++
		if all[i].alert {
			k++
		}
	}
	return NewShare(k, n)
}
