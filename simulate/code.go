package simulate

// Code is an AADSTS error code; hosts use only three of them.
// Texts: learn.microsoft.com/entra/identity-platform/reference-error-codes.
type Code int

// The answers of the provider.
const (
	Accepted        Code = 0
	UserNotFound    Code = 50034
	Locked          Code = 50053
	PasswordExpired Code = 50055
	NoSession       Code = 50058 // single sign-on had nothing to go by; no password was tried
	MFANotGiven     Code = 50074
	MFANeeded       Code = 50076
	WrongPassword   Code = 50126
	KeepMeSignedIn  Code = 50140 // an interrupt inside a sign-in that succeeds
	BlockedByPolicy Code = 53003
	MFAFailed       Code = 500121
	UserDisabled    Code = 50057
	GuestUnknown    Code = 50020 // a guest whom nobody invited
	UnknownApp      Code = 700016
	WrongSecret     Code = 7000215
	SecretExpired   Code = 7000222

	// An outage of the provider, and one of the bridge to a directory on premises.
	Unavailable      Code = 90033
	IssuanceError    Code = 50000
	OnPremiseDown    Code = 80001
	OnPremiseTimeout Code = 80002
	OnPremiseBroken  Code = 80007 // whoever reads this code as a wrong password is misled
)

// outage reports whether the provider could not say whether a password is right.
func (c Code) outage() bool {
	return c == Unavailable || c == IssuanceError || c == OnPremiseDown || c == OnPremiseTimeout || c == OnPremiseBroken
}

// codeText is what the logs say beside a code.
type codeText struct {
	name    string // LogonError of the audit log
	reason  string // failureReason
	details string // additionalDetails
}

var codeTexts = map[Code]codeText{
	Accepted:        {details: "MFA requirement satisfied by claim in the token"},
	UserNotFound:    {"UserAccountNotFound", "The user account {EmailHidden} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.", ""},
	Locked:          {"IdsLocked", "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.", ""},
	PasswordExpired: {"InvalidPasswordExpiredPassword", "The password is expired.", "User's password is expired, and therefore their login or session was ended."},
	NoSession:       {"UserInformationNotProvided", "Session information is not sufficient for single-sign-on.", ""},
	MFANotGiven:     {"UserStrongAuthClientAuthNRequiredInterrupt", "Strong Authentication is required.", "MFA required in Azure AD"},
	MFANeeded:       {"UserStrongAuthClientAuthNRequired", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access.", "MFA required in Azure AD"},
	WrongPassword:   {"InvalidUserNameOrPassword", "Error validating credentials due to invalid username or password.", "The user didn't enter the right credentials. It's expected to see some number of these errors in your logs due to users making mistakes."},
	KeepMeSignedIn:  {"KmsiInterrupt", "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.", ""},
	BlockedByPolicy: {"BlockedByConditionalAccess", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", ""},
	MFAFailed:       {"AuthenticationFailedSasError", "Authentication failed during strong authentication request.", "MFA denied; user did not respond to mobile app notification"},
	UserDisabled:    {"UserDisabled", "The user account is disabled.", "The account has been disabled by an administrator."},
	GuestUnknown:    {"UserUnauthorized", "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{appId}'({appName}) in that tenant.", ""},
	UnknownApp:      {"UnauthorizedClient_DoesNotMatchRequest", "Application with identifier '{appIdentifier}' was not found in the directory '{tenantName}'.", ""},
	WrongSecret:     {"InvalidClientSecret", "Invalid client secret is provided.", ""},
	SecretExpired:   {"InvalidClientSecretExpiredKeysProvided", "The provided client secret keys for app '{identifier}' are expired.", ""},

	Unavailable:      {"MsodsServiceUnavailable", "The Microsoft Online Directory Service (MSODS) is not available.", ""},
	IssuanceError:    {"TokenIssuanceError", "There was an error issuing a token or an issue with our sign-in service.", ""},
	OnPremiseDown:    {"OnPremiseStoreIsNotAvailable", "The Authentication Agent is unable to connect to Active Directory.", ""},
	OnPremiseTimeout: {"OnPremisePasswordValidatorRequestTimedout", "Password validation request timed out.", ""},
	OnPremiseBroken:  {"OnPremisePasswordValidatorErrorOccurredOnPrem", "The Authentication Agent is unable to validate the user's password.", ""},
}
