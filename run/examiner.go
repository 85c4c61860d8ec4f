package run

import (
	"slices"
	"sync"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/mail/lure"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
)

// NewExaminer makes ready what looks at mails: the built-in table of protected
// names with those of the organisations, the vocabularies, the content model,
// and whose word on authentication is believed: trust, and the receivers and
// networks of the organisations file. orgs may be nil.
func NewExaminer(orgs *org.Directory, trust auth.Options, model *content.Model) (*signal.Examiner, error) {
	words, err := lure.Load(signal.Fold)
	if err != nil {
		return nil, err
	}
	e := &signal.Examiner{Names: identity.New(), Lures: words, Model: model, Auth: trust}
	e.Auth.Receivers, e.Auth.Networks = slices.Clone(trust.Receivers), slices.Clone(trust.Networks)
	if orgs == nil {
		return e, nil
	}
	var own []identity.Own
	for _, o := range orgs.All() {
		x := identity.Own{ID: string(o.ID), Names: append([]string{o.Name}, o.Aliases...), Domains: o.Domains}
		for _, p := range o.People {
			x.People = append(x.People, identity.Person{Name: p.Name, Addresses: p.Email})
		}
		own = append(own, x)
		e.Auth.Receivers = append(e.Auth.Receivers, o.Receivers...)
		e.Auth.Networks = append(e.Auth.Networks, o.Netblocks...)
	}
	e.Names = e.Names.With(own)
	return e, nil
}

// LateExaminer is an examiner as [NewExaminer] makes it, made ready when the
// first mail comes: most scans read sign-in logs only, and the table of
// protected names takes a good part of what a small scan takes.
func LateExaminer(orgs *org.Directory, trust auth.Options, model *content.Model) Examiner {
	return lateExaminer(sync.OnceValue(func() *signal.Examiner {
		e, err := NewExaminer(orgs, trust, model)
		if err != nil {
			panic(err) // the vocabularies are part of the program
		}
		return e
	}))
}

type lateExaminer func() *signal.Examiner

// Examine makes ready what looks at mails, once, and looks at one.
func (ready lateExaminer) Examine(m *mail.Message) *mail.Facts { return ready().Examine(m) }
