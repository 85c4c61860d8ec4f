package run

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
)

// lineMail is a format for tests: a line is "from|recipients|subject|hours",
// or "click|account|network id|hours".
var lineMail = mail.Format{
	Name:  "line-mail",
	Sniff: func(head []byte) int { return map[bool]int{true: 100}[bytes.HasPrefix(head, []byte("MAIL\n"))] },
	Decode: func(r io.Reader, _ mail.Options) iter.Seq2[mail.Item, error] {
		return func(yield func(mail.Item, error) bool) {
			text, _ := io.ReadAll(r)
			n := int64(0)
			for line := range strings.Lines(string(text)) {
				n++
				f := strings.Split(strings.TrimSpace(line), "|")
				if len(f) != 4 {
					continue
				}
				var hours int
				fmt.Sscan(f[3], &hours)
				at := mailBegin.Add(time.Duration(hours) * time.Hour)
				item := mail.Item{Message: &mail.Message{
					Line: n, Time: at, From: []mail.Address{{Email: f[0]}}, DeliveredTo: strings.Fields(f[1]), Subject: f[2], MessageID: f[2] + f[0], NetworkID: "net-" + f[2], Delivery: mail.Delivered,
				}}
				if f[0] == "click" {
					item = mail.Item{Act: &mail.Act{Line: n, Time: at, Kind: mail.ClickAllowed, Account: f[1], NetworkID: f[2]}}
				}
				if !yield(item, nil) {
					return
				}
			}
		}
	},
}

var mailBegin = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// plainly examines nothing: it keeps what the message says.
type plainly struct{}

func (plainly) Examine(m *mail.Message) *mail.Facts {
	from := strings.ToLower(m.From[0].Email)
	domain := org.HostDomain(org.AccountDomain(from))
	return &mail.Facts{
		Key: mail.Key(m.MessageID, m.NetworkID, from, m.Time), MessageID: m.MessageID, NetworkID: m.NetworkID, Time: m.Time, From: mail.Address{Email: from}, Domain: domain,
		Subject: m.Subject, Recipients: slices.Clone(m.DeliveredTo), Delivery: m.Delivery, Direction: m.Direction, Evidence: mail.HasDelivery,
		Links: []mail.Link{{URL: "https://" + domain + "/x", Host: domain, Domain: domain, Path: 9}},
	}
}

func mailConfig(t *testing.T, paths ...string) Config {
	t.Helper()
	dir, err := org.Parse("orgs.yaml", []byte(`organisations:
  - {id: clinic, name: Clinic, country: FR, sector: hospital, domains: [clinic.example]}
  - {id: maker, name: Maker, country: IN, sector: pharma, domains: [maker.example]}
`))
	if err != nil {
		t.Fatal(err)
	}
	return Config{Paths: paths, Orgs: dir, Mail: &lineMail, Examine: plainly{}}
}

// Each organisation gets its own recipients only; what is sent makes known to
// whom somebody writes; an address in From is a claim.
func TestMailIsDelivered(t *testing.T) {
	path := write(t, "box", []string{"MAIL",
		"a@evil.example|x@clinic.example y@clinic.example z@maker.example q@stranger.example|both|1",
		"x@clinic.example|partner@uni.example|sent|2",
		"x@clinic.example|z@maker.example w@uni.example|forged|3",
		"x@clinic.example|y@clinic.example|inside|4",
		"a@evil.example|q@stranger.example|nobody|5",
		"click|x@clinic.example|net-both|6",
	})
	facts, stats, err := read(context.Background(), mailConfig(t, path))
	if err != nil {
		t.Fatal(err)
	}
	if stats.Mails != 5 || stats.MailActs != 1 || stats.Unassigned != 1 || stats.Formats["line-mail"].Mails != 5 {
		t.Errorf("%+v", stats)
	}
	got := map[org.ID][]string{}
	for id, l := range facts {
		v := l.View()
		for i := range v.Mails() {
			f := v.Mail(i)
			got[id] = append(got[id], fmt.Sprint(f.Subject, " ", f.Direction, " ", f.Recipients))
		}
		slices.Sort(got[id])
	}
	want := map[org.ID][]string{
		"clinic":       {"both 1 [x@clinic.example y@clinic.example]", "inside 2 [y@clinic.example]", "sent 3 [partner@uni.example]"},
		"maker":        {"both 1 [z@maker.example]", "forged 1 [z@maker.example]"},
		org.Unassigned: {"nobody 0 [q@stranger.example]"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	v := facts["clinic"].View()
	late := mailBegin.AddDate(0, 1, 0).UnixMilli()
	if !v.WroteTo("partner@uni.example", late) || v.WroteTo("w@uni.example", late) {
		t.Error("whom the clinic writes to is not what it sent")
	}
}

// Order and workers change nothing, and a mail campaign comes out of the chain
// as records, text and explanation.
func TestMailCampaignsComeOut(t *testing.T) {
	var lines []string
	for d := range 20 {
		lines = append(lines, fmt.Sprintf("news@uni.example|x@clinic.example z@maker.example|news %d|%d", d, 24*d))
	}
	lines = append(lines,
		"anna@jobs.example|x@clinic.example y@clinic.example|Your profile|100", "anna@jobs.example|z@maker.example|Your profile, too|120", "click|y@clinic.example|net-Your profile|101")
	scanned := func(workers int, files ...[]string) *Result {
		var paths []string
		for i, f := range files {
			paths = append(paths, write(t, fmt.Sprint("box", i), append([]string{"MAIL"}, f...)))
		}
		cfg := mailConfig(t, paths...)
		cfg.Workers = workers
		facts, stats, err := read(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		scenes := stage(cfg, facts)
		var found []detect.Finding
		for _, s := range scenes { // what a verdict would be
			for i := range s.Mails() {
				if f := s.Mail(i); f.From.Email == "anna@jobs.example" && s.Org == "clinic" {
					found = append(found, detect.Finding{ID: "F-0123456789ab", Detector: "mails", Kind: detect.RecruiterLure, Org: s.Org, Subject: "mail from anna@jobs.example",
						First: f.Time, Last: f.Time, Score: 0.95, Mails: []int{i}, Sub: []string{"T1566.002"},
						Evidence: []detect.Evidence{{What: "recruiter", Weight: 2, Text: "speaks of a position"}}})
				}
			}
		}
		r := conclude(cfg, facts, scenes, found)
		r.Stats = stats
		return r
	}
	want := scanned(1, lines)
	mixed := slices.Clone(lines)
	rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	for name, got := range map[string]*Result{"shuffled": scanned(1, mixed), "two workers": scanned(2, mixed[:10], mixed[10:])} {
		if len(got.Campaigns) != 1 || !slices.Equal(got.Keys[0], want.Keys[0]) {
			t.Errorf("%s: other campaigns", name)
			continue
		}
		for k, x := range got.Targets[0] {
			y := want.Targets[0][k]
			if x.Org != y.Org || x.Outcome != y.Outcome || len(x.Accounts) != len(y.Accounts) || x.Attempts != y.Attempts {
				t.Errorf("%s: %+v, want %+v", name, x, y)
			}
		}
	}
	var text, records, explained bytes.Buffer
	if err := want.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := want.WriteJSON(&records); err != nil {
		t.Fatal(err)
	}
	if ok, err := want.Explain(&explained, want.Campaigns[0].ID); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for what, pair := range map[string][2]string{
		"text":        {text.String(), "22 mails|recruiter lure (T1566.002)|maker|Your profile, too|PASSWORD CONFIRMED: the recipient followed|y@clinic.example"},
		"json":        {records.String(), `"mails":2|"kinds":["recruiter_lure"]|"outcome":"password_confirmed"|"message_id"|"mail_acts":1|hxxps://jobs[.]example/x`},
		"explanation": {explained.String(), "speaks of a position|mail delivered z@maker.example|click y@clinic.example|hxxps://jobs[.]example/x|would not have been an alert"},
	} {
		for say := range strings.SplitSeq(pair[1], "|") {
			if !strings.Contains(strings.Join(strings.Fields(pair[0]), " "), say) {
				t.Errorf("the %s does not say %q:\n%s", what, say, pair[0])
			}
		}
	}
}

// Mails under a budget keep the memory flat, and those that matter.
func TestMailsKeepToTheBudget(t *testing.T) {
	l := ledger.New(ledger.Budget{Bytes: 1 << 20})
	for n := range 20_000 {
		l.AddMail(&mail.Facts{Key: uint64(n)*0x9E3779B97F4A7C15 + 1, MessageID: fmt.Sprint(n), Time: mailBegin.Add(time.Duration(n) * time.Minute), Domain: "b.example",
			From: mail.Address{Email: fmt.Sprint("a", n, "@b.example")}, Recipients: []string{"x@clinic.example"}, Subject: strings.Repeat("s", 100)}, n%4000 == 0)
	}
	v := l.View()
	kept := 0
	for i := range v.Mails() {
		if f := v.Mail(i); len(f.Recipients) == 1 && strings.HasSuffix(f.MessageID, "000") {
			kept++
		}
	}
	if v.Mails() > 5000 || kept < 5 {
		t.Errorf("%d mails in a MiB, %d of 5 that matter", v.Mails(), kept)
	}
	data, err := l.Encode()
	if err != nil || len(data) > 2<<20 {
		t.Error(len(data), err)
	}
}
