// Quick look: scenarios x seeds (not committed).
package main

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime/pprof"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/simulate"
)

var (
	orgs    = flag.Int("orgs", 10, "")
	seeds   = flag.Int("seeds", 2, "")
	seed0   = flag.Int("seed", 1, "")
	names   = flag.String("s", "all", "")
	verbose = flag.Bool("v", false, "")
	rate    = flag.Float64("rate", 0, "")
	imitate = flag.Bool("imitate", false, "")
	noua    = flag.Bool("noua", false, "")
	nonet   = flag.Bool("nonet", false, "")
	days    = flag.Float64("days", 0, "")
	accts   = flag.Int("accounts", 0, "accounts tried")
	vary    = flag.Bool("vary", false, "")
	gaps    = flag.Float64("gaps", 0, "")
	hist    = flag.Float64("hist", -1, "days of history kept")
	wide    = flag.Float64("thr", 0.9, "")
	reuse   = flag.Int("reuse", 0, "")
	prof    = flag.String("prof", "", "")
)

type res struct {
	name                                  string
	orgF, orgN, accF, accN, srcF, srcN    int
	reported, extra, camps, false_, wrong int
	tWrong                                int
	events                                int
	judge                                 time.Duration
	note                                  string
}

func one(name string, seed uint64) res {
	names := strings.Split(name, "+")
	spec, err := simulate.Single(names[0], "entra-graph", *orgs, *days, seed)
	for _, more := range names[1:] {
		other, err := simulate.Single(more, "entra-graph", *orgs, *days, seed)
		if err != nil {
			panic(err)
		}
		spec.Days = max(spec.Days, other.Days)
		c := other.Campaigns[0]
		c.Start = c.Start.Add(5 * time.Hour)
		spec.Campaigns = append(spec.Campaigns, c)
	}
	if err != nil {
		if name == "quiet" {
			spec, _ = simulate.Single("real-a", "entra-graph", 22, 10, seed)
			spec.Campaigns = nil
			spec.Days = 30
		} else {
			panic(err)
		}
	}
	for i := range spec.Campaigns {
		spec.Campaigns[i].Rate, spec.Campaigns[i].Imitate, spec.Campaigns[i].Accounts = *rate, *imitate, *accts
		spec.Campaigns[i].Reuse = *reuse
	}
	if *gaps > 0 {
		spec.Background.Gaps = *gaps
	}
	if *vary {
		variety(seed)(&spec)
	}
	facts := map[org.ID]*ledger.Ledger{}
	n := 0
	m, err := simulate.Watch(context.Background(), spec, func(s simulate.Seen) {
		l := facts[s.Org]
		if l == nil {
			l = ledger.New(ledger.Budget{})
			facts[s.Org] = l
		}
		if *hist >= 0 && s.Event.Time.Before(spec.Campaigns[0].Start.Add(-time.Duration(*hist*24)*time.Hour)) {
			return
		}
		n++
		if *noua {
			s.Event.UserAgent = ""
		}
		if *nonet {
			s.Event.ASN, s.Event.Country = 0, ""
		}
		l.Add(s.Event, "x")
	})
	if err != nil {
		panic(err)
	}
	dir := &org.Directory{}
	_ = dir
	t0 := time.Now()
	r := run.Judge(run.Config{Actors: actor.Starter()}, facts)
	x := res{name: name, events: n, judge: time.Since(t0)}
	type key struct {
		o org.ID
		a string
	}
	if len(names) > 1 {
		byCamp := map[string]map[key]int{}
		for _, l := range m.Labels {
			if byCamp[l.Campaign] == nil { byCamp[l.Campaign] = map[key]int{} }
			for _, a := range l.Accounts { byCamp[l.Campaign][key{l.Org, a.Account}] = a.Attempts }
		}
		for i, c := range r.Campaigns {
			line := fmt.Sprintf("      %s orgs %d", c.ID, len(c.Members))
			for n, accs := range byCamp {
				hit, tot := 0, 0
				for _, t := range r.Targets[i] {
					o := org.ID(strings.TrimSuffix(string(t.Org), ".example"))
					for _, a := range t.Accounts { tot++; if accs[key{o, a.Account}] > 0 { hit++ } }
				}
				line += fmt.Sprintf("  %s %d/%d of %d", n, hit, len(accs), tot)
			}
			fmt.Println(line, c.Features.Attempts, c.Kinds)
		}
	}
	want := map[key]outcome.Outcome{}
	src := map[org.ID]map[netip.Addr]bool{}
	lorg := map[org.ID]outcome.Outcome{}
	fix := func(o org.ID) org.ID { return o }
	for _, l := range m.Labels {
		x.orgN++
		lorg[l.Org] = l.Outcome
		for _, a := range l.Accounts {
			want[key{l.Org, a.Account}] = a.Outcome
			x.accN++
		}
		src[l.Org] = map[netip.Addr]bool{}
		for _, s := range l.Sources {
			src[l.Org][s] = true
			x.srcN++
		}
	}
	seenAcc := map[key]bool{}
	seenOrg := map[org.ID]bool{}
	seenSrc := map[org.ID]map[netip.Addr]bool{}
	var notes []string
	for i, c := range r.Campaigns {
		hit, all := 0, 0
		for _, t := range r.Targets[i] {
			o := org.ID(strings.TrimSuffix(string(t.Org), ".example"))
			_ = fix
			h := 0
			for _, a := range t.Accounts {
				all++
				w, ok := want[key{o, a.Account}]
				if ok {
					h++
					hit++
					if !seenAcc[key{o, a.Account}] {
						x.accF++
						seenAcc[key{o, a.Account}] = true
					}
					if w != a.Outcome {
						x.wrong++
						if len(notes) < 30 {
							notes = append(notes, fmt.Sprintf("%s %s is %s, found %s: %s", o, a.Account, w, a.Outcome, a.Why))
						}
					}
				}
			}
			if h > 0 {
				if !seenOrg[o] {
					seenOrg[o] = true
					x.orgF++
				}
				if t.Outcome != lorg[o] {
					x.tWrong++
				}
			}
			if seenSrc[o] == nil {
				seenSrc[o] = map[netip.Addr]bool{}
			}
			for _, s := range t.Sources {
				if src[o][s] && !seenSrc[o][s] {
					seenSrc[o][s] = true
					x.srcF++
				}
			}
		}
		x.reported += all
		x.extra += all - hit
		if 2*hit >= all && hit > 0 {
			x.camps++
		} else {
			x.false_++
		}
		notes = append(notes, fmt.Sprintf("%s %v orgs %d acc %d hit %d tries %d src %d  %s..%s conf %.2f", c.ID, c.Kinds, len(c.Members), all, hit, c.Features.Attempts, c.Features.Sources, c.First.Format("01-02T15"), c.Last.Format("01-02T15"), c.Confidence))
		ex := 0
		for _, m := range c.Members {
			sc := r.Scenes[m.Org]
			o := org.ID(strings.TrimSuffix(string(m.Org), ".example"))
			for _, i := range m.Attempts {
				a := sc.Attempt(i)
				if _, ok := want[key{o, sc.Account(a.Account).String()}]; !ok && ex < 12 {
					ex++
					notes = append(notes, fmt.Sprintf("      extra %s %s %s %s %s %s nov %b", o, sc.Account(a.Account), a.Time().Format("01-02T15:04"), sc.Addr(a.Addr), a.Class, sc.Client(a.Client).Label(), sc.Novelty[i]))
				}
			}
		}
		type agg struct{ n, att, hit int; list []string }
		byD := map[string]*agg{}
		for _, f := range c.Findings {
			g := byD[f.Detector]
			if g == nil { g = &agg{}; byD[f.Detector] = g }
			g.n++
			sc := r.Scenes[f.Org]
			o := org.ID(strings.TrimSuffix(string(f.Org), ".example"))
			h := 0
			for _, i := range f.Attempts {
				if _, ok := want[key{o, sc.Account(sc.Attempt(i).Account).String()}]; ok { h++ }
			}
			g.att += len(f.Attempts); g.hit += h
			if 2*h < len(f.Attempts) && len(g.list) < 6 {
				ev := ""
				for _, e := range f.Evidence { ev += fmt.Sprintf(" %s=%.2f(%+.1f)", e.What, e.Value, e.Weight) }
				g.list = append(g.list, fmt.Sprintf("%s %q %.3f n=%d hit=%d %s..%s%s", f.Org, f.Subject, f.Score, len(f.Attempts), h, f.First.Format("01-02T15"), f.Last.Format("01-02T15"), ev))
			}
		}
		for d, g := range byD {
			notes = append(notes, fmt.Sprintf("      %-16s findings %d attempts %d hit %d", d, g.n, g.att, g.hit))
			for _, l := range g.list { notes = append(notes, "          dirty: "+l) }
		}
	}
	if *verbose {
		for _, f := range r.Findings {
			if f.Score < 0.9 && f.Score > 0.0 && f.Detector != "source_spray" && f.Detector != "account_brute" && f.Detector != "familiar_spray" {
				hit := 0
				s := r.Scenes[f.Org]
				o := org.ID(strings.TrimSuffix(string(f.Org), ".example"))
				for _, i := range f.Attempts {
					if _, ok := want[key{o, s.Account(s.Attempt(i).Account).String()}]; ok {
						hit++
					}
				}
				notes = append(notes, fmt.Sprintf("  below: %s %s %s %.4f n=%d hit=%d %s..%s", f.Detector, f.Org, f.Subject, f.Score, len(f.Attempts), hit, f.First.Format("01-02T15"), f.Last.Format("01-02T15")))
				if hit > 0 {
					for _, e := range f.Evidence {
						notes = append(notes, fmt.Sprintf("      %-26s %8.2f %+6.2f %s", e.What, e.Value, e.Weight, e.Text))
					}
				}
			}
		}
	}
	x.note = strings.Join(notes, "\n    ")
	return x
}

func main() {
	flag.Parse()
	if *prof != "" {
		f, _ := os.Create(*prof)
		pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	var list []string
	if *names == "all" {
		for _, s := range simulate.Scenarios() {
			list = append(list, s.Name)
		}
		list = append(list, "quiet")
	} else {
		list = strings.Split(*names, ",")
	}
	type job struct {
		name string
		seed int
	}
	jobs := make(chan job)
	var mu sync.Mutex
	var all []res
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for j := range jobs {
				x := one(j.name, uint64(j.seed))
				mu.Lock()
				fmt.Printf("%-16s s%-2d orgs %2d/%2d acc %5d/%5d src %6d/%6d rep %5d extra %4d camps %2d false %2d wrong %3d tw %2d ev %7d %5.1fs\n", x.name, j.seed, x.orgF, x.orgN, x.accF, x.accN, x.srcF, x.srcN, x.reported, x.extra, x.camps, x.false_, x.wrong, x.tWrong, x.events, x.judge.Seconds())
				if *verbose {
					fmt.Println("    " + x.note)
				}
				all = append(all, x)
				mu.Unlock()
			}
		})
	}
	for _, n := range list {
		for s := range *seeds {
			jobs <- job{n, *seed0 + s}
		}
	}
	close(jobs)
	wg.Wait()
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
}

// variety makes the background of a month another one: quieter or noisier,
// with more typing errors, scanners, people behind Tor, a day on which all
// passwords had to be changed.
func variety(seed uint64) func(*simulate.Spec) {
	return func(s *simulate.Spec) {
		b := &s.Background
		b.NoiseBase *= []float64{0.3, 1, 2, 4}[seed%4]
		b.NoisePerAccount *= []float64{1, 3}[seed/4%2]
		b.NoiseShape *= []float64{0.5, 1, 2}[seed%3]
		b.SignIns *= []float64{0.7, 1, 1.6}[seed/2%3]
		b.TypoAgain = []float64{0.1, 0.3}[seed%2]
		b.NewAddress *= []float64{1, 3}[seed/3%2]
		if seed%3 == 0 { // a hard one
			b.Gateway, b.Relay, b.LongTail = 0.4, 0.12, 0.3
			b.Joiners, b.Leavers, b.Guests = 0.05, 0.05, 0.05
			b.Outages, b.BridgeOutages, b.Workloads = 3, 3, 10
			b.Apps, b.StaleShare = 5, 0.04
		}
		for i := range s.Orgs {
			o := &s.Orgs[i]
			k := uint64(i) + seed
			o.Accounts = []int{150, 400, 400, 900}[k%4]
			o.ScannerRuns = int(k % 3)
			o.TorUsers = []int{0, 0, 4}[k%3]
			if k%5 == 0 {
				o.Rotation = s.Start.AddDate(0, 0, int(3+k%10))
			}
		}
	}
}
