package run

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
)

// Progress is how far reading is.
type Progress struct {
	Done, Total int64 // bytes of the files as they lie on disk, as far as the files are found
	Events      int64
	Mails       int64
}

// read reads every input into facts. In which order the workers come to write
// them down changes nothing: that is the ledger's promise.
func read(ctx context.Context, cfg Config) (map[org.ID]*ledger.Ledger, Stats, error) {
	facts := newBook(cfg.Budget, cfg.Facts)
	total := newReader(cfg, facts, nil, nil)

	files := make(chan *input.File)
	var seen progress
	var unread sync.WaitGroup // files that no worker has read to the end
	team := &crew{tasks: make(chan func(*reader))}
	workers := make([]*reader, max(1, cfg.Workers))
	var group sync.WaitGroup
	for i := range workers {
		workers[i] = newReader(cfg, facts, &seen, team)
		group.Go(func() { workers[i].work(ctx, files, unread.Done) })
	}
	for f, err := range input.Files(ctx, cfg.Paths, cfg.Stdin) {
		if err != nil {
			total.unread("", err)
			continue
		}
		seen.total.Add(max(0, f.Size))
		unread.Add(1)
		files <- f
	}
	close(files)
	unread.Wait()
	close(team.tasks)
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, Stats{}, err
	}

	for _, w := range workers {
		total.stats.add(w.stats)
	}
	total.stats.Unassigned += facts.adopt()
	slices.SortFunc(total.stats.Unread, func(a, b Unread) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Why, b.Why)) })
	return facts.ledgers, total.stats, nil
}

// place returns the input that an error of the input layer is about, and the
// reason without it.
func place(file string, err error) (string, error) {
	var e *input.Error
	if errors.As(err, &e) {
		return e.Name, e.Err
	}
	return file, err
}
