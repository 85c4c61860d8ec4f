package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var entraGraph = Format{
	Name:  "entra-graph",
	Title: "Microsoft Entra sign-ins, Graph",
	Doc:   "JSON of the Graph signIn resource: the API, the download of the Entra portal, or Get-AzureADAuditSignInLogs.",
	Blind: "non-interactive and legacy sign-ins, unless they were exported too (signInEventTypes): sprays go there",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, graphFields, graphScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		var g graphReader
		return jsonRecords(r, graphFields, g.read)
	},
}

// The fields of a sign-in, in Graph and under "properties" in Azure Monitor:
// https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta.
const (
	graphID = iota
	graphCreated
	graphHomeTenant
	graphResourceTenant
	graphUserType
	graphUPN
	graphIdentifier
	graphUserID
	graphSPName
	graphSPID
	graphIP
	graphASN
	graphCountry
	graphUserAgent
	graphBrowser
	graphOS
	graphClientApp
	graphAppID
	graphAppName
	graphCode
	graphReason
	graphDetails
	graphAuthProtocol
	graphInteractive
	graphEventType
	graphFieldCount // what follows belongs to one format alone
)

var graphPaths = []string{
	graphID:             "id",
	graphCreated:        "createdDateTime",
	graphHomeTenant:     "homeTenantId",
	graphResourceTenant: "resourceTenantId",
	graphUserType:       "userType",
	graphUPN:            "userPrincipalName",
	graphIdentifier:     "signInIdentifier",
	graphUserID:         "userId",
	graphSPName:         "servicePrincipalName",
	graphSPID:           "servicePrincipalId",
	graphIP:             "ipAddress",
	graphASN:            "autonomousSystemNumber",
	graphCountry:        "location.countryOrRegion",
	graphUserAgent:      "userAgent",
	graphBrowser:        "deviceDetail.browser",
	graphOS:             "deviceDetail.operatingSystem",
	graphClientApp:      "clientAppUsed",
	graphAppID:          "appId",
	graphAppName:        "appDisplayName",
	graphCode:           "status.errorCode",
	graphReason:         "status.failureReason",
	graphDetails:        "status.additionalDetails",
	graphAuthProtocol:   "authenticationProtocol",
	graphInteractive:    "isInteractive",
	graphEventType:      "signInEventTypes[0]",
}

// graphActivity is there in directoryAudit records, which come from the same
// exporters and stand in one file with sign-ins.
const graphActivity = graphFieldCount

var graphFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true, // PowerShell writes CreatedDateTime
	Wrap:    lists(),
	Mark:    []int{graphCreated, graphActivity},
}, append(graphPaths[:graphFieldCount:graphFieldCount], "activityDateTime")...)

func graphScore(rec *jsonscan.Record) int {
	switch {
	case rec.Kind(graphCode) != jsonscan.Missing && rec.Kind(graphCreated) != jsonscan.Missing:
		return 90
	case rec.Kind(graphActivity) != jsonscan.Missing:
		return 30
	}
	return 0
}

// graphReader reads the records of one input.
type graphReader struct {
	audit jsonscan.Record // a record of the audit log
}

// read reads a sign-in, which has a result code, or an act of the audit log.
func (g *graphReader) read(rec *jsonscan.Record, ev *Event) error {
	switch {
	case rec.Kind(graphCode) != jsonscan.Missing:
		s := graphSignIn(rec, 0)
		return s.event(ev, nil)
	case rec.Kind(graphActivity) != jsonscan.Missing:
		if err := directoryFields.Scan(rec.Raw(), &g.audit); err != nil {
			return err
		}
		return readDirectory(&g.audit, ev, "", "")
	}
	return nil
}

// graphSignIn takes the fields of graphPaths out of a record, in which they
// begin at index first.
func graphSignIn(rec *jsonscan.Record, first int) entraSignIn {
	text := func(field int) string { return rec.Text(first + field) }
	s := entraSignIn{
		ID:             text(graphID),
		Time:           text(graphCreated),
		HomeTenant:     text(graphHomeTenant),
		ResourceTenant: text(graphResourceTenant),
		UserType:       text(graphUserType),
		UPN:            text(graphUPN),
		Identifier:     text(graphIdentifier),
		UserID:         text(graphUserID),
		SPName:         text(graphSPName),
		SPID:           text(graphSPID),
		IP:             text(graphIP),
		ASN:            text(graphASN),
		Country:        text(graphCountry),
		UserAgent:      text(graphUserAgent),
		Browser:        text(graphBrowser),
		OS:             text(graphOS),
		ClientApp:      text(graphClientApp),
		AppID:          text(graphAppID),
		AppName:        text(graphAppName),
		Code:           text(graphCode),
		Reason:         text(graphReason),
		Details:        text(graphDetails),
		AuthProtocol:   text(graphAuthProtocol),
	}
	switch kind := text(graphEventType); {
	case strings.EqualFold(kind, "servicePrincipal"), strings.EqualFold(kind, "managedIdentity"):
		s.Workload = true
	case strings.EqualFold(kind, "nonInteractiveUser"):
		s.Interactive = No
	default:
		s.Interactive = parseTri(text(graphInteractive))
		s.Workload = s.UPN == "" && s.Identifier == "" && knownGUID(s.UserID) == "" && (s.SPID != "" || s.SPName != "")
	}
	return s
}

// parseTri reads true and false in any case; anything else is Unstated.
func parseTri(s string) Tri {
	switch {
	case strings.EqualFold(s, "true"):
		return Yes
	case strings.EqualFold(s, "false"):
		return No
	}
	return Unstated
}
