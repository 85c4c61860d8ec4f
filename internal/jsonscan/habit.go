package jsonscan

// The records of a log are written by one program, so the keys of one come in
// the order in which they came in the last. A habit remembers which key stood
// where. Where the text goes on with the bytes of the key that is expected,
// from quote to colon, the key needs neither be read nor looked up: those
// bytes were validated before, and what they mean depends on the place alone.
//
// Many members also have the same value in nearly every record: "none", false,
// an empty list. Where the text goes on with the whole member as it came before,
// up to the comma or brace behind its value, none of it needs to be read again.
//
// Such members follow one another. A run is the text of several of them up to
// the key of the next one whose value changes, or up to the brace that ends the
// object: where the text goes on with it, one comparison reads it all.
//
// It is memory of bounded size, and no result depends on it.
type habit struct {
	fields *Fields
	places []seen

	// The run that is being observed: the member it begins with (nowhere: none),
	// where that stands in the text, and what is wanted of it so far.
	runAt   place
	runFrom int
	pending []wantedValue
	runText int // bytes of all runs
}

// place is where a member stands in records: a position in habit.places.
type place int32

const (
	nowhere    place = iota // no habit is known here, and none is formed
	firstPlace              // the record itself
	ownPlaces               // how many there are from the start
)

// seen is a member that was met, or the inside of an array.
type seen struct {
	key   string // from quote to colon
	child *node
	next  place // the member that followed it
	down  place // the first member of the object that is its value
	other place // another that stood where this one did

	elements place // the first element, where it is an array
	behind   place // the element that follows, where it is one

	// whole is the member as it came before, from the first quote of the key to
	// the comma or brace behind the value; "" where that changes too often.
	whole   string
	wanted  []wantedValue // of its value, where it is wanted
	trust   int8          // how well whole held lately
	learned int8          // how often whole was learned

	run  *run // that begins with this member; nil where there is none
	runs int8 // how often one was learned
}

// run is members that came as before, up to what changes.
type run struct {
	text   string // from the first quote of the first key to a colon or to the brace
	to     place  // the member with whose key it ends; nowhere where it ends the object
	wanted []wantedValue
	trust  int8 // how well it held lately
}

// wantedValue is a value in a text that is known: where it stands in it, of a
// string without quotes.
type wantedValue struct {
	child    *node
	kind     Kind
	from, to int32
}

const (
	maxPlaces = 4096
	maxKey    = 256
	maxOthers = 4 // how many are tried at one place

	maxWhole   = 1024 // bytes of a member that is remembered with its value
	mostTrust  = 8
	maxLearned = 16 // values that are tried before a member is known to change

	ownElements = 12 // elements of an array that have places of their own

	maxRun     = 4096    // bytes of a run
	maxRunText = 1 << 20 // bytes of all runs
	maxRuns    = 32      // runs that are tried at one place
)

// match is how a text goes on.
type match uint8

const (
	otherwise match = iota // with nothing that is known here
	byKey                  // with the key of a member
	asBefore               // with a whole member as it came before
	asRun                  // with several, and the key that follows them
)

// begin makes ready for a record.
func (h *habit) begin(f *Fields) {
	if h.fields != f || len(h.places) >= maxPlaces {
		h.fields = f
		h.places = append(h.places[:0], make([]seen, ownPlaces)...)
		h.runText = 0
	}
}

// expected returns the place of the member that text begins with, if it is one
// that followed last before, or where last is nowhere, came first in the object
// at in; and how much of the text is known.
func (h *habit) expected(in, last place, text []byte) (at place, how match) {
	at = h.places[last].next
	if last == nowhere {
		at = h.places[in].down
	}
	for range maxOthers {
		if at == nowhere {
			break
		}
		p := &h.places[at]
		if r := p.run; r != nil {
			if len(text) >= len(r.text) && string(text[:len(r.text)]) == r.text {
				r.trust = min(r.trust+1, mostTrust)
				return at, asRun
			}
		}
		if p.cameBefore(text) {
			return at, asBefore
		}
		if len(text) >= len(p.key) && string(text[:len(p.key)]) == p.key {
			return at, byKey
		}
		at = p.other
	}
	return nowhere, otherwise
}

// cameBefore reports whether text goes on with the whole member as before.
func (p *seen) cameBefore(text []byte) bool {
	n := len(p.whole)
	if n == 0 || len(text) < n || string(text[:n]) != p.whole {
		return false
	}
	p.trust = min(p.trust+1, mostTrust)
	return true
}

// behindRun tells how much is known of the member at to, with whose key the run
// ended that began at the place from. One that holds well by now belongs into
// the run, which is given up for a longer one.
func (h *habit) behindRun(from, to place, text []byte) match {
	p := &h.places[to]
	if !p.cameBefore(text) {
		return byKey
	}
	if p.trust == mostTrust {
		h.dropRun(&h.places[from])
	}
	return asBefore
}

// changed notes that the member at a place came with another value than before,
// and learns it where the one before did not hold well. text is the member with
// the comma or brace behind it; its value, where w has it, was validated.
func (h *habit) changed(at place, text []byte, w wantedValue) {
	p := &h.places[at]
	if p.trust -= 2; p.trust > 0 || p.learned > maxLearned {
		return
	}
	if p.trust = 0; p.whole != "" {
		p.learned++
	}
	p.whole, p.wanted = "", nil
	if p.learned <= maxLearned && len(text) <= maxWhole {
		p.whole = string(text)
		if w.child != nil {
			p.wanted = []wantedValue{w}
		}
	}
}

// goOn notes that the member at a place, which stands at buf[begin], came as
// before. One that has not for long ends a run.
func (h *habit) goOn(at place, buf []byte, begin int) {
	p := &h.places[at]
	if p.trust < mostTrust {
		h.endRun(at, buf[:begin+len(p.key)])
		return
	}
	if h.runAt == nowhere {
		if h.lostRun(p) {
			return
		}
		h.runAt, h.runFrom, h.pending = at, begin, h.pending[:0]
	}
	h.want(p.wanted, begin)
}

// goOnRun notes that a run came in the run that is being observed.
func (h *habit) goOnRun(at place, buf []byte, begin int) {
	if h.runAt == nowhere {
		return
	}
	if p := &h.places[at]; p.run.trust < mostTrust {
		h.endRun(at, buf[:begin+len(p.key)])
	} else {
		h.want(p.run.wanted, begin)
	}
}

// want adds the values of a part at begin to those of the run.
func (h *habit) want(wanted []wantedValue, begin int) {
	for _, w := range wanted {
		w.from, w.to = w.from+int32(begin-h.runFrom), w.to+int32(begin-h.runFrom)
		h.pending = append(h.pending, w)
	}
}

// lostRun notes that a member came but not the run that begins with it, and
// reports whether no other is to be learned.
func (h *habit) lostRun(p *seen) bool {
	if p.run != nil {
		if p.run.trust -= 3; p.run.trust > 0 {
			return true
		}
		h.dropRun(p)
	}
	return p.runs >= maxRuns
}

func (h *habit) dropRun(p *seen) {
	h.runText -= len(p.run.text)
	p.run = nil
}

// endRun learns the run that was observed, if there is one: the member at to, or
// where to is nowhere, the end of the object, is not of it. text goes up to the
// colon of that member or the brace of the object.
func (h *habit) endRun(to place, text []byte) {
	from, at := h.runFrom, h.runAt
	h.runAt = nowhere
	if at == nowhere || at == to || len(text)-from > maxRun || h.runText+len(text)-from > maxRunText {
		return
	}
	p := &h.places[at]
	p.run = &run{string(text[from:]), to, append([]wantedValue(nil), h.pending...), mostTrust / 2}
	p.runs++
	h.runText += len(text) - from
}

// stopRun forgets the run that is being observed.
func (h *habit) stopRun() { h.runAt = nowhere }

// learn remembers a member and returns its place, or nowhere if there is no
// room for it.
func (h *habit) learn(in, last place, key []byte, child *node) place {
	if in == nowhere || len(h.places) >= maxPlaces || len(key) > maxKey {
		return nowhere
	}
	at := place(len(h.places))
	h.places = append(h.places, seen{key: string(key), child: child})
	before := &h.places[last].next
	if last == nowhere {
		before = &h.places[in].down
	}
	h.places[at].other = *before
	*before = at
	return at
}

// element returns the place of an element of the array at a place: of the one
// behind last, or where last is nowhere, of the first. The first few have places
// of their own, because lists in a log (the policies of a tenant, the steps of a
// sign-in) come in order; the others share one.
func (h *habit) element(array, last place, index int) place {
	if index >= ownElements || index > 0 && last == nowhere {
		return last
	}
	at := &h.places[last].behind
	if index == 0 {
		at = &h.places[array].elements
	}
	if *at == nowhere && array != nowhere && len(h.places) < maxPlaces {
		*at = place(len(h.places))
		n := *at
		h.places = append(h.places, seen{})
		return n
	}
	return *at
}
