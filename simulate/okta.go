package simulate

import "strconv"

// The System Log of Okta's identity engine, as a collector keeps it: a record
// for each step of a sign-in, joined by their transaction
// (developer.okta.com/docs/reference/api/system-log).

var okta = Format{
	Name:     "okta",
	Title:    "Okta System Log, one event per line",
	Signin:   "okta",
	File:     "okta-system-log.jsonl",
	Platform: oktaOrg,
	write:    perRecord(appendOkta),
}

// oktaStep is one record of a sign-in.
type oktaStep struct {
	event, result, reason, factor string
}

var (
	oktaVerified = oktaStep{"user.authentication.auth_via_mfa", "SUCCESS", "", "PASSWORD_AS_FACTOR"}
	oktaSession  = oktaStep{"user.session.start", "SUCCESS", "", ""}
	oktaPush     = oktaStep{"user.authentication.auth_via_mfa", "SUCCESS", "", "OKTA_VERIFY_PUSH"}
	oktaNoPush   = oktaStep{"user.authentication.auth_via_mfa", "FAILURE", "INVALID_CREDENTIALS", "OKTA_VERIFY_PUSH"}
	oktaDeny     = oktaStep{"user.mfa.okta_verify.deny_push", "SUCCESS", "", ""}
	oktaPolicy   = oktaStep{"policy.evaluate_sign_on", "DENY", "Sign-on policy evaluation resulted in DENY", ""}
)

// oktaSteps are the records of an answer.
func oktaSteps(a *Attempt) []oktaStep {
	refused := func(reason string) []oktaStep {
		return []oktaStep{{"user.session.start", "FAILURE", reason, ""}}
	}
	switch {
	case a.Code == UserNotFound:
		return refused("VERIFICATION_ERROR")
	case a.Code == Locked:
		return refused("LOCKED_OUT")
	case a.Code == WrongPassword:
		return refused("INVALID_CREDENTIALS")
	case a.Code == MFAFailed && a.declined:
		return []oktaStep{oktaVerified, oktaDeny, oktaNoPush}
	case a.Code == MFAFailed:
		return []oktaStep{oktaVerified, oktaNoPush}
	case a.Code == MFANeeded || a.Code == MFANotGiven:
		return []oktaStep{oktaVerified}
	case a.Code == BlockedByPolicy:
		return []oktaStep{oktaVerified, oktaPolicy}
	case a.Person != nil && a.Person.MFA:
		return []oktaStep{oktaVerified, oktaPush, oktaSession}
	}
	return []oktaStep{oktaVerified, oktaSession}
}

func appendOkta(buf []byte, org *Org, a *Attempt) []byte {
	for i, step := range oktaSteps(a) {
		buf = append(appendOktaStep(buf, org, a, step, uint64(i)), '\n')
	}
	return buf
}

func appendOktaStep(buf []byte, org *Org, a *Attempt, step oktaStep, n uint64) []byte {
	country := a.From.Net.Country
	transaction := a.ID.derive(saltCorrelation).String()
	o := object{append(buf, '{')}
	o.open("actor", '{')
	if a.Person == nil {
		o.str("id", "unknown")
	} else {
		o.str("id", "00u"+a.Person.ID.String()[:8])
	}
	o.str("type", "User")
	o.str("alternateId", a.Account)
	o.str("displayName", display(a))
	o.raw("detailEntry", "null")
	o.close('}')
	o.open("client", '{')
	o.open("userAgent", '{')
	o.str("rawUserAgent", a.Client.UserAgent)
	o.str("os", a.Client.OS)
	o.str("browser", a.Client.Browser)
	o.close('}')
	o.str("zone", "null")
	o.str("device", "Computer")
	o.raw("id", "null")
	o.str("ipAddress", a.From.Addr.String())
	o.open("geographicalContext", '{')
	o.str("city", country.City)
	o.str("state", country.State)
	o.str("country", countryNames[country.Code])
	o.raw("postalCode", "null")
	o.open("geolocation", '{')
	o.float("lat", country.Lat)
	o.float("lon", country.Lon)
	o.close('}')
	o.close('}')
	o.close('}')
	o.open("authenticationContext", '{')
	o.int("authenticationStep", 0)
	o.str("externalSessionId", "unknown")
	o.close('}')
	o.str("displayMessage", step.event)
	o.str("eventType", step.event)
	o.open("outcome", '{')
	o.str("result", step.result)
	if step.reason == "" {
		o.raw("reason", "null")
	} else {
		o.str("reason", step.reason)
	}
	o.close('}')
	o.time("published", a.Time, "2006-01-02T15:04:05.000Z")
	o.open("securityContext", '{')
	o.int("asNumber", int64(a.From.Net.ASN))
	o.raw("isProxy", "false")
	o.close('}')
	o.str("severity", "INFO")
	o.open("debugContext", '{')
	o.open("debugData", '{')
	o.str("requestId", transaction)
	o.str("requestUri", "/idp/idx/challenge/answer")
	if step.factor != "" {
		o.str("factor", step.factor)
	}
	o.close('}')
	o.close('}')
	o.open("transaction", '{')
	o.str("type", "WEB")
	o.str("id", transaction)
	o.raw("detail", "{}")
	o.close('}')
	o.guid("uuid", a.ID.derive(saltStep+n))
	o.str("version", "0")
	o.open("request", '{')
	o.open("ipChain", '[')
	o.open("", '{')
	o.str("ip", a.From.Addr.String())
	o.str("version", "V"+strconv.Itoa(ipVersion(a)))
	o.raw("source", "null")
	o.close('}')
	o.close(']')
	o.close('}')
	o.raw("target", "null")
	o.close('}')
	return o.buf
}

func ipVersion(a *Attempt) int {
	if a.From.Addr.Is6() {
		return 6
	}
	return 4
}

// oktaCode is what Okta makes of an attempt: it says of a closed account that
// the password is wrong.
func oktaCode(c Code) Code {
	if c == UserDisabled {
		return WrongPassword
	}
	return c
}

// countryNames are the English names of the countries of the world, as Okta
// writes them.
var countryNames = map[string]string{
	"CA": "Canada", "FR": "France", "IN": "India", "KR": "South Korea", "US": "United States", "DE": "Germany", "NL": "Netherlands",
	"SE": "Sweden", "CH": "Switzerland", "RO": "Romania", "GB": "United Kingdom", "RU": "Russia", "UA": "Ukraine", "PL": "Poland",
	"LU": "Luxembourg", "AT": "Austria", "FI": "Finland", "NO": "Norway", "CZ": "Czechia", "MD": "Moldova", "BG": "Bulgaria",
	"LT": "Lithuania", "SG": "Singapore", "JP": "Japan", "HK": "Hong Kong", "BR": "Brazil", "VN": "Vietnam", "CN": "China",
	"ID": "Indonesia", "TR": "Turkey", "IT": "Italy", "ES": "Spain", "MX": "Mexico", "AR": "Argentina", "ZA": "South Africa",
	"TH": "Thailand",
}
