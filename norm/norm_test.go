package norm

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/org"
)

func TestEngaged(t *testing.T) {
	spray := []string{"password_spray"}
	tests := []struct {
		name    string
		kinds   []string
		sectors []org.Sector
		has     string
		hasNot  string
	}{
		{"a hospital is critical infrastructure", spray, []org.Sector{org.Hospital}, "UN-13f UN-13c PC-1 OX1-1 OX1-2", "PC-4 OX2 PC-5"},
		{"vaccine research is more", spray, []org.Sector{org.VaccineResearch}, "UN-13f PC-4 OX2", "OX1-1"},
		{"a university is not critical infrastructure", spray, []org.Sector{org.University}, "UN-13c PC-4", "UN-13f PC-1"},
		{"one sector of several is enough", spray, []org.Sector{org.OtherSector, org.Hospital}, "UN-13f", "OX2"},
		{"malware spreads tools", []string{"malware_lure"}, []org.Sector{org.Hospital}, "PC-5", ""},
		{"armed conflict is never assumed", spray, []org.Sector{org.Hospital}, "", "GC-I-19 ICRC-34IC-R2 UN-13k"},
		{"no attack, no norm", nil, []org.Sector{org.Hospital}, "", "UN-13c PC-9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]bool{}
			for _, n := range Engaged(tt.kinds, tt.sectors) {
				got[n.ID] = true
			}
			for id := range strings.FieldsSeq(tt.has) {
				if !got[id] {
					t.Errorf("%s is missing", id)
				}
			}
			for id := range strings.FieldsSeq(tt.hasNot) {
				if got[id] {
					t.Errorf("%s is there", id)
				}
			}
		})
	}
}

// A suggestion by rule is not a judgement: no text may say more than "may
// engage", and none may call an act a violation.
func TestNoNormSaysViolated(t *testing.T) {
	verdict := regexp.MustCompile(`(?i)violat|breach of (international )?law|illegal|unlawful`)
	for _, n := range Norms() {
		if s := n.Sentence(); !strings.HasPrefix(s, "This may engage ") || verdict.MatchString(s) {
			t.Errorf("%s: %q", n.ID, s)
		}
	}
}

func TestNormsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range Norms() {
		if seen[n.ID] {
			t.Errorf("%s is there twice", n.ID)
		}
		seen[n.ID] = true
		checkRow(t, n.ID, n.Row)
		if n.Title == "" || n.Text == "" || n.Addressee == "" {
			t.Errorf("%s is incomplete", n.ID)
		}
		if c := n.When.Condition; c != "" && c != ArmedConflict && c != TargetIsCERT {
			t.Errorf("%s has condition %q", n.ID, c)
		}
	}
}

func TestNormsAreCopied(t *testing.T) {
	Norms()[0].ID = "changed"
	Rules()[0].ID = "changed"
	if Norms()[0].ID == "changed" || Rules()[0].ID == "changed" {
		t.Error("a caller can change the list")
	}
}
