package signin

import (
	"cmp"
	"strings"
)

var fortiGate = Format{
	Name:   "fortigate",
	Title:  "FortiGate",
	Doc:    "Event log of FortiGate in its own key=value form, from a syslog server, a download or FortiAnalyzer: SSL-VPN, administrators, users.",
	Blind:  "Whether the name or the password was wrong is not surely told; second factors are not told apart.",
	Sniff:  func(head []byte) int { return sniffSyslog(head, isFortiGate) },
	Decode: decodeSyslog,
}

var fortiCodes = mustCodes("fortigate")

// isFortiGate reports whether the message is an event of FortiOS: key=value
// pairs, among them a log id.
func isFortiGate(l *syslogLine) bool {
	s := l.tagged
	if len(s) < 32 || strings.IndexByte(s[:32], '=') < 0 {
		return false
	}
	return strings.Contains(s, "logid=") && (strings.Contains(s, "type=\"event\"") || strings.Contains(s, "type=event"))
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
	fortiKeys
)

var fortiNames = [fortiKeys]string{
	"date", "time", "tz", "eventtime", "devname", "devid", "subtype", "action", "status", "reason", "user", "remip", "srcip", "ui",
	"tunneltype", "logid", "useragent",
}

// fortiGate reads an event. Of a sign-in to the VPN only "ssl-login-fail" and
// "tunnel-up" tell how it ended; new connections and statistics do not.
// https://docs.fortinet.com/product/fortigate, FortiOS Log Message Reference.
func (d *syslogDecoder) fortiGate(l *syslogLine, ev *Event) bool {
	var v [fortiKeys]string
	readPairs(l.tagged, fortiNames[:], v[:])
	var outcome string
	action, status := strings.ToLower(v[fortiAction]), strings.ToLower(v[fortiStatus])
	switch v[fortiSubtype] {
	case "vpn":
		ev.Protocol, ev.Client = VPN, "fortigate/"+strings.ToLower(cmp.Or(v[fortiTunnel], "vpn"))
		switch action {
		case "ssl-login-fail":
			outcome = strings.ToLower(cmp.Or(fortiText(v[fortiReason]), "failure"))
		case "tunnel-up":
			outcome = "success"
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
	ev.Account = NormalAccount(fortiText(v[fortiUser]))
	ev.Addr = firstAddr(v[fortiRemoteIP], v[fortiSourceIP], fortiFrom(v[fortiUI]))
	ev.UserAgent = clip(fortiText(v[fortiAgent]))
	switch {
	case ev.Class.Succeeded(), ev.Class.ConfirmsPassword():
		ev.Known = Yes
	case ev.Class == UnknownUser:
		ev.Known = No
	}
	if name := cmp.Or(v[fortiDevice], v[fortiDeviceID]); name != "" {
		ev.Host = d.hosts.of(name).name
	}
	d.fortiTime(v[:], ev)
	return true
}

// fortiTime sets the time: eventtime, in seconds or nanoseconds since 1970, else
// date and time with the zone that the device says, else with that of the user.
// Without any it stays that of the header.
func (d *syslogDecoder) fortiTime(v []string, ev *Event) {
	if at, err := parseStamp(v[fortiEventTime], nil); err == nil {
		ev.Time = at
		return
	}
	if v[fortiDate] == "" || v[fortiTime] == "" {
		if ev.Time.IsZero() {
			d.err = errNoTime
		}
		return
	}
	ev.Time, d.err = parseStamp(v[fortiDate]+" "+v[fortiTime]+strings.Trim(v[fortiZone], `"`), d.clock.calendar.zone)
}

// fortiText returns a value; "N/A" is none.
func fortiText(s string) string {
	if s == "N/A" || s == "none" {
		return ""
	}
	return s
}

// fortiFrom returns the address in "https(192.0.2.1)" or "ssh(192.0.2.1)".
func fortiFrom(ui string) string {
	_, addr, _ := strings.Cut(ui, "(")
	return strings.TrimSuffix(addr, ")")
}

// readPairs reads `key=value key="value with \"quotes\""`, with spaces or commas
// between. Of a key that comes again the first counts: values are chosen by
// whoever tries to sign in, and where quotes in them are not escaped they may
// look like pairs.
func readPairs(s string, names, values []string) {
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
		value, s = cutValue(rest)
		for i, name := range names {
			if name == key && values[i] == "" {
				values[i] = value
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
