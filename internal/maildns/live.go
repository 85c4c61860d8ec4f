package maildns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pumphandle/pumphandle/mail/auth"
)

// Live asks the DNS of the machine, and tells the owners of the names' servers
// that somebody here reads their mail: it is used only when a person says so.
// Every answer is kept, so that the run can be repeated without the network;
// failures are not. It may be used by several goroutines.
type Live struct {
	ctx      context.Context
	resolver *net.Resolver
	timeout  time.Duration

	mu    sync.Mutex
	known *auth.Recorded
}

// NewLive returns a resolver that asks r, or the machine's own if r is nil, at
// most 5 s for each question and not beyond ctx. What known has is not asked
// again; known may be nil.
func NewLive(ctx context.Context, r *net.Resolver, known *auth.Recorded) *Live {
	if r == nil {
		r = net.DefaultResolver
	}
	if known == nil {
		known = &auth.Recorded{}
	}
	return &Live{ctx: ctx, resolver: r, timeout: 5 * time.Second, known: known}
}

// WriteTo writes all that is known now, for [auth.ParseRecorded].
func (l *Live) WriteTo(w io.Writer) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known.WriteTo(w)
}

// TXT implements [auth.Resolver].
func (l *Live) TXT(name string) ([]string, error) {
	return answer(l, l.known.TXT, name, func(ctx context.Context) error {
		texts, err := l.resolver.LookupTXT(ctx, absolute(name))
		return l.keep(name, "TXT", texts, err)
	})
}

// MX implements [auth.Resolver].
func (l *Live) MX(name string) ([]string, error) {
	return answer(l, l.known.MX, name, func(ctx context.Context) error {
		records, err := l.resolver.LookupMX(ctx, absolute(name))
		var values []string
		for _, mx := range records {
			values = append(values, fmt.Sprintf("%d %s", mx.Pref, mx.Host))
		}
		return l.keep(name, "MX", values, err)
	})
}

// Addrs implements [auth.Resolver].
func (l *Live) Addrs(name string) ([]netip.Addr, error) {
	return answer(l, l.known.Addrs, name, func(ctx context.Context) error {
		addrs, err := l.resolver.LookupNetIP(ctx, "ip", absolute(name))
		var v4, v6 []string
		for _, a := range addrs {
			if a = a.Unmap(); a.Is4() {
				v4 = append(v4, a.String())
			} else {
				v6 = append(v6, a.String())
			}
		}
		if err := l.keep(name, "A", v4, err); err != nil {
			return err
		}
		return l.keep(name, "AAAA", v6, err)
	})
}

// PTR implements [auth.Resolver].
func (l *Live) PTR(addr netip.Addr) ([]string, error) {
	return answer(l, l.known.PTR, addr, func(ctx context.Context) error {
		names, err := l.resolver.LookupAddr(ctx, addr.String())
		return l.keep(auth.ReverseName(addr), "PTR", names, err)
	})
}

// answer returns what is known, after asking if need be.
func answer[Q, A any](l *Live, recorded func(Q) (A, error), q Q, ask func(context.Context) error) (A, error) {
	l.mu.Lock()
	known, err := recorded(q)
	l.mu.Unlock()
	if !errors.Is(err, auth.ErrNotRecorded) {
		return known, err
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.timeout)
	defer cancel()
	if err := ask(ctx); err != nil {
		return known, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return recorded(q)
}

// keep records an answer; a failure is returned and not recorded.
func (l *Live) keep(name, kind string, values []string, err error) error {
	var dns *net.DNSError
	if err != nil && !(errors.As(err, &dns) && dns.IsNotFound) {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known.Record(name, kind, values)
	return nil
}

// absolute keeps the machine's search list out of it.
func absolute(name string) string { return strings.TrimSuffix(name, ".") + "." }
