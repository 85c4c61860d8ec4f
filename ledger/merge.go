package ledger

// Merge adds all facts of other to l. It is associative, commutative and
// idempotent; other is not changed. Forgetting follows the budget of l.
func (l *Ledger) Merge(other *Ledger) {
	accounts := make([]uint32, len(other.accounts.list))
	for i, n := range other.accounts.list {
		j := l.accounts.at(n, nil)
		if int(j) == len(l.known) {
			l.known = append(l.known, 0)
		}
		l.known[j] |= other.known[i]
		accounts[i] = j
	}
	addrs := make([]uint32, len(other.addrs.list))
	for i, a := range other.addrs.list {
		addrs[i] = l.addrs.at(a)
		if p, ok := other.places[uint32(i)]; ok {
			l.place(addrs[i], p)
		}
	}
	clients := renumber(&l.clients, other.clients.list)
	codes := renumber(&l.codes, other.codes.list)
	files := renumber(&l.files, other.files.list)
	ids := renumber(&l.ids, other.ids.list)

	entries := func(to *entries, from entries) {
		to.level = max(to.level, from.level)
		to.sealed = 0
		for _, e := range from.list {
			e.account, e.addr, e.client = accounts[e.account], addrs[e.addr], clients[e.client]
			e.code, e.file, e.id = codes[e.code], files[e.file], ids[e.id]
			to.list = append(to.list, e)
		}
		to.seal(l)
	}
	entries(&l.refusals, other.refusals)
	entries(&l.acts, other.acts)

	l.successes.level = max(l.successes.level, other.successes.level)
	l.successes.sealed = 0
	for _, s := range other.successes.list {
		s.account, s.addr, s.client = accounts[s.account], addrs[s.addr], clients[s.client]
		s.file, s.id = files[s.file], ids[s.id]
		l.successes.list = append(l.successes.list, s)
	}
	l.successes.seal(l)

	for h := range other.hours {
		l.hours[h] = struct{}{}
	}
}

// renumber adds values to t and returns their numbers there.
func renumber[T comparable](t *table[T], values []T) []uint32 {
	numbers := make([]uint32, len(values))
	for i, v := range values {
		numbers[i] = t.at(v, nil)
	}
	return numbers
}
