package ledger

// What an entry of a table takes beside its text, its share of a view
// included.
const (
	accountBytes = 24
	addrBytes    = 40
	clientBytes  = 112
	codeBytes    = 48
)

// note marks what a row of a set points to. What the set points to for the
// first time counts as its own.
func (l *Ledger) note(s *share, account, addr, client, code uint32) {
	if m := &l.accounts.marks[account]; *m&s.mark == 0 {
		*m |= s.mark
		n := &l.accounts.list[account]
		s.names += accountBytes + int64(n.user) + int64(n.host)
	}
	if m := &l.addrs.marks[addr]; *m&s.mark == 0 {
		*m |= s.mark
		s.names += addrBytes
	}
	if m := &l.clients.marks[client]; *m&s.mark == 0 {
		*m |= s.mark
		c := &l.clients.list[client]
		s.names += clientBytes + int64(len(c.UserAgent)+len(c.Client)+len(c.App))
	}
	if code == noRow {
		return
	}
	if m := &l.codes.marks[code]; *m&s.mark == 0 {
		*m |= s.mark
		s.names += codeBytes + int64(len(l.codes.list[code]))
	}
}

// recount marks anew what the rows of a set point to; each calls its argument
// for every row.
func (l *Ledger) recount(s *share, each func(mark func(account, addr, client, code uint32))) {
	for _, marks := range [...][]uint8{l.accounts.marks, l.addrs.marks, l.clients.marks, l.codes.marks} {
		for i := range marks {
			marks[i] &^= s.mark
		}
	}
	s.names = 0
	each(func(account, addr, client, code uint32) { l.note(s, account, addr, client, code) })
}

// tidy forgets the table entries that no row points to any more: all of them
// were typed by somebody. File names stay: there are as many as there are
// files.
func (l *Ledger) tidy() {
	old := *l
	l.accounts, l.addrs, l.clients, l.codes = accountTable{}, addrTable{}, clientTable{}, stringTable{}
	to := renumbering{l: l, from: &old}
	to.init()
	for _, set := range [...]*entries{&l.refusals, &l.proofs.entries, &l.acts} {
		set.rows.each(func(_ uint32, e *entry) {
			e.account, e.addr, e.client, e.code = to.account(e.account), to.addr(e.addr), to.client(e.client), to.code(e.code)
		})
	}
	l.visits.rows.each(func(_ uint32, v *visit) {
		v.account, v.addr, v.client = to.account(v.account), to.addr(v.addr), to.client(v.client)
	})
	for i, n := range to.accounts {
		if n != noRow {
			l.accounts.marks[n] = old.accounts.marks[i]
		}
	}
	for i, n := range to.addrs {
		if n != noRow {
			l.addrs.marks[n] = old.addrs.marks[i]
		}
	}
	for i, n := range to.clients {
		if n != noRow {
			l.clients.marks[n] = old.clients.marks[i]
		}
	}
	for i, n := range to.codes {
		if n != noRow {
			l.codes.marks[n] = old.codes.marks[i]
		}
	}
	l.visits.index.rebuild(l.visits.rows.n, func(i uint32) uint64 { return l.visits.hash(l.visits.rows.at(i), l) })
}

// renumbering carries what rows point to from the tables of one ledger to
// those of another, as it is asked for.
type renumbering struct {
	l, from                                *Ledger
	accounts, addrs, clients, codes, files []uint32
}

func (r *renumbering) init() {
	numbers := func(n int) []uint32 {
		list := make([]uint32, n)
		for i := range list {
			list[i] = noRow
		}
		return list
	}
	f := r.from
	r.accounts, r.addrs, r.clients = numbers(len(f.accounts.list)), numbers(len(f.addrs.word)), numbers(len(f.clients.list))
	r.codes, r.files = numbers(len(f.codes.list)), numbers(len(f.files.list))
}

func (r *renumbering) account(i uint32) uint32 {
	if r.accounts[i] == noRow {
		r.accounts[i] = r.l.accounts.at(r.from.accounts.name(i), r.l.seed)
	}
	return r.accounts[i]
}

func (r *renumbering) addr(i uint32) uint32 {
	if r.addrs[i] == noRow {
		r.addrs[i] = r.l.addrs.at(r.from.addrs.addr(i), r.l.seed, r.l.mix)
		r.l.place(r.addrs[i], r.from.placeOf(i))
	}
	return r.addrs[i]
}

func (r *renumbering) client(i uint32) uint32 {
	if r.clients[i] == noRow {
		r.clients[i] = r.l.clients.at(r.from.clients.list[i], r.l.seed)
	}
	return r.clients[i]
}

func (r *renumbering) code(i uint32) uint32 {
	if r.codes[i] == noRow {
		r.codes[i] = r.l.codes.at(r.from.codes.list[i])
	}
	return r.codes[i]
}

func (r *renumbering) file(i uint32) uint32 {
	if r.files[i] == noRow {
		r.files[i] = r.l.files.at(r.from.files.list[i])
	}
	return r.files[i]
}
