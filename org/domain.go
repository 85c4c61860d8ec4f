package org

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// AccountDomain returns what follows the last "@" of an account name, without
// a dot at its end; "" where the account is a bare name. It is part of account.
func AccountDomain(account string) string {
	i := strings.LastIndexByte(account, '@') // a quoted local part may hold "@" (RFC 5321 4.1.2)
	if i < 0 {
		return ""
	}
	return strings.TrimSuffix(account[i+1:], ".")
}

// HostDomain returns the domain that somebody registered for a host: the
// public suffix and the label before it ("hopital-exemple.fr" of
// "mx1.hopital-exemple.fr"). An address, a bare name and a public suffix stay
// as they are.
func HostDomain(host string) string {
	host = strings.TrimSuffix(host, ".")
	if isAddr(host) || !strings.Contains(host, ".") {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

func isAddr(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// normalDomain returns a DNS name of at least two labels in lower case and
// ASCII (RFC 5891), or "" if s is none. An address is none.
func normalDomain(s string) string {
	s = strings.TrimSuffix(s, ".")
	if !strings.Contains(s, ".") || len(s) > 4*maxName || isAddr(s) {
		return ""
	}
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil || !isHostName(ascii) || strings.Trim(ascii[strings.LastIndexByte(ascii, '.'):], ".0123456789") == "" {
		return "" // a last label of digits alone is a mistyped address (RFC 3696 2)
	}
	return ascii
}

// maxName is the longest DNS name in ASCII (RFC 1035 2.3.4, without the root).
const maxName = 253

// isHostName reports whether s can be the name of a host: labels of lower-case
// letters, digits, hyphens and, as Windows allows, underscores.
func isHostName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}
