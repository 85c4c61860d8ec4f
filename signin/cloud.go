package signin

import (
	"bufio"
	"io"
	"strings"
	"time"
)

// This file holds what the formats of cloud identity providers share. Each of
// them fills an event with the words of its records and then calls finish.

// finish completes the event of a sign-in or an act: its time, the form of its
// fields, and its key. provider is part of the key, as ids are unique within a
// provider only; at is the time as the record writes it.
func finish(ev *Event, provider, at string, zone *time.Location) error {
	if strings.TrimSpace(at) == "" {
		return errNoTime
	}
	t, err := parseStamp(at, zone)
	if err != nil {
		return err
	}
	ev.Time = t
	ev.Tenant = NormalAccount(ev.Tenant)
	ev.Account = NormalAccount(ev.Account)
	if ev.Known == Unstated {
		ev.Known = knownAccount(ev.Class, "")
	}
	ev.UserAgent, ev.Client, ev.App = clip(ev.UserAgent), clip(ev.Client), clip(ev.App)
	ev.Code, ev.Action = clip(ev.Code), clip(ev.Action)
	ev.ID = NormalAccount(ev.ID)
	if ev.ID != "" {
		ev.Key = Key(provider, ev.ID)
	} else {
		ev.Key = Key(provider, ev.Time.Format(time.RFC3339Nano), ev.Tenant, ev.Account, ev.Addr.String(), ev.App, ev.Client,
			ev.UserAgent, ev.Code, ev.Action)
	}
	return nil
}

// lists returns the keys under which exports and collectors put a list of
// records, for [jsonscan.Config]: those of a provider and the usual ones.
func lists(own ...string) []string {
	return append(own, "value", "records", "Records", "items", "events", "data", "logs")
}

// tryOf returns the hash that joins the records of one try: of an id that the
// provider gives all of them, or 0 where the record has none.
func tryOf(provider, id string) uint64 {
	if id = strings.TrimSpace(id); id == "" || strings.EqualFold(id, "unknown") || strings.EqualFold(id, "null") {
		return 0
	}
	return Key(provider, "try", id)
}

// browserAgent stands in for a raw user agent that a provider does not give.
func browserAgent(browser, system string) string {
	if browser == "" || system == "" {
		return browser + system
	}
	return browser + "; " + system
}

// firstText returns the first text that says something: providers also write
// "unknown", "null", "-" or "N/A" for nothing.
func firstText(texts ...string) string {
	for _, s := range texts {
		if s == "" {
			continue
		}
		word := strings.TrimSpace(s)
		if len(word) > len("undefined") {
			return s
		}
		switch strings.ToLower(word) {
		case "", "-", "null", "unknown", "n/a", "none", "undefined":
		default:
			return s
		}
	}
	return ""
}

// peek returns the beginning of a text and the whole of it.
func peek(r io.Reader) (start []byte, whole io.Reader) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	start, _ = buffered.Peek(64 << 10) // an error of the source comes again when it is read
	return start, buffered
}

// stampIn returns the last ISO 8601 time in a text such as the head of a log
// line ("2026-03-02 08:00:01,357 WARN …", after syslog's own stamp), or "". A
// comma before the fraction is read as a point, and a space before the clock
// stays.
func stampIn(head string) string {
	for i := len(head) - len("2006-01-02T15:04:05"); i >= 0; i-- {
		s := head[i:]
		if isDigit(s[0]) && isDigit(s[3]) && s[4] == '-' && s[7] == '-' && (s[10] == 'T' || s[10] == ' ') && s[13] == ':' && s[16] == ':' &&
			(i == 0 || !isDigit(head[i-1])) {
			end := len("2006-01-02T15:04:05")
			for end < len(s) && strings.IndexByte("0123456789.,:+-Z", s[end]) >= 0 {
				end++
			}
			return strings.TrimRight(s[:end], ",.:-+")
		}
	}
	return ""
}
