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
	t := &Trained{}
	var train, held []content.Example
	add := func(source []content.Example, hold func(i int) bool) {
		var n [2]float64
		for _, e := range source {
			n[class(e)]++
		}
		for i, e := range source {
			// Sources weigh the same, but no mail more than ten times as much.
			e.Weight = float32(math.Min(10, 2000/n[class(e)]))
			if hold(i) {
				held = append(held, e)
			} else {
				train = append(train, e)
			}
		}
	}
	read := func(path string, f func(*mail.Message, content.Sample)) error {
		n := 0
		err := eachMail(ctx, path, cfg.Warn, func(m *mail.Message) {
			f(m, cfg.Examiner.Sample(m))
			if n++; cfg.Progress != nil {
				cfg.Progress(len(train) + len(held) + n)
			}
		})
		if err == nil && n == 0 {
			err = fmt.Errorf("%s: no mail", path)
		}
		return err
	}
	for k, paths := range [][]string{cfg.Ham, cfg.Phish} {
		for _, path := range paths {
			var source []content.Example
			err := read(path, func(_ *mail.Message, s content.Sample) {
				source = append(source, content.Example{Sample: s, Phish: k == 1})
			})
			if err != nil {
				return nil, err
			}
			add(source, func(i int) bool { return i%10 == 9 })
		}
	}
	for _, dir := range cfg.Corpora {
		labels, err := readLabels(dir)
		if err != nil {
			return nil, err
		}
		var source []content.Example
		var test []bool
		err = read(dir, func(m *mail.Message, s content.Sample) {
			if l, ok := labels[filepath.Clean(m.File)]; ok {
				source, test = append(source, content.Example{Sample: s, Phish: l.phish()}), append(test, l.Split == "test")
			}
		})
		if err != nil {
			return nil, err
		}
		add(source, func(i int) bool { return test[i] })
	}
	if ham, phish := classes(train); ham == 0 || phish == 0 {
		return nil, errors.New("training needs mails of both classes")
	}
	o := content.Options{Priors: signal.Priors(), Pull: 20, Shrink: 1e-4, Epochs: 12, Seed: 1}
	if cfg.Words {
		// Words of fewer mails stand for the corpus they are of: without them
		// unseen phish is found more often (docs/detection/mail-content.md).
		o.Buckets, o.Mails = 1<<17, 10
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
	t.Model.Trained = fmt.Sprintf("%d ordinary mails and %d of phishing", t.Ham, t.Phish)
	return t, nil
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

func class(e content.Example) int {
	if e.Phish {
		return 1
	}
	return 0
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
			if filepath.Base(in.Name) == labelsFile {
				continue
			}
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
