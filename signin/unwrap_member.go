package signin

import (
	"bytes"
	"slices"
	"strings"
)

// maxMemberDepth is how deep a member is looked for that holds records:
// {"hits":{"hits":[{"_source":{…}}]}} needs five.
const maxMemberDepth = 5

// members recognises records that are the value of a member of each object, or
// the elements of such a list, where the formats do not know that member:
// {"response":{"authlogs":[…]}}, {"time":0,"event":{…}}.
func (u *unwrapper) members(head []byte, left int) (Format, bool) {
	if !looksLikeJSON(head) {
		return Format{}, false
	}
	lines := linesOfJSON(head)
	for _, place := range memberPlaces(head) {
		newBlanker := func() blanker { return &memberBlanker{want: place, lines: lines} }
		text := blankHead(head, newBlanker())
		if !holdsRecord(text) {
			continue
		}
		if !u.may() {
			break
		}
		if inner, ok := u.detect(text, left); ok {
			return blanked(inner, newBlanker), true
		}
	}
	return Format{}, false
}

// isListOfLists reports whether a text of JSON is a list whose elements are lists:
// the pages of an answer, or the rows of CloudWatch Logs Insights. A format finds
// the records in these, but takes the brackets around them for damage.
func isListOfLists(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for range 2 {
		head = bytes.TrimLeft(head, " \t\r\n")
		if len(head) == 0 || head[0] != '[' {
			return false
		}
		head = head[1:]
	}
	return true
}

// memberPlaces returns where the objects and lists of head are that are values
// of members, each place once, the shallowest first.
func memberPlaces(head []byte) []uint64 {
	type place struct {
		hash  uint64
		depth int
	}
	var places []place
	seen := map[uint64]bool{}
	m := memberBlanker{found: func(hash uint64, depth int) {
		if depth <= maxMemberDepth && !seen[hash] && len(places) < maxUnwrapTries {
			seen[hash] = true
			places = append(places, place{hash, depth})
		}
	}}
	for _, c := range head {
		m.passes(c)
	}
	slices.SortStableFunc(places, func(a, b place) int { return a.depth - b.depth })
	hashes := make([]uint64, len(places))
	for i, p := range places {
		hashes[i] = p.hash
	}
	return hashes
}

// linesOfJSON reports whether each line of a text is an object: its first line
// ends outside of one.
func linesOfJSON(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	head = bytes.TrimLeft(head, " \t\r\n")
	var m memberBlanker
	for _, c := range head {
		if c == '\n' {
			return len(m.open) == 0 && !m.str
		}
		m.passes(c)
	}
	return false
}

// memberBlanker leaves the objects and lists at one place of the objects at the
// top of a text. A place is a hash of the names of the members that lead there.
// It looks at structure only: what is no JSON is left to who reads the records.
type memberBlanker struct {
	want  uint64
	lines bool // each line is an object of its own: damage does not go beyond it

	found func(hash uint64, depth int) // told of every object and list that is a value or an element

	jsonString
	open   []container // those around pos that are not left
	inside int         // how deep pos is in what is left; 0: outside
	key    uint64      // hash of the last name of a member, or what there is of it
	isKey  bool        // the string is one
}

// container is an object or a list.
type container struct {
	hash  uint64 // of its place
	list  bool
	value bool // of an object: the name was read, its value comes
	typed bool // it holds what a client sent: see typedNames
}

func (m *memberBlanker) blank(block []byte) int {
	for i, c := range block {
		if !m.passes(c) && c != '\n' {
			block[i] = ' '
		}
	}
	return 0
}

// The numbers of the hash FNV-1a of 64 bits.
const (
	fnvStart = 14695981039346656037
	fnvPrime = 1099511628211
)

// passes takes the next byte of the text and reports whether it is left.
func (m *memberBlanker) passes(c byte) bool {
	if c == '\n' && m.lines {
		m.open, m.inside, m.jsonString = m.open[:0], 0, jsonString{}
	}
	if m.str {
		if m.goesOn(c) && m.isKey {
			m.key = (m.key ^ uint64(c)) * fnvPrime
		}
		return m.inside > 0
	}
	switch c {
	case '"':
		m.str = true
		top := m.top()
		if m.isKey = m.inside == 0 && top != nil && !top.list && !top.value; m.isKey {
			m.key = fnvStart
		}
	case ':', ',':
		if top := m.top(); m.inside == 0 && top != nil {
			top.value = c == ':'
		}
	case '{', '[':
		return m.opens(c == '[')
	case '}', ']':
		if m.inside > 0 {
			m.inside--
			return true
		}
		m.open = m.open[:max(len(m.open)-1, 0)]
	}
	return m.inside > 0
}

// jsonString tells what is inside of strings.
type jsonString struct {
	str bool // in one,
	esc bool // after a backslash in it
}

// goesOn takes a byte in a string and reports whether it is one of it.
func (s *jsonString) goesOn(c byte) bool {
	switch {
	case s.esc:
		s.esc = false
	case c == '\\':
		s.esc = true
	case c == '"' || c == '\n': // JSON has no end of a line in a string: this one is damaged
		s.str = false
	}
	return s.str
}

func (m *memberBlanker) top() *container {
	if len(m.open) == 0 {
		return nil
	}
	return &m.open[len(m.open)-1]
}

func (m *memberBlanker) opens(list bool) bool {
	if m.inside > 0 {
		m.inside++
		return true
	}
	next := container{hash: fnvStart, list: list}
	if top := m.top(); top != nil {
		key := m.key
		if top.list {
			key = 0 // all elements of a list are at one place
		}
		next.hash = (top.hash ^ key) * fnvPrime
		next.typed = top.typed || typedNames[key]
		if m.found != nil && !next.typed {
			m.found(next.hash, len(m.open))
		} else if m.found == nil && next.hash == m.want {
			m.inside = 1
			return true
		}
	}
	if len(m.open) < cap(m.open) || len(m.open) < maxOpen {
		m.open = append(m.open, next)
	}
	return false
}

// typedNames are the hashes of the names under which servers log what a client
// sent: a record of his making there is none of a log.
var typedNames = func() map[uint64]bool {
	hashes := map[uint64]bool{}
	for _, name := range [...]string{"request", "req", "body", "requestBody", "request_body", "params", "query", "headers", "form", "input", "args", "arguments", "cookies"} {
		for _, spelt := range [...]string{name, strings.ToUpper(name[:1]) + name[1:]} {
			hash := uint64(fnvStart)
			for _, c := range []byte(spelt) {
				hash = (hash ^ uint64(c)) * fnvPrime
			}
			hashes[hash] = true
		}
	}
	return hashes
}()

// maxOpen bounds the containers that are remembered; no format has more.
const maxOpen = 128
