package campaign

import (
	"maps"
	"slices"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
)

// joinAccess joins campaigns of mails with those of sign-ins: somebody clicked,
// and within three days his account was signed into from a place new to it,
// which a campaign of sign-ins shows as one of its own.
func (c *clusterer) joinAccess(signins, mails []Campaign) []Campaign {
	all := slices.Concat(signins, mails)
	if len(signins) == 0 || len(mails) == 0 {
		return all
	}
	type place struct {
		org  org.ID
		addr uint32
	}
	from := map[place][]int{} // addresses of attempts: campaigns of sign-ins. Networks are rented by many
	tries := map[cell][]int{} // account: campaigns of sign-ins
	for i, cam := range signins {
		for _, m := range cam.Members {
			s := c.scenes[m.Org]
			for _, n := range m.Attempts {
				a := s.Attempt(n)
				if k := (place{m.Org, a.Addr}); !slices.Contains(from[k], i) {
					from[k] = append(from[k], i)
				}
				if k := (cell{m.Org, int(a.Account)}); !slices.Contains(tries[k], i) {
					tries[k] = append(tries[k], i)
				}
			}
		}
	}
	set := newUnion(len(all))
	for k, cam := range mails {
		for _, m := range cam.Members {
			s := c.scenes[m.Org]
			for account, at := range Clicked(s, m) {
				n, ok := s.AccountNumber(account)
				if !ok {
					continue
				}
				for _, x := range s.AccessAfter(n, at) {
					for _, i := range from[place{m.Org, x.Success.Addr}] {
						if slices.Contains(tries[cell{m.Org, int(n)}], i) || x.Sure {
							set.join(i, len(signins)+k)
						}
					}
				}
			}
		}
	}
	groups := map[int][]int{}
	for i := range all {
		groups[set.find(i)] = append(groups[set.find(i)], i)
	}
	var out []Campaign
	for _, root := range slices.Sorted(maps.Keys(groups)) {
		cam := all[root]
		for _, i := range groups[root][1:] {
			cam = together(cam, all[i])
		}
		out = append(out, cam)
	}
	return out
}

// What evidence says of why parts of a campaign are one; it adds nothing to how
// sure each of them is.
const (
	alikeMails      = "alike"
	clickThenSignIn = "click_then_sign_in"
)

// Joins reports whether evidence says why parts of a campaign are one.
func Joins(e detect.Evidence) bool { return e.What == alikeMails || e.What == clickThenSignIn }

// Clicked returns who reached a page behind a link of the member's mails, and
// when first: a click that the gateway stopped does not count.
func Clicked(s *detect.Scene, m Member) map[string]int64 {
	out := map[string]int64{}
	for _, i := range m.Mails {
		for _, a := range s.ActsOn(i) {
			if a.Kind != mail.ClickAllowed && a.Kind != mail.ClickThrough {
				continue
			}
			if at, ok := out[a.Account]; !ok || a.Time.UnixMilli() < at {
				out[a.Account] = a.Time.UnixMilli()
			}
		}
	}
	return out
}

// together makes one campaign of two.
func together(a, b Campaign) Campaign {
	a.Findings = slices.Concat(a.Findings, b.Findings)
	a.Kinds = union2(a.Kinds, b.Kinds)
	a.Techniques = union2(a.Techniques, b.Techniques)
	a.Confidence = max(a.Confidence, b.Confidence)
	a.Evidence = append(slices.Concat(a.Evidence, b.Evidence), detect.Evidence{
		What: clickThenSignIn, Value: 1, Text: "a recipient clicked, and within three days somebody signed in to the account from an address new to it that the sign-in attack used, too",
	})
	if b.First.Before(a.First) {
		a.First = b.First
	}
	if b.Last.After(a.Last) {
		a.Last = b.Last
	}
	byOrg := map[org.ID]Member{}
	for _, m := range slices.Concat(a.Members, b.Members) {
		x := byOrg[m.Org]
		x.Org = m.Org
		x.Attempts = union2(x.Attempts, m.Attempts)
		x.Mails = union2(x.Mails, m.Mails)
		x.Replies = union2(x.Replies, m.Replies)
		byOrg[m.Org] = x
	}
	a.Members = nil
	for _, id := range slices.Sorted(maps.Keys(byOrg)) {
		a.Members = append(a.Members, byOrg[id])
	}
	f, g := a.Features, b.Features
	if f.Attempts == 0 { // the one of the sign-ins, completed by that of the mails
		f, g = g, f
	}
	f.Accounts = max(f.Accounts, g.Accounts)
	f.Mails += g.Mails
	f.SendingDomains += g.SendingDomains
	f.Languages, f.FileKinds = union2(f.Languages, g.Languages), union2(f.FileKinds, g.FileKinds)
	a.Features = f
	return a
}

// union2 returns what is in either list, sorted.
func union2[T int | uint32 | string | detect.Kind](a, b []T) []T {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
