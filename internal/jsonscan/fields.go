// Package jsonscan reads chosen fields out of large streams of JSON records,
// fast and without trusting a byte of them.
//
// It differs from encoding/json in what it gives, not in what it accepts: the
// whole of a record is validated, what is skipped included (structure, numbers,
// literals, escapes, control characters in strings). As there, bytes of a
// string that are not UTF-8 and lone surrogates are no error and read as
// U+FFFD, and the last of duplicate keys wins, with all that is in it. Only
// nesting deeper than [MaxDepth] is refused here and not there. A fuzz test
// holds the two against each other.
//
// Start with [Compile] for what to read and [Reader] for where from;
// [Fields.Scan] reads a single record, such as a JSON cell of a CSV file.
package jsonscan

import (
	"fmt"
	"strings"
)

// Fields is a set of paths compiled for scanning. It does not change and may
// be shared.
type Fields struct {
	root    *node
	slots   int // fields and hidden slots for pairs
	anyCase bool
	mark    []int // see Config.Mark
}

// Config is how the paths given to [Compile] are meant.
type Config struct {
	// AnyCase makes the case of ASCII letters in keys meaningless: exports
	// of the same records differ in it over the years.
	AnyCase bool

	// Wrap names the keys under which an object at the top of a stream, or
	// one level below an array there, holds an array of records instead of
	// being one: "value", "records".
	Wrap []string

	// Mark lists fields one of which every record has. After damage, an
	// object counts as the next record only if it has one; others may be
	// fragments of the damaged record.
	Mark []int
}

// Compile returns the fields at the given paths; a field is named by its index
// in paths. Names must be ASCII. A path is
//
//	status.errorCode                    a key within an object
//	authenticationDetails[0].succeeded  the first element of an array
//	Properties[Name=UserAgent].Value    the element of an array that has this Name
//	source\.ip                          a key that has a point in it
//
// It panics on a path it cannot read, as regexp.MustCompile does: paths are
// part of the program.
func Compile(cfg Config, paths ...string) *Fields {
	f := &Fields{root: newNode(), slots: len(paths), anyCase: cfg.AnyCase, mark: cfg.Mark}
	for i, path := range paths {
		f.add(path, i)
	}
	for _, key := range cfg.Wrap {
		f.root.edge(f.name(key)).wrap = true
	}
	f.root.gather()
	return f
}

// node is a place in a record where something wanted is or lies below.
type node struct {
	leaf  int   // the field that is the value here, or -1
	inner []int // all slots below this node: a later duplicate of the key empties them
	wrap  bool  // an array here holds the records

	edges []edge  // edges[0] is unused, so that 0 can end a chain
	byLen []uint8 // length of a key → first edge for a key of this length

	first *node  // the first element, where this is an array
	pairs *pairs // the elements by name, where this is an array of named values
}

type edge struct {
	name  string // lower case with AnyCase
	next  uint8  // the next edge for a key of the same length
	child *node
}

// pairs reads an array such as [{"Name":"UserAgent","Value":"curl"}, …]. The
// element is scanned into slots of its own, and what is wanted is copied.
type pairs struct {
	element *node
	name    int // slot of the naming key
	wanted  []pairField
}

type pairField struct {
	name     string // of the element
	from, to int    // slots
}

func newNode() *node { return &node{leaf: -1, edges: make([]edge, 1)} }

func (f *Fields) add(path string, leaf int) {
	n := f.root
	for rest := strings.ReplaceAll(path, `\.`, "\x00"); rest != ""; {
		step, after, _ := strings.Cut(rest, ".")
		key, index, indexed := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		n = n.edge(f.name(key))
		switch name, value, named := strings.Cut(index, "="); {
		case !indexed:
		case index == "0":
			if n.first == nil {
				n.first = newNode()
			}
			n = n.first
		case named && after != "" && !strings.ContainsAny(after, ".["):
			f.addPair(n, f.name(name), value, f.name(after), leaf)
			return
		default:
			panic(fmt.Sprintf("jsonscan: path %q", path))
		}
		rest = after
	}
	if n == f.root || n.leaf >= 0 {
		panic(fmt.Sprintf("jsonscan: path %q is empty or stands twice", path))
	}
	n.leaf = leaf
}

// addPair adds the field at array[nameKey=name].valueKey.
func (f *Fields) addPair(array *node, nameKey, name, valueKey string, leaf int) {
	if array.pairs == nil {
		array.pairs = &pairs{element: newNode()}
		array.pairs.name = f.hidden(array.pairs.element.edge(nameKey))
	}
	p := array.pairs
	from := f.hidden(p.element.edge(valueKey))
	if f.hidden(p.element.edge(nameKey)) != p.name {
		panic(fmt.Sprintf("jsonscan: two naming keys for %q", name))
	}
	p.wanted = append(p.wanted, pairField{f.name(name), from, leaf})
}

// hidden returns the slot of a node inside a pair.
func (f *Fields) hidden(n *node) int {
	if n.leaf < 0 {
		n.leaf = f.slots
		f.slots++
	}
	return n.leaf
}

// name returns a key as the trie holds it.
func (f *Fields) name(key string) string {
	for i := range len(key) {
		if key[i] >= 0x80 {
			panic(fmt.Sprintf("jsonscan: key %q is not ASCII", key))
		}
	}
	key = strings.ReplaceAll(key, "\x00", ".") // see add
	if key == "" {
		panic("jsonscan: empty key")
	}
	if f.anyCase {
		return strings.ToLower(key)
	}
	return key
}

// edge returns the child for a key, and makes it where there is none.
func (n *node) edge(name string) *node {
	for len(n.byLen) <= len(name) {
		n.byLen = append(n.byLen, 0)
	}
	for e := n.byLen[len(name)]; e != 0; e = n.edges[e].next {
		if n.edges[e].name == name {
			return n.edges[e].child
		}
	}
	if len(n.edges) > 255 {
		panic("jsonscan: more than 255 keys in one object")
	}
	child := newNode()
	n.edges = append(n.edges, edge{name, n.byLen[len(name)], child})
	n.byLen[len(name)] = uint8(len(n.edges) - 1)
	return child
}

// gather fills inner and returns it with the node's own slot.
func (n *node) gather() []int {
	for _, e := range n.edges[1:] {
		n.inner = append(n.inner, e.child.gather()...)
	}
	if n.first != nil {
		n.inner = append(n.inner, n.first.gather()...)
	}
	if n.pairs != nil {
		n.inner = append(n.inner, n.pairs.element.gather()...)
		for _, w := range n.pairs.wanted {
			n.inner = append(n.inner, w.to)
		}
	}
	if n.leaf >= 0 {
		return append(n.inner[:len(n.inner):len(n.inner)], n.leaf)
	}
	return n.inner
}

// child returns the node for a key, or nil where it is not wanted.
func (n *node) child(key []byte, anyCase bool) *node {
	if len(key) >= len(n.byLen) {
		return nil
	}
	for e := n.byLen[len(key)]; e != 0; e = n.edges[e].next {
		if edge := &n.edges[e]; sameKey(key, edge.name, anyCase) {
			return edge.child
		}
	}
	return nil
}

// sameKey compares a key with a name of the same length.
func sameKey(key []byte, name string, anyCase bool) bool {
	if !anyCase {
		return string(key) == name
	}
	// Most keys of a length already differ in their last or first letter.
	if last := len(key) - 1; lower(key[last]) != name[last] || lower(key[0]) != name[0] {
		return false
	}
	for i := range key {
		if lower(key[i]) != name[i] {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if b-'A' < 26 {
		return b + 'a' - 'A'
	}
	return b
}
