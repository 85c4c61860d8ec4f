package simulate

import (
	"bufio"
	"fmt"
	"iter"
)

// Console sign-ins of IAM users, as a trail of AWS CloudTrail delivers them
// (docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html).
// AWS hides names that are no user, because people type passwords there, and it
// knows no lock-out.

var awsCloudTrail = Format{
	Name:     "aws-cloudtrail",
	Title:    `AWS CloudTrail console sign-ins, one file of a trail {"Records":[…]}`,
	Signin:   "aws-cloudtrail",
	File:     "cloudtrail.json",
	Platform: awsAccount,
	write:    writeTrail,
}

func writeTrail(w *bufio.Writer, org *Org, attempts iter.Seq[*Attempt]) error {
	w.WriteString(`{"Records":[`)
	var buf []byte
	for a := range attempts {
		buf = appendTrail(buf, org, a)
		if _, err := w.Write(buf); err != nil {
			return err
		}
		buf = append(buf[:0], ',')
	}
	_, err := w.WriteString("]}\n")
	return err
}

// awsID is the number of an organisation's account.
func awsID(org *Org) string { return fmt.Sprintf("%012d", org.Tenant[0]%1_000_000_000_000) }

func appendTrail(buf []byte, org *Org, a *Attempt) []byte {
	account := awsID(org)
	o := object{append(buf, '{')}
	o.str("eventVersion", "1.08")
	o.open("userIdentity", '{')
	o.str("type", "IAMUser")
	if a.Person != nil {
		o.str("principalId", "AIDA"+a.Person.ID.String()[:8])
	}
	if a.Code == Accepted {
		o.str("arn", "arn:aws:iam::"+account+":user/"+a.Account)
	}
	o.str("accountId", account)
	if a.Code == UserNotFound {
		o.str("userName", "HIDDEN_DUE_TO_SECURITY_REASONS")
	} else {
		o.str("userName", a.Account)
	}
	o.close('}')
	o.time("eventTime", a.Time, "2006-01-02T15:04:05Z")
	o.str("eventSource", "signin.amazonaws.com")
	o.str("eventName", "ConsoleLogin")
	o.str("awsRegion", "eu-west-1")
	o.str("sourceIPAddress", a.From.Addr.String())
	o.str("userAgent", a.Client.UserAgent)
	switch a.Code {
	case Accepted:
	case UserNotFound:
		o.str("errorMessage", "No username found in supplied account")
	default:
		o.str("errorMessage", "Failed authentication")
	}
	o.raw("requestParameters", "null")
	o.open("responseElements", '{')
	if a.Code == Accepted {
		o.str("ConsoleLogin", "Success")
	} else {
		o.str("ConsoleLogin", "Failure")
	}
	o.close('}')
	o.open("additionalEventData", '{')
	o.str("LoginTo", "https://console.aws.amazon.com/")
	o.str("MobileVersion", "No")
	if a.Code == MFAFailed || a.Code == Accepted && a.Person != nil && a.Person.MFA {
		o.str("MFAUsed", "Yes")
	} else {
		o.str("MFAUsed", "No")
	}
	o.close('}')
	o.guid("eventID", a.ID)
	o.bool("readOnly", false)
	o.str("eventType", "AwsConsoleSignIn")
	o.bool("managementEvent", true)
	o.str("recipientAccountId", account)
	o.str("eventCategory", "Management")
	o.close('}')
	return o.buf
}

// awsCode is what the console makes of an attempt. Whoever has the password of
// an account with a second factor tries one: only a wrong one is recorded.
func awsCode(a *Attempt) Code {
	switch {
	case a.Person == nil:
		return UserNotFound
	case a.answered && (a.Code == Accepted || a.Code == MFAFailed || a.Code == KeepMeSignedIn || a.Code == NoSession):
		return a.Code
	case a.answered && (a.Code == MFANeeded || a.Code == MFANotGiven || a.Code == BlockedByPolicy):
		return MFAFailed
	case a.answered || a.secret != 0:
		return WrongPassword
	case a.Person.MFA:
		return MFAFailed
	}
	return Accepted
}
