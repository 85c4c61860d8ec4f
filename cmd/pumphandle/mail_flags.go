package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pumphandle/pumphandle/internal/maildns"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
)

// mailFlags say by what mails are judged. mail and scan share them.
type mailFlags struct {
	Receiver []string `placeholder:"NAME" sep:"none" help:"Believe the Authentication-Results of this receiver, beside those of the organisations file; exchange-online for Microsoft 365. May be repeated."`
	Model    string   `placeholder:"FILE" help:"The content model that pumphandle train wrote. Default: the one that is built in."`
	DNS      string   `name:"dns" placeholder:"FILE" help:"Check SPF, DKIM and DMARC of mail that no trusted receiver has judged, with the DNS answers in this file. Nothing is asked."`
	AskDNS   bool     `name:"ask-dns" help:"Ask the DNS what the file of --dns does not know, and keep the answers there. The senders' name servers learn that somebody reads their mail."`
}

// trust says whose word on a mail's authentication is believed, beside the
// receivers of the organisations file, and where DNS answers come from. What is
// asked for is to be kept at the end.
func (f mailFlags) trust(ctx context.Context) (auth.Options, lookups, error) {
	o, asked := auth.Options{Receivers: f.Receiver}, lookups{file: f.DNS}
	switch known, err := f.answers(); {
	case err != nil:
		return o, asked, err
	case f.AskDNS:
		asked.live = maildns.NewLive(ctx, nil, known)
		o.Resolver, o.SPF = asked.live, maildns.SPF
	case known != nil:
		o.Resolver, o.SPF = known, maildns.SPF
	}
	return o, asked, nil
}

// model returns the content model that is named, else the one that is built in.
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

// lookups are the questions to the DNS of a run.
type lookups struct {
	live *maildns.Live // nil unless the DNS is asked
	file string
}

// keep writes the DNS answers, if any were asked for.
func (x lookups) keep() error {
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
