package signin

import (
	"cmp"
	"net/netip"
	"strings"
)

// adfsCodes is the table of what AD FS writes of failures.
var adfsCodes = mustCodes("adfs")

// adfs reads what AD FS writes into the Security log: of a sign-in the audits
// 1200 to 1203, whose last Data is XML, 1210 and 516 of lock-outs, and 411 of a
// refused token, which says in words why. The records of one try have one
// activity, which is their first Data.
// https://learn.microsoft.com/windows-server/identity/ad-fs/troubleshooting/ad-fs-tshoot-logging
func (w *windowsReader) adfs(ev *Event) bool {
	id := w.text(winID)
	ev.Code, ev.Client, ev.Protocol = id, "adfs", Federated
	activity := w.text(winData1)
	if audit := w.adfsAudit(); audit != "" {
		w.readAudit(ev, audit, id)
	} else if !w.readADFSTexts(ev) {
		return false
	}
	switch {
	case ev.Class.Succeeded():
		ev.Known = Yes
	case id == "1203":
	case id == "516":
		ev.Strength = Hint
	default:
		ev.Strength = Part
	}
	if !ev.Class.Succeeded() && activity != "" && !strings.ContainsAny(activity, "<@") {
		ev.Try = Key("adfs", ev.Host, activity)
	}
	return true
}

// adfsAudit returns the Data that is an audit.
func (w *windowsReader) adfsAudit() string {
	for field := winData1; field <= winData6; field++ {
		if text := w.text(field); strings.Contains(text, "<AuditBase") {
			return text
		}
	}
	return ""
}

// readAudit reads an audit.
func (w *windowsReader) readAudit(ev *Event, audit, id string) {
	value := func(name string) string {
		if v := xmlValue(audit, name); v != "N/A" {
			return v
		}
		return ""
	}
	ev.Account = w.domainAccount(value("UserId"), "")
	ev.Addr = outermostAddr(value("IpAddress"), value("ForwardedIpAddress"), value("NetworkIpAddress"), value("ProxyIpAddress"))
	ev.UserAgent = clip(cmp.Or(value("UserAgentString"), value("UserAgent")))
	ev.App = clip(cmp.Or(value("RelyingParty"), value("OAuthClientId"), value("Endpoint")))
	if protocol := value("AuthProtocol"); protocol != "" {
		ev.Client = clip("adfs/" + strings.ToLower(protocol))
	}
	if network := value("NetworkLocation"); network != "" {
		ev.Client = clip(ev.Client + "/" + strings.ToLower(network))
	}
	if strings.Contains(value("Endpoint"), "usernamemixed") {
		ev.Protocol = Legacy // WS-Trust with a password, on behalf of mail clients
	}
	if id == "1201" || id == "1203" {
		ev.Code = clip(cmp.Or(value("FailureType"), value("ErrorCode"), id))
	}
	ev.Class = adfsCodes.Class(strings.ToLower(ev.Code), "", "")
}

// readADFSTexts reads 411, 516 and 1210 where they have no audit: their Data are
// texts whose order has changed over the years, so they are known by what they
// hold.
func (w *windowsReader) readADFSTexts(ev *Event) bool {
	reason := ""
	for field := winData1; field <= winData6; field++ {
		text := strings.TrimSpace(w.text(field))
		if text == "" {
			continue
		}
		if a := outermostAddr(text); a.IsValid() && !ev.Addr.IsValid() {
			ev.Addr = a
			continue
		}
		if ev.Account != "" || len(text) > MaxField {
			continue
		}
		// "USER-The user name or password is incorrect", or USER alone.
		user, why, _ := strings.Cut(text, "-The ")
		if strings.ContainsAny(user, `@\`) && !strings.ContainsAny(user, " <:/") {
			ev.Account, reason = w.domainAccount(user, ""), why
		}
	}
	ev.Class = adfsCodes.Class(ev.Code, reason, "")
	return ev.Account != "" || ev.Addr.IsValid()
}

// xmlValue returns the text of the first element of that name in XML, "" where
// there is none. A text holds no "<", so nobody can type an element into it.
func xmlValue(text, name string) string {
	_, rest, ok := strings.Cut(text, "<"+name+">")
	if !ok {
		return ""
	}
	value, _, ok := strings.Cut(rest, "</"+name+">")
	if !ok || strings.Contains(value, "<") {
		return ""
	}
	return strings.TrimSpace(xmlUnescape.Replace(value))
}

var xmlUnescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// outermostAddr returns the first address of lists separated by commas that is
// not of a private network, else the first: proxies add theirs. What stands
// first may have been written by whoever tries to sign in.
func outermostAddr(lists ...string) (first netip.Addr) {
	for _, list := range lists {
		for text := range strings.SplitSeq(list, ",") {
			a := ParseAddr(text)
			if !a.IsValid() {
				continue
			}
			if !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
				return a
			}
			if !first.IsValid() {
				first = a
			}
		}
	}
	return first
}
