package spray

import "time"

// oneAddress is the rule that everybody writes first.
var oneAddress = Rival{
	Name:   "one address, 10 accounts an hour",
	Rule:   "10 or more accounts fail from one address within an hour",
	Source: "the usual rule; no single source",
	run: func(l Log) []alert {
		return sliding(l, time.Hour, byAddress((*Event).refused), func(w []int32) bool { return len(w) >= 10 && users(l, w) >= 10 })
	},
}

// refused reports whether a password or a name was refused.
func (e *Event) refused() bool { return e.Class.Refused() }

// fail2ban counts failures of an address, whatever the accounts.
var fail2ban = Rival{
	Name:   "fail2ban",
	Rule:   "5 failures from one address within 10 minutes (maxretry 5, findtime 600 s)",
	Source: "fail2ban 1.0.2, jail.conf of Debian",
	run: func(l Log) []alert {
		return sliding(l, 10*time.Minute, byAddress((*Event).refused), func(w []int32) bool { return len(w) >= 5 })
	},
}

// The rules of Panther count events of a key within their period of
// deduplication.
var (
	pantherByIP = Rival{
		Name:   "Panther brute force by IP",
		Rule:   "20 failed sign-ins from one address within 60 minutes",
		Source: "panther-labs/panther-analysis rules/standard_rules/brute_force_by_ip.yml, 03ab6d58",
		run: func(l Log) []alert {
			return sliding(l, time.Hour, byAddress((*Event).failed), func(w []int32) bool { return len(w) >= 20 })
		},
	}
	pantherByUser = Rival{
		Name:   "Panther M365 brute force by user",
		Rule:   "10 failed sign-ins of one account within 60 minutes",
		Source: "panther-labs/panther-analysis, M365 brute force login by user, daa10c88",
		run: func(l Log) []alert {
			byUser := func(e *Event) (string, bool) { return e.Account, e.failed() }
			return sliding(l, time.Hour, byUser, func(w []int32) bool { return len(w) >= 10 })
		},
	}
)

// crowdSec is its four buckets for sshd, poured with the failures of any log:
// its hub has none for cloud sign-ins.
var crowdSec = Rival{
	Name: "CrowdSec ssh-bf, ssh-slow-bf",
	Rule: "a bucket for each address overflows: more than 5 failures, or 5 accounts, losing one in 10 s; " +
		"more than 10 failures, or 10 accounts, losing one in 60 s",
	Source:  "crowdsecurity/hub scenarios/crowdsecurity/ssh-bf.yaml 25a461ef, ssh-slow-bf.yaml 0be41b4f",
	LeftOut: "ssh-time-based-bf; the minute for which a bucket that overflowed stays silent",
	run: func(l Log) []alert {
		key := byAddress((*Event).refused)
		account := func(e *Event) string { return e.Account }
		alerts := leaky(l, 5, 10*time.Second, key, nil)
		alerts = append(alerts, leaky(l, 5, 10*time.Second, key, account)...)
		alerts = append(alerts, leaky(l, 10, time.Minute, key, nil)...)
		return append(alerts, leaky(l, 10, time.Minute, key, account)...)
	},
}
