package identity

import (
	"regexp"
	"strings"
)

// quoteMarks begin what somebody else wrote and the mail only carries.
var quoteMarks = regexp.MustCompile(`(?im)^[ \t]*(` +
	`>|` +
	`on .{5,120}wrote:|` +
	`le .{5,120}a écrit ?:|` +
	`am .{5,120}schrieb.{0,80}:|` +
	`el .{5,120}escribió:|` +
	`em .{5,120}escreveu:|` +
	`.{0,120}님이 작성:|` +
	`.{0,120}ने लिखा:|` +
	`-{2,} ?(original message|original-nachricht|ursprüngliche nachricht|forwarded message|message d'origine|mensaje original|mensagem original|원본 메시지|원본 메일|weitergeleitete nachricht|mensaje reenviado|mensagem encaminhada|message transféré)|` +
	`begin forwarded message:|` +
	`_{20,}|` +
	`(from|von|de|보낸 사람|보낸사람) ?: .{3,120}\r?\n[ \t]*(sent|date|gesendet|datum|envoyé|enviado|보낸 날짜|보낸날짜|to|an|à|para)[  ]?:` +
	`)`)

// Unquoted is the part of a text that its sender wrote: all before the first
// quotation or forwarded mail. A mail that begins with one is all quotation.
func Unquoted(text string) string {
	if at := quoteMarks.FindStringIndex(text); at != nil {
		return text[:at[0]]
	}
	return text
}

// signOffs begin a signature.
var signOffs = regexp.MustCompile(`(?im)^[ \t]*(--[ ]?$|(best |kind |warm |with best |with kind |warmest )?regards|best wishes|yours (sincerely|truly|faithfully)|sincerely|respectfully|cheers|many thanks|thanks|thank you|` +
	`cordialement|bien cordialement|bien à vous|salutations|sincères salutations|` +
	`mit freundlichen grüßen|freundliche grüße|viele grüße|beste grüße|mfg|` +
	`atentamente|saludos|un saludo|cordialmente|reciba un cordial saludo|` +
	`atenciosamente|com os melhores cumprimentos|cumprimentos|abraços|` +
	`감사합니다|드림|올림|धन्यवाद|सादर|भवदीय)\b?.{0,40}$`)

// Bounds of a signature.
const (
	maxSignatureLines = 10
	maxSignature      = 800 // bytes
)

// SignatureOf gives the last lines that the sender wrote: from the last
// sign-off on ("Regards", "-- ") or, without one, the last six lines that are
// not empty.
func SignatureOf(text string) string {
	text = Unquoted(text)
	if len(text) > 8000 {
		text = strings.ToValidUTF8(text[len(text)-8000:], "")
	}
	text = strings.TrimSpace(text)
	if all := signOffs.FindAllStringIndex(text, -1); len(all) > 0 {
		if s := text[all[len(all)-1][0]:]; strings.Count(s, "\n") <= maxSignatureLines+4 {
			return cutAt(s, maxSignature)
		}
	}
	lines := strings.Split(text, "\n")
	var last []string
	for i := len(lines) - 1; i >= 0 && len(last) < 6; i-- {
		if l := strings.TrimSpace(lines[i]); l != "" {
			last = append([]string{l}, last...)
		}
	}
	return cutAt(strings.Join(last, "\n"), maxSignature)
}

// cutAt cuts at n bytes, on a whole character.
func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
