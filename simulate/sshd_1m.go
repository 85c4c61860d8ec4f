package simulate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// benchmarkDay is the day of the benchmark files.
var benchmarkDay = time.Date(2026, 9, 14, 0, 0, 0, 0, time.UTC)

const (
	benchmarkHosts = 25
	benchmarkUsers = 20_000
)

// SSHD1M writes the benchmark log auth_1m.log: one line for each attempt on
// sshd at 25 organisations within 24 hours. Of the lines that are not planted
// 55 % are guesses from so many addresses, a few of which do most (an address
// is drawn with the cube of an even number), 10 % are users who mistype and
// 35 % users who get in. Planted are
//
//	A   300 tries from one address on one account
//	B   one address on 200 users of one organisation, every 3 seconds
//	B2  one address on 200 users of one organisation, every 5 minutes
//	C   500 addresses with one try each on 25 accounts at 25 organisations,
//	    4 per account and hour for 5 hours; the last one gets in
//
// whose labels are returned. The busiest of the guessing addresses are brute
// force, too; they are noise aimed at everybody and have no label.
func SSHD1M(w io.Writer, lines, noiseAddresses int, seed uint64) ([]Label, error) {
	if lines < 10_000 || noiseAddresses < 1 {
		return nil, errors.New("sshd benchmark: at least 10,000 lines and one address of noise are needed")
	}
	b := newHostBench(noiseAddresses, seed)
	planted := b.planted()
	out := bufio.NewWriterSize(w, 1<<16)
	background := lines - len(planted)
	var buf []byte
	write := func(l authLine) error {
		buf = l.append(buf[:0], b.r)
		_, err := out.Write(buf)
		return err
	}
	next := 0
	for i := range background {
		at := ofDay(i, background)
		for ; next < len(planted) && planted[next].at <= at; next++ {
			if err := write(planted[next]); err != nil {
				return nil, err
			}
		}
		if err := write(b.background(at)); err != nil {
			return nil, err
		}
	}
	for _, l := range planted[next:] {
		if err := write(l); err != nil {
			return nil, err
		}
	}
	return b.labels(planted), out.Flush()
}

// ofDay is when the i-th of n events evenly spread over a day happens. A day
// times i would not fit a Duration from 106,752 on.
func ofDay(i, n int) time.Duration {
	return time.Duration(i) * (24 * time.Hour / time.Duration(n))
}

// authLine is one line of the log.
type authLine struct {
	at         time.Duration // since midnight
	host, user string
	addr       string
	ok         bool
	invalid    bool   // no such user
	campaign   string // "": none
}

func (l authLine) append(buf []byte, r *rand.Rand) []byte {
	buf = benchmarkDay.Add(l.at).AppendFormat(buf, "Jan _2 15:04:05 ")
	buf = append(buf, l.host...)
	buf = append(buf, " sshd["...)
	buf = strconv.AppendInt(buf, 1000+r.Int64N(64000), 10)
	switch {
	case l.ok:
		buf = append(buf, "]: Accepted password for "...)
	case l.invalid:
		buf = append(buf, "]: Failed password for invalid user "...)
	default:
		buf = append(buf, "]: Failed password for "...)
	}
	buf = append(buf, l.user...)
	buf = append(buf, " from "...)
	buf = append(buf, l.addr...)
	buf = append(buf, " port "...)
	buf = strconv.AppendInt(buf, 1024+r.Int64N(64000), 10)
	return append(buf, " ssh2\n"...)
}

// hostBench draws the lines.
type hostBench struct {
	r      *rand.Rand
	net    *Internet
	hosts  []string
	users  []string // user i has an account on host i modulo the number of hosts
	homes  []string // the user's address
	noise  []string
	common []string // names that are guessed
}

func newHostBench(noiseAddresses int, seed uint64) *hostBench {
	b := &hostBench{r: stream(seed, "sshd-1m"), net: newInternet(seed, nil), common: hostGuesses}
	for i := range benchmarkHosts {
		b.hosts = append(b.hosts, fmt.Sprintf("gw.h%02d.example", i+1))
	}
	for i := range benchmarkUsers {
		book := []nameBook{anglophone, francophone, indian, korean}[i%4]
		b.users = append(b.users, pick(b.r, book.given)[:1]+pick(b.r, book.family)+strconv.Itoa(i))
		b.homes = append(b.homes, b.net.residential(b.r, pick(b.r, []string{"CA", "FR", "IN", "KR", "US"})).Addr.String())
	}
	for _, e := range distinct(noiseAddresses, func() Endpoint { return b.net.residential(b.r, "") }) {
		b.noise = append(b.noise, e.Addr.String())
	}
	return b
}

func (b *hostBench) background(at time.Duration) authLine {
	u := b.r.IntN(len(b.users))
	l := authLine{at: at, host: b.hosts[u%len(b.hosts)], user: b.users[u], addr: b.homes[u]}
	switch x := b.r.Float64(); {
	case x < 0.55:
		skew := b.r.Float64()
		l.addr = b.noise[int(skew*skew*skew*float64(len(b.noise)))]
		l.host = pick(b.r, b.hosts)
		l.user = pick(b.r, b.common)
		l.invalid = l.user != "root"
	case x < 0.65: // a mistyped password
	default:
		l.ok = true
	}
	return l
}

// planted returns the lines of A, B, B2 and C in order of time.
func (b *hostBench) planted() []authLine {
	var all []authLine
	one := func() string { return b.net.hosted(b.r).Addr.String() }
	a, spray, slow := one(), one(), one()
	for i := range 300 {
		all = append(all, authLine{at: 3*time.Hour + time.Duration(i)*2*time.Second, host: b.hosts[0], user: b.users[0], addr: a, campaign: "A"})
	}
	for i := range 200 {
		n := time.Duration(i)
		all = append(all,
			authLine{at: 5*time.Hour + n*3*time.Second, host: b.hosts[1], user: b.users[1+i*len(b.hosts)], addr: spray, campaign: "B"},
			authLine{at: 6*time.Hour + n*5*time.Minute, host: b.hosts[2], user: b.users[2+i*len(b.hosts)], addr: slow, campaign: "B2"})
	}
	pool := distinct(500, func() Endpoint { return b.net.residential(b.r, pick(b.r, []string{"BR", "VN", "US", "RO"})) })
	for i, e := range pool { // 25 every quarter of an hour, one after the other
		u := len(b.users) - benchmarkHosts + i%benchmarkHosts
		all = append(all, authLine{
			at: 10*time.Hour + time.Duration(i)*15*time.Minute/benchmarkHosts, host: b.hosts[u%len(b.hosts)],
			user: b.users[u], addr: e.Addr.String(), ok: i == len(pool)-1, campaign: "C",
		})
	}
	slices.SortStableFunc(all, func(x, y authLine) int { return int(x.at - y.at) })
	return all
}

// labels are the truth of the planted lines, by campaign and organisation. The
// organisation is the host's domain, as a scan infers it.
func (b *hostBench) labels(planted []authLine) []Label {
	var all []Label
	for _, name := range []string{"A", "B", "B2", "C"} {
		kind := detect.PasswordSpray
		if name == "A" {
			kind = detect.BruteForce
		}
		for _, host := range b.hosts {
			t := newTruth()
			for _, l := range planted {
				if l.campaign != name || l.host != host {
					continue
				}
				result := outcome.Blocked
				if l.ok {
					result = outcome.Succeeded
				}
				t.try(l.user+"@"+host, netip.MustParseAddr(l.addr), benchmarkDay.Add(l.at), result)
			}
			if t.attempts > 0 {
				all = append(all, t.label(name, kind, org.ID(host[len("gw."):])))
			}
		}
	}
	return all
}
