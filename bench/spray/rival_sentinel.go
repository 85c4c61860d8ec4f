package spray

import (
	"fmt"
	"time"
)

// sentinelSpray finds an address in a bin of 20 minutes and then takes all
// failures from it in three days, if they are of more accounts than sign in
// from there. We ask at the end of the bin, the rule once a day.
var sentinelSpray = Rival{
	Name: "Sentinel password spray",
	Rule: "5 or more accounts fail (50053, 50126, 50055) from one address at one application in 20 minutes; " +
		"in three days more accounts fail from the address than succeed",
	Source:  "Azure/Azure-Sentinel SigninPasswordSpray.yaml v1.0.4, 6cdb4a28",
	LeftOut: "the schedule of once a day; interactive and other sign-ins are counted together",
	run: func(l Log) []alert {
		failure := coded("50053", "50126", "50055")
		success := coded("0", "50055", "50057", "50155", "50105", "50133", "50005", "50076", "50079", "50173", "50158", "50072", "50074",
			"53003", "53000", "53001", "50129")
		byIP := map[string][]int32{}
		for i, e := range l.Events() {
			if k, ok := byAddress(func(e *Event) bool { return failure(e) || success(e) })(e); ok {
				byIP[k] = append(byIP[k], i)
			}
		}
		type door struct{ addr, app string }
		var alerts []alert
		doors := func(e *Event) (door, bool) {
			return door{e.Addr.String(), e.Client.App}, failure(e) && e.Addr.IsValid()
		}
		every(l, 20*time.Minute, doors, func(d door, end int64, events []int32) {
			if len(events) < 5 || users(l, events) < 5 {
				return
			}
			failed, succeeded := map[string]bool{}, map[string]bool{}
			var covered []int32
			for _, i := range byIP[d.addr] {
				e := l.event(i)
				if e.At < end-3*day || e.At >= end {
					continue
				}
				if failure(e) {
					failed[e.Account] = true
					covered = append(covered, i)
				}
				if success(e) {
					succeeded[e.Account] = true
				}
			}
			if len(failed) > len(succeeded) {
				alerts = append(alerts, alert{d.addr, end, covered})
			}
		})
		return alerts
	},
}

var sentinelDistributed = Rival{
	Name:    "Sentinel distributed password cracking",
	Rule:    "an account has more than 30 failures (50126, 50053, 50055, 50056) from 3 or more locations in a day",
	Source:  "Azure/Azure-Sentinel DistribPassCrackAttempt.yaml v1.0.5, 5a165e26",
	LeftOut: "a location is country, state and city there, country and autonomous system here, which are more",
	run: func(l Log) []alert {
		failure := coded("50126", "50053", "50055", "50056")
		var alerts []alert
		byUser := func(e *Event) (string, bool) { return e.Account, failure(e) }
		every(l, 24*time.Hour, byUser, func(user string, end int64, events []int32) {
			if len(events) > 30 && distinct(l, events, location) >= 3 {
				alerts = append(alerts, alert{user, end, events})
			}
		})
		return alerts
	},
}

func location(e *Event) string { return fmt.Sprint(e.Country, e.ASN) }

// sentinelVolatile is a hunting query: it looks at a whole log at once. We say
// that it finds an account when the sixth country is reached.
var sentinelVolatile = Rival{
	Name: "Sentinel hunt, volatile addresses",
	Rule: "an account fails (50055, 50126) from more than 5 countries, counting only addresses that failed on it once " +
		"and from which at most it has signed in, less than twice",
	Source:  "Azure/Azure-Sentinel hunting query 3d217bb4-9cc2-4aba-838a-48e606e910e6, version 1.0.0",
	LeftOut: "the year of sign-ins before the log",
	run: func(l Log) []alert {
		type pair struct{ user, addr string }
		failures := map[pair][]int32{}
		successes := map[string]map[string]int{} // by address and account
		var order []pair
		for i, e := range l.Events() {
			addr := e.Addr.String()
			switch e.Code {
			case "50055", "50126":
				p := pair{e.Account, addr}
				if failures[p] == nil {
					order = append(order, p)
				}
				failures[p] = append(failures[p], i)
			case "0":
				if successes[addr] == nil {
					successes[addr] = map[string]int{}
				}
				successes[addr][e.Account]++
			}
		}
		once := map[string][]int32{}
		var accounts []string
		for _, p := range order {
			from := successes[p.addr]
			if len(failures[p]) != 1 || len(from) > 0 && from[p.user] != 1 {
				continue
			}
			if once[p.user] == nil {
				accounts = append(accounts, p.user)
			}
			once[p.user] = append(once[p.user], failures[p][0])
		}
		var alerts []alert
		for _, user := range accounts {
			countries := map[string]bool{}
			for _, i := range once[user] {
				if countries[l.event(i).Country] = true; len(countries) > 5 {
					alerts = append(alerts, alert{user, l.event(i).At, once[user]})
					break
				}
			}
		}
		return alerts
	},
}
