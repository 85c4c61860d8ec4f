package simulate

import (
	"strconv"
	"strings"
)

// The Security log of Windows hosts that answer remote desktop, as Winlogbeat
// ships it: 4624 for a logon, 4625 for a refused one
// (learn.microsoft.com/windows/security/threat-protection/auditing/event-4625).
// The domain knows lock-out and closed accounts, but no second factor.

var windowsJSON = Format{
	Name:     "windows-json",
	Title:    "Windows logons (4624, 4625) of remote desktop hosts, by Winlogbeat, one per line",
	Signin:   "windows-json",
	File:     "winlogbeat-security.ndjson",
	Hosts:    true,
	Platform: windowsDomain,
	write: perRecord(func(buf []byte, org *Org, a *Attempt) []byte {
		return append(appendWindows(buf, org, a), '\n')
	}),
}

func appendWindows(buf []byte, org *Org, a *Attempt) []byte {
	ok := a.Code == Accepted
	id, action, result, keyword := "4625", "logon-failed", "failure", "Audit Failure"
	if ok {
		id, action, result, keyword = "4624", "logged-in", "success", "Audit Success"
	}
	user, _, _ := strings.Cut(a.Account, "@")
	domain, _, _ := strings.Cut(strings.ToUpper(org.Domain), ".")
	host, _, _ := strings.Cut(strings.ToUpper(a.Host), ".")
	o := object{append(buf, '{')}
	o.time("@timestamp", a.Time, "2006-01-02T15:04:05.000Z")
	o.open("winlog", '{')
	o.str("channel", "Security")
	o.str("provider_name", "Microsoft-Windows-Security-Auditing")
	o.str("computer_name", a.Host)
	o.str("record_id", strconv.FormatUint(a.ID[0]>>20, 10))
	o.str("event_id", id)
	o.open("event_data", '{')
	o.str("SubjectUserSid", "S-1-5-18")
	o.str("SubjectUserName", host+"$")
	o.str("SubjectDomainName", domain)
	o.str("TargetUserSid", windowsSID(org, a))
	o.str("TargetUserName", user)
	o.str("TargetDomainName", domain)
	if !ok {
		status, sub := windowsStatus(a.Code)
		o.str("Status", status)
		o.str("SubStatus", sub)
	}
	o.str("LogonType", "10")
	o.str("LogonProcessName", "User32 ")
	o.str("AuthenticationPackageName", "Negotiate")
	o.str("WorkstationName", host)
	o.str("TransmittedServices", "-")
	o.str("LmPackageName", "-")
	o.str("KeyLength", "0")
	o.str("ProcessName", `C:\Windows\System32\svchost.exe`)
	o.str("IpAddress", a.From.Addr.String())
	o.str("IpPort", "0")
	o.close('}')
	o.open("keywords", '[')
	o.str("", keyword)
	o.close(']')
	o.str("api", "wineventlog")
	o.close('}')
	o.open("event", '{')
	o.str("kind", "event")
	o.str("code", id)
	o.str("provider", "Microsoft-Windows-Security-Auditing")
	o.str("action", action)
	o.str("outcome", result)
	o.close('}')
	o.open("agent", '{')
	o.str("type", "winlogbeat")
	o.str("version", "8.12.0")
	o.close('}')
	o.close('}')
	return o.buf
}

// windowsSID is the identifier of an account in its domain; a refused logon of
// a name that does not exist has that of nobody.
func windowsSID(org *Org, a *Attempt) string {
	if a.Person == nil || a.Code != Accepted {
		return "S-1-0-0"
	}
	part := func(n uint64) string { return strconv.FormatUint(n&0xffffffff, 10) }
	return "S-1-5-21-" + part(org.Tenant[0]) + "-" + part(org.Tenant[0]>>32) + "-" + part(org.Tenant[1]) + "-" + strconv.FormatUint(1100+a.Person.ID[0]%100_000, 10)
}

// windowsStatus is the NTSTATUS of a refusal and what says more
// ([MS-ERREF] 2.3.1).
func windowsStatus(c Code) (status, sub string) {
	switch c {
	case UserNotFound:
		return "0xc000006d", "0xc0000064"
	case Locked:
		return "0xc0000234", "0x0"
	case UserDisabled:
		return "0xc000006e", "0xc0000072"
	}
	return "0xc000006d", "0xc000006a"
}

// windowsCode is what a domain makes of an attempt.
func windowsCode(a *Attempt) Code {
	switch a.Code {
	case Accepted, UserNotFound, Locked, UserDisabled, WrongPassword:
		return a.Code
	}
	if !a.answered && a.secret == 0 {
		return Accepted
	}
	return WrongPassword
}
