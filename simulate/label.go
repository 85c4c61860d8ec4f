package simulate

import (
	"cmp"
	"encoding/json"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Label is the truth about one campaign at one organisation, as labels.jsonl
// has it. Times are cut to seconds, which is all that some formats keep.
type Label struct {
	V        int             `json:"v"`
	Type     string          `json:"type"` // label
	Campaign string          `json:"campaign"`
	Kind     detect.Kind     `json:"kind"`
	Also     []detect.Kind   `json:"also,omitempty"` // what the campaign does besides
	Org      org.ID          `json:"org"`
	Outcome  outcome.Outcome `json:"outcome"` // the highest of the accounts
	Accounts []LabelAccount  `json:"accounts"`
	Sources  []netip.Addr    `json:"sources"` // sorted; of the attempts, not of what an intruder did afterwards
	First    time.Time       `json:"first"`
	Last     time.Time       `json:"last"` // includes what an intruder did afterwards
	Attempts int             `json:"attempts"`
	After    int             `json:"after,omitempty"` // sign-ins and acts of an intruder, which are no attempts
}

// LabelAccount is one account of a label. Its outcome is what a perfect reader
// of the log can say: an account for which the provider only answered that it
// is locked is undetermined.
type LabelAccount struct {
	Account  string          `json:"account"`
	Outcome  outcome.Outcome `json:"outcome"`
	Attempts int             `json:"attempts"`
}

// Decoy is innocent traffic, or noise aimed at everybody, that resembles an
// attack, as decoys.jsonl has it: what a detector should not report as a
// campaign.
type Decoy struct {
	V        int       `json:"v"`
	Type     string    `json:"type"` // decoy
	Kind     string    `json:"kind"` // the name of a Cause
	Org      org.ID    `json:"org"`
	Accounts int       `json:"accounts"`
	Sources  int       `json:"sources"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Attempts int       `json:"attempts"`
}

// tally gathers the truth of one organisation from its answered attempts.
type tally struct {
	org       *Org
	formats   []Format // of its logs
	campaigns map[int]*truth
	decoys    map[Cause]*truth
}

func newTally(o *Org) *tally {
	t := &tally{org: o, campaigns: map[int]*truth{}, decoys: map[Cause]*truth{}}
	for _, e := range o.Exports {
		f, _ := LookupFormat(e.Format)
		t.formats = append(t.formats, f)
	}
	return t
}

func (t *tally) add(a *Attempt) {
	switch {
	case !t.recorded(a): // nobody can know
	case a.Cause == CauseCampaign || a.Cause == CauseIntruder:
		at(t.campaigns, a.campaign).add(a)
	case a.Cause.decoy():
		at(t.decoys, a.Cause).add(a)
	}
}

// recorded reports whether one of the logs has the attempt.
func (t *tally) recorded(a *Attempt) bool {
	return slices.ContainsFunc(t.formats, func(f Format) bool { return f.records(a) })
}

// at returns the truth that goes by a key.
func at[K comparable](m map[K]*truth, k K) *truth {
	if m[k] == nil {
		m[k] = newTruth()
	}
	return m[k]
}

// truth is what is true of some attempts.
type truth struct {
	accounts    map[string]*LabelAccount
	sources     map[netip.Addr]bool
	first, last time.Time
	attempts    int
	after       int
}

func newTruth() *truth {
	return &truth{accounts: map[string]*LabelAccount{}, sources: map[netip.Addr]bool{}}
}

func (t *truth) add(a *Attempt) {
	if a.Cause == CauseIntruder {
		t.seen(a.Time)
		t.after++
		return
	}
	t.try(labelName(a), a.From.Addr, a.Time, proves(a.Code))
}

func (t *truth) try(account string, from netip.Addr, when time.Time, result outcome.Outcome) {
	t.seen(when)
	t.attempts++
	t.sources[from] = true
	acc := t.accounts[account]
	if acc == nil {
		acc = &LabelAccount{Account: account}
		t.accounts[account] = acc
	}
	acc.Attempts++
	acc.Outcome = max(acc.Outcome, result)
}

func (t *truth) seen(when time.Time) {
	when = when.Truncate(time.Second)
	if t.first.IsZero() || when.Before(t.first) {
		t.first = when
	}
	if when.After(t.last) {
		t.last = when
	}
}

func (t *truth) label(campaign string, kind detect.Kind, id org.ID) Label {
	l := Label{
		V: 1, Type: "label", Campaign: campaign, Kind: kind, Org: id,
		First: t.first, Last: t.last, Attempts: t.attempts, After: t.after,
	}
	for _, a := range t.accounts {
		l.Accounts = append(l.Accounts, *a)
		l.Outcome = max(l.Outcome, a.Outcome)
	}
	slices.SortFunc(l.Accounts, func(a, b LabelAccount) int { return cmp.Compare(a.Account, b.Account) })
	for s := range t.sources {
		l.Sources = append(l.Sources, s)
	}
	slices.SortFunc(l.Sources, netip.Addr.Compare)
	return l
}

// labelName is the account as docs/contracts.md writes it.
func labelName(a *Attempt) string {
	if a.Host != "" {
		return a.Account + "@" + a.Host
	}
	return a.Account
}

// proves is what one answer proves.
func proves(c Code) outcome.Outcome {
	switch c {
	case Accepted, KeepMeSignedIn:
		return outcome.Succeeded
	case MFANeeded, MFANotGiven, MFAFailed, BlockedByPolicy, PasswordExpired:
		return outcome.PasswordConfirmed
	case WrongPassword, UserNotFound, UnknownApp, WrongSecret, SecretExpired:
		return outcome.Blocked
	}
	return outcome.Undetermined
}

// labels returns the labels of the organisation, in the order of the campaigns.
func (t *tally) labels(campaigns []*campaign) []Label {
	var all []Label
	for _, c := range campaigns {
		n := t.campaigns[c.index]
		if n == nil || campaigns[c.index] != c || n.attempts == 0 {
			continue // a later part of the campaign: its truth is with the first
		}
		l := n.label(c.spec.Name, c.Kind, t.org.ID)
		l.Also = c.Also
		all = append(all, l)
	}
	return all
}

func (t *tally) decoyRecords() []Decoy {
	var all []Decoy
	for cause := CauseStale; cause <= CauseNoise; cause++ {
		if n := t.decoys[cause]; n != nil {
			all = append(all, Decoy{
				V: 1, Type: "decoy", Kind: cause.String(), Org: t.org.ID, Accounts: len(n.accounts),
				Sources: len(n.sources), First: n.first, Last: n.last, Attempts: n.attempts,
			})
		}
	}
	return all
}

// writeLines writes one JSON object per line.
func writeLines[T any](w io.Writer, records []T) error {
	enc := json.NewEncoder(w)
	for _, r := range records {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
