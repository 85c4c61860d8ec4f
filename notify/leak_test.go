package notify

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// world is some organisations hit by the same campaigns.
type world struct {
	orgs    []org.Organisation
	targets []outcome.Target // every campaign at every organisation
}

func worlds() *rapid.Generator[world] {
	return rapid.Custom(func(t *rapid.T) world {
		var w world
		for i := range rapid.IntRange(2, 5).Draw(t, "organisations") {
			name := fmt.Sprintf("zq%s%d", rapid.StringMatching(`[a-z]{6,9}`).Draw(t, "name"), i) // in no word of ours
			w.orgs = append(w.orgs, org.Organisation{
				ID: org.ID(name), Name: strings.ToUpper(name) + " Clinic", Aliases: []string{"alias-" + name},
				Country: rapid.SampledFrom([]string{"CA", "FR", "IN", "KR", "US", ""}).Draw(t, "country"), Sector: org.Hospital,
				Domains: []string{name + ".example"}, Tenants: []string{"tenant-" + name},
				Netblocks: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(32 * i)}), 27)},
				Contacts:  []org.Contact{{Role: "security", Name: "Officer " + name, Email: "soc@mail-" + name + ".example", Phone: fmt.Sprintf("+33 1 99 77 %02d 77", i)}},
				Duties:    map[string]any{"nis2": "essential"},
			})
		}
		for c := range rapid.IntRange(1, 3).Draw(t, "campaigns") {
			for _, o := range w.orgs {
				w.targets = append(w.targets, target(t, fmt.Sprintf("PH-2026-%04d", c+1), o, w.orgs))
			}
		}
		return w
	})
}

// target is one campaign at o. The sender keeps the logs of all organisations
// in folders named after them.
func target(t *rapid.T, campaign string, o org.Organisation, all []org.Organisation) outcome.Target {
	start := time.Date(2026, time.November, 2, 8, 0, 0, 0, time.UTC)
	folders := "/srv"
	for _, other := range all {
		folders += "/" + string(other.ID)
	}
	outcomes := rapid.SampledFrom([]outcome.Outcome{outcome.Attempted, outcome.Undetermined, outcome.Blocked, outcome.PasswordConfirmed, outcome.Succeeded})
	out := outcome.Target{
		Campaign: campaign, Org: o.ID, First: start, Last: start.Add(time.Hour), Confidence: rapid.Float64Range(0, 1).Draw(t, "confidence"),
		Kinds:   []detect.Kind{rapid.SampledFrom([]detect.Kind{detect.PasswordSpray, detect.BruteForce, "credential_phish"}).Draw(t, "kind")},
		Sources: []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(1, 250).Draw(t, "source"))})},
		Clients: []string{"CBAInPROD"},
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "accounts") {
		a := outcome.Account{
			Account: fmt.Sprintf("%s%d@%s", rapid.StringMatching(`[a-z]{2,8}`).Draw(t, "user"), i, o.Domains[0]),
			Outcome: outcomes.Draw(t, "outcome"), Attempts: 1, First: start, Last: start, Why: "every attempt was refused",
			Evidence: []outcome.Record{{File: folders + `\` + "signin.json", Line: 7, Event: "event-1", Time: start, What: "bad_password 50126"}},
		}
		out.Outcome = max(out.Outcome, a.Outcome)
		out.Accounts = append(out.Accounts, a)
	}
	return out
}

// identifiers are all spellings by which the organisation could be recognised.
func identifiers(o org.Organisation) []string {
	ids := []string{string(o.ID), o.Name, o.Domains[0], o.Tenants[0], o.Aliases[0], o.Contacts[0].Name, o.Contacts[0].Email, o.Contacts[0].Phone}
	for _, p := range o.Netblocks {
		ids = append(ids, p.String(), p.Addr().String())
	}
	return ids
}

func TestNoticeHoldsItsOwnDataOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worlds().Draw(t, "world")
		for _, o := range w.orgs {
			in := Input{Org: o, Sender: sender, At: at("2026-11-10 09:00")}
			for _, target := range w.targets {
				if target.Org == o.ID {
					in.Cases = append(in.Cases, Case{Target: target, Confidence: 0.9, Attribution: attribute.Proposed})
				}
			}
			n, err := Draft(in)
			if err != nil {
				t.Fatal(err)
			}
			all := strings.ToLower(n.Subject + "\n" + n.Text + "\n" + n.Markdown)
			for _, other := range w.orgs {
				if other.ID == o.ID {
					continue
				}
				for _, id := range identifiers(other) {
					if strings.Contains(all, strings.ToLower(id)) {
						t.Errorf("the notice to %s holds %q of %s", o.ID, id, other.ID)
					}
				}
			}
			for _, target := range w.targets {
				for _, a := range target.Accounts {
					if own := target.Org == o.ID; own != strings.Contains(n.Text, a.Account) || own != strings.Contains(n.Markdown, a.Account) {
						t.Errorf("the notice to %s and account %s: own %t", o.ID, a.Account, own)
					}
				}
				if strings.Contains(all, strings.ToLower(target.Campaign)) {
					t.Errorf("the notice holds the campaign number %s, which counts what was done to others", target.Campaign)
				}
			}
		}
	})
}
