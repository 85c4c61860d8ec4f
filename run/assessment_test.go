package run

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
)

// What people decide is kept, shown beside what the program says, and makes a
// version of its own; the same again makes none. New knowledge judges anew and
// says what changed.
func TestAssessmentsHaveAHistory(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "ph.db")
	log := write(t, "log", ndjson(1))
	judge := func(base *actor.Base, paths ...string) (*Result, *Memory) {
		t.Helper()
		cfg := Config{Paths: paths, Actors: base}
		m, err := OpenMemory(ctx, file, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		r, err := Scan(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Keep(ctx, r); err != nil {
			t.Fatal(err)
		}
		return r, m
	}
	first, m := judge(actor.Starter(), log)
	id := first.Campaigns[0].ID
	if a := first.Assessments[0]; a.Version != 1 || a.At.IsZero() || a.Status != attribute.Unattributed {
		t.Fatalf("first assessment %+v", a)
	}
	if again, _ := judge(actor.Starter()); again.Assessments[0].Version != 1 || len(again.Reassessed) != 0 {
		t.Errorf("the same again is version %d", again.Assessments[0].Version)
	}
	decide := func(d attribute.Decision) {
		t.Helper()
		d.At, d.Who = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), cmpOr(d.Who, "ana")
		if err := m.Decide(ctx, id, d); err != nil {
			t.Fatal(err)
		}
	}
	decide(attribute.Decision{Verb: attribute.Add, Actor: "forest-blizzard", Reason: "their report", Outside: &attribute.Item{
		Class: attribute.ClassOutside, Actor: "forest-blizzard", Source: "Example CERT", Grade: "A1", Text: "they hold it for this actor",
	}})
	added, _ := judge(actor.Starter())
	a := added.Assessments[0]
	if a.Version != 2 || len(a.Candidates) == 0 || a.Candidates[0].Actor != "forest-blizzard" || len(added.Reassessed) != 1 {
		t.Fatalf("with an outside assessment: %+v", a)
	}
	decide(attribute.Decision{Verb: attribute.Confirm, Actor: "forest-blizzard", Reason: "we agree"})
	one, _ := judge(actor.Starter())
	decide(attribute.Decision{Verb: attribute.Confirm, Actor: "forest-blizzard", Reason: "me, too", Who: "ben"})
	two, _ := judge(actor.Starter())
	if x, y := one.Assessments[0], two.Assessments[0]; x.Status != attribute.Confirmed || x.Publishable || y.Status != attribute.Confirmed || !y.Publishable ||
		y.Automatic == nil || y.Automatic.Status == attribute.Confirmed {
		t.Errorf("confirmed by one %+v, by two %+v", x.Status, y)
	}
	decide(attribute.Decision{Verb: attribute.Reject, Actor: "forest-blizzard", Reason: "new evidence"})
	three, _ := judge(actor.Starter())
	if a := three.Assessments[0]; a.Status == attribute.Confirmed || a.Publishable || !strings.Contains(a.Reason, "contradict each other") {
		t.Errorf("one confirms and one rejects: %s %s", a.Status, a.Reason)
	}
	history, err := m.History(ctx, id)
	if err != nil || len(history) != 5 || history[0].Status != attribute.Unattributed || len(history[4].Decisions) != 4 {
		t.Errorf("%d versions, %v", len(history), err)
	}
	for i, h := range history {
		if h.Version != i+1 {
			t.Errorf("version %d stands at %d", h.Version, i+1)
		}
	}
	empty, _ := judge(actor.New())
	if len(empty.Reassessed) != 1 || !strings.Contains(empty.Reassessed[0].String(), id) {
		t.Errorf("other knowledge changes %v", empty.Reassessed)
	}
	if err := m.Decide(ctx, "PH-2026-9999", attribute.Decision{Verb: attribute.Comment, Who: "ana", Reason: "x", At: time.Now()}); err == nil {
		t.Error("a decision on nothing was kept")
	}
	for _, d := range []attribute.Decision{
		{Verb: attribute.Confirm, Actor: "a", Who: "ana", At: time.Now()},
		{Verb: attribute.Confirm, Who: "ana", Reason: "x", At: time.Now()},
		{Verb: "guess", Who: "ana", Reason: "x", At: time.Now()},
		{Verb: attribute.Weigh, Actor: "a", Item: "technique", Weight: 1000, Who: "ana", Reason: "x", At: time.Now()},
	} {
		if err := m.Decide(ctx, id, d); err == nil {
			t.Errorf("kept: %+v", d)
		}
	}
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// A base is read back as it was; one that is cut or was changed is refused, and
// an import that fails leaves the file alone.
func TestKnowledgeIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings", "actors.base")
	k := &Knowledge{Base: actor.Starter()}
	own := write(t, "own.yaml", []string{"source: x\n", "reports: {r: {by: a, title: b}}\n", "actors: [{id: a, names: [{name: A, by: B}], techniques: {T1110: [r]}}]\n"})
	if _, err := k.Import(own); err != nil {
		t.Fatal(err)
	}
	k.Calibrate()
	if err := k.Save(file); err != nil {
		t.Fatal(err)
	}
	back, err := LoadKnowledge(file, true)
	if err != nil {
		t.Fatal(err)
	}
	if back.Base.Digest() != k.Base.Digest() || len(back.Base.Imports()) != 2 || back.Model == nil || len(back.Base.Find("A")) != 1 {
		t.Errorf("read back: %v", back.Base.Imports())
	}
	if _, err := k.Import(write(t, "bad.json", []string{`{"type":"bundle","objects":[`})); err == nil || k.Base.Digest() != back.Base.Digest() {
		t.Errorf("half a bundle: %v", err)
	}
	if _, err := LoadKnowledge(file+".not", true); err == nil {
		t.Error("a base that is named and not there was taken for an empty one")
	}
	if k, err := LoadKnowledge(file+".not", false); err != nil || len(k.Base.Records()) != len(actor.Starter().Records()) {
		t.Errorf("no base is there: %v", err)
	}
}
