package signin

import (
	"net/netip"
	"strings"
)

// account reads the name.
func (w *windowsReader) account(ev *Event, domain string) {
	user := w.text(winTargetUser)
	if user == "-" {
		user = ""
	}
	ev.Account = w.domainAccount(user, domain)
}

// domainAccount returns the name of an account. Those of a domain are
// user@domain: the domain as it is written, or that of the host where it is the
// same by its short name or where nothing says one. Those of the host itself are
// bare.
func (w *windowsReader) domainAccount(user, domain string) string {
	if d, u, ok := strings.Cut(user, `\`); ok {
		domain, user = d, u
	}
	user = NormalAccount(user)
	if user == "" || strings.Contains(user, "@") {
		return user
	}
	domain = w.domain.of(domain)
	switch {
	case domain == "-" || domain == "" || domain == w.host.netbios:
		domain = w.host.suffix
	case domain == w.host.short || domain == "." || domain == "workgroup" || domain == "nt authority":
		return user
	}
	if domain == "" {
		return user
	}
	return clip(user + "@" + domain)
}

// workstation notes the name that the client gave itself, in the place of a
// user agent. That of the host itself says nothing.
func (w *windowsReader) workstation(ev *Event, name string) {
	name = strings.TrimLeft(strings.TrimSpace(name), `\`)
	if name != "" && name != "-" && !strings.EqualFold(name, w.host.short) && !strings.EqualFold(name, w.host.name) {
		ev.UserAgent = clip(name)
	}
}

// isSystem reports whether the account is one that the system signs in without
// a password, of which there are more records than of people: SYSTEM, LOCAL
// SERVICE, NETWORK SERVICE, ANONYMOUS LOGON, window and font managers, virtual
// accounts.
func (w *windowsReader) isSystem() bool {
	switch sid := w.text(winTargetUserSID); {
	case sid == "S-1-5-18", sid == "S-1-5-19", sid == "S-1-5-20", sid == "S-1-5-7":
		return true
	case strings.HasPrefix(sid, "S-1-5-80-"), strings.HasPrefix(sid, "S-1-5-82-"), strings.HasPrefix(sid, "S-1-5-90-"),
		strings.HasPrefix(sid, "S-1-5-96-"), strings.HasPrefix(sid, "S-1-5-111-"):
		return true
	}
	switch strings.ToLower(w.text(winTargetDomain)) {
	case "nt authority", "window manager", "font driver host", "nt service", "iis apppool", "virtual users":
		return true
	}
	return strings.EqualFold(w.text(winTargetUser), "ANONYMOUS LOGON")
}

// windowsAddr reads an address. "-" stands for none, and a host's own for one
// that signs in at its keyboard.
func windowsAddr(s string) netip.Addr {
	a := ParseAddr(s)
	if a.IsLoopback() || a.IsUnspecified() {
		return netip.Addr{}
	}
	return a
}

// windowsKnown reports what a result says of the account's existence.
func windowsKnown(ev *Event) Tri {
	switch c := ev.Class; {
	case c == UnknownUser:
		return No
	case c == BadPassword && ev.Code != "0xc000006d", c == Locked, c == Disabled, c.Succeeded(), c.ConfirmsPassword():
		return Yes
	}
	return Unstated
}
