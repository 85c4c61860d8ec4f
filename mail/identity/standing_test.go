package identity

import (
	"testing"

	"github.com/pumphandle/pumphandle/mail"
)

// Who names others, and who pretends to be them, in the languages of those that this is for. A mention is below firm, a
// claim at it or above.
func TestMentionsAndClaims(t *testing.T) {
	const firm = 0.5
	tab := New()
	agency := from("Nordwind Search", "anna@nordwind-search.example")
	anna := from("Anna Lee", "anna.lee@gmail.com")
	for _, c := range []struct {
		name     string
		in       Input
		identity string
		claims   bool
	}{
		// My client is ...
		{"en client", Input{From: anna, Visible: "Hello,\n\nI am a recruiter with Nordwind Search and my client is Pfizer in New York.\n"}, "pfizer", false},
		{"en recruiter", Input{From: anna, Visible: "Hello,\n\nI am a senior recruiter at Pfizer in New York.\n"}, "pfizer", true},
		{"en former", Input{From: anna, Visible: "Hello,\n\nI am a researcher, formerly at Pfizer, now free.\n"}, "pfizer", false},
		{"fr client", Input{From: anna, Visible: "Bonjour,\n\nJe suis chargée de recrutement, mon client est Pfizer à Paris.\n"}, "pfizer", false},
		{"fr recruiter", Input{From: anna, Visible: "Bonjour,\n\nJe suis chargée de recrutement chez Pfizer à Paris.\n"}, "pfizer", true},
		{"de client", Input{From: anna, Visible: "Guten Tag,\n\nich bin Referentin für Personal, mein Kunde ist Pfizer in Berlin.\n"}, "pfizer", false},
		{"de recruiter", Input{From: anna, Visible: "Guten Tag,\n\nich bin Recruiter bei Pfizer in Berlin.\n"}, "pfizer", true},
		{"es client", Input{From: anna, Visible: "Hola,\n\nsoy reclutadora y mi cliente es Pfizer en Madrid.\n"}, "pfizer", false},
		{"es recruiter", Input{From: anna, Visible: "Hola,\n\nsoy reclutadora de Pfizer en Madrid.\n"}, "pfizer", true},
		{"pt client", Input{From: anna, Visible: "Bom dia,\n\nsou recrutadora e nosso cliente é a Pfizer em Lisboa.\n"}, "pfizer", false},
		{"pt recruiter", Input{From: anna, Visible: "Bom dia,\n\nsou recrutadora da Pfizer em Lisboa.\n"}, "pfizer", true},
		{"ko client", Input{From: anna, Visible: "안녕하세요,\n\n저는 채용담당자 이안나이고 고객사는 화이자입니다.\n"}, "pfizer", false},
		{"ko recruiter", Input{From: anna, Visible: "안녕하세요,\n\n저는 화이자 채용담당자 이안나입니다.\n"}, "pfizer", true},
		{"hi client", Input{From: anna, Visible: "नमस्ते,\n\nमैं प्रतिनिधि हूँ और हमारे ग्राहक फाइजर हैं।\n"}, "pfizer", false},
		{"hi recruiter", Input{From: anna, Visible: "नमस्ते,\n\nमैं फाइजर प्रतिनिधि हूँ।\n"}, "pfizer", true},

		// Our partner ...
		{"en partner", Input{From: anna, Visible: "Dear all,\n\nwe are a project office working with our partner World Health Organization in Geneva.\n"}, "who", false},
		{"en behalf", Input{From: anna, Visible: "Dear all,\n\nI am writing on behalf of the Director, World Health Organization.\n"}, "who", true},
		{"fr partner", Input{From: anna, Visible: "Bonjour,\n\nnous sommes un bureau de projet en partenariat avec l'Organisation mondiale de la Santé.\n"}, "who", false},
		{"de partner", Input{From: anna, Visible: "Guten Tag,\n\nwir sind eine Abteilung der Stadt und arbeiten in Zusammenarbeit mit der Weltgesundheitsorganisation.\n"}, "who", false},
		{"es partner", Input{From: anna, Visible: "Hola,\n\nsomos una oficina y, junto con la Organización Mundial de la Salud, vacunamos.\n"}, "who", false},
		{"pt partner", Input{From: anna, Visible: "Olá,\n\nsomos um escritório em parceria com a Organização Mundial da Saúde.\n"}, "who", false},
		{"ko partner", Input{From: anna, Visible: "안녕하세요,\n\n저희는 협력 기관 세계보건기구 사무소와 일합니다.\n"}, "who", false},
		{"hi partner", Input{From: anna, Visible: "नमस्ते,\n\nहम प्रतिनिधि हैं और विश्व स्वास्थ्य संगठन के सहयोग से काम करते हैं।\n"}, "who", false},

		// In the signature.
		{"signature of a client", Input{From: agency, Visible: "Dear Dr. Kim,\n\nplease see the profile.\n\nKind regards,\nAnna Lee\nClient: Pfizer\n"}, "pfizer", false},
		{"signature of another firm", Input{From: agency, Visible: "Dear Dr. Kim,\n\nplease see the profile.\n\nKind regards,\nAnna Lee\nHuman Resources, Pfizer\n"}, "pfizer", false},
		{"signature from a mail provider", Input{From: anna, Visible: "Dear Dr. Kim,\n\nplease see the profile.\n\nKind regards,\nAnna Lee\nHuman Resources, Pfizer\n"}, "pfizer", true},
		{"signature, a name that is no firm's", Input{From: from("Anna Lee", "anna@mail-77.example"), Visible: "Dear Dr. Kim,\n\nplease.\n\nKind regards,\nAnna Lee\nHuman Resources, Pfizer\n"}, "pfizer", true},
		{"French signature", Input{From: anna, Visible: "Bonjour,\n\nvoir la fiche.\n\nCordialement,\nAnna Lee\nRessources humaines, Sanofi\n"}, "sanofi", true},
		{"networks in a footer", Input{From: from("Harbor Choir", "news@harborchoir.example"), Visible: "See you on Sunday.\n\nFollow us\nFacebook\nTwitter\nLinkedIn\n"}, "linkedin", false},
		{"networks as images", Input{From: from("News", "news@b.example"), Alts: []string{"Facebook", "Twitter logo", "LinkedIn", "YouTube"}}, "meta", false},
		{"one logo", Input{From: from("News", "news@b.example"), Alts: []string{"LinkedIn logo"}}, "linkedin", true},
		{"a brand above networks", Input{From: from("Mail", "x@b.example"), Alts: []string{"PayPal logo", "Facebook", "Twitter"}}, "paypal", true},

		// Several at once.
		{"banks of an invoice", Input{From: from("Copy Shop", "rechnung@b.example"), Subject: "Rechnung 4711", Visible: "Rechnung\n\nBetrag 20 Euro\n\nZahlung an:\nSparkasse, Deutsche Bank, Commerzbank\n"}, "deutsche_bank", false},
		{"ways to pay", Input{From: from("Copy Shop", "rechnung@b.example"), Visible: "Invoice 5\n\nVisa | Mastercard | PayPal\n"}, "paypal", false},
		{"sponsors of a congress", Input{From: from("Vaccine Congress", "info@b.example"), Subject: "Programme of the congress", Visible: "Programme\n\n9:00 Opening\n\nSponsors\nPfizer\nSanofi\nNovartis\nAstraZeneca\n"}, "sanofi", false},
		{"one name below", Input{From: anna, Visible: "Dear colleague,\n\nsee the file.\n\nRegards\nSanofi\n"}, "sanofi", true},

		// In the subject.
		{"press release", Input{From: from("Nordwind Press", "pr@nordwindpress.example"), Subject: "Pfizer and BioNTech report results of vaccine trial"}, "pfizer", false},
		{"subject of another firm", Input{From: agency, Subject: "Pfizer careers: your application"}, "pfizer", false},
		{"subject", Input{From: from("Careers", "hr@b.example"), Subject: "Pfizer careers: your application"}, "pfizer", true},
		{"subject in French", Input{From: from("Service", "x@b.example"), Subject: "Votre compte Microsoft : service suspendu"}, "microsoft", true},
		{"mail of a list", Input{From: from("Jane Roe", "jane@gmail.com"), Subject: "Re: [dev] driver", Visible: "On Monday Microsoft and Google fixed it, Amazon did not.\n\nJane\n"}, "google", false},

		// In the display name nothing takes from it.
		{"name", Input{From: from("Pfizer Nordwind Search", "anna@nordwind-search.example")}, "pfizer", true},
		{"copy of a domain", Input{From: from("Pfizer Careers", "hr@pfizer-careers.example")}, "pfizer", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			best := mail.Claim{}
			for _, x := range tab.Claims(c.in) {
				if x.Identity == c.identity && x.Strength > best.Strength {
					best = x
				}
			}
			if got := best.Strength >= firm; got != c.claims {
				t.Errorf("%+v", best)
			}
		})
	}
}

// A sender stands for himself by a name that is also his domain's, and not by
// one that says only what he does.
func TestStanding(t *testing.T) {
	tab := New()
	for _, c := range []struct {
		name, email string
		want        bool
	}{
		{"Nordwind Search", "a@nordwind-search.example", true},
		{"Nordwind", "a@mail.nordwind.example", true},
		{"Lee & Partners", "a@leepartners.example", true},
		{"Nordwind Search", "a@gmail.com", false},
		{"Anna Lee", "a@nordwind.example", false},
		{"Human Resources", "a@human-resources.example", false},
		{"Talent Team", "a@talent-team.example", false},
		{"Pfizer Nordwind", "a@nordwind.example", false},
		{"Nordwind", "a@n.example", false},
		{"Pfiser", "a@pfiser.net", false},
		{"", "a@b.example", false},
	} {
		c0 := &claimant{Table: tab, in: Input{From: from(c.name, c.email)}, host: c.email[2:]}
		if got := c0.standing(c.name); got != c.want {
			t.Errorf("%s %s: %v", c.name, c.email, got)
		}
	}
}
