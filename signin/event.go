// Package signin reads the sign-in logs of identity providers, mail systems
// and hosts, and turns every record into one [Event] of one shape.
//
// It is pure: bytes in, events out; it opens no file and knows no clock. Each
// log format is one file with one [Format] value, listed in [Formats]. What a
// result code means is data (signin/codes/*.yaml), not code.
//
// Start with [Event], then [Format], then the file of the format you know.
package signin

import (
	"net/netip"
	"time"
)

// Event is one sign-in record as every later step sees it. The zero value of
// a field means that the log does not say.
//
// The strings of a decoded event may point into memory that the decoder
// reuses: whoever keeps one past the call must clone it.
type Event struct {
	Time time.Time // when it happened, UTC; never zero in a yielded sign-in
	Line int64     // line of the file, from 1, on which the record begins

	ID  string // the provider's id of the record; "" where it has none
	Key uint64 // hash of ID, or of the record's identifying content: the same record in two exports has one key

	// Try joins the records that one attempt leaves in a log (an sshd
	// connection writes "Invalid user", a PAM line and "Failed password"); it
	// is a hash, 0 where a record stands alone. Of the records that share it
	// within ten minutes only those of the highest Strength count.
	Try      uint64
	Strength Strength
	Repeat   int // how many tries this one record stands for ("message repeated 5 times"); 0 means 1

	Tenant  string // identity-provider tenant id, lower case
	Host    string // the host that wrote the log, lower case, as the log names it
	Account string // user name, lower case: user@domain as the provider gives it, or a bare name local to Host
	Known   Tri    // whether the provider says that the account exists

	Addr      netip.Addr // where the attempt came from; IPv4-mapped addresses are unmapped
	ASN       uint32     // autonomous system of Addr, as the log says
	Country   string     // ISO 3166-1 alpha-2 of Addr, as the log says, upper case
	UserAgent string     // raw user agent
	Client    string     // how the client spoke: Entra clientAppUsed, audit-log RequestType, sshd method
	App       string     // application id signed in to, else its name
	Protocol  Protocol

	Class  Class
	Code   string // the provider's own result code, raw
	Action string // with ClassActivity: the operation, as the provider names it
}

// Tri is a truth value that may be unstated.
type Tri uint8

// The values of a Tri.
const (
	Unstated Tri = iota
	Yes
	No
)

// Strength ranks the records of one attempt by how directly they report it.
type Strength uint8

// The ranks of a record. They differ within a try only where one leaves records
// of several kinds, as with sshd and PAM.
const (
	Full Strength = iota // the record reports one try by itself (the default)
	Part                 // a PAM line: one try, unless a Full record of the same Try is there
	Hint                 // "Invalid user", a closed connection: together one try, unless a Part or Full record is there
)

// Protocol is the way of signing in, as far as it matters for detection.
type Protocol uint8

// The protocols told apart.
const (
	ProtocolUnknown Protocol = iota
	Interactive              // a person at a browser or an app's sign-in page
	NonInteractive           // a token renewed by a client without a person
	ROPC                     // OAuth 2.0 resource owner password credentials: the password itself is sent (RFC 6749 4.3)
	Legacy                   // basic authentication of mail protocols: IMAP, POP, SMTP, ActiveSync, Autodiscover
	DeviceCode               // OAuth 2.0 device authorization grant (RFC 8628)
	Federated                // SAML, WS-Federation, an external identity provider
	SSH
	PAM // a host service other than sshd that asks PAM
	Workload
	Kerberos
	NTLM
	RemoteDesktop // Windows Remote Desktop (RDP)
	VPN           // a gateway for remote access
)

var protocolNames = [...]string{"", "interactive", "non-interactive", "ropc", "legacy", "device-code", "federated", "ssh", "pam", "workload",
	"kerberos", "ntlm", "rdp", "vpn"}

func (p Protocol) String() string {
	if int(p) < len(protocolNames) {
		return protocolNames[p]
	}
	return "unknown"
}

// Class says what a result means. It is decided by a table of codes for each
// provider; the classes are those of the outcome ladder in docs/contracts.md.
type Class uint8

// The classes. Those for which [Class.ConfirmsPassword] holds are refusals
// that prove the password was right.
const (
	ClassNone       Class = iota // a record that is no sign-in; it is only counted
	OK                           // access obtained
	OKInterrupt                  // an interrupt inside a sign-in that succeeds ("keep me signed in?")
	BadPassword                  // the password was wrong
	UnknownUser                  // no such account
	UnknownTenant                // no such tenant
	Locked                       // the account is locked; says nothing about the password
	IPBlocked                    // the address is blocked; says nothing about the password
	Disabled                     // the account is disabled; says nothing about the password
	PasswordExpired              // right password, but expired or to be changed
	MFARequired                  // right password, second factor asked for and not given
	MFAFailed                    // right password, second factor failed or timed out
	MFADenied                    // right password, the person refused the second factor
	PolicyBlock                  // right password, blocked by policy (conditional access)
	RiskBlock                    // right password, blocked for risk
	Consent                      // right password, the application lacks consent
	NotAssigned                  // right password, the account is not assigned to the application
	TokenLifecycle               // an expired or revoked token; no password was tried
	AppConfig                    // an application or protocol error; no password was tried
	Other                        // a code that the table does not know, or a record that does not say how it ended (Windows 4648)
	ClassActivity                // not a sign-in but an act that an intruder does after one; see Action
)

var classNames = [...]string{
	"none", "ok", "ok_interrupt", "bad_password", "unknown_user", "unknown_tenant", "locked", "ip_blocked", "disabled",
	"pw_expired", "mfa_required", "mfa_failed", "mfa_denied", "policy_block", "risk_block", "consent", "not_assigned",
	"token_lifecycle", "app_config", "other", "activity",
}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "invalid"
}

// ParseClass returns the class of that name, as the code tables write it.
func ParseClass(name string) (Class, bool) {
	for i, n := range classNames {
		if n == name {
			return Class(i), true
		}
	}
	return ClassNone, false
}

// Succeeded reports whether access was obtained.
func (c Class) Succeeded() bool { return c == OK || c == OKInterrupt }

// ConfirmsPassword reports whether the class is a refusal that proves the
// password was right.
func (c Class) ConfirmsPassword() bool { return c >= PasswordExpired && c <= NotAssigned }

// Refused reports whether the class is a refused try of a credential that
// does not prove the password right.
func (c Class) Refused() bool { return c >= BadPassword && c <= Disabled }

// SaysNothing reports whether a refusal of this class leaves open whether the
// password was right (AADSTS50053: a locked account or a blocked address).
func (c Class) SaysNothing() bool { return c == Locked || c == IPBlocked || c == Disabled }
