package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pumphandle/pumphandle/store"
)

// What people add to a scan: notices sent, editions published, assessments,
// outside evidence, and the trail of who did what.

func notices(t *testing.T, open func() *store.Store) {
	s := open()
	commit(t, s, Sample())
	sent := store.Notice{ID: "N-1", Campaign: "PH-2026-0001", Org: "hex", Record: json.RawMessage(`{"state":"acknowledged"}`)}
	entry := store.Entry{At: noon, Who: "analyst", Action: "notice acknowledged", Subject: "N-1"}
	if err := s.PutNotice(t.Context(), sent, entry); err != nil {
		t.Fatal(err)
	}
	if got := load(t, s).Notices; !cmp.Equal(got, []store.Notice{sent}) {
		t.Errorf("notices = %v", got)
	}
	if err := s.PutNotice(t.Context(), sent, store.Entry{}); err == nil {
		t.Error("a notice was changed and nobody did it")
	}
	// A scan that loaded before the acknowledgement must not take it back.
	scan := Sample()
	scan.Base = 1
	if err := s.Commit(t.Context(), scan); !errors.Is(err, store.ErrChanged) {
		t.Errorf("Commit: %v", err)
	}
}

func editions(t *testing.T, open func() *store.Store) {
	handles := [2]*store.Store{open(), open()}
	entry := store.Entry{At: noon, Who: "analyst", Action: "edition published"}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			err := handles[g%2].UpdateEditionLedger(t.Context(), entry, func(old json.RawMessage) (json.RawMessage, error) {
				var list []int
				if old != nil {
					if err := json.Unmarshal(old, &list); err != nil {
						return nil, err
					}
				}
				return json.Marshal(append(list, g))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	read := func() (list []int) {
		t.Helper()
		ledger, err := handles[0].EditionLedger(t.Context())
		if err == nil {
			err = json.Unmarshal(ledger, &list)
		}
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(list)
		return list
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6, 7}, read()); diff != "" {
		t.Errorf("editions (-want +got):\n%s", diff)
	}
	refused := errors.New("the audit refuses it")
	err := handles[0].UpdateEditionLedger(t.Context(), entry, func(json.RawMessage) (json.RawMessage, error) { return nil, refused })
	if !errors.Is(err, refused) || len(read()) != 8 {
		t.Errorf("a refused edition: %v, %d editions", err, len(read()))
	}
	if entries, err := handles[0].Trail(t.Context()); len(entries) != 8 || err != nil {
		t.Errorf("%d audit entries, %v", len(entries), err)
	}
}

func assessments(t *testing.T, open func() *store.Store) {
	s, ctx := open(), t.Context()
	scan := Sample()
	first := store.Assessment{Campaign: "PH-2026-0001", Version: 1, At: noon, Base: "b1", Record: json.RawMessage(`{"status":"unattributed"}`)}
	scan.Assessments = []store.Assessment{first}
	commit(t, s, scan)
	second := store.Assessment{Campaign: "PH-2026-0001", Version: 2, At: noon.Add(time.Hour), Base: "b2", Record: json.RawMessage(`{"status":"candidate"}`)}
	commit(t, s, store.Scan{Base: 1, At: noon, Who: "scan", Statistics: json.RawMessage(`{}`), Assessments: []store.Assessment{second}})
	history, err := s.Assessments(ctx, "PH-2026-0001")
	if diff := cmp.Diff([]store.Assessment{first, second}, history); diff != "" || err != nil {
		t.Errorf("history (-want +got):\n%s%v", diff, err)
	}
	if none, err := s.Assessments(ctx, "PH-2026-0404"); len(none) != 0 || err != nil {
		t.Errorf("history of nothing: %v, %v", none, err)
	}
	again := store.Scan{Base: 2, At: noon, Who: "scan", Statistics: json.RawMessage(`{}`), Assessments: []store.Assessment{second}}
	if err := s.Commit(ctx, again); err == nil {
		t.Error("a version was written twice")
	}
	confirm := store.Decision{Campaign: "PH-2026-0001", At: noon, Who: "ana", Verb: "confirm", Record: json.RawMessage(`{"actor":"a"}`)}
	reject := store.Decision{Campaign: "PH-2026-0001", At: noon.Add(time.Minute), Who: "ben", Verb: "reject", Record: json.RawMessage(`{"actor":"a"}`)}
	for _, d := range []store.Decision{confirm, reject} {
		if err := s.Decide(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	confirm.Seq, reject.Seq = 1, 2
	state := load(t, s)
	if diff := cmp.Diff([]store.Decision{confirm, reject}, state.Decisions); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]store.Assessment{second}, state.Assessments); diff != "" {
		t.Errorf("newest assessments (-want +got):\n%s", diff)
	}
	confirm.Campaign = "PH-2026-0404"
	if err := s.Decide(ctx, confirm); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a decision on nothing: %v", err)
	}
	for name, d := range map[string]store.Decision{
		"nobody":   {Campaign: "PH-2026-0001", At: noon, Verb: "confirm", Record: json.RawMessage(`{}`)},
		"no time":  {Campaign: "PH-2026-0001", Who: "ana", Verb: "confirm", Record: json.RawMessage(`{}`)},
		"not JSON": {Campaign: "PH-2026-0001", Who: "ana", At: noon, Verb: "confirm", Record: json.RawMessage(`{`)},
	} {
		if err := s.Decide(ctx, d); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	entries, err := s.Trail(ctx)
	if err != nil || len(entries) != 4 || entries[2].Who != "ana" || entries[3].Action != "attribution reject" {
		t.Errorf("audit trail %+v, %v", entries, err)
	}
	// A scan that went out before a decision must not judge without it.
	stale := Sample()
	stale.Base = 2
	if err := s.Commit(ctx, stale); !errors.Is(err, store.ErrChanged) {
		t.Errorf("Commit: %v", err)
	}
}

func trail(t *testing.T, open func() *store.Store) {
	s := open()
	entries := []store.Entry{
		{At: noon, Who: "analyst", Action: "edition approved", Subject: "2026-1", Detail: "digest 00"},
		{At: noon, Who: "second", Action: "edition approved", Subject: "2026-1"},
	}
	for _, e := range entries {
		if err := s.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Trail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Hash == [32]byte{} || i > 0 && got[i].Hash == got[i-1].Hash {
			t.Errorf("entry %d has hash %x", i+1, got[i].Hash)
		}
		entries[i].Seq, entries[i].Hash = int64(i)+1, got[i].Hash
	}
	if diff := cmp.Diff(entries, got); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
}

func outside(t *testing.T, open func() *store.Store) {
	s, ctx := open(), t.Context()
	file := func(hash, source string) store.Outside {
		return store.Outside{
			SHA256: hash, Name: source + ".json", Format: "stix-2.1", Source: source, Grade: "B2", TLP: "amber",
			Dated: noon.Add(-time.Hour), Imported: noon, Record: json.RawMessage(`{"n":1}`),
		}
	}
	indicator := func(record string) []store.OutsideIndicator {
		return []store.OutsideIndicator{{Kind: "address", Value: "192.0.2.7", Record: json.RawMessage(record)}}
	}
	entry := store.Entry{At: noon, Who: "analyst", Action: "import"}
	put := func(o store.Outside, i []store.OutsideIndicator) bool {
		t.Helper()
		added, err := s.PutOutside(ctx, o, i, entry)
		if err != nil {
			t.Fatal(err)
		}
		return added
	}
	a, b := file("aa", "a"), file("bb", "b")
	b.Dated = time.Time{}
	if !put(a, indicator(`{"says":"a"}`)) || !put(b, indicator(`{"says":"b"}`)) {
		t.Error("a new file is not added")
	}
	if again := file("aa", "somebody else"); put(again, nil) {
		t.Error("a file that is there is added again")
	}
	a.Indicators, b.Indicators = 1, 1
	all, err := s.Outside(ctx)
	if diff := cmp.Diff([]store.Outside{a, b}, all); diff != "" || err != nil {
		t.Errorf("files (-want +got):\n%s%v", diff, err)
	}
	found, err := s.OutsideIndicators(ctx, "address", "192.0.2.7")
	want := []store.OutsideIndicator{
		{Outside: "aa", Kind: "address", Value: "192.0.2.7", Record: json.RawMessage(`{"says":"a"}`)},
		{Outside: "bb", Kind: "address", Value: "192.0.2.7", Record: json.RawMessage(`{"says":"b"}`)},
	}
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Errorf("indicators (-want +got):\n%s%v", diff, err)
	}
	if found, err := s.OutsideIndicators(ctx, "domain", "192.0.2.7"); len(found) > 0 || err != nil {
		t.Errorf("of another kind: %v, %v", found, err)
	}
	if trail, err := s.Trail(ctx); len(trail) != 2 || err != nil {
		t.Errorf("%d entries in the audit trail, %v", len(trail), err)
	}
	bad := file("cc", "c")
	if _, err := s.PutOutside(ctx, bad, []store.OutsideIndicator{{Kind: "address", Value: "x", Record: json.RawMessage(`{`)}}, entry); err == nil {
		t.Error("a record that nobody could read is kept")
	}
	bad.Record = nil
	if _, err := s.PutOutside(ctx, bad, nil, entry); err == nil {
		t.Error("a file without a record is kept")
	}
}
