package export

import (
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/exchange"
)

// mails adds what the mails of a campaign brought that is the attacker's:
// domains, sending addresses that are not forged, attachments, and links that
// several mails share. Subjects and names of files are left out, because they
// are written for the victims, and so is what of a link may be a recipient's
// token.
func (m *maker) mails(c Case, v victims) {
	const text = "Seen in mails of the campaign. "
	cam := c.Campaign
	urls := map[string]int{}
	seen := map[[2]string]bool{}
	add := func(kind exchange.Kind, value string, confidence int, more string) {
		k := [2]string{string(kind), value}
		if value != "" && !seen[k] && !v.in(value) {
			seen[k] = true
			m.indicate(kind, value, cam.ID, cam.First, confidence, text+more)
		}
	}
	for _, t := range c.Targets {
		for _, mail := range t.Mails {
			for _, d := range mail.Domains {
				add(exchange.Domain, d, 60, "New to the organisations that got them; it may be somebody's whose site was broken into.")
			}
			if mail.Verified {
				add(exchange.Email, mail.From, 70, "The address was verified (SPF or DKIM); it may be a stolen mailbox.")
			}
			for _, f := range mail.Files {
				if !campaign.Picture(f.Kind) {
					add(exchange.SHA256, f.SHA256, 80, "The content of an attachment.")
				}
			}
			for _, u := range distinct(mail.Links) {
				urls[u]++
			}
		}
	}
	for _, u := range slices.Sorted(maps.Keys(urls)) {
		if host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(u, "https://"), "http://"), "/"); urls[u] > 1 && listed(c, host) {
			add(exchange.URL, u, 60, "Several mails led there.")
		}
	}
}

// listed reports whether a host is of a domain that the attacker brought.
func listed(c Case, host string) bool {
	for _, t := range c.Targets {
		for _, mail := range t.Mails {
			if slices.ContainsFunc(mail.Domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) }) {
				return true
			}
		}
	}
	return false
}

// distinct returns links as they are, without what may be a recipient's token.
func distinct(links []string) []string {
	var out []string
	for _, l := range links {
		u := strings.ReplaceAll(strings.Replace(l, "hxxp", "http", 1), "[.]", ".")
		u, _, _ = strings.Cut(u, "?")
		u, _, _ = strings.Cut(u, "#")
		if !strings.Contains(u, "*") && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}
