package markup

import "strings"

// own is text without what it quotes. text is what stands outside of quoting
// elements, all the whole visible text, which is given back if nothing else is
// left: then the mail is the quotation.
func own(text, all string, quoted bool) (string, bool) {
	var b strings.Builder
	b.Grow(len(text))
	lines, low := strings.Split(text, "\n"), strings.Split(strings.ToLower(text), "\n")
	head := false // in the header of a forwarded mail
	for i, l := range lines {
		if head {
			name, _, ok := strings.Cut(low[i], ":")
			if name = strings.Trim(name, "* "); l == "" || ok && (fromNames[name] || fieldNames[name]) {
				continue
			}
			head = false
		}
		if strings.HasPrefix(l, ">") || strings.HasPrefix(l, "|>") {
			quoted = true
			continue
		}
		if introduces(lines[i], low[i:]) {
			quoted = true
			if b.Len() > 0 {
				break
			}
			head = true // a mail that begins so is a forwarded one
			continue
		}
		if l != "" {
			b.WriteString(l)
			b.WriteByte('\n')
		}
	}
	s := strings.TrimSpace(b.String())
	if s == "" {
		return all, quoted
	}
	return s, quoted
}

// introduces says that a line begins a quotation that goes on to the end. lines
// are it and those that follow, in lower case.
func introduces(l string, lines []string) bool {
	l = strings.TrimSpace(l)
	if l == "" || len(l) > 400 {
		return false
	}
	if dashed := strings.Trim(l, "-_ —–="); dashed != l && strings.HasPrefix(l, "--") || strings.HasPrefix(l, "__") {
		if originals[strings.ToLower(dashed)] {
			return true
		}
	}
	low := strings.TrimSpace(lines[0])
	if begins[strings.TrimSuffix(low, ":")] {
		return true
	}
	// "On Mon, 2 Nov 2020 at 10:00, A <a@b> wrote:", perhaps over two lines.
	two := low
	if len(lines) > 1 && !strings.HasSuffix(two, ":") {
		two += " " + strings.TrimSpace(lines[1])
	}
	if strings.ContainsAny(two, "0123456789") && len(two) < 400 {
		two = strings.TrimSuffix(two, " ")
		for _, w := range wrote {
			if strings.HasPrefix(two, w[0]) && strings.HasSuffix(two, w[1]) {
				return true
			}
		}
		if strings.HasPrefix(two, "am ") && strings.Contains(two, " schrieb ") && strings.HasSuffix(two, ":") {
			return true
		}
	}
	// From: ... Sent: ... To: ... Subject: in succession.
	fields := 0
	for _, next := range lines[:min(len(lines), 6)] {
		name, _, ok := strings.Cut(strings.TrimLeft(next, "* "), ":")
		if !ok || len(name) > 40 {
			break
		}
		name = strings.Trim(name, "* ")
		if fields == 0 && !fromNames[name] {
			return false
		}
		if fromNames[name] || fieldNames[name] {
			fields++
		}
	}
	return fields >= 3
}

// What mail programs write above a quotation, in the languages of the lure
// vocabularies, in lower case.
var (
	originals = set("original message", "original appointment", "forwarded message", "reply message", "message d'origine",
		"message original", "message transféré", "message transmis", "원본 메시지", "원본 메일", "전달된 메시지", "original-nachricht",
		"ursprüngliche nachricht", "ursprünglicher termin", "weitergeleitete nachricht", "mensagem original", "mensagem encaminhada", "mensaje original",
		"mensaje reenviado", "mensaje enviado", "मूल संदेश", "अग्रेषित संदेश", "oorspronkelijk bericht", "doorgestuurd bericht",
		"messaggio originale", "messaggio inoltrato", "元のメッセージ", "original message follows")
	begins = set("begin forwarded message", "début du message réexpédié", "début du message transféré", "anfang der weitergeleiteten nachricht",
		"início da mensagem encaminhada", "inicio del mensaje reenviado", "전달된 메시지 시작", "inizio messaggio inoltrato", "begin doorgestuurd bericht")
	wrote = [][2]string{
		{"on ", "wrote:"}, {"le ", "a écrit :"}, {"le ", "a écrit:"}, {"am ", "schrieb:"}, {"am ", ">:"}, {"em ", "escreveu:"}, {"em ", ">:"},
		{"el ", "escribió:"}, {"op ", "schreef:"}, {"il ", "ha scritto:"}, {"20", "작성:"}, {"20", "님이 작성:"}, {"20", "लिखा:"}, {"20", ">:"},
		{"20", "wrote:"}, {"20", "書きました:"}, {"on ", "writes:"},
	}
	fromNames  = set("from", "de", "von", "보낸 사람", "보낸사람", "발신", "प्रेषक", "से", "van", "da", "差出人")
	fieldNames = set("sent", "date", "to", "cc", "subject", "envoyé", "date d'envoi", "à", "objet", "gesendet", "datum", "an", "betreff",
		"보낸 날짜", "날짜", "받는 사람", "받는사람", "참조", "제목", "enviado", "enviada", "enviado em", "enviada em", "enviado el", "fecha", "para", "asunto", "assunto",
		"data", "भेजा गया", "दिनांक", "प्रति", "विषय", "verzonden", "aan", "onderwerp", "inviato", "a", "oggetto", "送信日時", "宛先", "件名")
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
