package signal

import (
	"math"
	"testing"

	"github.com/pumphandle/pumphandle/mail"
)

// facts have these signals at full value, with the priors' weights.
func facts(ids ...string) *mail.Facts {
	f := &mail.Facts{}
	for _, id := range ids {
		w := weightOf(id)
		f.Signals = append(f.Signals, mail.Signal{ID: id, Value: 1, Weight: w})
		f.Vote += w
	}
	return f
}

// with sets the values of signals that are not 1.
func with(f *mail.Facts, values map[string]float64) *mail.Facts {
	for id, v := range values {
		f.Signals = append(f.Signals, mail.Signal{ID: id, Value: v})
	}
	return f
}

func levelOf(f *mail.Facts, h History, kind string) Level {
	for _, c := range composites(f, h) {
		if c.Kind == kind {
			return c.Level
		}
	}
	return 0
}

// Each story at each level, and what looks like it and is none.
func TestStories(t *testing.T) {
	known := History{Days: 100, SenderDays: 50, DomainDays: 50, Solicited: true}
	stranger := History{Days: 100, ThreadKnown: true, ThreadStranger: true}
	internal := facts("links_foreign", "lure_credential")
	internal.Direction, internal.Links = mail.Internal, []mail.Link{{Host: "x.example"}}
	threaded := facts("lookalike_thread")
	threaded.Threads = []uint64{1}
	for _, c := range []struct {
		what string
		kind string
		f    *mail.Facts
		h    History
		want Level
	}{
		{"an employer's name, a position, a free mailbox", "recruiter_lure", facts("claims_recruiter", "lure_recruiter", "freemail_sender"), History{}, High},
		{"... from a company that is not in the table", "recruiter_lure", facts("lure_recruiter", "links_own"), History{}, 0},
		{"an agency that names the employer", "recruiter_lure", with(facts("links_own"), map[string]float64{"lure_recruiter": .5, "claims_recruiter": .2}), History{}, 0},
		{"answers leave, the employer is only mentioned", "recruiter_lure", with(facts("reply_freemail"), map[string]float64{"lure_recruiter": .3, "claims_recruiter": .2}), History{}, High},
		{"answers leave, nobody is named", "recruiter_lure", with(facts("reply_freemail"), map[string]float64{"lure_recruiter": .5}), History{}, Medium},
		{"an answer in a thread, nothing to open", "recruiter_lure", facts("claims_recruiter", "lure_recruiter", "freemail_sender", "real_thread"), History{}, 0},
		{"an answer in a thread that brings code", "recruiter_lure", facts("claims_recruiter", "lure_recruiter", "freemail_sender", "real_thread", "file_disk_image"), History{}, High},
		{"an interview by the WHO's impostor is the authority's story", "recruiter_lure", with(facts("claims_health_authority", "reply_freemail"), map[string]float64{"lure_recruiter": .3}), History{}, 0},
		{"an authority's name", "health_authority_lure", facts("claims_health_authority"), History{}, High},
		{"signed as one, nothing wanted", "health_authority_lure", with(facts(), map[string]float64{"claims_health_authority": .6}), History{}, Medium},
		{"a mention", "health_authority_lure", with(facts("links_own"), map[string]float64{"claims_health_authority": .2, "lure_health_authority": .6}), History{}, 0},
		{"its address, answers leave", "health_authority_lure", facts("genuine_answers_leave"), History{}, Medium},
		{"... and something is wanted", "health_authority_lure", facts("genuine_answers_leave", "file_pdf_link"), History{}, High},
		{"a service's name, a sign-in, elsewhere", "credential_phish", facts("claims_login_brand", "lure_credential", "links_foreign"), History{}, High},
		{"a service's name, a call, elsewhere", "credential_phish", facts("claims_login_brand", "lure_call_to_action", "links_foreign"), History{}, Medium},
		{"a sign-in at the sender's own", "credential_phish", facts("lure_credential", "links_own"), History{}, 0},
		{"the house's name from outside, its own link, no sign-in: a survey", "credential_phish", facts("claims_own", "lure_advance_fee", "links_own"), History{}, 0},
		{"a desk of the house from outside, its own link, no sign-in", "credential_phish", facts("claims_own_function", "lure_call_to_action", "links_own"), History{}, Medium},
		{"a look-alike that may be somebody's own name", "credential_phish", with(facts("lookalike_sender", "links_foreign"), map[string]float64{"claims_login_brand": .3}), History{}, 0},
		{"an employer's address, answers leave", "recruiter_lure", facts("employer_answers_leave", "reply_freemail", "lure_recruiter"), History{}, High},
		{"... is no authority's story", "health_authority_lure", facts("employer_answers_leave", "reply_freemail", "lure_recruiter"), History{}, 0},
		{"... with a sign-in", "credential_phish", facts("claims_own", "lure_credential", "links_own"), History{}, High},
		{"the house's name under another suffix alone", "credential_phish", with(facts("links_own"), map[string]float64{"lookalike_own": .5}), History{}, 0},
		{"a code at the provider's page in a meeting", "device_code_phish", facts("device_code", "lure_meeting"), History{}, High},
		{"a code at the provider's page", "device_code_phish", facts("device_code"), History{}, Medium},
		{"two ways of bringing code, of a stranger", "malware_lure", facts("file_disk_image", "file_shortcut"), History{}, High},
		{"one", "malware_lure", facts("file_macro"), History{}, Medium},
		{"one, by somebody who is known", "malware_lure", facts("file_macro"), known, 0},
		{"a look-alike of the conversation", "thread_hijack", threaded, History{}, High},
		{"a stranger in a known thread brings a link", "thread_hijack", facts("link_shortener"), stranger, Medium},
		{"a stranger in a known thread brings code", "thread_hijack", facts("file_shortcut"), stranger, High},
		{"a stranger in a known thread says something", "thread_hijack", facts("plain_only"), stranger, 0},
		{"a colleague writes to whom he never wrote, with a new link and a sign-in", "lateral_phish", internal, History{Days: 100, SenderDays: 50, Unlikely: 1}, High},
		{"... to whom he always writes", "lateral_phish", internal, History{Days: 100, SenderDays: 50}, 0},
		{"... in the first week", "lateral_phish", internal, History{Days: 6, SenderDays: 5, Unlikely: 1}, 0},
	} {
		if got := levelOf(c.f, c.h, c.kind); got != c.want {
			t.Errorf("%s: %s is %q, want %q", c.what, c.kind, got, c.want)
		}
	}
}

// What is not known is no reason: facts without evidence keep the prior.
func TestUnknownNeverScores(t *testing.T) {
	empty := Judge(&mail.Facts{}, History{})
	if want := 1 / (1 + math.Exp(-base)); math.Abs(empty.Score-want) > 1e-5 || empty.Alert || len(empty.Reasons) > 0 {
		t.Errorf("a mail of which nothing is known: %+v, want score %.4f", empty, want)
	}
	f := facts("links_foreign", "lure_call_to_action")
	if got := Judge(f, History{}); len(history(f, History{})) > 0 || got.Score != Judge(f, History{Dominated: 1, Unlikely: 1}).Score {
		t.Errorf("without days of history its fields count: %+v", got)
	}
	auth := *f
	auth.Auth = mail.Auth{SPF: mail.AuthNone, DKIM: mail.AuthUnknown}
	if Judge(&auth, History{}).Score != Judge(f, History{}).Score {
		t.Error("that nobody authenticated it counts")
	}
}

// The past moves a score within its bound, and by little when it is short.
func TestHistoryIsBounded(t *testing.T) {
	z := func(h History) float64 {
		f := facts("links_foreign", "lure_credential")
		f.ReplyTo, f.Direction, f.Links = "a@b.example", mail.Internal, []mail.Link{{Host: "c.example"}}
		s := Judge(f, h).Score
		return math.Log(s / (1 - s))
	}
	none := z(History{})
	worst := z(History{Days: 1000, NameDays: 100, ThreadKnown: true, ThreadStranger: true, Unlikely: 1})
	best := z(History{Days: 1000, SenderDays: 500, PairDays: 500, Solicited: true, LinkDays: 500, ReplyDays: 9, ThreadKnown: true})
	// The worst past makes a story of it, too; the best one none.
	if worst-none > maxHistory+storyWeight[High]+.01 || none-best > maxHistory+.01 {
		t.Errorf("history moves from %.2f to %.2f and %.2f", none, worst, best)
	}
	if !(best < none && none < worst) {
		t.Errorf("a known sender %.2f, nothing known %.2f, a stranger in a thread %.2f: wrong order", best, none, worst)
	}
	if day, year := z(History{Days: 1}), z(History{Days: 365}); !(none < day && day < year) {
		t.Errorf("new to a box of one day %.2f must say less than new to one of a year %.2f", day, year)
	}
}

// Who is told, and that the content vote never does it alone.
func TestAlert(t *testing.T) {
	vote := func(ids ...string) *mail.Facts {
		f := facts(ids...)
		f.Vote, f.Words = 20, 20
		return f
	}
	against := facts("claims_health_authority")
	against.Vote = -20
	budget := History{Days: 100, InBudget: true}
	for _, c := range []struct {
		what string
		f    *mail.Facts
		h    History
		want bool
	}{
		{"the vote alone, whatever the budget", vote(), budget, false},
		{"the vote alone, without history", vote(), History{}, false},
		{"the vote, in the budget, with something to open", vote("file_html"), budget, true},
		{"... out of the budget", vote("link_shortener"), History{Days: 100}, false},
		{"a high story", facts("claims_health_authority"), History{}, true},
		{"a high story, all else speaks against it", against, History{}, false},
		{"a medium story with a high score, without history", vote("claims_login_brand", "lure_call_to_action", "links_foreign"), History{}, true},
		{"... with history, out of the budget", vote("claims_login_brand", "lure_call_to_action", "links_foreign"), History{Days: 100}, false},
		{"... in the budget", vote("claims_login_brand", "lure_call_to_action", "links_foreign"), budget, true},
	} {
		if v := Judge(c.f, c.h); v.Alert != c.want {
			t.Errorf("%s: alert %v (score %.2f, %v), want %v", c.what, v.Alert, v.Score, v.Composites, c.want)
		}
	}
}

// Every signal that a story asks for is in the list.
func TestStoriesAskForSignalsThatExist(t *testing.T) {
	for _, id := range append(append([]string{}, payload...), code...) {
		if _, ok := table().at[id]; !ok {
			t.Errorf("%s is no signal", id)
		}
	}
	for kind := range storyText {
		if StoryText(kind) == "" {
			t.Errorf("%s has no text", kind)
		}
	}
}

func TestBears(t *testing.T) {
	for _, c := range []struct {
		name, label string
		want        float64
	}{
		{"Lakeside Hospital", "lakeside-hospital", .9},
		{"Lakeside-Hospital Support", "lakesidehospital", .9},
		{"Nora Lang (Lakeside Hospital)", "lakeside-hospital", .4},
		{"NHX Helpdesk", "nhx", .9},
		{"NHX", "nhx", 0},
		{"Nhx Helpdesk", "nhx", 0},
		{"Lakeside Marina", "lakeside-hospital", 0},
		{"", "lakeside-hospital", 0},
	} {
		if got := bears(c.name, c.label); got != c.want {
			t.Errorf("bears(%q, %q) = %v, want %v", c.name, c.label, got, c.want)
		}
	}
}

func TestSaid(t *testing.T) {
	folded := Fold("Please verify your account within 24 hours")
	for phrase, want := range map[string]string{
		"(confirm|verify) your (mailbox|account)": "verify your account",
		"(verify) * (12|24|48) (hours)":           "verify … 24 hours",
		"plain":                                   "plain",
		"(broken":                                 "broken",
	} {
		if got := said(phrase, folded); got != want {
			t.Errorf("said(%q) = %q, want %q", phrase, got, want)
		}
	}
}
