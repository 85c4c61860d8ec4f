// Package maildns is where mail authentication meets package net: SPF by a
// library that speaks it, and a live resolver that keeps what it was told.
// mail/auth, which judges, knows neither; a program that wants them passes
// [SPF] and a [Live] in its options.
package maildns

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"blitiri.com.ar/go/spf"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
)

// SPF evaluates check_host of RFC 7208 with the answers of r; it is an
// [auth.SPF]. A lookup that fails for a time, or was never recorded, leaves the
// result unknown: it says nothing of the mail.
func SPF(addr netip.Addr, helo, sender string, r auth.Resolver) mail.Verdict {
	if !addr.IsValid() {
		return mail.AuthUnknown
	}
	result, _ := spf.CheckHostWithSender(net.IP(addr.AsSlice()), helo, sender, spf.WithResolver(adapter{r}))
	switch result {
	case spf.Pass:
		return mail.AuthPass
	case spf.Fail:
		return mail.AuthFail
	case spf.None:
		return mail.AuthNone
	case spf.SoftFail, spf.Neutral, spf.PermError:
		return mail.AuthSoft
	}
	return mail.AuthUnknown
}

// adapter turns a resolver of ours into one of package spf.
type adapter struct{ r auth.Resolver }

func (a adapter) LookupTXT(_ context.Context, name string) ([]string, error) {
	texts, err := a.r.TXT(name)
	return texts, netError(name, err)
}

func (a adapter) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	hosts, err := a.r.MX(name)
	var all []*net.MX
	for i, host := range hosts {
		all = append(all, &net.MX{Host: host, Pref: uint16(min(i, 1<<16-1))})
	}
	return all, netError(name, err)
}

func (a adapter) LookupIPAddr(_ context.Context, name string) ([]net.IPAddr, error) {
	addrs, err := a.r.Addrs(name)
	var all []net.IPAddr
	for _, addr := range addrs {
		all = append(all, net.IPAddr{IP: net.IP(addr.AsSlice())})
	}
	return all, netError(name, err)
}

func (a adapter) LookupAddr(_ context.Context, addr string) ([]string, error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, netError(addr, auth.ErrNoRecord)
	}
	names, err := a.r.PTR(ip)
	return names, netError(addr, err)
}

// netError says in the words of package net whether there is no such record or
// nothing is known.
func netError(name string, err error) error {
	if err == nil {
		return nil
	}
	none := errors.Is(err, auth.ErrNoRecord)
	return &net.DNSError{Err: err.Error(), Name: name, IsNotFound: none, IsTemporary: !none}
}
