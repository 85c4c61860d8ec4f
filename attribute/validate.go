package attribute

import (
	"hash/fnv"
	"math"
)

// Outcome is one case of a cross-validation, asked of a table that was not
// fitted to it.
type Outcome struct {
	Case     *Held
	Table    *Table
	Rank     float64 // of the right actor, software capped
	Uncapped float64 // the same, software in full

	P     float64 // probability of the leader, the right actor among the known
	Right bool    // the leader is right
	Blind float64 // probability of the leader where the right actor is hidden
}

// CrossValidate fits a table to all but one of so many parts and asks it the
// cases of that part. A report is in one part with all actors of whom it tells.
func CrossValidate(in Input, cases []*Held, parts int, seed byte) []Outcome {
	part := func(h *Held) int {
		sum := fnv.New32a()
		sum.Write([]byte{seed})
		sum.Write([]byte(h.Report))
		return int(sum.Sum32()>>7) % parts
	}
	var out []Outcome
	var before *Table
	for k := range parts {
		var learn, ask []*Held
		for _, h := range cases {
			if part(h) == k {
				ask = append(ask, h)
			} else {
				learn = append(learn, h)
			}
		}
		if len(learn) == 0 {
			continue
		}
		t := Learn(in, learn, before)
		before = t
		for _, h := range ask {
			o := Outcome{Case: h, Table: t, Rank: t.Rank(h, true), Uncapped: t.Rank(h, false)}
			p, _ := t.Probabilities(h, -1)
			lead := leader(p)
			o.P, o.Right = p[lead], lead == h.Right[0]
			p, _ = t.Probabilities(h, h.Right[0])
			o.Blind = p[leader(p)]
			out = append(out, o)
		}
	}
	return out
}

// Summarise returns the quality that the outcomes show.
func Summarise(outcomes []Outcome) Quality {
	var q Quality
	var mean, square, n float64
	var bins [10]struct{ p, right, n float64 }
	add := func(p, right, weight float64) {
		n += weight
		mean += weight * right
		square += weight * (p - right) * (p - right)
		b := &bins[min(int(p*10), 9)]
		b.p, b.right, b.n = b.p+weight*p, b.right+weight*right, b.n+weight
	}
	for _, o := range outcomes {
		if o.Rank <= 1 {
			q.Top1++
		}
		if o.Rank <= 5 {
			q.Top5++
		}
		right := 0.0
		if o.Right {
			right = 1
		}
		add(o.P, right, 1-hidden)
		add(o.Blind, 0, hidden)
	}
	if n == 0 {
		return q
	}
	q.Top1, q.Top5 = q.Top1/float64(len(outcomes)), q.Top5/float64(len(outcomes))
	mean /= n
	q.Brier, q.Constant = square/n, mean*(1-mean)
	for _, b := range bins {
		q.ECE += math.Abs(b.p-b.right) / n
	}
	return q
}

// Naming is what happens if a leader is named from a probability on.
type Naming struct {
	From    float64 // the probability
	Named   float64 // share of all cases in which somebody is named
	Right   float64 // share of the named that are right
	Unknown float64 // share of the unknown hands that are given a name
}

// NameFrom returns what would happen if leaders were named from p on.
func NameFrom(outcomes []Outcome, p float64) Naming {
	var named, right, blind, n float64
	for _, o := range outcomes {
		n++
		if o.P >= p {
			named += 1 - hidden
			if o.Right {
				right += 1 - hidden
			}
		}
		if o.Blind >= p {
			named += hidden
			blind++
		}
	}
	out := Naming{From: p, Named: named / n, Unknown: blind / n, Right: 1}
	if named > 0 {
		out.Right = right / named
	}
	return out
}
