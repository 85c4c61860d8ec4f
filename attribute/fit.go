package attribute

import "math"

// choice is one observed choice: the features of each alternative, which of
// them it was, and how much the observation counts.
type choice struct {
	alternatives [][]float64
	chosen       int
	weight       float64
}

// ridge keeps weights from growing without bound where the data separates.
const ridge = 0.5

// fitChoices returns the weights that make the choices likeliest where an
// alternative is chosen in proportion to e^(weights·features) (McFadden's
// conditional logit), by Newton's method with a step that always climbs, from
// the weights w on.
func fitChoices(choices []choice, w []float64) []float64 {
	n := len(w)
	best := logLikelihood(choices, w, nil, nil)
	for range 40 {
		gradient, curve := make([]float64, n), make([][]float64, n)
		for i := range curve {
			curve[i] = make([]float64, n)
		}
		logLikelihood(choices, w, gradient, curve)
		step, ok := solve(curve, gradient), false
		for size := 1.0; size > 1e-4 && !ok; size /= 2 {
			next := make([]float64, n)
			for i := range next {
				next[i] = w[i] + size*step[i]
			}
			if l := logLikelihood(choices, next, nil, nil); l > best+1e-4 {
				w, best, ok = next, l, true
			}
		}
		if !ok {
			break
		}
	}
	return w
}

// logLikelihood returns that of the choices, with the ridge, and adds its
// gradient and (negated) curvature where they are asked for.
func logLikelihood(choices []choice, w, gradient []float64, curve [][]float64) float64 {
	sum := 0.0
	for i := range w {
		sum -= ridge / 2 * w[i] * w[i]
		if gradient != nil {
			gradient[i] -= ridge * w[i]
			curve[i][i] += ridge
		}
	}
	mean := make([]float64, len(w))
	var p []float64
	for _, c := range choices {
		p = softmax(c.alternatives, w, p)
		sum += c.weight * math.Log(math.Max(p[c.chosen], 1e-300))
		if gradient == nil {
			continue
		}
		clear(mean)
		for a, x := range c.alternatives {
			for i := range w {
				mean[i] += p[a] * x[i]
			}
		}
		for i := range w {
			gradient[i] += c.weight * (c.alternatives[c.chosen][i] - mean[i])
		}
		for a, x := range c.alternatives {
			if p[a] < 1e-7 {
				continue
			}
			for i := range w {
				for k := range w {
					curve[i][k] += c.weight * p[a] * (x[i] - mean[i]) * (x[k] - mean[k])
				}
			}
		}
	}
	return sum
}

// softmax returns the probability of each alternative, in p if it is large
// enough.
func softmax(alternatives [][]float64, w, p []float64) []float64 {
	if cap(p) < len(alternatives) {
		p = make([]float64, len(alternatives))
	}
	p = p[:len(alternatives)]
	top := math.Inf(-1)
	for a, x := range alternatives {
		p[a] = 0
		for i := range w {
			p[a] += w[i] * x[i]
		}
		top = math.Max(top, p[a])
	}
	sum := 0.0
	for a := range p {
		p[a] = math.Exp(p[a] - top)
		sum += p[a]
	}
	for a := range p {
		p[a] /= sum
	}
	return p
}

// solve returns x of curve·x = right, by elimination; curve is positive
// definite thanks to the ridge.
func solve(curve [][]float64, right []float64) []float64 {
	n := len(right)
	x := make([]float64, n)
	copy(x, right)
	for i := range n {
		for k := range n {
			if k == i {
				continue
			}
			f := curve[k][i] / curve[i][i]
			for j := i; j < n; j++ {
				curve[k][j] -= f * curve[i][j]
			}
			x[k] -= f * x[i]
		}
	}
	for i := range n {
		x[i] /= curve[i][i]
	}
	return x
}
