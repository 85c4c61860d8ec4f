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

// index finds rows by a hash (open addressing, linear probing). A slot holds a
// position and, in the bits that positions do not need, a tag from the hash;
// what is compared lies in the rows. The hashes it is given are seeded, so that
// nobody can write a log whose rows all collide.
type index struct {
	slots []uint32 // tag and position + 1; 0 is free
	n     int
	bits  uint8  // of a position: there are 1<<bits slots
	tags  uint32 // the bits of a tag
}

const (
	firstBits = 4
	noRow     = ^uint32(0)
)

// begin returns the slot at which the search for a hash begins, and its tag.
func (x *index) begin(hash uint64) (slot int, tag uint32) {
	return int(hash >> (64 - x.bits)), uint32(hash>>(32-x.bits)) << x.bits
}

// may reports whether slot k, which is not free, can hold what is looked for.
func (x *index) may(k int, tag uint32) bool { return x.slots[k]&x.tags == tag }

// next returns the slot after k.
func (x *index) next(k int) int { return (k + 1) & (len(x.slots) - 1) }

// row returns the position that a slot holds.
func (x *index) row(k int) uint32 { return x.slots[k]&^x.tags - 1 }

// put fills a free slot.
func (x *index) put(k int, tag, row uint32) {
	x.slots[k] = tag | (row + 1)
	x.n++
}

// reserve makes room for one more; hash returns that of a row.
func (x *index) reserve(hash func(row uint32) uint64) {
	if 4*x.n >= 3*len(x.slots) {
		x.rebuild(x.n, hash)
	}
}

// release gives the slots back. It must be reserved before it is searched again.
func (x *index) release() { x.slots = nil }

// rebuild indexes the rows 0..n-1 anew, with room for more.
func (x *index) rebuild(n int, hash func(row uint32) uint64) {
	bits := uint8(firstBits)
	for 4*n >= 3<<bits {
		bits++
	}
	*x = index{slots: make([]uint32, 1<<bits), n: n, bits: bits, tags: ^uint32(0) << bits}
	for i := range uint32(n) {
		k, tag := x.begin(hash(i))
		for x.slots[k] != 0 {
			k = x.next(k)
		}
		x.slots[k] = tag | (i + 1)
	}
}
