package detect

// counted is how often something that has a number came.
type counted struct {
	number uint32
	n      int
}

// counter counts by number. Most sets of attempts are small and there are
// many of them, where the few large ones have most of the attempts: a short
// list is searched, a long one is found by a map, or by an array where it is to
// hold a good part of all numbers.
type counter struct {
	list  []counted // in order of first appearance
	place map[uint32]int
	array []uint32 // place + 1
}

const shortList = 12

// newCounter makes a counter for so many additions of numbers below limit.
func newCounter(additions, limit int) counter {
	c := counter{list: make([]counted, 0, min(additions, limit, shortList))}
	if additions > shortList && 8*additions > limit {
		c.array = make([]uint32, limit)
	}
	return c
}

// add counts n more of a number and returns its place in the list.
func (c *counter) add(number uint32, n int) int {
	k := c.find(number)
	if k < 0 {
		k = len(c.list)
		c.list = append(c.list, counted{number: number})
		switch {
		case c.array != nil:
			c.array[number] = uint32(k + 1)
		case c.place != nil:
			c.place[number] = k
		case len(c.list) > shortList:
			c.place = make(map[uint32]int, 2*len(c.list))
			for k, x := range c.list {
				c.place[x.number] = k
			}
		}
	}
	c.list[k].n += n
	return k
}

// find returns the place of a number, -1 where it has none.
func (c *counter) find(number uint32) int {
	switch {
	case c.array != nil:
		return int(c.array[number]) - 1
	case c.place != nil:
		if k, ok := c.place[number]; ok {
			return k
		}
		return -1
	}
	for k := range c.list {
		if c.list[k].number == number {
			return k
		}
	}
	return -1
}
