package signin

import (
	"slices"
	"strings"
)

// Many programs keep of a Windows event only the text that a person reads:
//
//	An account failed to log on.
//
//	Subject:
//		Security ID:		S-1-0-0
//		Account Name:		-
//	…
//	Account For Which Logon Failed:
//		Account Name:		ana
//
// It is in the language of the system. In English the words before the colons
// tell what is what, also where line breaks and tabs became spaces on the way.
// In other languages the order does: it is that of the event's template.

// winMessage is what the text of an event says, by field.
type winMessage [winFields]string

// winPair is a label and what stands behind its colon.
type winPair struct{ label, value string }

// read takes the text of an event apart. It reports whether it found a name.
func (m *winMessage) read(id, text string) bool {
	*m = winMessage{}
	pairs := winLines(text)
	if len(pairs) == 0 || englishLabel(pairs[0].label) {
		if pairs = winWords(text, pairs); len(pairs) == 0 {
			return false
		}
		m.english(id, pairs)
	} else {
		m.positions(id, pairs)
	}
	return m[winTargetUser] != ""
}

// readOther takes the text of an event of another log apart: what it holds in Data
// stands in it as it is. It reports whether it found something.
func (m *winMessage) readOther(id, text string) bool {
	*m = winMessage{}
	switch id {
	case "18456": // SQL Server: "Login failed for user 'USER'. Reason: TEXT [CLIENT: ADDRESS]"
		_, rest, ok := strings.Cut(text, "Login failed for user '")
		client := strings.LastIndex(rest, "[CLIENT: ")
		end := strings.LastIndex(rest, "'. Reason: ") // the last: names are chosen, and reasons name databases in quotes
		if end < 0 {
			end = strings.LastIndex(rest, "'. ")
		}
		if !ok || client < 0 || end < 0 || end > client {
			return false
		}
		m[winData1], m[winData2], m[winData3] = rest[:end], rest[end:client], rest[client:]
	case "4": // OpenSSH: "sshd: MESSAGE"
		m[winPayload] = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "sshd: "))
	default: // AD FS, whose audits are XML
		at := strings.Index(text, "<AuditBase")
		if at < 0 {
			return false
		}
		_, activity, _ := strings.Cut(text[:at], "Activity ID: ")
		m[winData1], m[winData2] = firstWord(strings.ReplaceAll(strings.ReplaceAll(activity, "\r", " "), "\n", " ")), text[at:]
	}
	return true
}

// winLines reads the lines that hold a label and a value: those that begin with
// a tab, or have one behind their colon. Headings and explanations have none.
func winLines(text string) (pairs []winPair) {
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(strings.TrimRight(line, "\r\n"), " ") // lists are indented by spaces
		label, value, ok := strings.Cut(line, ":")
		if !ok || !strings.HasPrefix(line, "\t") && !strings.HasPrefix(value, "\t") {
			continue
		}
		// In French a no-break space stands before the colon.
		pairs = append(pairs, winPair{strings.Trim(label, " \t\u00a0"), strings.Trim(value, " \t")})
	}
	return pairs
}

// winLabels are the English labels that are read, and those by which a value
// before them ends.
var winLabels = [...]string{
	"Account Domain", "Account For Which Logon Failed", "Account Information", "Account Name", "Account That Was Locked Out",
	"Account Whose Credentials Were Used", "Additional Information", "Authentication Package", "Caller Computer Name", "Caller Process ID",
	"Caller Process Name", "Certificate Information", "Client Address", "Client Port", "Detailed Authentication Information", "Elevated Token",
	"Error Code", "Failure Code", "Failure Information", "Failure Reason", "Impersonation Level", "Key Length", "Linked Logon ID",
	"Logon Account", "Logon GUID", "Logon ID", "Logon Information", "Logon Process", "Logon Type", "Network Account Domain",
	"Network Account Name", "Network Address", "Network Information", "New Logon", "Package Name (NTLM only)", "Port",
	"Pre-Authentication Type", "Process ID", "Process Information", "Process Name", "Remote Credential Guard", "Restricted Admin Mode",
	"Result Code", "Security ID", "Service ID", "Service Information", "Service Name", "Source Network Address", "Source Port",
	"Source Workstation", "Status", "Sub Status", "Subject", "Supplied Realm Name", "Target Server", "Target Server Name",
	"Ticket Encryption Type", "Ticket Options", "Transited Services", "User ID", "Virtual Account", "Workstation Name",
}

func englishLabel(label string) bool {
	_, ok := slices.BinarySearch(winLabels[:], label)
	return ok
}

// winWords reads English text. Lines are as they are; in text without them a
// label is one of [winLabels] before a colon.
func winWords(text string, lines []winPair) []winPair {
	if len(lines) > 0 {
		return lines
	}
	var pairs []winPair
	begin := 0 // of the value at hand
	for at := 0; ; at++ {
		next := strings.IndexByte(text[at:], ':')
		if next < 0 {
			break
		}
		at += next
		label := labelBefore(text[:at])
		if label == "" {
			continue
		}
		if n := len(pairs); n > 0 {
			pairs[n-1].value = strings.TrimSpace(text[begin:max(begin, at-len(label))])
		}
		pairs, begin = append(pairs, winPair{label: label}), at+1
	}
	if n := len(pairs); n > 0 { // explanations follow the last value: of it the first word is taken
		pairs[n-1].value = strings.TrimSpace(text[begin:])
	}
	return pairs
}

// labelBefore returns the longest label with which text ends.
func labelBefore(text string) (found string) {
	for _, label := range winLabels {
		if len(label) > len(found) && strings.HasSuffix(text, label) {
			before := text[:len(text)-len(label)]
			if before == "" || before[len(before)-1] == ' ' || before[len(before)-1] == '\t' {
				found = label
			}
		}
	}
	return found
}

// english finds the fields by their labels. Of "Account Name" and the like the
// second tells of the account that signs in, where a first tells of who asked.
// What stands behind the name is taken where it comes last: whoever tries to
// sign in chooses the name, and where lines were joined it may look like more.
func (m *winMessage) english(id string, pairs []winPair) {
	nth := func(label string, n int) string {
		for _, p := range pairs {
			if p.label == label {
				if n--; n == 0 {
					return p.value
				}
			}
		}
		return ""
	}
	last := func(label string) string {
		for _, p := range slices.Backward(pairs) {
			if p.label == label {
				return p.value
			}
		}
		return ""
	}
	only := func(label string) (value string) { // "" where several say something else: which is true does not show
		for _, p := range pairs {
			if word := firstWord(p.value); p.label == label && word != value {
				if value != "" {
					return ""
				}
				value = word
			}
		}
		return value
	}
	which := 2
	switch id {
	case "4768", "4771":
		which = 1
	case "4740":
		m[winTargetDomain] = firstWord(last("Caller Computer Name"))
	case "4776":
		m[winTargetUser], m[winWorkstation] = nth("Logon Account", 1), last("Source Workstation")
		m[winStatus] = firstWord(last("Error Code"))
		return
	}
	m[winSubjectUser] = nth("Account Name", 1)
	m[winTargetUser] = nth("Account Name", which)
	m[winTargetUserSID] = nth("Security ID", which)
	if id != "4740" {
		m[winTargetDomain] = nth("Account Domain", which)
	}
	if id == "4768" {
		m[winTargetDomain] = nth("Supplied Realm Name", 1)
	}
	m[winLogonType] = firstWord(nth("Logon Type", 1))
	switch id {
	case "4625": // its status stands between two names that are chosen, that of the account and that of the workstation
		m[winStatus], m[winSubStatus] = only("Status"), only("Sub Status")
	case "4768":
		m[winStatus] = firstWord(last("Result Code"))
	case "4771":
		m[winStatus] = firstWord(last("Failure Code"))
	}
	for field, labels := range map[int][]string{
		winIP:              {"Source Network Address", "Client Address", "Network Address"},
		winWorkstationName: {"Workstation Name"}, winLogonProcess: {"Logon Process"}, winPackage: {"Authentication Package"}, winServer: {"Target Server Name"},
	} {
		for _, label := range labels {
			if m[field] == "" {
				m[field] = last(label)
			}
		}
	}
	m[winIP] = firstWord(m[winIP])
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	return s
}

// winPlaces are the places of fields among the lines of a text, from 0. Those
// of 4624 differ by version of Windows up to the name and behind it, where they
// are counted from the end: -1 is the last.
var winPlaces = map[string]map[int]int{
	"4625": {winTargetUserSID: 5, winTargetUser: 6, winTargetDomain: 7, winLogonType: 4, winStatus: 9, winSubStatus: 10, winWorkstationName: 13,
		winIP: 14, winLogonProcess: 16, winPackage: 17},
	"4624": {winLogonType: 4, winWorkstationName: -8, winIP: -7, winLogonProcess: -5, winPackage: -4},
	"4648": {winTargetUser: 5, winTargetDomain: 6, winServer: 8, winIP: 12},
	"4740": {winTargetUserSID: 4, winTargetUser: 5, winTargetDomain: 6},
	"4768": {winTargetUser: 0, winTargetDomain: 1, winTargetSID: 2, winIP: 5, winStatus: 8},
	"4771": {winTargetSID: 0, winTargetUser: 1, winIP: 3, winStatus: 6},
	"4776": {winPackage: 0, winTargetUser: 1, winWorkstation: 2, winStatus: 3},
}

// winMost is how many lines the texts have at most for which these places are
// true. With more of them, of another template or typed as part of a name, it does
// not show what is what. 4624 is of people that are signed in.
var winMost = map[string]int{"4625": 21, "4648": 14, "4740": 7, "4768": 14, "4771": 11, "4776": 4}

// positions finds the fields by their places.
func (m *winMessage) positions(id string, pairs []winPair) {
	if most := winMost[id]; most > 0 && len(pairs) > most {
		return
	}
	for field, place := range winPlaces[id] {
		if place < 0 {
			place += len(pairs)
		}
		if place >= 0 && place < len(pairs) {
			m[field] = pairs[place].value
		}
	}
	if id != "4624" {
		return
	}
	// The new logon begins with the label with which the subject began.
	for i := 1; i+2 < len(pairs); i++ {
		if pairs[i].label == pairs[0].label {
			m[winTargetUserSID], m[winTargetUser], m[winTargetDomain] = pairs[i].value, pairs[i+1].value, pairs[i+2].value
			return
		}
	}
}

// winSentences are the English sentences with which the events begin, for those
// who send the text without the number.
var winSentences = [...]struct{ begin, id string }{
	{"An account was successfully logged on", "4624"},
	{"An account failed to log on", "4625"},
	{"A logon was attempted using explicit credentials", "4648"},
	{"A user account was locked out", "4740"},
	{"A Kerberos authentication ticket (TGT) was requested", "4768"},
	{"Kerberos pre-authentication failed", "4771"},
	{"The computer attempted to validate the credentials for an account", "4776"},
	{"The domain controller attempted to validate the credentials for an account", "4776"},
}

// winSentence returns the number of the event whose text it is, "" for another.
func winSentence(text string) string {
	for _, s := range winSentences {
		if strings.HasPrefix(text, s.begin) {
			return s.id
		}
	}
	return ""
}
