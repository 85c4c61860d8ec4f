package simulate

import (
	"strings"

	"github.com/pumphandle/pumphandle/signin"
)

// What all exports of one Entra sign-in have in common. Field names, their
// order and their values follow the signIn resource of Microsoft Graph beta
// (learn.microsoft.com/graph/api/resources/signin) and records of Azure
// Monitor.

const nobody = "00000000-0000-0000-0000-000000000000"

// Salts by which the identifiers of a record are derived from its own.
const (
	saltCorrelation = iota + 1
	saltSession
	saltDevice
	saltToken
	saltPolicy
	saltApp
)

func isInteractive(c *Client) bool {
	return c.Protocol == signin.Interactive || c.Protocol == signin.Legacy
}

func authenticationProtocol(c *Client) string {
	if c.Protocol == signin.ROPC {
		return "ropc"
	}
	return "none"
}

func requirement(a *Attempt) string {
	if a.Person != nil && a.Person.MFA && a.Client.Protocol != signin.Legacy && !passwordWrong(a.Code) {
		return "multiFactorAuthentication"
	}
	return "singleFactorAuthentication"
}

func passwordWrong(c Code) bool { return c == WrongPassword || c == UserNotFound || c == Locked }

func interrupted(c Code) bool {
	return c == KeepMeSignedIn || c == NoSession || c == MFANotGiven || c == MFANeeded
}

func conditionalAccess(a *Attempt) string {
	switch {
	case a.Code == BlockedByPolicy || a.Code == MFANeeded || a.Code == MFANotGiven || a.Code == MFAFailed:
		return "failure"
	case a.Code == Accepted && requirement(a) == "multiFactorAuthentication":
		return "success"
	}
	return "notApplied"
}

func display(a *Attempt) string {
	if a.Person != nil {
		return a.Person.Display
	}
	return a.Account
}

func userID(a *Attempt) string {
	if a.Person != nil {
		return a.Person.ID.String()
	}
	return nobody
}

// managed returns the device on which somebody works, and false for any other.
func managed(a *Attempt) (GUID, bool) {
	if a.Person == nil || a.Cause >= CauseStale || (a.Client != a.Person.browser && a.Client != a.Person.desktop) {
		return GUID{}, false
	}
	return a.Person.ID.derive(saltDevice), true
}

func reason(c Code) string {
	if c == Accepted {
		return "Other."
	}
	return codeTexts[c].reason
}

func details(a *Attempt) string {
	switch {
	case a.Code == Accepted && requirement(a) != "multiFactorAuthentication":
		return ""
	case a.Code == MFAFailed && a.declined:
		return "MFA denied; user declined the authentication"
	}
	return codeTexts[a.Code].details
}

// principalOf returns the service principal of a workload's sign-in, empty
// where the tenant has none.
func principalOf(a *Attempt) (id, name string) {
	if a.Person == nil {
		return "", ""
	}
	return a.Person.ID.String(), a.Person.Account
}

// workload is what Graph and Azure Monitor say of a workload's sign-in alike.
func workload(o *object, org *Org, a *Attempt) {
	id, name := principalOf(a)
	o.str("servicePrincipalId", id)
	o.str("servicePrincipalName", name)
	o.guid("servicePrincipalCredentialKeyId", org.Tenant.derive(hashText(a.Client.App.ID)))
	o.str("clientCredentialType", "clientSecret")
	o.str("appId", a.Client.App.ID)
	o.str("appDisplayName", name)
	o.str("ipAddress", a.From.Addr.String())
	o.guid("correlationId", a.ID.derive(saltCorrelation))
	o.str("conditionalAccessStatus", "notApplied")
	o.bool("isInteractive", false)
	o.str("tokenIssuerType", "AzureAD")
	o.str("riskState", "none")
	o.str("resourceDisplayName", a.Client.Resource.Name)
	o.str("resourceId", a.Client.Resource.ID)
	o.guid("resourceTenantId", org.Tenant)
	o.guid("homeTenantId", org.Tenant)
	o.int("autonomousSystemNumber", int64(a.From.Net.ASN))
	o.str("crossTenantAccessType", "none")
	o.str("uniqueTokenIdentifier", a.ID.derive(saltToken).String()[:22])
}

func deviceDetail(o *object, key string, a *Attempt) {
	o.open(key, '{')
	device, ok := managed(a)
	if ok {
		o.guid("deviceId", device)
		o.str("displayName", "WS-"+strings.ToUpper(device.String()[:8]))
	} else {
		o.str("deviceId", "")
		o.str("displayName", "")
	}
	o.str("operatingSystem", a.Client.OS)
	o.str("browser", a.Client.Browser)
	o.bool("isCompliant", ok)
	o.bool("isManaged", ok)
	if ok {
		o.str("trustType", "Azure AD joined")
	} else {
		o.str("trustType", "")
	}
	o.close('}')
}

func location(o *object, key string, a *Attempt) {
	c := a.From.Net.Country
	o.open(key, '{')
	o.str("city", c.City)
	o.str("state", c.State)
	o.str("countryOrRegion", c.Code)
	o.open("geoCoordinates", '{')
	o.float("latitude", c.Lat)
	o.float("longitude", c.Lon)
	o.close('}')
	o.close('}')
}

func status(o *object, key string, a *Attempt) {
	o.open(key, '{')
	o.int("errorCode", int64(a.Code))
	o.str("failureReason", reason(a.Code))
	o.str("additionalDetails", details(a))
	o.close('}')
}

// authenticationDetails lists the steps of the sign-in: the password, then the
// second factor.
func authenticationDetails(o *object, key string, a *Attempt) {
	o.open(key, '[')
	step := func(method, detail, result, requirement string, ok bool) {
		o.open("", '{')
		o.time("authenticationStepDateTime", a.Time, "2006-01-02T15:04:05.0000000Z07:00")
		o.str("authenticationMethod", method)
		o.str("authenticationMethodDetail", detail)
		o.bool("succeeded", ok)
		o.str("authenticationStepResultDetail", result)
		o.str("authenticationStepRequirement", requirement)
		o.close('}')
	}
	switch {
	case a.Code == NoSession || a.Code == UserNotFound || a.Code.outage():
	case a.Code == Locked:
		step("Password", "Password in the cloud", "Account is locked", "Primary authentication", false)
	case a.Code == WrongPassword:
		step("Password", "Password in the cloud", "Invalid username or password or Invalid on-premise username or password.", "Primary authentication", false)
	default:
		step("Password", "Password in the cloud", "Correct password", "Primary authentication", true)
	}
	switch {
	case a.Code == MFAFailed:
		step("Mobile app notification", "", details(a), "Multi-factor authentication", false)
	case a.Code == MFANeeded || a.Code == MFANotGiven:
		step("", "", "MFA required in Azure AD", "Multi-factor authentication", false)
	case a.Code == Accepted && requirement(a) == "multiFactorAuthentication":
		step("Previously satisfied", "", "MFA requirement satisfied by claim in the token", "Multi-factor authentication", true)
	}
	o.close(']')
}

// policies are the conditional-access policies of every organisation.
var policies = []struct{ name, control string }{
	{"Require multifactor authentication for all users", "Mfa"},
	{"Block legacy authentication", "Block"},
	{"Require compliant device for administrators", "RequireCompliantDevice"},
	{"Require multifactor authentication for Azure management", "Mfa"},
	{"Block access from unexpected countries", "Block"},
	{"Require terms of use for guests", "TermsOfUse"},
}

func appliedPolicies(o *object, key string, org *Org, a *Attempt, n int) {
	o.open(key, '[')
	for i, p := range policies[:n] {
		result := "notApplied"
		switch {
		case i == 0 && conditionalAccess(a) == "success":
			result = "success"
		case i == 0 && conditionalAccess(a) == "failure" && a.Code != BlockedByPolicy,
			i == 1 && a.Code == BlockedByPolicy:
			result = "failure"
		}
		o.open("", '{')
		o.guid("id", org.Tenant.derive(saltPolicy+uint64(i)))
		o.str("displayName", p.name)
		o.open("enforcedGrantControls", '[')
		o.str("", p.control)
		o.close(']')
		o.raw("enforcedSessionControls", "[]")
		o.str("result", result)
		o.close('}')
	}
	o.close(']')
}
