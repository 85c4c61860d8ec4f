package exchange

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// epoch is when all objects that we write were created. That time must not
// change from version to version (STIX 2.1, 3.6), and nothing else about a
// campaign is sure not to: older logs may be read tomorrow.
var epoch = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// check refuses what could be written but not read back: ids that lead
// nowhere or to two things, values that are none.
func (d Document) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if d.TLP == "" {
		wrong("it has no TLP marking")
	}
	if d.At.Before(epoch) {
		wrong("it is dated %s", d.At.Format(time.DateOnly))
	}
	subjects, actors := map[string]bool{}, map[string]bool{}
	for _, c := range d.Campaigns {
		switch {
		case c.ID == "" || c.Name == "":
			wrong("a campaign has no id or no name")
		case subjects[c.ID]:
			wrong("campaign %q is there twice", c.ID)
		case c.Confidence < 0 || c.Confidence > 100 || c.Attempts < 0:
			wrong("campaign %q has a confidence of %d and %d attempts", c.ID, c.Confidence, c.Attempts)
		}
		subjects[c.ID] = true
		for _, t := range c.Techniques {
			if t.ID == "" {
				wrong("a technique of %q has no id", c.ID)
			}
		}
		titles := map[string]bool{}
		for _, n := range c.Notes {
			if n.Title == "" || n.Text == "" || titles[n.Title] {
				wrong("a note on %q has no text, or no title of its own", c.ID)
			}
			titles[n.Title] = true
		}
	}
	for _, a := range d.Actors {
		switch {
		case a.ID == "" || len(a.Names) == 0 || a.Names[0].Name == "":
			wrong("actor %q has no id or no name", a.ID)
		case actors[a.ID] || subjects[a.ID]:
			wrong("the id %q is there twice", a.ID)
		}
		actors[a.ID] = true
		named := map[string]bool{}
		for _, n := range a.Names {
			if n.Name == "" || named[n.Name] {
				wrong("actor %q has the name %q twice", a.ID, n.Name)
			}
			named[n.Name] = true
		}
	}
	refers := func(what string, ids ...string) {
		for _, id := range ids {
			if !subjects[id] && !actors[id] {
				wrong("%s is about %q, which is not in the document", what, id)
			}
		}
	}
	seen := map[string]bool{}
	twice := func(what string, key ...string) {
		if k := productIDs.child(append(key, what)...).String(); seen[k] {
			wrong("%s %q is there twice", what, key)
		} else {
			seen[k] = true
		}
	}
	for _, i := range d.Indicators {
		if n, ok := NewIndicator(i.Kind, i.Value); !ok || n.Value != i.Value || i.Confidence < 0 || i.Confidence > 100 {
			wrong("%q is no %s", i.Value, i.Kind)
		}
		refers("indicator "+i.Value, i.About...)
		twice("indicator", append([]string{string(i.Kind), i.Value}, i.About...)...)
	}
	claims := map[[2]string]bool{}
	for _, a := range d.Assertions {
		if a.By != d.Producer || a.At.Before(epoch) || a.Confidence < 0 || a.Confidence > 100 {
			wrong("an assertion on %q is by %q on %s: a producer speaks for itself", a.Subject, a.By, a.At.Format(time.DateOnly))
		}
		refers("an assertion", a.Subject, a.Actor)
		if !actors[a.Actor] {
			wrong("an assertion on %q names %q, which is no actor", a.Subject, a.Actor)
		}
		twice("assertion", a.Subject, a.Actor)
		claims[[2]string{a.Subject, a.Actor}] = true
	}
	for _, s := range d.Statements {
		if _, known := statementWords[s.Kind]; !known || s.By == "" || s.Text == "" || s.At.IsZero() {
			wrong("a statement on %q needs a kind, who, what and when", s.Subject)
		}
		if !claims[[2]string{s.Subject, s.Actor}] {
			wrong("a statement is about an assertion of %q and %q, which is not in the document", s.Subject, s.Actor)
		}
		twice("statement", s.Subject, s.Actor, string(s.Kind), s.By, s.At.String(), s.Text)
	}
	for _, r := range d.Reports {
		if r.Name == "" || len(r.About) == 0 || r.At.IsZero() {
			wrong("report %q needs a name, a date, and something that it is about", r.Name)
		}
		refers("report "+r.Name, r.About...)
		twice("report", r.Name, r.At.String())
	}
	if d.Producer == "" || !utf8.ValidString(d.Producer) {
		wrong("it does not say who says it")
	}
	if len(errs) > 5 {
		errs = append(errs[:5], fmt.Errorf("and %d more", len(errs)-5))
	}
	return errors.Join(errs...)
}

// statementWords are the titles of statements.
var statementWords = map[StatementKind]string{
	Confirmation: "confirmed", Rejection: "rejected", Denial: "denied by the accused",
	Referral: "the accused refers to an earlier denial", NoReply: "the accused was asked and has not answered", Comment: "comment",
}
