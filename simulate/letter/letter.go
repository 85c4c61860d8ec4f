package letter

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Org is who receives a letter.
type Org struct{ Name, Domain string }

// Scene is the circumstances of one letter. The zero value of Parent and
// Others is fine.
type Scene struct {
	Org       Org
	To        Address
	Others    []Address // further recipients
	Colleague Address   // somebody else of the organisation
	Partner   Address   // somebody whom the organisation writes with
	Time      time.Time
	Parent    Parent // the mail that this one answers, if it is a reply
	Outbound  bool   // it leaves the organisation: what is kept is the copy in the sent folder
}

// Parent is an earlier mail of a thread.
type Parent struct {
	MessageID string
	From      Address
	Subject   string
	Time      time.Time
	Text      string // plain; quoted below a reply
}

// Letter is one mail before it becomes bytes.
type Letter struct {
	Family  *Family
	Sender  string // form
	Payload string // "" none
	Form    string
	Test    bool // its family is held out of training

	From, ReplyTo Address
	To, Cc        []Address
	Subject       string
	Time          time.Time
	MessageID     string
	InReplyTo     string
	References    []string
	URL           string // where it wants to lead the reader; "" nowhere

	scene    Scene
	brand    Brand
	who      Address // the invented person behind the sender
	host     string  // where its links lead
	blocks   []block
	attached []attachment
	tricks   map[string]bool
	list     string
	pad      string // text that only filters read
	seed     uint64
	r        *rand.Rand
}

// Choice fixes what would be drawn; empty fields are drawn.
type Choice struct {
	Sender, Payload, Form string
	Like                  *Letter // of the same hand: its sender, brand, host of links and payload
}

// Write draws a letter of a family. r alone decides what is drawn.
func (b *Book) Write(r *rand.Rand, f *Family, s Scene, choice Choice) *Letter {
	l := &Letter{Family: f, scene: s, Time: s.Time.UTC().Truncate(time.Second), To: append([]Address{s.To}, s.Others...), r: r, tricks: map[string]bool{}}
	l.Test = heldOut(f.group())
	l.Sender = orPick(r, choice.Sender, f.Senders, "")
	l.Payload = orPick(r, choice.Payload, f.Payloads, "")
	if l.Payload == "none" {
		l.Payload = ""
	}
	l.Form = orPick(r, choice.Form, f.Forms, l.usualForm())
	if f.Brand != "" {
		l.brand = pick(r, b.brands(f.Brand))
	}
	sc := &scope{r: r, set: map[string]string{}, slots: []map[string]text{f.slots, b.words[f.Language], b.words["any"]}}
	c := &casting{r: r, scene: &s, brand: l.brand, named: l.brand.name(f.Language), who: b.person(r, f.Language)}
	form := senders[l.Sender]
	sc.set["brand"], sc.set["org"], sc.set["orgdomain"] = c.named, s.Org.Name, s.Org.Domain
	if c.named == "" {
		if t := sc.slot("display"); t != nil {
			c.named = strings.TrimSpace(sc.word("display", false))
		}
	}
	if like := choice.Like; like != nil {
		l.brand, l.host, c.brand, c.named, c.who = like.brand, like.host, like.brand, like.brand.name(f.Language), like.who
		sc.set["brand"] = c.named
	}
	l.From, l.ReplyTo = form.make(c)
	if choice.Like != nil && form.route != viaInternal && l.Sender != "thread_lookalike" {
		l.From, l.ReplyTo = choice.Like.From, choice.Like.ReplyTo
	}
	l.who = c.who
	if t := f.slots["display"]; t != nil {
		l.From.Name = strings.TrimSpace(sc.word("display", false))
	}
	l.set(sc, c)
	l.thread(sc)
	l.subject(sc)
	l.compose(sc)
	l.MessageID = l.messageID()
	l.seed = r.Uint64()
	return l
}

func orPick(r *rand.Rand, chosen string, of []string, otherwise string) string {
	if chosen != "" {
		return chosen
	}
	if len(of) > 0 {
		return pick(r, of)
	}
	return otherwise
}

func (l *Letter) usualForm() string {
	switch l.Family.Class {
	case Phish, Spam:
		return pick(l.r, []string{"html", "html", "notice", "notice", "news", "heavy", "both", "plain"})
	}
	return pick(l.r, []string{"plain", "both", "both", "html"})
}

// person invents somebody who speaks that language: a name in its script, and
// a local part.
func (b *Book) person(r *rand.Rand, language string) Address {
	draw := func(slot string) (shown, ascii string) {
		t := b.words[language][slot]
		if t == nil {
			t = b.words["en"][slot]
		}
		s := scope{r: r, set: map[string]string{}}
		shown, ascii, ok := strings.Cut(s.expand(t), "=")
		if !ok {
			ascii = ascii7(strings.ToLower(shown))
		}
		return shown, ascii
	}
	given, g := draw("given")
	family, f := draw("family")
	name := given + " " + family
	if language == "ko" {
		name = family + given
	}
	return Address{name, pick(r, []string{g + "." + f, g + f, g[:1] + "." + f, g + "_" + f, f + "." + g})}
}

var plainLetters = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ê", "e", "ç", "c", "ã", "a", "á", "a", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "ô", "o", "î", "i", "ï", "i", "â", "a", "ë", "e", "õ", "o")

// ascii7 drops what an address cannot have.
func ascii7(s string) string {
	folded := plainLetters.Replace(s)
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			return c
		}
		return -1
	}, folded)
}

// set gives the words that every letter has.
func (l *Letter) set(sc *scope, c *casting) {
	given, family := l.scene.To.Name, ""
	if i := strings.LastIndexByte(given, ' '); i > 0 {
		given, family = given[:i], given[i+1:]
	}
	sgiven, sfamily := c.who.Name, ""
	if l.Sender == "colleague" || l.Sender == "taken_colleague" || l.Sender == "partner" || l.Sender == "thread_lookalike" {
		sgiven = l.From.Name
	}
	whole := sgiven
	if i := strings.LastIndexByte(sgiven, ' '); i > 0 {
		sgiven, sfamily = sgiven[:i], sgiven[i+1:]
	}
	_, sdomain, _ := strings.Cut(l.From.Email, "@")
	if l.host == "" {
		l.host = l.homeHost(sdomain)
	}
	home := l.host
	for k, v := range map[string]string{
		"to": l.scene.To.Email, "name": l.scene.To.Name, "first": given, "last": family, "org": l.scene.Org.Name, "orgdomain": l.scene.Org.Domain,
		"sender": whole, "sfirst": sgiven, "slast": sfamily, "semail": l.From.Email, "sdomain": sdomain,
		"brand": c.named, "branddomain": c.brand.Domain, "brandtoken": c.token(),
		"home": "https://" + home, "password": fmt.Sprintf("%s%d", title(letters(l.r, 4)), 1000+l.r.IntN(9000)),
		"day": fmt.Sprint(l.Time.Day()), "hour": fmt.Sprint(8 + l.r.IntN(10)), "min": pick(l.r, []string{"00", "15", "30", "45"}), "year": fmt.Sprint(l.Time.Year()),
		"parent": "", "parentname": l.scene.Parent.From.Name, "parentdate": l.scene.Parent.Time.Format("2006-01-02 15:04"),
		"cafe": l.scene.Partner.Name, "list": l.scene.Org.Name,
	} {
		sc.set[k] = v
	}
	sc.set["url"] = l.url(home)
	sc.set["unsub"] = l.url(home) + "&m=unsub"
	sc.set["url2"], sc.set["url3"], sc.set["url4"] = l.url(home), l.url("www."+business(l.r)+".example"), l.url(business(l.r)+"-"+pick(l.r, []string{"blog", "social", "video", "app"})+".example")
	if senders[l.Sender].route == viaList {
		l.list = sc.word("listname", false)
	}
}

// homeHost is where the links of a letter lead: a hostile one to names under
// .example, whatever its sender's domain is.
func (l *Letter) homeHost(sdomain string) string {
	if !l.Family.Class.Hostile() {
		switch l.Sender {
		case "list", "friend_list", "friend", "colleague", "partner", "daemon":
			return pick(l.r, []string{"docs", "wiki", "git", "www", "share"}) + "." + pick(l.r, []string{business(l.r) + ".example", l.scene.Org.Domain})
		case "genuine", "person", "ats_person":
			return "www." + l.brand.Domain
		case "shop", "genuine_shop", "genuine_health": // clicks are counted by who sends for them
			if l.r.IntN(3) == 0 {
				return pick(l.r, []string{"click", "links", "t", "url4096", "track", "email"}) + "." + pick(l.r, []string{"mailer.example", "sendpost.example", "campaigns.example", "mta-cloud.example", "newsdesk.example"})
			}
		}
		return pick(l.r, []string{"www.", "", "my.", "portal."}) + sdomain
	}
	mass := l.Family.Class != Lure
	switch {
	case mass && l.r.IntN(5) < 2 && strings.HasSuffix(sdomain, ".example") && !strings.HasSuffix(sdomain, l.scene.Org.Domain): // of those who registered a domain for it, or took a site
		return pick(l.r, []string{"", "", "www.", "click.", "e."}) + sdomain
	case l.r.IntN(3) == 0: // hosting that gives a name to anybody, in form
		return letters(l.r, 8) + "." + pick(l.r, []string{"storage-cloud.example", "pages-host.example", "web-app.example", "site-builder.example", "r2-bucket.example", "workers-edge.example"})
	case l.r.IntN(5) == 0:
		return pick(l.r, []string{"lnk.example", "sh0rt.example", "go2.example", "u-rl.example"})
	case strings.HasSuffix(sdomain, ".example") && !strings.HasSuffix(sdomain, l.scene.Org.Domain) && l.r.IntN(2) == 0:
		return sdomain
	case l.brand.Domain != "" && l.r.IntN(2) == 0:
		c := casting{r: l.r, scene: &l.scene, brand: l.brand}
		return c.lookalike()
	}
	return randomDomain(l.r)
}

// url is a page on a host. Hostile ones often know whom they were sent to.
func (l *Letter) url(host string) string {
	r := l.r
	if !l.Family.Class.Hostile() {
		p := pick(r, []string{"news", "item", "d", "view", "documents", "publications", "careers", "events", "issues", "help"})
		u := fmt.Sprintf("https://%s/%s/%s?id=%d", host, p, letters(r, 5), r.IntN(90000)+1000)
		if senders[l.Sender].route == viaESP && r.IntN(2) == 0 {
			u = fmt.Sprintf("https://%s/ls/click?upn=%s", host, token(r, 40))
		}
		return u
	}
	switch r.IntN(6) {
	case 0:
		return fmt.Sprintf("https://%s/%s?e=%s", host, letters(r, 6), l.scene.To.Email)
	case 1:
		return fmt.Sprintf("https://%s/%s/index.html#%s", host, letters(r, 5), token(r, 24))
	case 2:
		return fmt.Sprintf("https://%s/%s", host, token(r, 7))
	case 3:
		return fmt.Sprintf("http://%s/~%s/%s.php?id=%d", host, letters(r, 4), pick(r, []string{"login", "verify", "view", "doc", "track"}), r.IntN(1e6))
	}
	return fmt.Sprintf("https://%s/%s/%s?s=%s", host, pick(r, []string{"auth", "share", "doc", "account", "form", "secure", "position", "apply"}), letters(r, 4), token(r, 16))
}

func token(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(62)]
	}
	return string(b)
}

// thread makes the letter part of one. A reply quotes its parent; a fake one
// only says Re: and quotes what nobody wrote.
func (l *Letter) thread(sc *scope) {
	if l.Family.Thread != "reply" {
		return
	}
	p := &l.scene.Parent
	if p.MessageID == "" {
		from := l.scene.To
		p.From, p.Time = from, l.Time.Add(-time.Duration(20+l.r.IntN(3000))*time.Minute)
		p.MessageID = fmt.Sprintf("%s@%s", token(l.r, 24), l.scene.Org.Domain)
		sc.set["parentname"], sc.set["parentdate"] = from.Name, p.Time.Format("2006-01-02 15:04")
	}
	l.InReplyTo = p.MessageID
	if l.r.IntN(2) == 0 && p.Text == "" {
		l.References = append(l.References, fmt.Sprintf("%s@%s", token(l.r, 20), l.scene.Org.Domain))
	}
	l.References = append(l.References, p.MessageID)
}

func (l *Letter) subject(sc *scope) {
	l.Subject = strings.TrimSpace(sc.expand(l.Family.subject))
	switch {
	case l.Family.Thread == "reply" && l.scene.Parent.Subject != "":
		l.Subject = "Re: " + strings.TrimPrefix(l.scene.Parent.Subject, "Re: ")
	case l.Family.Thread != "" && !strings.HasPrefix(l.Subject, "Re:"):
		l.Subject = pick(l.r, []string{"Re: ", "RE: ", "Re: "}) + l.Subject
	}
	if l.list != "" {
		l.Subject = strings.Replace(l.Subject, "Re: ", "Re: ["+l.list+"] ", 1)
		if !strings.HasPrefix(l.Subject, "R") && l.r.IntN(2) == 0 {
			l.Subject = "[" + l.list + "] " + l.Subject
		}
	}
}

// messageID is of the form that the sender's software gives.
func (l *Letter) messageID() string {
	r := l.r
	_, domain, _ := strings.Cut(l.From.Email, "@")
	switch senders[l.Sender].route {
	case viaFreemail:
		if domain == "gmail.com" {
			return fmt.Sprintf("CA%s=%s@mail.gmail.com", token(r, 30), token(r, 20))
		}
		if domain == "outlook.com" {
			return strings.ToUpper(fmt.Sprintf("DB%dP%dMB%d%s", r.IntN(9), 100+r.IntN(800), 1000+r.IntN(9000), token(r, 20))) + "@EURP190.PROD.OUTLOOK.COM"
		}
		return token(r, 60) + "@" + domain
	case viaM365, viaInternal:
		if r.IntN(3) > 0 {
			return strings.ToUpper(fmt.Sprintf("AM%dPR%02dMB%d%s", r.IntN(9), r.IntN(99), 1000+r.IntN(9000), token(r, 20))) + "@AM0PR08.eurprd08.prod.outlook.com"
		}
	case viaESP:
		return fmt.Sprintf("%s.%d@%s", token(r, 16), r.IntN(1e9), pick(r, []string{"geopod-ismtpd.example", "mta.mailer.example", domain}))
	case viaBot:
		if r.IntN(2) == 0 {
			return fmt.Sprintf("%s@%s", hexes(r, 32), pick(r, []string{"localhost", domain, "www." + domain, strings.ToUpper(letters(r, 8))}))
		}
	}
	return fmt.Sprintf("%s-%s-%s-%s@%s", hexes(r, 8), hexes(r, 4), hexes(r, 4), hexes(r, 12), domain)
}

func hexes(r *rand.Rand, n int) string {
	s, _ := digits(r, fmt.Sprintf("hex%d", n))
	return s
}

// AsksForCredentials reports whether a page or form that the reader is led to
// asks for a password.
func (l *Letter) AsksForCredentials() bool { return l.URL != "" && l.Family.Class.Hostile() }

// Recipients are the addresses, lower case, sorted.
func (l *Letter) Recipients() []string {
	var all []string
	for _, a := range append(slices.Clone(l.To), l.Cc...) {
		all = append(all, strings.ToLower(a.Email))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// group is what must be on one side: a lure and its twin, and the two forms of
// one mass phish, share sentences.
func (f *Family) group() string {
	name := strings.TrimSuffix(f.ID, "."+f.Language)
	if f.Twin != "" {
		name = f.Twin
	}
	return strings.TrimRight(name, "-12") + "." + f.Language
}

// heldOut draws a fifth of the families for tests, by name alone, so that a
// text in another language or a later run stays on its side.
func heldOut(id string) bool {
	return (hash(id)>>7)%5 == 0
}

// hash is FNV-1a.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func fixed() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// IP is the address that hands the mail to its receiver: one for each sender,
// of 240.0.0.0/4.
func (l *Letter) IP() string {
	return address4(rand.New(rand.NewPCG(uint64(hash(l.From.Email)), 0)))
}
