package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

func gruKubernetes() Scenario {
	return Scenario{
		Name: "gru-k8s",
		Kind: detect.PasswordSpray,
		Published: "Mid-2019 to early 2021, hundreds of organisations, mostly Office 365 and mail on premises, from a Kubernetes cluster " +
			"behind Tor and six commercial VPNs, later also directly from about ten nodes; HTTP(S), IMAP(S), POP3, NTLM.",
		Source: "NSA, CISA, FBI and NCSC, Russian GRU Conducting Global Brute Force Campaign, 1 July 2021 (read in quotations only)",
		Assumed: "5 to 20 % of the accounts, 3 attempts per account and hour; half through Tor, 45 % through VPNs, 5 % from the nodes; " +
			"the user agents; 7 days at 10 organisations; one password found.",
		Orgs: 10, Days: 7,
		Accounts: shares(0.05, 0.20),
		Tempo:    rounds(20 * time.Minute),
		Pool: func(w *World, r *rand.Rand) pool {
			list := torMostly(w, r, 500, 1)
			for range 450 {
				list = append(list, pick(r, w.Net.vpns).host(uint64(r.IntN(60))))
			}
			var nodes []Endpoint
			for range 10 {
				nodes = append(nodes, w.Net.hosted(r))
			}
			for range 50 {
				list = append(list, pick(r, nodes))
			}
			return drawn(list, r.Uint64())
		},
		Clients: []*Client{
			legacy("Other clients", "Microsoft Office/14.0 (Windows NT 6.1; Microsoft Outlook 14.0.7162; Pro"), // truncated by the tool
			legacy("IMAP4", ""),
			legacy("POP3", ""),
		},
		Succeed: 1,
	}
}
