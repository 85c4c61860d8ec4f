package simulate

import (
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// orgEntry is an organisation in the organisations file (docs/contracts.md).
type orgEntry struct {
	ID        string              `yaml:"id"`
	Name      string              `yaml:"name"`
	Country   string              `yaml:"country"`
	Sector    string              `yaml:"sector"`
	Domains   []string            `yaml:"domains"`
	Tenants   []string            `yaml:"tenants,omitempty"`
	Netblocks []string            `yaml:"netblocks"`
	Language  string              `yaml:"language"`
	Contacts  []contactEntry      `yaml:"contacts"`
	Duties    map[string]any      `yaml:"duties,omitempty"`
	Sources   []map[string]string `yaml:"sources,omitempty"`
}

type contactEntry struct {
	Role     string `yaml:"role"`
	Email    string `yaml:"email"`
	Verified string `yaml:"verified"`
}

// writeOrgs writes the organisations file of a world.
func writeOrgs(w io.Writer, world *World) error {
	var file struct {
		Organisations []orgEntry `yaml:"organisations"`
	}
	for _, o := range world.Orgs {
		file.Organisations = append(file.Organisations, entry(world, o))
	}
	fmt.Fprintln(w, "# Invented organisations of a simulation; nothing here exists.")
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(file); err != nil {
		return fmt.Errorf("organisations file: %w", err)
	}
	return enc.Close()
}

func entry(w *World, o *Org) orgEntry {
	verified := w.Start.AddDate(0, -2, 0).Format("2006-01-02")
	e := orgEntry{
		ID: string(o.ID), Name: o.Name, Country: o.Where.Code, Sector: string(o.Sector),
		Domains: []string{o.Domain}, Netblocks: []string{o.netblock().String()}, Language: o.Where.Language,
		Contacts: []contactEntry{
			{"security", "security@" + o.Domain, verified},
			{"dpo", "privacy@" + o.Domain, verified},
		},
	}
	if id := o.tenantID(); id != "" {
		e.Tenants = []string{id}
	}
	if o.Hosts != nil {
		e.Sources = []map[string]string{{"path": "**/" + string(o.ID) + "/*"}}
	}
	switch o.Where.Code {
	case "FR":
		e.Duties = map[string]any{"nis2": "essential"}
	case "US":
		e.Duties = map[string]any{"hipaa": true}
	}
	return e
}
