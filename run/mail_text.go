package run

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/mail/signal"
)

// WriteJSON writes the verdict as one line of JSON, in which characters that a
// terminal may act on are escaped: JSON is looked at there, too.
func (v MailVerdict) WriteJSON(w io.Writer) error {
	return json.NewEncoder(harmless{w}).Encode(v)
}

// WriteText writes the verdict for people, at most 80 columns wide: what is held
// of the mail, who it says it is from and who sent it, the story, the reasons,
// what there was to look at, and what to do. All that stands in the mail is
// made harmless by [Safe].
func (v MailVerdict) WriteText(w io.Writer) error {
	p := &printer{w: w}
	file := v.File
	if v.Line > 1 {
		file = fmt.Sprintf("%s:%d", file, v.Line)
	}
	p.line("%s  %.2f  %s", v.word(), v.Score, Safe(file))
	from := v.From
	if v.Name != "" {
		from = fmt.Sprintf("%s <%s>", v.Name, v.From)
	}
	p.wrap("  from     ", Safe(from)+"; "+v.proof())
	if c := v.claim(); c != "" {
		p.wrap("  claims   ", Safe(c))
	}
	if len(v.To) > 0 {
		p.wrap("  to       ", Safe(shorten(v.To, 3)))
	}
	p.wrap("  subject  ", Safe(v.Subject))
	if v.Time != nil {
		p.line("  sent     %s", v.Time.Format("2 Jan 2006 15:04 UTC"))
	}
	for i, k := range v.Kinds {
		p.wrap("  story    ", fmt.Sprintf("%s (%s): %s", strings.ReplaceAll(k, "_", " "), v.Levels[i], signal.StoryText(k)))
	}
	v.writeReasons(p)
	if len(v.Links) > 0 {
		p.wrap("  links    ", Safe(shorten(v.Links, 4)))
	}
	for _, f := range v.Files[:min(len(v.Files), 6)] {
		p.wrap("  file     ", Safe(fmt.Sprintf("%s (%s, %d bytes)", f.Name, orUnknown(f.Kind), f.Size)))
	}
	for _, x := range v.Problems[:min(len(v.Problems), 3)] {
		p.wrap("  form     ", Safe(x.Text))
	}
	p.wrap("  seen     ", v.basis())
	p.wrap("  advice   ", v.advice())
	return p.err
}

func orUnknown(kind string) string {
	if kind == "" {
		return "unknown kind"
	}
	return kind
}

// word says in one word what is held of the mail.
func (v MailVerdict) word() string {
	switch {
	case v.Alert:
		return "ALERT     "
	case v.unsure():
		return "suspicious"
	}
	return "ordinary  "
}

// unsure reports that the mail is no alert and cannot be called ordinary.
func (v MailVerdict) unsure() bool { return v.Score >= .5 || len(v.Kinds) > 0 && v.Score >= .1 }

// proof says whether the sender's address is known to be his.
func (v MailVerdict) proof() string {
	switch {
	case v.Auth.DMARC == "fail":
		return "the domain disowns it"
	case v.Auth.Aligned:
		return "the domain is proved"
	}
	return "the address is not proved"
}

// claim says whom the mail most claims to be from, and whether that fits.
func (v MailVerdict) claim() string {
	var best *MailClaim
	for i := range v.Claims {
		c := &v.Claims[i]
		// What the sender is not outweighs what he is: that he is himself is no news.
		if c.Strength >= .4 && (best == nil || best.Genuine && !c.Genuine || best.Genuine == c.Genuine && c.Strength > best.Strength) {
			best = c
		}
	}
	if best == nil {
		return ""
	}
	who := best.Identity[strings.IndexByte(best.Identity, ':')+1:]
	fits := "the sender is not one of theirs"
	if best.Genuine {
		fits = "the sender is one of theirs"
	}
	return fmt.Sprintf("%s (%s: %s); %s", strings.ReplaceAll(who, "_", " "), strings.ReplaceAll(best.Where, "_", " "), best.As, fits)
}

// writeReasons shows what counted most on either side. The story stands above;
// that answers go to a free mailbox says that they go elsewhere.
func (v MailVerdict) writeReasons(p *printer) {
	const most = 7
	shown := 0
	for _, s := range v.Signals {
		if s.Weight > .1 && shown < most && !slices.Contains(v.Kinds, s.ID) && !(s.ID == "reply_elsewhere" && v.has("reply_freemail")) {
			p.wrap(fmt.Sprintf("  %+5.1f    ", s.Weight), Safe(s.Text))
			shown++
		}
	}
	shown = 0
	for i := len(v.Signals) - 1; i >= 0; i-- {
		if s := v.Signals[i]; s.Weight < -.1 && shown < 3 {
			p.wrap(fmt.Sprintf("  %+5.1f    ", s.Weight), Safe(s.Text))
			shown++
		}
	}
}

func (v MailVerdict) has(signal string) bool {
	return slices.ContainsFunc(v.Signals, func(s MailSignal) bool { return s.ID == signal })
}

// basis says what there was to look at, and what was not.
func (v MailVerdict) basis() string {
	has := map[string]bool{}
	for _, e := range v.Evidence {
		has[e] = true
	}
	out := strings.Join(v.Evidence, ", ")
	if out == "" {
		out = "a record without header or text"
	}
	if !has["body"] {
		out += "; the text was not there"
	}
	if !has["authentication"] {
		out += "; no receiver is configured whose authentication verdicts are believed (--receiver)"
	}
	return out
}

// kindAdvice says what to do with a mail of a kind, and for whom it is too late.
var kindAdvice = map[string]string{
	"recruiter_lure":        "Do not answer or open anything. Ask the employer through its own website. Whoever opened a file: have the computer examined.",
	"health_authority_lure": "Do not answer or open anything. Ask the authority by an address that you had before.",
	"credential_phish":      "Do not sign in from here; go to the service by its own address. Whoever did: new password, end all sessions.",
	"device_code_phish":     "Do not enter the code. Whoever did has signed the sender in: end all sessions.",
	"malware_lure":          "Do not open the file. Whoever did: have the computer examined.",
	"thread_hijack":         "Do not answer or pay. Call the person by a number that you had before.",
	"lateral_phish":         "Ask the colleague by telephone: the account may be in other hands.",
}

// advice says what to do with the mail.
func (v MailVerdict) advice() string {
	switch {
	case v.Alert && len(v.Kinds) > 0:
		best := 0
		for i, l := range v.Levels {
			if l == signal.High.String() && v.Levels[best] != l {
				best = i
			}
		}
		return kindAdvice[v.Kinds[best]]
	case v.Alert:
		return "Do not open or answer it before somebody of security has looked at it."
	case v.unsure():
		return "Ask the sender by a way that you knew before, and do not open or answer until then."
	}
	return "Nothing speaks for a lure. That is no proof: what is unusual is worth a call."
}

// shorten lists the first n and says how many follow.
func shorten(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
