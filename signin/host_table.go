package signin

import "strings"

// hostTable holds the hosts that write to one log.
type hostTable struct {
	names map[string]*hostLog // by the name as the log writes it
	prev  *hostLog            // most lines are of the host of the line before
}

// hostLog is one host in a log.
type hostLog struct {
	raw  string // as the log writes it
	name string // as [Event].Host has it
	seed uint64 // of hash
	last []byte // what followed the host's name in its last line, if that was a failed try
}

const (
	maxHost  = 255  // RFC 5424 6
	maxHosts = 1024 // a log with more of them forgets all and begins anew
	maxLast  = 1024 // a longer line is not kept for "last message repeated"
)

// of returns the host of a name as the log has it.
func (t *hostTable) of(raw string) *hostLog {
	raw = raw[:min(len(raw), maxHost)]
	if t.prev != nil && t.prev.raw == raw {
		return t.prev
	}
	h := t.names[raw]
	if h == nil {
		if len(t.names) >= maxHosts {
			clear(t.names)
		}
		raw = strings.Clone(raw)
		h = &hostLog{raw: raw, name: NormalAccount(raw)}
		h.seed = Key("host", h.name)
		t.names[raw] = h
	}
	t.prev = h
	return h
}

// hash mixes the host into a number, by the finalizer of SplitMix64. Like [Key]
// it is stable over runs and never 0, but it costs little.
func (h *hostLog) hash(n uint64) uint64 {
	n ^= h.seed
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return max(n^n>>31, 1)
}

func (h *hostLog) keep(tagged string) {
	if len(tagged) <= maxLast {
		h.last = append(h.last[:0], tagged...)
	}
}
