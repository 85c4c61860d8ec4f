package phish

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/simulate/letter"
)

// Fails if more ham is flagged than is allowed, or if mails of equal score are
// told apart.
func TestThreshold(t *testing.T) {
	ham := make([]float64, 200)
	for i := range ham {
		ham[i] = float64(i) / 1000
	}
	tied := []float64{.9, .9, .9, .1}
	for _, c := range []struct {
		ham  []float64
		rate float64
		want int // flagged
	}{{ham, .01, 2}, {ham, .001, 0}, {ham, 1, 199}, {tied, .5, 0}, {tied, .75, 3}, {nil, .01, 0}} {
		got := above(c.ham, threshold(c.ham, c.rate))
		if got.K != c.want {
			t.Errorf("rate %g: %d of %d are flagged, want %d", c.rate, got.K, got.N, c.want)
		}
	}
}

func TestShareText(t *testing.T) {
	for want, s := range map[string]Share{
		"50.0 [1.3, 98.7]":  NewShare(1, 2),
		"0.0 [0.0, 0.39]":   NewShare(0, 950),
		"0.11 [0.00, 0.59]": NewShare(1, 950),
		"-":                 NewShare(0, 0),
	} {
		if got := s.String(); got != want {
			t.Errorf("%d of %d: %s, want %s", s.K, s.N, got, want)
		}
	}
}

// Fails if a thread, a shape of subject or a text is on both sides of the cut.
func TestHalvesShareNoCluster(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2020, 1, day, 0, 0, 0, 0, time.UTC) }
	mails := []judged{
		{facts: &mail.Facts{Time: at(1), Subject: "[list] release 1.2"}},
		{facts: &mail.Facts{Time: at(2), Subject: "other"}},
		{facts: &mail.Facts{Time: at(3), Subject: "same text", Sim: 7}},
		{facts: &mail.Facts{Time: at(4), Subject: "Re: [list] Release 3.4"}}, // late, of the first's cluster
		{facts: &mail.Facts{Time: at(5), Subject: "moved", Sim: 7}},          // late, of the third's
		{facts: &mail.Facts{Time: at(6), Subject: "new"}},
		{facts: &mail.Facts{Subject: "no date"}},
	}
	var ham []*judged
	for i := range mails {
		ham = append(ham, &mails[i])
	}
	early, late := byTime(ham)
	if len(early) != 3 || len(late) != 1 || late[0] != ham[5] {
		t.Errorf("%d early, %d late", len(early), len(late))
	}
}

// Fails if a lure is credited that raised nothing, if twins or own mail are
// mixed, or if a day is not counted as one.
func TestReplayIsAccounted(t *testing.T) {
	begin := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	lure := &letter.Label{Class: letter.Lure, Kind: "recruiter_lure", Sender: "lookalike"}
	twin := &letter.Label{Class: letter.Twin, Kind: "recruiter", Sender: "person"}
	day := func(n float64) time.Time { return begin.Add(time.Duration(n * 24 * float64(time.Hour))) }
	r := account([]replayed{{"a", []hidden{
		{at: day(0), place: 1},
		{at: day(1), alert: true, score: .95, place: 1, label: lure, alone: true},
		{at: day(1.1), alert: true, score: .95, place: 2},
		{at: day(40), label: lure, score: .2, place: 5},
		{at: day(200), label: twin, alert: true, score: .9, place: 1},
		{at: day(1000), label: lure, place: 1},
	}}})
	for _, c := range []struct {
		what string
		got  Share
		k, n int
	}{
		{"lures", r.Alerted, 1, 3}, {"by itself", r.ByItself, 1, 3}, {"own", r.False, 1, 2}, {"twins", r.Twins, 1, 1},
		{"a day's ten", r.Top[0].Share, 2, 3}, {"a week's one", r.Top[2].Share, 1, 3},
	} {
		if c.got.K != c.k || c.got.N != c.n {
			t.Errorf("%s: %d of %d, want %d of %d", c.what, c.got.K, c.got.N, c.k, c.n)
		}
	}
	if r.MostInADay != 2 || r.Days != 1000 || r.AlertsADay != .003 || r.FalseADay != .001 {
		t.Errorf("%d at most in a day, %g days, %g alerts, %g false", r.MostInADay, r.Days, r.AlertsADay, r.FalseADay)
	}
	var past []string
	for _, h := range r.History {
		past = append(past, h.Name)
	}
	if want := []string{"0 to 1 month", "1 to 6 months", "more than 24 months"}; !slices.Equal(past, want) {
		t.Errorf("past %q, want %q", past, want)
	}
}

func TestGroupsOfLetters(t *testing.T) {
	one := func(class letter.Class, split string, score float64, alert bool) written {
		return written{letter.Label{Class: class, Kind: "k", Language: "en", Sender: "s", Split: split}, judged{score: score, alert: alert}}
	}
	got := groups([]written{one("lure", "train", .9, true), one("lure", "test", .4, false), one("twin", "train", .1, false)}, []Limit{{Threshold: .3}})
	if g := got[0]; g.Class != "lure" || g.Split != "all" || g.By != "" || g.Alert.K != 1 || g.Alert.N != 2 || g.Above[0].K != 2 {
		t.Errorf("first group %+v", g)
	}
	held := slices.IndexFunc(got, func(g Group) bool { return g.Split == "test" && g.By == "" })
	if held < 0 || got[held].Alert.N != 1 || got[held].Above[0].K != 1 {
		t.Errorf("held out: %+v", got)
	}
	if i := slices.IndexFunc(got, func(g Group) bool { return g.By == "payload" }); i < 0 || got[i].Value != "none" {
		t.Errorf("a letter without payload: %+v", got)
	}
}

func TestOrdinaryDomainsAreCounted(t *testing.T) {
	e := examiner(t)
	s, err := ordinary(e.Names, strings.NewReader("1,who.int\n2,example.com\nwho-covid19.info\n\nnonsense\n"))
	if err != nil || s.K != 1 || s.N != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

// Fails if the benchmark does not run from data to page, on mails that we
// wrote.
func TestRunOnOwnMails(t *testing.T) {
	dir := t.TempDir()
	writeSets(t, dir)
	r, err := Run(t.Context(), Options{Data: dir, Seeds: 1, Quick: true, Model: content.Default()})
	if err != nil {
		t.Fatal(err)
	}
	if r.Real == nil || r.Replay == nil || len(r.Skipped) != 2 { // a list of domains, and speed
		t.Fatalf("skipped %q", r.Skipped)
	}
	at := r.Real.Forms[0].At[0]
	if at.Recall.N != 3 || at.Recall.K != 3 || at.Clusters.N != 1 || at.Chosen.K != 0 {
		t.Errorf("at the first threshold: %+v", at)
	}
	if p := r.Replay.Pooled; len(r.Replay.Orgs) != 3 || p.Alerted.N == 0 || p.Twins.N == 0 || p.False.N != 15 {
		t.Errorf("replay %+v, %+v", r.Replay.Orgs, p)
	}
	var text, record, html bytes.Buffer
	for _, err := range []error{r.WriteText(&text), r.WriteJSON(&record), r.WritePage(&html)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"REAL MAIL, NEUTRAL", "SYNTHETIC", "REPLAY", "FIGURES", "SKIPPED"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table has no %q", want)
		}
	}
	if strings.Contains(html.String(), "ZgotmplZ") || !strings.HasSuffix(html.String(), "</html>\n") {
		t.Error("the page is cut or escaped wrongly")
	}
	var back struct {
		V    int
		Type string
		Real *Real
	}
	if err := json.Unmarshal(record.Bytes(), &back); err != nil || back.V != 1 || back.Type != "bench_mail" || back.Real == nil {
		t.Errorf("%v: %.200s", err, record.String())
	}
}

func TestAbsentSetsAreSkipped(t *testing.T) {
	r, err := Run(t.Context(), Options{Data: t.TempDir(), Quick: true, Model: content.Default()})
	if err != nil || r.Real != nil || r.Replay != nil || len(r.Skipped) != 3 {
		t.Fatalf("%v, skipped %q", err, r.Skipped)
	}
}

// writeSets writes sets in the form of shared/data/mail. Quick runs take every
// tenth mail.
func writeSets(t *testing.T, dir string) {
	t.Helper()
	index := "set\tfile\tlabel\tcategory\tyear\tsize\textra\n"
	ham := func(list string, i int) string {
		return fmt.Sprintf("From: Member %d <m%d@%s.example>\nTo: reader@research-hospital.example\nSubject: meeting %c about pumps\nDate: %s\nMessage-ID: <%d@%s.example>\n\nThe minutes of the meeting are on the wiki, please correct them.\n",
			i%5, i%5, list, 'a'+i%26, time.Date(2021, 1, 1, i, 0, 0, 0, time.UTC).Format(time.RFC1123Z), i, list)
	}
	add := func(set, name, label, category, cluster, text string) {
		file := filepath.Join(dir, set, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		index += fmt.Sprintf("%s\t%s\t%s\t%s\t2021\t%d\t%s\n", set, name, label, category, len(text), cluster)
	}
	for i, list := range []string{"openbmc", "usrp", "speakup"} {
		for k := range 50 {
			n := i*50 + k
			add("ham-list-dev", fmt.Sprintf("%s-%d.eml", list, k), "ham", list, "", ham(list, n))
		}
	}
	for i := range 30 {
		add("pot-dev", fmt.Sprintf("sample-%d.eml", i), "phish", "credential", "c1",
			"From: Microsoft Account Team <x@cheap-host.top>\nTo: phishing@pot\nSubject: Your password expires today\nDate: Mon, 04 Jan 2021 00:00:00 +0000\nContent-Type: text/html\n\n<p>Verify your account now or it will be closed.</p><a href=\"http://198.51.100.7/login?e=phishing@pot\">https://login.microsoftonline.com</a><form action=\"http://198.51.100.7/x\"><input type=password></form>\n")
	}
	if err := os.WriteFile(filepath.Join(dir, "index.tsv"), []byte(index), 0o644); err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ham-bulk-dev.tar.zst"), z.EncodeAll(make([]byte, 1024), nil), 0o644); err != nil { // a tar without members
		t.Fatal(err)
	}
}

func examiner(t *testing.T) *signal.Examiner {
	t.Helper()
	e, err := run.NewExaminer(nil, auth.Options{}, content.Default())
	if err != nil {
		t.Fatal(err)
	}
	return e
}
