// Package run wires the chain: read, belong, remember, find, join, name,
// judge, and what is written of it. It is the one package that knows all
// steps; [Scan] shows them from top to bottom.
package run

import (
	"context"
	"io"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/signin"
)

// Config is what a scan is told.
type Config struct {
	Paths []string  // files, directories, or "-"
	Stdin io.Reader // what "-" reads

	Orgs   *org.Directory // nil: organisations are inferred
	Format *signin.Format // nil: recognised by content
	Mail   *mail.Format   // forced for every input; nil: recognised by content
	Mapped *signin.Format // of a mapping file: reads what is not recognised; may be nil
	Year   int            // of the last stamp in logs whose stamps have none
	Zone   *time.Location // of stamps that have none
	Since  time.Time      // events before are left out; zero: none
	Until  time.Time      // events at or after are left out; zero: none

	Examine    Examiner // of mails; nil: mail is not read
	MailBudget int      // how many mails a day the ranking puts before people at one organisation; 0: detect.DefaultMailBudget

	Actors *actor.Base
	Model  *attribute.Model              // what was learned from Actors; nil: constants
	Locate func(netip.Addr) ledger.Place // nil: only what the log says; called by one worker at a time
	Budget ledger.Budget                 // of the facts of all organisations together

	// Facts are those of earlier scans, by the key under which they were
	// kept; Known are the campaigns found then.
	Facts map[org.ID]*ledger.Ledger
	Known []campaign.Known

	// Decisions are what people decided of the campaigns, by id; Assessed is
	// what was said of each the last time.
	Decisions map[string][]attribute.Decision
	Assessed  map[string]attribute.Assessment

	Hearsay *Hearsay // what was imported of others; nil: nothing

	Workers  int // files read, and organisations judged, at the same time; 0: one
	Progress func(Progress)
	Warn     func(file string, err error) // a damaged record or an unread input; may be called from several goroutines
}

// Result is what a scan found.
type Result struct {
	Campaigns   []campaign.Campaign // in order of their first attempt
	Keys        [][]uint64          // by campaign: the marks by which the next scan knows it again
	Targets     [][]outcome.Target  // by campaign, in order of organisation
	Assessments []attribute.Assessment
	Reassessed  []Reassessed     // what is now said otherwise than the last time; set where there is a store
	Findings    []detect.Finding // all, also those below detect.Alert
	Unheard     map[string]int   // names in imported assertions about these campaigns that nobody bears in the actor base, or several do
	Digests     []Digest
	Stats       Stats

	Scenes map[org.ID]*detect.Scene  // what the judgement rests on, for explain
	Facts  map[org.ID]*ledger.Ledger // by key, for the store
}

// Scan reads what cfg names and judges it. Inputs and records that cannot be
// read are reported in the statistics and to cfg.Warn; only a cancelled
// context or a mistake in cfg is an error.
func Scan(ctx context.Context, cfg Config) (*Result, error) {
	start := time.Now()
	defer lean()()
	facts, stats, err := read(ctx, cfg) // read, belong, remember
	if err != nil {
		return nil, err
	}
	r := Judge(cfg, facts)
	r.Stats = stats
	forgotten(&r.Stats, r.Scenes)
	r.Stats.Seconds = time.Since(start).Seconds()
	return r, nil
}

// Judge is the pure half of the chain: the same facts, the same result.
func Judge(cfg Config, facts map[org.ID]*ledger.Ledger) *Result {
	scenes := stage(cfg, facts)
	return conclude(cfg, facts, scenes, detect.RunEach(scenes, cfg.each)) // find
}

// conclude is what follows from findings.
func conclude(cfg Config, facts map[org.ID]*ledger.Ledger, scenes []*detect.Scene, findings []detect.Finding) *Result {
	campaigns, weather := campaign.Cluster(scenes, findings) // join
	r := &Result{Campaigns: campaigns, Findings: findings, Facts: facts, Scenes: map[org.ID]*detect.Scene{}}
	for _, s := range scenes {
		r.Scenes[s.Org] = s
	}
	for _, c := range campaigns {
		r.Keys = append(r.Keys, campaign.Keys(c, scenes))
	}
	campaign.Number(campaigns, scenes, cfg.Known)
	assessor := attribute.NewAssessor(cfg.Actors, cfg.Model)
	for _, c := range campaigns {
		var targets []outcome.Target
		for _, m := range c.Members {
			targets = append(targets, outcome.Judge(c, m, r.Scenes[m.Org])) // judge
		}
		r.Targets = append(r.Targets, targets)
	}
	heard := cfg.Hearsay.about(r, assessor)
	for i, c := range campaigns {
		one := attribute.Case{Campaign: c, Victims: victims(cfg.Orgs, c), Given: heard[i]}
		a := assessor.JudgeDecided(one, cfg.Hearsay.oneOrigin(cfg.Decisions[c.ID])) // name
		r.Assessments = append(r.Assessments, dated(a, cfg.Assessed[c.ID]))
	}
	r.Digests = digests(scenes, campaigns, weather)
	return r
}

// stage makes a scene of each organisation. Without an organisations file,
// ledgers that turn out to be of one organisation are merged.
func stage(cfg Config, facts map[org.ID]*ledger.Ledger) []*detect.Scene {
	shown := facts
	if cfg.Orgs == nil {
		shown = inferred(cfg.Budget, facts)
	}
	ids := slices.Sorted(maps.Keys(shown))
	views := make([]*ledger.View, len(ids))
	var asking sync.Mutex
	for i, id := range ids { // one after the other: ledgers share a budget
		if views[i] = shown[id].View(); cfg.Locate != nil {
			views[i].Locate(func(a netip.Addr) ledger.Place {
				asking.Lock()
				defer asking.Unlock()
				return cfg.Locate(a)
			})
		}
	}
	scenes := make([]*detect.Scene, len(ids))
	cfg.each(len(ids), func(i int) {
		scenes[i] = detect.NewScene(ids[i], views[i])
		scenes[i].MailBudget = cfg.MailBudget
	})
	return scenes
}

// each calls do for 0 to n-1, as many at a time as there are workers.
func (cfg Config) each(n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(max(1, cfg.Workers), n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// inferred puts ledgers kept under a tenant's id under the name that the
// tenant's accounts give it (org.Names).
func inferred(b ledger.Budget, facts map[org.ID]*ledger.Ledger) map[org.ID]*ledger.Ledger {
	domains := map[org.ID]map[string]int{}
	for id, l := range facts {
		domains[id] = map[string]int{}
		l.KnownAccounts(func(n ledger.Name) {
			if d := org.AccountDomain(n.User); d != "" {
				domains[id][d]++
			}
		})
	}
	names := org.Names(domains)
	groups := map[org.ID][]org.ID{}
	for id := range facts {
		groups[names[id]] = append(groups[names[id]], id)
	}
	shown := map[org.ID]*ledger.Ledger{}
	for name, ids := range groups {
		if len(ids) == 1 {
			shown[name] = facts[ids[0]]
			continue
		}
		shown[name] = ledger.New(b)
		slices.Sort(ids)
		for _, id := range ids {
			shown[name].Merge(facts[id])
		}
	}
	return shown
}

// victims is what attribution may know of the organisations hit.
func victims(dir *org.Directory, c campaign.Campaign) attribute.Victims {
	var v attribute.Victims
	if dir == nil {
		return v
	}
	for _, m := range c.Members {
		if o, ok := dir.Lookup(m.Org); ok {
			v.Countries = append(v.Countries, o.Country)
			v.Sectors = append(v.Sectors, string(o.Sector))
		}
	}
	slices.Sort(v.Countries)
	slices.Sort(v.Sectors)
	v.Countries, v.Sectors = slices.Compact(v.Countries), slices.Compact(v.Sectors)
	return v
}

// forgotten notes what the memory budget has cost each organisation.
func forgotten(st *Stats, scenes map[org.ID]*detect.Scene) {
	st.Sampled, st.Coarse, st.CoarseMail = map[org.ID]int{}, map[org.ID]string{}, map[org.ID]string{}
	for id, s := range scenes {
		if n := s.Sampled(); n > 1 {
			st.Sampled[id] = n
		}
		if how := s.Coarse(); how != "" {
			st.Coarse[id] = how
		}
		if how := s.CoarseMail(); how != "" {
			st.CoarseMail[id] = how
		}
	}
}
