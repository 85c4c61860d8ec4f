package signin

import (
	"strings"
	"testing"
)

func TestEntraCodes(t *testing.T) {
	for _, c := range []struct {
		code, reason, details string
		want                  Class
	}{
		{"0", "", "", OK},
		{"50140", "", "", OKInterrupt},
		{"50199", "", "", OKInterrupt},
		{"50126", "", "", BadPassword},
		{"50034", "", "", UnknownUser},
		{"90002", "", "", UnknownTenant}, // an exact code wins over 90xxx
		{"90014", "", "", AppConfig},     // which takes the others
		{"90094", "", "", Consent},
		{"900941", "", "", Consent},
		{"900144", "", "", AppConfig},
		{"50053", "", "", Locked},
		{"50053", "IdsLocked", "", Locked},
		{"50053", "The account is locked, you've tried to sign in too many times.", "", Locked},
		{"50053", "Sign-in was blocked because it came from an IP address with Malicious Activity", "", IPBlocked},
		{"50053", "", "malicious activity", Locked}, // the text stands in the reason
		{"500121", "", "", MFAFailed},
		{"500121", "", "MFA denied; user declined the authentication", MFADenied},
		{"500121", "", "MFA denied; user did not respond to mobile app notification", MFAFailed},
		{"500121", "", "MFA denied; duplicate authentication attempt", MFAFailed},
		{"500121", "", "MFA denied; Fraud code entered", MFADenied},
		{"50126", "malicious activity", "declined", BadPassword}, // split only where the table says so
		{"50055", "", "", PasswordExpired},
		{"50076", "", "", MFARequired},
		{"53003", "", "", PolicyBlock},
		{"530034", "", "", RiskBlock},
		{"50105", "", "", NotAssigned},
		{"65001", "", "", Consent},
		{"650057", "", "", AppConfig},
		{"700016", "", "", UnknownUser},
		{"700054", "", "", AppConfig},
		{"700082", "", "", TokenLifecycle},
		{"7000215", "", "", BadPassword},
		{"50058", "", "", TokenLifecycle},
		{"1000000", "", "", AppConfig},
		{"50057", "", "", Disabled},
		{"135011", "", "", Disabled},
		{"50155", "", "", TokenLifecycle},
		{"80002", "", "", AppConfig}, // nobody looked at the password
		{"530003", "", "", PolicyBlock},
		{"9002341", "", "", TokenLifecycle},
		{"500571", "", "", Disabled},

		{"", "", "", Other},
		{"None", "", "", Other},
		{"Success", "", "", Other},
		{"99999", "", "", Other},
		{"65x57", "", "", Other},
		{"650xxx", "", "", Other}, // a pattern is no code
		{"6500571", "", "", Other},
		{"-50126", "", "", Other},
	} {
		if got := entraCodes.Class(c.code, c.reason, c.details); got != c.want {
			t.Errorf("%s %q %q is %v, want %v", c.code, c.reason, c.details, got, c.want)
		}
	}
}

func TestEntraCodeNames(t *testing.T) {
	for name, want := range map[string]string{
		"InvalidUserNameOrPassword": "50126", "IDSLOCKED": "50053", "DelegationDoesNotExist": "65001", "": "", "Nothing": "",
	} {
		if got := entraCodes.Code(name); got != want {
			t.Errorf("%q is code %q, want %q", name, got, want)
		}
	}
}

// Which refusals prove a password is what notices rest on: a code that moves
// into or out of that set must move here, too.
func TestEntraCodesThatConfirmThePassword(t *testing.T) {
	const want = "50002 50005 50015 50055 50072 50074 50076 50078 50079 50086 50087 50088 50097 50105 50131 50135 50144 50158 50161 50166 50170 " +
		"52004 53000 53001 53002 53003 53004 53005 53009 53010 53011 54000 65001 65004 80012 90094 90095 500021 500022 500121 500212 500213 " +
		"530001 530002 530003 530004 530021 530031 530032 530033 530034 530035 530036 530084 900941"
	confirms := map[string]bool{}
	for _, code := range strings.Fields(want) {
		confirms[code] = true
	}
	entraCodes.load()
	for code, rule := range entraCodes.exact {
		if rule.class.ConfirmsPassword() != confirms[code] {
			t.Errorf("%s is %v", code, rule.class)
		}
		delete(confirms, code)
	}
	for _, p := range entraCodes.patterns {
		if p.rule.class != AppConfig {
			t.Errorf("pattern %s is %v: a whole range proves nothing", p.text, p.rule.class)
		}
	}
	for code := range confirms {
		t.Errorf("%s is not in the table", code)
	}
}

// Every table in codes/ can be read and gives sign-in classes only.
func TestCodeTables(t *testing.T) {
	files, err := codeFiles.ReadDir("codes")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		text, err := codeFiles.ReadFile("codes/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		table, err := parseCodes(text)
		if err != nil {
			t.Errorf("%s: %v", f.Name(), err)
			continue
		}
		for code, rule := range table.exact {
			if rule.class == ClassNone || rule.class == ClassActivity {
				t.Errorf("%s: code %s has class %v", f.Name(), code, rule.class)
			}
		}
	}
}

func TestParseCodesRejects(t *testing.T) {
	for why, text := range map[string]string{
		"no source":              "groups: []",
		"unknown class":          "source: s\ngroups: [{class: fine, codes: {1: ''}}]",
		"unknown class of split": "source: s\ngroups: [{class: ok, codes: {1: ''}, split: [{reason: a, class: fine}]}]",
		"a code twice":           "source: s\ngroups: [{class: ok, codes: {1: ''}}, {class: locked, codes: {1: ''}}]",
		"split by nothing":       "source: s\ngroups: [{class: ok, codes: {1: ''}, split: [{class: ok}]}]",
		"split by both":          "source: s\ngroups: [{class: ok, codes: {1: ''}, split: [{reason: a, details: b, class: ok}]}]",
		"a list of codes":        "source: s\ngroups: [{class: ok, codes: [1]}]",
		"no codes":               "source: s\ngroups: [{class: ok}]",
		"an unknown key":         "source: s\ngroups: [{class: ok, code: {1: ''}}]",
		"no yaml":                "\t",
	} {
		if _, err := parseCodes([]byte(text)); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
}

func TestPatternsMostSpecificFirst(t *testing.T) {
	table, err := parseCodes([]byte("source: s\ngroups: [{class: locked, codes: {5xxx: ''}}, {class: ok, codes: {50xx: ''}}]"))
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Class("5012", "", ""); got != OK {
		t.Errorf("5012 is %v, want that of 50xx", got)
	}
	if got := table.Class("5112", "", ""); got != Locked {
		t.Errorf("5112 is %v, want that of 5xxx", got)
	}
}

func TestParseActsRejects(t *testing.T) {
	for why, text := range map[string]string{
		"no source":      "acts: []",
		"an act twice":   "source: s\nacts: [{operation: a, technique: T1}, {operation: a, technique: T1}]",
		"no technique":   "source: s\nacts: [{operation: a}]",
		"an unknown key": "source: s\nacts: [{operation: a, technique: T1, all: []}]",
	} {
		table := actTable{any: map[string][]int{}}
		if err := table.add([]byte(text)); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
}

func TestContainsFold(t *testing.T) {
	for _, text := range []string{"", "p", "Password", "my PASSword.", "passwor", "ppassword", "\u212aey", "pa\u017f\u017fword", "PASSWORD_AS_FACTOR"} {
		for _, phrase := range []string{"password", "key", "p", ""} {
			want := phrase == ""
			for i := 0; i+len(phrase) <= len(text); i++ {
				want = want || strings.EqualFold(text[i:i+len(phrase)], phrase)
			}
			if got := containsFold(text, phrase); got != want {
				t.Errorf("%q has %q: %v", text, phrase, got)
			}
		}
	}
}
