package identity

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"
)

var (
	//go:embed senders.yaml
	sendersYAML []byte
	//go:embed roles.txt
	rolesTxt string
	//go:embed phrases.txt
	phrasesTxt string
)

// relay is a service that writes for others, as in senders.yaml.
type relay struct {
	Domains []string `yaml:"domains"`
	Classes []string `yaml:"classes"` // of identities that it writes for
	Vouched bool     `yaml:"vouched"` // it knows who its customers are
}

// relayFor gives how a service at host may speak for a class: known, and vouched for.
func relayFor(host, class string) (known, vouched bool) {
	for _, d := range []string{host, Registrable(host)} {
		for _, r := range senders()[d] {
			if slices.Contains(r.Classes, class) {
				known, vouched = true, vouched || r.Vouched
			}
		}
	}
	return known, vouched
}

var senders = sync.OnceValue(func() map[string][]relay {
	all, err := parseSenders(sendersYAML)
	if err != nil {
		panic(fmt.Errorf("senders.yaml: %w", err)) // embedded: a broken build
	}
	m := map[string][]relay{}
	for _, r := range all {
		for _, d := range r.Domains {
			m[d] = append(m[d], r)
		}
	}
	return m
})

func parseSenders(b []byte) ([]relay, error) {
	var all []relay
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	for _, r := range all {
		for _, c := range r.Classes {
			if !slices.Contains(classes, c) {
				return nil, fmt.Errorf("class %q is not known", c)
			}
		}
	}
	return all, nil
}
