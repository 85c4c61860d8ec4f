package campaign

import (
	"math"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
)

// A host that faces the Internet is guessed at by many unrelated programs all
// the time (Guardz, Dec 2025 - Mar 2026: about 600,000 wrong passwords a week,
// constant over twelve weeks, at every tenant). That is hostile, but it is
// weather and not a campaign against the organisation.
const (
	// storms is how many single sources may attack one organisation at the
	// same time before they are taken for weather.
	storms = 12
	// standsOut is how many times the median number of attempts a finding of
	// the weather must have to stay one of its own.
	standsOut = 10
)

// clearWeather takes the single-source findings of an organisation out where
// there are so many that they are its weather, and those that hit hardly anything
// but names that do not exist: scanners. A source that proved a password right, got
// in, or worked through a sorted list is never weather.
func (c *clusterer) clearWeather(alerts []detect.Finding) (clear, weather []detect.Finding) {
	type sky struct {
		org      org.ID
		detector string
	}
	single := map[sky][]int{}
	for i, f := range alerts {
		switch f.Detector {
		case "source_spray", "account_brute":
			k := sky{f.Org, f.Detector}
			single[k] = append(single[k], i)
		case "shared_source":
			k := sky{"", f.Detector}
			single[k] = append(single[k], i)
		}
	}
	out := make([]bool, len(alerts))
	kept := map[string]bool{} // sources at several organisations that are no weather at one
	for _, list := range single {
		var sizes []int
		for _, i := range list {
			sizes = append(sizes, len(alerts[i].Attempts))
		}
		slices.Sort(sizes)
		large := standsOut * sizes[len(sizes)/2]
		if at, _ := slices.BinarySearch(sizes, large); len(sizes)-at > storms {
			large = sizes[len(sizes)-1] + 1 // where many stand out, nobody does
		}
		when := newTimes(alerts, list)
		for _, i := range list {
			f := alerts[i]
			common := when.concurrent(f) > storms && len(f.Attempts) < large
			special := ordered(f) || c.gotSomewhere(c.scenes[f.Org], f)
			out[i] = (common || scans(f)) && !special
			kept[f.Subject] = kept[f.Subject] || special && f.Detector == "shared_source"
		}
	}
	named := byName(alerts)
	for i, f := range alerts {
		if c.everybodysName(named, f) && !c.gotSomewhere(c.scenes[f.Org], f) {
			out[i] = true
		}
	}
	weather = alerts[:0] // it is nearly all of them
	for i, f := range alerts {
		if out[i] && !kept[f.Subject] {
			weather = append(weather, f)
		} else {
			clear = append(clear, f)
		}
	}
	return clear, weather
}

// onEveryList are names that programs try on any host and tenant; root, admin and
// test lead every published list of what honeypots see.
var onEveryList = []string{"root", "admin", "administrator", "test", "guest", "user", "ubuntu", "oracle", "postgres", "info"}

// everybodysName reports whether a finding about one account is about a name
// that everybody guesses: tried from many addresses, and on every list or at
// three organisations at once.
func (c *clusterer) everybodysName(named map[nameKey][]detect.Finding, f detect.Finding) bool {
	if f.Detector != "account_brute" && f.Detector != "account_slow" || !c.fromMany(f) {
		return false
	}
	key := nameOf(f)
	if slices.Contains(onEveryList, key.name) {
		return true
	}
	orgs := map[org.ID]bool{}
	for _, g := range named[key] {
		if !g.First.After(f.Last) && !g.Last.Before(f.First) {
			if orgs[g.Org] = true; len(orgs) >= 3 {
				return true
			}
		}
	}
	return false
}

// nameKey is a detector and the name of an account, whatever its organisation.
type nameKey struct{ detector, name string }

func nameOf(f detect.Finding) nameKey {
	name, _, _ := strings.Cut(f.Subject, "@")
	return nameKey{f.Detector, name}
}

func byName(alerts []detect.Finding) map[nameKey][]detect.Finding {
	named := map[nameKey][]detect.Finding{}
	for _, f := range alerts {
		if f.Detector == "account_brute" || f.Detector == "account_slow" {
			named[nameOf(f)] = append(named[nameOf(f)], f)
		}
	}
	return named
}

// fromMany reports whether a finding is about more addresses than one attacker
// of one account would need.
func (c *clusterer) fromMany(f detect.Finding) bool {
	const many = 50
	s := c.scenes[f.Org]
	addrs := map[uint32]bool{}
	for _, i := range f.Attempts {
		if addrs[s.AttemptAddr(i)] = true; len(addrs) > many {
			return true
		}
	}
	return false
}

// scans reports whether half of the names tried or more do not exist: whoever
// sprays an organisation knows its people better.
func scans(f detect.Finding) bool {
	return slices.ContainsFunc(f.Evidence, func(e detect.Evidence) bool { return e.What == "unknown_names" && e.Value >= 0.5 })
}

// ordered reports whether the accounts were worked through in order: somebody
// went through a list, which the weather does not.
func ordered(f detect.Finding) bool {
	return slices.ContainsFunc(f.Evidence, func(e detect.Evidence) bool { return e.What == "alphabetical" })
}

// times is when the findings of a list begin and end, each sorted; those about
// one source at several organisations are one.
type times struct{ first, last []int64 }

func newTimes(alerts []detect.Finding, list []int) times {
	type span struct{ first, last int64 }
	spans := map[string]span{}
	for _, i := range list {
		f := alerts[i]
		key := f.ID
		if f.Whole != "" {
			key = f.Whole
		}
		x, ok := spans[key]
		if !ok {
			x = span{f.First.UnixMilli(), f.Last.UnixMilli()}
		}
		spans[key] = span{min(x.first, f.First.UnixMilli()), max(x.last, f.Last.UnixMilli())}
	}
	var t times
	for _, x := range spans {
		t.first, t.last = append(t.first, x.first), append(t.last, x.last)
	}
	slices.Sort(t.first)
	slices.Sort(t.last)
	return t
}

// concurrent counts the findings that overlap f in time: all but those that
// ended before it or began after.
func (t times) concurrent(f detect.Finding) int {
	ended, _ := slices.BinarySearch(t.last, f.First.UnixMilli())
	began, _ := slices.BinarySearch(t.first, f.Last.UnixMilli()+1)
	return began - ended
}

// gotSomewhere reports whether an attempt proved a password right, or an
// account tried signed in from one of the sources afterwards.
func (c *clusterer) gotSomewhere(s *detect.Scene, f detect.Finding) bool {
	type pair struct{ account, addr uint32 }
	tried := map[pair]int64{}
	for _, i := range f.Attempts {
		a := s.Attempt(i)
		if a.Class.ConfirmsPassword() {
			return true
		}
		if s.UsersOf(a.Net, math.MaxInt64) == 0 {
			continue // nobody got in from there
		}
		if k := (pair{a.Account, a.Addr}); tried[k] == 0 {
			tried[k] = a.At
		}
	}
	for k, at := range tried {
		in := false
		before := false
		s.Successes(k.account, func(x ledger.Success) bool {
			if x.Addr == k.addr {
				in = in || x.Last >= at
				before = before || x.First < at
			}
			return true
		})
		if in && !before {
			return true
		}
	}
	return false
}
