package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/pumphandle/pumphandle/internal/maildns"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/run"
)

// mailFlags say by what mails are judged. mail and scan share them.
type mailFlags struct {
	Receiver []string `placeholder:"NAME" sep:"none" help:"Believe the Authentication-Results of this receiver, beside those of the organisations file; exchange-online for Microsoft 365. May be repeated."`
	Model    string   `placeholder:"FILE" help:"The content model that pumphandle train wrote. Default: the one that is built in."`
	DNS      string   `name:"dns" placeholder:"FILE" help:"Check SPF, DKIM and DMARC of mail that no trusted receiver has judged, with the DNS answers in this file. Nothing is asked."`
	AskDNS   bool     `name:"ask-dns" help:"Ask the DNS what the file of --dns does not know, and keep the answers there. The senders' name servers learn that somebody reads their mail."`
}

// examiner is what looks at mails, and the DNS answers that it came by.
type examiner struct {
	// ready makes it, once: most scans read sign-in logs only, and of a small
	// scan the table of protected names would take half the time.
	ready func() *signal.Examiner
	model *content.Model
	live  *maildns.Live // nil unless the DNS is asked
	file  string
}

// Examine looks at one mail.
func (x examiner) Examine(m *mail.Message) *mail.Facts { return x.ready().Examine(m) }

// examiner reads what the flags name, for what looks at mails.
func (f mailFlags) examiner(ctx context.Context, orgs *org.Directory) (examiner, error) {
	model, err := f.model()
	if err != nil {
		return examiner{}, err
	}
	known, err := f.answers()
	if err != nil {
		return examiner{}, err
	}
	x := examiner{model: model, file: f.DNS}
	if f.AskDNS {
		x.live = maildns.NewLive(ctx, nil, known)
	}
	x.ready = sync.OnceValue(func() *signal.Examiner {
		e, err := run.NewExaminer(orgs, f.Receiver, model)
		if err != nil {
			panic(err) // the vocabularies are part of the program
		}
		switch {
		case x.live != nil:
			e.Auth.Resolver, e.Auth.SPF = x.live, maildns.SPF
		case known != nil:
			e.Auth.Resolver, e.Auth.SPF = known, maildns.SPF
		}
		return e
	})
	return x, nil
}

func (f mailFlags) model() (*content.Model, error) {
	if f.Model == "" {
		return content.Default(), nil
	}
	file, err := os.Open(f.Model)
	if err != nil {
		return nil, fmt.Errorf("reading the content model: %w", err)
	}
	defer file.Close()
	m, err := content.Read(file)
	if err != nil {
		return nil, hintError{fmt.Errorf("%s: %w", f.Model, err), "pumphandle train --ham DIR --phish DIR --out FILE writes one"}
	}
	return m, nil
}

// answers reads the recorded DNS answers; nil if no file is named. A file that
// is to be written need not be there yet.
func (f mailFlags) answers() (*auth.Recorded, error) {
	const hint = "--dns FILE --ask-dns asks once and keeps the answers in FILE; --dns FILE alone repeats the run"
	if f.DNS == "" {
		if f.AskDNS {
			return nil, usageError{errors.New("--ask-dns needs a file for the answers"), hint}
		}
		return nil, nil
	}
	file, err := os.Open(f.DNS)
	switch {
	case f.AskDNS && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, hintError{fmt.Errorf("reading DNS answers: %w", err), hint}
	}
	defer file.Close()
	known, err := auth.ParseRecorded(file)
	if err != nil {
		return nil, hintError{fmt.Errorf("%s: %w", f.DNS, err), "docs/detection/mail-authentication.md shows the form"}
	}
	return known, nil
}

// keep writes the DNS answers, if any were asked for.
func (x examiner) keep() error {
	if x.live == nil {
		return nil
	}
	file, err := os.Create(x.file)
	if err != nil {
		return fmt.Errorf("keeping DNS answers: %w", err)
	}
	_, err = x.live.WriteTo(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("keeping DNS answers: %w", err)
	}
	return nil
}
