package run

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/store"
)

// Hearsay is what was imported of others into a store, ready to be held
// against campaigns.
type Hearsay struct {
	files     []heardFile // in the order in which they were imported
	addresses map[netip.Addr][]mention
	networks  map[netip.Prefix][]mention
	bits      map[[2]int]bool // whether of 4 bytes, and lengths, of networks that are named
	clients   map[string][]mention
}

// heardFile is what one file says.
type heardFile struct {
	store.Outside
	exchange.Document
	own    exchange.Own
	origin string         // files of one origin count once
	sizes  map[string]int // addresses by the id that they are about
	actors map[string]int // place in the document
	said   map[string][]exchange.Assertion
}

// mention is one indicator of one file.
type mention struct {
	file  int
	value string
	about []string
	until time.Time
}

// heardKinds are the kinds of indicator that a campaign can match: sign-in
// logs show addresses and clients, and no domain of the attacker.
var heardKinds = []string{string(exchange.Address), string(exchange.Network), string(exchange.UserAgent)}

// recallHearsay reads what was imported. It returns nil if that is nothing.
func recallHearsay(ctx context.Context, s *store.Store) (*Hearsay, error) {
	all, err := s.Outside(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	h := &Hearsay{addresses: map[netip.Addr][]mention{}, networks: map[netip.Prefix][]mention{}, bits: map[[2]int]bool{}, clients: map[string][]mention{}}
	place := map[string]int{}
	for _, o := range all {
		var record outsideRecord
		if err := json.Unmarshal(o.Record, &record); err != nil {
			return nil, fmt.Errorf("what was imported from %s: %w", o.Name, err)
		}
		o.Record = nil
		place[o.SHA256] = len(h.files)
		f := heardFile{Outside: o, Document: record.Document, own: record.Own, sizes: map[string]int{}, actors: map[string]int{}, said: map[string][]exchange.Assertion{}}
		for n, a := range f.Actors {
			f.actors[a.ID] = n
		}
		own := map[exchange.Claim]bool{} // what an export of this program wrote: it may be our own words
		for _, c := range f.own.Claims {
			own[c] = true
		}
		for _, a := range f.Assertions {
			if !own[exchange.Claim{Subject: a.Subject, Actor: a.Actor, By: a.By}] && a.Status != "rejected" {
				f.said[a.Subject] = append(f.said[a.Subject], a)
			}
		}
		h.files = append(h.files, f)
	}
	err = s.EachIndicator(ctx, heardKinds, func(kept store.OutsideIndicator) error {
		var i exchange.Indicator
		if err := json.Unmarshal(kept.Record, &i); err != nil {
			return fmt.Errorf("indicator %q: %w", kept.Value, err)
		}
		h.mention(place[kept.Outside], i)
		return nil
	})
	if err != nil {
		return nil, err
	}
	h.origins()
	return h, nil
}

func (h *Hearsay) mention(file int, i exchange.Indicator) {
	m := mention{file, i.Value, i.About, i.Until}
	switch i.Kind {
	case exchange.Address:
		if a, err := netip.ParseAddr(i.Value); err == nil {
			h.addresses[a.Unmap()] = append(h.addresses[a.Unmap()], m)
			for _, id := range i.About {
				h.files[file].sizes[id]++
			}
		}
	case exchange.Network:
		if p, err := netip.ParsePrefix(i.Value); err == nil {
			h.networks[p.Masked()] = append(h.networks[p.Masked()], m)
			h.bits[[2]int{p.Addr().BitLen(), p.Bits()}] = true
		}
	case exchange.UserAgent:
		h.clients[i.Value] = append(h.clients[i.Value], m)
	}
}

// origins finds which files come from one origin: those of one source or
// producer, whatever the case and spaces of its name, and those that hold one
// object of others or cite one report, under whatever name they were imported.
func (h *Hearsay) origins() {
	of := make([]int, len(h.files)) // the first file of the same origin
	first := map[string]int{}
	for i, f := range h.files {
		of[i] = i
		for _, key := range f.keys() {
			k, ok := first[key]
			if !ok {
				first[key] = i
				continue
			}
			a, b := of[i], of[k]
			for n := range of[:i+1] { // all of both are of the one that came first
				if of[n] == a || of[n] == b {
					of[n] = min(a, b)
				}
			}
		}
	}
	for i := range h.files {
		h.files[i].origin = "imported from " + h.files[of[i]].Source
	}
}

// keys are what makes two files one origin.
func (f heardFile) keys() []string {
	keys := []string{"who " + folded(f.Outside.Source)}
	if f.Producer != "" {
		keys = append(keys, "who "+folded(f.Producer))
	}
	for _, a := range f.Assertions {
		if a.By != "" {
			keys = append(keys, "who "+folded(a.By))
		}
	}
	for _, c := range f.Campaigns {
		if !strings.HasPrefix(c.ID, "PH-") && f.Format != "csv" { // ours may be spoken of by many; a table's word is no id
			keys = append(keys, "object "+strings.ToLower(c.ID))
		}
	}
	for _, r := range f.Reports {
		for _, ref := range r.Refs {
			keys = append(keys, "report "+ref)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(keys)))
}

func folded(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// oneOrigin gives evidence that a person added from a source that was imported,
// too, the origin of that: it counts once.
func (h *Hearsay) oneOrigin(decisions []attribute.Decision) []attribute.Decision {
	if h == nil {
		return decisions
	}
	decisions = slices.Clone(decisions)
	for k, d := range decisions {
		if d.Outside == nil || d.Outside.Group != "" {
			continue
		}
		for _, f := range h.files {
			if slices.Contains(f.keys(), "who "+folded(d.Outside.Source)) {
				one := *d.Outside
				one.Group = f.origin
				decisions[k].Outside = &one
				break
			}
		}
	}
	return decisions
}

// ref says where an item is: the hash of the file, and its name without the
// folder it was in.
func (f heardFile) ref() string {
	return attribute.ImportedRef + f.SHA256 + " " + filepath.Base(f.Name)
}

func (f heardFile) day(at time.Time) string {
	switch {
	case !at.IsZero():
		return at.Format(time.DateOnly)
	case !f.Dated.IsZero():
		return f.Dated.Format(time.DateOnly)
	}
	return ""
}

// mentions returns what names an address, by itself or by its network.
func (h *Hearsay) mentions(a netip.Addr) []mention {
	a = a.Unmap()
	out := h.addresses[a]
	for b := range h.bits {
		if b[0] == a.BitLen() {
			if p, err := a.Prefix(b[1]); err == nil && len(h.networks[p]) > 0 {
				out = append(slices.Clone(out), h.networks[p]...)
			}
		}
	}
	return out
}
