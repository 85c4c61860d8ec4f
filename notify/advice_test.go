package notify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/outcome"
)

// Every kind of attack with every outcome at every place gets some advice, and
// not so much that nobody follows it.
func TestAdviceIsThreeToSevenSteps(t *testing.T) {
	for _, lang := range languages() {
		for kind := range lang.words.Kinds {
			for o := outcome.Attempted; o <= outcome.Succeeded; o++ {
				for _, protocols := range [][]string{nil, {"ssh"}, {"legacy"}, {"pam", "interactive"}} {
					c := Case{Protocols: protocols, Target: outcome.Target{Kinds: []detect.Kind{kind}, Outcome: o}}
					if n := len(lang.advice([]Case{c})); n < 3 || n > maxSteps {
						t.Errorf("%s: %s, %s, on %q: %d steps", lang.tag, kind, o, protocols, n)
					}
				}
			}
		}
	}
}

func TestAdvice(t *testing.T) {
	step := func(kind detect.Kind, o outcome.Outcome, protocols ...string) string {
		return strings.Join(languages()["en"].advice([]Case{{
			Protocols: protocols, Target: outcome.Target{Kinds: []detect.Kind{kind}, Outcome: outcome.Blocked, Accounts: []outcome.Account{{Outcome: o}}},
		}}), "\n")
	}
	tests := []struct {
		advice      string
		has, hasNot string
	}{
		{step(detect.PasswordSpray, outcome.Succeeded), "revoke their refresh tokens", "authorized_keys"},
		{step(detect.PasswordSpray, outcome.Succeeded), "mailbox rules", "password confirmed"},
		{step(detect.BruteForce, outcome.Succeeded, "ssh"), "authorized_keys", "mailbox rules"},
		{step(detect.PasswordSpray, outcome.PasswordConfirmed), "Reset the passwords of the accounts marked password confirmed now", "taken over"},
		{step(detect.PasswordSpray, outcome.Blocked), "legacy protocols", "Reset"},
		{step(detect.BruteForce, outcome.Blocked, "ssh"), "PasswordAuthentication no", "legacy protocols"},
		{step(detect.BruteForce, outcome.Undetermined), "marked undetermined", "taken over"},
		{step("device_code_phish", outcome.Attempted), "device code flow", "PasswordAuthentication"},
		{step(detect.MFAFatigue, outcome.PasswordConfirmed), "approved a request", "PasswordAuthentication"},
	}
	for i, tt := range tests {
		if !strings.Contains(tt.advice, tt.has) || strings.Contains(tt.advice, tt.hasNot) {
			t.Errorf("case %d: want %q and not %q in\n%s", i, tt.has, tt.hasNot, tt.advice)
		}
	}
}

// The first step is for what is worst.
func TestWorstComesFirst(t *testing.T) {
	cases := []Case{
		{Target: outcome.Target{Kinds: []detect.Kind{detect.PasswordSpray}, Outcome: outcome.Blocked}},
		{Target: outcome.Target{Kinds: []detect.Kind{detect.BruteForce}, Outcome: outcome.Succeeded}, Protocols: []string{"ssh"}},
	}
	if steps := languages()["en"].advice(cases); !strings.HasPrefix(steps[0], "Treat the hosts") {
		t.Errorf("the first step is %q", steps[0])
	}
}

// What a language leaves out would be missing in a notice.
func TestLanguagesAreComplete(t *testing.T) {
	want := languages()[tags[0]]
	for _, lang := range languages() {
		for kind := range want.words.Kinds {
			if w := lang.words.Kinds[kind]; w.Name == "" || w.Means == "" || w.Mail != want.words.Kinds[kind].Mail {
				t.Errorf("%s: kind %q: %+v", lang.tag, kind, w)
			}
		}
		for o := outcome.Attempted; o <= outcome.Succeeded; o++ {
			if w := lang.outcome(o); w.Name == "" || w.Means == "" {
				t.Errorf("%s: outcome %q: %+v", lang.tag, o, w)
			}
		}
		for status := range want.words.Attribution {
			if lang.words.Attribution[status] == "" {
				t.Errorf("%s: no words for an assessment that is %q", lang.tag, status)
			}
		}
		if len(lang.words.Attribution) != 6 {
			t.Errorf("%s: words for %d states of an assessment", lang.tag, len(lang.words.Attribution))
		}
		if len(lang.words.Advice) != len(want.words.Advice) {
			t.Errorf("%s: %d steps of advice, %s has %d", lang.tag, len(lang.words.Advice), want.tag, len(want.words.Advice))
		}
	}
	for _, kind := range []detect.Kind{
		detect.PasswordSpray, detect.BruteForce, detect.CredentialStuffing, detect.AccountEnumeration, detect.MFAFatigue, detect.WorkloadBruteForce,
	} {
		if want.words.Kinds[kind].Name == "" {
			t.Errorf("no words for %q", kind)
		}
		if TechniqueName(kind.Technique()) == "" {
			t.Errorf("no name for %s of %q", kind.Technique(), kind)
		}
	}
}

func TestLanguageFor(t *testing.T) {
	for tag, want := range map[string]string{"": "en", "en": "en", "en-GB": "en", "EN": "en", "xx": "en"} {
		if got := languageFor(tag).tag; got != want {
			t.Errorf("language %q: got %s, want %s", tag, got, want)
		}
	}
}

func ExampleTechniqueName() {
	fmt.Println(TechniqueName("T1110.003"))
	// Output: Password Spraying
}
