package spray

import "time"

// entraFailures are the codes that Elastic's rule reads; 50053, which stands in
// its list, it takes out again.
var entraFailures = coded("50034", "50126", "50055", "50056", "50057", "50064", "50076", "50079", "50105", "70000", "70008", "70043",
	"80002", "80005", "50144", "50135", "50142", "120000", "120002", "120020")

var elasticEntra = Rival{
	Name: "Elastic Entra ID brute force",
	Rule: "of all failures in 15 minutes: stuffing, 10 accounts, 30 failures, 5 addresses, within 600 s; " +
		"spraying, 15 accounts, 15 failures, one reason, within 30 minutes; " +
		"guessing, one account, 30 failures within 300 s, or at most 3 accounts, more than 30 addresses, 100 failures",
	Source:  "elastic/detection-rules credential_access_entra_id_brute_force_activity, 14cf530f",
	LeftOut: "only sign-ins that ask for one factor; exceptions for a Microsoft client and network",
	run: func(l Log) []alert {
		var alerts []alert
		every(l, 15*time.Minute, together(entraFailures), func(_ string, end int64, events []int32) {
			if len(events) < 15 {
				return
			}
			n, u, ips := len(events), users(l, events), addresses(l, events)
			reasons, length := distinct(l, events, func(e *Event) string { return e.Code }), span(l, events)
			var key string
			switch {
			case u >= 10 && n >= 30 && ips >= 5 && length <= 600*time.Second:
				key = "stuffing"
			case u >= 15 && reasons == 1 && length <= 30*time.Minute:
				key = "spraying"
			case u == 1 && n >= 30 && length <= 300*time.Second, u <= 3 && ips > 30 && n >= 100:
				key = "guessing"
			default:
				return
			}
			alerts = append(alerts, alert{key, end, events})
		})
		return alerts
	},
}

// elasticOkta reads Okta's log; INVALID_CREDENTIALS and LOCKED_OUT have their
// like in any.
var elasticOkta = Rival{
	Name:   "Elastic Okta multi-source",
	Rule:   "in 15 minutes 8 or more accounts fail from 5 or more addresses, 25 failures, at most 5 for each account, at least 1 account for each address",
	Source: "elastic/detection-rules credential_access_okta_password_spray_multi_source, 0972ffaa",
	run: func(l Log) []alert {
		var alerts []alert
		every(l, 15*time.Minute, together((*Event).refused), func(key string, end int64, events []int32) {
			if len(events) < 25 {
				return
			}
			u, ips := users(l, events), addresses(l, events)
			if ips >= 5 && u >= 8 && len(events) <= 5*u && u >= ips {
				alerts = append(alerts, alert{key, end, events})
			}
		})
		return alerts
	},
}
