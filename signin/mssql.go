package signin

import "strings"

// mssqlCodes is the table of why SQL Server refuses.
var mssqlCodes = mustCodes("mssql")

// sqlServer reads 18456 of the Application log: the user, the reason and the
// client as Data without names.
func (w *windowsReader) sqlServer(ev *Event) bool {
	if !strings.HasPrefix(w.text(winProvider), "MSSQL") {
		return false
	}
	w.sqlFailure(ev, w.text(winData1), w.text(winData2), w.text(winData3))
	return true
}

// sqlAudit reads 33205, an audit of SQL Server as a text, where it is of a login
// that failed (LGIF). A server with both has two records of each.
func (w *windowsReader) sqlAudit(ev *Event) bool {
	text := w.text(winData1)
	if !strings.HasPrefix(w.text(winProvider), "MSSQL") || !hasLine(text, "action_id:LGIF") {
		return false
	}
	_, rest, ok := strings.Cut(text, "Login failed for user '")
	if !ok {
		return false
	}
	// Whoever tries to sign in chooses the name, so the last phrases count.
	client := rest[max(0, strings.LastIndex(rest, "[CLIENT: ")):]
	user, reason, _ := strings.Cut(rest, "'.")
	if at := strings.LastIndex(rest, "'. Reason: "); at >= 0 {
		user, reason = rest[:at], rest[at:]
	}
	w.sqlFailure(ev, user, reason, client)
	ev.Strength = Part
	return true
}

// hasLine reports whether a line of text begins so.
func hasLine(text, begin string) bool {
	return strings.HasPrefix(text, begin) || strings.Contains(text, "\n"+begin)
}

// sqlFailure reads a failure. [CLIENT: <local machine>] is no address.
func (w *windowsReader) sqlFailure(ev *Event, user, reason, client string) {
	ev.Account = w.domainAccount(user, ".") // a name without a domain is one of the server's own
	_, client, _ = strings.Cut(client, "[CLIENT: ")
	client, _, _ = strings.Cut(client, "]")
	ev.Addr = windowsAddr(client)
	ev.Client, ev.Code = "mssql", "18456"
	ev.Class = mssqlCodes.Class(ev.Code, reason, "")
	ev.Known = windowsKnown(ev)
	ev.Try = Key("mssql", ev.Host, ev.Account, ev.Addr.String(), ev.Time.Format("2006-01-02T15:04:05"))
}
