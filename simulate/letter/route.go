package letter

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// route is how a mail came to its receiver.
type route uint8

const (
	viaPostfix route = iota
	viaFreemail
	viaM365
	viaESP
	viaBot
	viaList
	viaInternal
)

// address4 is one of 240.0.0.0/4, which is reserved (RFC 1112 §4).
func address4(r *rand.Rand) string {
	return fmt.Sprintf("%d.%d.%d.%d", 240+r.IntN(15), r.IntN(256), r.IntN(256), 1+r.IntN(254))
}

// trace writes what servers put above a mail, top first.
func (l *Letter) trace(b *bytes.Buffer, body string) {
	r, form := l.r, senders[l.Sender]
	mx := "mx." + l.scene.Org.Domain
	_, domain, _ := strings.Cut(l.From.Email, "@")
	envelope, host := l.From.Email, "mail."+domain
	signed := domain
	switch form.route {
	case viaFreemail:
		host = fmt.Sprintf("mail-%s-f%d.%s", letters(r, 2), 10+r.IntN(200), domain)
	case viaM365:
		host = fmt.Sprintf("mail-%s0%d.outbound.protection.outlook.com", letters(r, 6), 1+r.IntN(9))
	case viaESP:
		esp := pick(r, []string{"mailer.example", "sendpost.example", "campaigns.example", "mta-cloud.example"})
		host = fmt.Sprintf("o%d.ptr%d.%s", r.IntN(99), r.IntN(9999), esp)
		envelope = fmt.Sprintf("bounces+%d-%s-%s@%s", r.IntN(1e6), letters(r, 4), strings.ReplaceAll(strings.ToLower(l.scene.To.Email), "@", "="), "em"+fmt.Sprint(r.IntN(9999))+"."+domain)
	case viaBot:
		host = pick(r, []string{domain, "vps-" + hexes(r, 8) + ".hosting.example", "server." + business(r) + ".example", "localhost"})
		if form.auth == spoofs || r.IntN(2) == 0 {
			envelope = "www-data@" + strings.ToLower(letters(r, 6)) + ".hosting.example"
		}
	case viaList:
		host, envelope, signed = "lists.example", l.list+"-bounces@lists.example", "lists.example"
	case viaInternal:
		host = "exchange." + l.scene.Org.Domain
	}
	if strings.HasPrefix(l.From.Email, "MAILER-DAEMON") {
		envelope = ""
	}
	ip, at := address4(r), l.Time.Add(time.Duration(2+r.IntN(40))*time.Second)
	stamp := func(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700") }
	fmt.Fprintf(b, "Return-Path: <%s>\nDelivered-To: %s\n", envelope, l.scene.To.Email)
	if form.route == viaInternal {
		ip = fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), 1+r.IntN(254))
		fmt.Fprintf(b, "Received: from %s (%s) by %s\n with Microsoft SMTP Server (version=TLS1_2) id 15.20.%d.%d; %s\n", host, ip, mx, 6000+r.IntN(2000), r.IntN(99), stamp(at))
		fmt.Fprintf(b, "Authentication-Results: %s; spf=pass smtp.mailfrom=%s;\n dkim=none; dmarc=pass header.from=%s\n", mx, domain, domain)
		return
	}
	fmt.Fprintf(b, "Received: from %s (%s [%s])\n by %s (Postfix) with ESMTPS id %s\n for <%s>; %s\n", host, host, ip, mx, strings.ToUpper(token(r, 10)), l.scene.To.Email, stamp(at))
	if form.route != viaBot {
		fmt.Fprintf(b, "Received: from [%s] (unknown [%s])\n by %s with ESMTPSA id %s;\n %s\n", address4(r), address4(r), host, token(r, 14), stamp(l.Time.Add(time.Second)))
	}
	_, from, _ := strings.Cut(envelope, "@")
	dkim := form.auth.dkim
	if dkim == "pass" {
		fmt.Fprintf(b, "Authentication-Results: %s; spf=%s smtp.mailfrom=%s;\n dkim=pass header.d=%s header.s=%s;\n dmarc=%s header.from=%s\n", mx, form.auth.spf, from, signed, selector(signed), form.auth.dmarc, domain)
		fmt.Fprintf(b, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=%s;\n t=%d; h=from:to:subject:date:message-id;\n bh=%s;\n b=%s\n %s==\n", signed, selector(signed), l.Time.Unix(), bodyHash(body), token(r, 70), token(r, 70))
	} else {
		fmt.Fprintf(b, "Authentication-Results: %s; spf=%s smtp.mailfrom=%s;\n dkim=none; dmarc=%s header.from=%s\n", mx, form.auth.spf, from, form.auth.dmarc, domain)
	}
	if l.list != "" {
		fmt.Fprintf(b, "List-Id: <%s.lists.example>\nList-Post: <mailto:%s@lists.example>\nList-Unsubscribe: <mailto:%s-request@lists.example>\nPrecedence: list\n", l.list, l.list, l.list)
	}
}

func selector(domain string) string {
	return []string{"s1", "selector1", "k1", "20230601", "mail", "default"}[len(domain)%6]
}

// software writes the lines that name a program.
func (l *Letter) software(field func(name, value string)) {
	r := l.r
	switch senders[l.Sender].route {
	case viaESP:
		if l.Form == "news" || l.Form == "heavy" || r.IntN(2) == 0 {
			_, d, _ := strings.Cut(l.From.Email, "@")
			field("List-Unsubscribe", fmt.Sprintf("<mailto:unsubscribe-%s@%s>", hexes(r, 10), d))
			field("Feedback-ID", fmt.Sprintf("%d:%d:%s", r.IntN(1e6), r.IntN(1e4), letters(r, 5)))
		}
	case viaBot:
		field("X-Mailer", pick(r, []string{"", "", "PHPMailer 6.5.1 (https://github.com/PHPMailer/PHPMailer)", "Microsoft Outlook 16.0", "Leaf PHPMailer 2.8", "iPhone Mail (20F66)"}))
		field("X-Priority", pick(r, []string{"", "", "1 (Highest)", "3"}))
	case viaList:
		field("User-Agent", pick(r, []string{"", "Mozilla Thunderbird", "Mutt/2.2.9 (2022-11-12)", "Evolution 3.46.4", "K-9 Mail for Android"}))
		if strings.HasPrefix(l.Subject, "[PATCH") {
			field("X-Mailer", "git-send-email 2."+fmt.Sprint(30+r.IntN(15))+".1")
		}
	case viaM365, viaInternal:
		if r.IntN(2) == 0 {
			field("Thread-Topic", ascii7(strings.ToLower(l.Subject)))
			field("Accept-Language", pick(r, []string{"en-US", "en-GB", "fr-FR", "de-DE"}))
		}
	case viaPostfix:
		field("User-Agent", pick(r, []string{"", "", "Roundcube Webmail/1.6.4", "Mozilla Thunderbird"}))
	}
}

// zone is that of a sender's place, always the same for one sender.
func zone(email string) *time.Location {
	return []*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("", 7200), time.FixedZone("", -5*3600), time.FixedZone("", -8*3600), time.FixedZone("", 9*3600), time.FixedZone("", 19800)}[len(email)%7]
}
