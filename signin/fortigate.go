package signin

import (
	"cmp"
	"net/netip"
	"strings"
	"time"
)

var fortiGate = Format{
	Name:   "fortigate",
	Title:  "FortiGate",
	Doc:    "Event log of FortiGate as key=value, CSV of such pairs or CEF, from a syslog server, a download or FortiAnalyzer: VPN, administrators, users.",
	Blind:  "Whether the name or the password was wrong is not surely told; second factors are not told apart.",
	Sniff:  func(head []byte) int { return sniffSyslog(head, isAnyFortiGate) },
	Decode: decodeSyslog,
}

var fortiCodes = mustCodes("fortigate")

// isFortiGate reports whether the message is an event of FortiOS.
func isFortiGate(l *syslogLine) bool {
	if isCEF(l, "Fortinet") {
		return true
	}
	return isFortiOS(l.tagged) && (strings.Contains(l.tagged, `type="event"`) || strings.Contains(l.tagged, "type=event"))
}

// isAnyFortiGate is for recognising a log: of what a firewall writes only little is
// of sign-ins, and the beginning of its log may hold none.
func isAnyFortiGate(l *syslogLine) bool { return isFortiGate(l) || isFortiOS(l.tagged) }

// isFortiOS reports whether the message is of FortiOS: it begins with key=value
// pairs, among them a log id. Most are of traffic.
func isFortiOS(s string) bool {
	if len(s) < 32 {
		return false
	}
	key := strings.IndexByte(s[:32], '=')
	if key < 1 || strings.Trim(s[:key], "abcdefghijklmnopqrstuvwxyz_\"") != "" {
		return false
	}
	return strings.Contains(s, "logid=") || strings.Contains(s, "log_id=")
}

// The keys of an event that are read.
const (
	fortiDate = iota
	fortiTime
	fortiZone
	fortiEventTime
	fortiDevice
	fortiDeviceID
	fortiSubtype
	fortiAction
	fortiStatus
	fortiReason
	fortiUser
	fortiRemoteIP
	fortiSourceIP
	fortiUI
	fortiTunnel
	fortiLogID
	fortiAgent
	fortiXAuth
	fortiKeys
)

var fortiNames = [fortiKeys]string{
	"date", "time", "tz", "eventtime", "devname", "devid", "subtype", "action", "status", "reason", "user", "remip", "srcip", "ui",
	"tunneltype", "logid", "useragent", "xauthuser",
}

// fortiCEF are the keys that FortiOS writes otherwise in CEF. All others have a
// prefix there, which differs by version and by who wrote the record.
var fortiCEF = map[string]int{
	"act": fortiAction, "outcome": fortiStatus, "duser": fortiUser, "src": fortiSourceIP, "sproc": fortiUI, "reason": fortiReason,
	"dvchost": fortiDevice, "deviceExternalId": fortiDeviceID, "requestClientApplication": fortiAgent,
}

var fortiPrefixes = [...]string{"FTNTFGT", "FortinetFortiGate", "ad."}

// fortiGate reads an event. Of a sign-in to the VPN only "ssl-login-fail" and
// "tunnel-up" tell how it ended; new connections and statistics do not.
// https://docs.fortinet.com/product/fortigate, FortiOS Log Message Reference.
func (d *syslogDecoder) fortiGate(l *syslogLine, ev *Event) bool {
	var v, other [fortiKeys]string
	if !isCEF(l, "Fortinet") {
		readPairs(l.tagged, fortiNames[:], v[:], other[:])
	} else if !d.fortiPairs(cefText(l), &v, &other, ev) {
		return false
	}
	if !fortiEvent(&v, ev) {
		return false
	}
	fortiTyped(&other, ev)
	if name := cmp.Or(v[fortiDevice], v[fortiDeviceID]); name != "" {
		ev.Host = d.hosts.of(name).name
	}
	var err error
	if ev.Time, err = fortiMoment(&v, ev.Time, d.clock.calendar.zone); err != nil {
		d.err = err
	}
	return true
}

// fortiTyped takes back what an event cannot have said: FortiOS writes a key once. A
// key that comes again with another value was typed as part of a name, and which
// of both is true does not show.
func fortiTyped(other *[fortiKeys]string, ev *Event) {
	if other[fortiAction] != "" || other[fortiStatus] != "" || other[fortiReason] != "" {
		ev.Class, ev.Code, ev.Known = Other, "failure", Unstated
	}
	if other[fortiRemoteIP] != "" || other[fortiSourceIP] != "" || other[fortiUI] != "" {
		ev.Addr = netip.Addr{}
	}
}

// fortiPairs reads a record in CEF. Its own time counts only where there is no
// header.
func (d *syslogDecoder) fortiPairs(text string, v, other *[fortiKeys]string, ev *Event) bool {
	c, ok := parseCEF(text)
	if !ok {
		return false
	}
	var keys [fortiKeys]string // of several for one field the first counts
	c.each(func(key, value string) {
		field, known := fortiCEF[key]
		written := key
		for _, prefix := range fortiPrefixes {
			key = strings.TrimPrefix(key, prefix)
		}
		for i := 0; i < len(fortiNames) && !known; i++ {
			field, known = i, fortiNames[i] == key
		}
		switch {
		case known && v[field] == "":
			v[field], keys[field] = value, written
		case known && keys[field] == written && v[field] != value:
			other[field] = value
		case key == "start" && ev.Time.IsZero():
			ev.Time, _ = cefTime(value, d.clock.calendar.zone)
		case key == "cat": // "event:vpn"; from other versions the kind alone
			if kind, subtype, ok := strings.Cut(value, ":"); ok && kind == "event" && v[fortiSubtype] == "" {
				v[fortiSubtype] = subtype
			}
		}
	})
	return true
}

// fortiEvent fills the event from the values.
func fortiEvent(v *[fortiKeys]string, ev *Event) bool {
	var outcome string
	action, status := strings.ToLower(v[fortiAction]), strings.ToLower(v[fortiStatus])
	switch v[fortiSubtype] {
	case "vpn":
		ev.Protocol, ev.Client = VPN, clip("fortigate/"+strings.ToLower(cmp.Or(v[fortiTunnel], "vpn")))
		switch action {
		case "ssl-login-fail":
			outcome = strings.ToLower(cmp.Or(fortiText(v[fortiReason]), "failure"))
		case "tunnel-up":
			// A tunnel between two sites has no user.
			if fortiText(v[fortiXAuth]) != "" || fortiText(v[fortiUser]) != "" {
				outcome = "success"
			}
		}
	case "system":
		ev.Protocol, ev.Client = Interactive, "fortigate/admin"
		switch {
		case action == "login" && status == "success":
			outcome = "success"
		case action == "login" && status == "failed":
			outcome = strings.ToLower(cmp.Or(fortiText(v[fortiReason]), "failure"))
		case strings.HasSuffix(v[fortiLogID], "32021"):
			outcome = "admin_login_disabled"
		}
	case "user":
		ev.Protocol, ev.Client = Interactive, "fortigate/user"
		switch {
		case action != "authentication" && action != "auth-logon":
		case status == "success" || action == "auth-logon" && status == "logon":
			outcome = "success"
		case status == "failure" || status == "failed":
			outcome = "failure"
		}
	}
	if outcome == "" {
		return false
	}
	ev.Code = clip(outcome)
	ev.Class = fortiCodes.Class(outcome, "", "")
	ev.Account = NormalAccount(cmp.Or(fortiText(v[fortiXAuth]), fortiText(v[fortiUser])))
	ev.Addr = firstAddr(v[fortiRemoteIP], v[fortiSourceIP], fortiFrom(v[fortiUI]))
	ev.UserAgent = clip(fortiText(v[fortiAgent]))
	switch {
	case ev.Class.Succeeded(), ev.Class.ConfirmsPassword():
		ev.Known = Yes
	case ev.Class == UnknownUser:
		ev.Known = No
	}
	return true
}

// fortiMoment returns the time: eventtime, in seconds or nanoseconds since 1970,
// else date and time with the zone that the device says, else with that of the
// user. Without any it is that of the header.
func fortiMoment(v *[fortiKeys]string, header time.Time, zone *time.Location) (time.Time, error) {
	if at, err := parseStamp(v[fortiEventTime], nil); err == nil {
		return at, nil
	}
	if v[fortiDate] == "" || v[fortiTime] == "" {
		if header.IsZero() {
			return header, errNoTime
		}
		return header, nil
	}
	return parseStamp(v[fortiDate]+" "+v[fortiTime]+strings.Trim(v[fortiZone], `"`), zone)
}

// fortiText returns a value; "N/A" is none.
func fortiText(s string) string {
	if s == "N/A" || s == "none" {
		return ""
	}
	return s
}

// fortiFrom returns the address in "https(192.0.2.1)" or "ssh(192.0.2.1)", or
// what stands there without them.
func fortiFrom(ui string) string {
	if _, addr, ok := strings.Cut(ui, "("); ok {
		return strings.TrimSuffix(addr, ")")
	}
	return ui
}

// readPairs reads `key=value key="value with \"quotes\""`, with spaces or commas
// between; FortiAnalyzer puts the pair as a whole in quotes, "key=value". Of a key
// that comes again the first counts, and another value goes to other: values are
// chosen by whoever tries to sign in, and where quotes in them are not escaped they
// may look like pairs.
func readPairs(s string, names, values, other []string) {
	for s != "" {
		s = strings.TrimLeft(s, " ,\t")
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return
		}
		if i := strings.LastIndexByte(key, ' '); i >= 0 { // a word without a value
			key = key[i+1:]
		}
		var value string
		if key, ok = strings.CutPrefix(key, `"`); ok {
			value, s, _ = strings.Cut(rest, `"`)
		} else {
			value, s = cutValue(rest)
		}
		for i, name := range names {
			switch {
			case name != key:
			case values[i] == "":
				values[i] = value
			case values[i] != value:
				other[i] = value
			}
		}
	}
}

// cutValue cuts a value off.
func cutValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, " ,")
		if end < 0 {
			return s, ""
		}
		return s[:end], s[end:]
	}
	escaped := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			if value = s[1:i]; escaped {
				value = unescapePair.Replace(value)
			}
			return value, s[i+1:]
		}
	}
	return s[1:], ""
}

var unescapePair = strings.NewReplacer(`\"`, `"`, `\\`, `\`)
