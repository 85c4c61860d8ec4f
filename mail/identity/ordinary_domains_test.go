package identity

import (
	"os"
	"strings"
	"testing"
)

// Real popular domains: a ranking that is no part of the repository, named by
// PUMPHANDLE_DOMAINS (rank,domain on each line).
func TestOrdinaryDomainsAreLeftAlone(t *testing.T) {
	file := os.Getenv("PUMPHANDLE_DOMAINS")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("no list of ordinary domains: set PUMPHANDLE_DOMAINS to a ranking (rank,domain): %v", err)
	}
	tab := New()
	n, hits, weak := 0, 0, 0
	for line := range strings.Lines(string(b)) {
		_, d, ok := strings.Cut(strings.TrimSpace(line), ",")
		if !ok {
			continue
		}
		n++
		if h, ok := tab.LookAlike(d); ok {
			if hits++; h.Weak {
				weak++
			}
			t.Log(d, h.Identity, h.Domain, h.How, h.Distance, h.Weak)
		}
	}
	t.Logf("%d of %d, %d of them weak", hits, n, weak)
	if float64(hits) > 0.001*float64(n) {
		t.Errorf("%d of %d ordinary domains are flagged", hits, n)
	}
}

// Invented firms, practices, schools and shops: words of many trades under many
// suffixes, none of them a protected name.
func TestInventedDomainsAreLeftAlone(t *testing.T) {
	first := strings.Fields("blue green north river oak stone silver sunny maple harbor summit valley pioneer liberty heritage cedar golden lake mountain ocean " +
		"petit grand nouveau vieux berg stadt alt neu schwarz wald campo casa monte verde nueva bela rio alto seoul busan delhi mumbai kerala paris lyon berlin whole care target apple chase united national")
	second := strings.Fields("dental clinic pharmacy foods bakery school college law garden flowers books cycles coffee motors travel records kitchen farms tools " +
		"boulangerie coiffure immobilier apotheke praxis schule bau reisen panaderia clinica abogados padaria escola moveis research labs studio design consulting logistics robotics energy realty church museum library choir football")
	suffix := strings.Fields("com org net de fr es com.br co.kr in co.uk ca pt eu")
	tab := New()
	n, hits := 0, 0
	for i, a := range first {
		for j, b := range second {
			for k, join := range []string{"", "-"} {
				host := a + join + b + "." + suffix[(i+j+k)%len(suffix)]
				n++
				if h, ok := tab.LookAlike(host); ok {
					hits++
					t.Log(host, h)
				}
			}
		}
	}
	t.Logf("%d of %d", hits, n)
	if float64(hits) > 0.001*float64(n) {
		t.Errorf("%d of %d invented domains are flagged", hits, n)
	}
}
