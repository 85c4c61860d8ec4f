package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// oktaWindow is how many records apart those of one transaction may lie.
// Exports have them together, oldest or newest first.
const oktaWindow = 512

// oktaJoiner holds records back until it is known how their transaction ended:
// a password that was found right is a step of a sign-in that succeeds, or the
// proof of a password where it does not; a policy that denies proves one only
// where the password was looked at.
type oktaJoiner struct {
	held  []oktaRecord // those not yielded yet, in order; strings are their own
	first int          // of held

	seen  map[uint64]oktaSeen // by hash of transaction or session
	order []uint64            // the hashes in the order in which they came, to forget the oldest
}

// oktaSeen is what is known of a transaction or session.
type oktaSeen struct{ verified, succeeded bool }

func joinOkta(r io.Reader) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		j := oktaJoiner{seen: map[uint64]oktaSeen{}}
		var rec oktaRecord
		for ev, err := range jsonRecords(r, oktaFields, func(fields *jsonscan.Record, ev *Event) error {
			rec = oktaRecord{}
			return rec.read(fields, ev)
		}) {
			if err != nil {
				rec = oktaRecord{err: err}
			} else {
				rec.Event = *ev
				j.note(&rec)
			}
			if !j.push(&rec, yield) {
				return
			}
		}
		for j.first < len(j.held) {
			if !j.pop(yield) {
				return
			}
		}
	}
}

// push yields a record, or holds it back where it or one before it must wait.
func (j *oktaJoiner) push(rec *oktaRecord, yield func(*Event, error) bool) bool {
	if j.first == len(j.held) && rec.kind != oktaVerified && rec.kind != oktaDenied {
		if rec.err != nil {
			return yield(nil, rec.err)
		}
		return yield(&rec.Event, nil)
	}
	j.held = append(j.held, *rec)
	cloneStrings(&j.held[len(j.held)-1].Event)
	return len(j.held)-j.first <= oktaWindow || j.pop(yield)
}

// pop yields the oldest record that is held.
func (j *oktaJoiner) pop(yield func(*Event, error) bool) bool {
	rec := j.held[j.first]
	j.held[j.first] = oktaRecord{}
	if j.first++; j.first >= oktaWindow {
		n := copy(j.held, j.held[j.first:])
		clear(j.held[n:])
		j.held, j.first = j.held[:n], 0
	}
	if rec.err != nil {
		return yield(nil, rec.err)
	}
	j.settle(&rec)
	return yield(&rec.Event, nil)
}

// settle decides what a held record means.
func (j *oktaJoiner) settle(rec *oktaRecord) {
	a, b := j.seen[rec.Try], j.seen[rec.session]
	switch {
	case rec.kind == oktaVerified && (a.succeeded || b.succeeded):
		rec.Event = Event{Line: rec.Line}
	case rec.kind == oktaDenied && (a.verified || b.verified):
		rec.Class, rec.Known = PolicyBlock, Yes
	}
}

// note remembers what a record says of its transaction and session.
func (j *oktaJoiner) note(rec *oktaRecord) {
	if rec.kind != oktaVerified && rec.kind != oktaSucceeded {
		return
	}
	for _, hash := range [...]uint64{rec.Try, rec.session} {
		if hash == 0 {
			continue
		}
		s, known := j.seen[hash]
		if !known {
			j.order = append(j.order, hash)
		}
		s.verified = s.verified || rec.kind == oktaVerified
		s.succeeded = s.succeeded || rec.kind == oktaSucceeded
		j.seen[hash] = s
	}
	if len(j.order) > 8*oktaWindow {
		for _, hash := range j.order[:4*oktaWindow] {
			delete(j.seen, hash)
		}
		j.order = append(j.order[:0], j.order[4*oktaWindow:]...)
	}
}

// cloneStrings gives an event strings of its own.
func cloneStrings(ev *Event) {
	for _, s := range [...]*string{
		&ev.ID, &ev.Tenant, &ev.Host, &ev.Account, &ev.Country, &ev.UserAgent, &ev.Client, &ev.App, &ev.Code, &ev.Action,
	} {
		*s = strings.Clone(*s)
	}
}
