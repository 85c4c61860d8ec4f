package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pumphandle/pumphandle/signin"
)

// TestLogsSayWhatHappened reads every format back with the decoders that the
// product has, and wants exactly the attempts that were simulated.
func TestLogsSayWhatHappened(t *testing.T) {
	s := small(3)
	w := newWorld(s)
	campaigns := newCampaigns(w, s.Campaigns)
	for _, o := range w.Orgs {
		f, _ := LookupFormat(o.Exports[0].Format)
		t.Run(f.Name, func(t *testing.T) {
			attempts := live(w, o, campaigns)
			var file bytes.Buffer
			if _, err := f.Write(&file, o, inOrder(t.Context(), attempts, f.Newest)); err != nil {
				t.Fatal(err)
			}
			if _, ok := signin.Lookup(f.Signin); !ok {
				t.Skipf("no decoder of %s is in this version", f.Signin)
			}
			head := file.Bytes()[:min(file.Len(), 64<<10)]
			found, ok := signin.Detect(head)
			if !ok || found.Name != f.Signin {
				t.Fatalf("taken for %q, want %q", found.Name, f.Signin)
			}
			want := map[string]int{}
			for i := range attempts {
				if a := &attempts[i]; f.records(a) {
					want[says(f, a)]++
				}
			}
			if diff := cmp.Diff(want, decoded(t, found, &file)); diff != "" {
				t.Errorf("the log differs from what was simulated (-simulated +read):\n%.3000s", diff)
			}
		})
	}
}

// TestJSONIsJSON reads what is written as JSON with a reader that is not ours.
func TestJSONIsJSON(t *testing.T) {
	s := small(6)
	w := newWorld(s)
	campaigns := newCampaigns(w, s.Campaigns)
	for _, o := range w.Orgs {
		f, _ := LookupFormat(o.Exports[0].Format)
		if !strings.Contains(filepath.Ext(f.File), "json") {
			continue
		}
		var file bytes.Buffer
		if _, err := f.Write(&file, o, inOrder(t.Context(), live(w, o, campaigns), f.Newest)); err != nil {
			t.Fatal(err)
		}
		values := 0
		for dec := json.NewDecoder(&file); ; values++ {
			var v map[string]any
			if err := dec.Decode(&v); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: value %d: %v", f.Name, values, err)
			}
		}
		if values == 0 {
			t.Errorf("%s: nothing was written", f.Name)
		}
	}
}

// says is what a format must tell about an attempt, as one text.
func says(f Format, a *Attempt) string {
	class := map[Code]signin.Class{
		Accepted: signin.OK, UserNotFound: signin.UnknownUser, Locked: signin.Locked, PasswordExpired: signin.PasswordExpired,
		NoSession: signin.TokenLifecycle, MFANotGiven: signin.MFARequired, MFANeeded: signin.MFARequired,
		WrongPassword: signin.BadPassword, KeepMeSignedIn: signin.OKInterrupt, BlockedByPolicy: signin.PolicyBlock,
		MFAFailed: signin.MFAFailed, UserDisabled: signin.Disabled, GuestUnknown: signin.UnknownUser,
		UnknownApp: signin.UnknownUser, WrongSecret: signin.BadPassword, SecretExpired: signin.BadPassword,
		Unavailable: signin.AppConfig, IssuanceError: signin.AppConfig, OnPremiseDown: signin.AppConfig, OnPremiseTimeout: signin.AppConfig,
		OnPremiseBroken: signin.BadPassword,
	}[a.Code]
	if a.Code == MFAFailed && a.declined && f.Signin != "m365-audit" { // the audit log does not say why
		class = signin.MFADenied
	}
	if a.Action != "" {
		class = signin.ClassActivity
	}
	asn, country, agent := a.From.Net.ASN, a.From.Net.Country.Code, a.Client.UserAgent
	account := a.Account
	if f.Platform == awsAccount && a.Code == UserNotFound {
		account = ""
	}
	if f.Signin == "m365-audit" || f.Hosts || f.Platform == awsAccount {
		asn, country = 0, ""
	}
	if f.Hosts || a.Action != "" {
		agent = ""
	}
	return line(a.Time, account, a.Host, a.From.Addr.String(), class, asn, country, agent)
}

func line(at time.Time, account, host, addr string, class signin.Class, asn uint32, country, agent string) string {
	return fmt.Sprintf("%s %s@%s %s %s AS%d %s %q", at.Truncate(time.Second).Format(time.RFC3339), account, host, addr, class, asn, country, agent)
}

// decoded reads a log and returns how often it says what. Of the records of
// one try only the strongest counts (signin.Event.Try).
func decoded(t *testing.T, format signin.Format, file io.Reader) map[string]int {
	t.Helper()
	got := map[string]int{}
	tries := map[uint64]*struct {
		strength signin.Strength
		lines    []string
	}{}
	for ev, err := range format.Decode(file, signin.Options{Year: 2026}) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Class == signin.ClassNone {
			continue
		}
		agent := ev.UserAgent
		if ev.Class == signin.ClassActivity {
			agent = ""
		}
		text := line(ev.Time, ev.Account, ev.Host, ev.Addr.String(), ev.Class, ev.ASN, ev.Country, agent)
		if ev.Try == 0 {
			got[text]++
			continue
		}
		try := tries[ev.Try]
		if try == nil || ev.Strength < try.strength {
			tries[ev.Try] = &struct {
				strength signin.Strength
				lines    []string
			}{ev.Strength, []string{text}}
		} else if ev.Strength == try.strength && ev.Strength == signin.Full {
			try.lines = append(try.lines, text)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(tries)) {
		for _, text := range tries[key].lines {
			got[text]++
		}
	}
	return got
}
