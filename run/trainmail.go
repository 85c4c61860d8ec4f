package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// TrainConfig is what [TrainMail] is told.
type TrainConfig struct {
	Ham, Phish []string // files and directories; each path is a source, and all sources of a class weigh the same
	Examiner   *signal.Examiner
	Words      bool // learn words, too
	Warn       func(file string, err error)
	Progress   func(mails int)
}

// Trained is a model and what it does to the mails that it did not see: every
// tenth of each source is held back.
type Trained struct {
	Model       *content.Model
	Ham, Phish  int // mails it was trained on
	HeldHam     int // held back
	HeldPhish   int
	FalseAlarms float64 // share of the held ham that it votes for as phish (above even odds)
	Recall      float64 // share of the held phish
}

// TrainMail learns a content model from mails whose class is known.
func TrainMail(ctx context.Context, cfg TrainConfig) (*Trained, error) {
	t := &Trained{}
	var train, held []content.Example
	for class, paths := range [][]string{cfg.Ham, cfg.Phish} {
		if len(paths) == 0 {
			return nil, errors.New("training needs mails of both classes")
		}
		for _, path := range paths {
			var source []content.Example
			err := eachMail(ctx, path, cfg.Warn, func(m *mail.Message) {
				source = append(source, content.Example{Sample: cfg.Examiner.Sample(m), Phish: class == 1})
				if cfg.Progress != nil {
					cfg.Progress(len(train) + len(held) + len(source))
				}
			})
			if err != nil {
				return nil, err
			}
			if len(source) == 0 {
				return nil, fmt.Errorf("%s: no mail", path)
			}
			// Sources weigh the same, but none more than ten times what it holds.
			weight := float32(math.Min(10, 2000/float64(len(source))))
			for i, e := range source {
				e.Weight = weight
				if i%10 == 9 {
					held = append(held, e)
				} else {
					train = append(train, e)
				}
			}
		}
	}
	o := content.Options{Priors: signal.Priors(), Pull: 20, Shrink: 1e-4, Epochs: 12, Seed: 1}
	if cfg.Words {
		o.Buckets = 1 << 16
	}
	t.Model = content.Train(train, o)
	t.Ham, t.Phish = classes(train)
	t.HeldHam, t.HeldPhish = classes(held)
	for _, e := range held {
		switch yes := t.Model.Vote(e.Sample).LogOdds() > 0; {
		case yes && e.Phish:
			t.Recall += 1 / float64(t.HeldPhish)
		case yes:
			t.FalseAlarms += 1 / float64(t.HeldHam)
		}
	}
	t.Model.Trained = fmt.Sprintf("%d ham of %s; %d phish of %s", t.Ham, strings.Join(cfg.Ham, ", "), t.Phish, strings.Join(cfg.Phish, ", "))
	return t, nil
}

func classes(list []content.Example) (ham, phish int) {
	for _, e := range list {
		if e.Phish {
			phish++
		} else {
			ham++
		}
	}
	return ham, phish
}

// eachMail calls f for every mail below a path. What cannot be read goes to
// warn.
func eachMail(ctx context.Context, path string, warn func(string, error), f func(*mail.Message)) error {
	tell := func(file string, err error) {
		if file, err = place(file, err); warn != nil {
			warn(file, err)
		}
	}
	for file, err := range input.Files(ctx, []string{path}, nil) {
		if err != nil {
			tell("", err)
			continue
		}
		for in, err := range file.Inputs(ctx) {
			if err != nil {
				tell(file.Name, err)
				continue
			}
			format, ok := mail.Detect(in.Head())
			if !ok {
				tell(in.Name, errors.New("no mail"))
				continue
			}
			for item, err := range format.Decode(in, mail.Options{}) {
				switch {
				case err != nil:
					tell(in.Name, err)
				case item.Message != nil:
					item.Message.File = in.Name
					f(item.Message)
				}
			}
		}
	}
	return ctx.Err()
}
