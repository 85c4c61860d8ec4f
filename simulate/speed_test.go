package simulate

import (
	"context"
	"testing"

	"github.com/pumphandle/pumphandle/org"
)

// BenchmarkRun writes two weeks of one organisation of 2,000 accounts without
// a campaign and says how long 100,000 sign-ins take.
func BenchmarkRun(b *testing.B) {
	for _, format := range []string{"entra-graph", "m365-audit"} {
		b.Run(format, func(b *testing.B) {
			s := Spec{
				Seed: 1, Start: september, Days: 14, Background: DefaultBackground(),
				Orgs: []OrgSpec{{ID: "one", Name: "One", Country: "FR", Sector: org.Hospital, Accounts: 2000, Exports: []Export{{Format: format}}}},
			}
			signIns := int64(0)
			for b.Loop() {
				m, err := Run(context.Background(), b.TempDir(), s, nil)
				if err != nil {
					b.Fatal(err)
				}
				signIns += m.Files[0].Attempts
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(signIns)*100_000, "s/100k")
			b.ReportMetric(float64(signIns)/float64(b.N), "sign-ins")
		})
	}
}
