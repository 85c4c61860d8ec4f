package simulate

import (
	"math"
	"slices"
)

// takeMails takes the scenarios of mails out of the request's scenarios.
func (r *Request) takeMails() []MailScenario {
	var mails []MailScenario
	var others []string
	for _, name := range r.Scenarios {
		if s, ok := LookupMail(name); ok && !slices.ContainsFunc(mails, func(m MailScenario) bool { return m.Name == name }) {
			if r.Orgs > 0 {
				s.Orgs = r.Orgs
			}
			if r.Days > 0 {
				s.Days = r.Days
			}
			mails = append(mails, s)
			continue
		}
		others = append(others, name)
	}
	r.Scenarios = others
	return mails
}

// mailOrgs is how many organisations there are: every scenario of mails goes
// to the first ones.
func (r *Request) mailOrgs(mails []MailScenario, others bool, orgs int) int {
	need := r.Bystanders
	if others {
		need = orgs
	}
	for _, s := range mails {
		if others {
			need = max(need, s.Orgs)
		} else {
			need = max(need, s.Orgs+r.Bystanders)
		}
	}
	return min(need, maxOrgs)
}

// addMails puts the campaigns of mails into a specification, two weeks after
// its beginning: senders are known by then.
func (r *Request) addMails(spec *Spec, mails []MailScenario, others bool) {
	longest := 0.0
	for i, s := range mails {
		c := MailCampaignSpec{Scenario: s.Name, Start: spec.Start.AddDate(0, 0, daysBefore+i%3).Add(8 * 3600e9), Days: s.Days}
		for _, o := range spec.Orgs[:min(s.Orgs, len(spec.Orgs))] {
			c.Orgs = append(c.Orgs, o.ID)
		}
		spec.Mail.Campaigns = append(spec.Mail.Campaigns, c)
		longest = max(longest, s.Days)
	}
	if days := daysBefore + int(math.Ceil(longest)) + 2 + daysAfter; len(mails) > 0 && (days > spec.Days || !others) {
		spec.Days = days
	}
}
