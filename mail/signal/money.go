package signal

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// currencies are words and signs beside which a number is a sum of money.
var currencies = []string{"$", "€", "£", "usd", "eur", "gbp", "dollar", "dollars", "euro", "euros", "us$"}

// millions are how a million is called.
var millions = []string{"million", "millions", "millionen", "milhões", "milhoes", "millones", "milioni", "miljoen"}

// moneyIn returns a large sum in a text in lower case: a currency and a number
// with groups of thousands, or millions of anything. "" if there is none.
func moneyIn(text string) string {
	for at := 0; at < len(text); {
		i := strings.IndexAny(text[at:], "0123456789")
		if i < 0 {
			return ""
		}
		from := at + i
		to := from
		groups, digits := 0, 0
		for to < len(text) {
			switch c := text[to]; {
			case c >= '0' && c <= '9':
				digits++
			case (c == ',' || c == '.' || c == '\'') && digits <= 3 && to+3 < len(text) && threeDigits(text[to+1:]):
				groups, digits = groups+1, 0
			default:
				goto end
			}
			to++
		}
	end:
		if after := strings.TrimLeft(text[to:min(len(text), to+24)], " "); beginsWithAny(after, millions) ||
			groups > 0 && (beginsWithAny(after, currencies) || endsWithAny(strings.TrimRight(text[max(0, from-8):from], " "), currencies)) {
			return clean(text[max(0, from-4):min(len(text), to+12)])
		}
		at = to
	}
	return ""
}

func threeDigits(s string) bool {
	return len(s) >= 3 && s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9' && s[2] >= '0' && s[2] <= '9' && (len(s) == 3 || s[3] < '0' || s[3] > '9')
}

func beginsWithAny(s string, starts []string) bool {
	return slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(s, start) })
}

func endsWithAny(s string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(s, end) })
}

// clean drops what cutting left of a letter at both ends.
func clean(s string) string {
	for len(s) > 0 && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return strings.TrimSpace(s)
}

// walletIn returns the address of a crypto wallet in a text: base58 of Bitcoin
// (BIP 13), bech32 (BIP 173), hex of Ethereum (EIP 55). "" if there is none.
func walletIn(text string) string {
	for at := 0; at < len(text); at++ {
		from := at
		for at < len(text) && alphanumeric[text[at]] {
			at++
		}
		word := text[from:at]
		if len(word) < 26 || len(word) > 64 {
			continue
		}
		switch {
		case strings.HasPrefix(word, "bc1") && only(word[3:], "023456789acdefghjklmnpqrstuvwxyz"):
			return word
		case len(word) <= 35 && (word[0] == '1' || word[0] == '3') && only(word, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"):
			return word
		case len(word) == 42 && strings.HasPrefix(word, "0x") && only(word[2:], "0123456789abcdefABCDEF"):
			return word
		}
	}
	return ""
}

var alphanumeric = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return t
}()

func only(s, letters string) bool { return strings.Trim(s, letters) == "" }

// deviceLogins are the pages where a device code is typed in (RFC 8628).
var deviceLogins = []string{"microsoft.com/devicelogin", "aka.ms/devicelogin", "microsoft.com/device", "google.com/device"}
