package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

// The two sprays of a real lab tenant (invictus-ir/o365_dataset), rebuilt from
// their figures; nothing of the data is copied.

func realA() Scenario {
	s := realSpray()
	s.Name = "real-a"
	s.Published = "26 March 2021, 44 minutes: six users, exactly six failures each (50126), by the password grant from one address from which the administrator signs in with success. None found."
	s.Accounts = count(6, 6)
	s.Tempo = steady(44*time.Minute/36, 6)
	return s
}

func realB() Scenario {
	s := realSpray()
	s.Name = "real-b"
	s.Published = "14 April 2021, 10 minutes: four users, five tries each, from the same address; one password is right on the fifth try, and a sign-in with it follows within minutes."
	s.Accounts = count(4, 4)
	s.Tempo = steady(10*time.Minute/20, 5)
	s.Succeed, s.FoundAt = 1, 0.99
	return s
}

func realSpray() Scenario {
	return Scenario{
		Kind:    detect.PasswordSpray,
		Source:  "https://github.com/invictus-ir/o365_dataset (counted by us)",
		Assumed: "the address is the office's own; the distance between tries is even.",
		Orgs:    1, Days: 1,
		Pool: func(*World, *rand.Rand) pool { return office },
		Clients: []*Client{ropc(exchangeOnline, exchangeOnline,
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.14; rv:69.0) Gecko/20100101 Firefox/69.0", "MacOs")},
	}
}

func alphabetical() Scenario {
	return Scenario{
		Name:      "alphabetical",
		Kind:      detect.PasswordSpray,
		Published: "On one Internet-facing host, 24 days: 130 addresses fail, 114 of them once; one tries 24 names in strict alphabetical order. None found.",
		Source:    "https://github.com/elastic/examples, suspicious_login_activity (counted by us)",
		Assumed:   "one try every 40 seconds; half of the names exist.",
		Orgs:      1, Days: 1,
		Accounts: count(24, 24),
		Guessed:  0.5,
		Sorted:   true,
		Tempo:    steady(40*time.Second, 1),
		Pool:     func(w *World, r *rand.Rand) pool { return constant(w.Net.hosted(r)) },
		Clients:  []*Client{legacy("Authenticated SMTP", "")},
	}
}
