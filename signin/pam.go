package signin

import "strings"

// isPAM reports whether a PAM module wrote the line, in one of these ways:
//
//	sshd[7]: pam_unix(sshd:auth): authentication failure; …    since Linux-PAM 0.99
//	sshd(pam_unix)[7]: authentication failure; …               before
//	sshd[7]: (pam_unix) authentication failure; …              where a distribution patched the tag away
//	vsftpd: pam_unix: authentication failure; …                where it did so in another way
//	sshd[7]: PAM 2 more authentication failures; …             at the end of a conversation
func isPAM(program, message string) bool {
	return strings.HasPrefix(message, "pam_") || strings.HasPrefix(message, "PAM ") || strings.HasPrefix(message, "(pam_") ||
		strings.HasSuffix(program, ")") && strings.Contains(program, "(pam_")
}

// isPAMModule reports whether s is "MODULE(SERVICE…", not a text in which somebody
// typed a parenthesis.
func isPAMModule(s string) bool {
	open := strings.IndexByte(s, '(')
	return open > 0 && strings.IndexByte(s[:open], ' ') < 0
}

// readPAM fills try from a message of a PAM module. It reports false where the
// message tells of no try. "check pass; user unknown" is none: the line after
// it says the same and the address.
func readPAM(program, message string, try *hostTry) bool {
	module, text := "pam_unix", message
	try.service = program
	if service, rest, ok := strings.Cut(program, "("); ok {
		try.service, module = service, strings.TrimSuffix(rest, ")")
	} else if strings.HasPrefix(message, "pam_") {
		// The colon of "pam_unix: " comes first where it is one: what follows is typed.
		if head, rest, found := strings.Cut(message, "): "); found && isPAMModule(head) {
			module, try.service, _ = strings.Cut(head, "(")
			try.service, _, _ = strings.Cut(try.service, ":")
			text = rest
		} else if module, text, found = strings.Cut(message, ": "); !found {
			return false
		}
	} else if rest, ok := strings.CutPrefix(message, "("); ok {
		module, text, _ = strings.Cut(rest, ") ")
	} else {
		text = strings.TrimPrefix(text, "PAM ")
	}
	if isSSHD(try.service) {
		try.service = "sshd"
	}
	switch module {
	case "pam_faillock":
		return readFaillock(text, try)
	case "pam_tally", "pam_tally2":
		return readTally(text, try)
	}
	return readPAMFailure(module, text, try)
}

// readPAMFailure reads "authentication failure; logname= uid=0 euid=0 tty=ssh
// ruser= rhost=ADDRESS  user=USER" and "2 more authentication failures; …",
// the form of pam_unix that others copied. Where pam_unix writes no user, the
// name is unknown to the host: it might be a password typed in its place.
func readPAMFailure(module, text string, try *hostTry) bool {
	rest, first := strings.CutPrefix(text, "authentication failure; ")
	if !first {
		more, after, ok := strings.Cut(text, " more authentication failure")
		if try.repeat = repeatCount(more); !ok || try.repeat == 0 {
			return false
		}
		_, rest, _ = strings.Cut(after, "; ")
	}
	try.code, try.strength, try.client = codePAMFailure, Part, "pam"
	if try.service == "sshd" {
		try.client = "ssh/pam"
	}
	if module != "pam_unix" {
		try.strength, try.repeat = Hint, 0 // asked beside pam_unix, about the same try
	}
	ruser, origin, user, ok := pamFields(rest)
	if !ok {
		return false
	}
	try.origin, try.user = origin, user
	if user == "" {
		try.user = ruser
		try.invalid = module == "pam_unix"
	}
	return true
}

// pamFields takes ruser, rhost and user out of the fields of a failure. sshd
// sets no ruser; where another service does, whoever tries to sign in may have
// chosen it, and the last rhost is the true one.
func pamFields(s string) (ruser, rhost, user string, ok bool) {
	_, s, ok = strings.Cut(s, " ruser=")
	at := 0
	if !strings.HasPrefix(s, " rhost=") {
		at = strings.LastIndex(s, " rhost=")
	}
	if !ok || at < 0 {
		return "", "", "", false
	}
	ruser, s = s[:at], s[at+len(" rhost="):]
	rhost, s, _ = strings.Cut(s, " ")
	_, user, _ = strings.Cut(s, "user=")
	return ruser, rhost, user, true
}

// readFaillock reads that a failure was one too many. The failure itself has a
// line of its own.
func readFaillock(text string, try *hostTry) bool {
	rest, ok := strings.CutPrefix(text, "Consecutive login failures for user ")
	if !ok {
		return false
	}
	try.user, ok = strings.CutSuffix(rest, " account temporarily locked")
	try.lock(codePAMFaillock)
	return ok
}

// readTally reads "user USER (UID) tally N, deny N".
func readTally(text string, try *hostTry) bool {
	rest, ok := strings.CutPrefix(text, "user ")
	at := strings.LastIndex(rest, " tally ")
	if !ok || at < 0 {
		return false
	}
	try.user = rest[:at]
	if uid := strings.LastIndex(try.user, " ("); uid >= 0 {
		try.user = try.user[:uid]
	}
	try.lock(codePAMTally)
	return true
}

// lock makes it the record of an account that is locked, and so exists.
func (t *hostTry) lock(code tryCode) {
	t.code, t.known, t.strength, t.client = code, Yes, Hint, "pam"
	if t.service == "sshd" {
		t.client = "ssh/pam"
	}
}
