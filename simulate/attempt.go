package simulate

import "time"

// Attempt is one try at the door and how the provider answered.
type Attempt struct {
	Time    time.Time
	Account string  // as typed: user@domain, or a bare name on hosts
	Host    string  // of an organisation with hosts: which one was tried
	Person  *Person // whose it is; nil where no such account exists
	From    Endpoint
	Client  *Client
	Code    Code
	ID      GUID // the provider's id of the request: the same in every export

	// Action is what somebody did with the access that an earlier attempt gave
	// ("MailItemsAccessed"); such an entry is no sign-in, and only the formats
	// that record acts write it.
	Action string

	Cause    Cause
	campaign int    // with CauseCampaign or CauseIntruder: position in the specification
	secret   uint32 // stands for the password that was sent; 0: the right one
	declined bool   // with MFAFailed: somebody said no, where nobody answered otherwise
	answered bool   // Code is given and not for the provider to find
}

// Cause is why an attempt was made. The first group is innocent.
type Cause uint8

// The causes.
const (
	CauseSignIn   Cause = iota // somebody signs in
	CauseTypo                  // a wrong password, corrected at once
	CauseMFA                   // a second factor missed, then given
	CauseStale                 // a device that still has the old password
	CauseApp                   // a scheduled job with a wrong password
	CauseRotation              // the old password, after all had to be changed
	CauseTor                   // somebody who works through Tor
	CauseScanner               // one address that looks for common names
	CauseSecret                // a workload whose secret expired or was replaced
	CauseNoise                 // a botnet that tries everybody all the time
	CauseCampaign              // an attempt of a campaign
	CauseIntruder              // what a campaign does with a password that it found
	CauseWorkload              // a workload signs in
)

var causeNames = [...]string{"sign_in", "typo", "mfa", "stale_device", "misconfigured_app", "rotation_storm", "tor_user", "scanner", "expired_secret", "commodity", "campaign", "intruder", "workload"}

func (c Cause) String() string { return causeNames[c] }

// decoys are the causes that a detector may take for an attack on this
// organisation, and that are none.
func (c Cause) decoy() bool { return c >= CauseStale && c <= CauseNoise }
