package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// TrainConfig is what [TrainMail] is told.
type TrainConfig struct {
	Ham, Phish []string // files and directories; each path is a source, and all sources of a class weigh the same
	Corpora    []string // directories that simulate --mail-corpus wrote: their labels say what is what and what is held back
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
	r := trainReader{cfg: cfg}
	for k, paths := range [][]string{cfg.Ham, cfg.Phish} {
		for _, path := range paths {
			if err := r.source(ctx, path, k == 1); err != nil {
				return nil, err
			}
		}
	}
	for _, dir := range cfg.Corpora {
		if err := r.corpus(ctx, dir); err != nil {
			return nil, err
		}
	}
	t := &Trained{}
	t.Ham, t.Phish = classes(r.train)
	t.HeldHam, t.HeldPhish = classes(r.held)
	if t.Ham == 0 || t.Phish == 0 {
		return nil, errors.New("training needs mails of both classes")
	}
	o := content.Options{Priors: signal.Priors(), Pull: 20, Shrink: 1e-4, Epochs: 12, Seed: 1}
	if cfg.Words {
		// Words of fewer mails stand for the corpus they are of: without them
		// unseen phish is found more often (docs/detection/mail-content.md).
		o.Buckets, o.Mails = 1<<17, 10
	}
	t.Model = content.Train(r.train, o)
	for _, e := range r.held {
		switch yes := t.Model.Vote(e.Sample).LogOdds() > 0; {
		case yes && e.Phish:
			t.Recall += 1 / float64(t.HeldPhish)
		case yes:
			t.FalseAlarms += 1 / float64(t.HeldHam)
		}
	}
	t.Model.Trained = fmt.Sprintf("%d ordinary mails and %d of phishing", t.Ham, t.Phish)
	return t, nil
}

// trainReader reads mails whose class is known.
type trainReader struct {
	cfg         TrainConfig
	train, held []content.Example
	mails       int // read, with those that have no label
}

// source reads a path that holds mails of one class; every tenth is held back.
func (r *trainReader) source(ctx context.Context, path string, phish bool) error {
	var list []content.Example
	err := r.read(ctx, path, func(_ *mail.Message, s content.Sample) {
		list = append(list, content.Example{Sample: s, Phish: phish})
	})
	r.add(list, func(i int) bool { return i%10 == 9 })
	return err
}

// corpus reads a directory whose labels say what is what and what is held back.
func (r *trainReader) corpus(ctx context.Context, dir string) error {
	labels, err := readLabels(dir)
	if err != nil {
		return err
	}
	var list []content.Example
	var test []bool
	err = r.read(ctx, dir, func(m *mail.Message, s content.Sample) {
		if l, ok := labels[filepath.Clean(m.File)]; ok {
			list, test = append(list, content.Example{Sample: s, Phish: l.phish()}), append(test, l.Split == "test")
		}
	})
	r.add(list, func(i int) bool { return test[i] })
	return err
}

func (r *trainReader) read(ctx context.Context, path string, f func(*mail.Message, content.Sample)) error {
	before := r.mails
	err := eachMail(ctx, path, r.cfg.Warn, func(m *mail.Message) {
		f(m, r.cfg.Examiner.Sample(m))
		if r.mails++; r.cfg.Progress != nil {
			r.cfg.Progress(r.mails)
		}
	})
	if err == nil && r.mails == before {
		err = fmt.Errorf("%s: no mail", path)
	}
	return err
}

// add gives each mail of a source its weight: sources weigh the same, but no
// mail more than ten times as much as another.
func (r *trainReader) add(source []content.Example, hold func(i int) bool) {
	ham, phish := classes(source)
	for i, e := range source {
		n := ham
		if e.Phish {
			n = phish
		}
		e.Weight = float32(math.Min(10, 2000/float64(n)))
		if hold(i) {
			r.held = append(r.held, e)
		} else {
			r.train = append(r.train, e)
		}
	}
}

// mailLabel is what of a line of mail-labels.jsonl training needs.
type mailLabel struct {
	File  string `json:"file"`
	Class string `json:"class"`
	Split string `json:"split"`
}

func (l mailLabel) phish() bool { return l.Class == "phish" || l.Class == "lure" || l.Class == "spam" }

// labelsFile lies beside a corpus.
const labelsFile = "mail-labels.jsonl"

// readLabels reads the labels of a corpus, by path of the mail.
func readLabels(dir string) (map[string]mailLabel, error) {
	file := filepath.Join(dir, labelsFile)
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading a corpus: %w", err)
	}
	defer f.Close()
	labels := map[string]mailLabel{}
	for d, n := json.NewDecoder(f), 1; ; n++ {
		var l mailLabel
		switch err := d.Decode(&l); {
		case errors.Is(err, io.EOF):
			return labels, nil
		case err != nil:
			return nil, fmt.Errorf("%s: record %d: %w", file, n, err)
		}
		labels[filepath.Join(dir, filepath.FromSlash(l.File))] = l
	}
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
			if filepath.Base(in.Name) == labelsFile {
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
