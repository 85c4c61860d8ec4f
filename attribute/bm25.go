package attribute

import "math"

// Profile is what is known of one actor: each fact (the id of a technique or
// of software) with the number of distinct public sources for it.
type Profile map[string]int

// Params are the parameters of BM25. The idf, raised to P, says how much a
// rare fact counts; K1 how soon more sources of one fact stop to matter; B how
// much a long profile is held against an actor.
type Params struct{ K1, B, P float64 }

// visibleOnly ranks best where only what sign-in logs and mail can show is
// known: ATT&CK v18.1, one report left out at a time (docs/attribution.md).
var visibleOnly = Params{K1: 0.3, B: 0.7, P: 1}

// Ranker scores sets of facts against profiles by BM25 (Robertson and
// Zaragoza 2009, The Probabilistic Relevance Framework).
type Ranker struct {
	params   Params
	profiles []Profile
	mean     float64        // facts of a profile
	known    map[string]int // in how many profiles a fact is
}

// NewRanker returns a ranker of the profiles. It keeps them.
func NewRanker(profiles []Profile, params Params) *Ranker {
	r := &Ranker{params: params, profiles: profiles, known: map[string]int{}}
	for _, v := range profiles {
		r.mean += float64(len(v)) / float64(len(profiles))
		for fact := range v {
			r.known[fact]++
		}
	}
	return r
}

// Scores returns the score of each profile for a set of facts without repeats.
func (r *Ranker) Scores(facts []string) []float64 {
	scores := make([]float64, len(r.profiles))
	for i, v := range r.profiles {
		length := r.params.K1 * (1 - r.params.B + r.params.B*float64(len(v))/r.mean)
		for _, fact := range facts {
			if tf := float64(v[fact]); tf > 0 {
				scores[i] += r.idf(fact) * tf * (r.params.K1 + 1) / (tf + length)
			}
		}
	}
	return scores
}

func (r *Ranker) idf(fact string) float64 {
	n, df := float64(len(r.profiles)), float64(r.known[fact])
	return math.Pow(math.Log(1+(n-df+0.5)/(df+0.5)), r.params.P)
}
