package simulate

import (
	"bufio"
	"encoding/csv"
	"iter"
	"strconv"
	"time"

	"github.com/pumphandle/pumphandle/signin"
)

var entraPortalCSV = Format{
	Name:   "entra-csv",
	Title:  "CSV download of the Entra portal, newest first",
	Signin: "entra-csv",
	File:   "InteractiveSignIns.csv",
	Newest: true,
	write:  writePortalCSV,
}

var entraAnalyticsCSV = Format{
	Name:      "entra-csv-analytics",
	Title:     "CSV export of a Log Analytics query on the sign-in tables",
	Signin:    "entra-csv",
	File:      "query_data.csv",
	Workloads: true,
	write:     writeAnalyticsCSV,
}

// portalColumns are those of the portal's download in 2025: one name has a
// trailing space, one two spaces, and one stands twice.
var portalColumns = []string{
	"Date (UTC)", "Request ID", "User agent", "Correlation ID", "User ID", "User", "Username", "User type",
	"Cross tenant access type", "Incoming token type", "Authentication Protocol", "Unique token identifier",
	"Original transfer method", "Client credential type", "Token Protection - Sign In Session",
	"Token Protection - Sign In Session StatusCode", "Application", "Application ID ", "App owner tenant ID", "Resource",
	"Resource ID ", "Resource tenant ID", "Resource owner tenant ID", "Home tenant ID", "Home tenant name", "IP address",
	"Location", "Status", "Sign-in error code", "Failure reason", "Client app", "Device ID", "Browser", "Operating System",
	"Compliant", "Managed", "Join Type", "Multifactor authentication result", "Multifactor authentication auth method",
	"Multifactor authentication auth detail", "Authentication requirement", "Sign-in identifier", "Session ID",
	"IP address (seen by resource)", "Through Global Secure Access", "Global Secure Access IP address",
	"Autonomous system  number", "Flagged for review", "Token issuer type", "Incoming token type", "Token issuer name",
	"Latency", "Conditional Access", "Managed Identity type", "Associated Resource Id", "Federated Token Id", "Federated Token Issuer",
}

func writePortalCSV(w *bufio.Writer, org *Org, attempts iter.Seq[*Attempt]) error {
	w.WriteString("\ufeff")
	return writeCSV(w, portalColumns, attempts, func(a *Attempt) []string { return portalRow(org, a) })
}

func portalRow(org *Org, a *Attempt) []string {
	c, tenant := a.From.Net.Country, org.Tenant.String()
	device, join, isManaged := "", "", "false"
	if id, ok := managed(a); ok {
		device, join, isManaged = id.String(), "Azure AD joined", "true"
	}
	code := ""
	if a.Code != Accepted {
		code = strconv.Itoa(int(a.Code))
	}
	mfa := ""
	if requirement(a) == "multiFactorAuthentication" {
		mfa = details(a)
	}
	return []string{
		a.Time.Format(time.RFC3339), a.ID.String(), a.Client.UserAgent, a.ID.derive(saltCorrelation).String(), userID(a),
		display(a), a.Account, "Member", "none", "none", authenticationProtocol(a.Client), a.ID.derive(saltToken).String()[:22],
		"None", "none", "unbound", "1002", a.Client.App.Name, a.Client.App.ID, "", a.Client.Resource.Name,
		a.Client.Resource.ID, tenant, "", tenant, "", a.From.Addr.String(),
		c.City + ", " + c.State + ", " + c.Code, portalStatus(a.Code), code, reason(a.Code), a.Client.ClientApp, device,
		a.Client.Browser, a.Client.OS, isManaged, isManaged, join, mfa, "",
		"", portalRequirement(a), a.Account, a.ID.derive(saltSession).String(),
		"", "false", "",
		strconv.Itoa(int(a.From.Net.ASN)), "false", "Azure AD", "none", "",
		strconv.Itoa(int(60 + a.ID[0]%400)), portalAccess(a), "", "", "", "",
	}
}

func portalStatus(c Code) string {
	switch {
	case c == Accepted:
		return "Success"
	case interrupted(c):
		return "Interrupted"
	}
	return "Failure"
}

func portalRequirement(a *Attempt) string {
	if requirement(a) == "multiFactorAuthentication" {
		return "Multifactor authentication"
	}
	return "Single-factor authentication"
}

func portalAccess(a *Attempt) string {
	switch conditionalAccess(a) {
	case "success":
		return "Success"
	case "failure":
		return "Failure"
	}
	return "Not Applied"
}

// analyticsColumns are the columns of the SigninLogs table that an analyst's
// export keeps (learn.microsoft.com/azure/azure-monitor/reference/tables/signinlogs).
var analyticsColumns = []string{
	"TimeGenerated [UTC]", "IPAddress", "TenantId", "SourceSystem", "ResourceId", "OperationName", "OperationVersion", "Category",
	"ResultType", "ResultSignature", "ResultDescription", "DurationMs", "CorrelationId", "Identity", "Location", "AppDisplayName",
	"AppId", "AuthenticationDetails", "AuthenticationRequirement", "ClientAppUsed", "ConditionalAccessPolicies",
	"ConditionalAccessStatus", "CreatedDateTime [UTC]", "DeviceDetail", "IsInteractive", "Id", "LocationDetails",
	"RiskLevelDuringSignIn", "RiskState", "ResourceDisplayName", "ResourceIdentity", "Status", "TokenIssuerType", "UserAgent",
	"UserDisplayName", "UserId", "UserPrincipalName", "AADTenantId", "UserType", "ResourceTenantId", "HomeTenantId",
	"UniqueTokenIdentifier", "AutonomousSystemNumber", "AuthenticationProtocol", "ServicePrincipalId", "ServicePrincipalName", "Type",
}

func writeAnalyticsCSV(w *bufio.Writer, org *Org, attempts iter.Seq[*Attempt]) error {
	return writeCSV(w, analyticsColumns, attempts, func(a *Attempt) []string { return analyticsRow(org, a) })
}

// analyticsTime is how the portal shows a time to a reader in the United
// States, which is what its export contains.
const analyticsTime = "1/2/2006, 3:04:05.000 PM"

func analyticsRow(org *Org, a *Attempt) []string {
	cell := func(fill func(o *object)) string {
		var o object
		fill(&o)
		return string(o.buf)
	}
	tenant := org.Tenant.String()
	description, user, upn, principal, name, table := "", userID(a), a.Account, "", "", "SigninLogs"
	if a.Client.Protocol == signin.Workload {
		user, upn, table = "", "", "AADServicePrincipalSignInLogs"
		principal, name = principalOf(a)
	}
	if a.Code != Accepted {
		description = reason(a.Code)
	}
	return []string{
		a.Time.Add(90 * time.Second).Format(analyticsTime), a.From.Addr.String(), org.Tenant.derive(saltSession).String(), "Azure AD",
		"/tenants/" + tenant + "/providers/Microsoft.aadiam", "Sign-in activity", "1.0", category(a),
		strconv.Itoa(int(a.Code)), "None", description, "0", a.ID.derive(saltCorrelation).String(), display(a),
		a.From.Net.Country.Code, a.Client.App.Name,
		a.Client.App.ID, cell(func(o *object) { authenticationDetails(o, "", a) }), requirement(a), a.Client.ClientApp,
		cell(func(o *object) { appliedPolicies(o, "", org, a, 2) }),
		conditionalAccess(a), a.Time.Format(analyticsTime), cell(func(o *object) { deviceDetail(o, "", a) }),
		strconv.FormatBool(isInteractive(a.Client)), a.ID.String(), cell(func(o *object) { location(o, "", a) }),
		"none", "none", a.Client.Resource.Name, a.Client.Resource.ID, cell(func(o *object) { status(o, "", a) }), "AzureAD",
		a.Client.UserAgent,
		display(a), user, upn, tenant, "Member", tenant, tenant,
		a.ID.derive(saltToken).String()[:22], strconv.Itoa(int(a.From.Net.ASN)), authenticationProtocol(a.Client), principal, name, table,
	}
}

// writeCSV writes a table with Windows line ends.
func writeCSV(w *bufio.Writer, columns []string, attempts iter.Seq[*Attempt], row func(*Attempt) []string) error {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	if err := table.Write(columns); err != nil {
		return err
	}
	for a := range attempts {
		if err := table.Write(row(a)); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}
