package exchange

import (
	"errors"
	"fmt"
	"strings"
)

// The properties that hold what an indicator is about.
var patternKinds = map[string]Kind{
	"ipv4-addr:value": Address, "ipv6-addr:value": Address,
	"network-traffic:src_ref.value": Address, "network-traffic:dst_ref.value": Address,
	"domain-name:value": Domain, "url:value": URL,
	"email-addr:value": Email, "email-message:from_ref.value": Email, "email-message:sender_ref.value": Email, "email-message:subject": Subject,
	userAgentPath:       UserAgent,
	"file:hashes.MD5":   MD5,
	"file:hashes.SHA-1": SHA1, "file:hashes.SHA-256": SHA256, "file:name": FileName,
}

const userAgentPath = "network-traffic:extensions.http-request-ext.request_header.User-Agent"

// patternOf writes an indicator as a pattern; a rule is one already.
func patternOf(i Indicator) (text, language string) {
	quoted := "'" + patternText.Replace(i.Value) + "'"
	equals := func(path string) (string, string) { return "[" + path + " = " + quoted + "]", "stix" }
	ip := "ipv4-addr:value"
	if strings.Contains(i.Value, ":") {
		ip = "ipv6-addr:value"
	}
	switch i.Kind {
	case Address:
		return equals(ip)
	case Network:
		return "[" + ip + " ISSUBSET " + quoted + "]", "stix"
	case Domain:
		return equals("domain-name:value")
	case URL:
		return equals("url:value")
	case Email:
		return equals("email-addr:value")
	case UserAgent:
		return equals("network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'")
	case MD5:
		return equals("file:hashes.MD5")
	case SHA1:
		return equals("file:hashes.'SHA-1'")
	case SHA256:
		return equals("file:hashes.'SHA-256'")
	case FileName:
		return equals("file:name")
	case Subject:
		return equals("email-message:subject")
	case Pattern:
		return i.Value, "stix"
	}
	return i.Value, string(i.Kind) // pattern-type-ov (STIX 2.1, 10.13) has our words
}

// patternText quotes a string of a pattern (STIX 2.1, 9.2).
var patternText = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// indicatorsOf returns the values that a pattern looks for. One that says more
// than "any of these values" is kept as a rule.
func indicatorsOf(text, language string) ([]Indicator, error) {
	if language != "" && language != "stix" {
		i, ok := NewIndicator(Kind(language), text)
		if !ok || !i.Kind.rule() || i.Kind == Pattern {
			return nil, fmt.Errorf("a rule in %q, or too long", language)
		}
		return []Indicator{i}, nil
	}
	p, err := parsePattern(text)
	if err != nil {
		return nil, err
	}
	whole, ok := NewIndicator(Pattern, text)
	if !ok {
		return nil, errors.New("control characters in the pattern")
	}
	var out []Indicator
	for _, c := range p.comparisons {
		kind, known := patternKinds[c.path]
		subset := c.op == "ISSUBSET" || strings.Contains(c.value, "/")
		if kind == Address && subset {
			kind = Network
		}
		i, ok := NewIndicator(kind, c.value)
		if !p.alternatives || !known || !ok || c.op != "=" && c.op != "==" && c.op != "IN" && (c.op != "ISSUBSET" || kind != Network) {
			return []Indicator{whole}, nil
		}
		out = append(out, i)
	}
	return out, nil
}
