package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// vector is third-party raw events and what must come out: the format that is
// found, and the class or the error of each record.
type vector struct{ file, format, want string }

// classesOf decodes text as what it is found to be.
func classesOf(t *testing.T, text []byte) (format, classes string) {
	t.Helper()
	f, ok := Detect(text)
	if !ok {
		return "", ""
	}
	var out []string
	for ev, err := range f.Decode(bytes.NewReader(text), Options{}) {
		var bad *RecordError
		switch {
		case errors.As(err, &bad):
			out = append(out, "("+bad.Err.Error()+")")
		case err != nil:
			t.Fatalf("%v ends the text", err)
		default:
			out = append(out, ev.Class.String())
		}
	}
	return f.Name, strings.Join(out, " ")
}

// sekoiaCloud has the classes of the vendor samples that are not "none", by
// product and name. docs/formats/README.md says where they differ from the
// truth of shared/data/signin/INDEX.md, and why.
var sekoiaCloud = map[string]map[string]string{
	"Okta_okta-system-logs": {
		"test_account_lock": "locked", "test_auth_via_idp": "ok", "test_authentication_sso_with_slashes": "ok", "test_login": "ok", "test_target": "ok",
	},
	"Google-Cloud_google-report": {"test_saml_login_success": "ok", "test_token_sample1": "activity", "test_user_accounts": "activity"},
	"AWS_aws-cloudtrail":         {"event_iam": "activity"},
	"Duo_duo-security":           {"test_admin_log": "ok", "test_admin_log_error": "app_config"},
	"Keycloak_keycloak-events":   {"test_code_to_token_error": "token_lifecycle"},
	"Ping-Identity_pingfederate": {"OAuth": "app_config", "SSO": "app_config"},
	"Jumpcloud_jumpcloud-directory-insights": {
		"admin_login": "ok", "radius_auth_failure": "bad_password", "radius_auth_success": "ok", "ssoauth_failure_1": "app_config",
	},
	"OCSF_ocsf": {"test_authentication_3": "bad_password"},
}

// sekoiaOther are lines of the products' other logs, which alone in a file are
// no log that is known.
var sekoiaOther = map[string]bool{"locale": true, "tracking": true}

func TestExternalSekoiaCloud(t *testing.T) {
	for product, want := range sekoiaCloud {
		files, err := filepath.Glob(filepath.Join(external(t, "sekoia_NO_LICENCE"), product+"__*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files, %v", product, err)
		}
		for _, file := range files {
			_, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "__")
			format, classes := classesOf(t, sekoiaMessage(t, file))
			expected := want[name]
			if expected == "" {
				classes = strings.ReplaceAll(classes, "none ", "") // activities of several events
				expected = "none"
			}
			if sekoiaOther[name] {
				expected = ""
			}
			if classes != expected || format == "" != sekoiaOther[name] {
				t.Errorf("%s %s is taken for %q and is %s, want %s", product, name, format, classes, expected)
			}
		}
	}
}

func sekoiaMessage(t *testing.T, file string) []byte {
	t.Helper()
	var sample struct{ Input struct{ Message string } }
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &sample)
	}
	if err != nil {
		t.Fatal(err)
	}
	return []byte(sample.Input.Message)
}

// pantherCloud has the classes of the events of each rule, in order; a star
// marks one without a time, which is damaged as it stands and is read here
// with a time put in.
var pantherCloud = []vector{
	{"auth0_leaked_password_login_attempt", "auth0", "ip_blocked"},
	{"auth0_push_notification_fatigue", "auth0", "none none"},
	{"aws_cloudtrail_password_spraying", "aws-cloudtrail", "bad_password* ok* none bad_password*"},
	{"aws_cloudtrail_unsuccessful_mfa_attempt", "aws-cloudtrail", "ok mfa_failed"},
	{"aws_console_getsignintoken", "aws-cloudtrail", "activity activity other"},
	{"aws_console_login_without_mfa", "aws-cloudtrail", "ok ok ok ok ok mfa_failed other* ok ok ok ok"},
	{"aws_console_root_login_failed", "aws-cloudtrail", "bad_password ok none"},
	{"aws_console_signin", "aws-cloudtrail", "ok"},
	{"duo_admin_lockout", "duo", "locked locked none"},
	{"duo_user_anomalous_push", "duo", "mfa_denied* ok* policy_block*"},
	{"duo_user_bypass_code_used", "duo", "ok* ok* policy_block*"},
	{"duo_user_endpoint_failure_multi", "duo", "policy_block* policy_block* policy_block* policy_block* mfa_failed* ok* policy_block*"},
	{"gsuite_gov_attack", "google-workspace", "ok* none"},
	{"gsuite_login_type", "google-workspace", "ok* ok* none ok"},
	{"okta_anonymizing_vpn_login", "okta", "bad_password ip_blocked ip_blocked"},
	{"okta_idp_signin", "okta", "mfa_failed ok"},
	{"okta_new_behavior_accessing_admin_console", "okta", "none none none none"},
	{"okta_phishing_attempt_blocked_by_fastpass", "okta", "mfa_failed ip_blocked"},
	{"okta_user_account_locked", "okta", "locked none"},
	{"onelogin_active_login_activity", "onelogin", "ok* bad_password* ok*"},
	{"onelogin_high_risk_failed_login", "onelogin", "bad_password* bad_password*"},
	{"onelogin_unauthorized_access", "onelogin", "ok* not_assigned*"},
}

// pantherTime is where each format has its time.
var pantherTime = map[string]string{
	"aws-cloudtrail": "eventTime", "duo": "isotimestamp", "google-workspace": "id.time", "okta": "published", "onelogin": "created_at",
}

func TestExternalPantherCloud(t *testing.T) {
	for _, v := range pantherCloud {
		var got []string
		for i, event := range pantherEvents(t, v.file) {
			format, class := classesOf(t, marshal(t, event))
			if class == "("+errNoTime.Error()+")" {
				key, inner, nested := strings.Cut(pantherTime[v.format], ".")
				if nested {
					event[key].(map[string]any)[inner] = "2026-03-02T08:00:00Z"
				} else {
					event[key] = "2026-03-02T08:00:00Z"
				}
				format, class = classesOf(t, marshal(t, event))
				class += "*"
			}
			if format != v.format {
				t.Errorf("%s %d is taken for %q", v.file, i, format)
			}
			got = append(got, class)
		}
		if strings.Join(got, " ") != v.want {
			t.Errorf("%s is %s, want %s", v.file, strings.Join(got, " "), v.want)
		}
	}
}

// One rule has events of many vendors, none of them with a time: those of the
// formats that are read, by what they are found to be.
func TestExternalPantherManyVendors(t *testing.T) {
	want := []string{
		"aws-cloudtrail ok", "aws-cloudtrail bad_password", "", "", "google-workspace ok", "google-workspace bad_password", "okta ok",
		"okta unknown_user", "onelogin ok", "onelogin bad_password", "", "", "", "", "",
	}
	for i, event := range pantherEvents(t, "brute_force_by_ip") {
		event["eventTime"], event["published"], event["created_at"] = "2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z"
		if id, ok := event["id"].(map[string]any); ok {
			id["time"] = "2026-03-02T08:00:00Z"
		}
		format, class := classesOf(t, marshal(t, event))
		if got := strings.TrimSpace(format + " " + class); got != want[i] {
			t.Errorf("event %d is %q, want %q", i, got, want[i])
		}
	}
}

func pantherEvents(t *testing.T, rule string) (events []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(external(t, filepath.Join("panther", rule+".yml")))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tests []struct {
			Log map[string]any `yaml:"Log"`
		} `yaml:"Tests"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, test := range file.Tests {
		events = append(events, test.Log)
	}
	return events
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Logs of 1Password and Snowflake have no format of their own: the mappings of
// the documentation and the samples read them.
func TestExternalMapped(t *testing.T) {
	vault := mapped(t, "vault.json")
	text, err := os.ReadFile("testdata/generic/snowflake.csv.yaml")
	if err != nil {
		t.Fatal(err)
	}
	snowflake, err := ParseMapping("m.yaml", bytes.Replace(text, []byte("kind: csv"), []byte("kind: json"), 1))
	if err != nil {
		t.Fatal(err)
	}
	read := func(f Format, text []byte) (classes string) {
		for ev, err := range f.Decode(bytes.NewReader(text), Options{}) {
			if err != nil {
				t.Error(err)
				continue
			}
			classes += ev.Class.String() + " "
		}
		return classes
	}
	message := sekoiaMessage(t, external(t, "sekoia_NO_LICENCE/1Password_1password-epm__test_sign_in_attempts.json"))
	if got := read(vault, message); got != "ip_blocked " {
		t.Errorf("1Password: %s", got)
	}
	var got string
	for _, event := range pantherEvents(t, "snowflake_stream_password_spray") {
		got += read(snowflake, marshal(t, event))
	}
	if want := "bad_password bad_password ok other other none "; got != want {
		t.Errorf("Snowflake: %s, want %s", got, want)
	}
}

// CloudTrail and Keycloak as CrowdSec tests them.
func TestExternalCrowdsecCloud(t *testing.T) {
	for _, v := range []vector{
		{"aws-bf/aws-bf.log", "aws-cloudtrail", "mfa_failed mfa_failed mfa_failed mfa_failed mfa_failed mfa_failed"},
		{"aws-nwo-login/aws-nwo-login.log", "aws-cloudtrail", "ok"},
		{"keycloak-logs/keycloak-logs.log", "keycloak", "unknown_user unknown_user bad_password bad_password unknown_user unknown_user unknown_user"},
		{"keycloak-slow-bf/keycloak-logs.log", "keycloak", strings.Repeat("unknown_user ", 5) + strings.TrimSpace(strings.Repeat("bad_password ", 7))},
	} {
		text, err := os.ReadFile(external(t, filepath.Join("crowdsec", v.file)))
		if err != nil {
			t.Fatal(err)
		}
		if format, classes := classesOf(t, text); format != v.format || classes != v.want {
			t.Errorf("%s is taken for %q: %s", v.file, format, classes)
		}
	}
}

// A raw event and its OCSF form say the same.
func TestExternalOCSF(t *testing.T) {
	ocsfFiles, _ := filepath.Glob(filepath.Join(external(t, "ocsf"), "*"))
	n := 0
	for _, file := range ocsfFiles {
		base := filepath.Base(file)
		raw := strings.HasSuffix(base, ".raw")
		if !raw && !strings.HasSuffix(base, ".ocsf") && !strings.HasSuffix(base, ".json") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if raw {
			if format, classes := classesOf(t, text); format != "aws-cloudtrail" || classes != "ok" && !strings.Contains(base, "v1.5.0") { // a challenge: a step
				t.Errorf("%s: taken for %q: %s", base, format, classes)
			}
			continue
		}
		if !json.Valid(text) { // one has a comma too many
			t.Logf("%s is no JSON", base)
			continue
		}
		events, _ := decodeAll(t, ocsf, text)
		format, _ := Detect(text)
		if format.Name != "ocsf" || len(events) != 1 {
			t.Errorf("%s: taken for %q, %d events", base, format.Name, len(events))
			continue
		}
		n++
		ev := events[0]
		want := OK
		if strings.HasPrefix(base, "4625") {
			want = BadPassword
		}
		if ev.Class != want || ev.Account == "" || ev.Time.Year() < 2020 {
			t.Errorf("%s: %+v", base, ev)
		}
	}
	if n != 9 {
		t.Errorf("%d OCSF events", n)
	}
}
