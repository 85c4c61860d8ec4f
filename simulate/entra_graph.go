package simulate

import (
	"bufio"
	"iter"

	"github.com/pumphandle/pumphandle/signin"
)

// The signIn objects of Microsoft Graph beta, as collectors that page through
// /auditLogs/signIns write them.

var entraGraph = Format{
	Name:      "entra-graph",
	Title:     "Microsoft Graph signIn objects, one per line, newest first",
	Signin:    "entra-graph",
	Workloads: true,
	File:      "signins.jsonl",
	Newest:    true,
	write: perRecord(func(buf []byte, org *Org, a *Attempt) []byte {
		return append(appendGraph(buf, org, a), '\n')
	}),
}

var entraGraphPage = Format{
	Name:      "entra-graph-page",
	Title:     `one Microsoft Graph answer {"value":[…]}, indented, newest first`,
	Signin:    "entra-graph",
	Workloads: true,
	File:      "signIns.json",
	Newest:    true,
	write:     writeGraphPage,
}

func writeGraphPage(w *bufio.Writer, org *Org, attempts iter.Seq[*Attempt]) error {
	w.WriteString("{\n  \"@odata.context\": \"https://graph.microsoft.com/beta/$metadata#auditLogs/signIns\",\n  \"value\": [")
	var buf []byte
	separator := "\n    "
	for a := range attempts {
		w.WriteString(separator)
		separator = ",\n    "
		buf = appendGraph(buf[:0], org, a)
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	_, err := w.WriteString("\n  ]\n}\n")
	return err
}

const graphTime = "2006-01-02T15:04:05Z"

func appendGraph(buf []byte, org *Org, a *Attempt) []byte {
	o := object{append(buf, '{')}
	if a.Client.Protocol == signin.Workload {
		return appendGraphWorkload(&o, org, a)
	}
	o.guid("id", a.ID)
	o.time("createdDateTime", a.Time, graphTime)
	o.str("userDisplayName", display(a))
	o.str("userPrincipalName", a.Account)
	o.str("userId", userID(a))
	o.str("appId", a.Client.App.ID)
	o.str("appDisplayName", a.Client.App.Name)
	o.str("ipAddress", a.From.Addr.String())
	o.raw("ipAddressFromResourceProvider", "null")
	o.str("clientAppUsed", a.Client.ClientApp)
	o.str("userAgent", a.Client.UserAgent)
	o.guid("correlationId", a.ID.derive(saltCorrelation))
	o.str("conditionalAccessStatus", conditionalAccess(a))
	o.guid("originalRequestId", a.ID)
	o.bool("isInteractive", isInteractive(a.Client))
	o.str("tokenIssuerName", "")
	o.str("tokenIssuerType", "AzureAD")
	o.str("clientCredentialType", "none")
	o.int("processingTimeInMilliseconds", int64(60+a.ID[0]%400))
	o.str("riskDetail", "none")
	o.str("riskLevelAggregated", "none")
	o.str("riskLevelDuringSignIn", "none")
	o.str("riskState", "none")
	o.raw("riskEventTypes_v2", "[]")
	o.str("resourceDisplayName", a.Client.Resource.Name)
	o.str("resourceId", a.Client.Resource.ID)
	o.guid("resourceTenantId", org.Tenant)
	o.guid("homeTenantId", org.Tenant)
	o.str("authenticationRequirement", requirement(a))
	o.str("signInIdentifier", a.Account)
	o.str("userType", "member")
	o.bool("flaggedForReview", false)
	o.bool("isTenantRestricted", false)
	o.int("autonomousSystemNumber", int64(a.From.Net.ASN))
	o.str("crossTenantAccessType", "none")
	o.str("uniqueTokenIdentifier", a.ID.derive(saltToken).String()[:22])
	o.str("incomingTokenType", "none")
	o.str("authenticationProtocol", authenticationProtocol(a.Client))
	o.open("signInEventTypes", '[')
	o.str("", eventType(a.Client))
	o.close(']')
	status(&o, "status", a)
	deviceDetail(&o, "deviceDetail", a)
	location(&o, "location", a)
	appliedPolicies(&o, "appliedConditionalAccessPolicies", org, a, 2)
	authenticationDetails(&o, "authenticationDetails", a)
	o.close('}')
	return o.buf
}

func appendGraphWorkload(o *object, org *Org, a *Attempt) []byte {
	o.guid("id", a.ID)
	o.time("createdDateTime", a.Time, graphTime)
	o.raw("userDisplayName", "null")
	o.raw("userPrincipalName", "null")
	o.raw("userId", "null")
	workload(o, org, a)
	o.open("signInEventTypes", '[')
	o.str("", "servicePrincipal")
	o.close(']')
	status(o, "status", a)
	location(o, "location", a)
	o.close('}')
	return o.buf
}

func eventType(c *Client) string {
	if isInteractive(c) {
		return "interactiveUser"
	}
	return "nonInteractiveUser"
}
