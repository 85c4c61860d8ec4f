package identity

import "strings"

// unquoted is the part of a text that its sender wrote: all before the first
// quotation or forwarded mail. A mail that begins with one is all quotation.
func unquoted(text string) string {
	at := 0
	for line := range strings.Lines(text) {
		if quotes(strings.TrimSpace(line), text[at+len(line):]) {
			return text[:at]
		}
		at += len(line)
	}
	return text
}

// quotes says that a line begins what somebody else wrote and the mail only
// carries; rest is what follows it.
func quotes(line, rest string) bool {
	switch {
	case line == "" || len(line) > 250:
		return false
	case line[0] == '>' || strings.HasPrefix(line, "____________________"):
		return true
	case line[0] == '-' && strings.HasPrefix(line, "--"):
		return hasAny(strings.ToLower(strings.TrimLeft(line, "- ")), forwards, strings.HasPrefix)
	case line[len(line)-1] == ':' || strings.HasSuffix(line, "："):
		low := strings.ToLower(line)
		return strings.HasPrefix(low, "begin forwarded message") || hasAny(low, wrote, strings.Contains)
	case strings.Contains(line[:min(len(line), 24)], ":"):
		// The header of a forwarded mail: From and Sent one below the other.
		next, _, _ := strings.Cut(rest, "\n")
		return hasAny(strings.ToLower(line), fromWords, strings.HasPrefix) && hasAny(strings.ToLower(strings.TrimSpace(next)), sentWords, strings.HasPrefix)
	}
	return false
}

func hasAny(s string, list []string, f func(s, x string) bool) bool {
	for _, x := range list {
		if f(s, x) {
			return true
		}
	}
	return false
}

// The words with which mail programs begin what they quote.
var (
	wrote    = []string{" wrote:", "a écrit", " schrieb", "escribió:", "escreveu:", "님이 작성:", "ने लिखा:"}
	forwards = []string{"original message", "original-nachricht", "ursprüngliche nachricht", "forwarded message", "message d'origine", "mensaje original", "mensagem original",
		"원본 메시지", "원본 메일", "weitergeleitete nachricht", "mensaje reenviado", "mensagem encaminhada", "message transféré"}
	fromWords = []string{"from:", "von:", "de:", "de :", "보낸 사람:", "보낸사람:"}
	sentWords = []string{"sent:", "date:", "gesendet:", "datum:", "envoyé", "enviado", "보낸 날짜", "보낸날짜", "to:", "an:", "à :", "para:", "date :"}
	signOffs  = []string{"regards", "best regards", "kind regards", "warm regards", "warmest regards", "with best regards", "with kind regards", "best wishes", "yours sincerely", "yours truly",
		"yours faithfully", "sincerely", "respectfully", "cheers", "many thanks", "thanks", "thank you", "cordialement", "bien cordialement", "bien à vous", "salutations", "sincères salutations",
		"mit freundlichen grüßen", "freundliche grüße", "viele grüße", "beste grüße", "mfg", "atentamente", "saludos", "un saludo", "cordialmente", "reciba un cordial saludo",
		"atenciosamente", "com os melhores cumprimentos", "cumprimentos", "abraços", "감사합니다", "धन्यवाद", "सादर", "भवदीय"}
)

// signsOff says that a line begins a signature.
func signsOff(line string) bool {
	if line == "--" {
		return true
	}
	if line == "" || len(line) > 70 {
		return false
	}
	low := strings.ToLower(line)
	for _, s := range signOffs {
		if rest, ok := strings.CutPrefix(low, s); ok && len(rest) <= 40 && (rest == "" || !('a' <= rest[0] && rest[0] <= 'z')) {
			return true
		}
	}
	return false
}

// Bounds of a signature.
const (
	maxSignatureLines = 14
	maxSignature      = 800 // bytes
)

// SignatureOf gives the last lines that the sender wrote: from the last
// sign-off on ("Regards", "-- ") or, without one, the last six lines that are
// not empty.
func SignatureOf(text string) string {
	text = unquoted(text)
	if len(text) > 8000 {
		text = strings.ToValidUTF8(text[len(text)-8000:], "")
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := len(lines) - 1; i >= max(0, len(lines)-maxSignatureLines); i-- {
		if signsOff(strings.TrimSpace(lines[i])) {
			return cutAt(strings.Join(lines[i:], "\n"), maxSignature)
		}
	}
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
