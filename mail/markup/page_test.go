package markup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/mail"
)

func parsed(html string) *Page { return Parse([]mail.Text{{HTML: true, Content: html}}) }

// SEEN stands where a reader sees it in a browser, GONE where not. Each line is
// a way to hide, or one in which a simple reader is led astray.
func TestVisible(t *testing.T) {
	for _, c := range []struct{ name, html string }{
		{"display", `<div style="display:none">GONE</div><p>SEEN`},
		{"display, case and space", `<div STYLE="Display : NONE ! important">GONE</div>SEEN`},
		{"nested in hidden", `<div style="display:none"><b style="display:block;color:red">GONE</b></div>SEEN`},
		{"visibility", `<div style="visibility:hidden">GONE<b style="visibility:visible">SEEN</b></div>`},
		{"size 0", `<div style="font-size:0">GONE<span style="font-size:14px">SEEN</span></div>`},
		{"size 1px", `<span style="font-size:1px">GONE</span>SEEN`},
		{"size in em of 1px", `<span style="font-size:1px"><i style="font-size:1.5em">GONE</i></span>SEEN`},
		{"font shorthand", `<span style="font:0/0 a">GONE</span><span style="font:bold 13px/1.4 Arial">SEEN</span>`},
		{"opacity", `<span style="opacity:0">GONE<b style="opacity:1">GONE</b></span>SEEN`},
		{"white on white", `<font color="#ffffff">GONE</font>SEEN`},
		{"nearly white on white", `<span style="color:#FDFDFD">GONE</span>SEEN`},
		{"white on black", `<table bgcolor=black><tr><td><font color=white>SEEN</font></td></tr></table>`},
		{"black on black", `<div style="background:#000"><p style="color:rgb(0,0,0)">GONE</p><p style="color:#fff">SEEN</p></div>`},
		{"white on a picture", `<td background="x.jpg"><font color=white>SEEN</font></td>`},
		{"white on a gradient", `<div style="background:linear-gradient(#111,#222)"><font color=white>SEEN</font></div>`},
		{"transparent", `<span style="color:transparent">GONE</span><span style="color:rgba(0,0,0,.0)">GONE</span>SEEN`},
		{"flat", `<div style="max-height:0;overflow:hidden">GONE</div><div style="max-height:0">SEEN</div>`},
		{"narrow", `<div style="width:0px;overflow:hidden">GONE</div>SEEN`},
		{"off screen", `<div style="position:absolute;left:-9999px">GONE</div>SEEN`},
		{"indented", `<div style="text-indent:-9999px">GONE</div>SEEN`},
		{"clipped", `<div style="position:absolute;clip:rect(0,0,0,0)">GONE</div>SEEN`},
		{"attribute", `<div hidden>GONE</div>SEEN`},
		{"title and comment", `<title>GONE</title><!-- GONE -->SEEN`},
		{"script and style", `<script>var a="GONE"</script><style>.GONE{}</style>SEEN`},
		{"class", `<style>.x{display:none}</style><p class="y x">GONE</p>SEEN`},
		{"class, rule below", `<p class="x">GONE</p>SEEN<style>.x{display:none}</style>`},
		{"id and tag", `<style>#a,h6{display:none}</style><p id=a>GONE</p><h6>GONE</h6>SEEN`},
		{"inline over class", `<style>.x{display:none}</style><p class=x style="display:block">SEEN`},
		{"important over inline", `<style>.x{display:none!important}</style><p class=x style="display:block">GONE</p>SEEN`},
		{"rule in a comment is none", `<!-- <style>.x{display:none}</style> --><p class=x>SEEN`},
		{"media query is not for all", `<style>@media (max-width:600px){.x{display:none}}</style><p class=x>SEEN`},
		{"css comment and escape", `<div style="dis/**/play:none;d\69 splay:none">GONE</div>SEEN`},
		{"semicolon in url", `<div style="background:url(data:image/png;base64,AA==);color:#fff">SEEN</div>`},
		{"misnested end", `<p><div style="display:none"></p>GONE</div>SEEN`},
		{"end tag across a table", `<div style="display:none"><table><tr><td></div>GONE</td></tr></table></div>SEEN`},
		{"inline end across a block", `<span style="display:none"><div></span>GONE</div></span>SEEN`},
		{"formatting goes on", `<div><font style="display:none"></div>GONE</font>SEEN`},
		{"formatting ends alone", `<font color=white><div></font>SEEN</div>`},
		{"paragraph ends by a block", `<p style="display:none">GONE<div>SEEN</div>`},
		{"cell ends by a cell", `<table><tr><td style="display:none">GONE<td>SEEN</table>`},
		{"text in a hidden table", `<table style="display:none"><tr>SEEN<td>GONE</td></tr></table>`},
		{"self-closing is not", `<div style="display:none"/>GONE</div>SEEN`},
		{"link has its own colour", `<div style="color:#fff"><a href="https://a.example">SEEN</a></div>`},
		{"end of unknown tags", `<o:p style="display:none">GONE</o:p>SEEN`},
		{"second body", `<div style="display:none"><body>GONE</div>SEEN`},
		{"head is ended by a block", `<head><div>SEEN</div></head>`},
		{"mso-hide alone is shown by others", `<div style="mso-hide:all">SEEN</div>`},
		{"plaintext", `<p>SEEN<plaintext>SEEN</p>`},
		{"template", `<template>GONE</template>SEEN`},
		{"unclosed tag at the end", `SEEN<div style="display:none`},
	} {
		p := parsed(c.html)
		if strings.Contains(p.Visible, "GONE") || !strings.Contains(p.Visible, "SEEN") {
			t.Errorf("%s: %s\nvisible %q\nhidden %q", c.name, c.html, p.Visible, p.Hidden)
		}
	}
}

func TestTextIsFolded(t *testing.T) {
	p := parsed("<p>pass\u200bword&nbsp; &#118;erify\u00ad</p><p>a<b>b</b> c<br>d</p>")
	if p.Visible != "password verify\nab c\nd" {
		t.Errorf("visible %q", p.Visible)
	}
	if p.ZeroWidth != 2 || p.Words != 5 {
		t.Errorf("zero width %d, words %d", p.ZeroWidth, p.Words)
	}
}

func TestPlainBesideHTML(t *testing.T) {
	a, b := strings.Repeat("our clinic will be closed for the holiday and opens again on monday ", 3), ""
	for i := range 40 {
		b += fmt.Sprintf("word%d ", i)
	}
	p := Parse([]mail.Text{{Content: a + " and some words more for this text to have twenty different ones in it"}, {HTML: true, Content: "<p>" + b}})
	if p.Diverges < 0.95 || p.Plain == "" || !strings.HasPrefix(p.Visible, "word0") {
		t.Errorf("diverges %.2f, plain %q", p.Diverges, p.Plain)
	}
	p = Parse([]mail.Text{{Content: b}, {HTML: true, Content: "<p>" + b}})
	if p.Diverges != 0 {
		t.Errorf("the same diverges by %.2f", p.Diverges)
	}
}

func TestOwn(t *testing.T) {
	for _, c := range []struct {
		text string
		html bool
	}{
		{"MINE\n\nOn Mon, 2 Nov 2020 at 10:00, A B <a@b.example> wrote:\n> THEIRS", false},
		{"MINE\n\nOn Mon, 2 Nov 2020 at 10:00, A B\n<a@b.example> wrote:\nTHEIRS", false},
		{"MINE\nLe lun. 2 nov. 2020 à 10:00, A B <a@b.example> a écrit :\nTHEIRS", false},
		{"MINE\nAm 02.11.2020 um 10:00 schrieb A B:\n> THEIRS\n", false},
		{"MINE\nAm Mo., 2. Nov. 2020 um 10:00 Uhr schrieb A <a@b.example>:\nTHEIRS\n", false},
		{"MINE\nEl lun, 2 nov 2020 a las 10:00, A (<a@b.example>) escribió:\nTHEIRS", false},
		{"MINE\nEm seg., 2 de nov. de 2020 às 10:00, A <a@b.example> escreveu:\nTHEIRS", false},
		{"MINE\n2020년 11월 2일 (월) 오전 10:00, A <a@b.example>님이 작성:\nTHEIRS", false},
		{"MINE\n-----Original Message-----\nFrom: A\nTHEIRS", false},
		{"MINE\n-----Ursprüngliche Nachricht-----\nTHEIRS", false},
		{"MINE\nVon: A\nGesendet: Montag\nAn: B\nBetreff: C\nTHEIRS", false},
		{"MINE\n보낸 사람: A\n보낸 날짜: 2020\n받는 사람: B\n제목: C\nTHEIRS", false},
		{`<div>MINE</div><div class="gmail_quote"><div class="gmail_attr">On x</div>THEIRS</div>`, true},
		{`<div>MINE</div><blockquote type=cite>THEIRS</blockquote>`, true},
		{`<div>MINE</div><div id="divRplyFwdMsg"><b>From:</b> A</div><div>THEIRS</div>`, true},
	} {
		p := Parse([]mail.Text{{Content: c.text, HTML: c.html}})
		if strings.TrimSpace(p.Own) != "MINE" || !p.Quoted || !strings.Contains(p.Visible, "THEIRS") {
			t.Errorf("%q\nown %q quoted %v", c.text, p.Own, p.Quoted)
		}
	}
	// A mail that is all quotation is judged by what it quotes.
	if p := parsed(`<blockquote>ALL</blockquote>`); p.Own != "ALL" {
		t.Errorf("own %q", p.Own)
	}
	// A forwarded mail without a word of one's own is what was forwarded, without its header.
	if p := Parse([]mail.Text{{Content: "De: A\nEnviado: 1 de maio\nPara: B\nAssunto: C\n\nALL of it"}}); p.Own != "ALL of it" || !p.Quoted {
		t.Errorf("own %q", p.Own)
	}
	// "From" in a sentence begins nothing.
	if p := Parse([]mail.Text{{Content: "From: the ward\nwe see that\nall is well"}}); p.Quoted {
		t.Error("no quotation")
	}
}

func TestActiveContent(t *testing.T) {
	p := parsed(`<base href="https://base.example/x/y"><meta http-equiv=refresh content="0; url='https://go.example/'">
<form action="post.php"><input type=email name=user><input type=password></form><input name=passwd>
<a download=a.iso href="data:application/zip;base64,AAAA">get</a><a href="rel">r</a>
<script>var b=new Blob([atob(x)]);u=URL.createObjectURL(b)</script><svg onload="f()"></svg>
<img src="cid:logo1" alt="World Health Organization"><img src="https://t.example/p.gif" width=1 height=1>`)
	if p.MetaRefresh != "https://go.example/" || p.Base == "" || !p.Scripts || p.DataURIs != 1 {
		t.Errorf("%+v", p)
	}
	if got := strings.Join(p.Smuggling, ","); got != "Blob,atob,createObjectURL,data URI,download attribute" {
		t.Errorf("smuggling %s", got)
	}
	if len(p.Forms) != 2 || !p.Forms[0].Password || !p.Forms[0].Email || !p.Forms[1].Password || p.Forms[0].Action != "post.php" {
		t.Errorf("forms %+v", p.Forms)
	}
	if len(p.Images) != 2 || p.Images[0].CID != "logo1" || !p.Images[1].Pixel || !p.Images[1].Remote || !p.ImageOnly {
		t.Errorf("images %+v only %v", p.Images, p.ImageOnly)
	}
	var hosts []string
	for _, l := range p.Links {
		hosts = append(hosts, l.Host)
	}
	if got := strings.Join(hosts, " "); got != "go.example base.example  base.example" {
		t.Errorf("hosts %q", got)
	}
}

func TestMSOComments(t *testing.T) {
	p := parsed(`<!--[if mso]><v:roundrect href="https://mso.example/a"><center>Open</center></v:roundrect><![endif]--><![if !mso]><a href="https://web.example/">Open</a><![endif]>`)
	if len(p.Links) != 2 || p.Links[0].Area != InOutlook || p.Links[1].Text != "Open" {
		t.Errorf("%+v", p.Links)
	}
}

// Depth, unclosed tags and floods take time in proportion to their length.
func TestHostile(t *testing.T) {
	const n = 100_000
	for name, s := range map[string]string{
		"tables":     strings.Repeat("<table><tr><td>", n) + "deep",
		"divs":       strings.Repeat("<div>", n) + "deep" + strings.Repeat("</div>", n),
		"formatting": strings.Repeat("<b style='color:red'><i>", n) + "deep" + strings.Repeat("</b></p>", n),
		"ends":       strings.Repeat("<p><font color=red>", 500) + strings.Repeat("</b></x></p></font>", n),
		"anchors":    strings.Repeat("<a href=x>y", n),
		"attributes": "<p " + strings.Repeat("class=x ", n) + ">deep",
		"brackets":   strings.Repeat("<", 10*n),
		"quotes":     strings.Repeat(`<a href="`, n),
		"entities":   strings.Repeat("&#x26;&amp", n),
		"rules":      "<style>" + strings.Repeat(".a,.b{color:red}", n) + "</style>deep",
		"braces":     "<style>" + strings.Repeat("{", 5*n) + "</style>deep",
		"styles":     "<p style='" + strings.Repeat("a:b;", n) + "'>deep",
		"comments":   strings.Repeat("<!--[if mso]><a href=x>", n),
		"late":       strings.Repeat("a<style>.x{color:red}</style>", n),
		"unnamed":    strings.Repeat("<x-a>", n) + strings.Repeat("</x-a></x-b>", n),
		"css":        strings.Repeat("<p style='/*'>", n),
		"ats":        strings.Repeat("www.a@b.c@", n),
		"digits":     strings.Repeat("1 2 ", n),
		"brackets2":  strings.Repeat("[.]", n) + strings.Repeat("[.] ", n),
	} {
		start := time.Now()
		p := parsed(s)
		Parse([]mail.Text{{Content: s}})
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("%s: %v for %d KB", name, d, len(s)>>10)
		} else if testing.Verbose() {
			t.Logf("%s: %v for %d KB", name, d, len(s)>>10)
		}
		if len(p.Visible) > MaxVisible || len(p.Hidden) > MaxHidden || len(p.Links) > MaxLinks {
			t.Errorf("%s: beyond the bounds", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`<style>.x{display:none}</style><div class=x><p>a</div><table><tr>b<td>c</table>`, "text https://a.example")
	f.Add(`<a href="https://www.google.com/url?q=https%3A%2F%2Fx.example">www.y.example</a><!--[if mso]><a href=x>`, "> quoted\nOn 1 Jan, A wrote:\n")
	f.Add(`<form><input type=password><font style="font:0/0 a" color=#fff><img src=cid:x>`, "hxxps://x[.]example 0x7f.1")
	f.Fuzz(func(t *testing.T, html, plain string) {
		p := Parse([]mail.Text{{HTML: true, Content: html}, {Content: plain}})
		if len(p.Visible) > MaxVisible || len(p.Hidden) > MaxHidden {
			t.Fatal("beyond the bounds")
		}
		for _, l := range p.Links {
			l.Mismatch()
			l.Names([]string{"a@b.example"})
			PathShape(l.URL)
		}
		Simhash(p.Visible)
		if e := Excerpt(p.Visible, []string{"jane.doe@clinic.example"}); len(e) > MaxExcerpt {
			t.Fatal("excerpt too long")
		}
		// Whatever stands around it, a hidden block that is closed properly stays
		// hidden, if no raw text or comment is open before it.
		if !strings.ContainsAny(html, "<>\x00&") {
			q := parsed("<div>" + html + `<div style="display:none">QZXJGONE<b>QZXJGONE</b></div>` + html + "</div>")
			if strings.Contains(q.Visible, "QZXJGONE") {
				t.Fatalf("seen: %q", q.Visible)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	var s strings.Builder
	s.WriteString(`<html><head><style>.btn{color:#fff;background:#06c}.x{display:none}</style></head><body bgcolor="#f4f4f4">`)
	for i := range 200 {
		fmt.Fprintf(&s, `<table width="600" cellpadding="0" cellspacing="0" border="0"><tr><td align="left" style="font-family:Arial,sans-serif;font-size:14px;color:#333333;padding:10px 20px">
<p style="margin:0 0 10px">Dear colleague, the ward meeting number %d takes place on Monday; please bring the figures of last week with you.</p>
<a class="btn" href="https://intranet.example/meeting?id=%d" style="text-decoration:none">Open the agenda</a></td></tr></table>`, i, i)
	}
	texts := []mail.Text{{HTML: true, Content: s.String()}}
	b.SetBytes(int64(s.Len()))
	b.ReportAllocs()
	for b.Loop() {
		Parse(texts)
	}
}
