package signin

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/cespare/xxhash/v2"
)

// sshConns remembers the connections that were lately written of, to put
// together what sshd spreads over their lines: which lines are of one
// connection, an address that only some of them name, and that an account which
// a later line calls invalid exists and was refused by name.
//
// Lines of one connection have one process id, with one exception. For
// keyboard-interactive authentication sshd asks PAM in a process of its own
// (auth-pam.c sshpam_thread), whose lines are joined to the connection by host
// and address:
//
//	sshd[7]: Invalid user ana from 192.0.2.1 port 5              not for users that exist
//	sshd[8]: pam_unix(sshd:auth): authentication failure; … rhost=192.0.2.1
//	sshd[7]: error: PAM: Authentication failure for illegal user ana from 192.0.2.1
//	sshd[7]: Failed keyboard-interactive/pam for invalid user ana from 192.0.2.1 port 5 ssh2
//
// A connection has one user (auth2.c: "Change of username or service not
// allowed"): another name on the same process is another connection, of a host
// that restarts its processes at the same numbers.
//
// Two connections from one address at one moment may be taken for one; that
// costs no try, as the lines that count are counted each by itself. With UseDNS
// and names in place of addresses the lines stay apart, and such a try counts
// twice.
//
// Both tables have a fixed size: a newer connection takes the place of an older
// one, whose later lines then stand by themselves.
type sshConns struct {
	byProcess [1024]sshConn
	byPeer    [1024]sshPeer
}

// sshConn is a process that serves a connection.
type sshConn struct {
	process uint64 // hash of host and process id
	try     uint64 // [Event].Try of its records
	user    uint64 // hash of the name that sshd writes
	seen    int64  // when it was last written of, in seconds
	addr    netip.Addr
	verdict tryCode // what a refusal that follows means, where an earlier line settled it
	once    bool    // the verdict is about one refusal
}

// sshPeer is an address that lately connected to a host.
type sshPeer struct {
	peer    uint64 // hash of host and address
	try     uint64
	seen    int64
	waiting bool // sshd has written of the connection, PAM has not
	orphan  bool // PAM has written of it from a process that sshd has not
}

const (
	connWindow = 600 // seconds within which a process id means the same connection, see [Event].Try
	peerWindow = 120 // LoginGraceTime of sshd_config(5)
)

// join completes a record by what is known of its connection, and notes what
// it adds. pid is "" where the log writes no process ids.
func (c *sshConns) join(ev *Event, try *hostTry, host *hostLog, pid string) {
	if pid == "" {
		return
	}
	ev.Try = host.hash(xxhash.Sum64String(pid))
	if ev.Protocol != SSH {
		return
	}
	conn := &c.byProcess[ev.Try%uint64(len(c.byProcess))]
	known := conn.process == ev.Try && near(conn.seen, ev.Time, connWindow)
	if !known {
		*conn = sshConn{process: ev.Try, try: ev.Try}
	}
	if user := xxhash.Sum64String(ev.Account); try.service == "" && ev.Account != "" && conn.user != user {
		if conn.user != 0 {
			*conn = sshConn{process: ev.Try, try: host.hash(ev.Try ^ user)}
			known = false
		}
		conn.user = user
	}
	conn.seen = ev.Time.Unix()
	switch {
	case ev.Addr.IsValid():
		conn.addr = ev.Addr
		c.relate(conn, ev, try, host, known)
	case conn.addr.IsValid():
		ev.Addr = conn.addr
	}
	ev.Try = conn.try
	conn.judge(ev, try)
}

// relate joins the process of PAM with that of its connection, whichever wrote
// first.
func (c *sshConns) relate(conn *sshConn, ev *Event, try *hostTry, host *hostLog, known bool) {
	pam, begins := try.service != "", try.childPAM || try.code == codeInvalidUser
	if !pam && !begins {
		return
	}
	raw := ev.Addr.As16()
	key := host.hash(host.hash(binary.BigEndian.Uint64(raw[:8])) ^ binary.BigEndian.Uint64(raw[8:]))
	peer := &c.byPeer[key%uint64(len(c.byPeer))]
	recent := peer.peer == key && near(peer.seen, ev.Time, peerWindow)
	switch {
	case pam && known:
		if recent && peer.try == conn.try {
			peer.waiting = false // PAM runs in the connection's own process
		}
	case pam && recent && peer.waiting:
		conn.try = peer.try
	case pam:
		*peer = sshPeer{peer: key, try: conn.try, seen: conn.seen, orphan: true}
	case begins:
		if try.childPAM && !known && recent && peer.orphan {
			conn.try = peer.try
		}
		*peer = sshPeer{peer: key, try: conn.try, seen: conn.seen, waiting: true}
	}
}

// judge applies what an earlier line settled about the refusals of this
// connection, and notes what this one settles.
func (conn *sshConn) judge(ev *Event, try *hostTry) {
	if try.settles.name != "" {
		conn.verdict, conn.once = try.settles, try.once
		return
	}
	if conn.verdict.name == "" || ev.Class != BadPassword && ev.Class != UnknownUser {
		return
	}
	ev.Class, ev.Code, ev.Known = conn.verdict.class, conn.verdict.name, Yes
	if conn.once && ev.Strength == Full {
		conn.verdict = tryCode{}
	}
}

// near reports whether a moment is within seconds of another, in either
// direction: clocks are set back.
func near(seen int64, at time.Time, seconds int64) bool {
	d := at.Unix() - seen
	return -seconds <= d && d <= seconds
}
