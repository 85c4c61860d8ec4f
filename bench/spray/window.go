package spray

import (
	"fmt"
	"slices"
	"time"
)

// The shapes of counting that the rules share. All return alerts in a fixed
// order.

// every groups the sign-ins that match by key and by stretches of that length,
// counted from 1970 as query languages do (bin, bucket, DATE_TRUNC), and calls
// f for each group.
func every[K comparable](l Log, width time.Duration, key func(*Event) (K, bool), f func(k K, end int64, events []int32)) {
	type bin struct {
		key K
		n   int64
	}
	groups := map[bin][]int32{}
	var order []bin
	for i, e := range l.Events() {
		k, ok := key(e)
		if !ok {
			continue
		}
		b := bin{k, e.At / width.Milliseconds()}
		if _, known := groups[b]; !known {
			order = append(order, b)
		}
		groups[b] = append(groups[b], i)
	}
	for _, b := range order {
		f(b.key, (b.n+1)*width.Milliseconds(), groups[b])
	}
}

// sliding keeps, for each key, the sign-ins of the time that has just passed.
// Where they set the rule off they become an alert and the window begins anew.
func sliding[K comparable](l Log, width time.Duration, key func(*Event) (K, bool), fires func(events []int32) bool) []alert {
	windows := map[K][]int32{}
	var alerts []alert
	for i, e := range l.Events() {
		k, ok := key(e)
		if !ok {
			continue
		}
		w := append(windows[k], i)
		old := 0
		for l.event(w[old]).At <= e.At-width.Milliseconds() {
			old++
		}
		w = w[old:]
		if fires(w) {
			alerts = append(alerts, alert{fmt.Sprint(k), e.At, slices.Clone(w)})
			w = nil
		}
		windows[k] = w
	}
	return alerts
}

// leaky is a bucket for each key that holds so many sign-ins, loses one in
// each stretch of that length, and sets the rule off when it overflows. Where
// distinct is given only the first sign-in of each of its values is poured.
func leaky(l Log, capacity int, leak time.Duration, key func(*Event) (string, bool), distinct func(*Event) string) []alert {
	type bucket struct {
		level  float64
		at     int64
		events []int32
		seen   map[string]bool
	}
	buckets := map[string]*bucket{}
	var alerts []alert
	for i, e := range l.Events() {
		k, ok := key(e)
		if !ok {
			continue
		}
		b := buckets[k]
		if b != nil {
			b.level -= float64(e.At-b.at) / float64(leak.Milliseconds())
			if b.level <= 0 { // it ran dry and is forgotten
				b = nil
			}
		}
		if b == nil {
			b = &bucket{seen: map[string]bool{}}
			buckets[k] = b
		}
		b.at = e.At
		if distinct != nil {
			if b.seen[distinct(e)] {
				continue
			}
			b.seen[distinct(e)] = true
		}
		b.level++
		b.events = append(b.events, i)
		if b.level > float64(capacity) {
			alerts = append(alerts, alert{k, e.At, b.events})
			delete(buckets, k)
		}
	}
	return alerts
}

// distinct counts the different values of the sign-ins.
func distinct[V comparable](l Log, events []int32, value func(*Event) V) int {
	seen := make(map[V]bool, len(events))
	for _, i := range events {
		seen[value(l.event(i))] = true
	}
	return len(seen)
}

func users(l Log, events []int32) int {
	return distinct(l, events, func(e *Event) string { return e.Account })
}

func addresses(l Log, events []int32) int {
	return distinct(l, events, func(e *Event) any { return e.Addr })
}

// coded tells sign-ins whose code is one of the list.
func coded(codes ...string) func(*Event) bool {
	return func(e *Event) bool { return slices.Contains(codes, e.Code) }
}

// byAddress keys what matches by address.
func byAddress(matches func(*Event) bool) func(*Event) (string, bool) {
	return func(e *Event) (string, bool) {
		if !e.Addr.IsValid() || !matches(e) {
			return "", false
		}
		return e.Addr.String(), true
	}
}

// together puts all that matches under one key.
func together(matches func(*Event) bool) func(*Event) (string, bool) {
	return func(e *Event) (string, bool) { return "all", matches(e) }
}

// span is the time between the first and the last of the sign-ins.
func span(l Log, events []int32) time.Duration {
	return time.Duration(l.event(events[len(events)-1]).At-l.event(events[0]).At) * time.Millisecond
}
