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
// It is memory of bounded size, and no result depends on it.
type habit struct {
	fields *Fields
	places []seen
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
	array place // the elements, where it is an array
	first place // the first of them, where that is read as no other

	// whole is the member as it came before, from the first quote of the key to
	// the comma or brace behind the value; "" where that changes too often.
	whole    string
	kind     Kind  // of the value
	from, to int32 // the value in whole, of a string without quotes
	trust    int8  // how well whole held lately
	learned  int8  // how often whole was learned since it held well
}

const (
	maxPlaces = 4096
	maxKey    = 256
	maxOthers = 4 // how many are tried at one place

	maxWhole   = 1024 // bytes of a member that is remembered with its value
	mostTrust  = 8
	maxLearned = 16 // values that are tried before a member is known to change
)

// begin makes ready for a record.
func (h *habit) begin(f *Fields) {
	if h.fields != f || len(h.places) >= maxPlaces {
		h.fields = f
		h.places = append(h.places[:0], make([]seen, ownPlaces)...)
	}
}

// expected returns the place of the member that text begins with, if it is one
// that followed last before, or where last is nowhere, came first in the object
// at in; and whether text goes on with the value it had before.
func (h *habit) expected(in, last place, text []byte) (at place, whole bool) {
	at = h.places[last].next
	if last == nowhere {
		at = h.places[in].down
	}
	for range maxOthers {
		if at == nowhere {
			break
		}
		p := &h.places[at]
		if n := len(p.whole); n > 0 && len(text) >= n && string(text[:n]) == p.whole {
			p.trust = min(p.trust+1, mostTrust)
			return at, true
		}
		if len(text) >= len(p.key) && string(text[:len(p.key)]) == p.key {
			return at, false
		}
		at = p.other
	}
	return nowhere, false
}

// changed notes that the member at a place came with another value than before,
// and learns it where the one before did not hold well. text is the member with
// the comma or brace behind it; its value, which is text[from:to], was validated.
func (h *habit) changed(at place, text []byte, kind Kind, from, to int) {
	p := &h.places[at]
	if p.trust -= 2; p.trust > 0 || p.learned > maxLearned {
		return
	}
	if p.trust = 0; p.whole != "" {
		p.learned++
	}
	p.whole = ""
	if p.learned <= maxLearned && len(text) <= maxWhole {
		p.whole, p.kind, p.from, p.to = string(text), kind, int32(from), int32(to)
	}
}

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

// inside returns the places of the elements of the array at a place: of the
// first, which is another where it is read as no other, and of the rest.
func (h *habit) inside(at place, apart bool) (first, rest place) {
	if at == nowhere || len(h.places)+2 > maxPlaces {
		return nowhere, nowhere
	}
	if h.places[at].array == nowhere {
		n := place(len(h.places))
		h.places = append(h.places, seen{}, seen{})
		h.places[at].array, h.places[at].first = n, n+1
	}
	if apart {
		return h.places[at].first, h.places[at].array
	}
	return h.places[at].array, h.places[at].array
}
