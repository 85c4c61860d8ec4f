package signin

import (
	"net/netip"
	"strings"
)

var sshd = Format{
	Name:   "sshd",
	Title:  "OpenSSH and PAM",
	Doc:    "auth.log, secure or another file of syslog lines, or journalctl -o json, of hosts with OpenSSH.",
	Sniff:  sniffSSHD,
	Decode: decodeSyslog,
}

func sniffSSHD(head []byte) int {
	return sniffSyslog(head, func(l *syslogLine) bool { return isSSHD(l.program) || isPAM(l.program, l.message) })
}

// hostTry is what one message says of a try. Its strings point into the line.
type hostTry struct {
	code     tryCode
	user     string
	known    Tri
	invalid  bool   // the message calls the user invalid, illegal or unknown
	origin   string // an address, or the name of a host (UseDNS in sshd_config)
	client   string
	service  string // of PAM; "" for messages of sshd itself
	strength Strength
	repeat   int
	childPAM bool    // in this dialect another process asks PAM, see sshConns
	settles  tryCode // what it makes of refusals that follow in its connection
	once     bool    // only of the next one
}

// parseOrigin reads an address where there is one. Names, which parsing would
// report at some cost, end in a letter and have no colon.
func parseOrigin(s string) netip.Addr {
	if s == "" || isLetter(s[len(s)-1]) && strings.IndexByte(s, ':') < 0 {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone("")
	}
	return ParseAddr(s)
}

// isSSHD reports whether a program is OpenSSH's server. From 9.8 a process of
// its own, sshd-session, serves each connection, and from 10.0 sshd-auth
// authenticates for it.
func isSSHD(program string) bool {
	if i := strings.LastIndexByte(program, '/'); i >= 0 {
		program = program[i+1:]
	}
	return program == "sshd" || program == "sshd-session" || program == "sshd-auth"
}
