package spray

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/signin"
)

// try is one failed sign-in of a rule's test.
type try struct {
	at            int64
	account, addr int    // numbers
	code          string // "": 50126
	country       int
}

// logOf writes a log of failures, in order of time, behind a week in which
// people sign in and now and then mistype.
func logOf(tries ...try) Log {
	slices.SortStableFunc(tries, func(a, b try) int { return int(a.at - b.at) })
	var l Log
	agent := &ledger.Client{UserAgent: "tool/1.0", App: "app"}
	add := func(e Event) {
		l.at = append(l.at, int32(len(l.events)))
		l.events = append(l.events, e)
	}
	for i, t := range tries {
		e := failure(8*day+t.at, "a", fmt.Sprintf("user%d@a", t.account), fmt.Sprintf("192.0.%d.%d", t.addr/250, t.addr%250), uint64(i))
		e.Client, e.Country = agent, fmt.Sprintf("C%d", t.country)
		if t.code != "" {
			e.Code = t.code
		}
		add(e)
	}
	return l
}

// times makes n tries, one every so often.
func times(n int, every int64, f func(i int) try) []try {
	var all []try
	for i := range n {
		t := f(i)
		t.at += int64(i) * every
		all = append(all, t)
	}
	return all
}

const second = minute / 60

// Each rule finds what it is made for, at its threshold, and is silent below
// it.
func TestRivals(t *testing.T) {
	oneToMany := func(i int) try { return try{account: i, addr: 1} }
	manyToOne := func(i int) try { return try{account: 1, addr: i, country: i % 4} }
	ownEach := func(i int) try { return try{account: i, addr: i} }
	for _, test := range []struct {
		rule        Rival
		find, leave []try
	}{
		{oneAddress, times(10, 6*minute, oneToMany), times(10, 7*minute, oneToMany)},
		{fail2ban, times(5, 2*minute, oneToMany), times(5, 3*minute, oneToMany)},
		{pantherByIP, times(20, 3*minute, oneToMany), times(19, minute, oneToMany)},
		{pantherByUser, times(10, 6*minute, manyToOne), times(9, minute, manyToOne)},
		{crowdSec, times(7, second, oneToMany), times(7, 5*minute, oneToMany)},
		{sentinelSpray, times(5, 4*minute, oneToMany), times(8, 5*minute, oneToMany)},
		{sentinelDistributed, times(31, 30*minute, manyToOne), times(30, 30*minute, manyToOne)},
		{sentinelDistributed, times(31, 30*minute, manyToOne), times(40, 30*minute, func(i int) try { return try{account: 1, addr: i, country: i % 2} })},
		{
			sentinelVolatile, times(6, 2*day, func(i int) try { return try{account: 1, addr: i, country: i} }),
			times(20, 2*day, func(i int) try { return try{account: 1, addr: i, country: i % 5} }),
		},
		{splunkFromIP, times(31, second, oneToMany), times(30, second, oneToMany)},
		{splunkUnusual, times(11, second, oneToMany), times(10, second, oneToMany)},
		{splunkMultiSource, times(21, second, ownEach), times(20, second, ownEach)},
		{splunkMultiSourceO365, times(21, second, ownEach), times(60, second, oneToMany)},
		{
			splunkThreeSigma, append(times(31, second, ownEach), times(20, 10*minute, func(i int) try { return try{at: hour, account: i, addr: i} })...),
			times(30, second, ownEach),
		},
		{elasticEntra, times(15, 20*second, ownEach), times(14, 20*second, ownEach)},                                                                                        // spraying
		{elasticEntra, times(30, 5*second, manyToOne), times(30, 5*second, func(i int) try { return try{account: i % 7, addr: i, code: []string{"50126", "50034"}[i%2]} })}, // guessing
		{elasticEntra, times(30, 10*second, func(i int) try { return try{account: i % 10, addr: i % 5, code: []string{"50126", "50034"}[i%2]} }), times(40, 10*second, func(int) try { return try{code: "50053"} })},
		{elasticOkta, times(25, second, func(i int) try { return try{account: i % 8, addr: i % 5} }), times(24, second, func(i int) try { return try{account: i % 8, addr: i % 5} })},
	} {
		if got := test.rule.run(logOf(test.find...)); len(got) == 0 {
			t.Errorf("%s misses what it is made for", test.rule.Name)
		}
		if got := test.rule.run(logOf(test.leave...)); len(got) > 0 {
			t.Errorf("%s says %v of what is below its thresholds", test.rule.Name, got)
		}
		if got := test.rule.run(Log{}); len(got) > 0 {
			t.Errorf("%s says %v of an empty log", test.rule.Name, got)
		}
	}
}

// An address from which more accounts sign in than fail is an office for
// Sentinel's rule, and one that an account uses is not volatile.
func TestSentinelLeavesFamiliarAddresses(t *testing.T) {
	tries := times(6, minute, func(i int) try { return try{account: i, addr: 1, country: i} })
	l := logOf(tries...)
	signIns := func(n int) Log {
		with := Log{events: slices.Clone(l.events), at: slices.Clone(l.at)}
		for i := range n {
			e := l.events[5]
			e.At, e.Account, e.Code, e.Class = e.At+minute, fmt.Sprintf("other%d@a", i), "0", signin.OK
			with.at = append(with.at, int32(len(with.events)))
			with.events = append(with.events, e)
		}
		return with
	}
	if got := sentinelSpray.run(signIns(5)); len(got) == 0 {
		t.Error("six accounts fail and five sign in: that is still a spray")
	}
	if got := sentinelSpray.run(signIns(6)); len(got) > 0 {
		t.Errorf("as many sign in as fail, and it says %v", got)
	}
}

// Every alert covers what set it off, so that its truth can be asked.
func TestAlertsCoverTheirSignIns(t *testing.T) {
	l := logOf(times(40, 20*second, func(i int) try { return try{account: i, addr: 1} })...)
	for _, r := range Rivals() {
		for _, a := range r.run(l) {
			if len(a.events) == 0 || a.at < l.event(a.events[0]).At || !slices.IsSorted(a.events) {
				t.Errorf("%s: %+v", r.Name, a)
			}
		}
	}
}

// people is an organisation whose people sign in a hundred times a day, seven
// of them with a mistyped password first, and an attack of so many tries a day
// from the fifteenth day on, each from an address of its own.
func people(tries int) Log {
	var l Log
	add := func(at int64, account, addr string, ok bool) {
		e := failure(at, "a", account, addr, uint64(len(l.events)))
		if ok {
			e.Class, e.Code = signin.OK, "0"
		}
		l.at = append(l.at, int32(len(l.events)))
		l.events = append(l.events, e)
	}
	stray := 0
	for d := range int64(28) {
		for i := range int64(100) {
			at := d*day + i*10*minute
			account, addr := fmt.Sprintf("user%d@a", i), fmt.Sprintf("192.0.2.%d", i)
			if (i*7+d*3)%14 < 1+d%3/2 {
				add(at, account, addr, false)
			}
			add(at+minute, account, addr, true)
			for k := range tries {
				if d >= 14 && i == int64(k)%100 {
					stray++
					add(at+2*minute, fmt.Sprintf("user%d@a", (stray*37)%100), fmt.Sprintf("198.51.%d.%d", stray/250, stray%250), false)
				}
			}
		}
	}
	return l
}

func TestSequentialTest(t *testing.T) {
	if got := javedPaxson.run(people(0)); len(got) > 0 {
		t.Errorf("nothing happens, and it says %d things", len(got))
	}
	l := people(30)
	got := javedPaxson.run(l)
	if len(got) == 0 {
		t.Fatal("thirty tries a day over an organisation are missed")
	}
	if got[0].at < begin+14*day || got[0].at > begin+18*day {
		t.Errorf("found on day %d, the attack begins on day 14", (got[0].at-begin)/day)
	}
	for _, a := range got {
		for _, i := range a.events {
			if e := l.event(i); e.At < begin+14*day-2*day || e.Addr.String()[:6] == "192.0." {
				t.Errorf("%s at %d takes part, an address of the people", e.Addr, (e.At-begin)/day)
			}
		}
	}
}

func TestBetaBinomial(t *testing.T) {
	for _, test := range []struct{ mean, variance, wantVariance float64 }{
		{7, 20, 20},
		{7, 1, 7 * 0.93}, // not more than the binomial's
		{0.5, 3, 3},
	} {
		var sum, mean, squares float64
		for k, p := range betaBinomial(100, test.mean, test.variance) {
			sum += p
			mean += float64(k) * p
			squares += float64(k*k) * p
		}
		if v := squares - mean*mean; math.Abs(sum-1) > 1e-9 || math.Abs(mean-test.mean) > 1e-6 || math.Abs(v-test.wantVariance) > 1e-6 {
			t.Errorf("mean %g, variance %g: sum %g, mean %g, variance %g", test.mean, test.variance, sum, mean, v)
		}
	}
}

// With steps of +1 and -1 the sum is a walk that stands still at 0; from 0 it
// takes (L+1)(L+2) steps on average to exceed L.
func TestRunLength(t *testing.T) {
	for _, limit := range []int{0, 1, 5, 20} {
		want := float64((limit + 1) * (limit + 2))
		if got := runLength([]float64{0.5, 0, 0.5}, 1, 2*limit); math.Abs(got-want) > 1e-6*want {
			t.Errorf("limit %d: %g steps, want %g", limit, got, want)
		}
	}
}
