package signin

import (
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var googleWorkspace = Format{
	Name:  "google-workspace",
	Title: "Google Workspace login activity",
	Doc:   "JSON of the Reports API (activities.list; the applications login, saml, token, user_accounts, chrome) or of Cloud Logging, pages or one on each line.",
	Blind: "user agents, names that do not exist, and how often a password was wrong before it was right",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, googleFields, googleScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		return decodeGoogle(r)
	},
}

// The fields of an activity:
// https://developers.google.com/workspace/admin/reports/v1/reference/activities/list.
const (
	googleTime = iota
	googleQualifier
	googleOldQualifier
	googleApplication
	googleCustomer
	googleEmail
	googleProfile
	googleIP
	googleASN
	googleRegion
	googleEvents
	googleFlatName // of collectors that write one record for each event

	// Of an entry of Cloud Logging, to which Workspace shares the same reports:
	// https://cloud.google.com/logging/docs/audit/gsuite-audit-logging.
	googleEntryTime
	googleEntryService
	googleEntryOrganization
	googleEntryEmail
	googleEntryIP
	googleEntryAgent
	googleEntryQualifier
	googleEntryEvents
)

var googleFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    []string{"items", "value", "records", "data", "entries"}, // "events" is a member of each activity
	Mark:    []int{googleTime, googleApplication, googleEntryService},
}, googlePaths...)

var googlePaths = []string{
	"id.time", "id.uniqueQualifier", "id.uniqQualifier", "id.applicationName", "id.customerId", "actor.email", "actor.profileId",
	"ipAddress", "networkInfo.ipAsn[0]", "networkInfo.regionCode", "events", "name",
	"timestamp", "protoPayload.serviceName", "protoPayload.resourceName", "protoPayload.authenticationInfo.principalEmail",
	"protoPayload.requestMetadata.callerIp", "protoPayload.requestMetadata.callerSuppliedUserAgent",
	"protoPayload.metadata.activityId.uniqQualifier", "protoPayload.metadata.event",
}

// The fields of one event inside an activity, and of its parameters, which are
// a list of names and values or an object.
const (
	googleName = iota
	googleLoginType
	googleFailure
	googleMethod
	googleMethods
	googleStatus
	googleAffected
	googleLoginTime
	googleSAMLFailure
	googleSAMLApp
	googleTokenApp
	googleAgent
	googleObjectLoginType
	googleObjectFailure
	googleObjectMethods
	googleObjectStatus
	googleObjectSAMLFailure
	googleObjectSAMLApp
	googleObjectAffected
	googleObjectLoginTime
	googleDeviceUser // of Chromebooks
	googleDeviceReason
	googleDeviceFailure
	googleEntryName // of entries of Cloud Logging
	googleEntryLoginType
	googleEntryFailure
	googleEntryMethods
	googleEntryStatus
	googleEntryAffected
	googleEntrySAMLFailure
	googleEntrySAMLApp
)

var googleEventFields = jsonscan.Compile(jsonscan.Config{AnyCase: true},
	"name",
	"parameters[name=login_type].value",
	"parameters[name=login_failure_type].value",
	"parameters[name=login_challenge_method].value",
	"parameters[name=login_challenge_method].multiValue",
	"parameters[name=login_challenge_status].value",
	"parameters[name=affected_email_address].value",
	"parameters[name=login_timestamp].intValue",
	"parameters[name=failure_type].value",
	"parameters[name=application_name].value",
	"parameters[name=app_name].value",
	"parameters[name=user_agent].value",
	"parameters.login_type", "parameters.login_failure_type", "parameters.login_challenge_method", "parameters.login_challenge_status",
	"parameters.failure_type", "parameters.application_name", "parameters.affected_email_address", "parameters.login_timestamp",
	"parameters[name=DEVICE_USER].value", "parameters[name=EVENT_REASON].value", "parameters[name=LOGIN_FAILURE_REASON].value",
	"eventName",
	"parameter[name=login_type].value",
	"parameter[name=login_failure_type].value",
	"parameter[name=login_challenge_method].multiStrValue",
	"parameter[name=login_challenge_status].value",
	"parameter[name=affected_email_address].value",
	"parameter[name=failure_type].value",
	"parameter[name=application_name].value",
)

var (
	googleCodes = mustCodes("google-workspace")
	googleActs  = mustActs("google-workspace")
)

func googleScore(rec *jsonscan.Record) int {
	has := func(field int) bool { return rec.Kind(field) != jsonscan.Missing }
	switch {
	case has(googleApplication) && has(googleEvents) && (has(googleQualifier) || has(googleOldQualifier)):
		return 95
	case has(googleApplication) && (has(googleEvents) || has(googleFlatName)):
		return 80
	case has(googleEntryEvents) && strings.HasSuffix(rec.Text(googleEntryService), ".googleapis.com"):
		return 90
	}
	return 0
}

// decodeGoogle yields an event for each event of an activity, all with its
// line.
func decodeGoogle(r io.Reader) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var ev Event
		var inner jsonscan.Record
		for rec, err := range scanRecords(r, googleFields) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			n := 0
			each := func(one *jsonscan.Record) bool {
				ev = Event{Line: rec.Line}
				err := readGoogle(rec, one, n, &ev)
				n++
				return yieldRead(yield, &ev, err)
			}
			more := true
			events := googleEvents
			if rec.Kind(googleEntryEvents) != jsonscan.Missing {
				events = googleEntryEvents
			}
			switch rec.Kind(events) {
			case jsonscan.Array:
				for one := range googleEventFields.Each(rec.Bytes(events), &inner) {
					if more = each(one); !more {
						return
					}
				}
			case jsonscan.Object:
				if err := googleEventFields.Scan(rec.Bytes(events), &inner); err == nil {
					more = each(&inner)
				}
			default:
				if err := googleEventFields.Scan(rec.Raw(), &inner); err == nil {
					more = each(&inner)
				}
			}
			if more && n == 0 { // an activity without events
				ev = Event{Line: rec.Line}
				more = yield(&ev, nil)
			}
			if !more {
				return
			}
		}
	}
}

// readGoogle fills ev from event n of an activity.
func readGoogle(activity, one *jsonscan.Record, n int, ev *Event) error {
	name := firstText(one.Text(googleName), one.Text(googleEntryName))
	service, _, _ := strings.Cut(activity.Text(googleEntryService), ".")
	application := firstText(activity.Text(googleApplication), service)
	failure := firstText(one.Text(googleFailure), one.Text(googleObjectFailure), one.Text(googleSAMLFailure), one.Text(googleObjectSAMLFailure),
		one.Text(googleEntryFailure), one.Text(googleEntrySAMLFailure), one.Text(googleDeviceFailure))
	methods := firstText(one.Text(googleMethods), one.Text(googleMethod), one.Text(googleObjectMethods), one.Text(googleEntryMethods),
		one.Text(googleDeviceReason))
	status := firstText(one.Text(googleStatus), one.Text(googleObjectStatus), one.Text(googleEntryStatus))
	saml := strings.EqualFold(application, "saml")
	switch {
	case googleActs.has(name, one, 0):
		ev.Class, ev.Action = ClassActivity, name
	case saml:
		ev.Class, _ = googleCodes.Find("saml "+name, failure, "")
	default:
		class, ok := googleCodes.Find(name+" "+failure, methods, status)
		if !ok {
			class, ok = googleCodes.Find(name, methods, status)
		}
		if !ok {
			return nil
		}
		ev.Class = class
	}
	if ev.Class == ClassNone || !googleSignIns(application) {
		*ev = Event{Line: ev.Line}
		return nil
	}
	if ev.Class != ClassActivity {
		ev.Code = firstText(failure, name)
	}
	ev.Tenant = firstText(activity.Text(googleCustomer), strings.TrimPrefix(activity.Text(googleEntryOrganization), "organizations/"))
	ev.Account = firstText(one.Text(googleAffected), one.Text(googleObjectAffected), one.Text(googleEntryAffected), one.Text(googleDeviceUser), activity.Text(googleEmail),
		activity.Text(googleEntryEmail))
	if ev.Class == BadPassword && activity.Text(googleProfile) != "" {
		ev.Known = Yes
	}
	ev.Addr = firstAddr(activity.Text(googleIP), activity.Text(googleEntryIP))
	ev.ASN = parseASN(activity.Text(googleASN))
	ev.Country = parseCountry(activity.Text(googleRegion))
	ev.UserAgent = firstText(one.Text(googleAgent), activity.Text(googleEntryAgent))
	login := firstText(one.Text(googleLoginType), one.Text(googleObjectLoginType), one.Text(googleEntryLoginType))
	ev.Client = login
	ev.App = firstText(one.Text(googleSAMLApp), one.Text(googleObjectSAMLApp), one.Text(googleEntrySAMLApp), one.Text(googleTokenApp))
	ev.Protocol = googleProtocol(name, login, saml)
	recorded := firstText(activity.Text(googleTime), activity.Text(googleEntryTime))
	at := recorded
	if login := firstText(one.Text(googleLoginTime), one.Text(googleObjectLoginTime)); login != "" { // a warning comes later than the sign-in it is about
		at = login
	}
	qualifier := firstText(activity.Text(googleQualifier), activity.Text(googleOldQualifier), activity.Text(googleEntryQualifier))
	if err := finish(ev, "google-workspace", at, nil); err != nil {
		return err
	}
	if qualifier != "" {
		// unique together with the time only; an activity may hold several events
		ev.ID = clip(qualifier)
		ev.Key = Key("google-workspace", recorded, qualifier, ev.Tenant, name, strconv.Itoa(n))
		ev.Try = Key("google-workspace", recorded, qualifier, ev.Tenant)
		if strings.EqualFold(name, "login_challenge") || strings.EqualFold(name, "login_verification") {
			ev.Strength = Part
		}
	}
	return nil
}

// googleSignIns reports whether an application of the Reports API holds
// sign-ins or the acts that are listed. Other applications use some of the same
// names for other things. An application that is not given is taken for one.
func googleSignIns(application string) bool {
	switch strings.ToLower(application) {
	case "", "login", "saml", "token", "user_accounts", "chrome":
		return true
	}
	return false
}

func googleProtocol(name, login string, saml bool) Protocol {
	switch {
	case strings.EqualFold(name, "suspicious_login_less_secure_app"), strings.EqualFold(name, "suspicious_programmatic_login"):
		return Legacy // a password sent by a program
	case saml, strings.EqualFold(login, "saml"):
		return Federated
	case strings.EqualFold(login, "exchange"):
		return NonInteractive // one credential for another
	}
	return Interactive
}
