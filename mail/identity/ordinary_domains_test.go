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
	n, hits := 0, 0
	for line := range strings.Lines(string(b)) {
		_, d, ok := strings.Cut(strings.TrimSpace(line), ",")
		if !ok {
			continue
		}
		n++
		if h, ok := tab.LookAlike(d); ok {
			hits++
			t.Log(d, h.Identity, h.Domain, h.How, h.Distance)
		}
	}
	t.Logf("%d of %d", hits, n)
	if float64(hits) > 0.001*float64(n) {
		t.Errorf("%d of %d ordinary domains are flagged", hits, n)
	}
}
