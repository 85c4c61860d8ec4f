package signin

import "strings"

var postfix = Format{
	Name:   "postfix",
	Title:  "Postfix",
	Doc:    "mail.log or maillog of a server with Postfix: sign-ins to send mail (SASL).",
	Blind:  "Older versions do not write who tried; none writes whether the name exists.",
	Sniff:  func(head []byte) int { return sniffSyslog(head, isPostfix) },
	Decode: decodeSyslog,
}

// isPostfix reports whether Postfix wrote the line; another name for the whole
// (syslog_name) begins like it as a rule: postfix-out/smtpd.
func isPostfix(l *syslogLine) bool {
	return strings.HasPrefix(l.program, "postfix") || strings.HasSuffix(l.program, "/smtpd")
}

// postfix reads a sign-in to send mail, which failed:
//
//	warning: HOST[192.0.2.1]: SASL LOGIN authentication failed: REASON[, sasl_username=USER]
//
// or did not:
//
//	4F1A2B3C4D: client=HOST[192.0.2.1][:PORT], sasl_method=PLAIN, sasl_username=USER
//
// Older versions do not write the name of a failure.
func (d *syslogDecoder) postfix(l *syslogLine, ev *Event) bool {
	if rest, ok := strings.CutPrefix(l.message, "warning: "); ok {
		return d.saslFailed(rest, ev)
	}
	_, rest, ok := strings.Cut(l.message, ": client=")
	if !ok {
		return false
	}
	client, rest, ok := strings.Cut(rest, ", sasl_method=")
	if !ok {
		return false
	}
	method, user, ok := strings.Cut(rest, ", sasl_username=")
	if !ok {
		return false
	}
	user, _, _ = strings.Cut(user, ", sasl_sender=")
	return smtpClient(client, method, user, "sasl_authenticated", ev)
}

// saslFailed reads what follows "warning: ". The name stands last, so whoever
// chose it can only put more of its kind behind the true one.
func (d *syslogDecoder) saslFailed(rest string, ev *Event) bool {
	client, rest, ok := strings.Cut(rest, ": SASL ")
	if !ok {
		return false
	}
	method, reason, ok := strings.Cut(rest, " authentication failed")
	if !ok {
		return false
	}
	reason, user, _ := strings.Cut(reason, ", sasl_username=")
	code := "sasl_failed"
	switch {
	case strings.Contains(reason, "Connection lost to authentication server"), strings.Contains(reason, "temporary"):
		code = "sasl_unavailable"
	case strings.Contains(reason, "Invalid authentication mechanism"), strings.Contains(reason, "bad protocol / cancel"):
		code = "sasl_protocol" // the first is Dovecot's, the second Cyrus's where the client gives up
	}
	if user == "(unavailable)" {
		user = ""
	}
	if !smtpClient(client, method, user, code, ev) {
		return false
	}
	d.mailTries().sasl(ev, d.host)
	return true
}

// smtpClient reads "HOST[ADDRESS]" or "HOST[ADDRESS]:PORT".
func smtpClient(client, method, user, code string, ev *Event) bool {
	at := strings.LastIndexByte(client, '[')
	end := strings.LastIndexByte(client, ']')
	if at < 0 || end < at || strings.IndexByte(client, ' ') >= 0 { // a name of DNS has no spaces
		return false
	}
	ev.Addr = ParseAddr(strings.TrimPrefix(client[at+1:end], "IPv6:"))
	ev.Account = NormalAccount(user)
	ev.Protocol, ev.Client = Legacy, clip("smtp/"+strings.ToLower(method))
	ev.Class, ev.Code = mailCodes.Class(code, "", ""), code
	if ev.Class.Succeeded() {
		ev.Known = Yes
	}
	return true
}
