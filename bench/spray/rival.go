package spray

import (
	"cmp"
	"slices"
)

// Rival is a published rule, written by us from its published thresholds. It
// is one entry in [Rivals]; rules of one publisher share a file.
type Rival struct {
	Name    string `json:"name"`
	Rule    string `json:"rule"`               // its thresholds
	Source  string `json:"source"`             // where they are published
	LeftOut string `json:"left_out,omitempty"` // what of it our sign-ins cannot show, or we did not write
	Pooled  bool   `json:"pooled"`             // it reads all organisations together; otherwise each alone

	// run reads a log in order of time and returns what the rule would say. It
	// is given no truth.
	run func(l Log) []alert
}

// Rivals lists every rule, one line each.
func Rivals() []Rival {
	return []Rival{
		oneAddress,
		sentinelSpray,
		sentinelDistributed,
		sentinelVolatile,
		splunkFromIP,
		splunkUnusual,
		splunkMultiSource,
		pooled(splunkMultiSource),
		splunkMultiSourceO365,
		pooled(splunkMultiSourceO365),
		splunkThreeSigma,
		pooled(splunkThreeSigma),
		elasticEntra,
		pooled(elasticEntra),
		elasticOkta,
		pooled(elasticOkta),
		pantherByIP,
		pantherByUser,
		crowdSec,
		fail2ban,
		javedPaxson,
	}
}

// pooled is a rule that counts over an organisation, let loose on all of them
// at once, as an analyst with one workspace for many customers would.
func pooled(r Rival) Rival {
	r.Name += ", pooled"
	r.Pooled = true
	return r
}

// claims returns what a rule says of a world.
func (r Rival) claims(w *world, logs []Log) []claim {
	if r.Pooled {
		return w.alerted(inOrder(r.run(w.pool())))
	}
	var all []claim
	for i, l := range logs {
		alerts := inOrder(r.run(l))
		for k := range alerts {
			alerts[k].key = string(w.orgs[i]) + " " + alerts[k].key
		}
		all = append(all, w.alerted(alerts)...)
	}
	return all
}

func inOrder(alerts []alert) []alert {
	slices.SortStableFunc(alerts, func(a, b alert) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.key, b.key)) })
	return alerts
}
