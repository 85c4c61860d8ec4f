package markup

import "slices"

func (r *reader) push(f frame) {
	n := len(r.open)
	h := uint64(f.kind)<<32 | uint64(f.unnamed)
	for i := 1; i <= 3 && i <= n; i++ {
		h = h*0x9E3779B97F4A7C15 + uint64(r.open[n-i].kind)
	}
	r.shape.add(mix(h))
	if n >= maxDepth {
		r.page.Deep = true
		return
	}
	f.before = r.last[f.kind]
	f.scope, f.special = -1, -1
	if n > 0 {
		f.scope, f.special = r.open[n-1].scope, r.open[n-1].special
	}
	if f.kind == table || f.kind == td || f.kind == caption || f.kind == object {
		f.scope = int32(n)
	}
	if f.kind != none && !inline(f.kind) {
		f.special = int32(n)
	}
	r.last[f.kind] = int32(n)
	r.open = append(r.open, f)
}

// pop closes the innermost element.
func (r *reader) pop() {
	f := &r.open[len(r.open)-1]
	r.last[f.kind] = f.before
	if f.kind == anchor {
		r.endLink()
	}
	if f.kind == form {
		r.form = nil
	}
	r.open = r.open[:len(r.open)-1]
}

// closeTo closes all elements down to and with index i. Formatting elements
// in between stay in force, as browsers do it (§13.2.4.3, "reconstruct the
// active formatting elements"): a hidden font element is not ended by the end
// of the block around it.
func (r *reader) closeTo(i int32) {
	var keep []frame
	for int32(len(r.open)) > i {
		f := r.open[len(r.open)-1]
		if formats(f.kind) && int32(len(r.open)-1) > i && len(keep) < 8 && (f.says.has != 0) {
			keep = append(keep, f)
		}
		if f.kind == td || f.kind == table {
			keep = keep[:0]
		}
		r.pop()
	}
	r.reopen(keep)
}

// reopen opens frames again, the last one first, with the look of where they
// stand now.
func (r *reader) reopen(keep []frame) {
	for _, f := range slices.Backward(keep) {
		f.look = r.look().within(f.says)
		f.quoted = len(r.open) > 0 && r.open[len(r.open)-1].quoted
		r.push(f)
	}
}

// closeImplied closes what the start of an element k ends without an end tag.
func (r *reader) closeImplied(k kind) {
	scope := int32(-1)
	if n := len(r.open); n > 0 {
		scope = r.open[n-1].scope
	}
	switch k {
	case td:
		if i := r.last[td]; i > r.last[table] {
			r.closeTo(i)
		}
	case tr:
		if i := max(r.last[tr], r.last[td]); i > r.last[table] {
			if r.last[tr] > r.last[table] {
				i = r.last[tr]
			}
			r.closeTo(i)
		}
	case tbody:
		if i := r.last[tbody]; i > r.last[table] {
			r.closeTo(i)
		} else if i := r.last[tr]; i > r.last[table] {
			r.closeTo(i)
		}
	case li:
		if i := r.last[li]; i > r.last[list] && i > scope {
			r.closeTo(i)
		}
	case anchor:
		if i := r.last[anchor]; i > scope {
			r.closeTo(i)
		}
	}
	if blocks(k) && k != td && k != tr {
		if i := r.last[para]; i > scope {
			r.closeTo(i)
		}
	}
}
