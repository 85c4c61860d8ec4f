package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
)

var posted = time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)

// letterTo makes a mail to an organisation.
func letterTo(id, n int, from string, after time.Duration) *mail.Facts {
	at := posted.Add(after)
	_, domain, _ := cutAt(from)
	return &mail.Facts{
		Key: uint64(id*1000 + n), MessageID: fmt.Sprintf("%d.%d@x", id, n), Time: at, File: "box", Line: int64(n), From: mail.Address{Email: from}, Domain: domain,
		Direction: mail.Inbound, Recipients: []string{fmt.Sprintf("r%d@org%d.example", n, id)}, Subject: fmt.Sprint("A word about something ", id, " ", n),
		Evidence: mail.HasHeader | mail.HasBody,
	}
}

func cutAt(s string) (local, domain string, ok bool) {
	for i := range s {
		if s[i] == '@' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// post makes scenes of mails, and an alert of every mail whose key is in alerts.
func post(mails map[org.ID][]*mail.Facts, alerts ...uint64) ([]*detect.Scene, []detect.Finding) {
	var scenes []*detect.Scene
	var found []detect.Finding
	for _, id := range []org.ID{"org1", "org2", "org3"} {
		l := ledger.New(ledger.Budget{})
		for _, f := range mails[id] {
			l.AddMail(f, true)
		}
		s := detect.NewScene(id, l.View())
		scenes = append(scenes, s)
		for i := range s.Mails() {
			if f := s.Mail(i); slices.Contains(alerts, f.Key) {
				found = append(found, detect.Finding{ID: fmt.Sprint("F-", f.Key), Detector: "mails", Kind: detect.RecruiterLure, Org: id, First: f.Time, Last: f.Time, Score: 0.95, Mails: []int{i}})
			}
		}
	}
	return scenes, found
}

func membership(campaigns []Campaign, scenes []*detect.Scene) [][]uint64 {
	var out [][]uint64
	for _, c := range campaigns {
		keys := Keys(c, scenes)
		out = append(out, keys)
	}
	slices.SortFunc(out, slices.Compare[[]uint64])
	return out
}

func TestMailsOfOneHandAreJoined(t *testing.T) {
	file := []mail.File{{Name: "Job.zip", Kind: "zip", SHA256: "aa"}}
	page := func(domain string) []mail.Link {
		return []mail.Link{{URL: "hxxps://" + domain + "/a/1", Host: domain, Domain: domain, Path: 77}}
	}
	logo := []mail.File{{Name: "logo.png", Kind: "png", SHA256: "bb"}}
	with := func(f *mail.Facts, change func(f *mail.Facts)) *mail.Facts { change(f); return f }

	for _, tt := range []struct {
		name   string
		mails  map[org.ID][]*mail.Facts
		alerts []uint64
		want   [][]uint64
	}{
		{
			"one attachment at two organisations, and one that is no alert by itself",
			map[org.ID][]*mail.Facts{
				"org1": {with(letterTo(1, 1, "a@evil.example", 0), func(f *mail.Facts) { f.Files = file })},
				"org2": {with(letterTo(2, 1, "b@bad.example", time.Hour), func(f *mail.Facts) { f.Files = file })},
				"org3": {with(letterTo(3, 1, "c@worse.example", 2*time.Hour), func(f *mail.Facts) { f.Files = file }), letterTo(3, 2, "d@fine.example", 0)},
			},
			[]uint64{1001, 2001}, [][]uint64{{1001, 2001, 3001}},
		},
		{
			"the same logo and the same cloud are everybody's",
			map[org.ID][]*mail.Facts{
				"org1": {with(letterTo(1, 1, "a@gmail.com", 0), func(f *mail.Facts) { f.Files, f.Links = logo, page("dropbox.com") })},
				"org2": {with(letterTo(2, 1, "b@gmail.com", 0), func(f *mail.Facts) { f.Files, f.Links = logo, page("dropbox.com") })},
			},
			[]uint64{1001, 2001}, [][]uint64{{1001}, {2001}},
		},
		{
			"the same stranger's address",
			map[org.ID][]*mail.Facts{
				"org1": {letterTo(1, 1, "anna.recruits@gmail.com", 0)},
				"org2": {letterTo(2, 1, "anna.recruits@gmail.com", 48*time.Hour)},
			},
			[]uint64{1001, 2001}, [][]uint64{{1001, 2001}},
		},
		{
			"text and sender domain are two families, text alone is one",
			map[org.ID][]*mail.Facts{
				"org1": {with(letterTo(1, 1, "a@evil.example", 0), func(f *mail.Facts) { f.Sim = 0xABCD_0000_1234_5678 })},
				"org2": {with(letterTo(2, 1, "b@evil.example", 0), func(f *mail.Facts) { f.Sim = 0xABCD_0000_1234_567F })},
				"org3": {with(letterTo(3, 1, "b@other.example", 0), func(f *mail.Facts) { f.Sim = 0xABCD_0000_1234_5678 })},
			},
			[]uint64{1001, 2001, 3001}, [][]uint64{{1001, 2001}, {3001}},
		},
		{
			"two months apart",
			map[org.ID][]*mail.Facts{
				"org1": {with(letterTo(1, 1, "a@evil.example", 0), func(f *mail.Facts) { f.Files = file })},
				"org2": {with(letterTo(2, 1, "b@bad.example", 60*24*time.Hour), func(f *mail.Facts) { f.Files = file })},
			},
			[]uint64{1001, 2001}, [][]uint64{{1001}, {2001}},
		},
		{
			"what three known senders link to is everybody's",
			map[org.ID][]*mail.Facts{
				"org1": {with(letterTo(1, 1, "a@evil.example", 0), func(f *mail.Facts) { f.Links = page("survey.example") })},
				"org2": {with(letterTo(2, 1, "b@bad.example", 0), func(f *mail.Facts) { f.Links = page("survey.example") })},
				"org3": newsletters(page("survey.example")),
			},
			[]uint64{1001, 2001}, [][]uint64{{1001}, {2001}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			scenes, found := post(tt.mails, tt.alerts...)
			campaigns, _ := Cluster(scenes, found)
			if diff := cmp.Diff(tt.want, membership(campaigns, scenes)); diff != "" {
				t.Error(diff)
			}
			rand.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
			again, _ := Cluster(scenes, found)
			if diff := cmp.Diff(tt.want, membership(again, scenes)); diff != "" {
				t.Error("in another order:", diff)
			}
			for _, c := range campaigns {
				if c.Features.Mails == 0 || len(c.Kinds) == 0 || len(c.Techniques) == 0 || c.First.IsZero() {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

// newsletters are mails of three senders who have written on many days.
func newsletters(links []mail.Link) (list []*mail.Facts) {
	for d := range 10 {
		for k := range 3 {
			f := letterTo(3, 100+10*d+k, fmt.Sprintf("news@n%d.example", k), -time.Duration(d)*24*time.Hour)
			f.Links = links
			list = append(list, f)
		}
	}
	return list
}

// The same campaign has the same number when it goes on.
func TestMailCampaignsKeepTheirNumber(t *testing.T) {
	one := letterTo(1, 1, "a@evil.example", 0)
	scenes, found := post(map[org.ID][]*mail.Facts{"org1": {one}}, 1001)
	campaigns, _ := Cluster(scenes, found)
	Number(campaigns, scenes, []Known{{ID: "PH-2026-0007", Year: 2026, No: 7, Keys: []uint64{1001}}})
	if campaigns[0].ID != "PH-2026-0007" {
		t.Error(campaigns[0].ID)
	}
}
