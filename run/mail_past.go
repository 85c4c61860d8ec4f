package run

import (
	"context"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
)

// MailPast reads the store in the file and returns what the organisation of a
// mail's first recipient knew when the mail came. orgs may be nil.
func MailPast(ctx context.Context, file string, orgs *org.Directory) (func(*mail.Facts) signal.History, error) {
	cfg := Config{Orgs: orgs}
	m, err := OpenMemory(ctx, file, &cfg)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	past := detect.MailPast(stage(cfg, cfg.Facts))
	return func(f *mail.Facts) signal.History {
		var infer org.Inferrer // one for each call: it remembers, and calls come from several goroutines
		owner := func(address string) org.ID {
			if orgs != nil {
				id, _ := orgs.Resolve("", address, "", "")
				return id
			}
			return infer.Infer("", address, "")
		}
		for _, a := range f.Recipients {
			if id := owner(a); id != org.Unassigned {
				return past(id, f)
			}
		}
		return signal.History{}
	}, nil
}
