package signal

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/identity"
)

// auth notes what a trusted receiver says of the sender's authentication. That
// it passes says little: most phish passes.
func (x *exam) auth() {
	a := x.f.Auth
	if a.DMARC == mail.AuthFail {
		x.note("dmarc_fail", 1, "")
	}
	if a.SPF == mail.AuthFail {
		x.note("spf_fail", 1, "")
	}
	if a.Aligned && a.DMARC != mail.AuthFail {
		x.note("auth_aligned", 1, x.f.Domain)
	}
}

// replyPath notes where answers go and whom it names.
func (x *exam) replyPath() {
	m, from := x.m, x.f.From.Email
	munged := x.munged()
	if reply := x.f.ReplyTo; reply != "" && !munged && identity.Registrable(domainOf(reply)) != x.f.Domain {
		x.note("reply_elsewhere", 1, reply)
		if identity.Freemail(domainOf(reply)) {
			x.note("reply_freemail", 1, reply)
		}
	}
	if identity.Freemail(x.f.Domain) {
		x.note("freemail_sender", 1, x.f.Domain)
	}
	if m.Evidence&mail.HasHeader == 0 {
		return
	}
	switch {
	case len(m.To) == 0 && len(m.Cc) == 0:
		x.note("null_recipient", 1, "")
	case from != "" && !x.forwarded && !munged:
		for _, to := range m.To {
			if strings.EqualFold(to.Email, from) {
				x.note("to_self", 1, "")
				break
			}
		}
	}
	switch _, at, ok := strings.Cut(m.MessageID, "@"); {
	case m.MessageID == "":
		x.note("no_message_id", 1, "")
	case ok && x.f.Domain != "" && identity.Registrable(strings.ToLower(at)) != x.f.Domain:
		x.note("message_id_foreign", 1, at)
	}
	if m.Time.IsZero() {
		x.note("no_date", 1, "")
	}
	if len(m.From) > 1 {
		x.note("many_from", 1, "")
	}
}

// sender notes how the sender writes his own name and address.
func (x *exam) sender() {
	from, home := x.from()
	local, domain, _ := strings.Cut(from.Email, "@")
	if label := strings.TrimSuffix(home, "."+topLevel(home)); heap(label) > 0 {
		x.note("odd_domain", heap(label), home)
	} else if sub := strings.TrimSuffix(domain, home); sub != domain && heap(strings.Trim(sub, ".")) > .5 {
		x.note("odd_domain", heap(strings.Trim(sub, ".")), domain)
	}
	if h := heap(local); h > .3 {
		x.note("odd_local_part", h, local)
	}
	if identity.CheapSuffix(topLevel(domain)) {
		x.note("cheap_domain", 1, domain)
	}
	if identity.FreeHosting(domain) {
		x.note("hosted_domain", 1, domain)
	}
	if from.Name == "" {
		return
	}
	if at := addressIn(from.Name); at != "" && !strings.EqualFold(at, from.Email) && identity.Registrable(domainOf(strings.ToLower(at))) != home {
		x.note("address_in_name", 1, at)
	}
	if unlike(from.Name, from.Email) {
		x.note("name_is_domainless", 1, from.Name)
	}
	if signs(from.Name) > 0 || capitals(from.Name) > .8 && len(from.Name) > 12 {
		x.note("shouting_name", 1, from.Name)
	}
}

// subject notes how the subject poses and shouts.
func (x *exam) subject() {
	s := x.m.Subject
	answers := len(x.m.InReplyTo) > 0 || len(x.m.References) > 0
	switch {
	case x.forwarded, x.imitates:
	case answers && x.m.Evidence&mail.HasHeader != 0:
		x.note("real_thread", 1, "")
	case posesAsAnswer(s) && x.m.Evidence&mail.HasHeader != 0:
		x.note("fake_reply", 1, s)
	}
	if n := signs(s); n > 0 {
		x.note("subject_signs", min(1, float64(n)/2), s)
	}
	if tag := listTag(s); tag != "" {
		x.note("list_tag", 1, tag)
	}
	if letters(s) > 10 && capitals(s) > .7 {
		x.note("subject_capitals", 1, s)
	}
	lower := strings.ToLower(s)
	for _, to := range x.people() {
		local, domain, ok := strings.Cut(to, "@")
		if ok && (strings.Contains(lower, to) || len(local) >= 5 && strings.Contains(lower, local) || len(domain) >= 8 && strings.Contains(lower, domain)) {
			x.note("subject_names_recipient", 1, s)
			break
		}
	}
	if code := longNumber(s); code != "" {
		x.note("subject_number", 1, code)
	}
	for _, text := range []string{x.f.From.Name, s} {
		if d := disguised(text); d != "" {
			x.note("disguised_letters", 1, d)
			break
		}
	}
}

// problems notes that the form of the mail is broken.
func (x *exam) problems() {
	if n := len(x.m.Problems); n > 0 {
		x.note("bad_form", min(1, float64(n)/3), x.m.Problems[0].Text)
	}
}

// heap says how much a name looks like a heap of characters that nobody chose
// to be read, 0 to 1: digits among letters, many hyphens, runs of consonants.
func heap(name string) float64 {
	if len(name) < 5 {
		return 0
	}
	var digits, hyphens, turns, run, longest int
	var before rune
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= '0' && r <= '9':
			digits++
			if unicode.IsLetter(before) {
				turns++
			}
			run = 0
		case r == '-' || r == '_' || r == '.' || r == '+' || r == '=':
			hyphens++
			run = 0
		case strings.ContainsRune("aeiouy", r) || r > unicode.MaxASCII:
			run = 0
		default:
			run++
			longest = max(longest, run)
		}
		before = r
	}
	score := 0.
	if hyphens >= 2 {
		score += .2 * float64(hyphens-1)
	}
	if digits >= 3 {
		score += .3
	}
	score += .2 * float64(max(0, turns-1))
	if longest >= 5 {
		score += .2 * float64(longest-4)
	}
	if len(name) > 24 {
		score += .3
	}
	return min(1, score)
}

// signs counts characters that are there to catch the eye: emoji, arrows,
// stars, runs of exclamation marks.
func signs(s string) int {
	n := strings.Count(s, "!!")
	for _, r := range s {
		switch {
		case r >= 0x1f000 && r < 0x20000, r >= 0x2190 && r < 0x2c00, r == '★', r == '✔', r == '➤', r == '©', r == '®', r == '™':
			n++
		}
	}
	return n
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// capitals is the share of capitals among the letters that have a case.
func capitals(s string) float64 {
	upper, all := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper, all = upper+1, all+1
		case unicode.IsLower(r):
			all++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(upper) / float64(all)
}

// longNumber returns a number or code of seven characters or more in a text.
func longNumber(s string) string {
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }) {
		digits := 0
		for _, r := range word {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		if digits >= 4 && len(word) >= 7 {
			return word
		}
	}
	return ""
}

// answerMarks are how mail programs of different languages begin the subject
// of an answer or of a forwarded mail.
var answerMarks = []string{"re:", "fw:", "fwd:", "aw:", "wg:", "tr:", "rv:", "res:", "enc:", "sv:", "vs:", "antw:", "réf:", "回复:", "답장:", "回覆:", "전달:"}

// posesAsAnswer reports whether a subject begins as that of an answer.
func posesAsAnswer(subject string) bool {
	return beginsWithAny(strings.ToLower(strings.TrimSpace(subject)), answerMarks)
}

// disguised returns a word of a text that mixes scripts or holds invisible
// letters, as nobody types it; "" if there is none.
func disguised(text string) string {
	for word := range strings.FieldsSeq(text) {
		latin, other, hidden := 0, 0, 0
		for _, r := range word {
			switch {
			case r < unicode.MaxASCII && unicode.IsLetter(r):
				latin++
			case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee), styled(r):
				other++
			case r == 0x200b, r == 0x200c, r == 0x200d, r == 0x2060, r == 0xfeff, r == 0xad, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
				hidden++
			case unicode.Is(unicode.Mn, r) && latin > 0:
				hidden++
			}
		}
		if latin > 0 && (other > 0 || hidden > 0) || other > 2 && asciiOnly(identity.Skeleton(word)) && strings.ContainsFunc(word, styled) {
			return word
		}
	}
	return ""
}

func asciiOnly(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// styled reports a mathematical or fullwidth letter.
func styled(r rune) bool { return r >= 0x1d400 && r < 0x1d800 || r >= 0xff01 && r < 0xff5f }

// unlike reports whether no word of a name is in an address.
func unlike(name, address string) bool {
	flat := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, strings.ToLower(identity.Skeleton(address)))
	any := false
	for word := range strings.FieldsFuncSeq(strings.ToLower(identity.Skeleton(name)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(word) < 3 || !asciiOnly(word) {
			continue
		}
		any = true
		if strings.Contains(flat, word) || len(word) >= 4 && strings.Contains(flat, word[:4]) {
			return false
		}
	}
	return any
}

var tagged = regexp.MustCompile(`^(?:[\pL]{2,4}: ?)*(\[[\pL\d][\pL\d ._/-]{1,30}\])`)

// listTag returns the tag of a mailing list at the beginning of a subject.
func listTag(subject string) string {
	if m := tagged.FindStringSubmatch(subject); m != nil {
		return m[1]
	}
	return ""
}

// addressIn returns the first mail address in a text.
func addressIn(text string) string {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`<>()[]",;:'`, r) }) {
		if local, domain, ok := strings.Cut(word, "@"); ok && local != "" && strings.Contains(domain, ".") && !strings.HasSuffix(domain, ".") {
			return word
		}
	}
	return ""
}
