// Package storetest is the contract of a store as tests: every engine must
// pass it.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pumphandle/pumphandle/store"
)

// Run holds an engine to the contract. place makes room for one new, empty
// store and returns what opens it; opened twice it is the same store.
func Run(t *testing.T, place func(t *testing.T) (open func() (*store.Store, error))) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, func() *store.Store)
	}{
		{"a new store is empty", empty},
		{"what is committed is loaded, also after reopening", roundTrip},
		{"a scan replaces what it names and leaves the rest", replace},
		{"a scan that fails in the middle changes nothing", allOrNothing},
		{"a cancelled scan changes nothing", cancelled},
		{"a scan that went out from an older state is refused", stale},
		{"of many writers each change is kept once", writers},
		{"a reader sees one state while another writes", snapshot},
		{"records that nobody could read again are refused", unreadable},
		{"campaign numbers go up within a year", numbers},
		{"ids are found by their beginning", find},
		{"notices are kept with who changed them", notices},
		{"the edition ledger is changed by one at a time", editions},
		{"assessments have a history, and decisions stay", assessments},
		{"the audit trail is a chain", trail},
		{"what others say is kept once, under who says it", outside},
	} {
		t.Run(tt.name, func(t *testing.T) {
			open := place(t)
			tt.test(t, func() *store.Store {
				t.Helper()
				s, err := open()
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = s.Close() }) // some tests close it themselves
				return s
			})
		})
	}
}

var noon = time.Date(2026, 10, 1, 12, 0, 0, 123456789, time.UTC)

// Sample is a scan with something of everything.
func Sample() store.Scan {
	return store.Scan{
		At: noon, Who: "analyst", Arguments: []string{"--json", "logs dir"}, Statistics: json.RawMessage(`{"v":1,"type":"stats"}`),
		Facts: []store.Facts{
			{Org: "hex", Version: 2, Encoded: []byte{0, 1, 2, 255}},
			{Org: "lab", Version: 2, Encoded: nil}, // no facts yet
		},
		Campaigns: []store.Campaign{{
			ID: "PH-2026-0001", Year: 2026, Number: 1, First: noon.Add(-time.Hour), Last: noon,
			Keys: []uint64{1, math.MaxInt64, math.MaxUint64}, Record: json.RawMessage(`{"id":"PH-2026-0001"}`),
		}},
		Targets: []store.Target{
			{Campaign: "PH-2026-0001", Org: "hex", Record: json.RawMessage(`{"org":"hex"}`)},
			{Campaign: "PH-2026-0001", Org: "lab", Record: json.RawMessage(`{"org":"lab"}`)},
		},
		Findings: []store.Finding{
			{ID: "F-00000000000a", Campaign: "PH-2026-0001", Org: "hex", Record: json.RawMessage(`{"score":0.9}`)},
			{ID: "F-00000000000b", Org: "lab", Record: json.RawMessage(`{"score":0.1}`)},
		},
		Notices: []store.Notice{{ID: "N-1", Campaign: "PH-2026-0001", Org: "hex", Record: json.RawMessage(`{"state":"draft"}`)}},
	}
}

func empty(t *testing.T, open func() *store.Store) {
	s, ctx := open(), t.Context()
	if diff := cmp.Diff(store.State{}, load(t, s)); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if _, err := s.Campaign(ctx, "PH-2026-0001"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Campaign: %v", err)
	}
	if _, err := s.Finding(ctx, "F-0"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Finding: %v", err)
	}
	if ledger, err := s.EditionLedger(ctx); ledger != nil || err != nil {
		t.Errorf("EditionLedger = %s, %v", ledger, err)
	}
	if entries, err := s.Trail(ctx); len(entries) != 0 || err != nil {
		t.Errorf("Trail = %v, %v", entries, err)
	}
}

func roundTrip(t *testing.T, open func() *store.Store) {
	s, ctx, scan := open(), t.Context(), Sample()
	commit(t, s, scan)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	want := store.State{Revision: 1, Facts: scan.Facts, Campaigns: scan.Campaigns, Notices: scan.Notices}
	if diff := cmp.Diff(want, load(t, s), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	detail, err := s.Campaign(ctx, "PH-2026-0001")
	if err != nil {
		t.Fatal(err)
	}
	wantDetail := store.Detail{Campaign: scan.Campaigns[0], Targets: scan.Targets, Findings: scan.Findings[:1], Notices: scan.Notices}
	if diff := cmp.Diff(wantDetail, detail); diff != "" {
		t.Errorf("campaign (-want +got):\n%s", diff)
	}
	finding, err := s.Finding(ctx, "F-00000000000b")
	if diff := cmp.Diff(scan.Findings[1], finding); diff != "" || err != nil {
		t.Errorf("finding of no campaign (-want +got):\n%s%v", diff, err)
	}
	notice, err := s.Notice(ctx, "N-1")
	if diff := cmp.Diff(scan.Notices[0], notice); diff != "" || err != nil {
		t.Errorf("notice (-want +got):\n%s%v", diff, err)
	}
	runs, err := s.Runs(ctx)
	wantRuns := []store.Run{{Revision: 1, At: noon, Arguments: scan.Arguments, Statistics: scan.Statistics}}
	if diff := cmp.Diff(wantRuns, runs); diff != "" || err != nil {
		t.Errorf("scans (-want +got):\n%s%v", diff, err)
	}
}

func replace(t *testing.T, open func() *store.Store) {
	s, scan := open(), Sample()
	commit(t, s, scan)
	later := store.Scan{
		Base: 1, At: noon, Who: "analyst", Statistics: json.RawMessage(`{}`),
		Facts: []store.Facts{{Org: "hex", Version: 3, Encoded: []byte("new")}},
		Campaigns: []store.Campaign{{
			ID: "PH-2026-0001", Year: 2026, Number: 1, First: noon, Last: noon.Add(time.Hour), Keys: []uint64{7}, Record: json.RawMessage(`{"n":2}`),
		}},
		Targets:  []store.Target{{Campaign: "PH-2026-0001", Org: "lab", Record: json.RawMessage(`{"n":2}`)}},
		Findings: []store.Finding{{ID: "F-00000000000b", Campaign: "PH-2026-0001", Org: "lab", Record: json.RawMessage(`{"n":2}`)}},
	}
	commit(t, s, later)
	want := store.State{
		Revision: 2, Facts: []store.Facts{later.Facts[0], scan.Facts[1]}, Campaigns: later.Campaigns, Notices: scan.Notices,
	}
	if diff := cmp.Diff(want, load(t, s), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	detail, err := s.Campaign(t.Context(), "PH-2026-0001")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Target{scan.Targets[0], later.Targets[0]}, detail.Targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]store.Finding{scan.Findings[0], later.Findings[0]}, detail.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func allOrNothing(t *testing.T, open func() *store.Store) {
	s := open()
	commit(t, s, Sample())
	before := load(t, s)
	scan := Sample()
	scan.Base = 1
	scan.Facts[0].Encoded = []byte("half")
	scan.Notices = []store.Notice{{ID: "N-2", Campaign: "PH-2026-0404", Org: "hex", Record: json.RawMessage(`{}`)}} // of no campaign
	if err := s.Commit(t.Context(), scan); err == nil || !strings.Contains(err.Error(), "N-2") {
		t.Fatalf("Commit does not name the notice without a campaign: %v", err)
	}
	if diff := cmp.Diff(before, load(t, s)); diff != "" {
		t.Errorf("state changed (-before +after):\n%s", diff)
	}
	if entries, err := s.Trail(t.Context()); len(entries) != 1 || err != nil {
		t.Errorf("audit trail has %d entries, %v", len(entries), err)
	}
}

func cancelled(t *testing.T, open func() *store.Store) {
	s := open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Commit(ctx, Sample()); !errors.Is(err, context.Canceled) {
		t.Fatalf("Commit: %v", err)
	}
	if diff := cmp.Diff(store.State{}, load(t, s)); diff != "" {
		t.Errorf("state changed:\n%s", diff)
	}
	commit(t, s, Sample()) // the connection is fit for use
}

func stale(t *testing.T, open func() *store.Store) {
	a, b := open(), open()
	commit(t, a, Sample())
	scan := Sample()
	scan.Facts[0].Encoded = []byte("from the state before")
	if err := b.Commit(t.Context(), scan); !errors.Is(err, store.ErrChanged) {
		t.Fatalf("Commit: %v", err)
	}
	if got := load(t, b).Facts[0].Encoded; string(got) == "from the state before" {
		t.Error("facts of the other run were overwritten")
	}
}

// Two handles, eight goroutines: each loads, adds one, commits, and begins
// again where another was faster.
func writers(t *testing.T, open func() *store.Store) {
	handles := [2]*store.Store{open(), open()}
	const each = 5
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			s := handles[g%2]
			for done := 0; done < each; {
				state, err := s.Load(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				n := byte(0)
				if len(state.Facts) == 1 {
					n = state.Facts[0].Encoded[0]
				}
				err = s.Commit(t.Context(), store.Scan{
					Base: state.Revision, At: noon, Who: fmt.Sprint(g), Statistics: json.RawMessage(`{}`),
					Facts: []store.Facts{{Org: "hex", Encoded: []byte{n + 1}}},
				})
				switch {
				case err == nil:
					done++
				case !errors.Is(err, store.ErrChanged):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if state := load(t, handles[0]); state.Revision != 8*each || state.Facts[0].Encoded[0] != 8*each {
		t.Errorf("revision %d, count %d, want %d", state.Revision, state.Facts[0].Encoded[0], 8*each)
	}
	if entries, err := handles[1].Trail(t.Context()); len(entries) != 8*each || err != nil {
		t.Errorf("%d audit entries, %v", len(entries), err)
	}
}

// Every commit gives all organisations the same byte; no reader may ever see
// two.
func snapshot(t *testing.T, open func() *store.Store) {
	writer, reader := open(), open()
	scan := func(base int64) store.Scan {
		sc := store.Scan{Base: base, At: noon, Who: "w", Statistics: json.RawMessage(`{}`)}
		for i := range 50 {
			sc.Facts = append(sc.Facts, store.Facts{Org: fmt.Sprintf("org-%02d", i), Encoded: []byte{byte(base)}})
		}
		return sc
	}
	commit(t, writer, scan(0))
	var wg sync.WaitGroup
	wg.Go(func() {
		for base := range int64(20) {
			if err := writer.Commit(t.Context(), scan(base+1)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 40 {
		state := load(t, reader)
		for _, f := range state.Facts {
			if f.Encoded[0] != byte(state.Revision-1) {
				t.Fatalf("revision %d with facts of %d", state.Revision, f.Encoded[0])
			}
		}
	}
	wg.Wait()
}

func unreadable(t *testing.T, open func() *store.Store) {
	s := open()
	for name, spoil := range map[string]func(*store.Scan){
		"statistics":     func(sc *store.Scan) { sc.Statistics = nil },
		"campaign":       func(sc *store.Scan) { sc.Campaigns[0].Record = json.RawMessage(`{`) },
		"campaign's id":  func(sc *store.Scan) { sc.Campaigns[0].ID = "" },
		"not numbered":   func(sc *store.Scan) { sc.Campaigns[0].Number = 0 },
		"target":         func(sc *store.Scan) { sc.Targets[0].Record = nil },
		"target's org":   func(sc *store.Scan) { sc.Targets[0].Org = "" },
		"finding":        func(sc *store.Scan) { sc.Findings[0].Record = json.RawMessage(`x`) },
		"notice":         func(sc *store.Scan) { sc.Notices[0].Record = json.RawMessage(`{}{}`) },
		"nobody did it":  func(sc *store.Scan) { sc.Who = "" },
		"at no time":     func(sc *store.Scan) { sc.At = time.Time{} },
		"other campaign": func(sc *store.Scan) { sc.Targets[0].Campaign = "PH-2026-0009" },
	} {
		scan := Sample()
		spoil(&scan)
		if err := s.Commit(t.Context(), scan); err == nil {
			t.Errorf("%s: committed", name)
		}
	}
	if got := load(t, s).Revision; got != 0 {
		t.Errorf("revision %d", got)
	}
}

func numbers(t *testing.T, open func() *store.Store) {
	s := open()
	next := func(year, want int) {
		t.Helper()
		if n, err := s.NextNumber(t.Context(), year); n != want || err != nil {
			t.Errorf("NextNumber(%d) = %d, %v, want %d", year, n, err, want)
		}
	}
	next(2026, 1)
	next(2026, 1) // asking takes nothing
	scan := Sample()
	for _, n := range []int{2, 10000} { // 10000 sorts before 2 as text
		c := scan.Campaigns[0]
		c.ID, c.Number = fmt.Sprintf("PH-2026-%04d", n), n
		scan.Campaigns = append(scan.Campaigns, c)
	}
	commit(t, s, scan)
	next(2026, 10001)
	next(2027, 1)
	twice := Sample()
	twice.Base, twice.Campaigns[0].ID = 1, "PH-2026-0001-b"
	if err := s.Commit(t.Context(), twice); err == nil {
		t.Error("two campaigns have one number")
	}
}

func find(t *testing.T, open func() *store.Store) {
	s := open()
	commit(t, s, Sample())
	for prefix, want := range map[string][]store.Match{
		"PH-2026": {{Kind: "campaign", ID: "PH-2026-0001"}},
		"ph-2026": {{Kind: "campaign", ID: "PH-2026-0001"}},
		"f-":      {{Kind: "finding", ID: "F-00000000000a"}, {Kind: "finding", ID: "F-00000000000b"}},
		"N-1":     {{Kind: "notice", ID: "N-1"}},
		"%":       nil, // no wildcard
		"_":       nil,
		"2026":    nil, // not the beginning
		"'; --":   nil,
	} {
		got, err := s.Find(t.Context(), prefix)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Find(%q) (-want +got):\n%s%v", prefix, diff, err)
		}
	}
	if got, err := s.Find(t.Context(), ""); len(got) != 4 || err != nil {
		t.Errorf("Find of nothing = %v, %v", got, err)
	}
}

func load(t *testing.T, s *store.Store) store.State {
	t.Helper()
	state, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func commit(t *testing.T, s *store.Store, scan store.Scan) {
	t.Helper()
	if err := s.Commit(t.Context(), scan); err != nil {
		t.Fatal(err)
	}
}
