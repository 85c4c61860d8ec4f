package markup

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// Where a browser goes, whatever the link looks like.
func TestHosts(t *testing.T) {
	for _, c := range []struct{ href, host, domain, marks string }{
		{"https://www.who.int/a", "www.who.int", "who.int", ""},
		{"HTTPS://WWW.Example.COM.:443/", "www.example.com", "example.com", ""},
		{"https://a.b.co.uk:8443/", "a.b.co.uk", "b.co.uk", "port"},
		{"https://paypal.com@evil.example/x", "evil.example", "evil.example", "user"},
		{"https://paypal.com%2f@evil.example", "evil.example", "evil.example", "user"},
		{"ht\ntps:/\t/evil.example", "evil.example", "evil.example", ""},
		{`https:\\evil.example\a@b`, "evil.example", "evil.example", ""},
		{"https:evil.example/x", "evil.example", "evil.example", ""},
		{"https:////evil.example/x", "evil.example", "evil.example", ""},
		{"//evil.example/x", "evil.example", "evil.example", ""},
		{"http://3232235777/", "192.168.1.1", "192.168.1.1", "address odd"},
		{"http://0xC0.0xA8.1.1/", "192.168.1.1", "192.168.1.1", "address odd"},
		{"http://0300.0250.0001.0001/", "192.168.1.1", "192.168.1.1", "address odd"},
		{"http://192.168.257/", "192.168.1.1", "192.168.1.1", "address odd"},
		{"http://192.168.1.1/", "192.168.1.1", "192.168.1.1", "address"},
		{"http://[::ffff:192.168.1.1]/", "192.168.1.1", "192.168.1.1", "address"},
		{"http://ev%69l.example/", "evil.example", "evil.example", "odd"},
		{"https://раураl.example/", "xn--l-7sba6dbr.example", "xn--l-7sba6dbr.example", "puny"},
		{"https://BÜCHER.example/", "xn--bcher-kva.example", "xn--bcher-kva.example", "puny"},
		{"https://ｅｖｉｌ.example/", "evil.example", "evil.example", ""},
		{"https://evil。example/", "evil.example", "evil.example", ""},
		{"https://x.github.io/", "x.github.io", "x.github.io", ""},
		{" \u200bhttps://evil.example", "evil.example", "evil.example", ""},
		{"javascript:alert(1)", "", "", ""},
		{"data:text/html,<b>", "", "", ""},
		{"http://", "", "", ""},
		{"http://[::1", "", "", ""},
	} {
		l := Link{Href: clean(c.href)}
		l.resolve("")
		var marks []string
		for _, m := range []struct {
			on   bool
			name string
		}{{l.Port != "", "port"}, {l.UserInfo, "user"}, {l.Address, "address"}, {l.Odd, "odd"}, {l.Punycode, "puny"}} {
			if m.on {
				marks = append(marks, m.name)
			}
		}
		if l.Host != c.host || l.Domain != c.domain || strings.Join(marks, " ") != c.marks {
			t.Errorf("%q: host %q domain %q marks %q, want %+v", c.href, l.Host, l.Domain, marks, c)
		}
	}
}

func TestBase(t *testing.T) {
	for _, c := range []struct{ href, url string }{
		{"x", "https://evil.example/a/x"}, {"/x", "https://evil.example/x"}, {"//other.example/x", "https://other.example/x"}, {`\\other.example`, "https://other.example"},
		{"https://third.example", "https://third.example"},
	} {
		l := Link{Href: c.href}
		if l.resolve("https://evil.example/a/b"); l.URL != c.url {
			t.Errorf("%q: %q, want %q", c.href, l.URL, c.url)
		}
	}
}

// testdata/unwrap.txt: a wrapped URL, what is inside, and by whom, one a line.
func TestUnwrap(t *testing.T) {
	if _, err := readRedirectors(redirectorList); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/unwrap.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		line := s.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		c := strings.Fields(line)
		got, ways := unwrapAll(c[0])
		var names []string
		for _, w := range ways {
			names = append(names, w.Name)
		}
		by := strings.Join(names, ",")
		if by == "" {
			by = "-"
		}
		if got != c[1] || by != c[2] {
			t.Errorf("%s\ngot  %s %s\nwant %s %s", c[0], got, by, c[1], c[2])
		}
	}
}

func TestMismatch(t *testing.T) {
	for _, c := range []struct {
		href, text string
		want       bool
	}{
		{"https://evil.example/x", "https://www.who.int/news", true},
		{"https://evil.example/x", "www.who.int", true},
		{"https://evil.example/x", "who.int", true},
		{"https://evil.example/x", "Visit www.who.int now", true},
		{"https://apps.who.int/x", "www.who.int", false},
		{"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.who.int%2Fa&data=1", "www.who.int", false},
		{"https://evil.example/x", "click here", false},
		{"https://evil.example/x", "report.zip", false},
		{"https://evil.example/x", "Node.js and ASP.NET", false},
		{"https://evil.example/x", "version 1.2", false},
		{"mailto:a@evil.example", "a@who.int", false},
	} {
		l := Link{Href: c.href, Text: c.text}
		if l.resolve(""); l.Mismatch() != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
}

func TestNames(t *testing.T) {
	const addr = "Jane.Doe@clinic.example"
	low := strings.ToLower(addr)
	for _, c := range []struct {
		href string
		want bool
	}{
		{"https://x.example/?e=" + low, true},
		{"https://x.example/#" + strings.ToUpper(low), true},
		{"https://x.example/?e=jane.doe%40clinic.example", true},
		{"https://x.example/#" + base64.StdEncoding.EncodeToString([]byte(addr)), true},
		{"https://x.example/?e=" + base64.RawURLEncoding.EncodeToString([]byte("id=7&mail="+low+"&x")), true},
		{"https://x.example/p/" + hex.EncodeToString([]byte(low)), true},
		{"https://x.example/?e=john.doe@clinic.example", false},
		{"https://x.example/", false},
	} {
		l := Link{Href: c.href}
		if l.resolve(""); l.Names([]string{strings.ToLower(addr)}) != c.want {
			t.Errorf("%s: %v", c.href, !c.want)
		}
	}
}

func TestLinksOfText(t *testing.T) {
	p := parsed(`<p>See https://a.example/x, (www.b.example) or hxxps://c[.]example/y and d[.]example.</p><a href="https://a.example/x">here</a> a@e.example f.example`)
	var got []string
	for _, l := range p.Links {
		mark := ""
		if l.Defanged {
			mark = "!"
		}
		got = append(got, l.Host+mark)
	}
	if s := strings.Join(got, " "); s != "a.example www.b.example c.example! d.example!" {
		t.Errorf("%s", s)
	}
	if p.Links[0].Area != InBody || p.Links[1].Area != InText {
		t.Errorf("%+v", p.Links)
	}
	p = parsed(`<a href="mailto:HR@Jobs.example?subject=x,b@c.example">write</a> or call +41 22 791 2111, (202) 555-0143-22 since 2020-11-13, case 12345`)
	if strings.Join(p.Mailtos, " ") != "hr@jobs.example" || p.Phones != 2 {
		t.Errorf("%q, %d phones", p.Mailtos, p.Phones)
	}
}

func TestAnchors(t *testing.T) {
	p := parsed(`<a href="https://a.example"><img src="cid:x" alt="Sign in"></a><a href="https://b.example"><span style="display:none">x</span></a><a href="https://c.example"><b>Open</b> it`)
	if len(p.Links) != 3 || !p.Links[0].Image || p.Links[0].Alt != "Sign in" || p.Links[1].Area != InHidden || p.Links[2].Text != "Open it" {
		t.Errorf("%+v", p.Links)
	}
}
