package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

func workloadBrute() Scenario {
	return Scenario{
		Name: "workload-brute",
		Kind: detect.WorkloadBruteForce,
		Published: "Nothing: somebody who knows the ids of applications guesses their secrets (AADSTS7000215), among them ids that the tenant " +
			"does not have (700016). No lock-out and no second factor stand in the way, and the records are in a log of their own.",
		Source: ours,
		Assumed: "6 applications at each of 6 organisations, a third of which do not exist there; 3 attempts on each an hour for a day; " +
			"30 rented machines; one secret found.",
		Tenant:    true,
		Workloads: true,
		Orgs:      6, Days: 1,
		Accounts: count(6, 6),
		Guessed:  0.34,
		Tempo:    rounds(20 * time.Minute),
		Pool:     func(w *World, r *rand.Rand) pool { return drawn(torMostly(w, r, 30, 0), r.Uint64()) },
		Succeed:  1,
	}
}
