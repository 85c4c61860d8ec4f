// Package evtx reads chosen fields out of the events of a Windows event log:
// out of its own files (EVTX, [NewReader]) and out of events exported as XML
// ([NewXMLReader]). It knows nothing of what the fields mean.
//
// EVTX is read as libyal describes it ("Windows XML Event Log (EVTX)",
// github.com/libyal/libevtx, documentation, and github.com/libyal/libfwevt for
// binary XML). A file is a head of 4 KiB and chunks of 64 KiB, each of which
// stands alone: its records are binary XML, in which most of an event is a
// template that the chunk holds once, with an array of values for each record.
// A template is compiled, once for each chunk, into the few steps that fetch
// the wanted values ([program]); so a record costs what is wanted of it.
//
// Files may be damaged or hostile: whatever they hold, memory is bounded by one
// chunk and what is compiled of it, and a damaged record or chunk costs itself.
//
// Start with [Compile] for what to read.
package evtx

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"
)

// Fields is a set of paths compiled for reading. It does not change and may be
// shared.
type Fields struct {
	top   *node // holds the element Event
	slots int
}

// Compile returns the fields at the given paths; a field is named by its index
// in paths. A path begins below the element Event and is
//
//	System/EventID                    the text of an element
//	System/TimeCreated@SystemTime     an attribute
//	EventData/Data[TargetUserName]    the Data that has this Name
//	EventData/Data[1]                 the first Data, if it has no Name
//	UserData/*/Address                below an element of any name
//
// It panics on a path it cannot read: paths are part of the program.
func Compile(paths ...string) *Fields {
	f := &Fields{top: newNode(), slots: len(paths)}
	f.top.make("Event")
	for i, path := range paths {
		if !f.add(path, int32(i)) {
			panic(fmt.Sprintf("evtx: path %q", path))
		}
	}
	return f
}

// node is an element in which something wanted is or lies below. A nil node is
// an element of which nothing is wanted.
type node struct {
	children map[string]*node
	attrs    map[string]int32
	leaf     int32 // the field that is its text, or -1

	data      map[string]int32 // the text of its Data by Name
	dataIndex []int32          // the text of its Data by place, from 1; -1: not wanted
}

func newNode() *node { return &node{leaf: -1} }

func (f *Fields) add(path string, slot int32) bool {
	n := f.top.children["Event"]
	path, attr, isAttr := strings.Cut(path, "@")
	steps := strings.Split(path, "/")
	last := steps[len(steps)-1]
	name, isData := strings.CutPrefix(strings.TrimSuffix(last, "]"), "Data[")
	if isData {
		steps = steps[:len(steps)-1]
	}
	for _, step := range steps {
		if step == "" || n.leaf >= 0 {
			return false
		}
		n = n.make(step)
	}
	switch {
	case isData:
		n.addData(name, slot)
	case isAttr:
		if n.attrs == nil {
			n.attrs = map[string]int32{}
		}
		n.attrs[attr] = slot
	case n.leaf >= 0 || n.children != nil:
		return false
	default:
		n.leaf = slot
	}
	return true
}

func (n *node) make(name string) *node {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	if n.children[name] == nil {
		n.children[name] = newNode()
	}
	return n.children[name]
}

func (n *node) addData(name string, slot int32) {
	place, err := strconv.Atoi(name)
	if err != nil || place < 1 {
		if n.data == nil {
			n.data = map[string]int32{}
		}
		n.data[name] = slot
		return
	}
	for len(n.dataIndex) < place {
		n.dataIndex = append(n.dataIndex, -1)
	}
	n.dataIndex[place-1] = slot
}

// child returns the node of an element inside n.
func (n *node) child(name []byte) *node {
	if n == nil || n.children == nil {
		return nil
	}
	if c := n.children[string(name)]; c != nil {
		return c
	}
	return n.children["*"]
}

// holdsData reports whether Data inside n is wanted.
func (n *node) holdsData() bool { return n != nil && (n.data != nil || n.dataIndex != nil) }

// wantsData reports whether a Data of this Name inside n may be wanted. Where
// places matter, all are, to be counted.
func (n *node) wantsData(name string) bool {
	_, ok := n.data[name]
	return ok || n.dataIndex != nil
}

// dataSlot returns the field that is the text of a Data inside n, or -1. place
// counts from 0.
func (n *node) dataSlot(name string, place int) int32 {
	if name != "" {
		if slot, ok := n.data[name]; ok {
			return slot
		}
	} else if place < len(n.dataIndex) {
		return n.dataIndex[place]
	}
	return -1
}

// Record holds the fields of one event. It is reused: what its methods return
// is valid until the next event is read.
type Record struct {
	At int64 // in EVTX the number of the record (EventRecordID), in XML the line on which the event begins

	slots []slot
	text  []byte
}

type slot struct {
	begin, end int32
	set        bool
}

// Text returns a field, "" where the event does not have it. Numbers are
// decimal, times ISO 8601 in UTC, identifiers, hexadecimal numbers and SIDs as
// Windows writes them in XML.
func (r *Record) Text(field int) string {
	s := r.slots[field]
	b := r.text[s.begin:s.end]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Has reports whether the event has a field, be it empty.
func (r *Record) Has(field int) bool { return r.slots[field].set }

func (r *Record) reset(f *Fields) {
	if len(r.slots) != f.slots {
		r.slots = make([]slot, f.slots)
	}
	clear(r.slots)
	r.text = r.text[:0]
}

// set gives a field the text from begin on. The first of several wins.
func (r *Record) set(field int32, begin int) {
	if field >= 0 && !r.slots[field].set {
		r.slots[field] = slot{int32(begin), int32(len(r.text)), true}
	}
}

// RecordError is a damaged event or part of a file. Reading goes on after it.
type RecordError struct {
	At  int64 // as in [Record], at least 1: where it is not known, of the event before
	Err error
}

func (e *RecordError) Error() string { return fmt.Sprintf("%d: %v", e.At, e.Err) }
func (e *RecordError) Unwrap() error { return e.Err }
