package simulate

import (
	"time"

	"github.com/pumphandle/pumphandle/signin"
)

// provider is what answers the attempts at one organisation. It must see them
// in order of time.
type provider struct {
	o       *Org
	b       Background
	lockout map[lockKey]*lockState
}

// lockKey is what failures are counted for. Each datacentre counts for itself,
// and familiar and unfamiliar places are counted apart
// (learn.microsoft.com/entra/identity/authentication/howto-password-smart-lockout).
type lockKey struct {
	person     *Person
	datacentre uint8
	familiar   bool
}

type lockState struct {
	failures int
	last     time.Time
	until    time.Time // locked until then
	length   time.Duration
	recent   [3]uint32 // the last three wrong passwords: they do not count again
}

func newProvider(o *Org, b Background) *provider {
	return &provider{o: o, b: b, lockout: map[lockKey]*lockState{}}
}

// answer fills the code of an attempt that has none yet.
func (p *provider) answer(a *Attempt) {
	if !a.answered {
		a.Code = p.code(a)
	}
	if p.o.Hosts != nil {
		a.Code = hostCode(a)
	}
}

func (p *provider) code(a *Attempt) Code {
	if a.Client.Protocol == signin.Workload {
		return workloadCode(a)
	}
	if a.Person == nil {
		return UserNotFound
	}
	lock := p.lock(a)
	if a.Time.Before(lock.until) {
		return Locked
	}
	if a.secret != 0 {
		p.fail(lock, a)
		return WrongPassword
	}
	lock.failures = 0
	switch {
	case a.Client.Protocol == signin.Legacy && p.o.BlocksLegacy:
		return BlockedByPolicy
	case a.Client.Protocol == signin.Legacy || !a.Person.MFA:
		return Accepted // legacy authentication knows no second factor
	case a.Client.Protocol == signin.Interactive:
		return MFANotGiven
	}
	return MFANeeded
}

// workloadCode is the answer to a workload: it knows neither lock-out nor a
// second factor.
func workloadCode(a *Attempt) Code {
	switch {
	case a.Person == nil:
		return UnknownApp
	case a.secret != 0:
		return WrongSecret
	}
	return Accepted
}

func (p *provider) lock(a *Attempt) *lockState {
	key := lockKey{
		person:     a.Person,
		datacentre: uint8(hashText(a.From.Addr.String()) % uint64(p.b.LockoutDatacentres)),
		familiar:   a.From.Net == p.o.Office || a.From.Net == a.Person.home.Net,
	}
	s := p.lockout[key]
	if s == nil {
		s = &lockState{}
		p.lockout[key] = s
	}
	return s
}

// fail counts a wrong password. The account locks at the threshold and again
// with each failure after that, for longer each time.
func (p *provider) fail(s *lockState, a *Attempt) {
	if a.Time.Sub(s.last) > p.b.LockoutMemory && a.Time.Sub(s.until) > p.b.LockoutMemory {
		*s = lockState{}
	}
	s.last = a.Time
	for _, known := range s.recent {
		if known == a.secret {
			return
		}
	}
	copy(s.recent[1:], s.recent[:2])
	s.recent[0] = a.secret
	if s.failures++; s.failures < p.b.LockoutThreshold {
		return
	}
	if s.length == 0 {
		s.length = p.b.LockoutFirst
	} else {
		s.length = min(p.b.LockoutLongest, time.Duration(float64(s.length)*p.b.LockoutGrowth))
	}
	s.until = a.Time.Add(s.length)
}

// hostCode is what a host makes of an attempt: it knows neither lock-out nor
// policy nor second factor, and every host has a root.
func hostCode(a *Attempt) Code {
	switch {
	case a.Code == Accepted || (!a.answered && a.secret == 0 && a.Person != nil):
		return Accepted
	case a.Person == nil && a.Account != "root":
		return UserNotFound
	}
	return WrongPassword
}
