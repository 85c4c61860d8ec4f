package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pumphandle/pumphandle/simulate/letter"
)

// Names below the folder of a mail corpus.
const (
	MailCorpusDir  = "mail-corpus"
	MailLabelsFile = "mail-labels.jsonl"
)

// corpusFolder is how many mails lie in one folder.
const corpusFolder = 1000

// MailCorpus writes n mails of package letter below dir: mail-corpus/NNN/….eml,
// a thousand to a folder, and mail-labels.jsonl with one [letter.Label] for
// each. An earlier corpus there is replaced. progress, if not nil, is told how
// many are done.
func MailCorpus(ctx context.Context, dir string, seed uint64, n int, progress func(done, total int64)) (err error) {
	book, err := letter.Open()
	if err != nil {
		return err
	}
	root := filepath.Join(dir, MailCorpusDir)
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, MailLabelsFile))
	if err != nil {
		return err
	}
	labels := bufio.NewWriter(f)
	defer func() { err = errors.Join(err, labels.Flush(), f.Close()) }()
	enc := json.NewEncoder(labels)
	i := 0
	for s := range book.Corpus(seed, n) {
		if err := ctx.Err(); err != nil {
			return err
		}
		folder := fmt.Sprintf("%03d", i/corpusFolder)
		if i%corpusFolder == 0 {
			if err := os.Mkdir(filepath.Join(root, folder), 0o755); err != nil {
				return err
			}
			if progress != nil {
				progress(int64(i), int64(n))
			}
		}
		name := fmt.Sprintf("%s/%s/%06d.eml", MailCorpusDir, folder, i)
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), s.Mail, 0o644); err != nil {
			return err
		}
		if err := enc.Encode(s.Letter.Label(name)); err != nil {
			return err
		}
		i++
	}
	return nil
}
