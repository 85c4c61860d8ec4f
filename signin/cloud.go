package signin

import (
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
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "", "-", "null", "unknown", "n/a", "none", "undefined":
		default:
			return s
		}
	}
	return ""
}
