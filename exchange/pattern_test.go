package exchange

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// conformance is what OASIS and MISP publish to test others.
const conformance = "../../shared/data/actors/"

func TestPatternsOfTheReferenceValidator(t *testing.T) {
	data, err := os.ReadFile(conformance + "stix-conformance/patterns/patterns-2.1.json")
	if err != nil {
		t.Skip("the 66 patterns of oasis-open/cti-pattern-validator are not here")
	}
	var list struct {
		Pass []string `json:"must_pass"`
		Fail []struct {
			Pattern string `json:"pattern"`
			Error   string `json:"reference_error"`
		} `json:"must_fail"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Pass) != 49 || len(list.Fail) != 17 {
		t.Errorf("%d and %d patterns, 49 and 17 expected", len(list.Pass), len(list.Fail))
	}
	for _, p := range list.Pass {
		if got, err := parsePattern(p); err != nil || len(got.comparisons) == 0 {
			t.Errorf("%s: %v, %d comparisons", p, err, len(got.comparisons))
		}
	}
	for _, p := range list.Fail {
		if _, err := parsePattern(p.Pattern); err == nil {
			t.Errorf("%s is taken for valid; the reference says %s", p.Pattern, p.Error)
		}
	}
}

func TestIndicatorsOfPatterns(t *testing.T) {
	for in, want := range map[string][]Indicator{
		"[ipv4-addr:value = '192.0.2.7']":                                         {{Kind: Address, Value: "192.0.2.7"}},
		"[ipv4-addr:value = '192.0.2.0/24']":                                      {{Kind: Network, Value: "192.0.2.0/24"}},
		"[ipv4-addr:value IN ('192.0.2.7', '192.0.2.8')]":                         {{Kind: Address, Value: "192.0.2.7"}, {Kind: Address, Value: "192.0.2.8"}},
		"[domain-name:value = 'A.Example'] OR [url:value = 'http://b.example/x']": {{Kind: Domain, Value: "a.example"}, {Kind: URL, Value: "http://b.example/x"}},
		// Each of these says more than a list of values does.
		"[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']": {{Kind: Pattern, Value: "[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']"}},
		"[ipv4-addr:value != '192.0.2.7']":                        {{Kind: Pattern, Value: "[ipv4-addr:value != '192.0.2.7']"}},
		"[ipv4-addr:value NOT IN ('192.0.2.7')]":                  {{Kind: Pattern, Value: "[ipv4-addr:value NOT IN ('192.0.2.7')]"}},
		"[ipv4-addr:value = '192.0.2.7'] REPEATS 5 TIMES":         {{Kind: Pattern, Value: "[ipv4-addr:value = '192.0.2.7'] REPEATS 5 TIMES"}},
		"[process:name = 'x' OR domain-name:value = 'a.example']": {{Kind: Pattern, Value: "[process:name = 'x' OR domain-name:value = 'a.example']"}},
		"[domain-name:value LIKE '%.example']":                    {{Kind: Pattern, Value: "[domain-name:value LIKE '%.example']"}},
	} {
		got, err := indicatorsOf(in, "stix")
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}

// A pattern gives back the indicator that it was made of.
func TestPatternRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawIndicator(t)
		text, language := patternOf(want)
		got, err := indicatorsOf(text, language)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff([]Indicator{want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{
		"[ipv4-addr:value = '192.0.2.7']", "([file:name = 'a\\'b'] AND [file:size > 1.5]) WITHIN 300 SECONDS", "[a:b IN (1, 'x', h'ff')] START t'2016-06-01T01:30:00Z' STOP t'2016-06-01T02:20:00Z'",
		"[((((", "[a:'b'[*].c EXISTS", "[NOT EXISTS a:b]", "[a:b = t'x']",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := indicatorsOf(s, "stix")
		if err != nil {
			return
		}
		for _, i := range list { // what was read can be written and read again
			text, language := patternOf(i)
			again, err := indicatorsOf(text, language)
			if err != nil || len(again) != 1 || again[0].Value != i.Value && i.Kind != Pattern {
				t.Errorf("%q gave %+v, which is written %q and gives %+v, %v", s, i, text, again, err)
			}
		}
	})
}
