package signin

import (
	"io"
	"iter"
	"strings"
	"unsafe"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// Some providers write the steps of a sign-in as records of their own: the
// password was right, a policy denied, a session began. What a step means hangs
// on the records of the same transaction before and after it.

// stepKind is what a record says about its transaction.
type stepKind uint8

const (
	plainStep    stepKind = iota
	succeededNow          // a session began
	verifiedNow           // the password was right; what follows is in other records
	deniedNow             // refused by a policy, before or after the password
)

// stepRecord is an event, or the error of a record, with what joining its
// transaction needs. The transaction is Event.Try.
type stepRecord struct {
	Event
	err     error
	kind    stepKind
	session uint64 // hash of the session, a wider bond than the transaction; 0: none
}

// stepWindow is how many records apart those of one transaction may lie.
// Exports have them together, oldest or newest first.
const stepWindow = 512

// stepJoiner holds records back until it is known how their transaction ended:
// a password that was found right is a step of a sign-in that succeeds, or the
// proof of a password where it does not; a policy that denies proves one only
// where the password was looked at.
type stepJoiner struct {
	held  []heldStep // a ring of those not yielded yet; it grows to what stepWindow needs
	first int        // of held
	n     int        // how many are held
	out   stepRecord // the one that is yielded

	seen  map[uint64]stepSeen // by hash of transaction or session
	order []uint64            // the hashes in the order in which they came, to forget the oldest
}

// heldStep is a record with the text that its strings point into, which is used
// again for the next record in its place.
type heldStep struct {
	stepRecord
	text []byte
}

// stepSeen is what is known of a transaction or session.
type stepSeen struct{ verified, succeeded bool }

// joinSteps yields the records of a log with their steps joined. The record is
// reused; its strings are valid until the next one.
func joinSteps(records iter.Seq[*stepRecord]) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		j := stepJoiner{seen: map[uint64]stepSeen{}}
		for rec := range records {
			if rec.err == nil {
				j.note(rec)
			}
			if !j.push(rec, yield) {
				return
			}
		}
		for j.n > 0 {
			if !j.pop(yield) {
				return
			}
		}
	}
}

// jsonSteps reads a stream of JSON records as [jsonRecords] does; read also says
// which step a record is.
func jsonSteps(r io.Reader, fields *jsonscan.Fields, read func(*jsonscan.Record, *Event, *stepRecord) error) iter.Seq[*stepRecord] {
	return func(yield func(*stepRecord) bool) {
		var step stepRecord
		for ev, err := range jsonRecords(r, fields, func(rec *jsonscan.Record, ev *Event) error {
			step = stepRecord{}
			return read(rec, ev, &step)
		}) {
			if err != nil {
				step = stepRecord{err: err}
			} else {
				step.Event = *ev
			}
			if !yield(&step) {
				return
			}
		}
	}
}

// push yields a record, or holds it back where it or one before it must wait.
func (j *stepJoiner) push(rec *stepRecord, yield func(*Event, error) bool) bool {
	if j.n == 0 && rec.kind != verifiedNow && rec.kind != deniedNow {
		if rec.err != nil {
			return yield(nil, rec.err)
		}
		return yield(&rec.Event, nil)
	}
	if j.n == len(j.held) {
		j.grow()
	}
	j.held[(j.first+j.n)%len(j.held)].set(rec)
	j.n++
	return j.n <= stepWindow || j.pop(yield)
}

// grow makes room in the ring, whose records then begin at 0.
func (j *stepJoiner) grow() {
	larger := make([]heldStep, max(16, min(2*len(j.held), stepWindow+1)))
	copy(larger[copy(larger, j.held[j.first:]):], j.held[:j.first])
	j.held, j.first = larger, 0
}

// set takes a copy of a record.
func (h *heldStep) set(rec *stepRecord) {
	h.stepRecord = *rec
	size := 0
	for _, s := range eventStrings(&h.Event) {
		size += len(*s)
	}
	if cap(h.text) < size { // all at once: the text must not move under the strings
		h.text = make([]byte, 0, size)
	}
	h.text = h.text[:0]
	for _, s := range eventStrings(&h.Event) {
		begin := len(h.text)
		h.text = append(h.text, *s...)
		// The text changes when the next record is held in this place, which is
		// after this one was yielded: an event's strings are valid no longer.
		*s = unsafe.String(unsafe.SliceData(h.text[begin:]), len(*s))
	}
}

// pop yields the oldest record that is held.
func (j *stepJoiner) pop(yield func(*Event, error) bool) bool {
	j.out = j.held[j.first].stepRecord
	j.first = (j.first + 1) % len(j.held)
	j.n--
	if j.out.err != nil {
		return yield(nil, j.out.err)
	}
	j.settle(&j.out)
	return yield(&j.out.Event, nil)
}

// settle decides what a held record means.
func (j *stepJoiner) settle(rec *stepRecord) {
	a, b := j.seen[rec.Try], j.seen[rec.session]
	switch {
	case rec.kind == verifiedNow && (a.succeeded || b.succeeded):
		rec.Event = Event{Line: rec.Line}
	case rec.kind == deniedNow && (a.verified || b.verified):
		rec.Class, rec.Known = PolicyBlock, Yes
	}
}

// note remembers what a record says of its transaction and session.
func (j *stepJoiner) note(rec *stepRecord) {
	if rec.kind != verifiedNow && rec.kind != succeededNow {
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
		s.verified = s.verified || rec.kind == verifiedNow
		s.succeeded = s.succeeded || rec.kind == succeededNow
		j.seen[hash] = s
	}
	if len(j.order) > 8*stepWindow {
		for _, hash := range j.order[:4*stepWindow] {
			delete(j.seen, hash)
		}
		j.order = append(j.order[:0], j.order[4*stepWindow:]...)
	}
}

// eventStrings returns all strings of an event.
func eventStrings(ev *Event) [10]*string {
	return [...]*string{
		&ev.ID, &ev.Tenant, &ev.Host, &ev.Account, &ev.Country, &ev.UserAgent, &ev.Client, &ev.App, &ev.Code, &ev.Action,
	}
}

// cloneStrings gives an event strings of its own.
func cloneStrings(ev *Event) {
	for _, s := range eventStrings(ev) {
		*s = strings.Clone(*s)
	}
}
