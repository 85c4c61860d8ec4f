package auth

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/mail"
)

// message reads a raw mail as the program does.
func message(raw string) *mail.Message {
	format, _ := mail.Lookup("eml")
	for item, err := range format.Decode(strings.NewReader(raw), mail.Options{}) {
		if err == nil && item.Message != nil {
			return item.Message
		}
	}
	return &mail.Message{Raw: []byte(raw)}
}

const (
	inside  = "Received: from mx.hospital.example (mx.hospital.example [10.0.0.5]) by store.hospital.example with LMTP; Mon, 2 Mar 2026 09:00:02 +0000\n"
	border  = "Received: from evil.example (unknown [192.0.2.66]) by mx.hospital.example (Postfix) with ESMTPS id 1; Mon, 2 Mar 2026 09:00:01 +0000\n"
	outside = "Received: from laptop (localhost [127.0.0.1]) by evil.example; Mon, 2 Mar 2026 09:00:00 +0000\n"
	sender  = "From: WHO <info@who.example>\nSubject: x\n\nHello\n"
)

// Each row is a header that some receiver or some sender wrote.
func TestCheckHeader(t *testing.T) {
	ours := []string{"mx.hospital.example"}
	none := mail.Auth{}
	tests := []struct {
		why    string
		header string
		opt    Options
		want   mail.Auth
		forged int
	}{
		{"nobody is trusted", "Authentication-Results: mx.hospital.example; spf=pass smtp.mailfrom=who.example\n" + border, Options{}, none, 0},
		{"another id", "Authentication-Results: mx.other.example; dmarc=pass header.from=who.example\n" + border, Options{Receivers: ours}, none, 0},
		{"Postfix with OpenDKIM and OpenDMARC", inside +
			"Authentication-Results: mx.hospital.example; dmarc=pass (p=reject dis=none) header.from=who.example\n" +
			"Authentication-Results: mx.hospital.example;\n\tdkim=pass (2048-bit key; unprotected) header.d=who.example header.i=@who.example header.a=rsa-sha256 header.s=s1 header.b=\"AB;dkim=fail=\"\n" + border,
			Options{Receivers: ours},
			mail.Auth{DKIM: mail.AuthPass, DMARC: mail.AuthPass, Aligned: true, By: ours[0], DKIMDomain: "who.example", DKIMSelector: "s1"}, 0},
		{"pattern", "Authentication-Results: mx3.hospital.example; spf=fail smtp.mailfrom=a@b.example\n" + border, Options{Receivers: []string{"*.hospital.example"}},
			mail.Auth{SPF: mail.AuthFail, By: "mx3.hospital.example"}, 0},
		{"the pattern is not the bare suffix", "Authentication-Results: evilhospital.example; spf=pass smtp.mailfrom=who.example\n" + border, Options{Receivers: []string{"*.hospital.example"}}, none, 0},
		{"forged below the border", inside + "Authentication-Results: mx.hospital.example; dmarc=fail header.from=who.example\n" + border +
			"Authentication-Results: mx.hospital.example; dmarc=pass header.from=who.example\n" + outside, Options{Receivers: ours},
			mail.Auth{DMARC: mail.AuthFail, By: ours[0]}, 1},
		{"forged directly below the border, the receiver silent", inside + border + "Authentication-Results: mx.hospital.example; dmarc=pass header.from=who.example\n", Options{Receivers: ours}, none, 1},
		{"forged, and no hop to stand below", "Authentication-Results: mx.hospital.example; spf=fail smtp.mailfrom=x@who.example; dmarc=fail header.from=who.example\n" +
			"X-Other: 1\nAuthentication-Results: mx.hospital.example; dmarc=pass header.from=who.example\n", Options{Receivers: ours},
			mail.Auth{SPF: mail.AuthFail, DMARC: mail.AuthFail, By: ours[0]}, 1},
		{"forged signature, and no hop to stand below", "Authentication-Results: mx.hospital.example; dkim=fail header.d=evil.example\n" +
			"Authentication-Results: mx.hospital.example; dkim=pass header.d=who.example\n", Options{Receivers: ours},
			mail.Auth{DKIM: mail.AuthFail, By: ours[0], DKIMDomain: "evil.example"}, 1},
		{"two filters of one host, one for each signature", "Authentication-Results: mx.hospital.example; dkim=fail header.d=esp.example\n" +
			"Authentication-Results: mx.hospital.example; dkim=pass header.d=who.example\n" + border, Options{Receivers: ours},
			mail.Auth{DKIM: mail.AuthPass, Aligned: true, By: ours[0], DKIMDomain: "who.example"}, 0},
		{"another tenant of Exchange Online", "Authentication-Results: spf=pass smtp.mailfrom=evil.example; dkim=none; dmarc=none header.from=who.example\n" +
			"Received: from EUR01.outbound.protection.outlook.com (2a01:111:f403:200::1) by DB5EUR01FT.mail.protection.outlook.com (10.1.1.1); x\n" +
			"Authentication-Results: spf=pass smtp.mailfrom=who.example; dkim=pass header.d=who.example; arc=none\n" +
			"Received: from evil (2603:10a6:1::9) by B.eurprd05.prod.outlook.com; x\n", Options{Receivers: []string{ExchangeOnline}},
			mail.Auth{SPF: mail.AuthPass, DKIM: mail.AuthNone, DMARC: mail.AuthNone, By: ExchangeOnline}, 1},
		{"a relay inside spoke again below", "Authentication-Results: mx.hospital.example; dkim=fail header.d=evil.example\n" + inside +
			"Authentication-Results: mx.hospital.example; dkim=pass header.d=who.example\n" + border, Options{Receivers: ours},
			mail.Auth{DKIM: mail.AuthFail, By: ours[0], DKIMDomain: "evil.example"}, 1},
		{"own relay in the way", "Received: from gw.hospital.example (gw [198.51.100.7]) by mx2.hospital.example; x\n" +
			"Authentication-Results: mx.hospital.example; spf=softfail smtp.mailfrom=a@who.example\n" + border,
			Options{Receivers: ours, Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}},
			mail.Auth{SPF: mail.AuthSoft, By: ours[0]}, 0},
		{"Exchange Online", "Received: from AM0.eurprd05.prod.outlook.com (2603:10a6:208::16) by DB7.eurprd05.prod.outlook.com with HTTPS; x\n" +
			"Authentication-Results: spf=pass (sender IP is 192.0.2.66)\n smtp.mailfrom=bounce.who.example; dkim=pass (signature was verified)\n header.d=who.example;dmarc=bestguesspass action=none header.from=who.example;compauth=pass\n reason=109\n" +
			"Received-SPF: Pass (protection.outlook.com: domain of bounce.who.example designates\n 192.0.2.66 as permitted sender) receiver=protection.outlook.com; client-ip=192.0.2.66; helo=mx.who.example;\n" +
			"Received: from mx.who.example (192.0.2.66) by DB5EUR01FT.mail.protection.outlook.com (10.152.4.1) with Microsoft SMTP Server; x\n",
			Options{Receivers: []string{ExchangeOnline}},
			mail.Auth{SPF: mail.AuthPass, DKIM: mail.AuthPass, DMARC: mail.AuthNone, Aligned: true, By: ExchangeOnline, DKIMDomain: "who.example"}, 0},
		{"Exchange Online's form is not believed unless configured", "Authentication-Results: spf=pass smtp.mailfrom=who.example; dmarc=pass header.from=who.example\n" + border, Options{Receivers: ours}, none, 0},
		{"Google, which writes below its trace field", "Received: by 2002:a05:6402:1 with SMTP id x; Mon\n" +
			"Return-Path: <a@who.example>\nReceived: from mx.who.example (mx.who.example. [192.0.2.66]) by mx.google.com with ESMTPS id y; Mon\n" +
			"Received-SPF: pass (google.com: domain of a@who.example designates 192.0.2.66 as permitted sender) client-ip=192.0.2.66;\n" +
			"Authentication-Results: mx.google.com;\n dkim=pass header.i=@who.example header.s=20230601 header.b=Ab;\n spf=pass (google.com: domain of a@who.example) smtp.mailfrom=a@who.example;\n dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=who.example\n" +
			"Authentication-Results: mx.google.com; dmarc=fail header.from=who.example\n",
			Options{Receivers: []string{"mx.google.com"}},
			mail.Auth{SPF: mail.AuthPass, DKIM: mail.AuthPass, DMARC: mail.AuthPass, Aligned: true, By: "mx.google.com", DKIMDomain: "who.example", DKIMSelector: "20230601"}, 1},
		{"pass for another domain is no alignment", "Authentication-Results: mx.hospital.example; spf=pass smtp.mailfrom=a@evil.example; dkim=pass header.d=evil.example\n" + border, Options{Receivers: ours},
			mail.Auth{SPF: mail.AuthPass, DKIM: mail.AuthPass, By: ours[0], DKIMDomain: "evil.example"}, 0},
		{"of two signatures the aligned one is named", "Authentication-Results: mx.hospital.example; dkim=pass header.d=esp.example header.s=a; dkim=fail header.d=x.example; dkim=pass header.d=mail.who.example header.s=b\n" + border, Options{Receivers: ours},
			mail.Auth{DKIM: mail.AuthPass, Aligned: true, By: ours[0], DKIMDomain: "mail.who.example", DKIMSelector: "b"}, 0},
		{"DMARC of another sender", "Authentication-Results: mx.hospital.example; dmarc=pass header.from=evil.example\n" + border, Options{Receivers: ours},
			mail.Auth{DMARC: mail.AuthSoft, By: ours[0]}, 0},
		{"Received-SPF of ours", "Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.66; helo=h; envelope-from=\"x@who.example\"; receiver=mx.hospital.example\n" + border, Options{Receivers: ours},
			mail.Auth{SPF: mail.AuthPass, Aligned: true, By: ours[0]}, 0},
		{"Received-SPF of nobody", "Received-SPF: pass envelope-from=x@who.example\n" + border, Options{Receivers: append(ours, ExchangeOnline)}, none, 0},
		{"ARC from a list that is trusted", "Authentication-Results: mx.hospital.example; dmarc=fail header.from=who.example; arc=pass\nARC-Seal: i=2; d=hospital.example\n" + border + "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=lists.example; s=x; b=x\n" +
			"ARC-Authentication-Results: i=1; lists.example; dmarc=pass header.from=who.example\n", Options{Receivers: ours, Sealers: []string{"lists.example"}},
			mail.Auth{DMARC: mail.AuthPass, ARC: mail.AuthPass, Aligned: true, By: "arc:lists.example"}, 0},
		{"ARC from anybody", "Authentication-Results: mx.hospital.example; dmarc=fail header.from=who.example; arc=pass\n" + border + "ARC-Seal: i=1; d=evil.example\n" +
			"ARC-Authentication-Results: i=1; lists.example; dmarc=pass header.from=who.example\n", Options{Receivers: ours, Sealers: []string{"lists.example"}},
			mail.Auth{DMARC: mail.AuthFail, ARC: mail.AuthPass, By: ours[0]}, 0},
		{"ARC of a list, taken from another mail and sealed again", "Authentication-Results: mx.hospital.example; dmarc=fail header.from=who.example; arc=pass\n" + border +
			"ARC-Seal: i=1; d=lists.example\nARC-Authentication-Results: i=1; lists.example; dmarc=pass header.from=who.example\n" +
			"ARC-Seal: i=2; d=evil.example\nARC-Authentication-Results: i=2; evil.example; dmarc=pass header.from=who.example\n", Options{Receivers: ours, Sealers: []string{"lists.example"}},
			mail.Auth{DMARC: mail.AuthFail, ARC: mail.AuthPass, By: ours[0]}, 0},
		{"ARC that the receiver did not verify", "Authentication-Results: mx.hospital.example; dmarc=fail header.from=who.example\n" + border + "ARC-Seal: i=1; d=lists.example\n" +
			"ARC-Authentication-Results: i=1; lists.example; arc=pass; dmarc=pass header.from=who.example\n", Options{Receivers: ours, Sealers: []string{"lists.example"}},
			mail.Auth{DMARC: mail.AuthFail, By: ours[0]}, 0},
	}
	for _, tt := range tests {
		got := Check(message(tt.header+sender), tt.opt)
		if diff := cmp.Diff(tt.want, got.Auth); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, diff)
		}
		if len(got.Forged) != tt.forged {
			t.Errorf("%s: %d forged: %q", tt.why, len(got.Forged), got.Forged)
		}
	}
}

// Two senders: whichever the receiver checked, the other one may be shown.
func TestCheckTwoSenders(t *testing.T) {
	m := message("Authentication-Results: mx.hospital.example; dmarc=pass header.from=who.example\nFrom: a@who.example, b@evil.example\n\n")
	if got := Check(m, Options{Receivers: []string{"mx.hospital.example"}}); got.Auth.Aligned {
		t.Error("aligned")
	}
}

func TestCheckRecord(t *testing.T) {
	m := &mail.Message{
		From: []mail.Address{{Email: "a@who.example"}}, ReturnPath: "b@bounce.who.example",
		Verdicts: []mail.Field{{Name: "SPF", Value: "pass"}, {Name: "DKIM", Value: "none"}, {Name: "DMARC", Value: "bestguesspass"}, {Name: "CompAuth", Value: "pass"}, {Name: "ThreatTypes", Value: "Phish"}},
	}
	want := mail.Auth{SPF: mail.AuthPass, DKIM: mail.AuthNone, DMARC: mail.AuthNone, Aligned: true, By: "record"}
	if diff := cmp.Diff(want, Check(m, Options{}).Auth); diff != "" {
		t.Error(diff)
	}
}

// The examples of RFC 8601 appendix B, and what people write to be misread.
func TestParseResults(t *testing.T) {
	type results = []statement
	p := func(kv ...string) (props []prop) {
		for i := 0; i < len(kv); i += 2 {
			props = append(props, prop{kv[i], kv[i+1]})
		}
		return props
	}
	tests := []struct {
		in, id string
		want   results
	}{
		{"example.org 1; none", "example.org", nil},
		{"example.com;\n spf=pass smtp.mailfrom=example.net", "example.com", results{{"spf", "pass", p("smtp.mailfrom", "example.net")}}},
		{"example.com;\n auth=pass (cram-md5) smtp.auth=sender@example.net;\n spf=pass smtp.mailfrom=example.net", "example.com",
			results{{"auth", "pass", p("smtp.auth", "sender@example.net")}, {"spf", "pass", p("smtp.mailfrom", "example.net")}}},
		{"example.com; dkim=pass reason=\"good signature\"\n header.i=@mail-router.example.net; dkim=fail reason=\"bad signature\" header.i=@newyork.example.com", "example.com",
			results{{"dkim", "pass", p("reason", "good signature", "header.i", "@mail-router.example.net")}, {"dkim", "fail", p("reason", "bad signature", "header.i", "@newyork.example.com")}}},
		{"foo.example.net (foobar) 1 (baz);\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\n policy (A dot can go here) . (like that) expired\n (this surprised me) = (as I wasn't expecting it) 1362471462", "foo.example.net",
			nil}, // see below
		{"EXAMPLE.com.; SPF=Pass", "example.com", results{{"spf", "pass", nil}}},
		{"example.com; x=y; (dmarc=pass); \"dmarc=pass\"; spf=(pass)fail", "example.com", results{{"x", "y", nil}, {"spf", "fail", nil}}},
		{`example.com; spf=fail smtp.mailfrom="a;dmarc=pass"@evil.example`, "example.com", results{{"spf", "fail", p("smtp.mailfrom", "a;dmarc=pass@evil.example")}}},
		{"example.com; spf=fail (unclosed; dmarc=pass", "example.com", results{{"spf", "fail", nil}}},
		{`example.com; spf=fail (\) ; dmarc=pass (x))`, "example.com", results{{"spf", "fail", nil}}},
		{`example.com; spf=fail reason="unclosed; dmarc=pass`, "example.com", results{{"spf", "fail", p("reason", "unclosed; dmarc=pass")}}},
		{"example.com; spf=pass smtp.mailfrom=bounce+a=b.example@esp.example", "example.com", results{{"spf", "pass", p("smtp.mailfrom", "bounce+a=b.example@esp.example")}}},
		{"example.com spf=pass", "example.com", nil},
		{"", "", nil},
		{"spf=pass smtp.mailfrom=a.example", "", results{{"spf", "pass", p("smtp.mailfrom", "a.example")}}},
		{";;;;", "", nil},
	}
	for _, tt := range tests {
		got := parseResults(tt.in)
		if strings.Contains(tt.in, "surprised") {
			if got.id != tt.id || len(got.results) > 1 || len(got.results) == 1 && got.results[0].result == "pass" {
				t.Errorf("%q: %v", tt.in, got)
			}
			continue
		}
		if got.id != tt.id || !cmp.Equal(tt.want, got.results, cmp.AllowUnexported(statement{}, prop{})) {
			t.Errorf("%q:\n got %q %v\nwant %q %v", tt.in, got.id, got.results, tt.id, tt.want)
		}
	}
}

// A header that is nothing but statements must not take long, nor much room.
func TestCheckFlood(t *testing.T) {
	var b strings.Builder
	for range 2000 {
		b.WriteString("Authentication-Results: mx.hospital.example; " + strings.Repeat("dkim=pass header.d=((; ", 100) + "\n")
	}
	got := Check(message(b.String()+sender), Options{Receivers: []string{"mx.hospital.example"}})
	if len(got.Trail) > maxTrail || len(got.Forged) > maxForged {
		t.Errorf("%d and %d", len(got.Trail), len(got.Forged))
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Authentication-Results: mx.hospital.example; spf=pass (x) smtp.mailfrom=\"a\"@b\nARC-Seal: i=1; d=l\nARC-Authentication-Results: i=1; x; dmarc=pass\n" + border + sender)
	f.Add("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=a; s=b; h=from; l=3; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AA==\n" + sender)
	f.Add("Received-SPF: pass (google.com: domain of x) receiver=y; helo=\nReceived: from [::1%x] by")
	rec, err := ParseRecorded(strings.NewReader("b._domainkey.a TXT \"v=DKIM1; p=MFww\"\n_dmarc.who.example TXT \"v=DMARC1; p=none\"\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		m := message(raw)
		Check(m, Options{})
		got := Check(m, Options{Receivers: []string{"mx.hospital.example", ExchangeOnline, "*.example"}, Sealers: []string{"l"}, Resolver: rec})
		if len(got.Trail) > maxTrail || len(got.Forged) > maxForged {
			t.Error("unbounded")
		}
		if none := Check(m, Options{}).Auth; none.SPF|none.DKIM|none.DMARC|none.ARC != 0 || none.Aligned {
			t.Errorf("somebody was believed: %+v", none)
		}
	})
}

func FuzzParseRecorded(f *testing.F) {
	f.Add("a. TXT \"x\"\na. A 192.0.2.1\na AAAA -\na. MX 5 b.\n; x\n")
	f.Fuzz(func(t *testing.T, in string) {
		rec, err := ParseRecorded(strings.NewReader(in))
		if err != nil {
			return
		}
		var out strings.Builder
		rec.WriteTo(&out)
		again, err := ParseRecorded(strings.NewReader(out.String()))
		if err != nil || len(again.answers) != len(rec.answers) {
			t.Errorf("%q became %q: %v", in, out.String(), err)
		}
	})
}
