package signin

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var awsCloudTrail = Format{
	Name:  "aws-cloudtrail",
	Title: "AWS CloudTrail",
	Doc:   "JSON files of a trail ({\"Records\":[…]}), lookup-events of the command line, or one event on each line.",
	Blind: "names that are no user (AWS hides them), and access keys that are tried",
	Sniff: func(head []byte) int { return sniffJSON(head, awsFields, awsScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		var a awsReader
		return joinSteps(jsonSteps(r, awsFields, a.read))
	},
}

// The fields of a record:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html.
const (
	awsID = iota
	awsTime
	awsName
	awsSource
	awsIP
	awsAgent
	awsErrorCode
	awsErrorMessage
	awsAccountID
	awsIdentityAccount
	awsUserType
	awsUserName
	awsPrincipal
	awsARN
	awsConsole
	awsMFA
	awsSAML
	awsCredential
	awsCenterUser
	awsCenterID
	awsVerified
	awsAuthenticated
	awsWorkflow // joins the steps of a sign-in to IAM Identity Center
	awsInner    // the record as a string, of lookup-events
)

var awsFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    lists(),
	Mark:    []int{awsName},
}, awsPaths...)

var awsPaths = []string{
	"eventID", "eventTime", "eventName", "eventSource", "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "recipientAccountId",
	"userIdentity.accountId", "userIdentity.type", "userIdentity.userName", "userIdentity.principalId", "userIdentity.arn",
	"responseElements.ConsoleLogin", "additionalEventData.MFAUsed", "additionalEventData.SamlProviderArn",
	"additionalEventData.CredentialType", "additionalEventData.UserName", "userIdentity.onBehalfOf.userId", "serviceEventDetails.CredentialVerification",
	"serviceEventDetails.UserAuthentication", "additionalEventData.AuthWorkflowID", "CloudTrailEvent",
}

var (
	awsCodes = mustCodes("aws-cloudtrail")
	awsActs  = mustActs("aws-cloudtrail")
)

func awsScore(rec *jsonscan.Record) int {
	switch {
	case strings.HasSuffix(rec.Text(awsSource), ".amazonaws.com") && rec.Kind(awsName) != jsonscan.Missing:
		return 95
	case rec.Kind(awsInner) == jsonscan.String:
		return 90
	}
	return 0
}

// awsReader reads the records of one input.
type awsReader struct {
	inner jsonscan.Record

	results map[string]awsResult // those that came, by what tells them; at most maxAWSResults
	key     []byte
}

// awsResult is what [awsClass] returns.
type awsResult struct {
	class Class
	ok    bool
}

const maxAWSResults = 256

func (a *awsReader) read(rec *jsonscan.Record, ev *Event, step *stepRecord) error {
	if rec.Kind(awsInner) == jsonscan.String {
		if err := awsFields.Scan(rec.Bytes(awsInner), &a.inner); err != nil {
			return fmt.Errorf("CloudTrailEvent: %w", err)
		}
		rec = &a.inner
	}
	name := rec.Text(awsName)
	switch class, ok := a.class(rec, name); {
	case ok && class == ClassNone:
		return nil // a factor that was right
	case ok:
		ev.Class, ev.Code = class, awsCode(rec, class)
		ev.Protocol = awsProtocol(rec, name)
		ev.Client = name
		ev.Try = tryOf("aws-cloudtrail", rec.Text(awsWorkflow))
		switch {
		case class == MFARequired: // a verified password; see the table
			step.kind, ev.Strength = verifiedNow, Hint
		case class.Succeeded():
			step.kind = succeededNow
		}
	case awsActs.has(name, rec, 0) && rec.Text(awsErrorCode) == "":
		ev.Class, ev.Action = ClassActivity, name
	default:
		return nil
	}
	ev.Tenant = firstText(rec.Text(awsAccountID), rec.Text(awsIdentityAccount))
	ev.Account = awsAccount(rec)
	if strings.EqualFold(rec.Text(awsUserName), awsHidden) {
		ev.Known = No
	}
	ev.Addr = ParseAddr(rec.Text(awsIP)) // the name of a service where AWS itself called
	ev.UserAgent = rec.Text(awsAgent)
	ev.ID = rec.Text(awsID)
	return finish(ev, "aws-cloudtrail", rec.Text(awsTime), nil)
}

// class is [awsClass], which has few different results in a log.
func (a *awsReader) class(rec *jsonscan.Record, name string) (Class, bool) {
	a.key = append(a.key[:0], name...)
	for _, field := range [...]int{awsSource, awsConsole, awsVerified, awsAuthenticated, awsErrorCode, awsErrorMessage, awsMFA, awsCredential} {
		a.key = append(append(a.key, 0), rec.Bytes(field)...)
	}
	if r, ok := a.results[string(a.key)]; ok {
		return r.class, r.ok
	}
	class, ok := awsClass(rec, name)
	if a.results == nil {
		a.results = map[string]awsResult{}
	}
	if len(a.results) < maxAWSResults && len(a.key) <= MaxField {
		a.results[string(a.key)] = awsResult{class, ok}
	}
	return class, ok
}

// awsHidden stands for a name that is no user: people type passwords there.
const awsHidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// awsClass returns the class of a sign-in, and false for other calls. The
// result stands in a place of its own for each kind.
func awsClass(rec *jsonscan.Record, name string) (Class, bool) {
	service, _, _ := strings.Cut(rec.Text(awsSource), ".")
	var result string
	switch {
	case name == "ConsoleLogin":
		result = rec.Text(awsConsole)
	case name == "CredentialVerification" && (service == "signin" || service == "sso"):
		result = rec.Text(awsVerified)
	case name == "UserAuthentication" && (service == "signin" || service == "sso"):
		result = rec.Text(awsAuthenticated)
	case name == "Authenticate" && service == "sso", service == "sts" && (name == "AssumeRoleWithSAML" || name == "AssumeRoleWithWebIdentity"):
		result = "Success"
	default:
		return ClassNone, false
	}
	if rec.Text(awsErrorCode) != "" || result == "" && rec.Text(awsErrorMessage) != "" {
		result = "Failure"
	}
	reason := cmp.Or(rec.Text(awsErrorMessage), rec.Text(awsErrorCode))
	details := "mfa=" + rec.Text(awsMFA) + " credential=" + rec.Text(awsCredential)
	class, ok := awsCodes.Find(name+" "+result, reason, details)
	return class, ok || name == "ConsoleLogin"
}

// awsCode returns what the record says of its result.
func awsCode(rec *jsonscan.Record, class Class) string {
	code := firstText(rec.Text(awsErrorMessage), rec.Text(awsErrorCode), rec.Text(awsConsole), rec.Text(awsVerified), rec.Text(awsAuthenticated))
	if code == "" && class.Succeeded() {
		return "Success" // of the calls that say no more than that they happened
	}
	return code
}

// awsAccount returns the name of a user: of IAM, of IAM Identity Center (whose
// newer records have only the user's id), of the session of a role (which is the person's address where a provider assumed
// it), or root.
func awsAccount(rec *jsonscan.Record) string {
	name := firstText(rec.Text(awsUserName), rec.Text(awsCenterUser))
	switch kind := rec.Text(awsUserType); {
	case strings.EqualFold(name, awsHidden):
		return ""
	case name != "":
		return name
	case strings.EqualFold(kind, "Root"):
		return "root"
	}
	if _, session, ok := strings.Cut(rec.Text(awsPrincipal), ":"); ok && strings.EqualFold(rec.Text(awsUserType), "AssumedRole") {
		return session
	}
	arn, principal := rec.Text(awsARN), rec.Text(awsPrincipal)
	if principal == rec.Text(awsIdentityAccount) {
		principal = "" // of nobody in particular
	}
	return firstText(arn[strings.LastIndexByte(arn, '/')+1:], rec.Text(awsCenterID), principal)
}

func awsProtocol(rec *jsonscan.Record, name string) Protocol {
	switch {
	case name == "AssumeRoleWithWebIdentity":
		return Workload
	case name == "AssumeRoleWithSAML", rec.Text(awsSAML) != "", strings.EqualFold(rec.Text(awsUserType), "AssumedRole"):
		return Federated
	}
	return Interactive
}
