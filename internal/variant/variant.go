// Package variant makes domains that look like another, to measure whether they
// are noticed. Nothing in the program that people run needs it to judge.
package variant

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Of makes domains that look like d, by kind: the kinds are those of dnstwist,
// with a few that attackers on health bodies used (words such as careers and
// covid19, the genuine domain in front of another).
func Of(d string) map[string][]string {
	suffix, _ := publicsuffix.PublicSuffix(d)
	reg, err := publicsuffix.EffectiveTLDPlusOne(d)
	if err != nil {
		return nil
	}
	label := strings.TrimSuffix(reg, "."+suffix)
	m := map[string][]string{}
	add := func(kind, l string) {
		if l != label && l != "" && l[0] != '-' && l[len(l)-1] != '-' {
			m[kind] = append(m[kind], l+"."+suffix)
		}
	}
	ascii := func(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' }
	near := map[byte]string{'q': "wa", 'w': "qes", 'e': "wrd", 'r': "etf", 't': "ryg", 'y': "tuh", 'u': "yij", 'i': "uok", 'o': "ipl", 'p': "ol", 'a': "qsz", 's': "adwx", 'd': "sfec",
		'f': "dgrv", 'g': "fhtb", 'h': "gjyn", 'j': "hkum", 'k': "jli", 'l': "kop", 'z': "xas", 'x': "zcsd", 'c': "xvdf", 'v': "cbfg", 'b': "vnhg", 'n': "bmjh", 'm': "njk"}
	glyphs := map[string][]string{"o": {"0"}, "l": {"1", "i"}, "i": {"1", "l"}, "m": {"rn"}, "w": {"vv"}, "rn": {"m"}, "e": {"3"}, "a": {"4"}, "s": {"5"}}
	idns := map[byte]string{'a': "аạáàâäåąɑ", 'b': "ḅƅьʙ", 'c': "сçćċƈ", 'd': "ďđḍɗԁ", 'e': "еéèêëęėẹ", 'g': "ġğģɡ", 'h': "һħḥ", 'i': "іíìîïıɩ", 'j': "јʝ", 'k': "ķκк", 'l': "łľĺӏ",
		'm': "ṃмɱ", 'n': "ñńňņṇ", 'o': "оóòôöøọο", 'p': "рṗþ", 'q': "ԛ", 'r': "ŕřŗгʀ", 's': "ѕśšşșṣ", 't': "ťţțṭт", 'u': "úùûüůųυ", 'v': "ѵνṿ", 'w': "ẁẃẅŵԝ", 'x': "хẋ", 'y': "уýÿŷү", 'z': "źžżẓ"}
	for i := range len(label) {
		c := label[i]
		for bit := range 8 {
			if b := c ^ 1<<bit; ascii(b) {
				add("bitsquat", label[:i]+string(rune(b))+label[i+1:])
			}
		}
		add("omission", label[:i]+label[i+1:])
		if strings.IndexByte("sxz", c) < 0 {
			add("plural", label[:i+1]+"s"+label[i+1:])
		}
		add("repetition", label[:i]+string(rune(c))+label[i:])
		if i > 0 && label[i-1] != c {
			add("transposition", label[:i-1]+string(rune(c))+string(rune(label[i-1]))+label[i+1:])
		}
		for _, k := range near[c] {
			add("replacement", label[:i]+string(k)+label[i+1:])
			add("insertion", label[:i]+string(k)+label[i:])
		}
		if strings.IndexByte("aeiou", c) >= 0 {
			for _, v := range "aeiou" {
				add("vowel_swap", label[:i]+string(v)+label[i+1:])
			}
		}
		if i > 0 {
			add("hyphenation", label[:i]+"-"+label[i:])
			if label[i] != '-' && label[i-1] != '-' {
				m["subdomain_dot"] = append(m["subdomain_dot"], label[:i]+"."+label[i:]+"."+suffix)
			}
		}
		for from, tos := range glyphs {
			if strings.HasPrefix(label[i:], from) {
				for _, to := range tos {
					add("homoglyph", label[:i]+to+label[i+len(from):])
				}
			}
		}
		for _, g := range idns[c] {
			if a, err := idna.Punycode.ToASCII(label[:i] + string(g) + label[i+1:] + "." + suffix); err == nil {
				m["idn"] = append(m["idn"], a)
			}
		}
	}
	add("www", "www"+label)
	add("www", "www-"+label)
	for c := 'a'; c <= 'z'; c++ {
		add("addition", label+string(c))
	}
	for _, w := range []string{"login", "secure", "verify", "support", "account", "portal", "careers", "jobs", "hr", "update", "online", "covid19", "vaccine", "service"} {
		add("dictionary", label+"-"+w)
		add("dictionary", w+"-"+label)
		add("dictionary_glued", label+w)
		add("dictionary_glued", w+label)
	}
	for _, s := range []string{"com", "net", "org", "info", "co", "xyz", "online", "top", "site", "shop", "int", "eu"} {
		if s != suffix {
			m["tld"] = append(m["tld"], label+"."+s)
		}
	}
	m["subdomain"] = append(m["subdomain"], d+".evil.example", "login."+d+".session.example.net", d+"-id.example.org")
	m["glued"] = append(m["glued"], label+strings.ReplaceAll(suffix, ".", "")+".org", label+"-"+strings.ReplaceAll(suffix, ".", "-")+".info")
	return m
}
