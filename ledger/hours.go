package ledger

import "slices"

// hours is the set of hours (since 1970) in which a log has any sign-in: where
// none are is a gap. A day takes 24 bits.
type hours struct {
	days map[int32]uint32
	last int32
}

func (h *hours) add(unix int64) {
	hour := int32(floorDiv(unix, 3600))
	if hour == h.last && h.days != nil {
		return // as nearly always
	}
	if h.days == nil {
		h.days = map[int32]uint32{}
	}
	h.last = hour
	h.days[int32(floorDiv(int64(hour), 24))] |= 1 << (int64(hour) - 24*floorDiv(int64(hour), 24))
}

func (h *hours) merge(o hours) {
	for day, bits := range o.days {
		if h.days == nil {
			h.days = map[int32]uint32{}
		}
		h.days[day] |= bits
	}
}

// list returns the hours, ascending.
func (h *hours) list() []int32 {
	var list []int32
	for day, bits := range h.days {
		for k := range int32(24) {
			if bits&(1<<k) != 0 {
				list = append(list, 24*day+k)
			}
		}
	}
	slices.Sort(list)
	return list
}
