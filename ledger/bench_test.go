package ledger

import (
	"testing"

	"github.com/pumphandle/pumphandle/signin"
)

// benchEvents are a month of 2,000 accounts, as events.
func benchEvents() []signin.Event {
	var events []signin.Event
	m := month{accounts: 2_000, sink: func(ev *signin.Event) { events = append(events, *ev) }}
	m.add(NewPool(Budget{}))
	return events
}

func BenchmarkAdd(b *testing.B) {
	events := benchEvents()
	b.ReportAllocs()
	i := 0
	l := New(Budget{})
	for b.Loop() {
		if i == len(events) {
			l, i = New(Budget{}), 0
		}
		l.Add(&events[i], "signins.ndjson")
		i++
	}
}

func BenchmarkView(b *testing.B) {
	l := build(Budget{}, benchEvents()...)
	b.ReportAllocs()
	for b.Loop() {
		l.View()
	}
}

func BenchmarkMerge(b *testing.B) {
	events := benchEvents()
	x, y := build(Budget{}, events[:len(events)/2]...), build(Budget{}, events[len(events)/2:]...)
	b.ReportAllocs()
	for b.Loop() {
		l := New(Budget{})
		l.Merge(x)
		l.Merge(y)
	}
}

func BenchmarkEncode(b *testing.B) {
	l := build(Budget{}, benchEvents()...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
