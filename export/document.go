package export

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/notify"
)

// Document makes the document of campaigns. It holds what the attacker used
// and did. Evidence, clients and addresses that show a victim are left out and
// counted in a note; victims are named only if in says so.
func Document(in Input) (exchange.Document, error) {
	tlp, err := in.marking()
	if err != nil {
		return exchange.Document{}, err
	}
	m := &maker{in: in, actors: map[string]bool{}}
	m.doc = exchange.Document{Producer: cmp.Or(in.Producer, "unnamed producer"), At: in.At, TLP: tlp}
	seen := map[string]bool{}
	for _, c := range in.Cases {
		switch id := c.Campaign.ID; {
		case id == "":
			return exchange.Document{}, errors.New("a campaign has no number")
		case seen[id]:
			return exchange.Document{}, fmt.Errorf("campaign %q is there twice", id)
		}
		seen[c.Campaign.ID] = true
		m.add(c)
	}
	m.doc.Sort()
	return m.doc, nil
}

// maker collects one document.
type maker struct {
	in     Input
	doc    exchange.Document
	actors map[string]bool
}

func (m *maker) add(c Case) {
	victims := newVictims(c.Targets, m.in.Protected)
	cam := c.Campaign
	addresses, left := m.addresses(c, victims) // left: what is not in the document, in words
	clients, hidden := open(cam.Features.Clients, victims, func(s string) string { return s })
	if hidden > 0 {
		left = append(left, fmt.Sprintf("client names that show a victim: %d", hidden))
	}
	o := exchange.Campaign{
		ID: cam.ID, Name: cam.ID, First: cam.First, Last: cam.Last, Confidence: percent(cam.Confidence), Attempts: cam.Features.Attempts, Summary: summary(c),
	}
	for _, k := range cam.Kinds {
		o.Kinds = append(o.Kinds, string(k))
	}
	for _, t := range cam.Techniques {
		o.Techniques = append(o.Techniques, exchange.Technique{ID: t, Name: cmp.Or(notify.TechniqueName(t), t)})
	}
	if m.in.Victims {
		for _, t := range c.Targets {
			o.Victims = append(o.Victims, exchange.Victim{Name: m.organisation(t.Org), Outcome: t.Outcome.String()})
		}
	}
	o.Notes = []exchange.Note{
		{Title: "Why this is held to be one campaign", Text: evidenceText(c, clients, victims, left)},
		{Title: "Who may stand behind it: hypotheses, not an attribution", Text: assessmentText(c.Assessment, victims)},
	}
	for _, a := range addresses {
		m.indicate(exchange.Address, a.String(), cam.ID, cam.First, 0,
			"Seen as a source of the campaign. Valid from its first attempt; addresses of proxies and Tor exits serve others too.")
	}
	for _, ua := range clients {
		if telling(ua) {
			m.indicate(exchange.UserAgent, ua, cam.ID, cam.First, 30, "Named by attempts of the campaign. Alone it proves nothing: others may use the same tool.")
		}
	}
	m.mails(c, victims)
	m.assess(c, victims)
	o.Notes = append(o.Notes, m.statements(c, victims)...)
	m.doc.Campaigns = append(m.doc.Campaigns, o)
}

// open returns the items whose text shows no victim, and how many do.
func open[T any](items []T, v victims, text func(T) string) (shown []T, hidden int) {
	for _, i := range items {
		if v.in(text(i)) {
			hidden++
		} else {
			shown = append(shown, i)
		}
	}
	return shown, hidden
}

func (m *maker) indicate(kind exchange.Kind, value, campaign string, from time.Time, confidence int, text string) {
	i, ok := exchange.NewIndicator(kind, value)
	if !ok {
		return // an attacker's user agent that is no plain text
	}
	i.About, i.From, i.Confidence, i.Text = []string{campaign}, from, confidence, text
	m.doc.Indicators = append(m.doc.Indicators, i)
}

// percent returns a probability on the scale of STIX 2.1, appendix A.
func percent(p float64) int {
	if math.IsNaN(p) {
		return 0
	}
	return int(math.Round(100 * min(max(p, 0), 1)))
}

// addresses returns the sources to be listed, in order, and what was left out.
func (m *maker) addresses(c Case, v victims) ([]netip.Addr, []string) {
	seen, unlisted := map[netip.Addr]int{}, 0
	for _, t := range c.Targets {
		unlisted += t.More
		for _, a := range t.Sources {
			seen[a.Unmap().WithZone("")]++
		}
	}
	var left []string
	own := 0
	for a := range seen {
		// Addresses that do not leave a network say nothing outside it.
		if !a.IsGlobalUnicast() || a.IsPrivate() || v.owns(a) {
			delete(seen, a)
			own++
		}
	}
	if own > 0 {
		left = append(left, fmt.Sprintf("internal addresses and addresses of protected organisations: %d", own))
	}
	all := slices.SortedFunc(maps.Keys(seen), func(x, y netip.Addr) int {
		return cmp.Or(cmp.Compare(seen[y], seen[x]), x.Compare(y))
	})
	limit := cmp.Or(m.in.Indicators, 1000)
	if more := max(0, len(all)-limit) + unlisted; more > 0 {
		left = append(left, fmt.Sprintf("more addresses: %d", more))
	}
	return all[:min(len(all), limit)], left
}

// telling reports whether a user agent is worth searching for: a browser's
// would find everybody.
func telling(ua string) bool {
	return len(ua) >= 4 && !strings.HasPrefix(ua, "Mozilla/") && notify.Inert(ua) == ua
}

func summary(c Case) string {
	kinds := make([]string, len(c.Campaign.Kinds))
	for i, k := range c.Campaign.Kinds {
		kinds[i] = strings.ReplaceAll(string(k), "_", " ")
	}
	f := c.Campaign.Features
	if f.Mails > 0 && f.Attempts == 0 {
		return fmt.Sprintf("%s: %d mails from %d domains.", strings.Join(kinds, ", "), f.Mails, f.SendingDomains)
	}
	return fmt.Sprintf("%s: %d attempts from %d addresses in %d networks.", strings.Join(kinds, ", "), f.Attempts, f.Sources, f.Networks)
}

func evidenceText(c Case, clients []string, v victims, left []string) string {
	var b strings.Builder
	f := c.Campaign.Features
	fmt.Fprintf(&b, "Probability that this is an attack by one hand: %d %%.\n", min(99, percent(c.Campaign.Confidence)))
	evidence, hidden := open(c.Campaign.Evidence, v, func(e detect.Evidence) string { return e.Text })
	for _, e := range evidence {
		text := notify.Inert(e.Text)
		if c.Campaign.Features.Mails > 0 && !campaign.Joins(e) {
			text = e.What // what mails say may speak to a person of a victim
		}
		fmt.Fprintf(&b, "- %s (%+.2f)\n", text, e.Weight)
	}
	if hidden > 0 {
		left = append(left, fmt.Sprintf("evidence that shows a victim: %d", hidden))
	}
	if f.Mails > 0 {
		fmt.Fprintf(&b, "Mails: %d, from %d domains. Languages: %s. Attachments: %s.\n", f.Mails, f.SendingDomains,
			cmp.Or(strings.Join(f.Languages, ", "), "not known"), cmp.Or(strings.Join(f.FileKinds, ", "), "none"))
	}
	if f.Attempts > 0 || f.Mails == 0 {
		fmt.Fprintf(&b, "Attempts per account and hour: %.3g. Addresses per attempt: %.3g. In alphabetical order: %t. Share of names that do not exist: %.2f.\n",
			f.PerAccountHour, f.AddressPerAttempt, f.Alphabetical, f.UnknownNames)
	}
	if len(f.Protocols) > 0 {
		fmt.Fprintf(&b, "Protocols: %s.\n", strings.Join(f.Protocols, ", "))
	}
	if f.ActiveHours != [24]int{} {
		fmt.Fprintf(&b, "Attempts by hour of day, UTC: %s.\n", strings.Trim(fmt.Sprint(f.ActiveHours), "[]"))
	}
	for _, ua := range clients {
		fmt.Fprintf(&b, "Client: %s\n", notify.Inert(ua))
	}
	if len(left) > 0 {
		fmt.Fprintf(&b, "Not in this document: %s.\n", strings.Join(left, "; "))
	}
	return b.String()
}
