package spray

import (
	"math"
	"time"
)

var wrongPassword = coded("50126")

var splunkFromIP = Rival{
	Name:   "Splunk users failing from IP",
	Rule:   "more than 30 accounts fail (50126) from one address in 5 minutes",
	Source: "splunk/security_content azure_ad_multiple_users_failing_to_authenticate_from_ip v3, 018d921d",
	run: func(l Log) []alert {
		var alerts []alert
		every(l, 5*time.Minute, byAddress(wrongPassword), func(addr string, end int64, events []int32) {
			if len(events) > 30 && users(l, events) > 30 {
				alerts = append(alerts, alert{addr, end, events})
			}
		})
		return alerts
	},
}

var splunkUnusual = Rival{
	Name:   "Splunk unusual failures from IP",
	Rule:   "more than 10 accounts fail (50126) from one address in 5 minutes, and at least mean + 3 sigma of its own buckets",
	Source: "splunk/security_content azure_ad_unusual_number_of_failed_authentications_from_ip v1, 00976fe8",
	run: func(l Log) []alert {
		type bucket struct {
			addr   string
			end    int64
			events []int32
			users  int
		}
		var all []bucket
		counts := map[string][]float64{}
		every(l, 5*time.Minute, byAddress(wrongPassword), func(addr string, end int64, events []int32) {
			b := bucket{addr, end, events, users(l, events)}
			all = append(all, b)
			counts[addr] = append(counts[addr], float64(b.users))
		})
		var alerts []alert
		for _, b := range all {
			if b.users <= 10 {
				continue
			}
			if mean, sd := moments(counts[b.addr]); float64(b.users) >= mean+3*sd {
				alerts = append(alerts, alert{b.addr, b.end, b.events})
			}
		}
		return alerts
	},
}

// splunkMultiSource groups by five minutes; its text of 2024 has the bucket but
// not the grouping, its twin for O365 has both.
var splunkMultiSource = Rival{
	Name:   "Splunk multi-source spike",
	Rule:   "in 5 minutes more than 20 accounts fail (50126) from more than 20 addresses in more than 20 pairs, all with one user agent",
	Source: "splunk/security_content azure_ad_multi_source_failed_authentications_spike v3, 07db47f6",
	run:    func(l Log) []alert { return splunkSpike(l, true) },
}

var splunkMultiSourceO365 = Rival{
	Name:   "Splunk O365 multi-source spike",
	Rule:   "in 5 minutes more than 20 accounts fail (50126) from more than 20 addresses in more than 20 pairs",
	Source: "splunk/security_content o365_multi_source_failed_authentications_spike v4, 12fbfd76",
	run:    func(l Log) []alert { return splunkSpike(l, false) },
}

func splunkSpike(l Log, oneAgent bool) []alert {
	var alerts []alert
	every(l, 5*time.Minute, together(wrongPassword), func(key string, end int64, events []int32) {
		if len(events) <= 20 || users(l, events) <= 20 || addresses(l, events) <= 20 {
			return
		}
		pairs := distinct(l, events, func(e *Event) string { return e.Account + " " + e.Addr.String() })
		agents := distinct(l, events, func(e *Event) string { return e.Client.UserAgent })
		if pairs > 20 && (!oneAgent || agents == 1) {
			alerts = append(alerts, alert{key, end, events})
		}
	})
	return alerts
}

var splunkThreeSigma = Rival{
	Name: "Splunk 3-sigma distributed",
	Rule: "in 10 minutes more than 30 accounts fail from more than 30 addresses with one code and one user agent, " +
		"both at least mean + 3 sigma of all buckets of that code and user agent",
	Source:  "splunk/security_content detect_distributed_password_spray_attempts v2, 00a0d0c7",
	LeftOut: "empty buckets count in the mean here, which lowers the bar",
	run: func(l Log) []alert {
		type tool struct{ code, agent string }
		type bucket struct {
			tool   tool
			end    int64
			events []int32
		}
		const width = 10 * time.Minute
		var all []bucket
		byUsers, bySources := map[tool][]float64{}, map[tool][]float64{}
		key := func(e *Event) (tool, bool) {
			return tool{e.Code, e.Client.UserAgent}, e.failed() && e.Addr.IsValid() && e.Client.UserAgent != ""
		}
		every(l, width, key, func(k tool, end int64, events []int32) {
			all = append(all, bucket{k, end, events})
			byUsers[k] = append(byUsers[k], float64(users(l, events)))
			bySources[k] = append(bySources[k], float64(addresses(l, events)))
		})
		if len(all) == 0 {
			return nil
		}
		buckets := int(span(l, l.at)/width) + 1
		var alerts []alert
		for _, b := range all {
			u, s := users(l, b.events), addresses(l, b.events)
			if u <= 30 || s <= 30 {
				continue
			}
			um, ud := padded(byUsers[b.tool], buckets)
			sm, sd := padded(bySources[b.tool], buckets)
			if float64(u) >= um+3*ud && float64(s) >= sm+3*sd {
				alerts = append(alerts, alert{b.tool.code + " " + b.tool.agent, b.end, b.events})
			}
		}
		return alerts
	},
}

// moments returns mean and sample standard deviation, 0 for a single value.
func moments(x []float64) (mean, sd float64) { return padded(x, len(x)) }

// padded returns the moments of the values and of zeros up to n.
func padded(x []float64, n int) (mean, sd float64) {
	n = max(n, len(x))
	var sum, squares float64
	for _, v := range x {
		sum += v
		squares += v * v
	}
	mean = sum / float64(n)
	if n < 2 {
		return mean, 0
	}
	return mean, math.Sqrt(max(0, squares-float64(n)*mean*mean) / float64(n-1))
}
