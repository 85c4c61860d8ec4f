package content

import (
	"math"
	"math/rand/v2"
)

// Example is a sample with its truth.
type Example struct {
	Sample
	Phish  bool
	Weight float32 // how much it counts; 0 is 1
}

// Prior is what people who know such mail hold of a feature before any mail
// was counted.
type Prior struct {
	Weight float32 // nats; learning starts here and is pulled back to it
	Sign   int8    // +1, -1: the weight may not turn its sign; 0: it may
}

// Options of [Train].
type Options struct {
	Priors  map[string]Prior // features without one start at 0
	Bias    float32          // prior log odds
	Buckets int              // of words, a power of two; 0: no words
	Mails   int              // a word that fewer mails have weighs nothing: it tells who wrote, not what
	Pull    float32          // L2 towards the priors of form
	Shrink  float32          // L2 towards 0 of words
	Epochs  int
	Seed    uint64
}

// Train fits a model to examples: logistic regression by AdaGrad, each weight
// pulled towards its prior (the maximum a posteriori under Gaussian priors).
// The same examples and options give the same model. Both classes weigh the
// same in all.
func Train(examples []Example, opt Options) *Model {
	t := newTrainer(examples, opt)
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	t.count(examples)
	r := rand.New(rand.NewPCG(opt.Seed, 0x70756d70))
	for range opt.Epochs {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			t.step(&examples[i])
		}
	}
	return t.model()
}

// count counts the mails that have each word.
func (t *trainer) count(examples []Example) {
	t.mails = make([]int32, t.opt.Buckets)
	if t.opt.Buckets == 0 {
		return
	}
	last := make([]int32, t.opt.Buckets)
	for i := range examples {
		eachWord(examples[i].Sample, uint32(t.opt.Buckets-1), func(b uint32) {
			if last[b] != int32(i)+1 {
				last[b] = int32(i) + 1
				t.mails[b]++
			}
		})
	}
}

type weight struct {
	w, prior, sum float32 // sum of squared gradients
	sign          int8
}

type trainer struct {
	opt     Options
	form    map[string]*weight
	bias    weight
	words   []weight
	mails   []int32    // how many mails have a word, by bucket
	classes [2]float32 // what one example of each class counts
	n       float32
	buckets []uint32 // of the sample at hand
}

func newTrainer(examples []Example, opt Options) *trainer {
	t := &trainer{opt: opt, form: map[string]*weight{}, words: make([]weight, opt.Buckets), n: float32(len(examples))}
	t.bias = weight{w: opt.Bias, prior: opt.Bias}
	for name, p := range opt.Priors {
		t.form[name] = &weight{w: p.Weight, prior: p.Weight, sign: p.Sign}
	}
	var total [2]float32
	for i := range examples {
		total[class(&examples[i])] += count(&examples[i])
	}
	for k, n := range total {
		if n > 0 {
			t.classes[k] = (total[0] + total[1]) / 2 / n
		}
	}
	return t
}

func class(e *Example) int {
	if e.Phish {
		return 1
	}
	return 0
}

func count(e *Example) float32 {
	if e.Weight == 0 {
		return 1
	}
	return e.Weight
}

const rate = 0.1

// step moves the weights along the gradient of one example.
func (t *trainer) step(e *Example) {
	z := t.bias.w
	for _, f := range e.Features {
		if t.form[f.Name] == nil {
			t.form[f.Name] = &weight{}
		}
		z += t.form[f.Name].w * f.Value
	}
	t.buckets = t.buckets[:0]
	if t.opt.Buckets > 0 {
		eachWord(e.Sample, uint32(t.opt.Buckets-1), func(b uint32) { t.buckets = append(t.buckets, b) })
	}
	var norm, words float32
	if n := len(t.buckets); n > 0 {
		norm = float32(1 / math.Sqrt(float64(n)))
		for _, b := range t.buckets {
			words += t.words[b].w * norm
		}
	}
	z += float32(bound(float64(words), MaxWords))
	p := float32(1 / (1 + math.Exp(-float64(z))))
	g := p - float32(class(e))
	g *= t.classes[class(e)] * count(e)

	t.bias.move(g, 0)
	for _, f := range e.Features {
		w := t.form[f.Name]
		w.move(g*f.Value, t.opt.Pull/t.n*(w.w-w.prior))
	}
	for _, b := range t.buckets {
		if int(t.mails[b]) < t.opt.Mails {
			continue
		}
		w := &t.words[b]
		w.move(g*norm, t.opt.Shrink*w.w)
	}
}

func (w *weight) move(g, pull float32) {
	g += pull
	w.sum += g * g
	if w.sum == 0 {
		return
	}
	w.w -= rate * g / float32(math.Sqrt(float64(w.sum))+1e-6)
	if w.sign > 0 && w.w < 0 || w.sign < 0 && w.w > 0 {
		w.w = 0
	}
}

// model rounds the weights to what is kept.
func (t *trainer) model() *Model {
	m := &Model{Bias: t.bias.w, Form: map[string]float32{}, Words: make([]int8, len(t.words))}
	for name, w := range t.form {
		m.Form[name] = float32(math.Round(float64(w.w)*1000) / 1000)
	}
	var top float32
	for _, w := range t.words {
		top = max(top, w.w, -w.w)
	}
	if top == 0 {
		m.Words = nil
		return m
	}
	m.Scale = top / 127
	for i, w := range t.words {
		m.Words[i] = int8(math.Round(float64(w.w / m.Scale)))
	}
	return m
}
