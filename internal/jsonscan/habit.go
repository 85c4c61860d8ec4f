package jsonscan

// The records of a log are written by one program, so the keys of one come in
// the order in which they came in the last. A habit remembers which key stood
// where. Where the text goes on with the bytes of the key that is expected,
// from quote to colon, the key needs neither be read nor looked up: those
// bytes were validated before, and what they mean depends on the place alone.
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
}

const (
	maxPlaces = 4096
	maxKey    = 256
	maxOthers = 4 // how many are tried at one place
)

// begin makes ready for a record.
func (h *habit) begin(f *Fields) {
	if h.fields != f || len(h.places) >= maxPlaces {
		h.fields = f
		h.places = append(h.places[:0], make([]seen, ownPlaces)...)
	}
}

// expected returns the place and the node of the member that text begins with,
// if it is one that followed last before, or where last is nowhere, came first
// in the object at in.
func (h *habit) expected(in, last place, text []byte) (place, *node) {
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
			return at, p.child
		}
		at = p.other
	}
	return nowhere, nil
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
