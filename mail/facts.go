package mail

import (
	"net/netip"
	"time"
)

// Facts is what is remembered of one mail at one organisation: features,
// hashes and defanged links, never the body. All of it follows from the mail
// alone; what depends on other mails (is the sender known here?) is judged
// later, from the ledger.
type Facts struct {
	Key       uint64 // of the mail: [Key]; all copies of one mail share it
	MessageID string
	NetworkID string
	File      string
	Line      int64
	Time      time.Time // when it came, else its Date; UTC

	From       Address  // the first, domain and local part lower case
	Domain     string   // registrable domain of From (public suffix list)
	Origin     Address  // of a mail that only passes on another: the sender that other names, unproved
	ReplyTo    string   // address, if it is another than From's; lower case
	Recipients []string // of this organisation, lower case, sorted; at most MaxRecipients
	More       int      // recipients beyond
	Subject    string   // at most MaxSubject bytes
	Excerpt    string   // of the visible text, addresses and numbers masked; at most MaxExcerpt bytes
	Language   string   // ISO 639-1 of the visible text; "" unknown

	SenderIP  netip.Addr
	Auth      Auth
	Direction Direction
	Delivery  Delivery
	Evidence  Evidence
	Threads   []uint64 // hashes of the message ids in In-Reply-To and References ([HashID]); at most 10, newest first

	Claims   []Claim
	Signals  []Signal  // in the order of the list in mail/signal
	Links    []Link    // at most MaxLinks, distinct
	Problems []Problem // what is wrong with its form, and what was not looked at and why; at most MaxProblems; not remembered
	Files    []File    // attachments, members of archives among them; at most MaxFiles
	Sim      uint64    // 64-bit simhash of the visible text's skeleton; 0: too little text
	Shape    uint64    // 64-bit simhash of the HTML's tag paths; 0: no HTML
	Vote     float32   // content model, log odds, signals and words; 0 if there is no body
	Words    float32   // of it what the words say
}

// Auth is what is known of a mail's authentication. Unknown never scores.
type Auth struct {
	SPF, DKIM, DMARC, ARC Verdict
	Aligned               bool   // SPF or DKIM passed for a domain of the From domain's organisation
	By                    string // who says so: authserv-id, "own" for what was verified here, "record" for a gateway's log
	DKIMDomain            string // d= of the signature that passed, else of the first one
	DKIMSelector          string
	BodyAltered           bool // a DKIM body hash does not match: checked here, offline
}

// Verdict is a result of RFC 8601 §2.7 folded to what matters.
type Verdict uint8

// The verdicts.
const (
	AuthUnknown Verdict = iota // nobody trusted has said anything
	AuthNone                   // the domain publishes or the mail carries nothing
	AuthPass
	AuthFail
	AuthSoft // softfail, neutral, policy, temporary and permanent errors
)

// Claim is one statement of a mail about who it is from.
type Claim struct {
	Identity string  // id in the table of protected names, or "org:" and an organisation's id, "person:" and ...
	Class    string  // health_authority, pharma, recruiter, login_brand, ministry, own, person, ...
	Where    string  // display_name, address, subject, signature, text, logo, domain, link
	As       string  // what stands there, as written; attackers' text
	Strength float64 // 0 to 1: how much the place and the wording claim to be it, rather than speak of it
	Genuine  bool    // the sender's domain is one of the identity's and nothing says that it is forged

	Disguised bool // the name is written with look-alike characters, as nobody writes his own
}

// Signal is one thing that was found in a mail.
type Signal struct {
	ID     string  // stable, snake_case; the list in mail/signal says what each means and weighs
	Value  float64 // 0 to 1, or what the list says
	Weight float32 // what it adds, in nats: the content model's weight times Value
	Detail string  // what was found, as it stands in the mail, cut; attackers' text
}

// Link is a link of a mail, defanged when shown.
type Link struct {
	URL    string // at most 300 bytes, recipient's address masked
	Host   string // lower case, IDNA decoded to ASCII
	Domain string // registrable domain
	Path   uint64 // hash of the path's shape (digits and long tokens masked); 0: none
}

// File is an attachment or a member of one.
type File struct {
	Name   string // path of members: archive!member
	Kind   string // by content: pdf, docx, zip, iso, lnk, html ...
	SHA256 string // hex; "" unknown
	Size   int64
}

// The bounds of Facts.
const (
	MaxRecipients = 100
	MaxSubject    = 200
	MaxExcerpt    = 512
	MaxLinks      = 50
	MaxFiles      = 50
	MaxProblems   = 20
)

// String is the result's word in RFC 8601, or "unknown".
func (v Verdict) String() string {
	switch v {
	case AuthNone:
		return "none"
	case AuthPass:
		return "pass"
	case AuthFail:
		return "fail"
	case AuthSoft:
		return "softfail"
	}
	return "unknown"
}
