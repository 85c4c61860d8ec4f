package mail

import (
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Every line is something that mail programs write, or that attackers write
// because programs read it differently.
func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		why, in string
		want    []Address
	}{
		{"plain", `a@B.Example`, []Address{{"", "a@b.example"}}},
		{"local part keeps its case", `Jane <Jane.Doe@B.Example>`, []Address{{"Jane", "Jane.Doe@b.example"}}},
		{"quoted name with comma", `"Doe, Jane" <j@b.example>, k@b.example`, []Address{{"Doe, Jane", "j@b.example"}, {"", "k@b.example"}}},
		{"quoted pair", `"a \"b\" c" <j@b.example>`, []Address{{`a "b" c`, "j@b.example"}}},
		{"quoted pair of any sign", `"Doe \(US\)" <j@b.example>`, []Address{{"Doe (US)", "j@b.example"}}},
		{"another address as name", `"help@who.int" <x@evil.example>`, []Address{{"help@who.int", "x@evil.example"}}},
		{"... without quotes", `help@who.int <x@evil.example>`, []Address{{"help@who.int", "x@evil.example"}}},
		{"... in brackets", `<help@who.int> <x@evil.example>`, []Address{{"", "help@who.int"}, {"", "x@evil.example"}}},
		{"comment as name", `x@b.example (World Health (Org))`, []Address{{"World Health (Org)", "x@b.example"}}},
		{"group", `Team: a@b.example, "B" <b@b.example>;`, []Address{{"", "a@b.example"}, {"B", "b@b.example"}}},
		{"empty group", `undisclosed-recipients:;`, nil},
		{"semicolons", `a@b.example; c@b.example`, []Address{{"", "a@b.example"}, {"", "c@b.example"}}},
		{"route", `<@a.example,@b.example:c@d.example>`, []Address{{"", "c@d.example"}}},
		{"blanks and comments inside", `x @ (c) b.example`, []Address{{"c", "x@b.example"}}},
		{"quoted local part", `"a b"@c.example`, []Address{{"", `"a b"@c.example`}}},
		{"name without brackets", `Jane Doe j@b.example`, []Address{{"Jane Doe", "j@b.example"}}},
		{"name only", `World Health Organization`, []Address{{"World Health Organization", ""}}},
		{"comma in an unquoted name", `Example, Inc <a@b.example>`, []Address{{"Example, Inc", "a@b.example"}}},
		{"encoded", `=?utf-8?Q?J=C3=A4n?= <a@b.example>`, []Address{{"Jän", "a@b.example"}}},
		{"comma in an encoded word", `=?utf-8?Q?Doe, J?= <a@b.example>`, []Address{{"Doe, J", "a@b.example"}}},
		{"encoded in quotes", `"=?utf-8?B?V0hP?=" <a@b.example>`, []Address{{"WHO", "a@b.example"}}},
		{"an encoded address is a name", `=?utf-8?Q?who=40who.int?=`, []Address{{"who@who.int", ""}}},
		{"raw Latin-1", "J\xe4n <a@b.example>", []Address{{"Jän", "a@b.example"}}},
		{"no closing bracket", `WHO <a@b.example`, []Address{{"WHO", "a@b.example"}}},
		{"no closing quote", `"WHO <a@b.example>`, []Address{{"WHO", "a@b.example"}}},
		{"quote in an unquoted name", `Jane "JD" Doe <a@b.example>`, []Address{{"Jane JD Doe", "a@b.example"}}},
		{"nothing", ` , ;,`, nil},
		{"mailto", `<mailto:a@b.example>`, []Address{{"", "a@b.example"}}},
	} {
		var codes charsets
		got, _ := codes.addresses(nil, c.in, "", MaxAddresses)
		if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", c.why, c.in, diff)
		}
	}
}

// A header of brackets, quotes or words without end must not take quadratic
// time.
func TestAddressesInLinearTime(t *testing.T) {
	for _, unit := range []string{"(", "<", `"`, "=?a?q?", "<a@", "a,", ":", ";", "=", `"\`, "<\""} {
		in := strings.Repeat(unit, MaxHeaderBytes/len(unit))
		start := cpuTime(t)
		var codes charsets
		codes.addresses(nil, in, "", MaxAddresses)
		codes.decodeWords(in, "")
		parseParams(in)
		if took := cpuTime(t) - start; took > 2*time.Second {
			t.Errorf("a megabyte of %q took %v", unit, took)
		}
	}
}

func TestDecodeWords(t *testing.T) {
	for _, c := range []struct{ why, in, want string }{
		{"none", "plain text", "plain text"},
		{"Q", "=?iso-8859-1?Q?a_b=E4?=", "a bä"},
		{"B", "=?UTF-8?B?w6Q=?=", "ä"},
		{"B without padding", "=?UTF-8?B?w6Q?=", "ä"},
		{"lower case, language", "=?utf-8*en?b?w6Q=?=", "ä"},
		{"blanks between words are not shown", "=?utf-8?Q?a?= =?utf-8?Q?b?= c", "ab c"},
		{"... other text is", "x =?utf-8?Q?a?= y", "x a y"},
		{"a character cut between words", "=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"},
		{"... and in Q", "=?utf-8?Q?=E2=82?=\t=?utf-8?Q?=AC?=", "€"},
		{"glued to text", "Re:=?utf-8?Q?a?=b", "Re:ab"},
		{"blanks inside", "=?utf-8?Q?a b?=", "a b"},
		{"longer than 75", "=?utf-8?Q?" + strings.Repeat("a", 200) + "?=", strings.Repeat("a", 200)},
		{"Korean", "=?ks_c_5601-1987?B?vsiz5w==?=", "안녕"},
		{"iso-2022-jp", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
		{"gb2312", "=?gb2312?B?xOO6ww==?=", "你好"},
		{"unknown charset", "=?x-nonsense?Q?a=C3=A4?=", "aä"},
		{"declared UTF-8, is Latin-1", "=?utf-8?Q?=E4=F6?=", "äö"},
		{"unknown code", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
		{"no end", "=?utf-8?Q?abc", "=?utf-8?Q?abc"},
		{"smuggled line break and zero", "=?utf-8?Q?a=0D=0AEvil:_=00b?=", "a  Evil: b"},
		{"raw UTF-8", "ä", "ä"},
		{"raw Latin-1", "\xe4", "ä"},
	} {
		var codes charsets
		if got := codes.decodeWords(c.in, ""); got != c.want {
			t.Errorf("%s: %q: got %q, want %q", c.why, c.in, got, c.want)
		}
	}
	var codes charsets
	if got := codes.decodeWords("\xbe\xc8\xb3\xe7", "euc-kr"); got != "안녕" {
		t.Errorf("raw bytes of the mail's charset: got %q", got)
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct {
		label, in, want string
		lie             bool
	}{
		{"utf-8", "ä", "ä", false},
		{"utf-8", "\xe4", "ä", true},
		{"utf-8", "ääää\xc3", "ääää\ufffd", true},
		{"us-ascii", "ä", "ä", true},
		{"", "ä", "ä", false},
		{"", "\xe4", "ä", false},
		{"iso-8859-1", "\xe4\x80", "ä€", false},
		{"iso-8859-1", "ä", "ä", true},
		{"unknown-8bit", "\xe4", "ä", false},
		{"utf-7", "Hi +AOQ-+-", "Hi ä+", false},
		{"UTF-7", "+U9Y-", "取", false},
		{"windows-1251", "\xcf\xf0\xe8", "При", false},
		{"euc-kr", "\xb0\xa1", "가", false},
		{"cp949", "\xb0\xa1", "가", false},
		{"iso-2022-jp", "\x1b$BF|K\\\x1b(B", "日本", false},
		{"hz-gb-2312", "~{<:Ky2;S{~}", "己所不欲", false},
		{"cp850", "\x84", "ä", false},
		{"iso-2022-kr", "abc", "abc", false},
	} {
		var codes charsets
		got, lie := codes.text([]byte(c.in), c.label)
		if got != c.want || lie != c.lie {
			t.Errorf("%s %q: got %q lie=%v, want %q lie=%v", c.label, c.in, got, lie, c.want, c.lie)
		}
	}
}

func TestParams(t *testing.T) {
	for _, c := range []struct{ why, in, name, want string }{
		{"quoted", `attachment; filename="a b.pdf"`, "filename", "a b.pdf"},
		{"unquoted with blanks", `attachment; filename=a b.pdf; x=y`, "filename", "a b.pdf"},
		{"blanks around the sign", `text/plain; charset = "utf-8"`, "charset", "utf-8"},
		{"upper case", `text/plain; NAME=x`, "name", "x"},
		{"extended", `attachment; filename*=utf-8''%e2%82%ac.pdf`, "filename", "€.pdf"},
		{"extended wins", `attachment; filename="x.pdf"; filename*=utf-8''y.exe`, "filename", "y.exe"},
		{"continued", `attachment; filename*1="b.exe"; filename*0="a"`, "filename", "ab.exe"},
		{"continued and extended", `attachment; filename*0*=utf-8''%C3; filename*1*=%A4; filename*2=.js`, "filename", "ä.js"},
		{"a section twice: the first", `attachment; filename*0="a"; filename*0="b"; filename*1=".js"`, "filename", "a.js"},
		{"encoded word in quotes", `attachment; filename="=?utf-8?B?w6QuanM=?="`, "filename", "ä.js"},
		{"semicolon in quotes", `attachment; filename="a;b.js"`, "filename", "a;b.js"},
		{"Windows path", `attachment; filename="C:\dir\a.js"`, "filename", `C:\dir\a.js`},
		{"no closing quote", `attachment; filename="a.js`, "filename", "a.js"},
		{"empty ones", `attachment;; ;filename=a.js;`, "filename", "a.js"},
		{"absent", `attachment`, "filename", ""},
	} {
		p := parseParams(c.in)
		var codes charsets
		if got := codes.param(&p, c.name, ""); got != c.want {
			t.Errorf("%s: %q: got %q, want %q", c.why, c.in, got, c.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		in, want string
		odd      bool
	}{
		{"Thu, 22 Aug 2002 12:45:53 -0400", "2002-08-22T16:45:53Z", false},
		{"22 Aug 02 12:45 EDT", "2002-08-22T16:45:00Z", false},
		{"Thu,22 Aug 2002 12:45:53 +0530 (IST)", "2002-08-22T07:15:53Z", false},
		{"Thu Aug 22 17:45:53 2002", "2002-08-22T17:45:53Z", false},
		{"Thu Aug 22 17:45:53 GMT+0200 2002", "2002-08-22T15:45:53Z", false},
		{"22-Aug-2002 17:45:53+0200", "2002-08-22T15:45:53Z", false},
		{"Thu, 22 Aug 102 17:45:53 Z", "2002-08-22T17:45:53Z", false},
		{"Thu, 22 Aug 0102 17:45:53 Z", "2002-08-22T17:45:53Z", true},
		{"Mon, 22 Aug 2002 17:45:53 +0000", "2002-08-22T17:45:53Z", true},
		{"Thu, 22 Aug 2002 17:45:53 -1900", "2002-08-22T17:45:53Z", true},
		{"Aug 22, 2002 5:45:53 PM", "2002-08-22T17:45:53Z", false},
		{"Thu, 22 (comment (nested)) Aug 2002 17:45:53 A", "2002-08-22T17:45:53Z", false},
		{"22 Aug 1999", "1999-08-22T00:00:00Z", false},
		{"2002-08-22T17:45:53+02:00", "2002-08-22T15:45:53Z", false},
		{"08-22-2002", "2002-08-22T00:00:00Z", true},
		{"Thu, 22 August 2002 17:45:53 UT", "2002-08-22T17:45:53Z", false},
		{"30 Feb 2002 10:00", "", false},
		{"tomorrow", "", false},
		{"", "", false},
		{"(", "", false},
		{"32 Aug 99999999999999999999 99:99", "", false},
	} {
		got, odd, ok := ParseDate(c.in)
		want, _ := time.Parse(time.RFC3339, c.want)
		if ok != (c.want != "") || odd != c.odd || !got.Equal(want) {
			t.Errorf("%q: got %v odd=%v ok=%v, want %v odd=%v", c.in, got, odd, ok, c.want, c.odd)
		}
	}
}

// What the sender says of itself must not be taken for what the receiver saw.
func TestReceived(t *testing.T) {
	for _, c := range []struct{ why, in, from, addr, by string }{
		{"Postfix", "from mx.a.example (rdns.a.example [192.0.2.1]) by mx.b.example (Postfix) with ESMTP id 1; Thu, 22 Aug 2002 12:45:53 -0400", "mx.a.example", "192.0.2.1", "mx.b.example"},
		{"Postfix, IPv6", "from A.example (a.example [IPv6:2001:db8::3]) by b.example; Thu, 22 Aug 2002 12:45:53 -0400", "a.example", "2001:db8::3", "b.example"},
		{"Exchange", "from A (2603:10b6:408:f8::18) by B.example (10.0.0.2) with Microsoft SMTP Server; Thu, 22 Aug 2002 12:45:53 -0400", "a", "2603:10b6:408:f8::18", "b.example"},
		{"the sender claims another address", "from [198.51.100.9] (x.example [192.0.2.1]) by b.example; 22 Aug 2002 12:45:53 -0400", "[198.51.100.9]", "192.0.2.1", "b.example"},
		{"Exim", "from [192.0.2.1] (helo=[198.51.100.9]) by b.example with esmtp; 22 Aug 2002 12:45:53 -0400", "[192.0.2.1]", "192.0.2.1", "b.example"},
		{"Exim, name", "from x.example ([192.0.2.1] helo=y.example) by b.example; 22 Aug 2002 12:45:53 -0400", "x.example", "192.0.2.1", "b.example"},
		{"qmail", "from unknown (HELO 198.51.100.9) (192.0.2.1) by b.example; 22 Aug 2002 12:45:53 -0400", "unknown", "192.0.2.1", "b.example"},
		{"sendmail", "from x.example (root@y.example [192.0.2.1]) by b.example (8.9.3/8.9.3) with ESMTP; 22 Aug 2002 12:45:53 -0400", "x.example", "192.0.2.1", "b.example"},
		{"no sender", "by b.example (Postfix, from userid 500) id 9; 22 Aug 2002 12:45:53 -0400", "", "", "b.example"},
		{"a version is no address", "from a.example (a.example) by b.example (8.11.6.1) with SMTP; 22 Aug 2002 12:45:53 -0400", "a.example", "", "b.example"},
	} {
		h, ok := parseReceived(c.in)
		var want netip.Addr
		if c.addr != "" {
			want = netip.MustParseAddr(c.addr)
		}
		if !ok || h.From != c.from || h.Addr != want || h.By != c.by || h.Time.IsZero() {
			t.Errorf("%s: got %+v", c.why, h)
		}
	}
	if h, ok := parseReceived("nonsense"); ok {
		t.Errorf("nonsense gives %+v", h)
	}
}

// Bytes that are no UTF-8 grow threefold when they are made it: the bound is on
// what is kept.
func TestWhatIsKeptIsBounded(t *testing.T) {
	id := "1@" + strings.Repeat("\x9b", 900)
	for item, err := range eml.Decode(strings.NewReader("From: "+id+" <a"+id+"@b.example>\nMessage-ID: <"+id+">\nReferences: <"+id+">\n\nx\n"), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		m := item.Message
		if len(m.MessageID) > maxLine || !utf8.ValidString(m.MessageID) {
			t.Errorf("message id of %d bytes", len(m.MessageID))
		}
		for _, a := range m.From {
			if len(a.Name) > maxLine || len(a.Email) > maxLine {
				t.Errorf("a name of %d bytes, an address of %d", len(a.Name), len(a.Email))
			}
		}
		if len(m.References) != 1 || m.References[0] != m.MessageID {
			t.Errorf("a reference is not the id of the mail that it names")
		}
	}
}
