package attribution

import (
	"math"

	"github.com/pumphandle/pumphandle/attribute"
)

// method scores each profile for a set of facts.
type method struct {
	Name  string
	score func(profiles []attribute.Profile, facts []string) []float64
}

// The parameters of the reference figures, with techniques and with software.
var (
	byTechnique = attribute.Params{K1: 1.5, B: 0.7, P: 1.5}
	withTools   = attribute.Params{K1: 0.3, B: 0.7, P: 2}
)

// rivals are what other tools and papers rank by.
var rivals = []method{
	{"share of the group's facts", func(p []attribute.Profile, facts []string) []float64 {
		return each(p, facts, func(both, _, profile float64) float64 { return both / profile })
	}},
	{"overlap count", func(p []attribute.Profile, facts []string) []float64 {
		return each(p, facts, func(both, _, _ float64) float64 { return both })
	}},
	{"Jaccard", func(p []attribute.Profile, facts []string) []float64 {
		return each(p, facts, func(both, asked, profile float64) float64 { return both / (asked + profile - both) })
	}},
	{"TF-IDF cosine", cosine},
}

func bm25(params attribute.Params) func([]attribute.Profile, []string) []float64 {
	return func(p []attribute.Profile, facts []string) []float64 {
		return attribute.NewRanker(p, params).Scores(facts)
	}
}

// each scores by the number of facts that are asked, known, and both.
func each(profiles []attribute.Profile, facts []string, score func(both, asked, profile float64) float64) []float64 {
	out := make([]float64, len(profiles))
	for i, p := range profiles {
		both := 0.0
		for _, f := range facts {
			if p[f] > 0 {
				both++
			}
		}
		if both > 0 {
			out[i] = score(both, float64(len(facts)), float64(len(p)))
		}
	}
	return out
}

// cosine is the usual baseline: each fact weighs ln(N/df), present or not.
func cosine(profiles []attribute.Profile, facts []string) []float64 {
	df := map[string]float64{}
	for _, p := range profiles {
		for f := range p {
			df[f]++
		}
	}
	idf := func(f string) float64 {
		if df[f] == 0 {
			return 0
		}
		return math.Log(float64(len(profiles)) / df[f])
	}
	out := make([]float64, len(profiles))
	for i, p := range profiles {
		dot, norm := 0.0, 0.0
		for _, f := range facts {
			if p[f] > 0 {
				dot += idf(f) * idf(f)
			}
		}
		for f := range p {
			norm += idf(f) * idf(f)
		}
		if dot > 0 {
			out[i] = dot / math.Sqrt(norm) // the norm of what is asked is the same for all
		}
	}
	return out
}
