package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/signin"
)

// Workloads are jobs and services that sign in with a secret of their own
// (service principals of Entra). They have no second factor and no lock-out.

// workloadNames are what organisations call them.
var workloadNames = []string{
	"backup-connector", "hr-sync", "lab-results-export", "intune-reporting", "mail-archive", "siem-collector", "scheduling-portal",
	"imaging-gateway", "print-accounting", "licence-report", "identity-sync", "trial-data-upload", "door-access", "billing-interface",
}

// secretClient is how a workload shows itself: an application id and nothing
// of a program.
func secretClient(app App) *Client {
	return &Client{App: app, Resource: graph, Protocol: signin.Workload, Request: "OAuth2:Token", Method: "password"}
}

func newWorkload(w *World, i int, r *rand.Rand) *Person {
	name := workloadNames[i%len(workloadNames)]
	if i >= len(workloadNames) {
		name += string(rune('a' + i/len(workloadNames) - 1))
	}
	id := newGUID(r)
	return &Person{
		Account: name, Display: name, ID: id, Workload: true,
		home:    pick(r, w.Net.cloud).host(r.Uint64()),
		browser: secretClient(App{name, id.derive(saltApp).String()}),
	}
}

// workloads lets every workload do its work, and some go on with a secret that
// expired or was replaced until somebody sees to it.
func (t *traffic) workloads() {
	if t.b.WorkloadEvery <= 0 {
		return
	}
	r := stream(t.w.Seed, "workloads", string(t.o.ID))
	for _, p := range t.o.Workloads {
		broken, mended := t.w.end(), t.w.end()
		code := pick(r, []Code{SecretExpired, SecretExpired, WrongSecret})
		if chance(r, t.b.WorkloadExpired) {
			broken = t.w.Start.Add(time.Duration(r.Float64() * float64(t.w.end().Sub(t.w.Start))))
			mended = broken.Add(time.Duration(between(r, 0.3, 4) * 24 * float64(time.Hour)))
		}
		every := jitter(r, t.b.WorkloadEvery, 0.8)
		for at := t.w.Start.Add(jitter(r, every, 1)); at.Before(t.w.end()); at = at.Add(jitter(r, every, 0.02)) {
			a := Attempt{Time: at, Account: p.Account, Person: p, From: p.home, Client: p.browser, Cause: CauseWorkload, answered: true}
			if !at.Before(broken) && at.Before(mended) {
				a.Code, a.Cause = code, CauseSecret
			}
			t.emit(a)
		}
	}
}
