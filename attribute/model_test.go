package attribute

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/campaign"
)

func attackBase(t testing.TB) *actor.Base {
	t.Helper()
	f, err := os.Open(filepath.Join("../../shared/data/actors", "enterprise-attack-18.1-actors.stix20.json"))
	if err != nil {
		t.Skip("skipped: the calibration needs ATT&CK, which is not here")
	}
	defer f.Close()
	b := actor.Starter()
	if _, err := b.Import("attack", f); err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkJudge(b *testing.B) {
	base := attackBase(b)
	a := NewAssessor(base, Calibrate(base))
	for name, c := range map[string]Case{
		"spray":   {Campaign: strontium(), Victims: health},
		"by hand": {Campaign: campaign.Campaign{Techniques: strings.Fields(zincLongSet + " T1059.003 T1105 T1027")}, Software: []string{"S0154", "S0002"}},
		"outside": {Campaign: strontium(), Victims: health, Given: []Item{{Class: ClassOutside, Actor: "forest-blizzard", Grade: "B2", Source: "CERT", Text: "it was"}}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a.Judge(c)
			}
		})
	}
}

// The three of the mission, with what logs and mail show of them: nobody is
// named. With an outside assessment graded B2 or better each is proposed.
func TestTheThreeOfTheMission(t *testing.T) {
	bases := map[string]*Assessor{"starter": NewAssessor(actor.Starter(), nil)}
	if b := attackBase(t); b != nil {
		bases["with ATT&CK"] = NewAssessor(b, Calibrate(b))
	}
	tempo := strontium()
	tempo.Techniques = strings.Fields(strontiumSet)
	for base, a := range bases {
		for _, c := range []struct {
			name, right string
			campaign    campaign.Campaign
		}{
			{"strontium", "forest-blizzard", tempo},
			{"zinc", "diamond-sleet", campaign.Campaign{Techniques: strings.Fields(zincSet)}},
			{"zinc, long", "diamond-sleet", campaign.Campaign{Techniques: strings.Fields(zincLongSet)}},
			{"cerium", "ruby-sleet", campaign.Campaign{Techniques: strings.Fields(ceriumSet)}},
		} {
			one := Case{Campaign: c.campaign, Victims: health}
			got := a.Judge(one)
			t.Logf("%s, %s: %s", base, c.name, line(got))
			if got.Status != Unattributed || len(got.Candidates) == 0 {
				t.Errorf("%s, %s: %s", base, c.name, line(got))
			}
			if c.name == "strontium" && candidate(got, c.right) == nil {
				t.Errorf("%s: APT28 is not listed for its own tempo: %s", base, line(got))
			}
			for _, grade := range []string{"A1", "A2", "B1", "B2"} {
				one.Given = []Item{{Class: ClassOutside, Actor: c.right, Source: "Example CERT", Grade: grade, Text: "we hold it for this actor"}}
				with := a.Judge(one)
				if with.Status != Proposed || with.Candidates[0].Actor != c.right {
					t.Errorf("%s, %s with %s: %s", base, c.name, grade, line(with))
				}
			}
			one.Given[0].Grade = "C3"
			if with := a.Judge(one); with.Status == Proposed {
				t.Errorf("%s, %s with C3: %s", base, c.name, line(with))
			}
			one.Given[0].Grade = "F6"
			if with := a.Judge(one); with.Status != Unattributed {
				t.Errorf("%s, %s with F6: %s", base, c.name, line(with))
			}
		}
	}
}

func line(a Assessment) string {
	out := string(a.Status) + ": "
	for _, h := range a.Candidates {
		out += h.Actor + " " + strconv.FormatFloat(h.P, 'f', 3, 64) + " ("
		for _, w := range append(append([]Weight{}, h.Evidence...), h.Against...) {
			out += w.Class + "/" + w.What + " " + strconv.FormatFloat(w.Weight, 'f', 2, 64) + " "
		}
		out += ") "
	}
	return out
}

// Whatever is typed, an outside word below C3, or one that names several
// actors, names nobody; and what is planted in one class alone is no proposal.
func TestOutsideWordsAreHeldToTheirGrade(t *testing.T) {
	a := NewAssessor(actor.Starter(), nil)
	item := func(who, grade string) Item {
		return Item{Class: ClassOutside, Actor: who, Source: "s", Grade: grade, Text: "t"}
	}
	spray := campaign.Campaign{Techniques: []string{"T1110.003", "T1090.003", "T1110.001"}}
	for name, c := range map[string]struct {
		given []Item
		want  Status
	}{
		"graded F6":           {[]Item{item("forest-blizzard", "F6")}, Unattributed},
		"not graded":          {[]Item{item("forest-blizzard", "")}, Unattributed},
		"an ambiguous name":   {[]Item{item("Kimsuky", "A1")}, Unattributed},
		"nobody's name":       {[]Item{item("nobody", "A1")}, Unattributed},
		"B2":                  {[]Item{item("forest-blizzard", "B2")}, Proposed},
		"B2, denied by an A1": {[]Item{item("forest-blizzard", "B2"), {Class: ClassOutside, Actor: "forest-blizzard", Source: "o", Grade: "A1", Text: "no", Contradicts: true}}, Unattributed},
		"shared addresses":    {[]Item{{Class: ClassInfrastructure, Actor: "forest-blizzard", Source: "s", Grade: "A1", What: "192.0.2.1", Text: "Tor"}}, Unattributed},
		"a domain of many":    {[]Item{{Class: ClassInfrastructure, Actor: "forest-blizzard", Source: "s", Grade: "A1", What: "portal.example", Text: "x", Dedicated: true, Shared: 9}}, Unattributed},
		"a dedicated domain":  {[]Item{{Class: ClassInfrastructure, Actor: "forest-blizzard", Source: "s", Grade: "A1", What: "portal.example", Text: "x", Dedicated: true}}, Proposed},
		"a lure":              {[]Item{{Class: ClassLure, Actor: "forest-blizzard", Source: "s", Grade: "A1", What: "job offer", Text: "x"}}, Unattributed},
		"a lure, ten times":   {slicesRepeat(Item{Class: ClassLure, Actor: "forest-blizzard", Source: "s", Grade: "A1", What: "job offer", Text: "x"}, 10), Unattributed},
	} {
		got := a.Judge(Case{Campaign: spray, Given: c.given})
		if got.Status != c.want {
			t.Errorf("%s: %s, want %s", name, line(got), c.want)
		}
	}
	// One origin counts once, whoever repeats it.
	once := a.Judge(Case{Campaign: spray, Given: []Item{{Class: ClassOutside, Actor: "forest-blizzard", Source: "a", Grade: "B2", Group: "one", Text: "t"}}})
	echo := a.Judge(Case{Campaign: spray, Given: []Item{
		{Class: ClassOutside, Actor: "forest-blizzard", Source: "a", Grade: "B2", Group: "one", Text: "t"},
		{Class: ClassOutside, Actor: "forest-blizzard", Source: "b", Grade: "B2", Group: "one", Text: "t"},
	}})
	if once.Candidates[0].P != echo.Candidates[0].P {
		t.Errorf("an echo changes %.3f to %.3f", once.Candidates[0].P, echo.Candidates[0].P)
	}
	if w := once.Without[len(once.Without)-1]; w.Status != Unattributed {
		t.Errorf("without the outside word: %+v", w)
	}
}

func slicesRepeat(i Item, n int) []Item {
	var out []Item
	for range n {
		out = append(out, i)
	}
	return out
}

// Three planted tools and one technique that fits propose nobody.
func TestPlantedSoftwareProposesNobody(t *testing.T) {
	b := attackBase(t)
	a := NewAssessor(b, Calibrate(b))
	for at, tools := range a.corpus.Exclusive() {
		got := a.Judge(Case{Campaign: campaign.Campaign{Techniques: []string{"T1110.003"}}, Software: tools[:min(3, len(tools))]})
		if got.Status != Unattributed && got.Status != Candidate {
			t.Errorf("%s: %s", a.corpus.Actors[at].Lead.ID, line(got))
		}
	}
}

// The time that the issue allows: 5 s to learn, 5 ms to judge, of one
// processor, whatever else the machine does.
func TestLearningAndJudgingAreFast(t *testing.T) {
	b := attackBase(t)
	start := cpu(t)
	m := Calibrate(b)
	learn := cpu(t) - start
	a := NewAssessor(b, m)
	c := Case{Campaign: strontium(), Victims: health, Given: []Item{{Class: ClassOutside, Actor: "forest-blizzard", Grade: "B2", Source: "CERT", Text: "it was"}}}
	start = cpu(t)
	const n = 50
	for range n {
		a.Judge(c)
	}
	judge := (cpu(t) - start) / n
	t.Logf("learned in %v, judged in %v of processor time", learn, judge)
	if learn > 5*time.Second || judge > 5*time.Millisecond {
		t.Errorf("learned in %v, judged in %v; allowed are 5 s and 5 ms", learn, judge)
	}
}

// cpu returns the processor time that the process has used.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skipf("skipped: no processor time here: %v", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
