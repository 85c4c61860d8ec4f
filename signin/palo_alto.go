package signin

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/csvscan"
)

var paloAlto = Format{
	Name:   "palo-alto",
	Title:  "Palo Alto GlobalProtect",
	Doc:    "GLOBALPROTECT and SYSTEM logs of PAN-OS as syslog, in CEF too, or as the CSV that Monitor > Logs exports.",
	Blind:  "Whether the name or the password was wrong is mostly not said; with SAML only what comes after the identity provider.",
	Sniff:  func(head []byte) int { return sniffSyslog(head, isAnyPaloAlto) },
	Decode: decodeSyslog,
}

var paloAltoCodes = mustCodes("palo-alto")

// isPaloAlto reports whether the message is a log of PAN-OS that may tell of a
// sign-in: rows of comma-separated values, the fourth of which is the type, or CEF
// or LEEF.
func isPaloAlto(l *syslogLine) bool {
	return panRow(l) != "" || isCEF(l, "Palo Alto Networks") || leefText(l, "Palo Alto Networks") != ""
}

// panRow returns the row in a line, "" where there is none. Before it stand as many
// headers as relays wrote; without the name of a host in the header its beginning
// was taken for one, so the whole line counts.
func panRow(l *syslogLine) string {
	if row := panRowOf(l, ",GLOBALPROTECT,"); row != "" {
		return row
	}
	return panRowOf(l, ",SYSTEM,")
}

// panRowOf returns the row of a type.
func panRowOf(l *syslogLine, of string) string {
	s := l.whole
	if s == "" {
		s = l.tagged
	}
	head := s[:min(len(s), maxPanHead)]
	kind := strings.Index(head, of)
	if kind < 0 {
		return ""
	}
	comma := strings.IndexByte(head[:kind], ',')
	if comma < 0 {
		return ""
	}
	begin := strings.LastIndexByte(head[:comma], ' ') + 1
	if !isDigit(s[begin]) || strings.Count(head[begin:kind], ",") != panType-1 || !isHeader(head[:begin]) {
		return ""
	}
	return s[begin:]
}

// isAnyPaloAlto is for recognising a log, whose beginning may hold no sign-in.
func isAnyPaloAlto(l *syslogLine) bool {
	if isPaloAlto(l) {
		return true
	}
	for _, kind := range [...]string{",TRAFFIC,", ",THREAT,", ",CONFIG,", ",HIPMATCH,", ",USERID,", ",AUTHENTICATION,", ",DECRYPTION,"} {
		if panRowOf(l, kind) != "" {
			return true
		}
	}
	return false
}

// maxPanHead is how far from the beginning of a line the type of a row stands.
const maxPanHead = 240

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

// panCEF are the keys of CEF for the columns, in the order in which they are
// believed: those of PAN-OS and of Strata Logging Service differ.
var panCEF = map[int][]string{
	panReceived: {"rt"}, panSerial: {"deviceExternalId", "PanOSDeviceSN"}, panGenerated: {"PanOSTimeGeneratedHighResolution", "start", "rt"},
	panEvent: {"PanOSEventID", "PanOSEventIDValue", "PanOSEventName", "cat"}, panStage: {"PanOSStage"}, panMethod: {"PanOSAuthMethod"},
	panUser: {"PanOSSourceUserName", "duser", "suser"}, panRegion: {"PanOSSourceRegion"}, panPublicIP: {"PanOSPublicIPv4", "src"},
	panPublicIPv6: {"PanOSPublicIPv6"}, panVersion: {"PanOSGlobalProtectClientVersion"}, panOS: {"PanOSEndpointOSVersion"},
	panRepeat: {"PanOSCountOfRepeats", "PanOSRepeatCount", "cnt"}, panReason: {"PanOSReason", "reason"}, panError: {"PanOSConnectionError"},
	panDescription: {"PanOSDescription", "msg"}, panStatus: {"PanOSEventStatus", "outcome"}, panPortal: {"PanOSGlobalProtectGatewayLocation", "PanOSPortal"},
}

// paloAlto reads a log.
func (d *syslogDecoder) paloAlto(l *syslogLine, ev *Event) bool {
	text, ok := panColumns(panRow(l))
	if !ok {
		if text, ok = panPairs(cefText(l)); !ok {
			if text, ok = panLEEF(leefText(l, "Palo Alto Networks")); !ok {
				return false
			}
		}
	}
	ok, err := panLog(text, ev, d.clock.calendar.zone)
	if err != nil {
		d.err = err
	}
	if d.host.name == "" || strings.IndexByte(d.host.name, ',') >= 0 {
		ev.Host = d.hosts.of(text(panSerial)).name
	}
	return ok
}

// panColumns gives the columns of a row.
func panColumns(row string) (text func(int) string, ok bool) {
	fields, _, err := csvscan.NewReader(strings.NewReader(row), len(row)+1).Next()
	if err != nil || len(fields) <= panSystemText {
		return nil, false
	}
	return func(i int) string {
		if i < len(fields) {
			return string(bytes.TrimSpace(fields[i]))
		}
		return ""
	}, true
}

// panPairs gives the columns of a record in CEF.
func panPairs(record string) (text func(int) string, ok bool) {
	c, ok := parseCEF(record)
	if !ok {
		return nil, false
	}
	pairs := map[string]string{}
	c.each(func(key, value string) {
		if pairs[key] == "" {
			pairs[key] = value
		}
	})
	kind, subtype := c.event, c.name
	if strings.EqualFold(c.name, "SYSTEM") || strings.EqualFold(c.name, "GLOBALPROTECT") {
		kind, subtype = c.name, c.event
	}
	return func(i int) string {
		switch i {
		case panType:
			return strings.ToUpper(kind)
		case panSubtype:
			return strings.ToLower(subtype)
		}
		if i == panSystemText && pairs["PanOSEventIDValue"] == "" {
			return cmp.Or(pairs["PanOSEventDescription"], pairs["msg"])
		}
		for _, key := range panCEF[i] {
			if pairs[key] != "" {
				return pairs[key]
			}
		}
		return ""
	}, true
}

// panLEEFKeys are the keys of LEEF for the columns, in lower case: those of Palo
// Alto's guide and what customers make of it.
var panLEEFKeys = map[int][]string{
	panReceived: {"receivetime"}, panSerial: {"serialnumber"}, panType: {"cat", "type"}, panSubtype: {"subtype"}, panGenerated: {"devtime", "receivetime"},
	panStage: {"stage"}, panMethod: {"authmethod", "auth_method"}, panUser: {"usrname", "sourceuser", "srcuser"}, panRegion: {"sourceregion", "srcregion"},
	panPublicIP: {"publicip", "publicipv4", "public_ip", "src"}, panPublicIPv6: {"publicipv6", "public_ipv6"}, panVersion: {"clientversion", "client_ver"},
	panOS: {"clientosversion", "client_os_ver"}, panRepeat: {"repeatcount"}, panReason: {"reason"}, panError: {"error"}, panDescription: {"description", "opaque", "msg"},
	panStatus: {"status"}, panPortal: {"portal"},
}

// panLEEF gives the columns of a record in LEEF, whose event is that of the header.
func panLEEF(record string) (text func(int) string, ok bool) {
	event, pairs, ok := parseLEEF(record)
	if !ok {
		return nil, false
	}
	return func(i int) string {
		switch i {
		case panEvent:
			return event
		case panSystemText:
			return pairs["msg"]
		}
		for _, key := range panLEEFKeys[i] {
			if pairs[key] != "" {
				return pairs[key]
			}
		}
		return ""
	}, true
}

// panLog fills the event from the columns of a log.
func panLog(text func(int) string, ev *Event, zone *time.Location) (bool, error) {
	ev.Protocol = VPN
	precise := panPrecise
	switch text(panType) {
	case "GLOBALPROTECT":
		if !globalProtect(text, ev) {
			return false, nil
		}
	case "SYSTEM":
		if precise = panSystemText + 1; !panSystem(text, ev) {
			return false, nil
		}
	default:
		return false, nil
	}
	switch {
	case ev.Class.Succeeded(), ev.Class.ConfirmsPassword(), ev.Class == Locked:
		ev.Known = Yes
	case ev.Class == UnknownUser:
		ev.Known = No
	}
	var err error
	ev.Time, err = cefTime(strings.ReplaceAll(cmp.Or(text(panGenerated), text(panReceived)), "/", "-"), zone)
	for i := precise; i < panPrecise+panMore; i++ { // its column differs by version; where it was not set it is 1970
		if s := text(i); len(s) >= len("2026-03-01T10:00:00") && s[4] == '-' && s[10] == 'T' {
			if at, bad := parseStamp(s, zone); bad == nil {
				ev.Time, err = at, nil
				break
			}
		}
	}
	if !ev.Class.Succeeded() && err == nil {
		const window = 2 // seconds within which the records of one try come
		user, _, _ := strings.Cut(ev.Account, "@")
		ev.Try = Key("palo-alto", text(panSerial), user, strconv.FormatInt(ev.Time.Unix()/window, 10))
	}
	return true, err
}

// panMore is how many columns behind panPrecise are looked at.
const panMore = 24

// globalProtect reads a GLOBALPROTECT log: of the stages of a connection the
// authentication at portal and gateway, and the login where it succeeds.
func globalProtect(text func(int) string, ev *Event) bool {
	event, status := text(panEvent), text(panStatus)
	switch {
	case event == "portal-auth", event == "gateway-auth", event == "gw-auth":
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
func panSystem(text func(int) string, ev *Event) bool {
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
	reason, _, _ := strings.Cut(rest[max(0, strings.LastIndex(rest, "Reason: ")):], ", Auth type: ")
	return panResult(ok, reason, ev)
}

// panAuth reads a message of the authentication system. The name stands in
// quotes, which some collectors take away; behind it nothing is chosen by whoever
// tries to sign in. What only says how one was authenticated is no try of its own:
// "When authenticating user …, a less secure authentication method PAP is used".
func panAuth(message string, ok bool, ev *Event) bool {
	if strings.HasPrefix(message, "When authenticating ") {
		return false
	}
	ok = ok && !strings.HasPrefix(message, "failed ")
	user, rest, found := panQuoted(message, ok)
	if !found {
		if user, rest, found = panBare(message); !found {
			return false
		}
	}
	ev.Account = panAccount(user)
	if at := strings.LastIndex(rest, "From: "); at >= 0 {
		addr, _, _ := strings.Cut(rest[at+len("From: "):], " ")
		ev.Addr = ParseAddr(strings.TrimRight(addr, "., "))
	}
	reason, _, _ := strings.Cut(rest, " auth profile ") // profiles and servers may be called after passwords that are used once
	return panResult(ok, reason, ev)
}

// panQuoted splits "… for user 'USER'. REST" and "User 'USER' REST".
func panQuoted(message string, ok bool) (user, rest string, found bool) {
	_, rest, found = strings.Cut(message, " for user '")
	if !found {
		if _, rest, found = strings.Cut(message, "User '"); !found {
			return "", "", false
		}
	}
	end := strings.LastIndex(rest, "'. ")
	if i := max(strings.LastIndex(rest, "'.  Reason: "), strings.LastIndex(rest, "'. Reason: ")); i >= 0 && !ok { // the last: names are typed
		end = i
	} else if i := strings.IndexByte(rest, '\''); end < 0 || ok {
		end = i
	}
	if end < 0 {
		return "", "", false
	}
	return rest[:end], rest[end:], true
}

// panBare splits "… for user USER. REST".
func panBare(message string) (user, rest string, found bool) {
	_, rest, found = strings.Cut(message, " for user ")
	if !found {
		return "", "", false
	}
	for _, end := range [...]string{". Reason: ", ".  Reason: ", ".   auth profile ", ". auth profile ", ".  auth profile ", ". From: ", ".  From: ", ".   From: "} {
		if i := strings.Index(rest, end); i >= 0 {
			return rest[:i], rest[i:], true
		}
	}
	return "", "", false
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
		s = strings.TrimLeft(user, `\`) + "@" + domain // some collectors double the backslash
	}
	return NormalAccount(s)
}
