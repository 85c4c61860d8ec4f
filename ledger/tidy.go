package ledger

// tidy forgets the table entries that no row points to any more, once they are
// the greater part: rows that were sampled away or merged leave names, user
// agents and record ids behind, and all of these were typed by somebody.
func (l *Ledger) tidy() {
	rows := len(l.refusals.list) + len(l.acts.list) + len(l.successes.list)
	if most := 2*rows + 1<<14; len(l.ids.list) <= most && len(l.accounts.list) <= most && len(l.addrs.list) <= most && len(l.clients.list) <= most {
		return
	}
	refs := l.references()
	oldKnown, oldPlaces := l.known, l.places
	accounts := retain(&l.accounts, refs.accounts)
	l.known = make([]knowledge, len(l.accounts.list))
	for from, to := range accounts {
		l.known[to] = oldKnown[from]
	}
	old := l.addrs.list
	l.addrs, l.places = addrTable{}, map[uint32]Place{}
	addrs := map[uint32]uint32{}
	for i, a := range old {
		if refs.addrs[i] {
			addrs[uint32(i)] = l.addrs.at(a)
			if p, ok := oldPlaces[uint32(i)]; ok {
				l.places[addrs[uint32(i)]] = p
			}
		}
	}
	clients := retain(&l.clients, refs.clients)
	codes := retain(&l.codes, refs.codes)
	files := retain(&l.files, refs.files)
	ids := retain(&l.ids, refs.ids)
	for _, list := range [][]entry{l.refusals.list, l.acts.list} {
		for i := range list {
			e := &list[i]
			e.account, e.addr, e.client = accounts[e.account], addrs[e.addr], clients[e.client]
			e.code, e.file, e.id = codes[e.code], files[e.file], ids[e.id]
		}
	}
	for i := range l.successes.list {
		s := &l.successes.list[i]
		s.account, s.addr, s.client = accounts[s.account], addrs[s.addr], clients[s.client]
		s.file, s.id = files[s.file], ids[s.id]
	}
}

// retain keeps the marked values of a table, in their order, and returns where
// each old number went. Order is kept, so that sorted rows stay sorted.
func retain[T comparable](t *table[T], keep []bool) map[uint32]uint32 {
	old := t.list
	*t = table[T]{}
	to := map[uint32]uint32{}
	for i, v := range old {
		if keep[i] {
			to[uint32(i)] = t.at(v, nil)
		}
	}
	return to
}
