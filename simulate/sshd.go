package simulate

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
)

// The authentication log of OpenSSH on Linux with PAM, by syslog in the form of
// RFC 3164: no year, no zone.

var sshd = Format{
	Name:     "sshd",
	Title:    "OpenSSH by syslog (RFC 3164)",
	Signin:   "sshd",
	File:     "auth.log",
	Hosts:    true,
	Platform: sshHosts,
	write:    perRecord(appendSSHD),
}

// appendSSHD appends the lines that one connection leaves, all of one second:
// the delay that PAM puts before a refusal is left out.
func appendSSHD(buf []byte, _ *Org, a *Attempt) []byte {
	c := connection{
		head: a.Time.Format("Jan _2 15:04:05 ") + a.Host + " sshd[" + strconv.Itoa(int(1000+a.ID[0]%64000)) + "]: ",
		from: a.From.Addr.String(),
		port: strconv.Itoa(int(1024 + a.ID[1]%64000)),
		user: a.Account,
		buf:  buf,
	}
	const refused = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost="
	switch a.Code {
	case Accepted:
		key := ""
		if a.Client.Method == "publickey" {
			key = ": ED25519 SHA256:" + fingerprint(a)
		}
		c.line("Accepted ", a.Client.Method, " for ", c.user, " from ", c.from, " port ", c.port, " ssh2", key)
		c.line("pam_unix(sshd:session): session opened for user ", c.user, "(uid=", strconv.Itoa(int(1000+hashText(c.user)%5000)), ") by (uid=0)")
	case UserNotFound:
		c.line("Invalid user ", c.user, " from ", c.from, " port ", c.port)
		c.line("pam_unix(sshd:auth): check pass; user unknown")
		c.line(refused, c.from)
		c.line("Failed password for invalid user ", c.user, " from ", c.from, " port ", c.port, " ssh2")
		c.line("Connection closed by invalid user ", c.user, " ", c.from, " port ", c.port, " [preauth]")
	default:
		c.line(refused, c.from, "  user=", c.user)
		c.line("Failed password for ", c.user, " from ", c.from, " port ", c.port, " ssh2")
		c.line("Connection closed by authenticating user ", c.user, " ", c.from, " port ", c.port, " [preauth]")
	}
	return c.buf
}

// connection is the lines of one connection.
type connection struct {
	head, from, port, user string
	buf                    []byte
}

func (c *connection) line(parts ...string) {
	c.buf = append(c.buf, c.head...)
	for _, p := range parts {
		c.buf = append(c.buf, p...)
	}
	c.buf = append(c.buf, '\n')
}

// fingerprint is that of the key of an account: base64 of a SHA-256 without
// its padding.
func fingerprint(a *Attempt) string {
	var sum [32]byte
	for i := range 4 {
		binary.BigEndian.PutUint64(sum[8*i:], mix(hashText(a.Account), uint64(i)))
	}
	return base64.RawStdEncoding.EncodeToString(sum[:])
}
