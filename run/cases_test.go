package run

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/export"
	"github.com/pumphandle/pumphandle/store"
)

// What a store and a result directory keep of a scan gives the document that
// the scan itself gives, but for the hours of the day, which no record has.
func TestKeptCasesGiveTheSameDocument(t *testing.T) {
	ctx, file, dir := context.Background(), filepath.Join(t.TempDir(), "ph.db"), filepath.Join(t.TempDir(), "result")
	cfg := Config{Paths: []string{write(t, "log", ndjson(1))}}
	m, err := OpenMemory(ctx, file, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := scan(t, cfg)
	if err := m.Keep(ctx, r); err != nil {
		t.Fatal(err)
	}
	m.Close()
	if err := r.WriteDir(dir, Publication{At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stored, err := StoredCases(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	result, err := ResultCases(dir)
	if err != nil {
		t.Fatal(err)
	}
	cases := r.cases()
	for i := range cases {
		c := &cases[i].Campaign
		c.Features.ActiveHours = [24]int{}
		c.Features.Attempts = r.campaignRecord(i).Attempts
		c.Last = r.campaignRecord(i).Last // with what an intruder did later
	}
	at := time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC)
	document := func(k Kept) exchange.Document {
		d, err := export.Document(export.Input{At: at, Cases: k.Cases, Protected: k.Orgs, Hypotheses: true, Victims: true})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := document(Kept{Cases: cases, Orgs: Publication{}.organisations(r)})
	if len(want.Campaigns) == 0 || len(want.Indicators) == 0 {
		t.Fatal("nothing to compare")
	}
	for what, k := range map[string]Kept{"store": stored, "result": result} {
		if diff := cmp.Diff(want, document(k), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if k.At.IsZero() {
			t.Errorf("%s: no time", what)
		}
	}
}

func TestDamagedResultIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		`{"v":1,"type":"campaign","id":"PH-2026-0001"`:                  "record 1",
		`{"v":2,"type":"campaign","id":"PH-2026-0001"}`:                 "this program reads version 1",
		`{"v":1,"type":"target","campaign":"PH-2026-0001","org":"hex"}`: "without its campaign",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, campaignsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ResultCases(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A file is known by its whole content, whatever of it is read, and what is
// kept of it is what was read.
func TestOutsideIsKeptAsRead(t *testing.T) {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "ph.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	event := `{"Event":{"uuid":"57c06bb1-625c-4d34-9b9f-4066950d210f","info":"Spray","Orgc":{"name":"Other CERT"},"Attribute":[{"type":"ip-src","value":"192.0.2.7"},{"type":"threat-actor","value":"Example Bear"}]}}`
	o, err := ReadOutside("event.json", "", "", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	if o.Source != "Other CERT" || o.Grade != Ungraded {
		t.Errorf("source %q, grade %q", o.Source, o.Grade)
	}
	padded, err := ReadOutside("event.json", "Me", "B2", strings.NewReader(event+"\n\n"))
	if err != nil || padded.SHA256 == o.SHA256 || padded.Source != "Me" || padded.Grade != "B2" {
		t.Errorf("%+v, %v", padded, err)
	}
	now := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	for _, want := range []bool{true, false} {
		if added, err := o.Keep(ctx, s, now); added != want || err != nil {
			t.Errorf("added %t, %v", added, err)
		}
	}
	all, err := s.Outside(ctx)
	if err != nil || len(all) != 1 || all[0].Indicators != 1 || !bytes.Contains(all[0].Record, []byte("Example Bear")) {
		t.Errorf("%+v, %v", all, err)
	}
	found, err := s.OutsideIndicators(ctx, "address", "192.0.2.7")
	if err != nil || len(found) != 1 || found[0].Outside != o.SHA256 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestStatementsFile(t *testing.T) {
	in := func() []export.Case {
		var c export.Case
		c.Campaign.ID = "PH-2026-0001"
		return []export.Case{c}
	}
	cases := in()
	if err := AddStatements(cases, "s.yaml", []byte("statements:\n  - {campaign: PH-2026-0001, actor: a, kind: denial, by: x, at: \"2026-01-02\", text: no}\n")); err != nil || len(cases[0].Statements) != 1 {
		t.Errorf("%v, %+v", err, cases)
	}
	for text, want := range map[string]string{
		"statements:\n  - {who: x}\n": "line 2",
		"statements:\n  - {campaign: PH-2026-0001, kind: denial, by: x, at: \"2026-13-02\", text: no}\n": "not a day",
		"statements:\n  - {campaign: PH-2026-0001, kind: shrug, by: x, at: \"2026-01-02\", text: no}\n":  "not one of",
		"statements:\n  - {campaign: PH-2026-0002, kind: denial, by: x, at: \"2026-01-02\", text: no}\n": "which is not exported",
		"statements:\n  - {campaign: PH-2026-0001, kind: denial, at: \"2026-01-02\", text: no}\n":        "needs by and text",
	} {
		if err := AddStatements(in(), "s.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
