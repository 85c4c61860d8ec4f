package phish

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/simulate/letter"
)

// Replay is what is found of well-written lures hidden in the years of mail of
// organisations. Mailing lists stand for these: who writes for the first time,
// and how often, is real there.
type Replay struct {
	Budget int            `json:"budget"` // mails a day and organisation
	Orgs   []ReplayedOrg  `json:"orgs"`
	Pooled ReplayedResult `json:"pooled"` // the organisations judged together
	Alone  ReplayedResult `json:"alone"`  // each judged without what the others know
}

// ReplayedOrg is one organisation.
type ReplayedOrg struct {
	Name  string  `json:"name"`
	Mails int     `json:"mails"` // of its own, in each replay
	Days  float64 `json:"days"`  // from the first to the last
}

// ReplayedResult sums up all seeds.
type ReplayedResult struct {
	Alerted  Share   `json:"alerted"`   // hidden lures that raised an alert; all of them pass authentication
	ByItself Share   `json:"by_itself"` // ... that would without any past
	Top      []Named `json:"top"`       // hidden lures whose score is among the highest of the 30 days before, so many a day
	Kinds    []Named `json:"kinds"`     // alerted, by kind of lure
	Senders  []Named `json:"senders"`
	Families []Named `json:"families"` // alerted, by whether training may have seen the text: train, test
	History  []Named `json:"history"`  // alerted, by the past that was known when it came
	Orgs     []Named `json:"orgs"`
	False    Share   `json:"false"` // of the organisation's own mails
	Twins    Share   `json:"twins"` // of hidden benign twins

	Days        float64 `json:"days"`          // of organisations, all seeds together
	AlertsADay  float64 `json:"alerts_a_day"`  // at one organisation, twins' among them
	FalseADay   float64 `json:"false_a_day"`   // of the organisation's own mails
	MostInADay  int     `json:"most_in_a_day"` // alerts at one organisation
	OwnMailADay float64 `json:"own_mail_a_day"`
}

// archive is a list that is taken for an organisation.
type archive struct {
	name  string
	org   letter.Org
	mails []letter.Archived
}

// The names under which the lists receive mail: ours, so that lures may speak
// of the organisation's own desk.
var replayOrgs = []letter.Org{
	{Name: "Northgate Hospital", Domain: "northgate-hospital.example"}, {Name: "Institut Valmer", Domain: "institut-valmer.example"},
	{Name: "Ostrava Trials", Domain: "ostrava-trials.example"},
}

// archives sorts the list ham by list; all is in neutral form.
func archives(ham []Mail) []archive {
	byList := map[string][]letter.Archived{}
	for _, m := range ham {
		byList[m.Category] = append(byList[m.Category], letter.Archived{Name: m.File, Raw: m.Raw})
	}
	var out []archive
	for name, mails := range byList {
		out = append(out, archive{name: name, mails: mails})
	}
	slices.SortFunc(out, func(a, b archive) int { return cmp.Compare(a.name, b.name) })
	for i := range out {
		out[i].org = replayOrgs[i%len(replayOrgs)]
	}
	return out
}

// hidden is a mail of a replay that is judged.
type hidden struct {
	label *letter.Label // nil: the organisation's own
	alone bool          // would alert without any past
	at    time.Time
	alert bool
	score float64
	place int // in the 30 days before it, from 1: how many have its score or a higher one
}

// measureReplay hides lures and their twins in each archive and lets the
// ledger and the detectors judge what results, once for each seed.
func measureReplay(e *signal.Examiner, book *letter.Book, lists []archive, seeds []uint64, lures int) *Replay {
	r := &Replay{Budget: detect.DefaultMailBudget}
	var pooled, alone []replayed
	for _, seed := range seeds {
		scenes := make([]*detect.Scene, len(lists))
		known := make([]map[uint64]hidden, len(lists))
		parallel(len(lists), func(i int) { scenes[i], known[i] = stage(e, book, lists[i], seed+uint64(i)<<32, lures) })
		together := detect.Run(scenes)
		var apart []detect.Finding
		for _, s := range scenes {
			apart = append(apart, detect.Run([]*detect.Scene{s})...)
		}
		for i, s := range scenes {
			pooled = append(pooled, replayed{lists[i].name, placed(s, known[i], together)})
			alone = append(alone, replayed{lists[i].name, placed(s, known[i], apart)})
		}
	}
	for i, l := range lists {
		own := ReplayedOrg{Name: l.name, Days: days(pooled[i].mails)}
		for _, m := range pooled[i].mails {
			if m.label == nil {
				own.Mails++
			}
		}
		r.Orgs = append(r.Orgs, own)
	}
	r.Pooled, r.Alone = account(pooled), account(alone)
	return r
}

// stage writes one organisation's mail with the lures in it into a ledger.
func stage(e *signal.Examiner, book *letter.Book, a archive, seed uint64, lures int) (*detect.Scene, map[uint64]hidden) {
	own := receivedBy(e, map[string]bool{a.org.Domain: true})
	reader := letter.Address{Name: "Reader", Email: "reader@" + a.org.Domain}
	o := letter.ReplayOptions{Org: a.org, Lures: lures, From: 1e-9, Neutral: true, Twins: true}
	facts := ledger.New(ledger.Budget{})
	known := map[uint64]hidden{}
	past := iter.Seq[letter.Archived](func(yield func(letter.Archived) bool) {
		for _, m := range a.mails {
			if !yield(m) {
				return
			}
		}
	})
	for m := range book.Replay(past, o, seed) {
		if m.Label != nil && m.Label.Sender == "spoof" {
			continue // fails authentication: not what is hard
		}
		f, ok := examine(own, m.Raw)
		if !ok || f.From.Email == "" {
			continue
		}
		// The archive's form has one receiver and one reader: what is known of
		// the way of a mail is that it came from outside.
		f.Recipients, f.Direction, f.Time = []string{reader.Email}, mail.Inbound, m.Time
		v := signal.Judge(f, signal.History{})
		facts.AddMail(f, v.Alert || len(v.Composites) > 0)
		if _, twice := known[f.Key]; !twice || m.Label != nil {
			known[f.Key] = hidden{label: m.Label, alone: v.Alert, at: m.Time}
		}
	}
	return detect.NewScene(org.ID(a.name), facts.View()), known
}

// placed joins what is known of the mails with what was found, in order of
// time.
func placed(s *detect.Scene, known map[uint64]hidden, findings []detect.Finding) []hidden {
	all := make([]hidden, s.Mails())
	for i := range all {
		all[i] = known[s.MailKey(i)]
	}
	for _, f := range findings {
		if f.Org != s.Org {
			continue
		}
		for _, i := range f.Mails {
			all[i].score = max(all[i].score, f.Score)
			all[i].alert = all[i].alert || f.Score >= detect.Alert
		}
	}
	const window = 30 * 24 * time.Hour
	from := 0
	for i := range all {
		for all[i].at.Sub(all[from].at) > window {
			from++
		}
		for _, o := range all[from : i+1] {
			if o.score >= all[i].score {
				all[i].place++
			}
		}
	}
	return all
}

// replayed is one organisation in one replay.
type replayed struct {
	org   string
	mails []hidden // in order of time
}

func days(all []hidden) float64 {
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].at.Sub(all[0].at).Hours() / 24
}

// tops are how many mails a day somebody looks at, highest score first.
var tops = []struct {
	name string
	of30 int
}{{"10 a day", 300}, {"1 a day", 30}, {"1 a week", 4}}

// account counts what was found and what it cost.
func account(all []replayed) ReplayedResult {
	var r ReplayedResult
	var alerted, byItself, wrong, twins count
	top := make([]count, len(tops))
	kinds, senders, families, past, orgs := map[string]count{}, map[string]count{}, map[string]count{}, map[string]count{}, map[string]count{}
	raised := 0
	for _, o := range all {
		r.Days += days(o.mails)
		perDay := map[int64]int{}
		for _, m := range o.mails {
			one := count{n: 1}
			if m.alert {
				one.k = 1
				raised++
				perDay[m.at.Unix()/86400]++
			}
			switch {
			case m.label == nil:
				wrong = wrong.plus(one)
				continue
			case m.label.Class != letter.Lure:
				twins = twins.plus(one)
				continue
			}
			alerted = alerted.plus(one)
			byItself = byItself.plus(count{yes(m.alone), 1})
			for i, t := range tops {
				top[i] = top[i].plus(count{yes(m.score > 0 && m.place <= t.of30), 1})
			}
			kinds[m.label.Kind] = kinds[m.label.Kind].plus(one)
			senders[m.label.Sender] = senders[m.label.Sender].plus(one)
			families[m.label.Split] = families[m.label.Split].plus(one)
			orgs[o.org] = orgs[o.org].plus(one)
			h := pastText(m.at.Sub(o.mails[0].at))
			past[h] = past[h].plus(one)
		}
		for _, n := range perDay {
			r.MostInADay = max(r.MostInADay, n)
		}
	}
	r.Alerted, r.ByItself, r.False, r.Twins = alerted.share(), byItself.share(), wrong.share(), twins.share()
	for i, t := range tops {
		r.Top = append(r.Top, Named{t.name, top[i].share()})
	}
	r.Kinds, r.Senders, r.Families, r.Orgs = named(kinds), named(senders), named(families), named(orgs)
	r.History = named(past)
	slices.SortFunc(r.History, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
	if r.Days > 0 {
		r.AlertsADay, r.FalseADay, r.OwnMailADay = float64(raised)/r.Days, float64(wrong.k)/r.Days, float64(wrong.n)/r.Days
	}
	return r
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pastText groups lengths of history; the names sort by length.
func pastText(d time.Duration) string {
	switch days := d.Hours() / 24; {
	case days < 30:
		return "0 to 1 month"
	case days < 182:
		return "1 to 6 months"
	case days < 730:
		return "6 to 24 months"
	}
	return "more than 24 months"
}
