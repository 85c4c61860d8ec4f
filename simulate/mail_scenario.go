package simulate

import "github.com/pumphandle/pumphandle/detect"

// MailScenario is how one campaign of mails works. Each is one entry of
// [MailScenarios]; its texts are families of package letter.
type MailScenario struct {
	Name      string // as a user writes it
	Kind      detect.Kind
	Published string
	Source    string
	Assumed   string

	Orgs     int     // how many organisations a simulation of it has by default
	Days     float64 // how long it lasts by default
	Families []string
	Senders  []string // forms of package letter; each persona of the hand has one
	Personas int      // senders that the hand made up, and uses at all organisations
	Targets  [2]int   // fewest and most recipients at an organisation
	Takeover int      // of those who follow the link, how many at an organisation are signed in as afterwards
	Second   bool     // a second factor does not stop it
	Inside   bool     // it writes from an account of the organisation that was taken before
}

// MailScenarios lists every scenario of mails.
func MailScenarios() []MailScenario {
	return []MailScenario{
		{
			Name: "zinc-recruiter", Kind: "recruiter_lure",
			Published: "Mails with invented job descriptions, the sender pretending to be a recruiter, for credentials; seven makers and researchers of vaccines and treatments in CA, FR, IN, KR and US, 2020. Operation Dream Job and North Star, of the same group: contact over LinkedIn, then documents with remote templates, ISO images, protected archives.",
			Source:    "https://blogs.microsoft.com/on-the-issues/2020/11/13/health-care-cyberattacks-covid-19-paris-peace-forum/ · ClearSky 2020-08 (Dream Job) · McAfee 2020-07 (North Star) · ESET 2020-06 (In(ter)ception) · ATT&CK C0022",
			Assumed:   "4 personas for all organisations, 3 to 9 recipients at each, 10 days; a quarter refused by the gateway, a quarter of the rest answer or follow the link; one is signed in as afterwards.",
			Orgs:      7, Days: 10, Families: []string{"recruiter-jd", "recruiter-first", "recruiter-linkedin-pivot", "recruiter-details"},
			Senders: []string{"freemail", "lookalike", "esp", "university"}, Personas: 4, Targets: [2]int{3, 9}, Takeover: 1,
		},
		{
			Name: "cerium-who", Kind: "health_authority_lure",
			Published: "Mails with Covid-19 themes, the sender pretending to be a representative of the World Health Organization, 2020.",
			Source:    "https://blogs.microsoft.com/on-the-issues/2020/11/13/health-care-cyberattacks-covid-19-paris-peace-forum/ · https://www.who.int/about/cybersecurity",
			Assumed:   "3 personas for all organisations, 5 to 20 recipients at each, 5 days, in the language of the country; sign-in pages and attachments as in the false WHO mail that was published; one is signed in as afterwards.",
			Orgs:      5, Days: 5, Families: []string{"health-guidance", "health-signin", "health-invitation", "health-conversation"},
			Senders: []string{"lookalike_desk", "freemail", "hacked"}, Personas: 3, Targets: [2]int{5, 20}, Takeover: 1,
		},
		{
			Name: "hijacked-threads", Kind: "thread_hijack",
			Published: "Replies in genuine threads from a domain that differs by a letter from the partner's.",
			Source:    "https://attack.mitre.org/techniques/T1566/002/",
			Assumed:   "Threads of the simulated partners; 1 to 3 recipients at each of 3 organisations, 4 days.",
			Orgs:      3, Days: 4, Families: []string{"thread-hijack"}, Senders: []string{"thread_lookalike"}, Personas: 1, Targets: [2]int{1, 3}, Takeover: 1,
		},
		{
			Name: "lateral-2019", Kind: "lateral_phish",
			Published: "Phishing from a taken account to colleagues: a shared document behind a sign-in; 113 million mails of 92 organisations were examined.",
			Source:    "https://www.usenix.org/conference/usenixsecurity19/presentation/ho",
			Assumed:   "One taken account at each of 2 organisations, 25 to 60 recipients within a day; the account is signed in as from a rented machine an hour before.",
			Orgs:      2, Days: 1, Families: []string{"lateral"}, Senders: []string{"taken_colleague"}, Personas: 1, Targets: [2]int{25, 60}, Takeover: 2, Inside: true,
		},
		{
			Name: "storm-2372", Kind: "device_code_phish",
			Published: "Invitations to Teams meetings with a device code to be entered on the provider's own page; since August 2024, governments, health and others.",
			Source:    "https://www.microsoft.com/en-us/security/blog/2025/02/13/storm-2372-conducts-device-code-phishing-campaign/",
			Assumed:   "2 personas, 2 to 6 recipients at each of 4 organisations, 3 days; a code entered gives access whatever the second factor.",
			Orgs:      4, Days: 3, Families: []string{"device-code"}, Senders: []string{"lookalike", "hacked"}, Personas: 2, Targets: [2]int{2, 6}, Takeover: 1, Second: true,
		},
	}
}

// LookupMail returns the scenario of mails of that name.
func LookupMail(name string) (MailScenario, bool) {
	for _, s := range MailScenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return MailScenario{}, false
}
