package ledger

// rows is a list that grows without being copied: a list of millions that
// doubles holds itself twice for a moment, and the budget knows no moments.
type rows[T any] struct {
	parts [][]T // all of length chunk but the last
	n     int
}

const chunk = 1 << 12

func (r *rows[T]) at(i uint32) *T { return &r.parts[i/chunk][i%chunk] }

func (r *rows[T]) add(x T) {
	last := len(r.parts) - 1
	if last < 0 || len(r.parts[last]) == chunk {
		var part []T // the first grows as it must: most ledgers are small
		if last >= 0 {
			part = make([]T, 0, chunk)
		}
		r.parts = append(r.parts, part)
		last++
	}
	r.parts[last] = append(r.parts[last], x)
	r.n++
}

// each calls f for every row in turn.
func (r *rows[T]) each(f func(i uint32, x *T)) {
	i := uint32(0)
	for _, part := range r.parts {
		for k := range part {
			f(i, &part[k])
			i++
		}
	}
}

// index finds rows by a hash (open addressing, linear probing). It holds
// positions alone; what is compared lies in the rows. The hashes it is given
// are seeded, so that nobody can write a log whose rows all collide.
type index struct {
	slots []uint32 // position + 1; 0 is free
	n     int
	shift uint8
}

const (
	firstSlots = 16
	noRow      = ^uint32(0)
)

// begin returns the slot at which the search for a hash begins.
func (x *index) begin(hash uint64) int { return int(hash >> x.shift) }

// next returns the slot after k.
func (x *index) next(k int) int { return (k + 1) & (len(x.slots) - 1) }

// row returns the position that a slot holds, or noRow.
func (x *index) row(k int) uint32 { return x.slots[k] - 1 }

// put fills a free slot.
func (x *index) put(k int, row uint32) {
	x.slots[k] = row + 1
	x.n++
}

// reserve makes room for one more; hash returns that of a row.
func (x *index) reserve(hash func(row uint32) uint64) {
	if 4*x.n < 3*len(x.slots) {
		return
	}
	x.rebuild(x.n, max(firstSlots, 2*len(x.slots)), hash)
}

// rebuild indexes the rows 0..n-1 anew, in the given number of slots.
func (x *index) rebuild(n, slots int, hash func(row uint32) uint64) {
	size, shift := firstSlots, uint8(60)
	for size < slots || 4*n >= 3*size {
		size *= 2
		shift--
	}
	*x = index{slots: make([]uint32, size), n: n, shift: shift}
	for i := range uint32(n) {
		k := x.begin(hash(i))
		for x.slots[k] != 0 {
			k = x.next(k)
		}
		x.slots[k] = i + 1
	}
}
