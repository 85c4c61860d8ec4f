package simulate

import (
	"bufio"
	"iter"
	"strconv"

	"github.com/pumphandle/pumphandle/signin"
)

// Sign-ins as Azure Monitor's diagnostic settings send them
// (learn.microsoft.com/entra/identity/monitoring-health/howto-stream-logs-to-event-hub).

var entraMonitor = Format{
	Name:      "entra-monitor",
	Title:     "Azure Monitor diagnostic records, one per line",
	Signin:    "entra-monitor",
	Workloads: true,
	File:      "insights-logs-signinlogs.jsonl",
	write: perRecord(func(buf []byte, org *Org, a *Attempt) []byte {
		return append(appendMonitor(buf, org, a), '\n')
	}),
}

var entraMonitorHub = Format{
	Name:      "entra-monitor-hub",
	Title:     `Event Hub messages {"records":[…]}, one per line`,
	Signin:    "entra-monitor",
	Workloads: true,
	File:      "eventhub-signinlogs.json",
	write:     writeHub,
}

// hubBatch is how many records one message carries at most.
const hubBatch = 20

func writeHub(w *bufio.Writer, org *Org, attempts iter.Seq[*Attempt]) error {
	var buf []byte
	n := 0
	flush := func() error {
		if n == 0 {
			return nil
		}
		n = 0
		_, err := w.Write(append(buf, "]}\n"...))
		return err
	}
	for a := range attempts {
		if n == 0 {
			buf = append(buf[:0], `{"records":[`...)
		} else {
			buf = append(buf, ',')
		}
		buf = appendMonitor(buf, org, a)
		if n++; n == hubBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

const monitorTime = "2006-01-02T15:04:05.0000000Z"

func appendMonitor(buf []byte, org *Org, a *Attempt) []byte {
	o := object{append(buf, '{')}
	o.time("time", a.Time.Add(90e9), monitorTime) // records arrive a little later than they are made
	o.str("resourceId", "/tenants/"+org.Tenant.String()+"/providers/Microsoft.aadiam")
	o.str("operationName", "Sign-in activity")
	o.str("operationVersion", "1.0")
	o.str("category", category(a))
	o.guid("tenantId", org.Tenant)
	o.str("resultType", strconv.Itoa(int(a.Code)))
	o.str("resultSignature", "None")
	if a.Code != Accepted {
		o.str("resultDescription", reason(a.Code))
	}
	o.int("durationMs", 0)
	o.str("callerIpAddress", a.From.Addr.String())
	o.guid("correlationId", a.ID.derive(saltCorrelation))
	if a.Client.Protocol != signin.Workload {
		o.str("identity", display(a))
	}
	o.int("Level", 4)
	o.str("location", a.From.Net.Country.Code)
	if a.Client.Protocol == signin.Workload {
		monitorWorkload(&o, org, a)
	} else {
		monitorProperties(&o, org, a)
	}
	o.close('}')
	return o.buf
}

func category(a *Attempt) string {
	if a.Client.Protocol == signin.Workload {
		return "ServicePrincipalSignInLogs"
	}
	if isInteractive(a.Client) {
		return "SignInLogs"
	}
	return "NonInteractiveUserSignInLogs"
}

func monitorWorkload(o *object, org *Org, a *Attempt) {
	o.open("properties", '{')
	o.guid("id", a.ID)
	o.time("createdDateTime", a.Time, "2006-01-02T15:04:05.0000000+00:00")
	workload(o, org, a)
	o.guid("tenantId", org.Tenant)
	status(o, "status", a)
	location(o, "location", a)
	o.close('}')
}

func monitorProperties(o *object, org *Org, a *Attempt) {
	o.open("properties", '{')
	o.guid("id", a.ID)
	o.time("createdDateTime", a.Time, "2006-01-02T15:04:05.0000000+00:00")
	o.str("userDisplayName", display(a))
	o.str("userPrincipalName", a.Account)
	o.str("userId", userID(a))
	o.str("appId", a.Client.App.ID)
	o.str("appDisplayName", a.Client.App.Name)
	o.str("ipAddress", a.From.Addr.String())
	status(o, "status", a)
	o.str("clientAppUsed", a.Client.ClientApp)
	o.str("userAgent", a.Client.UserAgent)
	deviceDetail(o, "deviceDetail", a)
	location(o, "location", a)
	o.guid("correlationId", a.ID.derive(saltCorrelation))
	o.str("conditionalAccessStatus", conditionalAccess(a))
	appliedPolicies(o, "appliedConditionalAccessPolicies", org, a, 2)
	o.raw("authenticationContextClassReferences", "[]")
	o.guid("originalRequestId", a.ID)
	o.bool("isInteractive", isInteractive(a.Client))
	o.str("tokenIssuerName", "")
	o.str("tokenIssuerType", "AzureAD")
	o.raw("authenticationProcessingDetails", `[{"key":"Legacy TLS (TLS 1.0, 1.1, 3DES)","value":"False"},{"key":"Is CAE Token","value":"False"}]`)
	o.raw("networkLocationDetails", "[]")
	o.str("clientCredentialType", "none")
	o.int("processingTimeInMilliseconds", int64(60+a.ID[0]%400))
	o.str("riskDetail", "none")
	o.str("riskLevelAggregated", "none")
	o.str("riskLevelDuringSignIn", "none")
	o.str("riskState", "none")
	o.raw("riskEventTypes", "[]")
	o.raw("riskEventTypes_v2", "[]")
	o.str("resourceDisplayName", a.Client.Resource.Name)
	o.str("resourceId", a.Client.Resource.ID)
	o.guid("resourceTenantId", org.Tenant)
	o.guid("homeTenantId", org.Tenant)
	o.guid("tenantId", org.Tenant)
	authenticationDetails(o, "authenticationDetails", a)
	o.raw("authenticationRequirementPolicies", "[]")
	o.raw("sessionLifetimePolicies", "[]")
	o.str("authenticationRequirement", requirement(a))
	o.str("alternateSignInName", a.Account)
	o.str("signInIdentifier", a.Account)
	o.str("servicePrincipalId", "")
	o.str("userType", "Member")
	o.bool("flaggedForReview", false)
	o.bool("isTenantRestricted", false)
	o.int("autonomousSystemNumber", int64(a.From.Net.ASN))
	o.str("crossTenantAccessType", "none")
	o.raw("privateLinkDetails", "{}")
	o.str("ssoExtensionVersion", "")
	o.str("uniqueTokenIdentifier", a.ID.derive(saltToken).String()[:22])
	o.raw("authenticationStrengths", "[]")
	o.str("incomingTokenType", "none")
	o.str("authenticationProtocol", authenticationProtocol(a.Client))
	o.raw("appServicePrincipalId", "null")
	o.guid("resourceServicePrincipalId", org.Tenant.derive(hashText(a.Client.Resource.ID)))
	o.int("rngcStatus", 0)
	o.str("signInTokenProtectionStatus", "none")
	o.str("originalTransferMethod", "none")
	o.bool("isThroughGlobalSecureAccess", false)
	o.guid("sessionId", a.ID.derive(saltSession))
	o.close('}')
}
