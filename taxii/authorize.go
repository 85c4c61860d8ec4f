package taxii

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Keys are the names and passwords, and the bearer tokens, that may read.
type Keys struct {
	sums [][sha256.Size]byte // of what the Authorization header must say
}

// ReadKeys reads one key a line: name:password, or a token, which has no
// colon. Empty lines and those that begin with # are none.
func ReadKeys(r io.Reader) (*Keys, error) {
	k := &Keys{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(line) < 16 {
			return nil, fmt.Errorf("line %d: a key of %d characters can be guessed; 16 at least", n, len(line))
		}
		k.sums = append(k.sums, sha256.Sum256([]byte(line)))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(k.sums) == 0 {
		return nil, fmt.Errorf("there is no key in it")
	}
	return k, nil
}

// Authorize is the hook of a [Config]. It takes the same time whichever key is
// wrong.
func (k *Keys) Authorize(r *http.Request) bool {
	given := ""
	if user, password, ok := r.BasicAuth(); ok {
		given = user + ":" + password
	} else if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && !strings.Contains(token, ":") {
		given = token
	}
	sum, right := sha256.Sum256([]byte(given)), 0
	for _, s := range k.sums {
		right |= subtle.ConstantTimeCompare(sum[:], s[:])
	}
	return right == 1
}
