package run

import (
	"bytes"
	"fmt"

	"github.com/pumphandle/pumphandle/notify"
	"go.yaml.in/yaml/v3"
)

// Sender is who tells and publishes, as the file of --sender describes it.
type Sender struct {
	Name           string `yaml:"name"`            // of the team or institution
	Phone          string `yaml:"phone"`           // a published number by which a reader can check a notice
	KeyFingerprint string `yaml:"key_fingerprint"` // of the key that signs notices
	Site           string `yaml:"site"`            // whose address the reader types
	Policy         string `yaml:"policy"`          // where the policy on notices and publication is found
	Secret         string `yaml:"secret"`          // with it nobody else can work out references and acknowledgement codes
}

// ParseSender reads a sender file. An unknown key is an error that names the
// line.
func ParseSender(name string, data []byte) (Sender, error) {
	var s Sender
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return Sender{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s Sender) notify() notify.Sender {
	return notify.Sender{Name: s.Name, Phone: s.Phone, KeyFingerprint: s.KeyFingerprint, Site: s.Site, Policy: s.Policy}
}

// producer is the name that exports carry.
func (s Sender) producer() string {
	if s.Name == "" {
		return "pumphandle"
	}
	return s.Name
}
