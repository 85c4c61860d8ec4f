package attribute

import (
	"cmp"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The sets of techniques that the three actors of the 2020 case showed.
const (
	strontiumSet = "T1110 T1110.001 T1110.003 T1090.003"
	zincSet      = "T1566.001 T1566.003 T1585.001 T1204.002 T1598 T1591.004"
	zincLongSet  = "T1566.001 T1566.002 T1566.003 T1585.001 T1585.002 T1204.001 T1204.002 T1583.001 T1608.001 T1591.004 T1593.001 T1656"
	ceriumSet    = "T1566.002 T1598.003 T1583.001 T1585.002 T1656 T1036.005"
)

// The parameters that ranked best with techniques, and with techniques and
// software.
var (
	byTechnique = Params{K1: 1.5, B: 0.7, P: 1.5}
	withTools   = Params{K1: 0.3, B: 0.7, P: 2}
)

// entity is a group or campaign of the compact file: each fact with the
// reports that are cited for it.
type entity struct {
	ID           string              `json:"id"`
	Name         string              `json:"name"`
	Techniques   map[string][]string `json:"techniques"`
	Software     map[string][]string `json:"software"`
	AttributedTo []string            `json:"attributed_to"`
	Sources      []string            `json:"sources"`
}

type reportCase struct {
	Group      string   `json:"group"`
	Source     string   `json:"source"`
	Techniques []string `json:"techniques"`
	Software   []string `json:"software"`
}

func load(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../shared/data/actors", name))
	if err != nil {
		t.Skipf("skipped: the reference figures need %s, which is not here", name)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

type attack struct{ Groups, Campaigns []entity }

// profilesWithout returns the profile of each group without what only the
// reports say. A fact without any report counts as one.
func (a *attack) profilesWithout(reports []string, tools bool) []Profile {
	profiles := make([]Profile, len(a.Groups))
	for i, g := range a.Groups {
		profiles[i] = Profile{}
		add := func(facts map[string][]string) {
			for fact, refs := range facts {
				left := 0
				for _, ref := range refs {
					if !slices.Contains(reports, ref) {
						left++
					}
				}
				if len(refs) == 0 {
					left = 1
				}
				if left > 0 {
					profiles[i][fact] = left
				}
			}
		}
		add(g.Techniques)
		if tools {
			add(g.Software)
		}
	}
	return profiles
}

func (a *attack) index(id string) int {
	return slices.IndexFunc(a.Groups, func(g entity) bool { return g.ID == id })
}

// rank returns the place of one, ties at their mean; infinite without a score.
func rank(scores []float64, one int) float64 {
	if scores[one] <= 0 {
		return math.Inf(1)
	}
	above, ties := 0, 0
	for _, s := range scores {
		if s > scores[one] {
			above++
		} else if s == scores[one] {
			ties++
		}
	}
	return float64(above) + float64(ties+1)/2
}

type figures struct {
	N                            int
	Top1, Top3, Top5, Top10, MRR float64
}

func summarise(ranks []float64) figures {
	f := figures{N: len(ranks)}
	share := func(k float64) float64 {
		n := 0
		for _, r := range ranks {
			if r <= k {
				n++
			}
		}
		return math.Round(1000*float64(n)/float64(len(ranks))) / 10
	}
	for _, r := range ranks {
		f.MRR += 1 / r / float64(len(ranks))
	}
	f.MRR = math.Round(1000*f.MRR) / 1000
	f.Top1, f.Top3, f.Top5, f.Top10 = share(1), share(3), share(5), share(10)
	return f
}

// E2 of docs/attribution.md: each report that shows at least five techniques
// of a group is asked for its group, after it was removed from all profiles.
func TestBM25FindsTheGroupOfAReport(t *testing.T) {
	var a attack
	load(t, "attack-18.1-actors.compact.json", &a)
	var eval struct{ Cases []reportCase }
	load(t, "attack-report-eval.json", &eval)
	for _, c := range []struct {
		name   string
		tools  bool
		params Params
		want   figures
	}{
		{"techniques", false, byTechnique, figures{442, 41.0, 55.2, 61.8, 72.4, 0.512}},
		{"techniques and software", true, withTools, figures{451, 57.9, 71.0, 74.3, 79.4, 0.658}},
	} {
		var ranks []float64
		for _, e := range eval.Cases {
			if len(e.Techniques) < 5 {
				continue
			}
			profiles := a.profilesWithout([]string{e.Source}, c.tools)
			group := a.index(e.Group)
			if len(profiles[group]) == 0 {
				continue // nothing else is known of it
			}
			facts := slices.Clone(e.Techniques)
			if c.tools {
				facts = append(facts, e.Software...)
			}
			ranks = append(ranks, rank(NewRanker(profiles, c.params).Scores(facts), group))
		}
		if got := summarise(ranks); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// E1: each attributed campaign is asked for its group, after all that its own
// reports say was removed. Other campaigns of a group count as one source of
// its profile where they share no report with the one asked.
func TestBM25FindsTheGroupOfACampaign(t *testing.T) {
	var a attack
	load(t, "attack-18.1-actors.compact.json", &a)
	for _, c := range []struct {
		name       string
		tools      bool
		params     Params
		top1, top5 float64
	}{
		{"techniques", false, byTechnique, 17.4, 52.2},
		{"techniques and software", true, withTools, 39.1, 65.2},
	} {
		var ranks []float64
		for i, asked := range a.Campaigns {
			if len(asked.AttributedTo) == 0 || len(asked.Techniques) == 0 {
				continue
			}
			profiles := a.profilesWithout(asked.Sources, c.tools)
			for k, other := range a.Campaigns {
				if k == i || slices.ContainsFunc(other.Sources, func(s string) bool { return slices.Contains(asked.Sources, s) }) {
					continue
				}
				for _, group := range other.AttributedTo {
					for _, fact := range facts(other, c.tools) {
						profiles[a.index(group)][fact]++
					}
				}
			}
			scores := NewRanker(profiles, c.params).Scores(facts(asked, c.tools))
			best := math.Inf(1)
			for _, group := range asked.AttributedTo {
				best = math.Min(best, rank(scores, a.index(group)))
			}
			ranks = append(ranks, best)
		}
		if got := summarise(ranks); got.N != 23 || got.Top1 != c.top1 || got.Top5 != c.top5 {
			t.Errorf("%s: %+v, want %g and %g of 23", c.name, got, c.top1, c.top5)
		}
	}
}

func facts(e entity, tools bool) []string {
	var all []string
	for t := range e.Techniques {
		all = append(all, t)
	}
	if tools {
		for s := range e.Software {
			all = append(all, s)
		}
	}
	slices.Sort(all) // sums of floats depend on order
	return all
}

// A tool that names the top match would be wrong about two of the three.
func TestTopMatchOfTheThreeCasesMisleads(t *testing.T) {
	var a attack
	load(t, "attack-18.1-actors.compact.json", &a)
	all := a.profilesWithout(nil, false)
	for _, c := range []struct {
		name, set string
		params    Params
		leader    string
		second    float64 // score, as a share of the leader's
		right     string
		rank      float64
	}{
		{"strontium, all", strontiumSet, byTechnique, "APT28", 0.84, "APT28", 1},
		{"strontium, visible", strontiumSet, visibleOnly, "APT28", 0.81, "APT28", 1},
		{"zinc, all", zincSet, byTechnique, "Moonstone Sleet", 0.96, "Lazarus Group", 19},
		{"zinc, visible", zincSet, visibleOnly, "Moonstone Sleet", 0.74, "Lazarus Group", 7},
		{"zinc, long, all", zincLongSet, byTechnique, "Contagious Interview", 0.64, "Lazarus Group", 25},
		{"zinc, long, visible", zincLongSet, visibleOnly, "Contagious Interview", 0, "Lazarus Group", 17},
		{"cerium, all", ceriumSet, byTechnique, "Contagious Interview", 0.84, "", 0},
		{"cerium, visible", ceriumSet, visibleOnly, "Kimsuky", 0.92, "", 0},
	} {
		scores := NewRanker(all, c.params).Scores(strings.Fields(c.set))
		order := make([]int, len(scores))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(x, y int) int { return cmp.Compare(scores[y], scores[x]) })
		second := math.Round(100*scores[order[1]]/scores[order[0]]) / 100
		if a.Groups[order[0]].Name != c.leader || c.second != 0 && second != c.second {
			t.Errorf("%s: %s leads, the next at %.2f", c.name, a.Groups[order[0]].Name, second)
		}
		if c.right == "" {
			continue
		}
		right := slices.IndexFunc(a.Groups, func(g entity) bool { return g.Name == c.right })
		if r := rank(scores, right); r != c.rank {
			t.Errorf("%s: %s is at place %g, want %g", c.name, c.right, r, c.rank)
		}
	}
}

// The steepness is what fits the cases of ATT&CK best.
func TestSteepnessIsTheOneThatFits(t *testing.T) {
	var a attack
	load(t, "attack-18.1-actors.compact.json", &a)
	var eval struct{ Cases []reportCase }
	load(t, "attack-report-eval.json", &eval)
	type scored struct {
		scores []float64
		right  int
		asked  int
	}
	var all, force []scored
	for _, e := range eval.Cases {
		var asked []string
		for _, technique := range e.Techniques {
			if visible[technique] {
				asked = append(asked, technique)
			}
		}
		if len(asked) == 0 {
			continue
		}
		profiles := a.profilesWithout([]string{e.Source}, false)
		for _, v := range profiles {
			for fact := range v {
				if !visible[fact] {
					delete(v, fact)
				}
			}
		}
		right := a.index(e.Group)
		if len(profiles[right]) == 0 {
			continue
		}
		c := scored{NewRanker(profiles, visibleOnly).Scores(asked), right, len(asked)}
		all = append(all, c)
		if slices.ContainsFunc(asked, func(t string) bool { return family(t) == "T1110" }) {
			force = append(force, c)
		}
	}
	loss := func(cases []scored, steep float64) float64 {
		sum := 0.0
		for _, c := range cases {
			all := 0.0
			for _, s := range c.scores {
				all += math.Exp(steep * s)
			}
			sum += math.Log(all) - steep*c.scores[c.right]
		}
		return sum / float64(len(cases))
	}
	best := func(cases []scored) float64 {
		found := 0.0
		for s := 0.02; s < 2; s += 0.02 {
			if loss(cases, s) < loss(cases, found) {
				found = s
			}
		}
		return math.Round(100*found) / 100
	}
	if len(force) != 30 || best(force) != steepness {
		t.Errorf("%d cases of brute force fit at %g, the constant is %g", len(force), best(force), steepness)
	}
	if len(all) != 428 || best(all) != 0.84 {
		t.Errorf("%d cases fit at %g, documented are 428 and 0.84", len(all), best(all))
	}
	var ranks, sets []float64
	for _, c := range all {
		ranks = append(ranks, rank(c.scores, c.right))
		if c.asked >= setOf {
			sets = append(sets, rank(c.scores, c.right))
		}
	}
	if got := summarise(ranks); got.Top1 != 22.4 || got.Top5 != 37.4 {
		t.Errorf("visible techniques alone: %+v, documented are 22.4 and 37.4", got)
	}
	if got := summarise(sets); got.N != 225 || got.Top1 != 32.0 || got.Top5 != 46.2 {
		t.Errorf("three visible techniques or more: %+v, documented are 32.0 and 46.2 of 225", got)
	}
	uniform := math.Log(float64(len(a.Groups)))
	t.Logf("log loss %.3f and %.3f, by chance %.3f", loss(force, steepness), loss(all, 0.84), uniform)
	if loss(force, steepness) > uniform-1 {
		t.Errorf("the fit explains nothing: log loss %.3f, by chance %.3f", loss(force, steepness), uniform)
	}
}

func TestScoresOfNothing(t *testing.T) {
	for _, profiles := range [][]Profile{nil, {}, {{}, {}}, {{"T1110": 3}, {}}} {
		for _, s := range NewRanker(profiles, visibleOnly).Scores([]string{"T1566", ""}) {
			if s != 0 {
				t.Errorf("%v: score %g", profiles, s)
			}
		}
	}
}
