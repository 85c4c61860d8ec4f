package signin

import "strings"

var dovecot = Format{
	Name:   "dovecot",
	Title:  "Dovecot",
	Doc:    "mail.log, maillog or dovecot.log of a server with Dovecot (IMAP, POP3, submission); with auth_verbose it says more.",
	Blind:  "Without auth_verbose not whether the name or the password was wrong.",
	Sniff:  func(head []byte) int { return sniffSyslog(head, isDovecot) },
	Decode: decodeSyslog,
}

// mailCodes is the table of what Dovecot and Postfix write.
var mailCodes = mustCodes("dovecot")

// isDovecot reports whether Dovecot wrote the line: through syslog with its name
// as program, or into a file of its own, where the level stands there:
//
//	Mar  1 10:00:00 mail dovecot: imap-login: Login: user=<ana>, …
//	Mar  1 10:00:00 imap-login: Info: Login: user=<ana>, …
//	Mar 01 10:00:00 Info: imap-login: Login: user=<ana>, …      1.x
//
// From 2.4 what a database says begins with the name and the address,
// auth(USER,ADDRESS,…), of which the program may then be a part.
func isDovecot(l *syslogLine) bool {
	switch l.program {
	case "":
		return false
	case "dovecot", "imap-login", "pop3-login", "managesieve-login", "submission-login", "auth", "auth-worker", "dovecot-auth":
		return true
	case "Info", "Warn", "Warning", "Error":
		return strings.Contains(l.message, "-login: ") || strings.HasPrefix(l.message, "auth")
	}
	return strings.HasPrefix(l.program, "auth-worker(") || strings.HasPrefix(l.program, "auth(")
}

// dovecot reads a summary of a session or what a password database said.
func (d *syslogDecoder) dovecot(l *syslogLine, ev *Event) bool {
	service, rest := l.program, l.message
	if i := strings.Index(rest, "-login: "); i >= 0 && i < maxTag && strings.IndexByte(rest[:i], '(') < 0 { // "(": of a name
		service, rest = rest[strings.LastIndexByte(rest[:i], ' ')+1:i], rest[i+len("-login: "):]
	} else if service, _, _ = strings.Cut(service, "-login"); service == l.program {
		if strings.HasPrefix(service, "auth(") || strings.HasPrefix(service, "auth-worker(") {
			rest = l.tagged
		}
		return d.dovecotAuth(rest, ev)
	}
	ev.Protocol, ev.Client = Legacy, clip(service)
	rest = strings.TrimPrefix(rest, "Info: ")
	head, fields, ok := strings.Cut(rest, "user=<")
	if !ok { // 1.x writes no name where the client gave none that it could read
		at := max(strings.Index(rest, ": method="), strings.Index(rest, ": rip="))
		if at < 0 {
			return false
		}
		head, fields = rest[:at+len(": ")], ">, "+rest[at+len(": "):]
	}
	if !dovecotFields(fields, ev) {
		return false
	}
	if strings.HasPrefix(head, "Login: ") || strings.HasPrefix(head, "Logged in: ") { // the latter from 2.4
		ev.Class, ev.Code, ev.Known = OK, "login", Yes
		return ev.Account != ""
	}
	tries, seconds, ok := dovecotTries(head)
	if !ok {
		return false
	}
	ev.Code = "auth_failed"
	if tries == 0 {
		if ev.Account == "" {
			return false
		}
		ev.Code, tries = "aborted", 1
	}
	ev.Class, ev.Repeat = mailCodes.Class(ev.Code, "", ""), tries
	d.mailTries().session(ev, d.host, seconds)
	return true
}

// dovecotTries reads how a session without a sign-in ended: "Disconnected (auth
// failed, 2 attempts in 30 secs): ", and in older versions "Aborted login (1
// authentication attempts): " or "Aborted login: ", for which it returns 0. Where
// another server checks passwords for this one: "Disconnected (proxy dest auth
// failed): ".
func dovecotTries(head string) (tries, seconds int, ok bool) {
	if _, rest, found := strings.Cut(head, "(auth failed, "); found {
		count, rest, _ := strings.Cut(rest, " attempts")
		if rest, found := strings.CutPrefix(rest, " in "); found {
			number, _, _ := strings.Cut(rest, " ")
			seconds = repeatCount(number)
		}
		tries = repeatCount(count)
		return tries, seconds, tries > 0
	}
	if strings.Contains(head, "(proxy dest auth failed)") {
		return 1, 0, true
	}
	if i := strings.Index(head, " authentication attempts)"); i >= 0 {
		tries = repeatCount(head[strings.LastIndexByte(head[:i], '(')+1 : i])
		return tries, 0, tries > 0
	}
	return 0, 0, strings.HasPrefix(head, "Aborted login: ")
}

// dovecotFields reads what follows "user=<": the name, method and addresses.
// Whoever tries to sign in chooses the name, so the last of each field counts.
func dovecotFields(s string, ev *Event) bool {
	at := strings.LastIndex(s, ", rip=")
	if at < 0 {
		return false
	}
	rip, _, _ := strings.Cut(s[at+len(", rip="):], ",")
	ev.Addr = ParseAddr(rip)
	user := s[:at]
	if i := strings.LastIndex(user, ">, method="); i >= 0 {
		method, _, _ := strings.Cut(user[i+len(">, method="):], ",")
		ev.Client = clip(ev.Client + "/" + strings.ToLower(method))
		user = user[:i]
	}
	ev.Account = NormalAccount(strings.TrimSuffix(user, ">"))
	return ev.Addr.IsValid()
}

// dovecotDatabases are the password databases, as they begin what they say.
var dovecotDatabases = [...]string{
	"pam(", "sql(", "ldap(", "passwd-file(", "passwd(", "shadow(", "static(", "checkpassword(", "imap(", "bsdauth(", "vpopmail(", "lua(", "oauth2(", "dict(",
}

// dovecotTexts are what a database says of a try that fails, with the name of
// the code for it; the first that begins a text is taken.
var dovecotTexts = [...]struct{ begin, code string }{
	{"unknown user", "unknown_user"},
	{"Password mismatch", "password_mismatch"},
	{"password mismatch", "password_mismatch"},
	{"invalid credentials", "invalid_credentials"},
	{"pam_authenticate() failed: User not known", "pam_unknown_user"},
	{"pam_authenticate() failed: Have exhausted", "pam_too_many"},
	{"pam_authenticate() failed: ", "pam_failed"},
	{"pam_acct_mgmt() failed: Authentication token is no longer valid", "password_expired"},
	{"pam_acct_mgmt() failed: ", "pam_account"},
	{"Password expired", "password_expired"},
	{"User is disabled", "user_disabled"},
}

// dovecotAuth reads "auth-worker(7): conn unix:auth-worker (…): auth-worker<6>:
// sql(USER,ADDRESS,<SESSION>): TEXT", or from 2.4 "auth(USER,ADDRESS,…)<SESSION>:
// sql: TEXT". The file has it where auth_verbose is on.
func (d *syslogDecoder) dovecotAuth(s string, ev *Event) bool {
	if rest, ok := strings.CutPrefix(strings.Replace(s, "auth-worker(", "auth(", 1), "auth("); ok {
		if who, _, ok := strings.Cut(rest, ")"); ok && strings.IndexByte(who, ',') >= 0 {
			return d.dovecotAuth24(rest, ev)
		}
	}
	for range 6 { // parts before the database
		for _, name := range dovecotDatabases {
			if rest, ok := strings.CutPrefix(s, name); ok {
				return d.dovecotDatabase(rest, ev)
			}
		}
		_, rest, ok := strings.Cut(s, ": ")
		if !ok {
			return false
		}
		s = rest
	}
	return false
}

// dovecotAuth24 reads "USER,ADDRESS[,sasl:METHOD])<SESSION>: [Info: ]DATABASE:
// TEXT". As below, the last text that is one counts.
func (d *syslogDecoder) dovecotAuth24(s string, ev *Event) bool {
	for end := len(s); ; {
		at := strings.LastIndex(s[:end], ": ")
		if at < 0 {
			return false
		}
		end = at
		code := dovecotCode(s[at+len(": "):])
		if code == "" {
			continue
		}
		closing := strings.LastIndexByte(s[:at], ')')
		if closing < 0 {
			return false
		}
		who := s[:closing]
		if i := strings.LastIndex(who, ",sasl:"); i >= 0 {
			who = who[:i]
		}
		return d.dovecotRefused(who, code, ev)
	}
}

// dovecotCode returns the code of what a database says, "" where it is none of
// these texts.
func dovecotCode(text string) string {
	for _, t := range dovecotTexts {
		if strings.HasPrefix(text, t.begin) {
			return t.code
		}
	}
	return ""
}

// dovecotDatabase reads "USER,ADDRESS[,<SESSION>]): TEXT". The last text that is
// one counts: a name may look like another.
func (d *syslogDecoder) dovecotDatabase(s string, ev *Event) bool {
	for end := len(s); ; {
		at := strings.LastIndex(s[:end], "): ")
		if at < 0 {
			return false
		}
		end = at
		code := dovecotCode(strings.TrimPrefix(s[at+len("): "):], "Info: "))
		if code == "" {
			continue
		}
		who := s[:at]
		if i := strings.LastIndex(who, ",<"); i >= 0 && strings.HasSuffix(who, ">") {
			who = who[:i]
		}
		return d.dovecotRefused(strings.TrimSuffix(who, ","), code, ev) // a comma: the session has no name
	}
}

// dovecotRefused fills the event of "USER,ADDRESS".
func (d *syslogDecoder) dovecotRefused(who, code string, ev *Event) bool {
	comma := strings.LastIndexByte(who, ',')
	if comma < 0 {
		return false
	}
	ev.Account, ev.Addr = NormalAccount(who[:comma]), ParseAddr(who[comma+1:])
	ev.Protocol, ev.Client, ev.Code = Legacy, "dovecot", code
	ev.Class = mailCodes.Class(code, "", "")
	ev.Known = mailKnown(ev.Class, code)
	d.mailTries().database(ev, d.host)
	return true
}

// mailKnown reports what a result says of the account's existence. PAM may hide
// it.
func mailKnown(class Class, code string) Tri {
	switch {
	case class == UnknownUser:
		return No
	case code == "pam_failed":
		return Unstated
	}
	return Yes
}
