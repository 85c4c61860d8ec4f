package signin

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed countries.txt
var countryNames string

// countriesByName maps an English name in lower case to its code.
var countriesByName = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(countryNames) {
		if code, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && len(code) == 2 {
			names[strings.ToLower(name)] = code
		}
	}
	return names
})

// countryOf returns the code of a country that a log gives as a code or by its
// English name, and "" for what it does not know.
func countryOf(s string) string {
	if code := parseCountry(s); code != "" {
		return code
	}
	if s = strings.TrimSpace(s); len(s) > 64 {
		return ""
	}
	return countriesByName()[strings.ToLower(s)]
}
