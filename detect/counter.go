package detect

import "sync"

// counted is how often something that has a number came.
type counted struct {
	number uint32
	n      int
}

// counter counts by number. There are many sets to count, small and large ones,
// so one counter serves set after set, and nothing is cleared between them: what
// place says of earlier sets is seen to be wrong (Briggs, Torczon, "An Efficient
// Representation for Sparse Sets", 1993).
type counter struct {
	list  []counted // in order of first appearance
	place []uint32  // by number: where in the list it is, if there
}

var idleCounters = sync.Pool{New: func() any { return new(counter) }}

// newCounter makes a counter of numbers below limit, which is to be freed.
func newCounter(limit int) *counter {
	c := idleCounters.Get().(*counter)
	c.begin()
	if len(c.place) < limit {
		c.place = make([]uint32, limit)
	}
	return c
}

// begin forgets what was counted.
func (c *counter) begin() { c.list = c.list[:0] }

// free ends the use of a counter and of its list.
func (c *counter) free() { idleCounters.Put(c) }

// add counts n more of a number and returns its place in the list.
func (c *counter) add(number uint32, n int) int {
	k := int(c.place[number])
	if k >= len(c.list) || c.list[k].number != number {
		k = len(c.list)
		c.place[number] = uint32(k)
		c.list = append(c.list, counted{number: number})
	}
	c.list[k].n += n
	return k
}
