package exchange

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// The drawn values that the property tests write and read back. Texts are
// anything that JSON can carry; ids, names and times are what documents have.

func drawText(t *rapid.T, label string) string {
	return rapid.StringN(1, 40, -1).Filter(func(s string) bool { return s != "" }).Draw(t, label)
}

func drawTime(t *rapid.T, label string) time.Time {
	ms := rapid.Int64Range(epoch.UnixMilli()+1, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).UnixMilli()).Draw(t, label)
	return time.UnixMilli(ms).UTC()
}

// sometimes leaves a third of what is drawn at zero.
func sometimes[T any](t *rapid.T, label string, draw func() T) (out T) {
	if rapid.IntRange(0, 2).Draw(t, label+"?") > 0 {
		out = draw()
	}
	return out
}

func drawIndicator(t *rapid.T) Indicator {
	hexDigits := func(n int) string { return rapid.StringMatching(fmt.Sprintf("[0-9a-f]{%d}", n)).Draw(t, "hash") }
	printable := func() string {
		return rapid.StringMatching(`[!-~é€][ -~é€]{0,30}[!-~é€]`).Draw(t, "value")
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	var v string
	switch kind {
	case Address:
		v = rapid.OneOf(rapid.StringMatching(`192\.0\.2\.([1-9][0-9]?)`), rapid.StringMatching(`2001:db8::[1-9a-f]{1,4}`)).Draw(t, "address")
	case Network:
		v = rapid.SampledFrom([]string{"192.0.2.0/24", "198.51.100.128/25", "2001:db8::/48"}).Draw(t, "network")
	case Domain:
		v = rapid.StringMatching(`[a-z]{1,9}\.example`).Draw(t, "domain")
	case URL:
		v = rapid.StringMatching(`https?://[a-z]{1,9}\.example/[a-z?&=%20\\]{0,9}`).Filter(func(s string) bool { _, ok := NewIndicator(URL, s); return ok }).Draw(t, "url")
	case Email:
		v = rapid.StringMatching(`[a-z0-9.+_-]{1,9}@[a-z]{1,9}\.example`).Draw(t, "email")
	case MD5:
		v = hexDigits(32)
	case SHA1:
		v = hexDigits(40)
	case SHA256:
		v = hexDigits(64)
	case UserAgent, FileName, Subject:
		v = printable()
	case Pattern:
		v = rapid.SampledFrom([]string{"[process:name = 'x']", "[ipv4-addr:value = '192.0.2.7'] REPEATS 5 TIMES"}).Draw(t, "pattern")
	default:
		v = "rule x {\n\tcondition: " + printable() + "\n}"
	}
	i, ok := NewIndicator(kind, v)
	if !ok {
		t.Fatalf("%q is no %s", v, kind)
	}
	return i
}

var techniques = []Technique{{"T1110.001", "Password Guessing"}, {"T1110.003", "Password Spraying"}, {"T1589.002", "Email Addresses"}}

// drawDocument draws a document that says something of everything. It is
// sorted, and nothing in it is dated after it.
func drawDocument(t *rapid.T) Document {
	d := Document{
		Producer: drawText(t, "producer"), At: time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC),
		TLP: rapid.SampledFrom([]TLP{Clear, Green, Amber, AmberStrict, Red}).Draw(t, "tlp"),
	}
	var about []string
	for i := range rapid.IntRange(1, 3).Draw(t, "campaigns") {
		c := Campaign{ID: fmt.Sprintf("PH-2026-%04d", i+1), Name: drawText(t, "campaign")}
		c.Kinds = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"password_spray", "brute_force"}), rapid.ID[string]).Draw(t, "kinds")
		c.Techniques = rapid.SliceOfDistinct(rapid.SampledFrom(techniques), rapid.ID[Technique]).Draw(t, "techniques")
		c.First = drawTime(t, "first")
		c.Last = c.First.Add(time.Duration(rapid.IntRange(0, 1e9).Draw(t, "for")) * time.Millisecond)
		c.Confidence = rapid.IntRange(0, 100).Draw(t, "confidence")
		c.Attempts = rapid.IntRange(0, 1_000_000).Draw(t, "attempts")
		c.Summary = sometimes(t, "summary", func() string { return drawText(t, "summary") })
		for k := range rapid.IntRange(0, 2).Draw(t, "notes") {
			c.Notes = append(c.Notes, Note{Title: fmt.Sprint("note ", k), Text: drawText(t, "note")})
		}
		for k := range rapid.IntRange(0, 2).Draw(t, "victims") {
			c.Victims = append(c.Victims, Victim{Name: fmt.Sprint("Clinic ", k), Outcome: sometimes(t, "outcome", func() string { return "blocked" })})
		}
		d.Campaigns = append(d.Campaigns, c)
		about = append(about, c.ID)
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "actors") {
		a := Actor{ID: fmt.Sprint("actor-", i)}
		for k := range rapid.IntRange(1, 3).Draw(t, "names") {
			a.Names = append(a.Names, Name{Name: fmt.Sprint("Name ", i, k), Producer: sometimes(t, "whose", func() string { return drawText(t, "whose") })})
		}
		for _, technique := range rapid.SliceOfDistinct(rapid.SampledFrom(techniques), rapid.ID[Technique]).Draw(t, "uses") {
			a.Uses = append(a.Uses, Use{technique, rapid.SliceOfDistinct(rapid.SampledFrom([]string{"r1", "r2"}), rapid.ID[string]).Draw(t, "refs")})
		}
		d.Actors = append(d.Actors, a)
		for _, c := range d.Campaigns {
			if rapid.Bool().Draw(t, "asserted") {
				d.Assertions = append(d.Assertions, Assertion{
					Subject: c.ID, Actor: a.ID, By: d.Producer, At: drawTime(t, "asserted at"), Confidence: rapid.IntRange(0, 100).Draw(t, "confidence"),
					Status: sometimes(t, "status", func() string { return "candidate" }), Text: sometimes(t, "text", func() string { return drawText(t, "text") }),
				})
			}
		}
		about = append(about, a.ID)
	}
	for _, a := range d.Assertions {
		for kind := range statementWords {
			if rapid.IntRange(0, 4).Draw(t, "said") == 0 {
				d.Statements = append(d.Statements, Statement{
					Subject: a.Subject, Actor: a.Actor, Kind: kind, By: drawText(t, "by"), At: drawTime(t, "said at"), Text: drawText(t, "said"),
					Ref: sometimes(t, "ref", func() string { return "https://news.example/1" }),
				})
			}
		}
	}
	seen := map[string]bool{}
	for range rapid.IntRange(0, 12).Draw(t, "indicators") {
		i := drawIndicator(t)
		i.About = rapid.SliceOfDistinct(rapid.SampledFrom(about), rapid.ID[string]).Draw(t, "about")
		slices.Sort(i.About)
		i.From = sometimes(t, "from", func() time.Time { return drawTime(t, "from") })
		if !i.From.IsZero() {
			i.Until = sometimes(t, "until", func() time.Time { return i.From.Add(time.Hour) })
		}
		i.Confidence = rapid.IntRange(0, 100).Draw(t, "confidence")
		i.Text = sometimes(t, "text", func() string { return drawText(t, "text") })
		if key := fmt.Sprint(i.Kind, i.Value, i.About); !seen[key] {
			seen[key] = true
			d.Indicators = append(d.Indicators, i)
		}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "reports") {
		d.Reports = append(d.Reports, Report{
			Name: fmt.Sprint("report ", i), At: drawTime(t, "published"), Text: sometimes(t, "text", func() string { return drawText(t, "text") }),
			Refs: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"https://cert.example/1", "a letter"}), rapid.ID[string]).Draw(t, "refs"), About: []string{rapid.SampledFrom(about).Draw(t, "report about")},
		})
	}
	d.Sort()
	return d
}
