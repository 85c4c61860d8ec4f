package phish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/simulate/letter"
)

// Options say what is measured.
type Options struct {
	Data    string // directory in the form of shared/data/mail
	Domains string // list of ordinary domains; "" none
	Seeds   int    // of synthetic letters and replays
	Quick   bool   // few of everything: whether it works, not how well
	Model   *content.Model
	Seen    bool     // the model is the built-in one, which has learned from the sets of 2002 and the brand spam
	Program string   // pumphandle, to measure its speed; "" speed is not measured
	Args    []string // of its verb mail, beside the path
	Tell    func(what string)
}

// Result is what was measured.
type Result struct {
	Date    time.Time `json:"date"`
	Load    float64   `json:"load"` // average of the minute before it began
	CPUs    int       `json:"cpus"`
	Model   string    `json:"model"` // what the content model says it was trained on
	Seeds   []uint64  `json:"seeds"`
	Quick   bool      `json:"quick,omitempty"`
	Seen    []string  `json:"seen,omitempty"` // sets from which the content model has learned: figures on them are no test of unseen mail
	Skipped []string  `json:"skipped"`        // what is not measured, and why

	Sets       []SetSize   `json:"sets"`
	Real       *Real       `json:"real,omitempty"`
	Synthetic  *Synthetic  `json:"synthetic"`
	LookAlikes *LookAlikes `json:"look_alikes"`
	Replay     *Replay     `json:"replay,omitempty"`
	Speed      []Speed     `json:"speed,omitempty"`
	Figures    []Figure    `json:"figures"`
}

// SetSize is how many mails there are of one set.
type SetSize struct {
	Name  string `json:"name"`
	Mails int    `json:"mails"`
}

// Run measures everything that there is data for.
func Run(ctx context.Context, o Options) (*Result, error) {
	if o.Seeds == 0 {
		o.Seeds = 3
		if o.Quick {
			o.Seeds = 1
		}
	}
	tell := o.Tell
	if tell == nil {
		tell = func(string) {}
	}
	r := &Result{Date: time.Now().UTC().Truncate(time.Second), Load: load(), CPUs: runtime.GOMAXPROCS(0), Model: o.Model.Trained, Quick: o.Quick, Skipped: []string{}}
	if o.Seen {
		r.Seen = []string{easyHam, hardHam, oldSpam, greySpam} // tools/model.sh
	}
	for i := range o.Seeds {
		r.Seeds = append(r.Seeds, uint64(i+1))
	}
	with, err := run.NewExaminer(nil, auth.Options{Receivers: []string{neutralReceiver}}, o.Model)
	if err != nil {
		return nil, err
	}
	without := *with
	without.Auth.Receivers = nil
	book, err := letter.Open()
	if err != nil {
		return nil, err
	}
	sets, bulk, err := r.read(o)
	if err != nil {
		return nil, err
	}
	var limits []Limit
	if len(sets) > 0 {
		tell(fmt.Sprintf("judging %d real mails in three forms", len(sets)+len(bulk)))
		r.Real = measureReal(with, &without, sets, bulk)
		for _, at := range r.Real.Forms[0].At {
			limits = append(limits, Limit{at.Ham, at.Rate, at.Threshold})
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tell("judging synthetic letters")
	r.Synthetic = measureSynthetic(with, book, r.Seeds, pick(o.Quick, 2, 20), limits)
	tell("making look-alike domains")
	r.LookAlikes = measureLookAlikes(with.Names, pick(o.Quick, 20, 1))
	if err := r.ordinary(with, o.Domains); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	neutral := neutralOf(sets, bulk)
	if len(sets) > 0 {
		tell("replaying organisations")
		r.Replay = measureReplay(with, book, archives(listHamOf(neutral)), r.Seeds, pick(o.Quick, 30, 100))
	}
	if err := r.speed(ctx, o, neutral, tell); err != nil {
		return nil, err
	}
	r.Figures = r.figures()
	return r, nil
}

func pick(yes bool, a, b int) int {
	if yes {
		return a
	}
	return b
}

// read reads the sets. That they are absent is no error: little of the
// benchmark can be shipped.
func (r *Result) read(o Options) (sets, bulk []Mail, err error) {
	n := map[string]int{}
	keep := func(to *[]Mail) func(Mail) error {
		i := 0
		return func(m Mail) error {
			if i++; o.Quick && i%10 != 0 {
				return nil
			}
			n[part(&m)]++
			*to = append(*to, m)
			return nil
		}
	}
	switch err := Sets(o.Data, keep(&sets)); {
	case errors.Is(err, fs.ErrNotExist):
		r.Skipped = append(r.Skipped, "real mail and replays: no sets in "+o.Data+" (--data DIR)")
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	}
	switch err := Bulk(o.Data, keep(&bulk)); {
	case errors.Is(err, fs.ErrNotExist):
		r.Skipped = append(r.Skipped, "bulk list ham: no ham-bulk-dev.tar.zst in "+o.Data+"; replays have only the few list mails")
	case err != nil:
		return nil, nil, err
	}
	for _, p := range parts {
		if n[p] > 0 {
			r.Sets = append(r.Sets, SetSize{p, n[p]})
		}
	}
	return sets, bulk, nil
}

// neutralOf is all mails in neutral form.
func neutralOf(sets, bulk []Mail) []Mail {
	all := make([]Mail, 0, len(sets)+len(bulk))
	for _, m := range sets {
		m.Raw = Neutral(m.Raw)
		all = append(all, m)
	}
	return append(all, bulk...)
}

func listHamOf(mails []Mail) []Mail {
	var out []Mail
	for i := range mails {
		if p := part(&mails[i]); p == listHam || p == bulkHam {
			out = append(out, mails[i])
		}
	}
	return out
}

func (r *Result) ordinary(e *signal.Examiner, file string) error {
	if file == "" {
		r.Skipped = append(r.Skipped, "false alarms on ordinary domains: no list of them was given (--domains FILE)")
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("reading the list of domains: %w", err)
	}
	defer f.Close()
	s, err := ordinary(e.Names, f)
	if err != nil {
		return err
	}
	r.LookAlikes.Ordinary = &s
	return nil
}

func (r *Result) speed(ctx context.Context, o Options, mails []Mail, tell func(string)) (err error) {
	if o.Program == "" || len(mails) == 0 {
		r.Skipped = append(r.Skipped, "speed: there are no mails to measure it on")
		return nil
	}
	dir, err := os.MkdirTemp("", "pumphandle-bench-")
	if err != nil {
		return fmt.Errorf("measuring speed: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // other people's mail does not stay
	tell("measuring speed")
	r.Speed, err = measureSpeed(ctx, o.Program, append([]string{"--receiver", neutralReceiver}, o.Args...), dir, mails)
	return err
}
