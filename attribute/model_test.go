package attribute

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

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
