package signal

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/mail"
)

// base is the prior log odds of a mail before it is looked at. The content
// model is trained on equal halves; mail boxes are not.
const base = -1.5

// What a story adds to the score, in nats.
var storyWeight = map[Level]float64{Low: .5, Medium: 1.5, High: 3.5}

// maxHistory bounds what the past may say for or against a mail: accounts are
// taken over.
const maxHistory = 3

// Judge concludes from what a mail is (facts) and what was known when it came.
// The same arguments give the same verdict.
func Judge(f *mail.Facts, h History) Verdict {
	v := Verdict{Evidence: f.Evidence, Composites: composites(f, h)}
	z := base + float64(f.Vote)
	for _, s := range f.Signals {
		if s.Weight != 0 {
			v.Reasons = append(v.Reasons, Reason{s.ID, describe(s.ID, s.Detail), float64(s.Weight)})
		}
	}
	if math.Abs(float64(f.Words)) >= .1 {
		v.Reasons = append(v.Reasons, Reason{"words", "its words are those of " + pick(f.Words > 0, "phishing", "ordinary mail"), float64(f.Words)})
	}
	if story := strongest(v.Composites); story != nil {
		w := storyWeight[story.Level]
		z += w
		v.Reasons = append(v.Reasons, Reason{story.Kind, storyText[story.Kind], w})
	}
	past := history(f, h)
	sum := 0.
	for _, r := range past {
		sum += r.Weight
	}
	z += max(-maxHistory, min(maxHistory, sum))
	v.Reasons = append(v.Reasons, past...)

	slices.SortStableFunc(v.Reasons, func(a, b Reason) int { return cmp.Compare(b.Weight, a.Weight) })
	v.Score = math.Round(1e6/(1+math.Exp(-z))) / 1e6
	v.Alert = alert(f, h, v)
	return v
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// storyText says what a composite means.
var storyText = map[string]string{
	"recruiter_lure":        "it offers a position in the name of an employer it does not come from",
	"health_authority_lure": "it speaks for a health authority it does not come from",
	"credential_phish":      "it leads to where a password is asked for, in a name that is not its own",
	"device_code_phish":     "it asks to sign in with a code that the sender made",
	"malware_lure":          "it brings code in a way that honest senders do not take",
	"thread_hijack":         "a stranger answers in a known conversation",
	"lateral_phish":         "a colleague's mailbox writes to people and leads to places it never did",
}

// strongest returns the surest composite, the first of several.
func strongest(list []Composite) *Composite {
	var best *Composite
	for i := range list {
		if best == nil || list[i].Level > best.Level {
			best = &list[i]
		}
	}
	return best
}

// alert decides whether a person is told: a high story; a medium one among the
// most unusual mails of the month; something to open among these. Where there
// is no past to be unusual against, a medium story needs a high score. The
// content model alone never alerts.
func alert(f *mail.Facts, h History, v Verdict) bool {
	story := strongest(v.Composites)
	switch {
	case story == nil:
		return h.InBudget && v.Score >= .9 && valuesOf(f).any(brought...)
	case story.Level == High:
		return v.Score >= .3
	case story.Level == Medium:
		return h.InBudget && v.Score >= .5 || h.Days == 0 && v.Score >= .7
	}
	return false
}

// history weighs what was known when the mail came.
func history(f *mail.Facts, h History) []Reason {
	var out []Reason
	add := func(id string, w float64, text string, args ...any) {
		out = append(out, Reason{id, fmt.Sprintf(text, args...), w})
	}
	if h.Days == 0 {
		return nil
	}
	// Of a past of few days little can be said.
	sure := min(1, float64(h.Days)/14)
	switch {
	case h.SenderDays >= 3:
		add("sender_known", -1.2*sure, "its sender has written here on %d days before", h.SenderDays)
	case h.SenderDays > 0:
		add("sender_known", -.6*sure, "its sender has written here before")
	case h.DomainDays > 0:
		add("sender_new", .3*sure, "its sender has never written here; others of the same domain have, on %d days", h.DomainDays)
	case h.Elsewhere > 1:
		add("sender_new", .2*sure, "nobody of its sender's domain has written here; %d other organisations have known it for a month and longer", h.Elsewhere)
	default:
		add("sender_new", 1.0*sure, "nobody of its sender's domain has ever written here")
	}
	if h.NameDays > 2 && h.PairDays == 0 {
		add("name_of_another", 1.5*sure, "the sender's name is known here, with another address")
	}
	if h.Solicited {
		add("solicited", -1.2*sure, "somebody here has written to the sender before")
	}
	if f.ReplyTo != "" && h.ReplyDays == 0 {
		add("reply_new", .5*sure, "answers go to an address that is new here")
	}
	if len(f.Links) > 0 {
		if h.LinkDays == 0 {
			add("link_new", .6*sure, "no mail here has linked there before")
		} else if h.LinkDays > 2 {
			add("link_known", -.6*sure, "mails here have linked to the same places on %d days before", h.LinkDays)
		}
	}
	switch {
	case h.ThreadKnown && h.ThreadStranger:
		add("thread_stranger", 1.0*sure, "it answers a known conversation in which nobody of its sender's domain took part")
	case h.ThreadKnown:
		add("thread_known", -1.5*sure, "it answers a conversation that is known here")
	}
	if f.Direction == mail.Internal && h.Unlikely > .5 {
		add("recipients_unlikely", 1.5*h.Unlikely*sure, "its sender has never written to these people together")
	}
	return out
}

// StoryText says in plain words what a composite of a kind means.
func StoryText(kind string) string { return storyText[kind] }
