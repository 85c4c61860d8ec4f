package signin

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"testing"
)

// What the records of a transaction mean does not hang on their order in the
// file: exports are oldest or newest first.
func TestOktaOrder(t *testing.T) {
	var records []json.RawMessage
	if err := json.Unmarshal(readSample(t, "okta", "api.json"), &records); err != nil {
		t.Fatal(err)
	}
	classes := func() map[uint64]Class {
		var text bytes.Buffer
		for _, r := range records {
			var line bytes.Buffer
			if err := json.Compact(&line, r); err != nil {
				t.Fatal(err)
			}
			text.Write(line.Bytes())
			text.WriteByte('\n')
		}
		events, bad := decodeAll(t, okta, text.Bytes())
		if len(events) != len(records) || bad > 0 {
			t.Fatalf("%d events and %d errors of %d records", len(events), bad, len(records))
		}
		m := map[uint64]Class{}
		for _, ev := range keyed(events) {
			m[ev.Key] = ev.Class
		}
		return m
	}
	want := classes()
	for seed := range int64(20) {
		rand.New(rand.NewSource(seed)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		got := classes()
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d sign-ins, want %d", seed, len(got), len(want))
		}
		for key, class := range want {
			if got[key] != class {
				t.Errorf("seed %d: %x is %v, want %v", seed, key, got[key], class)
			}
		}
	}
}

// However many transactions stay open, records come out in order and none is
// lost.
func TestOktaWindow(t *testing.T) {
	var text bytes.Buffer
	const n = 5 * stepWindow
	for i := range n {
		tx := json.Number(string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)))
		text.WriteString(`{"published":"2026-03-02T08:00:00Z","eventType":"user.authentication.auth_via_mfa","outcome":{"result":"SUCCESS"},` +
			`"actor":{"alternateId":"ana@hospital.example","id":"1"},"debugContext":{"debugData":{"factor":"PASSWORD_AS_FACTOR"}},` +
			`"transaction":{"id":"` + string(tx) + `"},"uuid":"u` + string(tx) + `"}` + "\n")
	}
	line := int64(0)
	for ev, err := range okta.Decode(&text, Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if line++; ev.Line != line || ev.Class != MFARequired || ev.Strength != Hint {
			t.Fatalf("record %d: line %d, %v", line, ev.Line, ev.Class)
		}
	}
	if line != n {
		t.Errorf("%d records of %d", line, n)
	}
}
