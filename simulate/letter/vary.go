package letter

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// vary gives a mail of a corpus what its way adds to any text: tags that
// gateways and senders put before a subject, a foot with the recipient's
// address, a thread that it only hangs on to, or somebody who passes it on. Ham
// and phish alike have most of it; where they do not, a model would learn the
// habit of our families for a sign.
func (l *Letter) vary(r *rand.Rand) {
	chance := func(share float64) bool { return r.Float64() < share }
	hostile := l.Family.Class.Hostile()
	if l.Family.Thread == "" && l.list == "" && chance(.04) {
		l.Subject = pick(r, []string{"[EXTERNAL] ", "[EXT] ", "[External] ", "[EXTERN] ", "[Extern] ", "[EXTERNO] "}) + l.Subject
	}
	bulk := senders[l.Sender].route == viaESP || senders[l.Sender].route == viaBot
	if bulk && chance(.15) {
		l.blocks = append(l.blocks, block{kind: small, text: pick(r, footAddress[l.Family.Language]) + " " + l.scene.To.Email})
	}
	switch {
	case l.Family.Class == Phish || l.Family.Class == Spam:
		l.varyMass(r)
	case l.Family.Class == Ham && bulk:
		l.varyBulk(r)
	case l.Family.Class == Ham && chance(.04): // a private address in a signature
		l.blocks = append(l.blocks, block{kind: small, text: fmt.Sprintf("%s.%d@gmail.com", letters(r, 8), 10+r.IntN(90))})
	}
	if l.Family.Class == Ham && bulk && l.InReplyTo == "" && chance(.1) { // programs that write to customers hang answers on their first mail
		l.InReplyTo = fmt.Sprintf("%s@%s", token(r, 20), pick(r, []string{"mta.mailer.example", l.scene.Org.Domain}))
		l.References = []string{l.InReplyTo}
	}
	if l.Family.Class != Lure && l.Family.Class != Twin && l.Family.Thread == "" && l.list == "" && chance(map[bool]float64{true: .07, false: .03}[hostile]) {
		l.passOn(r)
	}
}

// varyBulk are habits of honest bulk mail that phish has, too: an address for
// each recipient, a page without a plain text, a search box, a line for the
// preview that is not shown, a help desk elsewhere for the answers.
func (l *Letter) varyBulk(r *rand.Rand) {
	chance := func(share float64) bool { return r.Float64() < share }
	local, domain, _ := strings.Cut(l.From.Email, "@")
	own := domain != l.brand.Domain || l.brand.Domain == ""
	if chance(.12) {
		l.From.Email = fmt.Sprintf("%s-%s%d-%s@%s", local, letters(r, 2), r.IntN(1e6), strings.ToLower(token(r, 8)), domain)
	}
	if own && chance(.03) {
		l.From.Name += " [" + l.From.Email + "]"
	}
	switch {
	case l.ReplyTo.Email != "":
	case chance(.12):
		l.ReplyTo = Address{l.From.Name, pick(r, []string{"support", "reply", "service"}) + "@" + pick(r, []string{"helpdesk-cloud.example", "mailer.example", business(r) + ".example"})}
	case own && chance(.02): // small shops and clubs
		l.ReplyTo = Address{l.From.Name, fmt.Sprintf("%s.%s@gmail.com", letters(r, 5), letters(r, 6))}
	}
	l.tricks["html_alone"] = chance(.35)
	l.tricks["search_box"] = chance(.12)
	l.tricks["ld_json"] = chance(.06)
	if l.Form != "plain" && chance(.2) {
		l.pad = first(l.blocks) + strings.Repeat(" \u200c\u00a0", 60+r.IntN(100))
	}
	if chance(.05) {
		l.blocks = append(l.blocks, block{kind: small, text: fmt.Sprintf("%s.%d@gmail.com", letters(r, 8), 10+r.IntN(90))})
	}
}

// varyMass are habits of mass senders.
func (l *Letter) varyMass(r *rand.Rand) {
	if l.InReplyTo == "" && r.IntN(10) == 0 { // hangs on to a conversation that it took no part in
		l.InReplyTo = fmt.Sprintf("%s@%s", token(r, 24), pick(r, []string{l.scene.Org.Domain, "mail.gmail.com", "AM0PR08.eurprd08.prod.outlook.com"}))
		l.References = []string{l.InReplyTo}
		if r.IntN(2) == 0 {
			l.Subject = "Re: " + l.Subject
		}
	}
	if !strings.HasPrefix(l.Subject, "[") && r.IntN(20) == 0 {
		l.Subject = pick(r, []string{"[URGENT] ", "[Important] ", "[Notice] ", "[Ticket #" + fmt.Sprint(r.IntN(1e6)) + "] ", "[" + l.From.Name + "] "}) + l.Subject
	}
	if len(l.From.Name) < 20 && r.IntN(50) == 0 {
		l.From.Name = strings.Join(strings.Split(l.From.Name, ""), " ")
	}
}

// footAddress is what stands before the recipient's address, by language.
var footAddress = map[string][]string{
	"en": {"This message was sent to", "This email was intended for", "You are receiving this at", "Sent to:"},
	"fr": {"Ce message a été envoyé à", "Cet e-mail est destiné à"},
	"de": {"Diese Nachricht wurde gesendet an", "Diese E-Mail ging an"},
	"es": {"Este mensaje se envió a", "Correo enviado a"},
	"pt": {"Esta mensagem foi enviada para", "E-mail enviado para"},
	"nl": {"Dit bericht is verzonden aan", "Deze e-mail is verstuurd naar"},
	"ko": {"이 메일은 다음 주소로 발송되었습니다:"},
	"hi": {"यह संदेश इस पते पर भेजा गया:"},
}

// passOn makes it the copy that its recipient sends on, with what mail programs
// put above: to a colleague, or to a desk with the question whether it is real.
func (l *Letter) passOn(r *rand.Rand) {
	h, ok := passed[l.Family.Language]
	if !ok {
		h = passed["en"]
	}
	head := fmt.Sprintf("%s\n%s %s <%s>\n%s %s\n%s %s\n%s %s", h.line, h.from, l.From.Name, l.From.Email, h.sent, l.Time.Format("2 Jan 2006 15:04"), h.to, l.scene.To.Email, h.subject, l.Subject)
	blocks := []block{{kind: paragraph, text: head}}
	if r.IntN(2) == 0 {
		blocks = append([]block{{kind: paragraph, text: pick(r, h.note)}}, blocks...)
	}
	l.blocks = append(blocks, l.blocks...)
	l.Subject = pick(r, h.mark) + " " + l.Subject
	l.From, l.ReplyTo, l.Sender = l.scene.To, Address{}, "forwarded"
	l.To, l.InReplyTo, l.References = []Address{pick(r, []Address{l.scene.Colleague, {"IT Service Desk", "helpdesk@" + l.scene.Org.Domain}, l.scene.To})}, "", nil
	delete(l.tricks, "undisclosed")
	l.MessageID = l.messageID()
}

// passed is the head of a mail that is passed on, by language.
var passed = map[string]struct {
	line, from, sent, to, subject string
	mark, note                    []string
}{
	"en": {"---------- Forwarded message ---------", "From:", "Date:", "To:", "Subject:", []string{"Fw:", "Fwd:", "FW:"}, []string{"Is this real?", "FYI", "What do you think?", "See below.", "Did you send this?"}},
	"de": {"-----Ursprüngliche Nachricht-----", "Von:", "Gesendet:", "An:", "Betreff:", []string{"WG:", "Fwd:"}, []string{"Zur Info.", "Ist das echt?", "Siehe unten."}},
	"fr": {"-----Message d'origine-----", "De :", "Envoyé :", "À :", "Objet :", []string{"TR:", "Fwd:"}, []string{"Pour information.", "Est-ce un vrai message ?", "Voir ci-dessous."}},
	"es": {"---------- Mensaje reenviado ---------", "De:", "Fecha:", "Para:", "Asunto:", []string{"RV:", "Fwd:"}, []string{"Para tu información.", "¿Es auténtico?"}},
	"pt": {"---------- Mensagem encaminhada ---------", "De:", "Enviado:", "Para:", "Assunto:", []string{"ENC:", "Fwd:"}, []string{"Para conhecimento.", "Isso é verdadeiro?"}},
	"nl": {"-----Oorspronkelijk bericht-----", "Van:", "Verzonden:", "Aan:", "Onderwerp:", []string{"Fw:", "Doorst:"}, []string{"Ter info.", "Klopt dit?"}},
	"ko": {"---------- 전달된 메시지 ----------", "보낸사람:", "날짜:", "받는사람:", "제목:", []string{"Fwd:", "전달:"}, []string{"참고하세요.", "진짜 메일인가요?"}},
	"hi": {"---------- अग्रेषित संदेश ----------", "प्रेषक:", "दिनांक:", "प्राप्तकर्ता:", "विषय:", []string{"Fwd:", "Fw:"}, []string{"सूचनार्थ।", "क्या यह असली है?"}},
}
