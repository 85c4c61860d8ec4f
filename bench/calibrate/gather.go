package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/simulate"
)

// candidate is one finding of a month, whatever its score, with the truth.
type candidate struct {
	Scenario string             `json:"scenario"`
	Month    string             `json:"month"`
	Detector string             `json:"detector"`
	Subject  string             `json:"subject"`
	Share    float64            `json:"share"` // of its attempts that are a campaign's
	Weight   float64            `json:"weight"`
	Nats     map[string]float64 `json:"nats"` // by measure, before any factor
}

// truthKey finds a record again: the ledger keys refusals by it.
type truthKey struct {
	org org.ID
	key uint64
}

func gather(file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	list := months()
	next := make(chan month)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failed error
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range next {
				found, err := m.candidates()
				mu.Lock()
				if err != nil {
					failed = fmt.Errorf("%s: %w", m.name, err)
				}
				for _, c := range found {
					if err := enc.Encode(c); err != nil {
						failed = err
					}
				}
				fmt.Fprintf(os.Stderr, "%-40s %d candidates\n", m.name, len(found))
				mu.Unlock()
			}
		})
	}
	for _, m := range list {
		next <- m
	}
	close(next)
	wg.Wait()
	if failed != nil {
		return failed
	}
	return w.Flush()
}

// candidates lives through a month and returns all findings, unweighted.
func (m month) candidates() ([]candidate, error) {
	facts := map[org.ID]*ledger.Ledger{}
	campaign := map[truthKey]bool{}
	_, err := simulate.Watch(context.Background(), m.spec, func(s simulate.Seen) {
		l := facts[s.Org]
		if l == nil {
			l = ledger.New(ledger.Budget{})
			facts[s.Org] = l
		}
		if s.Cause == simulate.CauseCampaign || s.Cause == simulate.CauseIntruder {
			campaign[truthKey{s.Org, s.Event.Key}] = true
		}
		if m.blind {
			s.Event.UserAgent, s.Event.ASN, s.Event.Country = "", 0, ""
		}
		l.Add(s.Event, "log")
	})
	if err != nil {
		return nil, err
	}
	raw := &detect.Weights{}
	var scenes []*detect.Scene
	byOrg := map[org.ID]*detect.Scene{}
	for _, o := range m.spec.Orgs {
		if l := facts[o.ID]; l != nil {
			s := detect.NewWeighedScene(o.ID, l.View(), raw)
			scenes = append(scenes, s)
			byOrg[o.ID] = s
		}
	}
	type tally struct {
		candidate
		hit, all int
	}
	var list []*tally
	joint := map[string]*tally{} // candidates that are one at several organisations
	for _, f := range detect.Run(scenes) {
		if !slices.Contains(learned, f.Detector) {
			continue
		}
		s := byOrg[f.Org]
		t := &tally{candidate: candidate{Scenario: m.scenario, Month: m.name, Detector: f.Detector, Subject: f.Subject, Weight: 1, Nats: map[string]float64{}}}
		for _, e := range f.Evidence {
			t.Nats[e.What] += e.Weight
		}
		switch known := joint[f.Whole]; {
		case f.Whole != "" && known != nil:
			t = known
		default:
			list = append(list, t)
			if f.Whole != "" {
				joint[f.Whole] = t
			}
		}
		for _, i := range f.Attempts {
			t.all++
			if campaign[truthKey{f.Org, s.Key(i)}] {
				t.hit++
			}
		}
	}
	var out []candidate
	for _, t := range list {
		t.Share = float64(t.hit) / float64(t.all)
		out = append(out, t.candidate)
	}
	return out, nil
}
