package signal

import (
	"net/netip"
	"strings"

	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/mail/markup"
)

// links notes where the mail's links lead. Links in what it quotes, and links
// that cannot be clicked, are not its own.
func (x *exam) links() {
	domains := map[string]bool{}
	_, home := x.from()
	own, seen := false, map[string]bool{}
	once := func(id, detail string) {
		if !seen[id] {
			seen[id] = true
			x.note(id, 1, detail)
		}
	}
	for i := range x.page.Links {
		l := &x.page.Links[i]
		if l.Area == markup.InQuoted && !x.forwarded || l.Area == markup.InHidden || l.Defanged || l.Scheme == "mailto" || l.Scheme == "tel" {
			continue
		}
		if l.Scheme == "javascript" || l.Scheme == "data" || l.Scheme == "vbscript" || l.Scheme == "blob" {
			once("link_script", l.Href)
			continue
		}
		if l.Names(x.people()) {
			once("link_names_recipient", l.Host)
		}
		if l.Host == "" {
			continue
		}
		domains[l.Domain] = true
		if l.Domain == home {
			own = true
			continue
		}
		x.foreign(l, once)
	}
	if len(domains) == 0 {
		return
	}
	if own {
		x.note("links_own", 1, "")
	} else {
		x.note("links_foreign", 1, "")
	}
	switch {
	case len(domains) == 1 && x.page.HTML:
		x.note("link_single", 1, "")
	case len(domains) >= 4:
		x.note("links_many", 1, "")
	}
}

// foreign notes what is odd about one link that leads elsewhere than to the
// sender.
func (x *exam) foreign(l *markup.Link, once func(id, detail string)) {
	host := l.Host
	if unreachable(host) {
		return
	}
	if l.Mismatch() {
		once("link_mismatch", l.Text+" → "+host)
	}
	if l.UserInfo {
		once("link_userinfo", l.Href)
	}
	if l.Bounced {
		once("link_redirector", l.Href)
	}
	switch {
	case identity.Shortener(host):
		once("link_shortener", host)
	case identity.FreeHosting(host):
		once("link_free_hosting", host)
	case identity.FileShare(host):
		once("link_file_share", host)
	}
	if l.Address || l.Odd {
		once("link_address", host)
		return
	}
	if l.Punycode {
		once("link_punycode", host)
	}
	if h := heap(strings.TrimSuffix(l.Domain, "."+topLevel(l.Domain))); h >= .4 {
		once("link_odd_host", host)
	}
	if identity.CheapSuffix(topLevel(host)) {
		once("link_cheap_domain", host)
	}
	if l.Text != "" && len(l.Text) < 40 && !strings.Contains(l.Text, ".") && l.Area == markup.InBody {
		once("button", l.Text)
	}
}

// unreachable reports an address that leads a reader to nobody but himself or
// his neighbours (RFC 1918, RFC 4193, loopback): engineers write of these.
func unreachable(host string) bool {
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && (addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified())
}
