package signin

import "strings"

// sshdMessages lists the messages of sshd that tell of a try, by how they
// begin. All others only repeat one of these or are of no sign-in: "Received
// disconnect", "Postponed", "input_userauth_request", "Connection closed by"
// without a user, "Close session".
//
// What sshd writes comes from openssh-portable auth.c (auth_log,
// getpwnamallow, allowed_user, auth_maxtries_exceeded, auth_root_allowed),
// auth2.c (userauth_finish), auth-pam.c (sshpam_query) and packet.c
// (sshpkt_fmt_connection_id). Names reach the log through vis(3), so a line
// holds no line break that an attacker typed.
var sshdMessages = [...]struct {
	begin string
	read  func(rest string, try *hostTry) bool
}{
	{"Failed ", readFailed},
	{"Accepted ", readAccepted},
	{"Invalid user ", readInvalidUser},
	{"Connection closed by ", readClosed},
	{"Disconnected from ", readClosed},
	{"Disconnecting ", readClosed},
	{"Connection reset by ", readClosed},
	{"ssh_dispatch_run_fatal: Connection from ", readClosed},
	{"maximum authentication attempts exceeded for ", readTooMany},
	{"User ", readNotAllowed},
	{"PAM: ", readPAMError},
	{"Partial ", readPartial},
	{"Access denied for user ", readAccessDenied},
	{"ROOT LOGIN REFUSED FROM ", readRootRefused},
	{"Disconnecting: Too many authentication failures for ", readOldTooMany}, // before OpenSSH 6.8
	{"Illegal user ", readInvalidUser},                                       // before OpenSSH 3.9
}

// readSSHD fills try from a message of sshd. It reports false where the
// message tells of no try.
func readSSHD(message string, try *hostTry) bool {
	message = strings.TrimPrefix(message, "error: ")
	message = strings.TrimPrefix(message, "fatal: ")
	for i := range sshdMessages {
		if rest, ok := strings.CutPrefix(message, sshdMessages[i].begin); ok {
			try.client = "ssh"
			return sshdMessages[i].read(rest, try)
		}
	}
	return false
}

// readFailed reads "METHOD for [invalid user ]USER from ADDRESS port N ssh2". A
// key that is offered and refused, and the probe with which clients ask for the
// methods, are no guesses of a password.
func readFailed(rest string, try *hostTry) bool {
	m, ok := readAttempt(rest, try)
	if !ok {
		return false
	}
	try.code = m.failed
	if !m.password {
		try.strength = Hint
	}
	if !try.invalid {
		try.known = Yes
	}
	return true
}

func readAccepted(rest string, try *hostTry) bool {
	m, ok := readAttempt(rest, try)
	if !ok || try.invalid {
		return false
	}
	try.code, try.known = m.accepted, Yes
	return true
}

// readPartial reads that one of several methods that are required together was
// passed. The next one tells the end, so this is a part.
func readPartial(rest string, try *hostTry) bool {
	m, ok := readAttempt(rest, try)
	if !ok || try.invalid {
		return false
	}
	try.code, try.known, try.strength = m.partial, Yes, Part
	if m.password {
		try.settles = codeFailedAfterPartial
	}
	return true
}

// readAttempt reads what auth_log writes behind the result.
func readAttempt(rest string, try *hostTry) (*sshMethod, bool) {
	method, rest, _ := strings.Cut(rest, " ")
	rest, ok := strings.CutPrefix(rest, "for ")
	if !ok {
		return nil, false
	}
	method, submethod, _ := strings.Cut(method, "/")
	try.childPAM = submethod == "pam"
	m := methodNamed(method)
	try.client = m.client
	rest = cutInvalid(rest, try)
	try.user, try.origin, ok = userFrom(rest)
	return m, ok
}

// cutInvalid removes what marks a user that does not exist.
func cutInvalid(rest string, try *hostTry) string {
	for _, mark := range [...]string{"invalid user ", "illegal user "} {
		if after, ok := strings.CutPrefix(rest, mark); ok {
			try.invalid = true
			return after
		}
	}
	return rest
}

// readInvalidUser reads "USER from ADDRESS[ port N]".
func readInvalidUser(rest string, try *hostTry) bool {
	var ok bool
	try.code, try.invalid, try.strength = codeInvalidUser, true, Hint
	try.user, try.origin, ok = lastFrom(rest)
	return ok
}

// readClosed reads "authenticating user USER ADDRESS port N[: REASON]": the
// connection ended before a sign-in. After one, it is "user USER".
func readClosed(rest string, try *hostTry) bool {
	if after, ok := strings.CutPrefix(rest, "authenticating user "); ok {
		rest, try.known = after, Yes
	} else if after, ok := strings.CutPrefix(rest, "invalid user "); ok {
		rest, try.invalid = after, true
	} else {
		return false
	}
	try.code, try.strength = codeClosedBeforeSignIn, Hint
	end := strings.LastIndex(rest, " port ")
	if end < 0 || portEnd(rest[end+len(" port "):]) == 0 {
		return false
	}
	rest = rest[:end]
	space := strings.LastIndexByte(rest, ' ') // -1: an empty name, its space lost on the way
	try.user, try.origin = rest[:max(space, 0)], rest[space+1:]
	return true
}

// readTooMany reads "[invalid user ]USER from ADDRESS port N ssh2". The
// failures before it tell the tries.
func readTooMany(rest string, try *hostTry) bool {
	var ok bool
	try.code, try.strength = codeTooManyFailures, Hint
	rest = cutInvalid(rest, try)
	if !try.invalid {
		try.known = Yes
	}
	try.user, try.origin, ok = userFrom(rest)
	return ok
}

// readOldTooMany reads "[invalid user ]USER". It names no address.
func readOldTooMany(rest string, try *hostTry) bool {
	try.code, try.strength = codeTooManyFailures, Hint
	if try.user = cutInvalid(rest, try); !try.invalid {
		try.known = Yes
	}
	return true
}

// readNotAllowed reads "USER[ from HOST] not allowed because REASON". Such an
// account exists, although sshd calls it invalid from here on and checks a
// false password in place of the one it gets (auth-pam.c sshpam_auth_passwd).
func readNotAllowed(rest string, try *hostTry) bool {
	const phrase = " not allowed because "
	at := strings.LastIndex(rest, phrase)
	if at < 0 {
		return false
	}
	try.code, try.known, try.strength = codeNotAllowed, Yes, Hint
	if strings.HasPrefix(rest[at+len(phrase):], "account is locked") {
		try.code = codeAccountLocked
	}
	try.settles = try.code
	try.user = rest[:at]
	if user, origin, ok := lastFrom(rest[:at]); ok {
		try.user, try.origin = user, origin
	}
	return true
}

// readPAMError reads "TEXT for [illegal user ]USER from HOST", in which TEXT
// is pam_strerror(3) of Linux-PAM or OpenPAM.
func readPAMError(rest string, try *hostTry) bool {
	text, rest, ok := strings.Cut(rest, " for ")
	if !ok {
		return false
	}
	if after, found := strings.CutPrefix(rest, "service for "); found { // "maximum number of retries for service"
		rest = after
	}
	rest = cutInvalid(rest, try)
	try.user, try.origin, ok = lastFrom(rest)
	try.client, try.strength, try.childPAM = "ssh/keyboard-interactive", Part, true
	try.code = codePAMError
	switch {
	case try.invalid:
	case strings.EqualFold(text, "user account has expired"):
		try.code, try.known = codePAMAccountRefused, Yes
		try.settles, try.once = try.code, true
	case strings.EqualFold(text, "authentication token manipulation error"):
		try.code, try.known = codePAMPasswordChange, Yes
		try.settles, try.once = try.code, true
	default:
		try.known = Yes
	}
	return ok
}

// readAccessDenied reads "USER by PAM account configuration": the password or
// key was right, the account phase of PAM refused. It names no address.
func readAccessDenied(rest string, try *hostTry) bool {
	var ok bool
	try.user, ok = strings.CutSuffix(rest, " by PAM account configuration")
	try.code, try.known = codePAMAccessDenied, Yes
	return ok
}

// readRootRefused reads "ADDRESS[ port N]". The name is not written; the rule
// is for the account with uid 0.
func readRootRefused(rest string, try *hostTry) bool {
	try.user, try.known, try.code = "root", Yes, codeRootRefused
	try.origin, _, _ = strings.Cut(rest, " ")
	return true
}

// userFrom splits "USER from ADDRESS port N ssh2[: EXTRA]". Whoever tries to
// sign in chooses the name, which may itself hold such a phrase, so the phrase
// with which the line ends counts. EXTRA is the key, and for certificates it
// quotes the key id, which is chosen as well (auth.c format_method_key): there
// the first phrase counts. A certificate for such a name can still lie about
// the address, but in hints only. A line that lost its end, "USER from ADDRESS",
// is read where it has none of these phrases.
func userFrom(s string) (user, addr string, ok bool) {
	const from = " from "
	for end := 0; ; {
		at := strings.Index(s[end:], from)
		if at < 0 {
			if !ok {
				return userFromEnd(s)
			}
			return user, addr, ok
		}
		at += end
		a, extra, valid := cutOrigin(s[at+len(from):])
		if valid && (extra == "" || isPlainKey(extra)) {
			return s[:at], a, true
		}
		if valid && !ok {
			user, addr, ok = s[:at], a, true
		}
		end = at + len(from) - 1 // its last space may begin the next one
	}
}

// maxCutName is longer than any name of a user and shorter than what relays cut
// lines at: whoever types a longer name chooses with what the rest of it ends.
const maxCutName = 200

// userFromEnd splits "USER from ADDRESS" at the end of a line.
func userFromEnd(s string) (user, addr string, ok bool) {
	if len(s) > maxCutName {
		return "", "", false
	}
	user, addr, ok = lastFrom(s)
	return user, addr, ok && strings.HasSuffix(s, addr) && parseOrigin(addr).IsValid()
}

// isPlainKey reports whether s is a type and a fingerprint and no more. It does
// not look at all of s for that: a line may hold many such phrases.
func isPlainKey(s string) bool {
	_, fingerprint, ok := strings.Cut(s, " ")
	return ok && strings.IndexByte(fingerprint, ' ') < 0
}

// cutOrigin reads "ADDRESS port N[ ssh2[: EXTRA]]", in which it may be ssh1.
func cutOrigin(s string) (addr, extra string, ok bool) {
	addr, rest, ok := strings.Cut(s, " ")
	if !ok || addr == "" {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(rest, "port ")
	n := portEnd(rest)
	if !ok || n == 0 {
		return "", "", false
	}
	switch rest = rest[n:]; {
	case rest == "", rest == " ssh2", rest == " ssh1":
		return addr, "", true
	case strings.HasPrefix(rest, " ssh2: "), strings.HasPrefix(rest, " ssh1: "):
		return addr, rest[len(" ssh2: "):], true
	}
	return "", "", false
}

// lastFrom splits "USER from ADDRESS[ port N]".
func lastFrom(s string) (user, addr string, ok bool) {
	at := strings.LastIndex(s, " from ")
	if at < 0 {
		return "", "", false
	}
	addr, _, _ = strings.Cut(s[at+len(" from "):], " ")
	return s[:at], addr, addr != ""
}

// portEnd returns the length of the number with which s begins, if that ends
// there as a port does.
func portEnd(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n > 5 || n < len(s) && s[n] != ' ' && s[n] != ':' {
		return 0
	}
	return n
}
