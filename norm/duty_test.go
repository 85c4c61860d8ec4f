package norm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/org"
)

// aware is a Friday, so that business days must pass a weekend.
var aware = time.Date(2026, time.November, 27, 16, 30, 0, 0, time.UTC)

func ids(duties []Duty) string {
	var out []string
	for _, d := range duties {
		out = append(out, d.ID)
	}
	return strings.Join(out, " ")
}

func TestDuties(t *testing.T) {
	tests := []struct {
		name     string
		org      org.Organisation
		happened Incident
		want     string // ids, the most urgent first
	}{
		{"an attempt starts a clock in India only", org.Organisation{Country: "IN", Sector: org.Pharma}, Attempt, "IN-CERT-IN"},
		{"an attempt starts none in France", org.Organisation{Country: "FR", Sector: org.Hospital}, Attempt, ""},
		{"an attempt starts none in the United States", org.Organisation{Country: "US", Sector: org.Hospital}, Attempt, ""},
		{"an attempt starts none in Korea", org.Organisation{Country: "KR", Sector: org.VaccineResearch}, Attempt, ""},
		{"an attempt starts none in Canada", org.Organisation{Country: "CA", Sector: org.ClinicalResearch}, Attempt, ""},
		{"access in India; the phased rule comes last", org.Organisation{Country: "IN", Sector: org.Pharma}, Access, "IN-CERT-IN IN-DPDP"},
		{"a French hospital", org.Organisation{Country: "FR", Sector: org.Hospital}, Access, "FR-CSP EU-NIS2 EU-GDPR"},
		{"a French vaccine maker is no establishment of care", org.Organisation{Country: "FR", Sector: org.Pharma}, Access, "EU-NIS2 EU-GDPR"},
		{"a university is not suggested for NIS2", org.Organisation{Country: "DE", Sector: org.University}, Access, "EU-GDPR"},
		{"but is where it says so", org.Organisation{Country: "DE", Sector: org.University, Duties: map[string]any{"nis2": "important"}}, Access, "EU-NIS2 EU-GDPR"},
		{"a hospital that says it is not addressed", org.Organisation{Country: "DE", Sector: org.Hospital, Duties: map[string]any{"nis2": "none"}}, Access, "EU-GDPR"},
		{"NIS2 is for the Union only", org.Organisation{Country: "CH", Sector: org.Hospital, Duties: map[string]any{"nis2": "essential"}}, Access, ""},
		{"a United States hospital", org.Organisation{Country: "US", Sector: org.Hospital}, Access, "US-HIPAA"},
		{"a vaccine maker is no covered entity unless it says so", org.Organisation{Country: "US", Sector: org.VaccineResearch}, Access, ""},
		{"a hospital outside HIPAA", org.Organisation{Country: "US", Sector: org.Hospital, Duties: map[string]any{"hipaa": false}}, Access, ""},
		{"a listed company", org.Organisation{Country: "US", Sector: org.Pharma, Duties: map[string]any{"sec": true}}, Access, "US-SEC"},
		{"Korea", org.Organisation{Country: "KR", Sector: org.Pharma}, Access, "KR-NETWORK KR-PIPA"},
		{"Canada", org.Organisation{Country: "CA", Sector: org.Diagnostics}, Access, "CA-PIPEDA"},
		{"no country, no duty", org.Organisation{Sector: org.Hospital}, Access, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Duties(tt.org, tt.happened, aware)
			if ids(got) != tt.want {
				t.Errorf("got %q, want %q", ids(got), tt.want)
			}
			for _, d := range got {
				if d.Because == "" {
					t.Errorf("%s does not say why", d.ID)
				}
			}
		})
	}
}

func TestDueTimes(t *testing.T) {
	at := func(country string, id string, clock int) time.Time {
		t.Helper()
		o := org.Organisation{Country: country, Sector: org.Hospital, Duties: map[string]any{"sec": true}}
		for _, d := range Duties(o, Access, aware) {
			if d.ID == id {
				return d.Dues[clock].At
			}
		}
		t.Fatalf("no duty %s", id)
		return time.Time{}
	}
	tests := []struct {
		country, id string
		clock       int
		want        string // "" where the clock does not start with awareness
	}{
		{"IN", "IN-CERT-IN", 0, "2026-11-27T22:30:00Z"},
		{"FR", "EU-NIS2", 0, "2026-11-28T16:30:00Z"},
		{"FR", "EU-NIS2", 1, "2026-11-30T16:30:00Z"},
		{"FR", "EU-NIS2", 2, ""},
		{"FR", "EU-GDPR", 0, "2026-11-30T16:30:00Z"},
		{"FR", "FR-CSP", 0, ""},
		{"US", "US-HIPAA", 0, "2027-01-26T16:30:00Z"},
		{"US", "US-SEC", 0, ""},
		{"IN", "IN-DPDP", 1, ""}, // not yet in force
		{"KR", "KR-NETWORK", 0, "2026-11-28T16:30:00Z"},
	}
	for _, tt := range tests {
		var want time.Time
		if tt.want != "" {
			want, _ = time.Parse(time.RFC3339, tt.want)
		}
		if got := at(tt.country, tt.id, tt.clock); !got.Equal(want) {
			t.Errorf("%s, clock %d: due %v, want %v", tt.id, tt.clock, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	tests := []struct {
		clock      Clock
		from, want string
	}{
		{Clock{Within: 6, Unit: Hours}, "2026-11-27T20:00:00Z", "2026-11-28T02:00:00Z"},
		{Clock{Within: 60, Unit: CalendarDays}, "2027-01-01T10:00:00Z", "2027-03-02T10:00:00Z"},
		{Clock{Within: 4, Unit: BusinessDays}, "2026-11-27T10:00:00Z", "2026-12-03T10:00:00Z"}, // Friday to Thursday
		{Clock{Within: 1, Unit: BusinessDays}, "2026-11-28T10:00:00Z", "2026-11-30T10:00:00Z"}, // Saturday to Monday
		{Clock{Within: 1, Unit: Months}, "2027-01-31T10:00:00Z", "2027-02-28T10:00:00Z"},
		{Clock{Within: 1, Unit: Months}, "2026-12-15T10:00:00Z", "2027-01-15T10:00:00Z"},
	}
	for _, tt := range tests {
		from, _ := time.Parse(time.RFC3339, tt.from)
		if got := tt.clock.after(from).Format(time.RFC3339); got != tt.want {
			t.Errorf("%d %s after %s is %s, want %s", tt.clock.Within, tt.clock.Unit, tt.from, got, tt.want)
		}
	}
}

// Proposed and delayed rules bind nobody: an organisation that says yes to
// everything, anywhere, must still not be told of them.
func TestOnlyRulesInForceAreSuggested(t *testing.T) {
	all := map[string]any{}
	for _, r := range Rules() {
		if r.When.Key != "" {
			all[r.When.Key] = r.When.Is[0]
		}
	}
	suggested := map[string]bool{}
	for _, country := range []string{"CA", "DE", "FR", "IN", "KR", "US"} {
		for _, d := range Duties(org.Organisation{Country: country, Sector: org.Hospital, Duties: all}, Access, aware) {
			suggested[d.ID] = true
		}
	}
	for _, r := range Rules() {
		if want := r.Status == InForce || r.Status == Phased; suggested[r.ID] != want {
			t.Errorf("%s (%s): suggested %t, want %t", r.ID, r.Status, suggested[r.ID], want)
		}
	}
}

func TestRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		seen[r.ID] = true
		checkRow(t, r.ID, r.Row)
		for name, text := range map[string]string{"title": r.Title, "jurisdiction": r.Jurisdiction, "addressee": r.Addressee, "text": r.Text, "recipient": r.Recipient} {
			if text == "" {
				t.Errorf("%s has no %s", r.ID, name)
			}
		}
		if len(r.When.Countries) == 0 || r.When.Incident != Attempt && r.When.Incident != Access {
			t.Errorf("%s has no trigger", r.ID)
		}
		if r.When.OnlyDeclared && r.When.Key == "" || r.When.Key != "" && len(r.When.Is) == 0 {
			t.Errorf("%s can never be declared", r.ID)
		}
		for _, c := range r.Clocks {
			if (c.Within > 0) == (c.Promptly != "") || c.Start.words() == "" || c.Within > 0 && c.after(aware).IsZero() {
				t.Errorf("%s has an odd clock: %+v", r.ID, c)
			}
			if strings.Contains(c.String(), "  ") || strings.HasSuffix(c.String(), " ") {
				t.Errorf("%s: clock reads %q", r.ID, c)
			}
		}
		if len(r.Clocks) == 0 {
			t.Errorf("%s has no clock", r.ID)
		}
	}
}

func checkRow(t *testing.T, id string, r Row) {
	t.Helper()
	if !slices.Contains([]Status{InForce, Phased, Proposed, Delayed}, r.Status) {
		t.Errorf("%s has status %q", id, r.Status)
	}
	if r.Status != InForce && r.StatusNote == "" {
		t.Errorf("%s is %s, and does not say what is pending", id, r.Status)
	}
	if r.Source.Citation == "" || !strings.HasPrefix(r.Source.URL, "https://") {
		t.Errorf("%s names no source: %+v", id, r.Source)
	}
	_, day := time.Parse(time.DateOnly, r.VerifiedAt)
	_, month := time.Parse("2006-01", r.VerifiedAt)
	if day != nil && month != nil {
		t.Errorf("%s was verified at %q", id, r.VerifiedAt)
	}
}

func ExampleDuties() {
	hospital := org.Organisation{ID: "hopital-exemple", Country: "FR", Sector: org.Hospital, Duties: map[string]any{"nis2": "essential"}}
	for _, d := range Duties(hospital, Access, time.Date(2026, time.November, 24, 10, 0, 0, 0, time.UTC)) {
		fmt.Println(d.Title)
		for _, due := range d.Dues {
			if due.At.IsZero() {
				fmt.Println("  " + due.String())
			} else {
				fmt.Println("  " + due.String() + ": " + due.At.Format(time.DateTime))
			}
		}
	}
	// Output:
	// Code de la santé publique, Article L1111-8-2
	//   report, without delay
	// NIS2 Directive, Article 23
	//   early warning within 24 hours of becoming aware: 2026-11-25 10:00:00
	//   incident notification within 72 hours of becoming aware: 2026-11-27 10:00:00
	//   final report within 1 month of the report before
	// General Data Protection Regulation, Articles 33 and 34
	//   notification within 72 hours of becoming aware: 2026-11-27 10:00:00
	//   notice to the persons concerned if the risk is high, without undue delay
}
