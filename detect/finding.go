// Package detect finds attacks on sign-ins and by mail in the facts of a ledger. Every
// detector is one file and one line in [Detectors]; all are pure functions of
// the facts: the same facts give the same findings with the same ids.
//
// A finding names the attempts or mails it is made of one by one, and every score
// opens into weighted evidence.
package detect

import (
	"time"

	"github.com/pumphandle/pumphandle/org"
)

// Kind is what a finding or campaign is, in the words of docs/contracts.md.
type Kind string

// The kinds of sign-in attack.
const (
	PasswordSpray      Kind = "password_spray"
	BruteForce         Kind = "brute_force"
	CredentialStuffing Kind = "credential_stuffing"
	AccountEnumeration Kind = "account_enumeration"
	MFAFatigue         Kind = "mfa_fatigue"
	WorkloadBruteForce Kind = "workload_brute_force"
)

// The kinds of attack by mail.
const (
	RecruiterLure       Kind = "recruiter_lure"
	HealthAuthorityLure Kind = "health_authority_lure"
	CredentialPhish     Kind = "credential_phish"
	MalwareLure         Kind = "malware_lure"
	ThreadHijack        Kind = "thread_hijack"
	LateralPhish        Kind = "lateral_phish"
	DeviceCodePhish     Kind = "device_code_phish"
)

// ByMail reports whether the kind is an attack by mail.
func (k Kind) ByMail() bool {
	switch k {
	case RecruiterLure, HealthAuthorityLure, CredentialPhish, MalwareLure, ThreadHijack, LateralPhish, DeviceCodePhish:
		return true
	}
	return false
}

// Technique returns the MITRE ATT&CK id of the technique behind the kind. What
// a mail carries may say it more exactly: see [Finding.Techniques].
func (k Kind) Technique() string {
	switch k {
	case RecruiterLure, HealthAuthorityLure, ThreadHijack:
		return "T1566"
	case CredentialPhish:
		return "T1566.002"
	case MalwareLure:
		return "T1566.001"
	case LateralPhish:
		return "T1534"
	case DeviceCodePhish:
		return "T1528"
	case PasswordSpray:
		return "T1110.003"
	case BruteForce:
		return "T1110.001"
	case CredentialStuffing:
		return "T1110.004"
	case AccountEnumeration:
		return "T1589.002"
	case MFAFatigue:
		return "T1621"
	case WorkloadBruteForce:
		return "T1110"
	}
	return ""
}

// Evidence is one reason behind a score.
type Evidence struct {
	What   string  `json:"what"`   // stable name of the measure
	Value  float64 `json:"value"`  // what was measured, in the unit that Text names
	Weight float64 `json:"weight"` // what it adds to the score, in nats of log-likelihood ratio; negative speaks against
	Text   string  `json:"text"`   // the same in plain words
}

// Finding is one attack as one detector sees it at one organisation.
type Finding struct {
	ID       string // "F-" and 12 hex digits: a hash of detector, organisation, subject and first record
	Detector string
	Kind     Kind
	Org      org.ID
	Subject  string // what it is about: a source, an account, a client
	First    time.Time
	Last     time.Time
	Score    float64 // probability, 0 to 1, that this is an attack
	Evidence []Evidence
	Whole    string   // findings at several organisations that are one candidate share it; "" for a candidate at one
	Attempts []uint32 // positions in the organisation's judged attempts, ascending
	Mails    []int    // positions in the organisation's mails, ascending: a finding has the one or the other

	Sub []string // ATT&CK ids that what a mail carries adds to those of its kind
}

// Techniques returns the ATT&CK ids behind the finding.
func (f Finding) Techniques() []string {
	if len(f.Sub) > 0 {
		return f.Sub
	}
	return []string{f.Kind.Technique()}
}
