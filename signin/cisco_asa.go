package signin

import (
	"strconv"
	"strings"
)

var ciscoASA = Format{
	Name:   "cisco-asa",
	Title:  "Cisco ASA, AnyConnect",
	Doc:    "Syslog of Cisco ASA, FTD or PIX: sign-ins to the VPN (AnyConnect, WebVPN, IPsec) and to the device itself.",
	Blind:  "Names that do not exist are hidden unless logging hide username is off; most servers give no reason.",
	Sniff:  func(head []byte) int { return sniffSyslog(head, isASA) },
	Decode: decodeSyslog,
}

var asaCodes = mustCodes("cisco-asa")

// isASA reports whether the line is of a Cisco firewall. What stands before the
// message differs with who wrote the header, the device or a relay or both:
//
//	Mar 01 2026 10:00:00 fw1 : %ASA-6-113005: …
//	Mar  1 10:00:00 192.0.2.1 Mar 01 2026 10:00:00: %ASA-6-113005: …
//	Mar  1 10:00:00 fw1 %ASA-6-113005: …
func isASA(l *syslogLine) bool {
	return asaBegin(l.tagged) >= 0
}

// asaBegin returns where the message begins, or -1.
func asaBegin(s string) int {
	head := s[:min(len(s), 80)]
	for from := 0; ; {
		i := strings.IndexByte(head[from:], '%')
		if i < 0 {
			return -1
		}
		from += i + 1
		rest := s[from:]
		if strings.HasPrefix(rest, "ASA-") || strings.HasPrefix(rest, "FTD-") || strings.HasPrefix(rest, "PIX-") || strings.HasPrefix(rest, "FWSM-") {
			if !isHeader(strings.TrimRight(head[:from], "%")) { // typed at another program; relays may double the sign
				return -1
			}
			return from
		}
	}
}

// asaMessages are the messages that tell of a try, with how they are read and
// how directly they tell: of one try on the VPN the AAA system and the WebVPN
// session write, of one on the device the AAA system, the login and the user
// authentication.
var asaMessages = map[string]struct {
	read     func(text string, ev *Event) bool
	strength Strength
	client   string
}{
	"109005": {asaPair, Full, "asa/cut-through"},
	"109006": {asaPair, Full, "asa/cut-through"},
	"113004": {asaFields, Part, "asa/aaa"},
	"113005": {asaFields, Full, "asa/aaa"},
	"113006": {asaUserOnly, Hint, "asa/aaa"},
	"113012": {asaFields, Part, "asa/aaa"},
	"113015": {asaFields, Full, "asa/aaa"},
	"113021": {asaConsole, Full, "asa/console"},
	"113039": {asaSession, Full, "asa/anyconnect"},
	"308001": {asaEnable, Full, "asa/enable"},
	"605004": {asaLogin, Part, "asa/login"},
	"605005": {asaLogin, Full, "asa/login"},
	"611101": {asaUname, Part, "asa/login"},
	"611102": {asaUname, Hint, "asa/login"},
	"713167": {asaPeer, Part, "asa/ipsec"},
	"716001": {asaSession, Full, "asa/webvpn"},
	"716038": {asaSession, Full, "asa/webvpn"},
	"716039": {asaSession, Part, "asa/webvpn"},
}

// asa reads a message: "ASA-LEVEL-NUMBER: TEXT".
func (d *syslogDecoder) asa(l *syslogLine, ev *Event) bool {
	tag, text, ok := strings.Cut(l.tagged[asaBegin(l.tagged):], ":")
	number := tag[strings.LastIndexByte(tag, '-')+1:]
	m := asaMessages[number]
	if !ok || m.read == nil {
		return false
	}
	if d.host.name == "" { // "fw1: %ASA-…" looks like the tag of a program
		if name, _, ok := strings.Cut(l.tagged[:asaBegin(l.tagged)], ":"); ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" && !strings.ContainsAny(name, " %") {
			d.host = d.hosts.of(name)
			ev.Host = d.host.name
		}
	}
	ev.Code, ev.Client, ev.Strength, ev.Protocol = clip(number), m.client, m.strength, VPN
	if m.client == "asa/login" || m.client == "asa/console" || m.client == "asa/enable" {
		ev.Protocol = Interactive
	}
	if !m.read(strings.TrimSpace(text), ev) {
		return false
	}
	if ev.Class == ClassNone {
		ev.Class = asaCodes.Class(number, "", "")
	}
	switch {
	case ev.Class.Succeeded():
		ev.Known, ev.Strength = Yes, Full
	case ev.Class == UnknownUser:
		ev.Known = No
	case ev.Class.ConfirmsPassword(), ev.Class == Locked:
		ev.Known = Yes
	}
	if !ev.Class.Succeeded() {
		const window = 2 // seconds within which the records of one try come
		ev.Try = d.host.hash(Key("asa", ev.Account, strconv.FormatInt(ev.Time.Unix()/window, 10)))
	}
	return true
}

// asaAccount reads a name. The device hides names that do not exist, which may
// be passwords, unless it is told not to (no logging hide username).
func asaAccount(s string) string {
	if strings.Trim(s, "*") == "" {
		return ""
	}
	return NormalAccount(strings.Trim(s, `"'<>`))
}

// asaFields reads "AAA user authentication Rejected : reason = REASON : server =
// ADDRESS : user = USER : user IP = ADDRESS". Versions differ in spaces and in
// commas for colons. Only the name is chosen by whoever tries to sign in; the
// last address counts.
func asaFields(text string, ev *Event) bool {
	head, _, _ := strings.Cut(text, "=")
	if strings.Contains(head, "authorization") || strings.Contains(head, "accounting") {
		return false
	}
	if at := strings.LastIndex(text, "user IP = "); at >= 0 {
		ev.Addr = ParseAddr(text[at+len("user IP = "):])
		text = strings.TrimRight(text[:at], " :,")
	}
	_, after, ok := strings.Cut(text, "ser = ")
	if !ok {
		return false
	}
	if strings.HasSuffix(text[:len(text)-len(after)], "server = ") { // "ser" of server
		return false
	}
	ev.Account = asaAccount(strings.TrimSpace(after))
	if _, reason, ok := strings.Cut(text[:len(text)-len(after)], "reason = "); ok {
		reason, _, _ = strings.Cut(reason, ":")
		ev.Class = asaCodes.Class(ev.Code, reason, "")
	}
	return true
}

// asaUserOnly reads "User USER locked out on exceeding …".
func asaUserOnly(text string, ev *Event) bool {
	user, ok := strings.CutPrefix(text, "User ")
	at := strings.LastIndex(user, " locked out")
	if !ok || at < 0 {
		return false
	}
	ev.Account = asaAccount(user[:at])
	return true
}

// asaPair reads "Authentication failed for user USER from ADDRESS/PORT to
// ADDRESS/PORT on interface NAME".
func asaPair(text string, ev *Event) bool {
	_, rest, ok := strings.Cut(text, " for user ")
	at := strings.LastIndex(rest, " from ")
	if !ok || at < 0 {
		return false
	}
	ev.Account = asaAccount(rest[:at])
	return asaSource(rest[at+len(" from "):], ev)
}

// asaSource reads "ADDRESS/PORT …".
func asaSource(s string, ev *Event) bool {
	s, _, _ = strings.Cut(s, " ")
	s, _, _ = strings.Cut(s, "/")
	ev.Addr = ParseAddr(s)
	return ev.Addr.IsValid()
}

// asaLogin reads `Login denied from ADDRESS/PORT to NAME:ADDRESS/SERVICE for user
// "USER"`.
func asaLogin(text string, ev *Event) bool {
	_, rest, ok := strings.Cut(text, " from ")
	if !ok || !asaSource(rest, ev) {
		return false
	}
	to, user, ok := strings.Cut(rest, " for user ")
	if !ok {
		return false
	}
	ev.Account = asaAccount(strings.Trim(user, `"`))
	ev.App = clip(to[strings.LastIndexByte(to, '/')+1:])
	return true
}

// asaUname reads "User authentication failed: IP address: ADDRESS, Uname: USER",
// in older versions without the address.
func asaUname(text string, ev *Event) bool {
	_, rest, ok := strings.Cut(text, ": ")
	if !ok {
		return false
	}
	if after, ok := strings.CutPrefix(rest, "IP address: "); ok {
		var addr string
		addr, rest, _ = strings.Cut(after, ", ")
		ev.Addr = ParseAddr(addr)
	}
	user, ok := strings.CutPrefix(rest, "Uname: ")
	ev.Account = asaAccount(user)
	return ok
}

// asaSession reads "Group <GROUP> User <USER> IP <ADDRESS> TEXT", in 716038 and
// 716039 of some versions without the brackets.
func asaSession(text string, ev *Event) bool {
	_, rest, ok := strings.Cut(text, "User ")
	at := strings.LastIndex(rest, " IP ")
	if !ok || at < 0 {
		return false
	}
	group, _, _ := strings.Cut(text, " User ")
	ev.App = clip(strings.Trim(strings.TrimPrefix(group, "Group "), "<>"))
	ev.Account = asaAccount(rest[:at])
	addr, _, _ := strings.Cut(rest[at+len(" IP "):], " ")
	ev.Addr = ParseAddr(strings.Trim(addr, "<>"))
	return ev.Addr.IsValid()
}

// asaPeer reads "Group = GROUP, Username = USER, IP = ADDRESS, Remote peer has
// failed user authentication - check configured username and password". The name
// may be missing; only it is chosen by whoever tries to sign in.
func asaPeer(text string, ev *Event) bool {
	at := strings.LastIndex(text, "IP = ")
	if at < 0 {
		return false
	}
	addr, _, _ := strings.Cut(text[at+len("IP = "):], " ")
	ev.Addr = ParseAddr(strings.TrimRight(addr, ","))
	head := strings.TrimRight(text[:at], ", ")
	group, user, _ := strings.Cut(head, ", Username = ")
	ev.App, ev.Account = clip(strings.TrimPrefix(group, "Group = ")), asaAccount(user)
	return ev.Addr.IsValid()
}

// asaConsole reads "Attempted console login failed user 'USER' did NOT have
// appropriate Admin Rights."
func asaConsole(text string, ev *Event) bool {
	_, rest, ok := strings.Cut(text, "ser '")
	if !ok {
		return false
	}
	at := strings.LastIndex(rest, "' did NOT")
	if at < 0 {
		return false
	}
	ev.Account = asaAccount(rest[:at])
	return true
}

// asaEnable reads "console enable password incorrect for N tries (from ADDRESS)"
// or "(from ssh (remote ADDRESS))".
func asaEnable(text string, ev *Event) bool {
	_, rest, ok := strings.Cut(text, "password incorrect for ")
	if !ok {
		return false
	}
	count, rest, _ := strings.Cut(rest, " tries")
	ev.Repeat = repeatCount(count)
	_, from, _ := strings.Cut(rest, "(from ")
	if _, remote, ok := strings.Cut(from, "(remote "); ok {
		from = remote
	}
	ev.Addr = ParseAddr(strings.TrimRight(from, ")"))
	ev.Account = "enable"
	return true
}
