package signin

import (
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var defenderLogons = Format{
	Name:  "defender-logons",
	Title: "Microsoft Defender XDR logon tables",
	Doc:   "DeviceLogonEvents and IdentityLogonEvents: streamed to Event Hubs or storage, exported from advanced hunting or Log Analytics.",
	Blind: "devices without Defender, and why a logon failed where FailureReason is empty or Generic",
	Sniff: func(head []byte) int { return sniffJSON(head, defenderFields, defenderScore) },
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		var d defenderReader
		return jsonRecords(r, defenderFields, func(rec *jsonscan.Record, ev *Event) error { return d.read(rec, ev, opt) })
	},
}

// The columns of both tables:
// https://learn.microsoft.com/defender-xdr/advanced-hunting-devicelogonevents-table,
// https://learn.microsoft.com/defender-xdr/advanced-hunting-identitylogonevents-table.
const (
	defenderTime = iota
	defenderGenerated
	defenderAction
	defenderLogonType
	defenderProtocol
	defenderAccount
	defenderDomain
	defenderUPN
	defenderSID
	defenderDevice
	defenderDeviceID
	defenderRemoteIP // of DeviceLogonEvents
	defenderIP       // of IdentityLogonEvents
	defenderRemoteDevice
	defenderLocation
	defenderReason
	defenderApplication
	defenderProcess
	defenderReport
	defenderExtra
	defenderExtraCount
	defenderType // the table, in rows of Log Analytics
	defenderFieldCount
)

// What stands around the columns in a stream.
const (
	defenderCategory = 2*defenderFieldCount + iota
	defenderTenant
	defenderStreamTime
)

var defenderPaths = []string{
	"Timestamp", "TimeGenerated", "ActionType", "LogonType", "Protocol", "AccountName", "AccountDomain", "AccountUpn", "AccountSid",
	"DeviceName", "DeviceId", "RemoteIP", "IPAddress", "RemoteDeviceName", "Location", "FailureReason", "Application",
	"InitiatingProcessFileName", "ReportId", "AdditionalFields", "AdditionalFields.Count", "Type",
}

// defenderAllPaths has the columns at the top and, from defenderFieldCount on,
// under "properties".
var defenderAllPaths = slices.Concat(defenderPaths, prefixed("properties.", defenderPaths), []string{"category", "tenantId", "time"})

var defenderFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    lists("Results"),
	Mark:    []int{defenderAction, defenderFieldCount + defenderAction},
}, defenderAllPaths...)

var defenderCodes = mustCodes("defender-logons")

// defenderTable returns which table a record is of: by the stream or row, else by
// the columns that only one of them has.
func defenderTable(rec *jsonscan.Record, base int) (device, ok bool) {
	table := strings.TrimPrefix(firstText(rec.Text(defenderCategory), rec.Text(base+defenderType)), "AdvancedHunting-")
	switch {
	case strings.EqualFold(table, "DeviceLogonEvents"):
		return true, true
	case strings.EqualFold(table, "IdentityLogonEvents"):
		return false, true
	case table != "" || !strings.HasPrefix(rec.Text(base+defenderAction), "Logon") || rec.Kind(base+defenderLogonType) == jsonscan.Missing:
		return false, false
	case rec.Kind(base+defenderRemoteIP) != jsonscan.Missing:
		return true, true
	}
	return false, rec.Kind(base+defenderIP) != jsonscan.Missing
}

// defenderBase is where the columns of a record begin.
func defenderBase(rec *jsonscan.Record) int {
	if rec.Kind(defenderFieldCount+defenderAction) != jsonscan.Missing {
		return defenderFieldCount
	}
	return 0
}

func defenderScore(rec *jsonscan.Record) int {
	if _, ok := defenderTable(rec, defenderBase(rec)); ok {
		return 96 // surer than the pipe of Azure Monitor that it may come through
	}
	return 0
}

// defenderReader reads the records of one input.
type defenderReader struct {
	windows windowsReader   // whose host and domains it shares
	extra   jsonscan.Record // AdditionalFields where it is JSON in a string
}

var defenderExtraFields = jsonscan.Compile(jsonscan.Config{}, "Count")

func (d *defenderReader) read(rec *jsonscan.Record, ev *Event, opt Options) error {
	base := defenderBase(rec)
	text := func(field int) string { return rec.Text(base + field) }
	device, ok := defenderTable(rec, base)
	if !ok || d.isSystem(text(defenderSID), text(defenderDomain), text(defenderAccount)) {
		return nil
	}
	reason := text(defenderReason)
	switch action := text(defenderAction); {
	case strings.EqualFold(action, "LogonSuccess"):
		ev.Class, ev.Code = OK, action
	case strings.EqualFold(action, "LogonFailed"):
		ev.Code = firstText(reason, action)
		ev.Class = defenderCodes.Class(ev.Code, "process "+text(defenderProcess), text(defenderLogonType))
	default:
		return nil // LogonAttempted: how it ended is in another record
	}
	if base > 0 { // TenantId of a row is that of the workspace
		ev.Tenant = rec.Text(defenderTenant)
	}
	if device {
		d.windows.on(text(defenderDevice))
		ev.Account = text(defenderAccount)
		if domain := text(defenderDomain); domain != "" && !strings.EqualFold(domain, text(defenderDevice)) {
			ev.Account = d.windows.domainAccount(ev.Account, domain)
		}
		if ev.Host = d.windows.host.name; !strings.Contains(ev.Account, "@") { // an account of the device itself
			ev.Tenant = ""
		}
		ev.Addr = windowsAddr(text(defenderRemoteIP))
		d.windows.workstation(ev, text(defenderRemoteDevice))
	} else {
		ev.Account = firstText(text(defenderUPN), withDomain(text(defenderAccount), text(defenderDomain), ""))
		ev.Addr = windowsAddr(text(defenderIP))
		ev.Country = parseCountry(text(defenderLocation))
		ev.App = text(defenderApplication)
		d.windows.on("")
		d.windows.workstation(ev, text(defenderDevice))
	}
	ev.Client = firstText(text(defenderLogonType), text(defenderProtocol))
	ev.Protocol = defenderProtocolOf(text(defenderLogonType), text(defenderProtocol), text(defenderProcess))
	ev.Repeat = repeatCount(d.count(rec, base))
	at := firstText(text(defenderTime), text(defenderGenerated), rec.Text(defenderStreamTime))
	if err := finish(ev, "defender-logons", at, opt.Zone); err != nil {
		return err
	}
	if report := text(defenderReport); report != "" { // unique together with the device and the time only
		ev.ID = clip(report)
		ev.Key = Key("defender-logons", text(defenderDeviceID), report, at)
	}
	return nil
}

// isSystem reports whether an account is one that signs in without a person.
func (d *defenderReader) isSystem(sid, domain, user string) bool {
	d.windows.text = func(field int) string {
		switch field {
		case winTargetUserSID:
			return sid
		case winTargetDomain:
			return domain
		case winTargetUser:
			return user
		}
		return ""
	}
	return d.windows.isSystem()
}

// count returns how many tries a record stands for, as text: sensors on domain
// controllers put equal ones together.
func (d *defenderReader) count(rec *jsonscan.Record, base int) string {
	if rec.Kind(base+defenderExtra) == jsonscan.String && defenderExtraFields.Scan(rec.Bytes(base+defenderExtra), &d.extra) == nil {
		return d.extra.Text(0)
	}
	return rec.Text(base + defenderExtraCount)
}

func defenderProtocolOf(logon, protocol, process string) Protocol {
	switch {
	case strings.EqualFold(process, "sshd"), strings.EqualFold(process, "sshd.exe"):
		return SSH
	case strings.EqualFold(logon, "RemoteInteractive"), strings.EqualFold(logon, "Remote interactive (RDP) logons"), strings.EqualFold(logon, "Remote desktop"):
		return RemoteDesktop
	case strings.EqualFold(protocol, "NTLM"):
		return NTLM
	case strings.EqualFold(protocol, "Kerberos"):
		return Kerberos
	case containsFold(logon, "OAuth2:Token"):
		return ROPC
	}
	return Interactive
}
