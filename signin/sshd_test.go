package signin

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// writtenIn is a moment after the stamps of all samples.
var writtenIn = Options{ModTime: time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)}

func yearOf2026(r io.Reader, _ Options) iter.Seq2[*Event, error] {
	return sshd.Decode(r, writtenIn)
}

// decodeSSHD decodes a text and returns its sign-ins.
func decodeSSHD(t testing.TB, text string, opt Options) (events []Event) {
	t.Helper()
	for ev, err := range sshd.Decode(strings.NewReader(text), opt) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Class != ClassNone {
			events = append(events, cloneEvent(ev))
		}
	}
	return events
}

// sshdLine is a message and what is to be read from it. class is "none" where
// it tells of no try.
type sshdLine struct {
	why     string
	program string // with the process; "" is "sshd[7]"
	message string

	code, class, account, addr, known, client, strength string
	repeat                                              int
}

// The messages of sshd itself.
func TestSSHDMessages(t *testing.T) {
	const pass, key, kbd = "ssh/password", "ssh/publickey", "ssh/keyboard-interactive"
	const v6 = "2001:db8::7"
	checkSSHDLines(t, []sshdLine{
		{"a wrong password of a user that exists", "", "Failed password for ana from 192.0.2.1 port 4711 ssh2", "failed_password", "bad_password", "ana", "192.0.2.1", "yes", pass, "full", 0},
		{"a name that does not exist", "", "Failed password for invalid user ana from 192.0.2.1 port 4711 ssh2", "failed_password", "unknown_user", "ana", "192.0.2.1", "no", pass, "full", 0},
		{"the same before OpenSSH 3.9", "", "Failed password for illegal user ana from 192.0.2.1 port 4711 ssh2", "failed_password", "unknown_user", "ana", "192.0.2.1", "no", pass, "full", 0},
		{"protocol 1 ends without ssh2", "", "Failed password for ana from 192.0.2.1 port 4711", "failed_password", "bad_password", "ana", "192.0.2.1", "yes", pass, "full", 0},
		{"protocol 1 with who the client says it is", "", "Failed password for ana from 192.0.2.1 port 4711 ssh1: ruser from 192.0.2.9", "failed_password", "bad_password", "ana", "192.0.2.1", "yes", pass, "full", 0},
		{"the end is cut off", "", "Failed password for invalid user a from b from 192.0.2.1", "failed_password", "unknown_user", "a from b", "192.0.2.1", "no", pass, "full", 0},
		{"before OpenSSH 6.8", "", "Disconnecting: Too many authentication failures for ana [preauth]", "too_many_failures", "bad_password", "ana", "", "yes", "ssh", "hint", 0},
		{"9.8 and later serve connections by sshd-session", "sshd-session[7]", "Failed password for ana from 192.0.2.1 port 4711 ssh2", "failed_password", "bad_password", "ana", "192.0.2.1", "yes", pass, "full", 0},
		{"10.0 and later authenticate by sshd-auth", "sshd-auth[7]", "Invalid user ana from 192.0.2.1 port 4711", "invalid_user", "unknown_user", "ana", "192.0.2.1", "no", "ssh", "hint", 0},
		{"a program by its path", "/usr/sbin/sshd[7]", "Failed password for ana from 192.0.2.1 port 4711 ssh2", "failed_password", "bad_password", "ana", "192.0.2.1", "yes", pass, "full", 0},
		{"IPv6", "", "Failed password for ana from 2001:db8::7 port 4711 ssh2", "failed_password", "bad_password", "ana", v6, "yes", pass, "full", 0},
		{"IPv4 on an IPv6 socket", "", "Failed password for ana from ::ffff:192.0.2.1 port 4711 ssh2", "failed_password", "bad_password", "ana", "192.0.2.1", "yes", pass, "full", 0},
		{"a host name instead of an address: the event stays", "", "Failed password for ana from client.example.org port 4711 ssh2", "failed_password", "bad_password", "ana", "", "yes", pass, "full", 0},
		{"an address that somebody redacted", "", "Failed password for ana from 192.0.2.x port 4711 ssh2", "failed_password", "bad_password", "ana", "", "yes", pass, "full", 0},
		{"accounts are lower case", "", "Failed password for Ana.Lima from 192.0.2.1 port 4711 ssh2", "failed_password", "bad_password", "ana.lima", "192.0.2.1", "yes", pass, "full", 0},
		{"an account with a domain", "", "Failed password for ana@example.org from 192.0.2.1 port 4711 ssh2", "failed_password", "bad_password", "ana@example.org", "192.0.2.1", "yes", pass, "full", 0},

		{"a phrase in the name: the last address is the true one", "", "Failed password for invalid user a from 203.0.113.4 from 192.0.2.1 port 22 ssh2", "failed_password", "unknown_user", "a from 203.0.113.4", "192.0.2.1", "no", pass, "full", 0},
		{"a whole line in the name", "", "Failed password for invalid user a from 203.0.113.4 port 9 ssh2 from 192.0.2.1 port 22 ssh2", "failed_password", "unknown_user", "a from 203.0.113.4 port 9 ssh2", "192.0.2.1", "no", pass, "full", 0},
		{"a name that ends in the word", "", "Failed password for invalid user a from from 192.0.2.1 port 22 ssh2", "failed_password", "unknown_user", "a from", "192.0.2.1", "no", pass, "full", 0},
		{"spaces and quotes in the name", "", `Failed password for invalid user a "b" 'c' from 192.0.2.1 port 22 ssh2`, "failed_password", "unknown_user", `a "b" 'c'`, "192.0.2.1", "no", pass, "full", 0},
		{"control characters, as vis(3) writes them", "", `Failed password for invalid user \^[[2J\t from 192.0.2.1 port 22 ssh2`, "failed_password", "unknown_user", `\^[[2j\t`, "192.0.2.1", "no", pass, "full", 0},
		{"a control character as it is", "", "Failed password for invalid user a\x1b[2J from 192.0.2.1 port 22 ssh2", "failed_password", "unknown_user", "a\x1b[2j", "192.0.2.1", "no", pass, "full", 0},
		{"bytes that are not UTF-8", "", "Failed password for invalid user a\xff from 192.0.2.1 port 22 ssh2", "failed_password", "unknown_user", "a\uFFFD", "192.0.2.1", "no", pass, "full", 0},
		{"no name at all", "", "Failed password for invalid user  from 192.0.2.1 port 22 ssh2", "failed_password", "unknown_user", "", "192.0.2.1", "no", pass, "full", 0},
		{"a name like the mark", "", "Failed password for invalid user invalid user a from 192.0.2.1 port 22 ssh2", "failed_password", "unknown_user", "invalid user a", "192.0.2.1", "no", pass, "full", 0},

		{"keyboard-interactive asks PAM", "", "Failed keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2", "failed_keyboard_interactive", "bad_password", "ana", "192.0.2.1", "yes", kbd, "full", 0},
		{"or something else", "", "Failed keyboard-interactive/bsdauth for invalid user ana from 192.0.2.1 port 4711 ssh2", "failed_keyboard_interactive", "unknown_user", "ana", "192.0.2.1", "no", kbd, "full", 0},
		{"a method that is not known", "", "Failed challenge-response/pam for ana from 192.0.2.1 port 4711 ssh2", "failed_other", "bad_password", "ana", "192.0.2.1", "yes", "ssh/other", "full", 0},
		{"an offered key is no guess", "", "Failed publickey for ana from 192.0.2.1 port 4711 ssh2: ED25519 SHA256:AAAA", "failed_publickey", "bad_password", "ana", "192.0.2.1", "yes", key, "hint", 0},
		{"an offered key of nobody", "", "Failed publickey for invalid user ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:AAAA", "failed_publickey", "unknown_user", "ana", "192.0.2.1", "no", key, "hint", 0},
		{"a phrase in the key id of a certificate", "", "Failed publickey for ana from 192.0.2.1 port 4711 ssh2: RSA-CERT SHA256:AAAA ID x from 203.0.113.4 port 9 ssh2: RSA SHA256:B (serial 0) CA RSA SHA256:CCCC", "failed_publickey", "bad_password", "ana", "192.0.2.1", "yes", key, "hint", 0},
		{"a phrase in the name beside a key", "", "Failed publickey for invalid user a from 203.0.113.4 port 9 ssh2 from 192.0.2.1 port 4711 ssh2: RSA SHA256:AAAA", "failed_publickey", "unknown_user", "a from 203.0.113.4 port 9 ssh2", "192.0.2.1", "no", key, "hint", 0},
		{"the probe for methods", "", "Failed none for invalid user ana from 192.0.2.1 port 4711 ssh2", "failed_none", "unknown_user", "ana", "192.0.2.1", "no", "ssh/none", "hint", 0},
		{"a ticket", "", "Failed gssapi-with-mic for ana from 192.0.2.1 port 4711 ssh2", "failed_gssapi", "bad_password", "ana", "192.0.2.1", "yes", "ssh/gssapi-with-mic", "hint", 0},
		{"a host key", "", `Failed hostbased for ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:A, client user "ana", client host "client.example.org"`, "failed_hostbased", "bad_password", "ana", "192.0.2.1", "yes", "ssh/hostbased", "hint", 0},

		{"a good password", "", "Accepted password for ana from 192.0.2.1 port 4711 ssh2", "accepted_password", "ok", "ana", "192.0.2.1", "yes", pass, "full", 0},
		{"a good key", "", "Accepted publickey for ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:AAAA", "accepted_publickey", "ok", "ana", "192.0.2.1", "yes", key, "full", 0},
		{"a good certificate", "", "Accepted publickey for ana from 2001:db8::7 port 4711 ssh2: ED25519-CERT SHA256:A ID ana@example.org (serial 7) CA ED25519 SHA256:B", "accepted_publickey", "ok", "ana", v6, "yes", key, "full", 0},
		{"a good key before OpenSSH 6.3", "", "Accepted publickey for ana from 192.0.2.1 port 4711 ssh2", "accepted_publickey", "ok", "ana", "192.0.2.1", "yes", key, "full", 0},
		{"a good conversation", "", "Accepted keyboard-interactive/pam for ana from 192.0.2.1 port 4711 ssh2", "accepted_keyboard_interactive", "ok", "ana", "192.0.2.1", "yes", kbd, "full", 0},
		{"a good ticket", "", "Accepted gssapi-with-mic for ana from 192.0.2.1 port 4711 ssh2: ana@EXAMPLE.ORG", "accepted_gssapi", "ok", "ana", "192.0.2.1", "yes", "ssh/gssapi-with-mic", "full", 0},
		{"the first of two methods: the second is still to come", "", "Partial password for ana from 192.0.2.1 port 4711 ssh2", "partial_password", "mfa_required", "ana", "192.0.2.1", "yes", pass, "part", 0},
		{"the same with a key", "", "Partial publickey for ana from 192.0.2.1 port 4711 ssh2: RSA SHA256:AAAA", "partial_publickey", "mfa_required", "ana", "192.0.2.1", "yes", key, "part", 0},

		{"announces a name that does not exist", "", "Invalid user ana from 192.0.2.1 port 4711", "invalid_user", "unknown_user", "ana", "192.0.2.1", "no", "ssh", "hint", 0},
		{"before OpenSSH 7.4 without the port", "", "Invalid user ana from 192.0.2.1", "invalid_user", "unknown_user", "ana", "192.0.2.1", "no", "ssh", "hint", 0},
		{"before OpenSSH 3.9", "", "Illegal user ana from 192.0.2.1", "invalid_user", "unknown_user", "ana", "192.0.2.1", "no", "ssh", "hint", 0},
		{"without a name", "", "Invalid user  from 192.0.2.1 port 4711", "invalid_user", "unknown_user", "", "192.0.2.1", "no", "ssh", "hint", 0},
		{"a phrase in the name", "", "Invalid user a from 203.0.113.4 port 9 from 192.0.2.1 port 4711", "invalid_user", "unknown_user", "a from 203.0.113.4 port 9", "192.0.2.1", "no", "ssh", "hint", 0},
		{"a host name", "", "Invalid user ana from client.example.org port 4711", "invalid_user", "unknown_user", "ana", "", "no", "ssh", "hint", 0},
		{"the tries have lines of their own", "", "error: maximum authentication attempts exceeded for ana from 192.0.2.1 port 4711 ssh2 [preauth]", "too_many_failures", "bad_password", "ana", "192.0.2.1", "yes", "ssh", "hint", 0},
		{"of a name that does not exist", "", "error: maximum authentication attempts exceeded for invalid user ana from 192.0.2.1 port 4711 ssh2 [preauth]", "too_many_failures", "unknown_user", "ana", "192.0.2.1", "no", "ssh", "hint", 0},
		{"with keys only, all there is of a try at a user that exists", "", "Connection closed by authenticating user ana 192.0.2.1 port 4711 [preauth]", "closed_before_sign_in", "bad_password", "ana", "192.0.2.1", "yes", "ssh", "hint", 0},
		{"and at one that does not", "", "Connection closed by invalid user ana 192.0.2.1 port 4711 [preauth]", "closed_before_sign_in", "unknown_user", "ana", "192.0.2.1", "no", "ssh", "hint", 0},
		{"without a name", "", "Connection closed by invalid user  192.0.2.1 port 4711 [preauth]", "closed_before_sign_in", "unknown_user", "", "192.0.2.1", "no", "ssh", "hint", 0},
		{"without a name, its space lost", "", "Connection closed by invalid user 192.0.2.1 port 4711 [preauth]", "closed_before_sign_in", "unknown_user", "", "192.0.2.1", "no", "ssh", "hint", 0},
		{"a name with spaces", "", "Disconnected from invalid user a b 192.0.2.1 port 4711 [preauth]", "closed_before_sign_in", "unknown_user", "a b", "192.0.2.1", "no", "ssh", "hint", 0},
		{"a port in the name", "", "Disconnected from invalid user a 203.0.113.4 port 9 192.0.2.1 port 4711 [preauth]", "closed_before_sign_in", "unknown_user", "a 203.0.113.4 port 9", "192.0.2.1", "no", "ssh", "hint", 0},
		{"the client broke off", "", "Connection reset by authenticating user ana 192.0.2.1 port 4711 [preauth]", "closed_before_sign_in", "bad_password", "ana", "192.0.2.1", "yes", "ssh", "hint", 0},
		{"the server broke off, with a reason", "", "Disconnecting authenticating user ana 192.0.2.1 port 4711: Too many authentication failures [preauth]", "closed_before_sign_in", "bad_password", "ana", "192.0.2.1", "yes", "ssh", "hint", 0},
		{"a packet that cannot be read", "", "ssh_dispatch_run_fatal: Connection from authenticating user ana 192.0.2.1 port 4711: message authentication code incorrect [preauth]", "closed_before_sign_in", "bad_password", "ana", "192.0.2.1", "yes", "ssh", "hint", 0},
		{"a name that is shut out", "", "User ana from 192.0.2.1 not allowed because listed in DenyUsers", "not_allowed", "disabled", "ana", "192.0.2.1", "yes", "ssh", "hint", 0},
		{"by its group", "", "User ana from 192.0.2.1 not allowed because none of user's groups are listed in AllowGroups", "not_allowed", "disabled", "ana", "192.0.2.1", "yes", "ssh", "hint", 0},
		{"by its shell, without an address", "", "User ana not allowed because shell /bin/none does not exist", "not_allowed", "disabled", "ana", "", "yes", "ssh", "hint", 0},
		{"by its password entry", "", "User ana not allowed because account is locked", "account_locked", "locked", "ana", "", "yes", "ssh", "hint", 0},
		{"the password was right", "", "fatal: Access denied for user ana by PAM account configuration [preauth]", "pam_access_denied", "policy_block", "ana", "", "yes", "ssh", "full", 0},
		{"the key of root was right", "", "ROOT LOGIN REFUSED FROM 192.0.2.1 port 4711", "root_refused", "policy_block", "root", "192.0.2.1", "yes", "ssh", "full", 0},

		{"PAM's answer of a conversation", "", "error: PAM: Authentication failure for ana from 192.0.2.1", "pam_error", "bad_password", "ana", "192.0.2.1", "yes", kbd, "part", 0},
		{"of a name that does not exist", "", "error: PAM: Authentication failure for illegal user ana from 192.0.2.1", "pam_error", "unknown_user", "ana", "192.0.2.1", "no", kbd, "part", 0},
		{"in the words of macOS", "", "error: PAM: authentication error for illegal user ana from 192.0.2.1", "pam_error", "unknown_user", "ana", "192.0.2.1", "no", kbd, "part", 0},
		{"in words with a for", "", "error: PAM: Have exhausted maximum number of retries for service for ana from 192.0.2.1", "pam_error", "bad_password", "ana", "192.0.2.1", "yes", kbd, "part", 0},
		{"PAM asks for the account only after the password", "", "error: PAM: User account has expired for ana from 192.0.2.1", "pam_account_refused", "policy_block", "ana", "192.0.2.1", "yes", kbd, "part", 0},
		{"but never for a name that does not exist", "", "error: PAM: User account has expired for illegal user ana from 192.0.2.1", "pam_error", "unknown_user", "ana", "192.0.2.1", "no", kbd, "part", 0},
		{"nor does it change the password before", "", "error: PAM: Authentication token manipulation error for ana from 192.0.2.1", "pam_password_change_failed", "pw_expired", "ana", "192.0.2.1", "yes", kbd, "part", 0},

		{"rsyslog counts lines that come again", "", "message repeated 5 times: [ Failed password for root from 192.0.2.1 port 4711 ssh2]", "failed_password", "bad_password", "root", "192.0.2.1", "yes", pass, "full", 5},
		{"hints are one try however many", "", "message repeated 2 times: [ Failed publickey for root from 192.0.2.1 port 4711 ssh2: RSA SHA256:A]", "failed_publickey", "bad_password", "root", "192.0.2.1", "yes", key, "hint", 0},
		{"a count that is too large to believe", "", "message repeated 99999999999999999 times: [ Failed password for root from 192.0.2.1 port 4711 ssh2]", "failed_password", "bad_password", "root", "192.0.2.1", "yes", pass, "full", maxRepeat},
	})
}

// What sshd and PAM write that is no try, or repeats one without its address.
func TestSSHDMessagesOfNoTry(t *testing.T) {
	var lines []sshdLine
	for _, message := range []string{
		"Connection closed by 192.0.2.1 port 4711 [preauth]",
		"Connection from 192.0.2.1 port 4711 on 192.0.2.200 port 22 rdomain \"\"",
		"Disconnected from user ana 192.0.2.1 port 4711",
		"Disconnected from 192.0.2.1 port 4711 [preauth]",
		"Received disconnect from 192.0.2.1 port 4711:11: Bye Bye [preauth]",
		"Close session: user ana from 192.0.2.1 port 4711 id 0",
		"Postponed publickey for ana from 192.0.2.1 port 4711 ssh2 [preauth]",
		"Postponed keyboard-interactive for invalid user ana from 192.0.2.1 port 4711 ssh2 [preauth]",
		"input_userauth_request: invalid user ana [preauth]",
		"Accepted key RSA SHA256:AAAA found at /home/ana/.ssh/authorized_keys:1",
		"Accepted google_authenticator for ana",
		"Bad protocol version identification 'x' from 192.0.2.1 port 4711",
		"Did not receive identification string from 192.0.2.1 port 4711",
		"Unable to negotiate with 192.0.2.1 port 4711: no matching cipher found. Their offer: x [preauth]",
		"reverse mapping checking getaddrinfo for client.example.org [192.0.2.1] failed.",
		"User child is on pid 60225",
		"Starting session: shell on pts/0 for ana from 192.0.2.1 port 4711 id 0",
		"Connection closed by invalid user a",
		"Connection closed by authenticating user abcde22",
		"Connection closed by authenticating user ana 192.0.2.1 port many",
		"Failed password for ana",
		"Failed password for ana from here",
		"Failed to allocate internet-domain X11 display socket.",
		"Accepted password for invalid user ana from 192.0.2.1 port 4711 ssh2",
		"error: PAM: pam_open_session(): Permission denied",
		"PAM service(sshd) ignoring max retries; 6 > 3",
		"PAM adding faulty module: pam_cracklib.so",
		"pam_unix(sshd:auth): check pass; user unknown",
		"pam_unix(sshd:session): session opened for user ana(uid=1000) by (uid=0)",
		"pam_unix(sshd:session): session closed for user ana",
		"pam_sss(sshd:auth): received for user ana: 7 (Authentication failure)",
		"pam_sss(sshd:auth): authentication success; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=ana",
		"pam_unix(sshd:auth): authentication failure; cut off",
		"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser=ana",
		"pam_unix(",
		"message repeated 2 times: [ ",
		"message repeated x times: [ Failed password for root from 192.0.2.1 port 4711 ssh2]",
		"",
	} {
		lines = append(lines, sshdLine{why: "no try", message: message, class: "none"})
	}
	for _, program := range []string{"sshguard[7]", "cron[7]", "sshd_config[7]", "xsshd[7]"} {
		lines = append(lines, sshdLine{why: "another program", program: program, message: "Failed password for ana from 192.0.2.1 port 4711 ssh2", class: "none"})
	}
	checkSSHDLines(t, lines)
}

// The lines of PAM modules, for sshd and for other services.
func TestPAMMessages(t *testing.T) {
	const fields = "logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1"
	checkSSHDLines(t, []sshdLine{
		{"a wrong password", "", "pam_unix(sshd:auth): authentication failure; " + fields + "  user=ana", "pam_authentication_failure", "bad_password", "ana", "192.0.2.1", "", "ssh/pam", "part", 0},
		{"pam_unix names no user that does not exist", "", "pam_unix(sshd:auth): authentication failure; " + fields + " ", "pam_authentication_failure", "unknown_user", "", "192.0.2.1", "no", "ssh/pam", "part", 0},
		{"a host name (UseDNS)", "", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192-0-2-1.client.example.org  user=ana", "pam_authentication_failure", "bad_password", "ana", "", "", "ssh/pam", "part", 0},
		{"a user with spaces", "", "pam_unix(sshd:auth): authentication failure; " + fields + "  user=ana lima", "pam_authentication_failure", "bad_password", "ana lima", "192.0.2.1", "", "ssh/pam", "part", 0},
		{"a user that looks like a field", "", "pam_unix(sshd:auth): authentication failure; " + fields + "  user=a rhost=203.0.113.4", "pam_authentication_failure", "bad_password", "a rhost=203.0.113.4", "192.0.2.1", "", "ssh/pam", "part", 0},
		{"the end of a conversation counts the rest", "", "PAM 4 more authentication failures; " + fields + "  user=root", "pam_authentication_failure", "bad_password", "root", "192.0.2.1", "", "ssh/pam", "part", 4},
		{"one more", "", "PAM 1 more authentication failure; " + fields + "  user=root", "pam_authentication_failure", "bad_password", "root", "192.0.2.1", "", "ssh/pam", "part", 1},
		{"none more is no line that PAM writes", "", "PAM 0 more authentication failures; " + fields + "  user=root", "", "none", "", "", "", "", "", 0},
		{"before Linux-PAM 0.99", "sshd(pam_unix)[7]", "authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.1  user=root", "pam_authentication_failure", "bad_password", "root", "192.0.2.1", "", "ssh/pam", "part", 0},
		{"and its count", "sshd(pam_unix)[7]", "2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root", "pam_authentication_failure", "bad_password", "root", "192.0.2.1", "", "ssh/pam", "part", 2},
		{"that came again", "", "message repeated 3 times: [ pam_unix(sshd:auth): authentication failure; " + fields + "  user=ana]", "pam_authentication_failure", "bad_password", "ana", "192.0.2.1", "", "ssh/pam", "part", 3},
		{"a second module about the same try", "", "pam_sss(sshd:auth): authentication failure; " + fields + " user=ana", "pam_authentication_failure", "bad_password", "ana", "192.0.2.1", "", "ssh/pam", "hint", 0},
		{"a lock", "", "pam_faillock(sshd:auth): Consecutive login failures for user ana account temporarily locked", "pam_faillock", "locked", "ana", "", "yes", "ssh/pam", "hint", 0},
		{"an older lock", "", "pam_tally2(sshd:auth): user ana (1000) tally 7, deny 5", "pam_tally", "locked", "ana", "", "yes", "ssh/pam", "hint", 0},
		{"below the limit it says nothing", "", "pam_tally2(sshd:auth): Tally overflowed for user ana", "", "none", "", "", "", "", "", 0},
		{"su, on the host itself", "su(pam_unix)[7]", "authentication failure; logname= uid=1342 euid=0 tty= ruser=bob rhost=  user=ana", "pam_authentication_failure", "bad_password", "ana", "", "", "pam", "part", 0},
		{"dovecot says who tried as ruser", "auth", "pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=ana@example.org rhost=192.0.2.1", "pam_authentication_failure", "unknown_user", "ana@example.org", "192.0.2.1", "no", "pam", "part", 0},
		{"an address in such a name", "auth", "pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=a rhost=203.0.113.4 rhost=192.0.2.1", "pam_authentication_failure", "unknown_user", "a rhost=203.0.113.4", "192.0.2.1", "no", "pam", "part", 0},
		{"login at a terminal", "login[7]", "pam_unix(login:auth): authentication failure; logname=LOGIN uid=0 euid=0 tty=/dev/tty1 ruser= rhost=", "pam_authentication_failure", "unknown_user", "", "", "no", "pam", "part", 0},
		{"file transfer", "vsftpd[7]", "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=ana rhost=2001:db8::7  user=ana", "pam_authentication_failure", "bad_password", "ana", "2001:db8::7", "", "pam", "part", 0},
	})
}

func checkSSHDLines(t *testing.T, lines []sshdLine) {
	t.Helper()
	for _, want := range lines {
		program := cmp.Or(want.program, "sshd[7]")
		line := fmt.Sprintf("Mar  1 10:00:00 bastion %s: %s", program, want.message)
		events, bad := decodeAll(t, Format{Name: "sshd", Decode: yearOf2026}, []byte(line))
		if len(events) != 1 || bad != 0 {
			t.Errorf("%s: %d events, %d bad\n%s", want.why, len(events), bad, line)
			continue
		}
		ev := events[0]
		got := sshdLine{why: want.why, program: want.program, message: want.message, class: ev.Class.String()}
		if ev.Class != ClassNone {
			got.code, got.account, got.known = ev.Code, ev.Account, [...]string{"", "yes", "no"}[ev.Known]
			got.client, got.strength, got.repeat = ev.Client, [...]string{"full", "part", "hint"}[ev.Strength], ev.Repeat
			if ev.Addr.IsValid() {
				got.addr = ev.Addr.String()
			}
			// Dovecot's lines are joined by address, the others by process.
			if ev.Host != "bastion" || (ev.Try == 0) == (strings.Contains(program, "[") || ev.App == "dovecot" && ev.Addr.IsValid()) {
				t.Errorf("%s: host %q, try %x", want.why, ev.Host, ev.Try)
			}
			if pam := ev.Client == "pam"; (ev.Protocol == PAM) != pam || (ev.Protocol == SSH) == pam || (ev.App != "") != pam {
				t.Errorf("%s: protocol %v, app %q", want.why, ev.Protocol, ev.App)
			}
		}
		if got != want {
			t.Errorf("%s\n got %+v\nwant %+v", want.why, got, want)
		}
	}
}

// Every code of the table is used, and none that is not in it.
func TestSSHDCodes(t *testing.T) {
	used := map[string]bool{}
	for _, c := range []tryCode{
		codeInvalidUser, codeNotAllowed, codeAccountLocked, codeTooManyFailures, codeClosedBeforeSignIn, codeFailedAfterPartial, codeRootRefused,
		codePAMAccessDenied, codePAMAccountRefused, codePAMPasswordChange, codePAMError, codePAMFailure, codePAMFaillock, codePAMTally,
	} {
		used[c.name] = true
	}
	for _, m := range sshMethods {
		used[m.accepted.name], used[m.failed.name], used[m.partial.name] = true, true, true
	}
	for name := range used {
		if sshdCodes.Class(name, "", "") == Other {
			t.Errorf("%s is not in codes/sshd.yaml", name)
		}
	}
	for name := range sshdCodes.exact {
		if !used[name] {
			t.Errorf("nothing gives the code %s", name)
		}
	}
	if len(sshdCodes.patterns) > 0 {
		t.Errorf("%q is taken for a pattern", sshdCodes.patterns[0].text)
	}
}

func TestSSHDSniff(t *testing.T) {
	const failed = "Failed password for ana from 192.0.2.1 port 4711 ssh2\n"
	for _, c := range []struct {
		why, text string
		want      bool
	}{
		{"a line of sshd", "Mar  1 10:00:00 bastion sshd[7]: " + failed, true},
		{"a line of PAM among others", strings.Repeat("Mar  1 10:00:00 bastion cron[7]: run\n", 50) + "Mar  1 10:00:00 bastion sudo: pam_unix(sudo:auth): authentication failure; x\n", true},
		{"the dialect before Linux-PAM 0.99", "Mar  1 10:00:00 bastion sshd(pam_unix)[7]: session closed\n", true},
		{"the journal", `{"__REALTIME_TIMESTAMP":"1772359200000000","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"x"}` + "\n", true},
		{"cut in the middle of a line", "Mar  1 10:00:00 bastion sshd[7]: x\nMar  1 10:0", true},
		{"with a byte order mark", "\ufeffMar  1 10:00:00 bastion sshd[7]: x\n", true},
		{"syslog of other programs", "Mar  1 10:00:00 bastion postfix/smtpd[7]: connect from x\n", false},
		{"other JSON", `{"MESSAGE":"sshd[7]: Failed password","SYSLOG_IDENTIFIER":"sshd"}` + "\n", false},
		{"a journal of other programs", `{"__REALTIME_TIMESTAMP":"1772359200000000","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"sshd"}` + "\n", false},
		{"a table that quotes lines", "time,host,message\n2026-03-01 10:00:00,bastion,sshd[7]: " + failed, false},
		{"a mail that quotes one", "Hello,\nwe saw\nMar  1 10:00:00 bastion sshd[7]: " + failed + "What is it?\nBye\n", false},
		{"nothing", "", false},
	} {
		if got := sshd.Sniff([]byte(c.text)); got > 0 != c.want {
			t.Errorf("%s: %d", c.why, got)
		}
	}
	if f, ok := Detect(authLog(100)); !ok || f.Name != "sshd" {
		t.Errorf("an auth.log is taken for %q", f.Name)
	}
}

// Lines that are no record of a try, and those that are damaged.
func TestSSHDRecords(t *testing.T) {
	const good = "Mar  1 10:00:00 bastion sshd[7]: Invalid user ana from 192.0.2.1 port 4711"
	for _, c := range []struct {
		why, text     string
		records, errs int
	}{
		{"empty lines are no records", "\n" + good + "\n\n \r\n", 1, 0},
		{"a last line without an end", good + "\n" + good, 2, 0},
		{"Windows line ends", good + "\r\n" + good + "\r\n", 2, 0},
		{"a line that goes on", good + "\n\tat sshd.c:1\n  more", 3, 0},
		{"marks of syslogd", good + "\nMar  1 10:20:00 bastion -- MARK --\n--MARK--\n", 3, 0},
		{"what journalctl says about itself", "-- Journal begins at Sun 2026-03-01 --\n" + good + "\n-- Reboot --\n", 3, 0},
		{"a header only", "Mar  1 10:00:00 bastion\nMar  1 10:00:00 bastion \nMar  1 10:00:00 bastion sshd[7]:\n", 3, 0},
		{"no header", good + "\nwhat is this?\n" + good, 2, 1},
		{"a day that no year has", "Feb 30 10:00:00 bastion sshd[7]: x\n" + good, 1, 1},
		{"a time that no day has", "Mar  1 25:00:00 bastion sshd[7]: x\n" + good, 1, 1},
		{"a journal entry that is cut off", good + "\n" + `{"__REALTIME_TIMESTAMP":"17723592` + "\n" + good, 2, 1},
		{"an object that is no entry", good + "\n{}\n", 1, 1},
	} {
		events, bad := decodeAll(t, Format{Name: "sshd", Decode: yearOf2026}, []byte(c.text))
		if len(events) != c.records || bad != c.errs {
			t.Errorf("%s: %d records, %d errors; want %d, %d", c.why, len(events), bad, c.records, c.errs)
		}
	}
}

// Without a year and without a date of the file nothing is guessed.
func TestSSHDNoYear(t *testing.T) {
	const line = "Mar  1 10:00:00 bastion sshd[7]: Invalid user ana from 192.0.2.1 port 4711\n"
	for ev, err := range sshd.Decode(strings.NewReader(line), Options{}) {
		if err == nil || !strings.Contains(err.Error(), "no year") {
			t.Errorf("%v, %v", ev, err)
		}
	}
	events := decodeSSHD(t, "2026-03-01T10:00:00+01:00 bastion sshd[7]: Invalid user ana from 192.0.2.1 port 4711\n", Options{})
	if want := time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC); len(events) != 1 || !events[0].Time.Equal(want) {
		t.Errorf("%+v", events)
	}
}

func TestSSHDGolden(t *testing.T) {
	for _, file := range []string{"auth.log", "mixed.log", "journal.json"} {
		path := filepath.Join("testdata", "sshd", file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		goldenEvents(t, sshd, path, Options{ModTime: writtenIn.ModTime, Tail: func() []byte { return text }})
	}
}

func FuzzSSHD(f *testing.F) {
	for _, file := range []string{"auth.log", "mixed.log", "journal.json"} {
		text, err := os.ReadFile(filepath.Join("testdata", "sshd", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		for line := range bytes.Lines(text) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		opt := Options{ModTime: writtenIn.ModTime, Tail: func() []byte { return text }}
		format := Format{Name: "sshd", Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] { return sshd.Decode(r, opt) }}
		events, _ := decodeAll(t, format, text)
		for _, ev := range events {
			if ev.Repeat < 0 || ev.Repeat > maxRepeat || !utf8.ValidString(ev.Account+ev.Host+ev.App+ev.Code+ev.Client) {
				t.Errorf("%+v", ev)
			}
			if ev.Class == Other || ev.Class != ClassNone && (ev.Code == "" || ev.Client == "") {
				t.Errorf("%v, code %q, client %q", ev.Class, ev.Code, ev.Client)
			}
		}
		if again, _ := decodeAll(t, format, text); !slices.Equal(events, again) {
			t.Error("the same text gives other events")
		}
		if sure := sshd.Sniff(text); sure < 0 || sure > 100 {
			t.Errorf("sniffed by %d", sure)
		}
	})
}

// Each text is of one hostile line of some megabytes; none may cost more than
// reading it.
func TestSSHDHostileLines(t *testing.T) {
	const head = "Mar  1 10:00:00 bastion sshd[7]: "
	for why, text := range map[string]string{
		"phrases in a name":        head + "Failed password for invalid user " + strings.Repeat("a from 192.0.2.1 port 1 ssh2: x y z ", 100_000) + " from 192.0.2.1 port 1 ssh2",
		"keys in a name":           head + "Failed publickey for invalid user " + strings.Repeat("a from 192.0.2.1 port 1 ssh2: RSA S", 100_000),
		"ports in a name":          head + "Connection closed by invalid user " + strings.Repeat("192.0.2.1 port 1 ", 200_000),
		"a name of spaces":         head + "Invalid user " + strings.Repeat(" ", 3<<20) + " from 192.0.2.1",
		"fields of PAM":            head + "pam_unix(sshd:auth): authentication failure; " + strings.Repeat(" ruser=a rhost=b", 200_000),
		"repeats in repeats":       head + strings.Repeat("message repeated 2 times: [ ", 100_000),
		"a host":                   "Mar  1 10:00:00 " + strings.Repeat("h", 3<<20) + " sshd[7]: Invalid user ana from 192.0.2.1",
		"structured data":          "<38>1 2026-03-01T10:00:00Z h sshd 7 - " + strings.Repeat("[a b=\"]\"]", 300_000),
		"days of the week":         strings.Repeat("Sun ", 1<<20),
		"more than a record holds": head + "Invalid user " + strings.Repeat("a", MaxRecord) + " from 192.0.2.1",
	} {
		text += "\n" + head + "Failed password for root from 192.0.2.9 port 4711 ssh2\n"
		start := time.Now()
		events, _ := decodeAll(t, Format{Name: "sshd", Decode: yearOf2026}, []byte(text))
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: %v", why, took)
		}
		if len(events) == 0 || events[len(events)-1].Account != "root" || len(events[0].Host) > maxHost {
			t.Errorf("%s: the line after it is lost", why)
		}
	}
}
