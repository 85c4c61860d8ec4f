package identity

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

var (
	//go:embed freemail.txt
	freemailTxt string
	//go:embed hosts.yaml
	hostsYAML []byte
	//go:embed affixes.txt
	affixesTxt string
	//go:embed hooks.txt
	hooksTxt string
	//go:embed ordinary.txt
	ordinaryTxt string
	//go:embed others.txt
	othersTxt string
)

// Freemail says that anybody can have an address at this domain.
func Freemail(domain string) bool { return below(freemail(), domain) || disposable(domain) }

// disposable says that addresses at this domain are thrown away after use.
func disposable(domain string) bool { return below(hosts().disposable, domain) }

// Shortener says that links at this host lead elsewhere, and nobody sees where.
func Shortener(host string) bool { return below(hosts().shorteners, host) }

// FreeHosting says that anybody can put up a page or form at this host.
func FreeHosting(host string) bool { return below(hosts().freeHosting, host) }

// FileShare says that anybody can pass on files at this host.
func FileShare(host string) bool { return below(hosts().fileShare, host) }

// tenantHost says that the label in front of this domain is its customer's own
// name, such as brand.zendesk.com.
func tenantHost(domain string) bool { return below(hosts().tenants, domain) }

// CheapSuffix says that names under this public suffix cost next to nothing and
// are seen in phishing far more than in honest mail.
func CheapSuffix(suffix string) bool { return hosts().cheap[suffix] }

// below says that host is in the set or lies below a name that is.
func below(set map[string]bool, host string) bool {
	for d := range upwards(strings.TrimSuffix(strings.ToLower(host), ".")) {
		if set[d] {
			return true
		}
	}
	return false
}

var (
	freemail   = sync.OnceValue(func() map[string]bool { return set(words(freemailTxt)) })
	others     = sync.OnceValue(func() map[string]bool { return set(words(othersTxt)) })
	dictionary = sync.OnceValue(func() map[string]bool {
		m := map[string]bool{}
		for _, w := range words(ordinaryTxt) {
			m[foldLabel(strings.TrimPrefix(w, "!"))] = true
		}
		return m
	})
	bare = sync.OnceValue(func() map[string]bool {
		m := map[string]bool{}
		for _, w := range words(ordinaryTxt) {
			if w, ok := strings.CutPrefix(w, "!"); ok {
				m[foldLabel(w)] = true
			}
		}
		return m
	})
	hooks = sync.OnceValue(func() *trie {
		t := newTrie()
		for _, w := range words(hooksTxt) {
			t.add(foldLabel(w), 0)
		}
		return t
	})
	affixes = sync.OnceValue(func() *trie {
		t := newTrie()
		for _, w := range slices.Concat(words(affixesTxt), words(hooksTxt)) {
			t.add(foldLabel(w), 0)
		}
		return t
	})
)

// hostLists are the lists of hosts.yaml.
type hostLists struct{ shorteners, freeHosting, fileShare, tenants, disposable, cheap, generic, authorities map[string]bool }

var hosts = sync.OnceValue(func() hostLists {
	h, err := parseHosts(hostsYAML)
	if err != nil {
		panic(fmt.Errorf("hosts.yaml: %w", err)) // embedded: a broken build
	}
	return h
})

func parseHosts(b []byte) (hostLists, error) {
	var file struct {
		Shorteners  []string `yaml:"shorteners"`
		FreeHosting []string `yaml:"free_hosting"`
		FileShare   []string `yaml:"file_share"`
		Tenants     []string `yaml:"tenants"`
		Disposable  []string `yaml:"disposable"`
		Cheap       []string `yaml:"cheap_suffixes"`
		Generic     []string `yaml:"generic_suffixes"`
		Authorities []string `yaml:"authority_suffixes"`
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return hostLists{}, err
	}
	return hostLists{set(file.Shorteners), set(file.FreeHosting), set(file.FileShare), set(file.Tenants), set(file.Disposable), set(file.Cheap),
		set(file.Generic), set(file.Authorities)}, nil
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, x := range list {
		m[x] = true
	}
	return m
}

// words reads a list of words with # comments.
func words(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		all = append(all, strings.Fields(line)...)
	}
	return all
}
