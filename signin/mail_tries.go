package signin

import (
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// mailTries puts together what a mail server writes of one try. Dovecot asks
// databases, each of which says why not; when the session ends it writes a
// summary with the number of tries. Where PAM is a database it writes, too. And
// Postfix, which lets Dovecot check passwords, writes a line of its own, in older
// versions without the name:
//
//	auth: pam_unix(dovecot:auth): authentication failure; … rhost=192.0.2.1 user=ana       a part
//	auth-worker(7): pam(ana,192.0.2.1,<x>): pam_authenticate() failed: …                   a hint after that, else a part
//	imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<ana>, rip=192.0.2.1  full
//	postfix/smtpd[8]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: …     a hint after the first two, else full
//
// Lines are joined by host, address and name. Sessions of one address and one
// name at a time may be taken for one, which costs no try where each ends with a
// summary. The table has a fixed size: a newer address takes the place of an
// older one, whose later lines then stand by themselves.
type mailTries [1024]mailPeer

// mailPeer is an address that lately tried to sign in at a host.
type mailPeer struct {
	peer uint64 // hash of host and address
	user uint64 // hash of the name
	try  uint64 // [Event].Try of its lines
	seen int64  // when it was last written of, in seconds

	byPAM   int // lines of PAM whose try the database has not told yet
	waiting int // tries that Postfix has not told yet

	account string // of the last try
	class   Class
	code    string
	known   Tri
}

const (
	// mailSession is how long a session that tries passwords goes on: Dovecot
	// ends it after three minutes (login-common.h CLIENT_LOGIN_TIMEOUT_MSECS).
	mailSession = 180
	// mailSame is how far the lines of one try are apart: failures are delayed.
	mailSame = 15
)

// at returns the entry of the event's address and whether it is of it.
func (t *mailTries) at(ev *Event, host *hostLog) (p *mailPeer, key uint64) {
	raw := ev.Addr.As16()
	key = host.hash(xxhash.Sum64(raw[:]))
	return &t[key%uint64(len(t))], key
}

// open returns the entry of the event's address and name, made anew where there
// is none that is recent.
func (t *mailTries) open(ev *Event, host *hostLog) *mailPeer {
	p, key := t.at(ev, host)
	user := xxhash.Sum64String(ev.Account)
	if p.peer != key || p.user != user || !near(p.seen, ev.Time, mailSession) {
		try := Key("mail", strconv.FormatUint(key, 16), ev.Account, ev.Time.Format(time.RFC3339))
		*p = mailPeer{peer: key, user: user, try: try}
	}
	p.seen = ev.Time.Unix()
	return p
}

// pam notes a line that PAM wrote for Dovecot.
func (t *mailTries) pam(ev *Event, host *hostLog) {
	if !ev.Addr.IsValid() || ev.Class == ClassNone {
		return
	}
	p := t.open(ev, host)
	p.byPAM++
	p.tells(ev)
	ev.Try = p.try
}

// database joins a line in which a password database refuses.
func (t *mailTries) database(ev *Event, host *hostLog) {
	if !ev.Addr.IsValid() {
		return
	}
	recent := false
	if p, key := t.at(ev, host); p.peer == key {
		recent = near(p.seen, ev.Time, mailSame)
	}
	p := t.open(ev, host)
	ev.Try, ev.Strength = p.try, Part
	if p.byPAM > 0 && recent {
		p.byPAM--
		ev.Strength = Hint
		p.class, p.code, p.known = ev.Class, ev.Code, ev.Known
		return
	}
	p.byPAM = 0
	p.tells(ev)
}

// tells notes what a line says of a try.
func (p *mailPeer) tells(ev *Event) {
	p.account, p.class, p.code, p.known = strings.Clone(ev.Account), ev.Class, ev.Code, ev.Known
	p.waiting++
}

// session joins a summary, whose session lasted so many seconds. What the
// database said of the name holds for it.
func (t *mailTries) session(ev *Event, host *hostLog, seconds int) {
	if !ev.Addr.IsValid() {
		return
	}
	p, key := t.at(ev, host)
	if p.peer != key || p.user != xxhash.Sum64String(ev.Account) || !near(p.seen, ev.Time, int64(min(seconds, mailSession)+mailSame)) {
		return
	}
	ev.Try = p.try
	if ev.Code == "auth_failed" && p.code != "" {
		ev.Class, ev.Code, ev.Known = p.class, p.code, p.known
	}
	*p = mailPeer{}
}

// sasl joins a line of Postfix. It takes the name from the line before, where it
// has none.
func (t *mailTries) sasl(ev *Event, host *hostLog) {
	if !ev.Addr.IsValid() {
		return
	}
	p, key := t.at(ev, host)
	if p.peer != key || p.waiting == 0 || !near(p.seen, ev.Time, mailSame) || ev.Account != "" && ev.Account != p.account {
		return
	}
	p.waiting--
	ev.Try, ev.Strength = p.try, Hint
	ev.Account, ev.Class, ev.Code, ev.Known = p.account, p.class, p.code, p.known
}
