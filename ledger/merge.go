package ledger

// Merge adds all facts of other to l. It is associative, commutative and
// idempotent; other is not changed. Forgetting follows the budget of l.
func (l *Ledger) Merge(other *Ledger) {
	other.pool.settle(other)
	to := renumbering{l: l, from: other}
	to.init()
	mine := [...]*entries{&l.refusals, &l.proofs.entries, &l.acts}
	for k, from := range [...]*entries{&other.refusals, &other.proofs.entries, &other.acts} {
		l.meet(l.sets()[k], from.share)
		set := mine[k]
		from.rows.each(func(i uint32, e *entry) {
			if !set.lazy && !set.keeps(e.key, e.try) {
				return
			}
			x := *e
			x.account, x.addr, x.client = to.account(e.account), to.addr(e.addr), to.client(e.client)
			x.code, x.file = to.code(e.code), to.file(e.file)
			l.note(&set.share, x.account, x.addr, x.client, x.code)
			if row, stands := set.put(x, l); stands {
				set.ids.take(row, &from.ids, i, set.rows.n)
			}
		})
	}
	from, set := &other.visits, &l.visits
	l.meet(set, from.share)
	from.rows.each(func(i uint32, v *visit) {
		if !set.keeps(other.accounts.name(v.account), other.addrs.addr(v.addr)) {
			return
		}
		x := *v
		x.account, x.addr, x.client, x.file = to.account(v.account), to.addr(v.addr), to.client(v.client), to.file(v.file)
		if set.level >= byNetwork {
			x.addr = l.networkAddr(x.addr)
		}
		l.note(&set.share, x.account, x.addr, x.client, noRow)
		if row, stands := set.put(x, l); stands {
			set.ids.take(row, &from.ids, i, set.rows.n)
		}
	})
	l.mergeMails(other, to)
	l.hours.merge(other.hours)
	l.pool.settle(l)
	if l.visits.level >= byNetwork {
		l.tidy() // the addresses that networks stand for
	}
}

func (l *Ledger) mergeMails(other *Ledger, to renumbering) {
	mine := l.slipSets()
	for k, from := range other.slipSets() {
		set := mine[k]
		l.meet(set, from.share)
		from.rows.each(func(_ uint32, x *slip) {
			if set.keeps(x.key, x.notable) {
				y := *x
				y.file = to.file(x.file)
				set.put(y, l)
			}
		})
	}
	l.habits.merge(&other.habits, l)
	l.onces.merge(&other.onces, l)
	l.mailHours.merge(other.mailHours)
	l.clickHours.merge(other.clickHours)
}

// meet makes a set no finer than another that is to be merged into it.
func (l *Ledger) meet(f facts, other share) {
	s := f.budget()
	s.idWidth = max(s.idWidth, other.idWidth)
	if s.level < other.level {
		s.level = other.level
		f.thin(l)
	}
}
