package signin

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"github.com/pumphandle/pumphandle/internal/csvscan"
)

var paloAlto = Format{
	Name:   "palo-alto",
	Title:  "Palo Alto GlobalProtect",
	Doc:    "GLOBALPROTECT and SYSTEM logs of PAN-OS as syslog or as the CSV that Monitor > Logs exports.",
	Blind:  "Whether the name or the password was wrong is mostly not said; with SAML only what comes after the identity provider.",
	Sniff:  func(head []byte) int { return sniffSyslog(head, isPaloAlto) },
	Decode: decodeSyslog,
}

var paloAltoCodes = mustCodes("palo-alto")

// isPaloAlto reports whether the message is a log of PAN-OS that may tell of a
// sign-in: rows of comma-separated values, the fourth of which is the type.
func isPaloAlto(l *syslogLine) bool {
	s := l.tagged
	if len(s) < 20 || s[0] < '0' || s[0] > '9' {
		return false
	}
	head := s[:min(len(s), 120)]
	return strings.Contains(head, ",GLOBALPROTECT,") || strings.Contains(head, ",SYSTEM,")
}

// The columns of both types, and of each.
const (
	panReceived  = 1
	panSerial    = 2
	panType      = 3
	panSubtype   = 4
	panGenerated = 6
	panEvent     = 8

	panStage       = 9
	panMethod      = 10
	panUser        = 12
	panRegion      = 13
	panMachine     = 14
	panPublicIP    = 15
	panPublicIPv6  = 16
	panVersion     = 21
	panOS          = 22
	panRepeat      = 24
	panReason      = 25
	panError       = 26
	panDescription = 27
	panStatus      = 28
	panPortal      = 33
	panPrecise     = 34 // here or behind: the time with its zone

	panSystemText = 14
)

func (d *syslogDecoder) paloAlto(l *syslogLine, ev *Event) bool {
	row, _, err := csvscan.NewReader(strings.NewReader(l.tagged), len(l.tagged)+1).Next()
	if err != nil || len(row) <= panSystemText {
		return false
	}
	text := func(i int) string {
		if i < len(row) {
			return string(bytes.TrimSpace(row[i]))
		}
		return ""
	}
	ev.Protocol = VPN
	var ok bool
	switch text(panType) {
	case "GLOBALPROTECT":
		ok = d.globalProtect(text, ev)
	case "SYSTEM":
		ok = d.panSystem(text, ev)
	}
	if !ok {
		return false
	}
	switch {
	case ev.Class.Succeeded(), ev.Class.ConfirmsPassword(), ev.Class == Locked:
		ev.Known = Yes
	case ev.Class == UnknownUser:
		ev.Known = No
	}
	if d.host.name == "" {
		ev.Host = d.hosts.of(text(panSerial)).name
	}
	ev.Time, d.err = parseStamp(strings.ReplaceAll(cmp.Or(text(panGenerated), text(panReceived)), "/", "-"), d.clock.calendar.zone)
	for i := panPrecise; i < len(row); i++ { // its column differs by version
		if s := text(i); len(s) >= len("2026-03-01T10:00:00") && s[4] == '-' && s[10] == 'T' {
			if at, err := parseStamp(s, d.clock.calendar.zone); err == nil {
				ev.Time, d.err = at, nil
				break
			}
		}
	}
	if !ev.Class.Succeeded() {
		const window = 2 // seconds within which the records of one try come
		user, _, _ := strings.Cut(ev.Account, "@")
		ev.Try = Key("palo-alto", text(panSerial), user, strconv.FormatInt(ev.Time.Unix()/window, 10))
	}
	return true
}

// globalProtect reads a GLOBALPROTECT log: of the stages of a connection the
// authentication at portal and gateway, and the login where it succeeds.
func (d *syslogDecoder) globalProtect(text func(int) string, ev *Event) bool {
	event, status := text(panEvent), text(panStatus)
	switch {
	case event == "portal-auth", event == "gateway-auth":
	case event == "gateway-connected" && status == "success":
	default:
		return false
	}
	reason := cmp.Or(text(panReason), text(panError), text(panDescription))
	if description := text(panDescription); status != "success" && description != "" && reason != description {
		reason += " " + description
	}
	ev.Code = "failure"
	if status == "success" {
		ev.Code = "success"
	}
	ev.Class = paloAltoCodes.Class(ev.Code, reason, "")
	ev.Account = panAccount(text(panUser))
	ev.Addr = firstAddr(text(panPublicIP), text(panPublicIPv6))
	if !ev.Addr.IsValid() || ev.Addr.IsUnspecified() {
		ev.Addr = firstAddr(text(panPublicIPv6))
	}
	if region := text(panRegion); len(region) == 2 && !allDigits(region) {
		ev.Country = strings.ToUpper(region)
	}
	ev.Client = clip("globalprotect/" + strings.ToLower(cmp.Or(text(panMethod), text(panStage))))
	ev.UserAgent = clip(strings.TrimSpace(text(panOS) + " " + text(panVersion)))
	ev.App = clip(text(panPortal))
	ev.Repeat = repeatCount(text(panRepeat))
	return true
}

// panSystem reads a SYSTEM log, as PAN-OS before 9.1 has of GlobalProtect and
// all versions of authentication and of administrators. The texts:
//
//	GlobalProtect gateway user authentication failed. Login from: 192.0.2.1, Source region: DE, User name: ana, … Reason: …, Auth type: …
//	failed authentication for user 'ana'. Reason: Invalid username/password. auth profile '…', … From: 192.0.2.1.
//	authenticated for user 'ana'. … From: 192.0.2.1.
func (d *syslogDecoder) panSystem(text func(int) string, ev *Event) bool {
	event, message := text(panEvent), text(panSystemText)
	ev.Client = clip("pan-os/" + text(panSubtype))
	switch {
	case strings.HasPrefix(event, "globalprotect") && (strings.HasSuffix(event, "-auth-fail") || strings.HasSuffix(event, "-auth-succ")):
		return panGlobalProtect(message, strings.HasSuffix(event, "-succ"), ev)
	case event == "auth-fail", event == "auth-success":
		ev.Strength = Part
		return panAuth(message, event == "auth-success", ev)
	}
	return false
}

func panGlobalProtect(message string, ok bool, ev *Event) bool {
	_, from, found := strings.Cut(message, "Login from: ")
	addr, rest, _ := strings.Cut(from, ",")
	if ev.Addr = ParseAddr(addr); !found || !ev.Addr.IsValid() {
		return false
	}
	_, region, _ := strings.Cut(rest, "Source region: ")
	if region, _, _ := strings.Cut(region, ","); len(region) == 2 && !allDigits(region) {
		ev.Country = strings.ToUpper(region)
	}
	_, user, _ := strings.Cut(rest, "User name: ")
	user, rest, _ = strings.Cut(user, ", ")
	ev.Account = panAccount(user)
	_, system, _ := strings.Cut(rest, "Client OS version: ")
	system, _, _ = strings.Cut(system, ",")
	ev.UserAgent = clip(system)
	reason := rest[max(0, strings.LastIndex(rest, "Reason: ")):]
	return panResult(ok, reason, ev)
}

// panAuth reads a message of the authentication system. The name stands in
// quotes; behind it nothing is chosen by whoever tries to sign in.
func panAuth(message string, ok bool, ev *Event) bool {
	_, rest, found := strings.Cut(message, " for user '")
	if !found {
		if _, rest, found = strings.Cut(message, "User '"); !found {
			return false
		}
	}
	end := strings.LastIndex(rest, "'. ")
	if i := strings.Index(rest, "'.  Reason: "); i >= 0 {
		end = i
	} else if i := strings.Index(rest, "'. Reason: "); i >= 0 {
		end = i
	} else if i := strings.IndexByte(rest, '\''); end < 0 || ok {
		end = i
	}
	if end < 0 {
		return false
	}
	ev.Account = panAccount(rest[:end])
	if at := strings.LastIndex(rest, "From: "); at >= 0 {
		addr, _, _ := strings.Cut(rest[at+len("From: "):], " ")
		ev.Addr = ParseAddr(strings.TrimRight(addr, "., "))
	}
	return panResult(ok, rest[end:], ev)
}

func panResult(ok bool, reason string, ev *Event) bool {
	ev.Code = "failure"
	if ok {
		ev.Code = "success"
	}
	ev.Class = paloAltoCodes.Class(ev.Code, reason, "")
	return true
}

// panAccount reads DOMAIN\user, user@domain or a bare name.
func panAccount(s string) string {
	if domain, user, ok := strings.Cut(s, `\`); ok && domain != "" && !strings.Contains(user, "@") {
		s = user + "@" + domain
	}
	return NormalAccount(s)
}
