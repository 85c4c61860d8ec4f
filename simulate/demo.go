package simulate

import (
	"time"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Demo is the month that the verb demo shows: September 2026 at twelve invented
// organisations in five countries, each with another export. Seven of them
// are targets of one spray at its published tempo.
//
// People sign in less often than by default, and fewer jobs are misconfigured,
// so that all is written and read in seconds.
func Demo(seed uint64) Spec {
	spec := demoSignIns(seed)
	spec.Mail = demoMails(spec.Start)
	return spec
}

// demoMails are the recruiter and the false health authority, at the vaccine
// makers and at those around them.
func demoMails(start time.Time) MailSpec {
	return MailSpec{
		PerDay: 8,
		Campaigns: []MailCampaignSpec{
			{Scenario: "zinc-recruiter", Start: start.AddDate(0, 0, 10).Add(7 * time.Hour), Orgs: []org.ID{"vaxmaple", "boreal-biologics", "vaccins-loire", "deccan-vaccines", "hangang-bio", "pacific-trials"}},
			{Scenario: "cerium-who", Start: start.AddDate(0, 0, 15).Add(6 * time.Hour), Orgs: []org.ID{"deccan-vaccines", "hangang-bio", "chu-garonne", "seoul-health"}},
			{Scenario: "lateral-2019", Start: start.AddDate(0, 0, 22).Add(9 * time.Hour), Orgs: []org.ID{"lakeside-hospital"}},
		},
		Exports: map[org.ID][]string{
			"vaxmaple": {"mbox", "defender"}, "vaccins-loire": {"eml"}, "deccan-vaccines": {"defender"}, "hangang-bio": {"m365-trace", "mbox"},
			"pacific-trials": {"gmail-log"}, "chu-garonne": {"mbox", "m365-trace"}, "seoul-health": {"mbox", "defender"}, "lakeside-hospital": {"mbox", "defender"},
		},
	}
}

func demoSignIns(seed uint64) Spec {
	b := DefaultBackground()
	b.SignIns, b.Apps, b.AppEvery = 0.6, 1, 2*time.Hour
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n-1) }
	return Spec{
		Seed: seed, Start: start, Days: 30, Background: b,
		Orgs: []OrgSpec{
			// The targets: five vaccine makers, a clinical-research company, a maker of tests.
			{ID: "vaxmaple", Name: "VaxMaple", Country: "CA", Sector: org.VaccineResearch, Accounts: 420, Exports: []Export{{"m365-audit", "gzip"}}},
			{ID: "boreal-biologics", Name: "Boreal Biologics", Country: "CA", Sector: org.VaccineResearch, Accounts: 450, Exports: []Export{{"entra-graph", "zstd"}}},
			{ID: "vaccins-loire", Name: "Vaccins Loire", Country: "FR", Sector: org.VaccineResearch, Accounts: 480, Exports: []Export{{"entra-csv", ""}}},
			{ID: "deccan-vaccines", Name: "Deccan Vaccines", Country: "IN", Sector: org.VaccineResearch, Accounts: 520, Exports: []Export{{"entra-monitor", "gzip"}}},
			{ID: "hangang-bio", Name: "Hangang Bio", Country: "KR", Sector: org.VaccineResearch, Accounts: 460, Exports: []Export{{"m365-purview", "gzip"}}},
			{ID: "pacific-trials", Name: "Pacific Trials", Country: "US", Sector: org.ClinicalResearch, Accounts: 400, Exports: []Export{{"entra-monitor-hub", "gzip"}}},
			{ID: "rapidtest-diagnostics", Name: "RapidTest Diagnostics", Country: "US", Sector: org.Diagnostics, Accounts: 410, Exports: []Export{{"entra-graph-page", "gzip"}}},
			// The others, with attacks of their own or what resembles one.
			{ID: "lakeside-hospital", Name: "Lakeside Hospital", Country: "US", Sector: org.Hospital, Accounts: 1500, ScannerRuns: 2, Exports: []Export{{"entra-csv-analytics", "gzip"}}},
			{ID: "chu-garonne", Name: "CHU Garonne", Country: "FR", Sector: org.Hospital, Accounts: 1200, Exports: []Export{{"m365-audit", ""}}},
			{ID: "kaveri-university", Name: "Kaveri University", Country: "IN", Sector: org.University, Accounts: 600, Exports: []Export{{"sshd", ""}}},
			{ID: "seoul-health", Name: "Seoul Health", Country: "KR", Sector: org.PublicHealth, Accounts: 800, Rotation: day(15), Exports: []Export{{"entra-monitor", "zstd"}}},
			{ID: "laurentian-research", Name: "Laurentian Research", Country: "CA", Sector: org.ResearchHospital, Accounts: 900, TorUsers: 6, ScannerRuns: 3, Exports: []Export{{"entra-graph", "gzip"}}},
		},
		Campaigns: []CampaignSpec{
			{
				Name: "spray", Scenario: "strontium-spray", Start: day(14).Add(6 * time.Hour), Stagger: 9 * time.Hour, Days: 2,
				Orgs: []org.ID{"vaxmaple", "boreal-biologics", "vaccins-loire", "deccan-vaccines", "hangang-bio", "pacific-trials", "rapidtest-diagnostics"},
				Breaches: []Breach{
					{"vaxmaple", outcome.Succeeded},
					{"deccan-vaccines", outcome.PasswordConfirmed},
				},
			},
			{
				Name: "spray", Scenario: "strontium-brute", Start: day(18).Add(2 * time.Hour), Accounts: 12,
				Orgs: []org.ID{"hangang-bio"},
			},
			{Scenario: "slow-one-source", Start: day(21).Add(5 * time.Hour), Orgs: []org.ID{"lakeside-hospital"}},
			{Name: "familiar-address", Scenario: "real-b", Start: day(23).Add(12*time.Hour + 32*time.Minute), Orgs: []org.ID{"chu-garonne"}},
			{Name: "alphabetical-host", Scenario: "alphabetical", Start: day(9).Add(22 * time.Hour), Orgs: []org.ID{"kaveri-university"}},
		},
	}
}
