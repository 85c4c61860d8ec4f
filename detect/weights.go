package detect

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed weights.yaml
var weightsFile []byte

// Weights says what the evidence of detectors is worth, of those whose weights
// are learned. Every measure
// gives nats of log-likelihood ratio by its own design; the factor here is what
// labelled months taught of it, and the prior is the log odds before any
// evidence. The file is written by bench/calibrate.
type Weights struct {
	Trained   string                     `yaml:"trained"` // on what
	Detectors map[string]DetectorWeights `yaml:"detectors"`
}

// DetectorWeights is the weights of one detector.
type DetectorWeights struct {
	Prior float64            `yaml:"prior"` // log odds
	Terms map[string]float64 `yaml:"terms"` // factor by measure; a measure that is not here has the factor 1
}

// DefaultWeights returns the weights that are part of the program. They must
// not be changed.
var DefaultWeights = sync.OnceValue(func() *Weights {
	w, err := ParseWeights(weightsFile)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return w
})

// ParseWeights reads weights from YAML. Unknown keys and factors that would
// turn evidence around are errors.
func ParseWeights(text []byte) (*Weights, error) {
	var w Weights
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&w); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	for name, d := range w.Detectors {
		if !(d.Prior >= -40 && d.Prior <= 40) {
			return nil, fmt.Errorf("weights: the prior %g of %s is no log odds", d.Prior, name)
		}
		for what, factor := range d.Terms {
			if !(factor >= 0 && factor <= 3) {
				return nil, fmt.Errorf("weights: the factor %g of %s in %s is not between 0 and 3", factor, what, name)
			}
		}
	}
	return &w, nil
}

// apply multiplies each item of evidence with its factor, and returns the
// detector's prior.
func (w *Weights) apply(detector string, prior float64, evidence []Evidence) float64 {
	d, ok := w.Detectors[detector]
	if !ok {
		return prior
	}
	for i := range evidence {
		if f, ok := d.Terms[evidence[i].What]; ok {
			evidence[i].Weight = round(evidence[i].Weight*f, 3)
		}
	}
	return d.Prior
}
