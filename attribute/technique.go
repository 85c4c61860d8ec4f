package attribute

import (
	"fmt"
	"math"
	"strings"
)

// Techniques weigh at most this, for or against (design value).
const techniqueCap = 3.0

// steepness turns BM25 scores into likelihoods: of the known actors, the
// evidence is e^(steepness·score) times as likely from each. It is the maximum
// likelihood fit of that model to the cases of ATT&CK v18.1 that show a form
// of brute force (T1110), with the reported techniques cut down to the visible
// ones and the report itself left out of all profiles: 30 cases. All 428 cases
// with a visible technique give 0.84; attacks on sign-ins are less telling,
// because the same few techniques serve everybody.
const steepness = 0.6

// weighTechniques gives each suspect one weight for the techniques seen: how
// much likelier they are from it than from known actors at large. Summed over
// the known actors by their priors the likelihoods give one: techniques tell
// known actors apart, not known hands from unknown ones, who spray passwords
// as well.
func weighTechniques(seen []string, suspects []*suspect) {
	if len(seen) == 0 || len(suspects) == 0 {
		return
	}
	profiles := make([]Profile, len(suspects))
	for i, s := range suspects {
		profiles[i] = s.profile
	}
	ranker := NewRanker(profiles, visibleOnly)
	scores := ranker.Scores(seen)
	var sum, priors float64
	for i, s := range suspects {
		sum += s.prior * math.Exp(steepness*scores[i])
		priors += s.prior
	}
	mean := math.Log(sum / priors)
	for i, s := range suspects {
		w := math.Max(-techniqueCap, math.Min(techniqueCap, steepness*scores[i]-mean))
		s.add(Weight{Class: ClassTechnique, What: "techniques", Weight: w, Text: techniqueText(seen, s.profile, ranker, w)})
	}
}

func techniqueText(seen []string, profile Profile, r *Ranker, w float64) string {
	var parts []string
	for _, t := range seen {
		others := fmt.Sprintf("%d of the %d actors here are known for it", r.known[t], len(r.profiles))
		switch n := profile[t]; n {
		case 0:
			parts = append(parts, fmt.Sprintf("no public report here has it use %s (%s)", t, others))
		case 1:
			parts = append(parts, fmt.Sprintf("1 public report has it use %s (%s)", t, others))
		default:
			parts = append(parts, fmt.Sprintf("%d public reports have it use %s (%s)", n, t, others))
		}
	}
	fit := "more"
	if w < 0 {
		fit = "less"
	}
	return strings.Join(parts, "; ") + ". In all it is " + fit + " likely to show these than the known actors are on average."
}

// family returns the technique of which t is a sub-technique, or t.
func family(t string) string {
	f, _, _ := strings.Cut(t, ".")
	return f
}

// visible are the techniques that sign-in logs and mail can show. The others
// stay out of the profiles: an actor must not look unlikely because reports
// tell much of its malware.
var visible = func() map[string]bool {
	m := map[string]bool{}
	for t := range strings.FieldsSeq(`
		T1110 T1110.001 T1110.002 T1110.003 T1110.004 T1078 T1078.001 T1078.002 T1078.003 T1078.004 T1133 T1090 T1090.002
		T1090.003 T1566 T1566.001 T1566.002 T1566.003 T1566.004 T1598 T1598.001 T1598.002 T1598.003 T1598.004 T1589 T1589.001
		T1589.002 T1589.003 T1591 T1591.002 T1591.004 T1593 T1593.001 T1585 T1585.001 T1585.002 T1586 T1586.001 T1586.002 T1583
		T1583.001 T1583.003 T1583.006 T1584 T1584.001 T1608 T1608.001 T1608.005 T1204 T1204.001 T1204.002 T1534 T1114 T1114.002
		T1114.003 T1528 T1550.001 T1550.004 T1539 T1621 T1556.006 T1098 T1098.001 T1098.002 T1098.003 T1098.005 T1136.003
		T1087.003 T1087.004 T1656 T1672 T1036.005 T1036.007 T1036.002 T1027.006 T1221 T1187 T1557 T1111 T1199 T1564.008
		T1213.002 T1567.002 T1537 T1526 T1538 T1069.003`) {
		m[t] = true
	}
	return m
}()
