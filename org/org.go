// Package org knows who is protected: the organisations, how an event is seen
// to be theirs, and whom to tell. It is pure; the organisations file is given
// to it as bytes.
package org

import "net/netip"

// ID is the stable, lower-case name of an organisation in all records.
type ID string

// Unassigned owns the events whose owner is not known although an
// organisations file was given. They are kept apart: no notice and no edition
// is ever made of them.
const Unassigned ID = "unassigned"

// Organisation is one protected organisation, as the organisations file
// describes it. Field names are those of docs/contracts.md.
type Organisation struct {
	ID        ID             `yaml:"id"`
	Name      string         `yaml:"name"`
	Aliases   []string       `yaml:"aliases"`
	Country   string         `yaml:"country"` // ISO 3166-1 alpha-2
	Sector    Sector         `yaml:"sector"`
	Domains   []string       `yaml:"domains"`
	Tenants   []string       `yaml:"tenants"`
	Netblocks []netip.Prefix `yaml:"netblocks"`
	Language  string         `yaml:"language"` // BCP 47
	Contacts  []Contact      `yaml:"contacts"`
	Duties    map[string]any `yaml:"duties"` // nis2: essential, hipaa: false …; read by package norm
	Sources   []SourceRule   `yaml:"sources"`
	People    []Person       `yaml:"people"`    // whose names are borrowed to give orders: executives, finance
	Receivers []string       `yaml:"receivers"` // authserv-ids of its mail receivers, whose verdicts are believed (RFC 8601 section 5)
}

// Person is somebody of an organisation whose name attackers borrow.
type Person struct {
	Name  string   `yaml:"name"`
	Email []string `yaml:"email"` // from which he or she writes, besides the organisation's domains
}

// Contact is whom to tell at an organisation.
type Contact struct {
	Role     string `yaml:"role"` // security, 24x7, dpo, exec, relay
	Name     string `yaml:"name"`
	Email    string `yaml:"email"`
	Phone    string `yaml:"phone"`
	PGP      string `yaml:"pgp"`      // path of the public key
	Verified string `yaml:"verified"` // date on which the contact was last confirmed, YYYY-MM-DD
}

// SourceRule binds inputs whose records do not say whose they are.
type SourceRule struct {
	Path  string `yaml:"path"`  // glob with **, relative to any PATH of the scan
	Token string `yaml:"token"` // name of an authenticated push source
}

// Sector is the kind of organisation.
type Sector string

// The sectors of the organisations file.
const (
	Hospital         Sector = "hospital"
	ResearchHospital Sector = "research_hospital"
	Pharma           Sector = "pharma"
	VaccineResearch  Sector = "vaccine_research"
	ClinicalResearch Sector = "clinical_research"
	Diagnostics      Sector = "diagnostics"
	University       Sector = "university"
	PublicHealth     Sector = "public_health"
	OtherSector      Sector = "other"
)
