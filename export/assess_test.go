package export

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/exchange"
)

// What people decided goes out as statements without their names; a reason
// that shows a victim does not, and what is about no assertion is a note.
func TestDecisionsAreStatements(t *testing.T) {
	in := example()
	a := &in.Cases[0].Assessment
	a.Status = attribute.Confirmed
	day := at("2026-11-09 10:00")
	a.Decisions = []attribute.Decision{
		{Verb: attribute.Confirm, Actor: "actor-1", Who: "ana", Reason: "own analysis", At: day},
		{Verb: attribute.Confirm, Actor: "actor-1", Who: "Ben", Reason: "malware of labo@hopital-exemple.fr", At: day},
		{Verb: attribute.Reject, Actor: "actor-1", Who: "ben", Reason: "the sample is another", At: day},
		{Verb: attribute.Denial, Actor: "actor-1", Who: "ana", Reason: "their embassy denies", At: day},
		{Verb: attribute.Comment, Who: "ana", Reason: "asked the vendor", At: day},
		{Verb: attribute.Comment, Who: "ana", Reason: "no answer yet", At: day},
		{Verb: attribute.Weigh, Actor: "actor-1", Item: "habit", Who: "ana", Reason: "a load test", At: day},
	}
	d := document(t, in)
	var got []string
	for _, s := range d.Statements {
		got = append(got, string(s.Kind)+"/"+s.By+"/"+s.Text)
	}
	want := []string{
		"confirmation/analyst 1 of Example Health CERT/own analysis",
		"denial/the accused, as analyst 1 of Example Health CERT has it/their embassy denies",
		"rejection/analyst 2 of Example Health CERT/the sample is another",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	var notes []string
	for _, n := range d.Campaigns[slices.IndexFunc(d.Campaigns, func(c exchange.Campaign) bool { return c.ID == "PH-2026-0001" })].Notes {
		notes = append(notes, n.Text)
	}
	if !slices.Contains(notes, "asked the vendor") || !slices.Contains(notes, "no answer yet") || !slices.Contains(notes, "Statements that show a victim: 1.") {
		t.Errorf("%q", notes)
	}
	text := string(bundle(t, in))
	if !strings.Contains(text, `"type": "opinion"`) || strings.Contains(text, `"ana"`) || strings.Contains(strings.ToLower(text), `"ben"`) {
		t.Error("no opinion, or an analyst's name")
	}
	for _, f := range Formats {
		var b bytes.Buffer
		if err := f.Write(&b, d); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// What was imported is another's, under another's marking: its words do not go
// on from here.
func TestImportedWordsStayHere(t *testing.T) {
	in := example()
	a := &in.Cases[0].Assessment
	a.Status = attribute.Proposed
	a.Items = []attribute.Item{{No: 1, Class: attribute.ClassOutside, Ref: attribute.ImportedRef + "00 red.json", Text: "secret"}}
	a.Candidates[0].Evidence = []attribute.Weight{{Class: attribute.ClassOutside, Weight: 3, Text: "Other CERT, graded B2: secret.", Items: []int{1}}}
	if text := string(bundle(t, in)); strings.Contains(text, "secret") || strings.Contains(text, "Other CERT") || !strings.Contains(text, "somebody else says") {
		t.Error("the words of an imported file were exported")
	}
}
