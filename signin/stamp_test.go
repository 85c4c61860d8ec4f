package signin

import (
	"testing"
	"time"
)

func TestParseStamp(t *testing.T) {
	paris := time.FixedZone("", 3600)
	for text, want := range map[string]string{
		"2026-06-15T09:56:49Z":              "2026-06-15T09:56:49Z",
		"2026-06-15T09:56:49.1234567Z":      "2026-06-15T09:56:49.1234567Z",
		"2026-06-15T09:56:49.123456789123Z": "2026-06-15T09:56:49.123456789Z",
		"2026-06-15T09:56:49,5Z":            "2026-06-15T09:56:49.5Z",
		"2026-06-15T09:56:49.1234567+00:00": "2026-06-15T09:56:49.1234567Z",
		"2026-06-15T09:56:49+02:00":         "2026-06-15T07:56:49Z",
		"2026-06-15T09:56:49-0330":          "2026-06-15T13:26:49Z",
		"2026-06-15T09:56:49 +02":           "2026-06-15T07:56:49Z",
		"2026-06-15T09:56:49":               "2026-06-15T08:56:49Z", // without a zone: in the zone given
		"2026-06-15 09:56:49.975":           "2026-06-15T08:56:49.975Z",
		"2026-06-15 09:56:49 UTC":           "2026-06-15T09:56:49Z",
		"2026-06-15 09:56":                  "2026-06-15T08:56:00Z",
		" 2026-06-15t09:56:49z ":            "2026-06-15T09:56:49Z",
		"2024-02-29T00:00:00Z":              "2024-02-29T00:00:00Z",
		"2016-12-31T23:59:60Z":              "2017-01-01T00:00:00Z", // a leap second
		"6/15/2026, 9:56:49.975 AM":         "2026-06-15T08:56:49.975Z",
		"6/5/2026, 12:00:00 AM":             "2026-06-04T23:00:00Z",
		"6/5/2026, 12:00:00 PM":             "2026-06-05T11:00:00Z",
		"06/05/2026 11:59:59 pm":            "2026-06-05T22:59:59Z",
		"6/5/2026, 9:56:49\u202fPM":         "2026-06-05T20:56:49Z", // as newer browsers write it
		"6/5/2026 21:56:49":                 "2026-06-05T20:56:49Z",
		"6/5/2026 21:56":                    "2026-06-05T20:56:00Z",
		"6/5/2026 9:56:49 PM UTC":           "2026-06-05T21:56:49Z",
		"1781517409":                        "2026-06-15T09:56:49Z",
		"1781517409.975":                    "2026-06-15T09:56:49.975Z",
		"1781517409975":                     "2026-06-15T09:56:49.975Z",
		"1781517409975123":                  "2026-06-15T09:56:49.975123Z",
		"1781517409975123456":               "2026-06-15T09:56:49.975123456Z",
		"/Date(1781517409975)/":             "2026-06-15T09:56:49.975Z",
		"15.6.2026 09:56:49":                "2026-06-15T08:56:49Z",
		"05.06.2026, 09:56":                 "2026-06-05T08:56:00Z",
		"2026/06/15 09:56:49":               "2026-06-15T08:56:49Z",
		"Jun 15, 2026 @ 09:56:49.123":       "2026-06-15T08:56:49.123Z",
		"June 5, 2026, 9:56:49 PM":          "2026-06-05T20:56:49Z",
		"Mon, 15 Jun 2026 09:56:49 GMT":     "2026-06-15T09:56:49Z",
		"Mon, 15 Jun 2026 09:56:49 +0200":   "2026-06-15T07:56:49Z",
		"15/Jun/2026:09:56:49 +0000":        "2026-06-15T09:56:49Z",
		"15-Jun-2026 09:56:49":              "2026-06-15T08:56:49Z",
		"Mon Jun 15 09:56:49 2026":          "2026-06-15T08:56:49Z",
		"Fri Jun  5 09:56:49 2026":          "2026-06-05T08:56:49Z",
	} {
		got, err := parseStamp(text, paris)
		if err != nil {
			t.Error(err)
			continue
		}
		if s := got.Format(time.RFC3339Nano); s != want || got.Location() != time.UTC {
			t.Errorf("%q is %s, want %s", text, s, want)
		}
	}
}

func TestParseStampRejects(t *testing.T) {
	for text, why := range map[string]string{
		"":                          "nothing",
		"yesterday":                 "a word",
		"0001-01-01T00:00:00Z":      "how .NET writes no time",
		"1601-01-01T00:00:00Z":      "how Windows does",
		"9999-12-31T23:59:59Z":      "never",
		"0":                         "too short for a count",
		"12345678901":               "a length of no unit",
		"9223372036854775808":       "beyond 64 bits",
		"99999999999999999999":      "twenty digits",
		"2026-13-01T00:00:00Z":      "month",
		"2026-00-01T00:00:00Z":      "month",
		"2026-02-29T00:00:00Z":      "no leap year",
		"2100-02-29T00:00:00Z":      "no leap year either",
		"2026-04-31T00:00:00Z":      "day",
		"2026-06-15":                "no time of day",
		"2026-06-15T":               "no time of day",
		"2026-6-15T09:56:49Z":       "one digit for the month",
		"2026-06-15T24:00:00Z":      "hour",
		"2026-06-15T09:60:00Z":      "minute",
		"2026-06-15T09:56:61Z":      "second",
		"2026-06-15T09:56:49.Z":     "point without digits",
		"2026-06-15T09:56:49Z tail": "text behind",
		"2026-06-15T09:56:49+2":     "offset",
		"2026-06-15T09:56:49+99:00": "offset",
		"2026-06-15T09:56:49 PM":    "noon in ISO",
		"15/6/2026 9:56:49":         "day before month",
		"15.13.2026 09:56:49":       "month",
		"Jux 15, 2026 09:56:49":     "no month",
		"June":                      "a month alone",
		"Mon":                       "a weekday alone",
		"Mon Jun 15 09:56:49":       "no year",
		"15 Jun 09:56:49":           "no year",
		"6/15/26 9:56":              "two digits for the year",
		"6/15/2026 13:00:00 PM":     "hour 13 PM",
		"6/15/2026 0:00:00 AM":      "hour 0 AM",
		"6/15/2026 25:00:00":        "hour",
		"/Date(1781517409975)":      "no end",
		"/Date()/":                  "no count",
		"/Date(-62135596800000)/":   "how PowerShell writes no time",
	} {
		if got, err := parseStamp(text, nil); err == nil || !got.IsZero() {
			t.Errorf("%q (%s) is read as %v", text, why, got)
		}
	}
}

// What time.Parse reads as RFC 3339 reads the same here, and nothing panics.
// The quick way must read what it reads as the other does.
func TestParseUTC(t *testing.T) {
	for at := time.Date(1980, 1, 1, 23, 59, 59, 0, time.UTC); at.Year() <= 2200; at = at.AddDate(0, 0, 1) {
		if got, ok := parseUTC(at.Format(time.RFC3339)); !ok || got != at {
			t.Fatalf("%v is %v, %v", at, got, ok)
		}
	}
	for _, s := range []string{
		"", "2026-06-15T09:56:49", "2026-06-15T09:56:49.Z", "2026-06-15T09:56:49+02:00", "2026-02-29T09:56:49Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-06-15T24:00:00Z", "2026-06-15T09:60:49Z", "2026-06-15T09:56:60Z", "2026-06-15T09:56:4:Z",
		"1979-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "2026-06-15T09:56:49Zx", "20A6-06-15T09:56:49Z",
	} {
		if got, ok := parseUTC(s); ok {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func FuzzParseStamp(f *testing.F) {
	f.Add("2026-06-15T09:56:49.1234567+02:00")
	f.Add("6/15/2026, 9:56:49.975 AM")
	f.Add("/Date(1781517409975)/")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseStamp(text, nil)
		if err == nil && (got.IsZero() || got.Location() != time.UTC) {
			t.Errorf("%q is %v", text, got)
		}
		slow := stampCursor{text: text}
		if quick, ok := parseUTC(text); ok {
			if want, ok := slow.stamp(time.UTC); !ok || quick != want {
				t.Errorf("%q is %v the quick way and %v the other", text, quick, want)
			}
		}
		want, wantErr := time.Parse(time.RFC3339Nano, text)
		if wantErr != nil || want.Year() < 1981 || want.Year() > 2199 {
			return
		}
		if _, offset := want.Zone(); offset > 15*3600 || offset < -15*3600 {
			return
		}
		if err != nil || !got.Equal(want) {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
	})
}

func BenchmarkParseStamp(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseStamp("2026-06-15T09:56:49.1234567Z", nil); err != nil {
			b.Fatal(err)
		}
	}
}
