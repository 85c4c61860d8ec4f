package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/pumphandle/pumphandle/detect"
	"go.yaml.in/yaml/v3"
)

// ridge is how strongly a factor is held to 1, where the measure was designed
// to be: in candidates. Evidence seldom seen keeps what its design says.
const ridge = 20.0

// learned are the detectors whose evidence is weighed by what months taught. The
// others are sequential tests of one source or one account, right by their
// design; what simulated networks and accounts look like would only spoil them.
var learned = []string{"account_slow", "new_client", "org_change", "shared_client", "shared_network"}

// fit learns a factor for each measure of each detector and the prior.
func fit(file, weightsFile, plotFile string) error {
	list, err := load(file)
	if err != nil {
		return err
	}
	byDetector := map[string][]candidate{}
	scenarios := map[string]bool{}
	for _, c := range list {
		byDetector[c.Detector] = append(byDetector[c.Detector], c)
		scenarios[c.Scenario] = true
	}
	w := detect.Weights{
		Trained:   fmt.Sprintf("%d candidates of simulated months of %d scenarios (bench/calibrate)", len(list), len(scenarios)),
		Detectors: map[string]detect.DetectorWeights{},
	}
	var held []prediction
	fmt.Printf("%-16s %10s %8s %10s %10s %10s %10s\n", "detector", "candidates", "true", "before", "after", "found .9", "false .9")
	for _, name := range slices.Sorted(maps.Keys(byDetector)) {
		cs := byDetector[name]
		even(cs)
		m := learn(cs)
		w.Detectors[name] = m.weights()
		var mine []prediction
		for fold := range folds {
			var train, test []candidate
			for _, c := range cs {
				if foldOf(c.Scenario) == fold {
					test = append(test, c)
				} else {
					train = append(train, c)
				}
			}
			if len(test) == 0 || len(train) == 0 {
				continue
			}
			trained := learn(train)
			for _, c := range test {
				mine = append(mine, prediction{trained.p(c), c})
			}
		}
		report(name, cs, mine)
		held = append(held, mine...)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "# What the evidence of each detector is worth: a factor on the nats that each\n# measure gives by its design, and a prior (log odds). Written by bench/calibrate\n# from simulated months; docs/detection/calibration.md says how.\n")
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := enc.Encode(w); err != nil {
		return err
	}
	if err := os.WriteFile(weightsFile, text.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Printf("\nreliability, each scenario by weights that never saw it\n")
	bins := reliability(held)
	for _, b := range bins {
		fmt.Printf("  said %.3f  true %.3f  of %.1f\n", b.said, b.true, b.n)
	}
	fmt.Printf("  expected calibration error %.3f, Brier score %.4f\n", calibrationError(bins), brier(held))
	return os.WriteFile(plotFile, plot(bins), 0o644)
}

func load(file string) ([]candidate, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []candidate
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var c candidate
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b candidate) int { // workers write in any order
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Detector, b.Detector), cmp.Compare(a.Subject, b.Subject))
	})
	return list, sc.Err()
}

const folds = 6

// foldOf puts whole scenarios into folds.
func foldOf(scenario string) int {
	h := uint32(2166136261)
	for _, b := range []byte(scenario) {
		h = (h ^ uint32(b)) * 16777619
	}
	return int(h>>8) % folds
}

// model is a logistic regression whose factors are not negative.
type model struct {
	terms   []string
	factors []float64
	prior   float64
	seen    []float64 // weight of the candidates in which the term is not zero
}

func (m *model) p(c candidate) float64 {
	x := m.prior
	for i, t := range m.terms {
		x += m.factors[i] * c.Nats[t]
	}
	return 1 / (1 + math.Exp(-x))
}

func (c candidate) hit() float64 {
	if c.Share >= 0.5 {
		return 1
	}
	return 0
}

// least is the smallest factor of what speaks against a campaign on logs of which
// the months have few: exposed hosts with a weather of hundreds a day. It must
// not be learned away.
var least = map[string]float64{"no_client_named": 0.7}

// learn maximises the penalised likelihood by coordinate-wise Newton steps,
// each factor kept in [0, 3].
func learn(cs []candidate) *model {
	seen := map[string]float64{}
	for _, c := range cs {
		for t, x := range c.Nats {
			if x != 0 {
				seen[t] += c.Weight
			}
		}
	}
	m := &model{terms: slices.Sorted(maps.Keys(seen)), prior: -6}
	for _, t := range m.terms {
		m.factors = append(m.factors, 1)
		m.seen = append(m.seen, seen[t])
	}
	x := make([]float64, len(cs))
	for i, c := range cs {
		x[i] = m.prior
		for k, t := range m.terms {
			x[i] += m.factors[k] * c.Nats[t]
		}
	}
	for range 200 {
		moved := 0.0
		step := func(value func(i int) float64, now, hold, strength, low, high float64) float64 {
			g, h := strength*(now-hold), strength+1e-9
			for i, c := range cs {
				v := value(i)
				if v == 0 {
					continue
				}
				p := 1 / (1 + math.Exp(-x[i]))
				g += c.Weight * (p - c.hit()) * v
				h += c.Weight * p * (1 - p) * v * v
			}
			to := min(high, max(low, now-max(-0.5, min(0.5, g/h))))
			for i := range cs {
				x[i] += (to - now) * value(i)
			}
			moved = max(moved, math.Abs(to-now))
			return to
		}
		m.prior = step(func(int) float64 { return 1 }, m.prior, -6, 0.02, -20, 5)
		for k, t := range m.terms {
			m.factors[k] = step(func(i int) float64 { return cs[i].Nats[t] }, m.factors[k], 1, ridge, least[t], 3)
		}
		if moved < 1e-4 {
			break
		}
	}
	return m
}

func (m *model) weights() detect.DetectorWeights {
	w := detect.DetectorWeights{Prior: math.Round(m.prior*100) / 100, Terms: map[string]float64{}}
	for i, t := range m.terms {
		w.Terms[t] = math.Round(m.factors[i]*100) / 100
	}
	return w
}

type prediction struct {
	p float64
	c candidate
}

func report(name string, cs []candidate, held []prediction) {
	n, good, found, wrong, before, after := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
	for _, c := range cs {
		n += c.Weight
		good += c.Weight * c.hit()
		x := -6.0
		for _, v := range c.Nats {
			x += v
		}
		before += c.Weight * loss(1/(1+math.Exp(-x)), c.hit())
	}
	for _, h := range held {
		after += h.c.Weight * loss(h.p, h.c.hit())
		if h.p >= detect.Alert {
			if h.c.hit() == 1 {
				found += h.c.Weight
			} else {
				wrong += h.c.Weight
				if os.Getenv("WRONG") != "" {
					fmt.Printf("  %.3f share %.2f %s %s %s %v\n", h.p, h.c.Share, h.c.Detector, h.c.Month, h.c.Subject, h.c.Nats)
				}
			}
		}
	}
	fmt.Printf("%-16s %10.0f %8.1f %10.4f %10.4f %10.1f %10.1f\n", name, n, good, before/n, after/n, found, wrong)
}

// even lets all candidates of a month that are true count for at most a few: a
// thousand accounts of one spray are one experience.
func even(cs []candidate) {
	const most = 4.0
	type side struct {
		month string
		hit   float64
	}
	total := map[side]float64{}
	for _, c := range cs {
		total[side{c.Month, c.hit()}] += c.Weight
	}
	for i := range cs {
		if n := total[side{cs[i].Month, cs[i].hit()}]; n > most && cs[i].hit() == 1 {
			cs[i].Weight *= most / n
		}
	}
}

func loss(p, y float64) float64 {
	p = min(1-1e-9, max(1e-9, p))
	return -y*math.Log(p) - (1-y)*math.Log(1-p)
}

type bin struct{ said, true, n float64 }

// reliability groups predictions by what was said.
func reliability(held []prediction) []bin {
	edges := []float64{0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.01}
	bins := make([]bin, len(edges))
	for _, h := range held {
		k := slices.IndexFunc(edges, func(e float64) bool { return h.p < e })
		bins[k].said += h.p * h.c.Weight
		bins[k].true += h.c.hit() * h.c.Weight
		bins[k].n += h.c.Weight
	}
	var out []bin
	for _, b := range bins {
		if b.n > 0 {
			out = append(out, bin{b.said / b.n, b.true / b.n, b.n})
		}
	}
	return out
}

func calibrationError(bins []bin) float64 {
	n, sum := 0.0, 0.0
	for _, b := range bins {
		n += b.n
		sum += b.n * math.Abs(b.said-b.true)
	}
	return sum / n
}

func brier(held []prediction) float64 {
	n, sum := 0.0, 0.0
	for _, h := range held {
		n += h.c.Weight
		sum += h.c.Weight * (h.p - h.c.hit()) * (h.p - h.c.hit())
	}
	return sum / n
}
