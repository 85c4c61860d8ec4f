package markup

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"sync"
)

// Redirector is a service whose URLs carry the URL that they lead to.
type Redirector struct {
	Name  string
	Guard bool // a mail filter's rewriting, not the sender's doing
	host  string
	path  string
	how   string // in which way: see redirectors.txt
	param string
}

//go:embed redirectors.txt
var redirectorList string

var redirectors = sync.OnceValue(func() map[string][]Redirector {
	m, err := readRedirectors(redirectorList)
	if err != nil {
		panic(err) // a test holds that the list can be read
	}
	return m
})

// readRedirectors reads redirectors.txt, by host.
func readRedirectors(list string) (map[string][]Redirector, error) {
	m := map[string][]Redirector{}
	n := 0
	for line := range strings.Lines(list) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 6 || f[0] != "guard" && f[0] != "open" || !strings.HasPrefix(f[3], "/") {
			return nil, fmt.Errorf("redirectors.txt line %d: want guard|open, name, host, path, way, parameter", n)
		}
		switch f[4] {
		case "param", "base64", "proofpoint2", "proofpoint3", "path", "bing", "amp", "dashes", "tail":
		default:
			return nil, fmt.Errorf("redirectors.txt line %d: unknown way %q", n, f[4])
		}
		h := strings.TrimPrefix(f[2], "*.")
		m[h] = append(m[h], Redirector{Name: f[1], Guard: f[0] == "guard", host: f[2], path: f[3], how: f[4], param: f[5]})
	}
	return m, nil
}

// unwrapAll takes off what mail filters and open redirectors put around a URL, up
// to five layers, and names what was taken off, outermost first. Nothing is
// asked of the network: a service that keeps the target to itself (shorteners,
// Mimecast) cannot be unwrapped. A URL that is not wrapped comes back as it is.
func unwrapAll(u string) (string, []Redirector) {
	var ways []Redirector
	for range 5 {
		inner, by, ok := unwrap(u)
		if !ok {
			break
		}
		u = cut(clean(inner), MaxURL)
		ways = append(ways, by)
	}
	return u, ways
}

func unwrap(u string) (string, Redirector, bool) {
	h := parse(u)
	if h.name == "" || h.address {
		return "", Redirector{}, false
	}
	path := strings.ReplaceAll(h.path, `\`, "/")
	for name, whole := h.name, true; name != ""; whole = false {
		for _, r := range redirectors()[name] {
			if (whole || strings.HasPrefix(r.host, "*.")) && strings.HasPrefix(path, r.path) {
				if inner := r.inner(h.name, path); inner != "" {
					return inner, r, true
				}
			}
		}
		var ok bool
		if _, name, ok = strings.Cut(name, "."); !ok {
			break
		}
	}
	return "", Redirector{}, false
}

// inner is the URL inside; "" if there is none.
func (r Redirector) inner(name, path string) string {
	_, query, _ := strings.Cut(path, "?")
	query, _, _ = strings.Cut(query, "#")
	value := func() string {
		for pair := range strings.FieldsFuncSeq(strings.ReplaceAll(query, "&amp;", "&"), func(c rune) bool { return c == '&' || c == ';' }) {
			k, v, _ := strings.Cut(pair, "=")
			if strings.EqualFold(k, r.param) {
				if d, err := url.QueryUnescape(v); err == nil {
					return d
				}
				return v
			}
		}
		return ""
	}
	var to string
	switch r.how {
	case "param":
		to = value()
	case "base64":
		to = decode64(value())
	case "bing": // a1 and base64
		v := value()
		if len(v) < 3 {
			return ""
		}
		to = decode64(v[2:])
	case "proofpoint2": // - stands for %, _ for /
		v := strings.NewReplacer("-", "%", "_", "/").Replace(value())
		d, err := url.PathUnescape(v)
		if err != nil {
			return ""
		}
		to = d
	case "proofpoint3":
		to = proofpoint3(path)
	case "path": // the rest of the path, perhaps escaped
		to = path[len(r.path):]
		if i := strings.Index(to, "http"); i > 0 {
			to = to[i:]
		}
		if d, err := url.PathUnescape(to); err == nil {
			to = d
		}
	case "tail": // whatever follows the last "http" in the query
		if i := strings.LastIndex(query, "http"); i >= 0 {
			if to, _ = url.PathUnescape(query[i:]); to == "" {
				to = query[i:]
			}
		}
	case "amp": // /s/ is https; then host and path
		to = strings.TrimPrefix(path[len(r.path):], "s/")
		if !strings.Contains(cut(to, 100), ".") {
			return ""
		}
		if !strings.HasPrefix(to, "http") {
			to = "https://" + to
		}
	case "dashes": // example-com.translate.goog, -- is -
		label := strings.TrimSuffix(name, "."+strings.TrimPrefix(r.host, "*."))
		if label == name || strings.Contains(label, ".") {
			return ""
		}
		label = strings.NewReplacer("--", "-", "-", ".").Replace(label)
		to = "https://" + label + path
	}
	to = clean(to)
	if strings.HasPrefix(to, "//") {
		to = "https:" + to
	}
	if h := parse(to); h.name != "" && (strings.Contains(h.name, ".") || h.address) {
		return to
	}
	// "url?q=www.example.com/x"
	if h := parse("http://" + to); !strings.Contains(to, ":") && known(h.name) {
		return "http://" + to
	}
	return ""
}

func decode64(s string) string {
	s = strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}

// proofpoint3 reads /v3/__URL__;BYTES!!...: each * in URL stands for the next
// of BYTES (base64), ** and a letter for a run of them (Proofpoint's urldecoder).
func proofpoint3(path string) string {
	_, rest, ok := strings.Cut(path, "/v3/__")
	if !ok {
		return ""
	}
	end := strings.LastIndex(rest, "__;")
	if end < 0 {
		return ""
	}
	masked := rest[:end]
	bytes, _, _ := strings.Cut(rest[end+3:], "!")
	put := []rune(decode64(bytes))
	const runs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var b strings.Builder
	for i := 0; i < len(masked); i++ {
		if masked[i] != '*' {
			b.WriteByte(masked[i])
			continue
		}
		n := 1
		if i+2 < len(masked) && masked[i+1] == '*' {
			if k := strings.IndexByte(runs, masked[i+2]); k >= 0 {
				n = k + 2
				i += 2
			}
		}
		n = min(n, len(put))
		b.WriteString(string(put[:n]))
		put = put[n:]
	}
	to := b.String()
	if scheme, rest, ok := strings.Cut(to, ":/"); ok && !strings.HasPrefix(rest, "/") {
		to = scheme + "://" + rest
	}
	return to
}
