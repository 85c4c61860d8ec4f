package run

import (
	"slices"

	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/mail/lure"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
)

// NewExaminer makes ready what looks at mails: the built-in table of protected
// names with those of the organisations, the vocabularies, the content model,
// and the receivers that are believed. orgs may be nil.
func NewExaminer(orgs *org.Directory, receivers []string, model *content.Model) (*signal.Examiner, error) {
	words, err := lure.Load(signal.Fold)
	if err != nil {
		return nil, err
	}
	e := &signal.Examiner{Names: identity.New(), Lures: words, Model: model, Auth: auth.Options{Receivers: slices.Clone(receivers)}}
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
