package phish

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// recipient is who receives every mail of a set in neutral form.
const recipient = "dr.lee@research-hospital.example"

// kept are the header fields that stay in the neutral form.
var kept = map[string]bool{
	"from": true, "reply-to": true, "subject": true, "date": true, "message-id": true, "in-reply-to": true, "references": true, "mime-version": true,
	"content-type": true, "content-transfer-encoding": true, "content-disposition": true, "content-language": true,
}

var (
	trap    = regexp.MustCompile(`(?i)(phishing|honey|phish)@pot|redacted@redacted\.com`)
	footer  = regexp.MustCompile(`(?ms)^_{10,}\r?\n[^\n]{0,160}mailing list`)
	verdict = map[string]*regexp.Regexp{
		"spf":   regexp.MustCompile(`\bspf=(\w+)`),
		"dkim":  regexp.MustCompile(`\bdkim=(\w+)`),
		"dmarc": regexp.MustCompile(`\bdmarc=(\w+)`),
	}
)

// Neutral takes away what tells a corpus from another: Received, X-, List-, ARC
// and DKIM fields, list footers and the trap's address, and writes one
// Authentication-Results of the same form. It is shared/tools/mail-neutral.py
// over again; a test holds them together.
func Neutral(mail []byte) []byte {
	if bytes.HasPrefix(mail, []byte("From ")) {
		_, mail, _ = bytes.Cut(mail, []byte("\n"))
	}
	mail = trap.ReplaceAll(mail, []byte(recipient))
	mail = cutFooters(mail)
	head, body, _ := bytes.Cut(bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n")), []byte("\n\n"))

	var out bytes.Buffer
	fmt.Fprintf(&out, "Authentication-Results: %s\nTo: %s", verdicts(head), recipient)
	keeping := false
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		if len(line) == 0 || line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			keeping = kept[strings.ToLower(strings.TrimSpace(string(name)))]
		}
		if keeping {
			out.WriteByte('\n')
			out.Write(line)
		}
	}
	out.WriteString("\n\n")
	out.Write(body)
	return out.Bytes()
}

// cutFooters cuts each list footer up to the next line that begins with "--".
func cutFooters(mail []byte) []byte {
	for from := 0; ; {
		at := footer.FindIndex(mail[from:])
		if at == nil {
			return mail
		}
		start, end := from+at[0], from+at[1]
		rest := bytes.Index(mail[end:], []byte("\n--"))
		if rest < 0 {
			return mail[:start]
		}
		mail = append(bytes.Clone(mail[:start]), mail[end+rest+1:]...)
		from = start
	}
}

// verdicts folds the first three Authentication-Results into one.
func verdicts(head []byte) string {
	var all []string
	name := ""
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			if name == "authentication-results" {
				all[len(all)-1] += " " + string(line)
			}
			continue
		}
		n, value, _ := bytes.Cut(line, []byte(":"))
		if name = strings.ToLower(string(n)); name == "authentication-results" {
			all = append(all, string(value))
		}
	}
	said := strings.ToLower(strings.Join(all[:min(3, len(all))], " "))
	out := "mx.research-hospital.example"
	for _, k := range []string{"spf", "dkim", "dmarc"} {
		v := "none"
		if m := verdict[k].FindStringSubmatch(said); m != nil {
			v = m[1]
		}
		out += fmt.Sprintf("; %s=%s", k, v)
	}
	return out
}
