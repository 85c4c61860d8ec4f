package ledger

// table numbers the distinct values of one kind in the order in which they
// came. The numbers are private to one ledger; nothing that leaves it may
// depend on them.
type table[T comparable] struct {
	list  []T
	index map[T]uint32
}

// at returns the number of v, adding it if it is new; clone, where not nil,
// makes the copy that is kept.
func (t *table[T]) at(v T, clone func(T) T) uint32 {
	if i, ok := t.index[v]; ok {
		return i
	}
	if t.index == nil {
		t.index = map[T]uint32{}
	}
	if clone != nil {
		v = clone(v)
	}
	i := uint32(len(t.list))
	t.list = append(t.list, v)
	t.index[v] = i
	return i
}
