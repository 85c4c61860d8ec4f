package attribute

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
)

var (
	begin  = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	health = Victims{
		Countries: []string{"CA", "FR", "IN", "KR", "US"},
		Sectors:   []string{"clinical_research", "diagnostics", "pharma", "vaccine_research"},
	}
)

// strontium is a spray at the tempo that Microsoft published in September
// 2020, at the scale of one fortnight and a few organisations.
func strontium() campaign.Campaign {
	return campaign.Campaign{
		Kinds: []detect.Kind{detect.PasswordSpray}, Techniques: []string{"T1110.003"},
		First: begin, Last: begin.AddDate(0, 0, 15),
		Features: campaign.Features{
			Attempts: 210_000, Accounts: 1_600, Sources: 1_294, Networks: 536, PerAccountHour: 4.01, AddressPerAttempt: 0.006,
			Clients: []string{"Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}, Protocols: []string{"legacy"},
			ActiveHours: [24]int(slices.Repeat([]int{8750}, 24)), ActiveDays: [7]int(slices.Repeat([]int{30_000}, 7)),
		},
	}
}

func oneAddressSpray() campaign.Campaign {
	return campaign.Campaign{
		Kinds: []detect.Kind{detect.PasswordSpray}, Techniques: []string{"T1110.003"}, First: begin, Last: begin.Add(2 * time.Hour),
		Features: campaign.Features{
			Attempts: 400, Accounts: 400, Sources: 1, Networks: 1, AddressPerAttempt: 0.003, Clients: []string{"python-requests/2.31"},
			Protocols: []string{"ropc"}, ActiveHours: [24]int{9: 200, 10: 200},
		},
	}
}

func sshdGuessing() campaign.Campaign {
	return campaign.Campaign{
		Kinds: []detect.Kind{detect.BruteForce}, Techniques: []string{"T1110.001"}, First: begin, Last: begin.Add(6 * time.Hour),
		Features: campaign.Features{
			Attempts: 9_000, Accounts: 120, Sources: 3, Networks: 3, PerAccountHour: 210, Protocols: []string{"ssh"}, UnknownNames: 0.98,
			ActiveHours: [24]int{1: 9_000},
		},
	}
}

func candidate(a Assessment, id string) *Hypothesis {
	i := slices.IndexFunc(a.Candidates, func(h Hypothesis) bool { return h.Actor == id })
	if i < 0 {
		return nil
	}
	return &a.Candidates[i]
}

func TestPublishedTemposListTheirActorAndNoMore(t *testing.T) {
	quad7 := strontium()
	quad7.Features.PerAccountHour = 0.043
	peach := strontium()
	peach.Features.PerAccountHour, peach.Features.Clients = 0.2, []string{"Go-http-client/1.1"}
	peach.Features.ActiveHours = [24]int{5: 100, 6: 400, 7: 400, 8: 400, 9: 400, 10: 400, 11: 400, 12: 400, 13: 100, 20: 5}
	brute := strontium()
	brute.Kinds = append(brute.Kinds, detect.BruteForce)
	brute.Features.PerAccountHour = 338
	for name, c := range map[string]struct {
		campaign campaign.Campaign
		actor    string
		for_     string // what speaks for it
	}{
		"strontium spray":       {strontium(), "forest-blizzard", "tempo"},
		"strontium brute force": {brute, "forest-blizzard", "tempo"},
		"quad7":                 {quad7, "storm-0940", "tempo"},
		"peach sandstorm":       {peach, "peach-sandstorm", "client"},
	} {
		for _, v := range []Victims{{}, health} {
			a := Assess(c.campaign, v, actor.Starter())
			h := candidate(a, c.actor)
			if h == nil || a.Candidates[0].Actor != c.actor {
				t.Errorf("%s: %s is not the first of %+v", name, c.actor, a.Candidates)
				continue
			}
			if !slices.ContainsFunc(h.Evidence, func(w Weight) bool { return w.What == c.for_ && strings.Contains(w.Text, "Published:") }) {
				t.Errorf("%s: %q is not among the evidence %+v", name, c.for_, h.Evidence)
			}
			if a.Status != Unattributed && a.Status != Candidate {
				t.Errorf("%s: status %s", name, a.Status)
			}
		}
	}
}

func TestTempoOfTheTwoModesIsToldApart(t *testing.T) {
	weight := func(rate float64) float64 {
		c := strontium()
		c.Features.PerAccountHour = rate
		for _, s := range assessed(c, Victims{}, actor.Starter()) {
			if s.group.Lead.ID != "forest-blizzard" {
				continue
			}
			for _, w := range s.weights {
				if w.What == "tempo" {
					return w.Weight
				}
			}
		}
		return 0
	}
	for rate, fits := range map[float64]bool{4: true, 3.2: true, 335: true, 300: true, 1: false, 0.04: false, 20: false, 2000: false} {
		if w := weight(rate); (w > 0) != fits || w == 0 {
			t.Errorf("%g attempts per account and hour weigh %+.2f", rate, w)
		}
	}
	for _, unmeasured := range []float64{0, -4, math.NaN(), math.Inf(1)} {
		if w := weight(unmeasured); w != 0 {
			t.Errorf("a rate of %g weighs %+.2f", unmeasured, w)
		}
	}
}

func TestEverydayGuessingNamesNobody(t *testing.T) {
	bases := map[string]*actor.Base{"starter": actor.Starter(), "with ATT&CK": withATTACK(t)}
	for base, b := range bases {
		everything := sshdGuessing() // what a scanner of the whole net looks like
		everything.Kinds = []detect.Kind{detect.BruteForce, detect.PasswordSpray, detect.AccountEnumeration}
		for name, c := range map[string]campaign.Campaign{"one address": oneAddressSpray(), "sshd": sshdGuessing(), "sshd, all kinds": everything, "nothing": {}} {
			for _, v := range []Victims{{}, health} {
				a := Assess(c, v, b)
				if a.Status != Unattributed || len(a.Candidates) != 0 || a.Confidence != "low" || a.Reason == "" {
					t.Errorf("%s, %s: %+v", base, name, a)
				}
			}
		}
	}
}

func TestContradictionsAreShown(t *testing.T) {
	c := strontium()
	c.Features.Clients = []string{"go-http-client/1.1"}
	c.Features.PerAccountHour = 0.05
	for i := range c.Features.ActiveHours {
		c.Features.ActiveHours[i] = 1000 // around the clock
	}
	sum := map[string]float64{}
	for _, s := range assessed(c, Victims{}, actor.Starter()) {
		for _, w := range s.weights {
			sum[s.group.Lead.ID+" "+w.What] += w.Weight
		}
	}
	for what, negative := range map[string]bool{
		"peach-sandstorm hours": true, "peach-sandstorm client": false, "forest-blizzard tempo": true, "storm-0940 tempo": false,
		"gray-sandstorm hours": true, "gray-sandstorm days": true,
	} {
		if w := sum[what]; w == 0 || (w < 0) != negative {
			t.Errorf("%s weighs %+.2f", what, w)
		}
	}
	few := strontium()
	few.Features.Sources = 4
	for _, s := range assessed(few, Victims{}, actor.Starter()) {
		i := slices.IndexFunc(s.weights, func(w Weight) bool { return w.What == "addresses" && w.Weight < 0 })
		if known := []string{"forest-blizzard", "storm-0940", "gray-sandstorm", "midnight-blizzard", "peach-sandstorm"}; slices.Contains(known, s.group.Lead.ID) != (i >= 0) {
			t.Errorf("four addresses against %s: %+v", s.group.Lead.ID, s.weights)
		}
	}
	h := candidate(Assess(few, Victims{}, actor.Starter()), "forest-blizzard")
	if h != nil {
		t.Errorf("four fixed addresses: %+v", h)
	}
}

// Everything that behaviour can say points to one actor: a candidate, with
// the reason why it is no more.
func TestEverythingTogetherMakesACandidate(t *testing.T) {
	c := strontium()
	c.Techniques = []string{"T1090.003", "T1110", "T1110.001", "T1110.003", "T1114.002", "T1589.002"}
	a := Assess(c, Victims{Sectors: []string{"pharma", "vaccine_research"}}, actor.Starter())
	if a.Status != Candidate || a.Candidates[0].Actor != "forest-blizzard" || a.Candidates[0].Likelihood != "unlikely" || a.Confidence != "moderate" {
		t.Errorf("%+v", a)
	}
	if !strings.Contains(a.Reason, "not a name to be used") || strings.Contains(a.Reason, "Blizzard") {
		t.Errorf("reason %q", a.Reason)
	}
}

// assessed returns all suspects with their weights, listed or not.
func assessed(c campaign.Campaign, v Victims, b *actor.Base) []*suspect {
	a := NewAssessor(b, nil)
	return a.weigh(a.docket(Case{Campaign: c, Victims: v}), nil)
}

func TestRhythmNeedsDays(t *testing.T) {
	c := strontium()
	c.Features.ActiveHours = [24]int{8: 500, 9: 500}
	c.Last = c.First.Add(2 * time.Hour) // a burst falls into anybody's hours
	for _, s := range assessed(c, Victims{}, actor.Starter()) {
		for _, w := range s.weights {
			if w.What == "hours" || w.What == "days" {
				t.Errorf("%s: %+v after two hours", s.group.Lead.ID, w)
			}
		}
	}
}

func TestNamesCarryTheirProducer(t *testing.T) {
	for base, b := range map[string]*actor.Base{"starter": actor.Starter(), "with ATT&CK": withATTACK(t)} {
		h := candidate(Assess(strontium(), health, b), "forest-blizzard")
		if h == nil {
			t.Errorf("%s: Strontium is not listed", base)
			continue
		}
		for _, want := range []Name{{"Forest Blizzard", "Microsoft"}, {"STRONTIUM", "Microsoft"}, {"APT28", "Mandiant"}, {"G0007", "MITRE"}, {"Fancy Bear", "CrowdStrike"}} {
			if !slices.Contains(h.Names, want) {
				t.Errorf("%s: %v is not among %v", base, want, h.Names)
			}
		}
		for i, n := range h.Names {
			if n.Name == "Grizzly Steppe" {
				t.Errorf("%s: a name of two actors is given as this one's", base)
			}
			if n.Producer == "" {
				t.Errorf("%s: nobody calls it %s", base, n.Name)
			}
			if slices.ContainsFunc(h.Names[:i], func(o Name) bool { return actor.SameName(o.Name, n.Name) }) {
				t.Errorf("%s: %s twice", base, n.Name)
			}
		}
	}
}

// One actor is one hypothesis, however many sources tell of it.
func TestImportedRecordsDoNotSplitAnActor(t *testing.T) {
	a := Assess(strontium(), health, withATTACK(t))
	for _, h := range a.Candidates {
		if h.Actor == "G0007" {
			t.Errorf("ATT&CK's APT28 stands beside our own: %+v", a.Candidates)
		}
	}
}

func withATTACK(t *testing.T) *actor.Base {
	t.Helper()
	b := actor.Starter()
	for _, name := range []string{"enterprise-attack-18.1-actors.stix20.json", "MicrosoftMapping.json", "misp-galaxy-threat-actor.json", "misp-galaxy-producer.json"} {
		f, err := os.Open(filepath.Join("../../shared/data/actors", name))
		if err != nil {
			t.Logf("not tested with %s: it is not here", name)
			continue
		}
		if _, err := b.Import(name, f); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return b
}

// The three cases of 2020 by their techniques: even with all of ATT&CK, the
// answer is "unattributed". For Zinc and Cerium the ranking alone would name
// others.
func TestTheThreeCasesStayUnattributed(t *testing.T) {
	first := map[string]string{}
	for base, b := range map[string]*actor.Base{"starter": actor.Starter(), "with ATT&CK": withATTACK(t)} {
		for name, techniques := range map[string]string{"strontium": strontiumSet, "zinc": zincSet, "zinc, long": zincLongSet, "cerium": ceriumSet} {
			a := Assess(campaign.Campaign{Techniques: strings.Fields(techniques)}, health, b)
			if a.Status != Unattributed || len(a.Candidates) == 0 || a.Candidates[0].P > 0.15 || a.Unknown < 0.6 {
				t.Errorf("%s, %s: %s %+v", base, name, a.Status, a.Candidates)
				continue
			}
			first[name] = a.Candidates[0].Actor
			if name == "zinc" && (candidate(a, "moonstone-sleet") == nil || candidate(a, "diamond-sleet") == nil) {
				t.Errorf("%s, %s: two North Korean actors share these techniques: %+v", base, name, a.Candidates)
			}
		}
	}
	if first["strontium"] != "forest-blizzard" || first["cerium"] == "ruby-sleet" {
		t.Errorf("%v", first)
	}
}

func TestNothingIsKnown(t *testing.T) {
	a := Assess(strontium(), health, nil)
	if a.Status != Unattributed || a.Unknown != 0.7 || a.Other != 0.3 || a.Candidates == nil {
		t.Errorf("%+v", a)
	}
	text, err := json.Marshal(a)
	if err != nil || !strings.Contains(string(text), `"status":"unattributed","candidates":[]`) {
		t.Errorf("%s %v", text, err)
	}
}

func TestLikelihoodWordsAreThoseOfICD203(t *testing.T) {
	for p, want := range map[float64]string{
		0: "almost no chance", 0.049: "almost no chance", 0.05: "very unlikely", 0.199: "very unlikely", 0.20: "unlikely", 0.21: "unlikely",
		0.45: "roughly even chance", 0.5: "roughly even chance", 0.55: "roughly even chance", 0.56: "likely", 0.8: "likely", 0.81: "very likely",
		0.95: "very likely", 0.96: "almost certain", 1: "almost certain",
	} {
		if got := likelihood(p); got != want {
			t.Errorf("likelihood(%g) = %q, want %q", p, got, want)
		}
	}
}

func TestConfidenceNeedsThreeClassesAndNoContradiction(t *testing.T) {
	items := func(classes ...string) []Weight {
		var out []Weight
		for _, c := range classes {
			out = append(out, Weight{Class: c, Weight: 0.5})
		}
		return out
	}
	for _, c := range []struct {
		h    []Hypothesis
		want string
	}{
		{nil, "low"},
		{[]Hypothesis{{Evidence: items("habit", "habit", "victim")}}, "low"},
		{[]Hypothesis{{Evidence: items("habit", "technique", "victim")}}, "moderate"},
		{[]Hypothesis{{Evidence: items("habit", "technique", "victim"), Against: []Weight{{Weight: -0.4}}}}, "low"},
		{[]Hypothesis{{Evidence: append(items("habit", "technique"), Weight{Class: "victim", Weight: 0.05})}}, "low"},
	} {
		if got := confidence(c.h, &docket{}); got != c.want {
			t.Errorf("%+v: %s, want %s", c.h, got, c.want)
		}
	}
}

// The property that this package stands for: no behaviour, of any kind and
// amount, and no knowledge base, however well it fits, makes a name.
func TestBehaviourNeverProposes(t *testing.T) {
	starter := actor.Starter()
	rapid.Check(t, func(t *rapid.T) {
		b, c, v := starter, drawCampaign(t), drawVictims(t)
		switch rapid.IntRange(0, 2).Draw(t, "base") {
		case 1:
			b = drawBase(t)
		case 2:
			b, c = frame(t, rapid.IntRange(1, 60).Draw(t, "others"))
			v = rapid.SampledFrom([]Victims{{}, v, {Countries: []string{"US"}, Sectors: []string{"pharma"}}}).Draw(t, "victims")
		}
		a := Assess(c, v, b)
		if a.Status != Unattributed && a.Status != Candidate {
			t.Fatalf("status %s", a.Status)
		}
		if a.Confidence == "high" {
			t.Fatal("high confidence in behaviour")
		}
		if (a.Status == Candidate) != (len(a.Candidates) > 0 && a.Candidates[0].P >= 0.20) {
			t.Fatalf("status %s with %+v", a.Status, a.Candidates)
		}
		sum := a.Unknown + a.Other
		for i, h := range a.Candidates {
			sum += h.P
			opens(t, a, h)
			if i > 0 && h.P > a.Candidates[i-1].P {
				t.Fatal("not sorted")
			}
		}
		if len(a.Candidates) > 5 || !(sum > 0 && sum <= 1.005) || a.Reason == "" {
			t.Fatalf("%d candidates, probabilities sum to %g", len(a.Candidates), sum)
		}
		first, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if second, _ := json.Marshal(Assess(c, v, b)); string(first) != string(second) {
			t.Fatalf("not deterministic:\n%s\n%s", first, second)
		}
	})
}

// opens checks that the probability follows from what is printed, and that
// the caps of the classes hold.
func opens(t *rapid.T, a Assessment, h Hypothesis) {
	class := map[string]float64{}
	total := 0.0
	for _, w := range slices.Concat(h.Evidence, h.Against) {
		class[w.Class] += w.Weight
		total += w.Weight
		if w.Text == "" || w.What == "" || !slices.Contains([]string{"technique", "habit", "victim"}, w.Class) {
			t.Fatalf("item %+v", w)
		}
	}
	for _, w := range h.Evidence {
		if w.Weight <= 0 {
			t.Fatalf("%+v speaks for", w)
		}
	}
	for _, w := range h.Against {
		if w.Weight >= 0 {
			t.Fatalf("%+v speaks against", w)
		}
	}
	for c, most := range map[string]float64{"technique": 3, "habit": 1.1, "victim": 1.1} {
		if math.Abs(class[c]) > most+0.03 {
			t.Fatalf("%s weighs %g", c, class[c])
		}
	}
	if class["habit"] < 0 || class["habit"] == 0 && class["technique"] < math.Ln2 {
		t.Fatalf("%s is listed for what everybody does: %+v", h.Actor, h)
	}
	want := h.Prior * math.Exp(total) / 0.7 * a.Unknown
	if math.Abs(want-h.P) > 0.002+0.01*h.P {
		t.Fatalf("%s: the items give %g, printed is %g", h.Actor, want, h.P)
	}
	if h.Likelihood != likelihood(h.P) || len(h.Names) == 0 {
		t.Fatalf("%+v", h)
	}
}

// The best that behaviour can do, in a base made for it: P above the gate of
// "proposed", and still no more than a candidate.
func TestThePerfectFrameIsACandidate(t *testing.T) {
	b, c := frame(t, 60)
	a := Assess(c, Victims{Countries: []string{"US"}, Sectors: []string{"pharma"}}, b)
	if len(a.Candidates) != 1 || a.Candidates[0].P < 0.55 || a.Status != Candidate {
		t.Errorf("%+v", a)
	}
}

// frame returns a base of one actor of whom all of what the campaign shows is
// known, and of nobody else.
func frame(t interface{ Fatal(...any) }, others int) (*actor.Base, campaign.Campaign) {
	var text strings.Builder
	text.WriteString(`source: framed
reports: {a: {by: a, title: a}, b: {by: b, title: b}}
actors:
- id: framed
  names: [{name: Framed Example, by: framed}]
  techniques: {T1110: [a, b], T1110.003: [a, b], T1090.003: [a, b], T1589.002: [a, b]}
  habits:
  - {kind: tempo, per_account_hour: [3, 5], text: four, refs: [a]}
  - {kind: client, has: mozilla, text: Mozilla, refs: [a]}
  - {kind: addresses, pool: 1000, text: many, refs: [a]}
  countries: {US: [a]}
  sectors: {pharma: [a]}
`)
	for i := range others {
		fmt.Fprintf(&text, "- {id: other-%d, names: [{name: Other %d, by: framed}], techniques: {T1566.002: [a]}}\n", i, i)
	}
	b := actor.New()
	if _, err := b.Import("framed", strings.NewReader(text.String())); err != nil {
		t.Fatal(err)
	}
	c := strontium()
	c.Techniques = []string{"T1110", "T1110.003", "T1090.003", "T1589.002"}
	return b, c
}

func drawCampaign(t *rapid.T) campaign.Campaign {
	anyInt := rapid.OneOf(rapid.IntRange(-5, 50), rapid.IntRange(0, 5_000_000))
	rate := rapid.OneOf(rapid.Float64Range(0, 6), rapid.Float64Range(200, 450), rapid.SampledFrom([]float64{4, 0.04, math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e300}))
	f := campaign.Features{
		Attempts: anyInt.Draw(t, "attempts"), Accounts: anyInt.Draw(t, "accounts"), Sources: anyInt.Draw(t, "sources"),
		PerAccountHour: rate.Draw(t, "rate"), AddressPerAttempt: rate.Draw(t, "per attempt"), UnknownNames: rate.Draw(t, "unknown"),
		Clients:   rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"go-http-client/1.1", "Firefox", "x"})), 0, 10).Draw(t, "clients"),
		Protocols: rapid.SliceOfN(rapid.SampledFrom([]string{"legacy", "ropc", "\xff"}), 0, 2).Draw(t, "protocols"),
	}
	for i := range f.ActiveHours {
		f.ActiveHours[i] = rapid.SampledFrom([]int{0, 0, 100, -3}).Draw(t, "hour")
	}
	for i := range f.ActiveDays {
		f.ActiveDays[i] = rapid.SampledFrom([]int{0, 100}).Draw(t, "day")
	}
	kinds := []detect.Kind{detect.PasswordSpray, detect.BruteForce, detect.CredentialStuffing, detect.AccountEnumeration, detect.MFAFatigue, "unheard_of"}
	return campaign.Campaign{
		Kinds:      rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 5).Draw(t, "kinds"),
		Techniques: rapid.SliceOfN(rapid.SampledFrom([]string{"T1110", "T1110.003", "T1110.001", "T1090.003", "T1566", "T1656", "", "nonsense"}), 0, 6).Draw(t, "techniques"),
		First:      begin, Last: begin.Add(time.Duration(rapid.IntRange(-10, 1000).Draw(t, "hours")) * time.Hour),
		Features: f,
	}
}

func drawVictims(t *rapid.T) Victims {
	return Victims{
		Countries: rapid.SliceOfN(rapid.SampledFrom([]string{"US", "FR", "IL", "KR", "", "XX"}), 0, 6).Draw(t, "countries"),
		Sectors:   rapid.SliceOfN(rapid.SampledFrom([]string{"pharma", "vaccine_research", "hospital", "other", ""}), 0, 4).Draw(t, "sectors"),
	}
}

// drawBase is a base in which actors fit as well as anybody can write it.
func drawBase(t *rapid.T) *actor.Base {
	var text strings.Builder
	text.WriteString("source: drawn\nreports: {r: {by: a, title: one}, q: {by: a, title: two}}\nactors:\n")
	for i := range rapid.IntRange(1, 40).Draw(t, "actors") {
		fmt.Fprintf(&text, "- {id: actor-%d, names: [{name: Actor %d, by: drawn}], techniques: {T1059: [r]", i, i)
		for _, technique := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"T1110", "T1110.003", "T1110.001", "T1090.003", "T1566", "T1656"}), 0, 6, rapid.ID[string]).Draw(t, "techniques") {
			fmt.Fprintf(&text, ", %s: [r, q]", technique)
		}
		text.WriteString("}, habits: [{kind: note, text: nothing, refs: [r]}")
		if i == 0 || rapid.Bool().Draw(t, "habits") {
			text.WriteString(`, {kind: tempo, per_account_hour: [0.001, 1000], text: any, refs: [r]}, {kind: addresses, pool: 1, text: any, refs: [r]}` +
				`, {kind: client, has: o, text: any, refs: [r]}, {kind: hours, utc: ["00:00", "20:00"], text: any, refs: [r]}`)
		}
		text.WriteString("], countries: {US: [r], FR: [r]}, sectors: {pharma: [r]}}\n")
	}
	b := actor.New()
	if _, err := b.Import("drawn", strings.NewReader(text.String())); err != nil {
		t.Fatal(err)
	}
	return b
}
