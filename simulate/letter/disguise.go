package letter

import "strings"

// disguise draws how a mass phish hides from filters: forms seen in the wild
// (../shared notes: hidden padding, folded names, image bodies, odd charsets).
func (l *Letter) disguise(sc *scope) {
	if l.Family.Class != Phish && l.Family.Class != Spam {
		return
	}
	r := l.r
	trick := func(name string, share float64) bool {
		on := r.Float64() < share
		l.tricks[name] = on
		return on
	}
	html := l.Form != "plain"
	if html && trick("padding", 0.2) {
		var b strings.Builder
		for range 3 + r.IntN(12) {
			b.WriteString(sc.word("padding", true) + " ")
		}
		l.pad = b.String()
	}
	if trick("homoglyphs", 0.08) {
		l.From.Name = lookLike(l, l.From.Name, 3)
		l.Subject = lookLike(l, l.Subject, 5)
	}
	if trick("marks", 0.03) {
		l.From.Name = strings.Join(strings.Split(l.From.Name, ""), "\u034f")
	}
	if trick("recipient", 0.12) {
		l.Subject = pick(r, []string{l.scene.To.Email + ": " + l.Subject, l.Subject + " - " + l.scene.To.Email, l.Subject + " [" + token(r, 6) + "]"})
	}
	if trick("emoji", 0.08) {
		l.Subject = pick(r, []string{"⚠️ ", "🔔 ", "✅ ", "🎁 ", "📦 ", "❗"}) + l.Subject
	}
	if trick("recipient_name", 0.06) {
		l.From.Name = l.From.Name + " " + l.scene.Org.Domain
	}
	if html && l.URL != "" && trick("image_only", 0.10) {
		l.blocks = []block{{kind: picture, text: ""}, {kind: small, text: sc.word("unsubscribe", false)}}
		l.Form = "html"
	}
	if html {
		trick("veil", 0.08)
	}
	trick("base64", 0.25)
	trick("charset", 0.08)
	trick("undisclosed", 0.08)
}

func (l *Letter) padding() string { return l.pad }

var glyphs = strings.NewReplacer("a", "а", "e", "е", "o", "о", "p", "р", "c", "с", "i", "і", "A", "А", "O", "О", "S", "Ѕ")

// lookLike replaces every nth letter by one of Cyrillic that looks the same.
func lookLike(l *Letter, s string, nth int) string {
	var b strings.Builder
	i := l.r.IntN(nth)
	for _, c := range s {
		if i++; i%nth == 0 {
			b.WriteString(glyphs.Replace(string(c)))
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// veil puts soft hyphens or spaces without width into words.
func (l *Letter) veil(s string) string {
	if !l.tricks["veil"] || strings.Contains(s, "://") {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		b.WriteRune(c)
		if i%4 == 3 {
			b.WriteString([]string{"\u00ad", "\u200c"}[len(l.Subject)%2])
		}
	}
	return b.String()
}
