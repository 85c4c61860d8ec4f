package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

const strontiumSource = "https://www.microsoft.com/security/blog/2020/09/10/strontium-detecting-new-patters-credential-harvesting/"

const strontiumTor = 0.6 // "a majority" was published

func strontiumSpray() Scenario {
	return Scenario{
		Name: "strontium-spray",
		Kind: detect.PasswordSpray,
		Published: "4 attempts per account and hour from 4 addresses, for days to weeks, nearly every attempt from a new address; " +
			"about 20 % of an organisation's accounts, some of them guessed names; a pool of about 1,100 addresses, most of them Tor, " +
			"about 20 of them replaced a day, moving on about once a second; daily mean 1,294 addresses in 536 netblocks and 273 autonomous systems. " +
			"18 August to 3 September 2020: 6,912 accounts at 28 organisations, none compromised.",
		Source: strontiumSource,
		Assumed: "60 % Tor; 5 % guessed names; all accounts get one password in a quarter of an hour, in an order of their own; " +
			"one tool build with a legacy and a browser client. 3 days (published: days to weeks) at 8 organisations (published: 28).",
		Orgs: 8, Days: 3,
		Accounts: share(0.20),
		Guessed:  0.05,
		Tempo:    rounds(15 * time.Minute),
		Pool: func(w *World, r *rand.Rand) pool {
			return rotating(torMostly(w, r, 1900, strontiumTor), 1100, 20, r.Uint64())
		},
		Clients: strontiumClients(),
	}
}

func strontiumBrute() Scenario {
	return Scenario{
		Name:      "strontium-brute",
		Kind:      detect.BruteForce,
		Published: "335 attempts per account and hour from 200 addresses, for hours to days, on few accounts; the pool is that of the spray.",
		Source:    strontiumSource,
		Assumed:   "5 to 50 accounts; 2 hours (published: hours to days).",
		Orgs:      8, Days: 2.0 / 24,
		Accounts: count(5, 50),
		Tempo:    rounds(time.Hour / 335),
		Pool: func(w *World, r *rand.Rand) pool {
			// 335 draws from 290 addresses show 200 different ones.
			return hourly(torMostly(w, r, 1100, strontiumTor), 290, r.Uint64())
		},
		Clients: strontiumClients(),
	}
}

func strontiumClients() []*Client {
	old := browser("Mozilla/5.0 (Windows NT 6.1; Win64; x64) "+webkit+"Chrome/84.0.4147.105 Safari/537.36", "Chrome 84.0.4147", "Windows 7")
	return []*Client{
		legacy("Other clients", "Microsoft Office/14.0 (Windows NT 6.1; Microsoft Outlook 14.0.7162; Pro)"),
		legacy("IMAP4", ""),
		old,
	}
}
