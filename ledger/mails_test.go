package ledger

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/mail"
	"pgregory.net/rapid"
)

// post is a mail or an act, as they come in any order.
type post struct {
	facts   *mail.Facts
	notable bool
	act     *mail.Act
}

// drawPosts draws mails and acts that collide often: mails read twice with
// other evidence, rows that say one thing of a mail, clicks before the mail.
func drawPosts(t *rapid.T) []post {
	one := rapid.Custom(func(t *rapid.T) post {
		id := rapid.IntRange(0, 300).Draw(t, "id")
		r := rand.New(rand.NewPCG(uint64(id), 11))
		at := start.Add(time.Duration(r.IntN(40*24*3600)) * time.Second)
		n := r.IntN(40)
		file := fmt.Sprint("file", r.IntN(3))
		if r.IntN(4) == 0 {
			return post{act: &mail.Act{
				File: file, Line: int64(id), Time: at, Kind: mail.ActKind(r.IntN(8)), Account: fmt.Sprintf("user%d@hospital.example", r.IntN(5)),
				NetworkID: fmt.Sprint("net", n), Detail: "ClickAllowed",
			}}
		}
		f := &mail.Facts{
			Key: uint64(n)*0x9E3779B97F4A7C15 + 1, MessageID: fmt.Sprint("m", n), NetworkID: []string{"", fmt.Sprint("net", n)}[r.IntN(2)],
			File: file, Line: int64(id), Time: at, From: mail.Address{Name: "A B", Email: fmt.Sprintf("a%d@b%d.example", n%7, n%3)},
			Domain: fmt.Sprintf("b%d.example", n%3), Recipients: []string{fmt.Sprintf("user%d@hospital.example", r.IntN(5))},
			Evidence: mail.Evidence(r.IntN(4)), Direction: mail.Direction(r.IntN(4)), Delivery: mail.Delivery(r.IntN(6)),
			Threads: []uint64{mail.HashID(fmt.Sprint("m", r.IntN(40)))}, Links: []mail.Link{{URL: "hxxp", Host: fmt.Sprint("h", r.IntN(9))}},
		}
		if r.IntN(6) == 0 {
			f.From, f.MessageID, f.NetworkID, f.Key = mail.Address{}, "", fmt.Sprint("net", n), uint64(n)+7
		}
		return post{facts: f, notable: n%5 == 0}
	})
	return rapid.SliceOfN(one, 0, 300).Draw(t, "posts")
}

func file(l *Ledger, posts []post) *Ledger {
	for _, p := range posts {
		if p.act != nil {
			l.AddAct(p.act)
		} else {
			l.AddMail(p.facts, p.notable)
		}
	}
	return l
}

// The laws hold for mails as for sign-ins, with and without room for them.
func TestMailsObeyTheLaws(t *testing.T) {
	for _, b := range []Budget{{}, {Bytes: 30_000}, {Bytes: 2_000}} {
		t.Run(fmt.Sprint(b.Bytes), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				posts := drawPosts(t)
				want := file(New(b), posts)
				same(t, want, file(New(b), rapid.Permutation(posts).Draw(t, "order")))
				same(t, want, file(file(New(b), posts), posts)) // read twice

				cut := rapid.IntRange(0, len(posts)).Draw(t, "cut")
				left, right := file(New(b), posts[:cut]), file(New(b), posts[cut:])
				merged := New(b)
				merged.Merge(right)
				merged.Merge(left)
				merged.Merge(left)
				same(t, want, merged)

				data, err := want.Encode()
				if err != nil {
					t.Fatal(err)
				}
				got, err := Decode(data, b)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want, got)
				if v, w := want.View(), got.View(); v.Mails() != w.Mails() {
					t.Fatal(v.Mails(), w.Mails())
				}
			})
		})
	}
}

// Every field of the facts must come back: a field somebody adds, too.
func TestPackedFactsComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Type() {
		case addrType:
			v.Set(reflect.ValueOf(netip.MustParseAddr("2001:db8::7")))
			return
		case timeType:
			v.Set(reflect.ValueOf(time.UnixMilli(r.Int64N(1 << 40)).UTC()))
			return
		}
		switch v.Kind() {
		case reflect.String:
			v.SetString(fmt.Sprint("text", r.IntN(1000)))
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0))
			fill(v.Index(1))
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case reflect.Float32, reflect.Float64:
			v.SetFloat(float64(float32(r.Float64())))
		case reflect.Int, reflect.Int64:
			v.SetInt(-r.Int64())
		default:
			v.SetUint(uint64(r.IntN(200)))
		}
	}
	var want, got mail.Facts
	fill(reflect.ValueOf(&want).Elem())
	text := pack(nil, &want)
	if err := unpack(text, &got); err != nil || !reflect.DeepEqual(want, got) {
		t.Fatalf("%v\n%+v\n%+v", err, want, got)
	}
	for i := range text {
		if err := unpack(text[:i], &got); err == nil {
			t.Fatalf("cut after %d bytes, it is not seen", i)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack(nil, &mail.Facts{Subject: "x", Links: []mail.Link{{URL: "y"}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var x mail.Facts
		if unpack(data, &x) == nil {
			var y mail.Facts
			if again := pack(nil, &x); unpack(again, &y) != nil || !bytes.Equal(again, pack(nil, &y)) {
				t.Fatal("what was read is not what is written")
			}
		}
	})
}

// What came after must not make what was before look familiar.
func TestOnlyWhatCameBeforeIsFamiliar(t *testing.T) {
	l := New(Budget{})
	day := 24 * time.Hour
	for _, n := range []int{9, 3, 5, 5} { // in no order, one twice
		l.AddMail(&mail.Facts{
			Key: uint64(n), MessageID: fmt.Sprint(n), Time: start.Add(time.Duration(n) * day), From: mail.Address{Email: "who@b.example"},
			Domain: "b.example", Direction: mail.Inbound, Recipients: []string{"me@hospital.example"},
		}, false)
	}
	l.AddMail(&mail.Facts{
		Key: 50, MessageID: "reply", Time: start.Add(6 * day), From: mail.Address{Email: "me@hospital.example"}, Domain: "hospital.example",
		Direction: mail.Outbound, Recipients: []string{"who@b.example"}, Threads: []uint64{mail.HashID("5")},
	}, false)
	l.AddMail(&mail.Facts{ // kept out: does not become known
		Key: 51, MessageID: "q", Time: start, From: mail.Address{Email: "bad@c.example"}, Domain: "c.example", Direction: mail.Inbound, Delivery: mail.Quarantined,
	}, false)
	v := l.View()
	for n, want := range map[int]int{3: 0, 4: 1, 5: 1, 6: 2, 9: 2, 10: 3} {
		if got, ok := v.DaysKnown(TraitSender, "who@b.example", start.Add(time.Duration(n)*day).UnixMilli()); got != want || !ok {
			t.Errorf("on day %d known for %d days, want %d", n, got, want)
		}
	}
	late := start.Add(20 * day).UnixMilli()
	if n, _ := v.DaysKnown(TraitSender, "bad@c.example", late); n != 0 {
		t.Error("a quarantined sender became known")
	}
	if v.WroteTo("who@b.example", start.Add(6*day).UnixMilli()) || !v.WroteTo("who@b.example", late) {
		t.Error("solicited from the wrong time on")
	}
	if known, took := v.Thread([]uint64{mail.HashID("5")}, "evil.example", late); !known || took {
		t.Error("a stranger to a known thread is not seen", known, took)
	}
	if known, took := v.Thread([]uint64{mail.HashID("5")}, "b.example", late); !known || !took {
		t.Error("a party to the thread is taken for a stranger", known, took)
	}
	if v.MailDaysBefore(start.Add(5*day).UnixMilli()) != 2 {
		t.Error("days with mail before:", v.MailDaysBefore(start.Add(5*day).UnixMilli()))
	}
}

// Rows of the gateway's other tables complete the mail, whichever comes first.
func TestRecordsOfOneMailAreOne(t *testing.T) {
	row := &mail.Facts{Key: 9, NetworkID: "n1", Time: start.Add(time.Minute), File: "urls", Line: 4, Links: []mail.Link{{URL: "hxxps://x.example/a", Host: "x.example"}}}
	record := &mail.Facts{Key: 1, MessageID: "m1", NetworkID: "n1", Time: start, File: "events", Line: 2, From: mail.Address{Email: "a@b.example"},
		Recipients: []string{"me@hospital.example"}, Delivery: mail.Delivered, Evidence: mail.HasDelivery}
	full := &mail.Facts{Key: 1, MessageID: "m1", Time: start.Add(time.Second), File: "box", Line: 1, From: mail.Address{Email: "a@b.example"},
		Recipients: []string{"you@hospital.example"}, Excerpt: "text", Evidence: mail.HasHeader | mail.HasBody}
	l := New(Budget{})
	l.AddMail(row, false)
	l.AddAct(&mail.Act{Kind: mail.ClickAllowed, NetworkID: "n1", Account: "me@hospital.example", Time: start.Add(time.Hour)})
	l.AddMail(full, true)
	l.AddMail(record, false)
	v := l.View()
	if v.Mails() != 1 {
		t.Fatal(v.Mails(), "mails of one")
	}
	f := v.Mail(0)
	if f.Excerpt != "text" || len(f.Links) != 1 || f.NetworkID != "n1" || f.Evidence&mail.HasDelivery == 0 || len(f.Recipients) != 2 || f.File != "box" {
		t.Errorf("%+v", f)
	}
	if c := v.Copies(0); len(c) != 2 || c[0].Recipient != "me@hospital.example" || c[0].Delivery != mail.Delivered || c[0].Ref.File != "events" {
		t.Errorf("%+v", c)
	}
	if a := v.ActsOn(0); len(a) != 1 || a[0].Kind != mail.ClickAllowed {
		t.Errorf("%+v", a)
	}
}

// A click whose mail no id names is of the mail that led its reader to the
// page, not of one that came later, nor of one whose own id says otherwise.
func TestClicksFindTheirMailByThePage(t *testing.T) {
	letter := func(n int, network string, after time.Duration) *mail.Facts {
		return &mail.Facts{Key: uint64(n), MessageID: fmt.Sprint(n), NetworkID: network, Time: start.Add(after), From: mail.Address{Email: "a@b.example"},
			Recipients: []string{"me@hospital.example"}, Links: []mail.Link{{URL: "https://x.example/in?u={recipient}", Host: "x.example"}, {URL: "https://y.example/", Host: "y.example"}}}
	}
	l := New(Budget{})
	l.AddMail(letter(1, "", 0), true)
	l.AddMail(letter(2, "net2", 0), true)
	l.AddMail(letter(3, "", 5*time.Hour), true)
	for _, url := range []string{"https://X.example/in?u=123", "https://y.example/"} {
		l.AddAct(&mail.Act{Kind: mail.ClickAllowed, NetworkID: "net9", Account: "me@hospital.example", Time: start.Add(time.Hour), URL: url})
	}
	v := l.View()
	for i := range v.Mails() {
		if want := map[uint64]int{1: 1}[v.MailKey(i)]; len(v.ActsOn(i)) != want {
			t.Errorf("mail %d has %d clicks, want %d", v.MailKey(i), len(v.ActsOn(i)), want)
		}
	}
}
