// Package content is the content model of mail: a logistic regression over
// named features of a mail's form and hashed words of what its reader sees.
//
// It is one bounded vote and never alerts alone. Words pick up what a corpus
// talks about, structure how its mail programs write, and neither says who a
// mail is from; so every part of the vote has a bound ([MaxForm], [MaxWords])
// and the weight of a feature never turns against what people who know such
// mail hold of it (its prior).
//
// Start with [Model.Vote]; [Train] makes a model.
package content

import "math"

// Feature is one measure of a mail's form.
type Feature struct {
	Name  string
	Value float32 // 0 to 1 as a rule
}

// Sample is what the model sees of one mail.
type Sample struct {
	Features []Feature
	Subject  string // folded: lower case, look-alike letters replaced
	Text     string // folded visible text, without what is quoted
}

// Vote is the model's opinion of a mail, in log odds: above 0 speaks for
// phishing. Form and Words are its parts, each within its bound.
type Vote struct {
	Form, Words float64
}

// LogOdds is the whole vote.
func (v Vote) LogOdds() float64 { return v.Form + v.Words }

// The bounds of a vote, in nats.
const (
	MaxForm  = 8
	MaxWords = 3
)

// Model holds the weights. The zero value knows nothing and votes 0.
type Model struct {
	Trained string // on what, for people
	Bias    float32
	Form    map[string]float32 // by feature
	Scale   float32            // of Words: a weight of one is this many nats
	Words   []int8             // by bucket; the length is a power of two
}

// Vote judges one mail.
func (m *Model) Vote(s Sample) Vote {
	v := Vote{Form: float64(m.Bias)}
	for _, f := range s.Features {
		v.Form += float64(m.Form[f.Name] * f.Value)
	}
	v.Form = bound(v.Form, MaxForm)
	if len(m.Words) > 0 {
		sum, n := 0, 0
		eachWord(s, uint32(len(m.Words)-1), func(bucket uint32) { sum += int(m.Words[bucket]); n++ })
		if n > 0 {
			v.Words = bound(float64(sum)*float64(m.Scale)/math.Sqrt(float64(n)), MaxWords)
		}
	}
	return v
}

func bound(x, limit float64) float64 { return max(-limit, min(limit, x)) }
