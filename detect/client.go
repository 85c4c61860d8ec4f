package detect

import (
	"strings"

	"github.com/pumphandle/pumphandle/ledger"
)

// families numbers the family of every client of a view, and its kind: the
// family together with the way it spoke.
func families(v *ledger.View) (families, kinds []uint32) {
	numbers := map[string]uint32{}
	number := func(name string) uint32 {
		n, ok := numbers[name]
		if !ok {
			n = uint32(len(numbers))
			numbers[name] = n
		}
		return n
	}
	families, kinds = make([]uint32, v.Clients()), make([]uint32, v.Clients())
	for i := range families {
		c := v.Client(uint32(i))
		families[i] = number(Family(c))
		kinds[i] = number(Family(c) + "\x00" + c.Client)
	}
	return families, kinds
}

// Kind numbers a client without its version, because people's browsers update
// themselves and that makes nobody an intruder.
func (s *Scene) Kind(client uint32) uint32 { return s.kinds[client] }

// Family names the kind of a client without its version: "chrome on windows",
// "outlook on android", and for anything not known by sight the product token
// of its user agent (RFC 9110 10.1.5) without version.
func Family(c ledger.Client) string {
	ua := strings.ToLower(c.UserAgent)
	if ua == "" {
		return c.Client + "/" + c.Protocol.String()
	}
	return product(ua) + " on " + system(ua)
}

// product finds the program. Order matters: most browsers also claim to be
// others (Edge names Chrome and Safari).
func product(ua string) string {
	for _, p := range [...]string{
		"edg", "opr", "samsungbrowser", "firefox", "fxios", "crios", "msteams", "teams", "outlook", "onedrive", "microsoft office",
		"electron", "chrome", "safari", "trident", "msie", "thunderbird", "apple-iphone", "apple-ipad", "android-mail",
	} {
		if strings.Contains(ua, p) {
			return p
		}
	}
	token, _, _ := strings.Cut(ua, " ")
	token, _, _ = strings.Cut(token, "/")
	return token
}

func system(ua string) string {
	for _, s := range [...]string{"android", "iphone", "ipad", "windows", "mac os", "macintosh", "cros", "linux"} {
		if strings.Contains(ua, s) {
			return s
		}
	}
	return "unknown"
}

// signedInWith reports whether the account signed in with that family of
// client in the 30 days before t.
func (s *Scene) signedInWith(account, family uint32, t int64) bool {
	found := false
	s.Successes(account, func(x ledger.Success) bool {
		found = s.families[x.Client] == family && x.First < t && x.Last >= t-familiarFor
		return !found
	})
	return found
}
