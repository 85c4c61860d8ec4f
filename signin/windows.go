package signin

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What a Windows event says of a sign-in is the same whether it comes as EVTX,
// XML or JSON (windows_evtx.go, windows_xml.go, windows_json.go): each gives the
// fields below, and readWindows reads them.
// https://learn.microsoft.com/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/basic-audit-logon-events
const (
	winProvider = iota
	winID
	winTime
	winRecord
	winChannel
	winComputer
	winProcess
	winTargetUser
	winTargetDomain
	winTargetUserSID
	winTargetSID // of Kerberos events
	winSubjectUser
	winStatus
	winSubStatus
	winLogonType
	winLogonProcess
	winPackage
	winWorkstationName
	winWorkstation // of 4776
	winIP
	winServer
	winPayload // of OpenSSH
	winData1   // Data without names
	winData2
	winData3
	winData4
	winData5
	winData6
	winText // what a person reads, see winMessage
	winFields
)

// winNames are the Names of Data in events.
var winNames = [winFields]string{
	winTargetUser: "TargetUserName", winTargetDomain: "TargetDomainName", winTargetUserSID: "TargetUserSid", winTargetSID: "TargetSid",
	winSubjectUser: "SubjectUserName", winStatus: "Status", winSubStatus: "SubStatus", winLogonType: "LogonType",
	winLogonProcess: "LogonProcessName", winPackage: "AuthenticationPackageName", winWorkstationName: "WorkstationName",
	winWorkstation: "Workstation", winIP: "IpAddress", winServer: "TargetServerName", winPayload: "payload",
}

// winPaths are the fields in the XML of an event.
var winPaths = func() (paths [winFields]string) {
	paths = [winFields]string{
		winProvider: "System/Provider@Name", winID: "System/EventID", winTime: "System/TimeCreated@SystemTime",
		winRecord: "System/EventRecordID", winChannel: "System/Channel", winComputer: "System/Computer",
		winProcess: "System/Execution@ProcessID", winText: "RenderingInfo/Message",
	}
	for i, name := range winNames {
		if name != "" {
			paths[i] = "EventData/Data[" + name + "]"
		}
	}
	for i := winData1; i <= winData6; i++ {
		paths[i] = "EventData/Data[" + strconv.Itoa(i-winData1+1) + "]"
	}
	return paths
}()

var (
	windowsCodes  = mustCodes("windows")
	kerberosCodes = mustCodes("kerberos")
)

// windowsReader reads the events of one input. text returns a field of the
// event at hand; it is valid until the next event.
type windowsReader struct {
	text func(field int) string
	zone *time.Location
	ssh  *syslogDecoder // for OpenSSH on Windows

	message winMessage // of an event that has nothing but its text

	host     windowsHost
	channel  lowered
	domain   lowered
	statuses map[uint32]statusClass // those that came, at most maxStatuses
}

// windowsHost is a computer and what its name says of its domain.
type windowsHost struct {
	raw     string // as the event writes it
	name    string // as [Event].Host has it
	short   string // dc1
	suffix  string // hospital.example
	netbios string // hospital, the short name of the domain unless somebody chose another
}

// on sets the host of the event. Most events are of the host of the one before.
func (w *windowsReader) on(raw string) {
	if raw == w.host.raw {
		return
	}
	h := windowsHost{raw: strings.Clone(raw), name: NormalAccount(strings.Clone(raw))}
	h.short, h.suffix, _ = strings.Cut(h.name, ".")
	if netbios, _, dns := strings.Cut(h.suffix, "."); dns {
		h.netbios = netbios
	}
	w.host = h
}

// statusClass is what an NTSTATUS means, and how it is written.
type statusClass struct {
	class Class
	code  string
}

const maxStatuses = 256

// securityEvents are the events of the Security log that are read.
func securityEvents(id string) func(*windowsReader, *Event) bool {
	switch id {
	case "4624":
		return (*windowsReader).logon
	case "4625":
		return (*windowsReader).refusedLogon
	case "4648":
		return (*windowsReader).explicit
	case "4740":
		return (*windowsReader).lockout
	case "4768", "4771":
		return (*windowsReader).kerberos
	case "4776":
		return (*windowsReader).ntlm
	}
	return nil
}

// isSecurity reports whether an event is of the Security log. Others use the same
// numbers: EventSystem's 4625 in the Application log is no logon.
func isSecurity(channel, provider string) bool {
	return strings.EqualFold(channel, "Security") || provider == "" || isSecurityProvider(provider)
}

// isSecurityProvider knows the provider by any name that programs give it:
// Microsoft-Windows-Security-Auditing, Microsoft Windows security auditing.
func isSecurityProvider(name string) bool {
	return strings.EqualFold(name, "Security") || containsFold(name, "security") && containsFold(name, "auditing")
}

// event fills ev from an event: a sign-in, or nothing.
func (w *windowsReader) event(ev *Event) error {
	id := w.text(winID)
	read := securityEvents(id)
	if read != nil {
		if !isSecurity(w.text(winChannel), w.text(winProvider)) {
			return nil
		}
		if w.text(winTargetUser) == "" && w.message.read(id, w.text(winText)) {
			defer w.overlay()()
		}
		return w.signIn(read, ev)
	}
	switch id {
	case "1200", "1201", "1202", "1203", "1210", "411", "516":
		if !strings.HasPrefix(w.text(winProvider), "AD FS") {
			return nil
		}
		read = (*windowsReader).adfs
	case "18456":
		read = (*windowsReader).sqlServer
	case "33205":
		read = (*windowsReader).sqlAudit
	case "4":
		if w.text(winProvider) != "OpenSSH" {
			return nil
		}
		read = (*windowsReader).openSSH
	default:
		return nil
	}
	if w.text(winData1) == "" && w.text(winPayload) == "" {
		if text := w.text(winText); text != "" && w.message.readOther(id, text) {
			defer w.overlay()()
		}
	}
	return w.signIn(read, ev)
}

// overlay lets what the text says stand in for fields, until what it returns is
// called.
func (w *windowsReader) overlay() (undo func()) {
	fields := w.text
	w.text = func(field int) string { return cmp.Or(w.message[field], fields(field)) }
	return func() { w.text = fields }
}

func (w *windowsReader) signIn(read func(*windowsReader, *Event) bool, ev *Event) error {
	stamp := w.text(winTime)
	if stamp == "" {
		return errNoTime
	}
	at, err := parseStamp(stamp, w.zone)
	if err != nil {
		return err
	}
	ev.Time = at
	w.on(w.text(winComputer))
	ev.Host = w.host.name
	if !read(w, ev) {
		*ev = Event{Line: ev.Line}
		return nil
	}
	// Other programs than the Event Viewer keep a record's number, but of its
	// time only the seconds; a log that was cleared begins again at 1.
	ev.ID = clip(w.text(winRecord))
	ev.Key = mixKey(Key("windows", ev.Host, w.channel.of(w.text(winChannel)), ev.ID, w.text(winID), keyWithout(ev)), at.Unix())
	return nil
}

// mixKey returns a key and a number as one key, without the cost of writing the
// number as a text.
func mixKey(key uint64, n int64) uint64 {
	return (&hostLog{seed: key}).hash(uint64(n))
}

// lowered is a text in lower case that is mostly the same as the time before.
type lowered struct{ raw, lower string }

func (l *lowered) of(raw string) string {
	if raw != l.raw {
		l.raw = strings.Clone(raw)
		l.lower = NormalAccount(l.raw)
	}
	return l.lower
}

// keyWithout is what tells events apart that have no number.
func keyWithout(ev *Event) string {
	if ev.ID != "" {
		return ""
	}
	return ev.Account + "\x00" + ev.Addr.String() + "\x00" + ev.Code + "\x00" + ev.Client
}

// logonTypes are those of event 4624, by number. A zero Protocol is that of the
// authentication package.
var logonTypes = [...]struct {
	name     string
	protocol Protocol
}{
	2: {"windows/interactive", Interactive}, 3: {"windows/network", ProtocolUnknown}, 4: {"windows/batch", Workload}, 5: {"windows/service", Workload},
	7: {"windows/unlock", Interactive}, 8: {"windows/network-cleartext", ProtocolUnknown}, 9: {"windows/new-credentials", ProtocolUnknown},
	10: {"windows/remote-interactive", RemoteDesktop}, 11: {"windows/cached-interactive", Interactive}, 12: {"windows/cached-remote-interactive", RemoteDesktop},
	13: {"windows/cached-unlock", Interactive},
}

// logon reads 4624. A logon of type 9 keeps the identity and tries no
// credential: it only notes some for later.
func (w *windowsReader) logon(ev *Event) bool {
	if w.text(winLogonType) == "9" || w.isSystem() {
		return false
	}
	w.logonFields(ev)
	ev.Class, ev.Known = OK, Yes
	return true
}

// refusedLogon reads 4625. SubStatus says more than Status, where it says
// something.
func (w *windowsReader) refusedLogon(ev *Event) bool {
	status, ok := parseStatus(w.text(winSubStatus))
	if !ok || status == 0 {
		status, ok = parseStatus(w.text(winStatus))
	}
	w.logonFields(ev)
	ev.Class = Other
	if ok && status != 0 {
		ev.Class, ev.Code = w.ntStatus(status)
	}
	ev.Known = windowsKnown(ev)
	w.join(ev, Full)
	return true
}

// logonFields reads what 4624 and 4625 share.
func (w *windowsReader) logonFields(ev *Event) {
	w.account(ev, w.text(winTargetDomain))
	ev.Addr = windowsAddr(w.text(winIP))
	w.workstation(ev, w.text(winWorkstationName))
	if name := strings.TrimSpace(w.text(winLogonProcess)); name != "-" {
		ev.App = clip(name)
	}
	kind, _ := strconv.Atoi(w.text(winLogonType))
	ev.Client = "windows/logon"
	if kind > 0 && kind < len(logonTypes) && logonTypes[kind].name != "" {
		ev.Client = logonTypes[kind].name
		ev.Protocol = logonTypes[kind].protocol
	}
	if ev.Protocol == ProtocolUnknown {
		ev.Protocol = packageProtocol(w.text(winPackage), ev.App)
	}
}

func packageProtocol(name, process string) Protocol {
	switch {
	case strings.EqualFold(name, "Kerberos"), strings.EqualFold(process, "Kerberos"):
		return Kerberos
	case containsFold(name, "ntlm"), containsFold(name, "microsoft_authentication_package"), strings.EqualFold(process, "NtLmSsp"):
		return NTLM
	}
	return ProtocolUnknown
}

// explicit reads 4648: a process used other credentials than those of its user,
// at another host or here. The record is written before the result is known, so
// its class is [Other]. One for this host has a record of the logon beside it.
func (w *windowsReader) explicit(ev *Event) bool {
	ev.Addr = windowsAddr(w.text(winIP))
	server := w.text(winServer)
	if !ev.Addr.IsValid() && (server == "" || strings.EqualFold(server, "localhost")) || w.isSystem() {
		return false
	}
	w.account(ev, w.text(winTargetDomain))
	ev.Client, ev.App = "windows/explicit-credentials", clip(server)
	ev.Class, ev.Code = Other, "4648"
	w.join(ev, Part)
	return true
}

// lockout reads 4740, in which the domain is the computer from which the last
// try came.
func (w *windowsReader) lockout(ev *Event) bool {
	w.account(ev, "")
	w.workstation(ev, w.text(winTargetDomain))
	ev.Client, ev.Class, ev.Code, ev.Known = "windows/lockout", Locked, "4740", Yes
	w.join(ev, Hint)
	return true
}

// kerberos reads 4768 and 4771, of a domain controller. A ticket that is asked
// for without pre-authentication, to be asked for it, tries nothing.
func (w *windowsReader) kerberos(ev *Event) bool {
	status, ok := parseStatus(w.text(winStatus))
	if !ok {
		return false
	}
	ev.Code = "0x" + strconv.FormatUint(uint64(status), 16)
	ev.Class = kerberosCodes.Class(ev.Code[2:], "", "")
	w.account(ev, w.text(winTargetDomain))
	ev.Addr = windowsAddr(w.text(winIP))
	ev.Client, ev.Protocol = "windows/kerberos", Kerberos
	ev.Known = windowsKnown(ev)
	w.join(ev, Part)
	return true
}

// ntlm reads 4776, of whichever host holds the account. It names no address.
func (w *windowsReader) ntlm(ev *Event) bool {
	status, ok := parseStatus(w.text(winStatus))
	if !ok {
		return false
	}
	ev.Class, ev.Code = w.ntStatus(status)
	w.account(ev, "")
	w.workstation(ev, cmp.Or(w.text(winWorkstation), w.text(winWorkstationName)))
	ev.Client, ev.Protocol = "windows/ntlm", NTLM
	ev.Known = windowsKnown(ev)
	w.join(ev, Part)
	return true
}

// openSSH reads what sshd of OpenSSH for Windows writes.
func (w *windowsReader) openSSH(ev *Event) bool {
	if w.ssh == nil {
		w.ssh = newSyslogDecoder(Options{})
	}
	l := syslogLine{host: w.text(winComputer), program: "sshd", pid: w.text(winProcess), message: strings.TrimSpace(w.text(winPayload))}
	if !w.ssh.read(&l) {
		return false
	}
	w.ssh.ev = *ev
	w.ssh.event(&l, w.ssh.hosts.of(l.host), ev.Time)
	*ev = w.ssh.ev
	return true
}

// join marks the records of one try: a domain controller that checks a password
// for itself or for others writes 4776 or 4771, and the host that asked writes
// 4625. Whichever come within two seconds for one name are taken for one try
// each; of them those of the logon count. Tries of one name that come together
// on hosts of which only some hand in their logs are counted too low.
func (w *windowsReader) join(ev *Event, strength Strength) {
	const window = 2
	user, _, _ := strings.Cut(ev.Account, "@")
	ev.Try = mixKey(Key("windows", user), ev.Time.Unix()/window)
	ev.Strength = strength
}

// ntStatus returns what a status means, and how it is written.
func (w *windowsReader) ntStatus(status uint32) (Class, string) {
	s, ok := w.statuses[status]
	if !ok {
		hex := fmt.Sprintf("%08x", status)
		s = statusClass{windowsCodes.Class(hex, "", ""), "0x" + hex}
		if w.statuses == nil || len(w.statuses) >= maxStatuses {
			w.statuses = map[uint32]statusClass{}
		}
		w.statuses[status] = s
	}
	return s.class, s.code
}

// parseStatus reads "0xC000006A", "c000006a", or the same as a decimal number
// with or without a sign, as some exports write it.
func parseStatus(s string) (uint32, bool) {
	s = strings.TrimSpace(s)
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		n, err := strconv.ParseUint(hex, 16, 32)
		return uint32(n), err == nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= -1<<31 && n < 1<<32 {
		return uint32(n), true
	}
	if len(s) == 8 {
		n, err := strconv.ParseUint(s, 16, 32)
		return uint32(n), err == nil
	}
	return 0, false
}
