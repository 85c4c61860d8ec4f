package export

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/notify"
	"github.com/pumphandle/pumphandle/org"
)

// STIX is what a bundle is made of.
type STIX struct {
	Producer  string    // who publishes it; its ids are the producer's own
	At        time.Time // when it is made; the version of its objects
	Cases     []Case
	Protected []org.Organisation // whose identifiers must not be in it, besides the targets' own

	// Indicators is how many addresses a campaign lists, those seen at most
	// targets first; 0 means 1000.
	Indicators int
}

// WriteSTIX writes the campaigns as a STIX 2.1 bundle marked TLP:AMBER. It
// holds what the attacker used and did, and no identity of a victim: evidence,
// clients and addresses that show one are left out and counted. An actor is
// never an object: candidates stand in a note.
//
// The same input gives the same bytes. An object keeps its id from one bundle
// to the next; At says which version it is.
func WriteSTIX(w io.Writer, in STIX) error {
	b, err := newBundle(in)
	if err != nil {
		return fmt.Errorf("stix: %w", err)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return fmt.Errorf("stix: %w", err)
	}
	return nil
}

type stixBundle struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Objects []any  `json:"objects"`
}

// stixCommon are the properties that all objects have (STIX 2.1, 3.2).
type stixCommon struct {
	Type        string    `json:"type"`
	SpecVersion string    `json:"spec_version"`
	ID          string    `json:"id"`
	CreatedBy   string    `json:"created_by_ref,omitempty"`
	Created     stixTime  `json:"created"`
	Modified    stixTime  `json:"modified"`
	Confidence  int       `json:"confidence,omitempty"`
	Markings    []string  `json:"object_marking_refs"`
	References  []stixRef `json:"external_references,omitempty"`
}

type stixRef struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id"`
	URL    string `json:"url"`
}

type stixMarking struct {
	Type        string                       `json:"type"`
	SpecVersion string                       `json:"spec_version"`
	ID          string                       `json:"id"`
	Created     string                       `json:"created"`
	Name        string                       `json:"name"`
	Extensions  map[string]map[string]string `json:"extensions"`
}

type stixIdentity struct {
	stixCommon
	Name  string `json:"name"`
	Class string `json:"identity_class"`
}

type stixAttackPattern struct {
	stixCommon
	Name string `json:"name"`
}

type stixCampaign struct {
	stixCommon
	Name        string   `json:"name"`
	Description string   `json:"description"`
	FirstSeen   stixTime `json:"first_seen"`
	LastSeen    stixTime `json:"last_seen"`
}

type stixIndicator struct {
	stixCommon
	Name           string   `json:"name"`
	Description    string   `json:"description,omitempty"`
	Types          []string `json:"indicator_types"`
	Pattern        string   `json:"pattern"`
	PatternType    string   `json:"pattern_type"`
	PatternVersion string   `json:"pattern_version"`
	ValidFrom      stixTime `json:"valid_from"`
}

type stixRelationship struct {
	stixCommon
	Kind   string `json:"relationship_type"`
	Source string `json:"source_ref"`
	Target string `json:"target_ref"`
}

type stixNote struct {
	stixCommon
	Abstract string   `json:"abstract"`
	Content  string   `json:"content"`
	Objects  []string `json:"object_refs"`
}

// stixTime is a timestamp as STIX writes it (2.1, 3.1): UTC, milliseconds.
type stixTime struct{ time.Time }

func (t stixTime) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// TLP:AMBER of TLP 2.0, as OASIS defines it for STIX 2.1
// (oasis-open/cti-stix-common-objects, extension-definition-specifications/tlp-2.0).
// The marking in the STIX standard itself is that of TLP 1.0.
const (
	tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	tlpAmber     = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
)

var amber = stixMarking{
	Type: "marking-definition", SpecVersion: "2.1", ID: tlpAmber, Created: "2022-10-01T00:00:00.000Z", Name: "TLP:AMBER",
	Extensions: map[string]map[string]string{tlpExtension: {"extension_type": "property-extension", "tlp_2_0": "amber"}},
}

// epoch is when all objects were created. That time must not change from
// version to version (STIX 2.1, 3.6), and nothing else about a campaign is sure
// not to: older logs may be read tomorrow.
var epoch = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// builder collects the objects of one bundle.
type builder struct {
	in       STIX
	ids      uuid
	producer string
	objects  []any
	patterns map[string]string // technique → id of its attack pattern
}

func newBundle(in STIX) (stixBundle, error) {
	name := cmp.Or(in.Producer, "unnamed producer")
	b := &builder{in: in, ids: productIDs.child("producer", name), patterns: map[string]string{}}
	b.producer = "identity--" + b.ids.String()
	identity := stixIdentity{b.common("identity", name), name, "organization"}
	identity.ID, identity.CreatedBy, identity.Modified = b.producer, "", identity.Created
	b.objects = append(b.objects, amber, identity)
	seen := map[string]bool{}
	for _, c := range in.Cases {
		switch id := c.Campaign.ID; {
		case id == "":
			return stixBundle{}, errors.New("a campaign has no number")
		case seen[id]:
			return stixBundle{}, fmt.Errorf("campaign %q is there twice", id)
		}
		seen[c.Campaign.ID] = true
		b.addCampaign(c)
	}
	content, err := json.Marshal(b.objects)
	if err != nil {
		return stixBundle{}, err
	}
	return stixBundle{"bundle", "bundle--" + b.ids.child("bundle", string(content)).String(), b.objects}, nil
}

// common returns the properties of an object whose identity is what key says.
func (b *builder) common(kind string, key ...string) stixCommon {
	modified := b.in.At
	if modified.Before(epoch) {
		modified = epoch
	}
	return stixCommon{
		Type: kind, SpecVersion: "2.1", ID: kind + "--" + b.ids.child(append([]string{kind}, key...)...).String(), CreatedBy: b.producer,
		Created: stixTime{epoch}, Modified: stixTime{modified}, Markings: []string{tlpAmber},
	}
}

func (b *builder) addCampaign(c Case) {
	victims := newVictims(c.Targets, b.in.Protected)
	cam := c.Campaign
	o := stixCampaign{
		stixCommon: b.common("campaign", cam.ID), Name: cam.ID,
		Description: description(c), FirstSeen: stixTime{cam.First}, LastSeen: stixTime{cam.Last},
	}
	o.Confidence = confidence(cam.Confidence)
	b.objects = append(b.objects, o)
	for _, t := range cam.Techniques {
		b.relate("uses", o.ID, b.attackPattern(t))
	}

	addresses, left := b.addresses(c, victims) // left: what is not in the bundle, in words
	for _, a := range addresses {
		b.indicate(o.ID, b.addressIndicator(cam.ID, cam.First, a))
	}
	var clients []string
	hidden := 0
	for _, ua := range cam.Features.Clients {
		if victims.in(ua) {
			hidden++
			continue
		}
		clients = append(clients, ua)
		if telling(ua) {
			b.indicate(o.ID, b.clientIndicator(cam.ID, cam.First, ua))
		}
	}
	if hidden > 0 {
		left = append(left, fmt.Sprintf("client names that show a victim: %d", hidden))
	}

	evidence := stixNote{b.common("note", cam.ID, "evidence"), "Why this is held to be one campaign", "", []string{o.ID}}
	evidence.Content = evidenceText(c, clients, victims, left)
	assessment := stixNote{b.common("note", cam.ID, "assessment"), "Who may stand behind it: hypotheses, not an attribution", "", []string{o.ID}}
	assessment.Content = assessmentText(c.Assessment, victims)
	b.objects = append(b.objects, evidence, assessment)
}

// confidence returns a probability on the scale of STIX 2.1, appendix A.
func confidence(p float64) int {
	if math.IsNaN(p) {
		return 0
	}
	return int(math.Round(100 * min(max(p, 0), 1)))
}

func (b *builder) relate(kind, source, target string) {
	b.objects = append(b.objects, stixRelationship{b.common("relationship", source, kind, target), kind, source, target})
}

func (b *builder) indicate(campaign string, o stixIndicator) {
	b.objects = append(b.objects, o)
	b.relate("indicates", o.ID, campaign)
}

// attackPattern returns the id of a technique's object and adds it once. The
// object is ours; tools find MITRE's by the external id.
func (b *builder) attackPattern(technique string) string {
	if id, ok := b.patterns[technique]; ok {
		return id
	}
	o := stixAttackPattern{b.common("attack-pattern", technique), cmp.Or(notify.TechniqueName(technique), technique)}
	o.Modified = o.Created // a name and an id: there is nothing to be changed
	o.References = []stixRef{{"mitre-attack", technique, "https://attack.mitre.org/techniques/" + strings.ReplaceAll(technique, ".", "/")}}
	b.objects = append(b.objects, o)
	b.patterns[technique] = o.ID
	return o.ID
}

// addresses returns the sources to be listed, in order, and what was left out.
func (b *builder) addresses(c Case, v victims) ([]netip.Addr, []string) {
	seen, unlisted := map[netip.Addr]int{}, 0
	for _, t := range c.Targets {
		unlisted += t.More
		for _, a := range t.Sources {
			seen[a.Unmap()]++
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
	limit := cmp.Or(b.in.Indicators, 1000)
	if more := max(0, len(all)-limit) + unlisted; more > 0 {
		left = append(left, fmt.Sprintf("more addresses: %d", more))
	}
	all = all[:min(len(all), limit)]
	slices.SortFunc(all, netip.Addr.Compare)
	return all, left
}

func (b *builder) addressIndicator(campaignID string, first time.Time, a netip.Addr) stixIndicator {
	kind := "ipv6-addr"
	if a.Is4() {
		kind = "ipv4-addr"
	}
	return stixIndicator{
		stixCommon: b.common("indicator", campaignID, a.String()), Name: "Source of sign-in attempts: " + a.String(),
		Description: "Seen as a source of the campaign. Valid from its first attempt; addresses of proxies and Tor exits serve others too.",
		Types:       []string{"malicious-activity"},
		Pattern:     "[" + kind + ":value = '" + a.String() + "']", PatternType: "stix", PatternVersion: "2.1", ValidFrom: stixTime{first},
	}
}

// telling reports whether a user agent is worth searching for: a browser's
// would find everybody.
func telling(ua string) bool {
	return len(ua) >= 4 && !strings.HasPrefix(ua, "Mozilla/") && notify.Inert(ua) == ua
}

// patternText quotes a string of a STIX pattern (STIX 2.1, 9.2).
var patternText = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func (b *builder) clientIndicator(campaignID string, first time.Time, ua string) stixIndicator {
	o := stixIndicator{
		stixCommon: b.common("indicator", campaignID, "client", ua), Name: "User agent of sign-in attempts",
		Description: "Named by attempts of the campaign. Alone it proves nothing: others may use the same tool.",
		Types:       []string{"anomalous-activity"},
		Pattern:     "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = '" + patternText.Replace(ua) + "']",
		PatternType: "stix", PatternVersion: "2.1", ValidFrom: stixTime{first},
	}
	o.Confidence = 30
	return o
}

func description(c Case) string {
	kinds := make([]string, len(c.Campaign.Kinds))
	for i, k := range c.Campaign.Kinds {
		kinds[i] = strings.ReplaceAll(string(k), "_", " ")
	}
	f := c.Campaign.Features
	return fmt.Sprintf("%s: %d attempts from %d addresses in %d networks.", strings.Join(kinds, ", "), f.Attempts, f.Sources, f.Networks)
}

func evidenceText(c Case, clients []string, v victims, left []string) string {
	var b strings.Builder
	f := c.Campaign.Features
	fmt.Fprintf(&b, "Probability that this is an attack by one hand: %d %%.\n", min(99, confidence(c.Campaign.Confidence)))
	hidden := 0
	for _, e := range c.Campaign.Evidence {
		if v.in(e.Text) {
			hidden++
			continue
		}
		fmt.Fprintf(&b, "- %s (%+.2f)\n", notify.Inert(e.Text), e.Weight)
	}
	if hidden > 0 {
		left = append(left, fmt.Sprintf("evidence that shows a victim: %d", hidden))
	}
	fmt.Fprintf(&b, "Attempts per account and hour: %.3g. Addresses per attempt: %.3g. In alphabetical order: %t. Share of names that do not exist: %.2f.\n",
		f.PerAccountHour, f.AddressPerAttempt, f.Alphabetical, f.UnknownNames)
	if len(f.Protocols) > 0 {
		fmt.Fprintf(&b, "Protocols: %s.\n", strings.Join(f.Protocols, ", "))
	}
	fmt.Fprintf(&b, "Attempts by hour of day, UTC: %s.\n", strings.Trim(fmt.Sprint(f.ActiveHours), "[]"))
	for _, ua := range clients {
		fmt.Fprintf(&b, "Client: %s\n", notify.Inert(ua))
	}
	if len(left) > 0 {
		fmt.Fprintf(&b, "Not in this bundle: %s.\n", strings.Join(left, "; "))
	}
	return b.String()
}

func assessmentText(a attribute.Assessment, v victims) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Status: %s.", cmp.Or(a.Status, attribute.Unattributed))
	if a.Confidence != "" {
		fmt.Fprintf(&b, " Confidence in the evidence: %s.", a.Confidence)
	}
	if a.Reason != "" && !v.in(a.Reason) {
		fmt.Fprintf(&b, " %s", a.Reason)
	}
	b.WriteByte('\n')
	for _, h := range a.Candidates {
		names := make([]string, len(h.Names))
		for i, n := range h.Names {
			names[i] = n.Name + " (" + n.Producer + ")"
		}
		fmt.Fprintf(&b, "- %s: %s, %d %%\n", cmp.Or(strings.Join(names, ", "), h.Actor), h.Likelihood, confidence(h.P))
	}
	fmt.Fprintf(&b, "Somebody not known here: %d %%.\n", confidence(a.Unknown))
	return b.String()
}
