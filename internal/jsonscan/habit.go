package jsonscan

import "bytes"

// The records of a log are written by one program, so the keys of one come in
// the order in which they came in the last, and many values are the same in
// nearly every record: "none", false, an empty list. A record is like a printed
// form, and only what was filled in needs to be read.
//
// A habit remembers the form. A run is the text that lies between two values
// that change: commas, keys, values that came as before, the brackets of objects
// and arrays that begin or end there. Where the text goes on with the bytes of a
// run that followed here before, one comparison reads it all: those bytes were
// validated then, and what they mean depends only on the place at which they
// begin.
//
// Which values change is learned as records are read without runs (see
// [habit.studies]): the first ones, one in many later, and whatever no run fits.
//
// It is memory of bounded size, and no result depends on it.
type habit struct {
	fields  *Fields
	places  []seen
	runText int // bytes of all runs
	records int // since it was begun anew

	// The run that is being learned: the place behind which it begins (nowhere:
	// none), where that is in the text, and what is wanted of it so far.
	runAt   place
	runFrom int
	pending []step
}

// place is where a value stands in records: a position in habit.places. It
// tells which objects and arrays are open there, and so what may follow.
type place int32

const (
	nowhere    place = iota // no habit is known here, and none is formed
	firstPlace              // the record itself
	ownPlaces               // how many there are from the start
)

// seen is a member of an object, or an element of an array, that was met.
type seen struct {
	runs []run // that followed its value, the latest first; at firstPlace those that begin a record

	key   string // from quote to colon; "" of an element
	lines int    // line breaks in key
	child *node  // of its value
	in    place  // the object or array that it lies in
	next  place  // the member or element that followed it
	down  place  // the first member, where its value is an object
	other place  // another member that stood where this one did
	items place  // the first element, where its value is an array

	index   int8  // of an element; -1 of a member
	trust   int8  // how well value held lately
	learned int8  // how often value was learned
	ran     uint8 // how often a run was

	value string // as it came before; "" where it changes too often
}

// run is text that was validated: from behind a value, or the start of the
// record, to the next value that changes, or to the end of the record.
type run struct {
	text  string
	lines int   // line breaks in text
	to    place // of the value that follows; nowhere where the record ends
	child *node // of that value
	steps []step
}

// step is something to do for what is wanted in a run.
type step struct {
	what     act
	kind     Kind
	field    int32 // of the node, or -1
	from, to int32 // in the run; of a string without quotes
	node     *node
}

// act is what a step does.
type act uint8

const (
	take  act = iota // the value at from:to, which has nothing in it that is wanted
	clean            // the same, where something in it might have been
	open             // the object or array that begins at from
	shut             // the one that was opened for this node, which ends at to
	match            // the named value that ends here, an element of this node
)

const (
	maxPlaces = 4096
	maxKey    = 256
	maxOthers = 4 // how many members are tried at one place

	maxValue   = 1024 // bytes of a value that is remembered
	mostTrust  = 8    // from here on a value counts as one that does not change
	maxLearned = 16   // values that are tried before one is known to change

	ownElements = 12 // elements of an array that have places of their own

	maxRun     = 4096    // bytes of a run
	maxRunText = 1 << 20 // bytes of all runs
	maxRuns    = 6       // runs that are remembered behind one place
	maxRan     = 64      // that are learned there

	firstStudies = 16      // records in which values are learned, and then as many
	study        = 64      // in which runs are: later one in so many teaches both
	renewal      = 1 << 18 // records after which all is learned anew: programs change
)

// begin makes ready for a record.
func (h *habit) begin(f *Fields) {
	if h.fields != f || len(h.places) >= maxPlaces || h.runText >= maxRunText || h.records >= renewal {
		h.fields = f
		clear(h.places)
		h.places = append(h.places[:0], make([]seen, ownPlaces)...)
		h.places[firstPlace].child, h.places[firstPlace].index = f.root, -1
		h.runText, h.records = 0, 0
	}
	h.records++
	h.runAt = nowhere
}

// studies reports whether the present record is read without runs, to learn
// from it.
func (h *habit) studies() bool { return h.records <= 2*firstStudies || h.records%study == 0 }

// member returns the place of the member that text begins with, if it is one
// that followed last before, or where last is nowhere, came first in the object
// at in.
func (h *habit) member(in, last place, text []byte) place {
	at := h.places[last].next
	if last == nowhere {
		at = h.places[in].down
	}
	for range maxOthers {
		if at == nowhere {
			break
		}
		p := &h.places[at]
		if len(text) >= len(p.key) && string(text[:len(p.key)]) == p.key {
			return at
		}
		at = p.other
	}
	return nowhere
}

// learn remembers a member and returns its place, or nowhere if there is no
// room for it.
func (h *habit) learn(in, last place, key []byte, child *node) place {
	if in == nowhere || len(h.places) >= maxPlaces || len(key) > maxKey {
		return nowhere
	}
	at := place(len(h.places))
	h.places = append(h.places, seen{key: string(key), lines: bytes.Count(key, []byte{'\n'}), child: child, in: in, index: -1})
	before := &h.places[last].next
	if last == nowhere {
		before = &h.places[in].down
	}
	h.places[at].other = *before
	*before = at
	return at
}

// element returns the place of an element of the array at in: of the one behind
// last, or where index is 0, of the first. The first few have places of their
// own, because lists in a log (the policies of a tenant, the steps of a sign-in)
// come in order; the others share one.
func (h *habit) element(in, last place, index int, child *node) place {
	if index >= ownElements || index > 0 && last == nowhere {
		return last
	}
	at := &h.places[last].next
	if index == 0 {
		at = &h.places[in].items
	}
	if *at == nowhere && in != nowhere && len(h.places) < maxPlaces {
		n := place(len(h.places))
		*at = n
		h.places = append(h.places, seen{child: child, in: in, index: int8(index)})
		return n
	}
	return *at
}

// constant notes the value that came at a place and reports whether it is known
// not to change.
func (h *habit) constant(at place, value []byte) bool {
	p := &h.places[at]
	switch {
	case at == nowhere || p.learned > maxLearned:
		return false
	case len(value) == len(p.value) && string(value) == p.value:
		p.trust = min(p.trust+1, mostTrust)
		return p.trust == mostTrust
	}
	if p.trust -= 2; p.trust > 0 {
		return false
	}
	if p.trust = 0; p.value != "" {
		p.learned++
	}
	p.value = ""
	if p.learned <= maxLearned && len(value) <= maxValue {
		p.value = string(value)
	}
	return false
}

// beginRun begins to learn the run behind the value at a place, which ends at
// from.
func (h *habit) beginRun(at place, from int) {
	h.runAt, h.runFrom, h.pending = nowhere, from, h.pending[:0]
	if h.records > firstStudies && h.places[at].ran < maxRan {
		h.runAt = at
	}
}

// stopRun learns no run here.
func (h *habit) stopRun() { h.runAt = nowhere }

// want adds a step to the run that is being learned; from and to are positions
// in the text.
func (h *habit) want(what act, n *node, kind Kind, from, to int) {
	if h.runAt != nowhere {
		h.pending = append(h.pending, step{what, kind, int32(n.leaf), int32(from - h.runFrom), int32(to - h.runFrom), n})
	}
}

// endRun learns the run that ends before the value at a place, or where to is
// nowhere, at the end of the record. text goes up to there.
func (h *habit) endRun(to place, text []byte) {
	at := h.runAt
	if h.runAt = nowhere; at == nowhere || len(text)-h.runFrom > maxRun || h.runText >= maxRunText {
		return
	}
	text = text[h.runFrom:]
	p := &h.places[at]
	for k := range p.runs {
		if r := p.runs[k]; r.to == to && string(text) == r.text { // it comes first now
			copy(p.runs[1:k+1], p.runs[:k])
			p.runs[0] = r
			return
		}
	}
	if len(p.runs) < maxRuns {
		p.runs = append(p.runs, run{})
	}
	last := len(p.runs) - 1
	h.runText += len(text) - len(p.runs[last].text)
	copy(p.runs[1:], p.runs[:last])
	p.runs[0] = run{string(text), bytes.Count(text, []byte{'\n'}), to, h.places[to].child, append([]step(nil), h.pending...)}
	p.ran++
}
