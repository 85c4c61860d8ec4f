package identity

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/mail"
)

//go:embed relations.txt
var relationsTxt string

// relations holds what makes a name somebody else's: "my client", "our partner".
var relations = sync.OnceValue(func() *trie {
	t := newTrie()
	for line := range strings.Lines(relationsTxt) {
		line, _, _ = strings.Cut(line, "#")
		if s := Skeleton(line); s != "" && !strings.Contains(line, ":") {
			t.add(s, 0)
		}
	}
	return t
})

// related says that a skeleton has one of the phrases that make a name
// somebody else's.
func related(skel []byte) bool {
	for i := range skel {
		found := false
		if i == 0 || skel[i-1] == ' ' || skel[i] >= utf8.RuneSelf {
			each(relations(), skel[i:], func(n int, _ int32) bool {
				// Korean puts its particles behind without a space.
				found = i+n == len(skel) || skel[i+n] == ' ' || skel[i+n] >= utf8.RuneSelf
				return !found
			})
		}
		if found {
			return true
		}
	}
	return false
}

// otherLabels are the words before a colon that make what follows somebody
// else's: "Client: Pfizer", "Payment: PayPal".
var otherLabels = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(relationsTxt) {
		for w := range strings.FieldsSeq(line) {
			if w, ok := strings.CutSuffix(w, ":"); ok {
				m[Skeleton(w)] = true
			}
		}
	}
	return m
})

// aboutOthers says that a line names others by its form: "Client: Pfizer".
func aboutOthers(line string) bool {
	head, _, ok := strings.Cut(line, ":")
	if !ok {
		return false
	}
	words := strings.Fields(Skeleton(head))
	return len(words) > 0 && len(words) < 5 && slices.ContainsFunc(words, func(w string) bool { return otherLabels()[w] })
}

// standing says that the sender is plainly somebody else, by his own name: a word of the display name that
// is neither a role nor a protected name makes his domain's label, or begins it.
// Whoever took the trouble to be "Acme Search" at acme-search.example may
// name Pfizer in what he writes; what counts against him is his name and domain.
func (c *claimant) standing(name string) bool {
	if c.host == "" || Freemail(c.host) || FreeHosting(c.host) || c.in.Auth.DMARC == mail.AuthFail {
		return false
	}
	domain := Registrable(c.host)
	if _, ok := c.LookAlike(c.host); ok {
		return false
	}
	label, _, _ := strings.Cut(domain, ".")
	label = foldLabel(label)
	f := foldText(name, true)
	all := c.mentions(&f)
	if len(all) > 0 {
		return false // "Pfizer Acme"
	}
	words := strings.Fields(string(f.skel))
	joined, own := "", false
	for i, w := range words {
		// Skeletons and labels differ in a few digits only.
		w = foldLabel(w)
		if len(w) >= 4 && !role(words[i]) && !dictionary()[w] && strings.HasPrefix(label, w) && 2*len(w) >= len(label) {
			return true
		}
		joined += w
		own = own || len(w) > 2 && !role(words[i])
	}
	return own && len(words) > 1 && len(joined) >= 6 && strings.HasPrefix(joined, label) && len(label) >= 6
}

// social are identities whose names and logos stand below mails of everybody.
var social = map[string]bool{"meta": true, "twitter": true, "linkedin": true, "tiktok": true, "pinterest": true, "telegram": true,
	"discord": true, "reddit": true, "snapchat": true, "spotify": true}

// crowds takes their weight from names that stand together: the networks of a
// footer, the ways to pay of an invoice, the sponsors of a congress. Nobody
// pretends to be three at once. The name and the domain of the sender stay.
func (c *claimant) crowds() {
	at := map[string][]claimKey{}
	for k, x := range c.best {
		switch k.where {
		case inSubject, inText, inSignature, inLogo:
			if x.Class != "own" && x.Class != "own_function" && x.Class != "person" && !x.Genuine {
				at[k.where] = append(at[k.where], k)
			}
		}
	}
	for _, keys := range at {
		networks, firm := 0, 0
		for _, k := range keys {
			if social[k.identity] {
				networks++
			}
			if c.best[k].Strength > mereMention && !social[k.identity] {
				firm++
			}
		}
		for _, k := range keys {
			if x := c.best[k]; firm >= 3 || social[k.identity] && networks >= 2 {
				x.Strength = min(x.Strength, mereMention)
				c.best[k] = x
			}
		}
	}
}
