package jsonscan

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// benchRecord is a Graph beta sign-in of the usual size, about 3.8 KB.
var benchRecord = func() string {
	const head = `{"id":"7f1d2c3b-0a1b-4c5d-8e9f-102030405060","createdDateTime":"2026-03-02T08:15:30Z","userDisplayName":"Ana Example",` +
		`"userPrincipalName":"ana@hospital.example","userId":"11111111-2222-3333-4444-555555555555","appId":"00000002-0000-0ff1-ce00-000000000000",` +
		`"appDisplayName":"Office 365 Exchange Online","ipAddress":"192.0.2.17","ipAddressFromResourceProvider":null,"clientAppUsed":"Browser",` +
		`"userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",` +
		`"correlationId":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee","conditionalAccessStatus":"notApplied","originalRequestId":"","isInteractive":true,` +
		`"tokenIssuerName":"","tokenIssuerType":"AzureAD","authenticationProtocol":"none","processingTimeInMilliseconds":183,"riskDetail":"none",` +
		`"riskLevelAggregated":"none","riskLevelDuringSignIn":"none","riskState":"none","riskEventTypes":[],"riskEventTypes_v2":[],` +
		`"resourceDisplayName":"Office 365 Exchange Online","resourceId":"00000002-0000-0ff1-ce00-000000000000","resourceTenantId":"99999999-8888-7777-6666-555555555555",` +
		`"homeTenantId":"99999999-8888-7777-6666-555555555555","homeTenantName":"","authenticationMethodsUsed":[],"authenticationRequirement":"singleFactorAuthentication",` +
		`"signInIdentifier":"","signInIdentifierType":null,"servicePrincipalName":null,"signInEventTypes":["interactiveUser"],"servicePrincipalId":"",` +
		`"federatedCredentialId":"","userType":"member","flaggedForReview":false,"isTenantRestricted":false,"autonomousSystemNumber":64500,` +
		`"crossTenantAccessType":"none","servicePrincipalCredentialKeyId":null,"uniqueTokenIdentifier":"cL9wNnq8dUuPSZ8AAAAAAA","incomingTokenType":"none",` +
		`"status":{"errorCode":50126,"failureReason":"Error validating credentials due to invalid username or password.",` +
		`"additionalDetails":"The user didn't enter the right credentials. It's expected to see some number of these errors in your logs due to users making mistakes."},` +
		`"deviceDetail":{"deviceId":"","displayName":"","operatingSystem":"Windows10","browser":"Chrome 120.0.0","isCompliant":false,"isManaged":false,"trustType":""},` +
		`"location":{"city":"Example City","state":"Example State","countryOrRegion":"PT","geoCoordinates":{"altitude":null,"latitude":41.14961,"longitude":-8.61099}},`
	const policy = `{"id":"0d1e2f30-4152-6374-8596-a7b8c9daebfc","displayName":"Require strong authentication for administrators","enforcedGrantControls":["Mfa"],"enforcedSessionControls":[],"result":"notApplied"}`
	const tail = `"authenticationDetails":[{"authenticationStepDateTime":"2026-03-02T08:15:30Z","authenticationMethod":"Password",` +
		`"authenticationMethodDetail":"Password in the cloud","succeeded":false,"authenticationStepResultDetail":"Invalid username or password","authenticationStepRequirement":"Primary authentication"}],` +
		`"authenticationProcessingDetails":[{"key":"Is CAE Token","value":"False"},{"key":"Login Hint Present","value":"True"}],"networkLocationDetails":[]}`
	return head + `"appliedConditionalAccessPolicies":[` + strings.TrimSuffix(strings.Repeat(policy+",", 4), ",") + `],` + tail
}()

var benchPaths = []string{
	"id", "createdDateTime", "homeTenantId", "resourceTenantId", "userType", "userPrincipalName", "signInIdentifier", "userId",
	"servicePrincipalName", "servicePrincipalId", "ipAddress", "autonomousSystemNumber", "location.countryOrRegion", "userAgent",
	"deviceDetail.browser", "deviceDetail.operatingSystem", "clientAppUsed", "appId", "appDisplayName", "status.errorCode",
	"status.failureReason", "status.additionalDetails", "authenticationProtocol", "isInteractive", "signInEventTypes[0]",
}

// benchValue takes the same fields with encoding/json.
type benchValue struct {
	ID, CreatedDateTime, HomeTenantID, ResourceTenantID, UserType, UserPrincipalName, SignInIdentifier, UserID string
	ServicePrincipalName, ServicePrincipalID, IPAddress                                                        string
	AutonomousSystemNumber                                                                                     json.Number
	Location                                                                                                   struct{ CountryOrRegion string }
	UserAgent                                                                                                  string
	DeviceDetail                                                                                               struct{ Browser, OperatingSystem string }
	ClientAppUsed, AppID, AppDisplayName                                                                       string
	Status                                                                                                     struct {
		ErrorCode                        json.Number
		FailureReason, AdditionalDetails string
	}
	AuthenticationProtocol string
	IsInteractive          bool
	SignInEventTypes       []string
}

func BenchmarkScan(b *testing.B) {
	f := Compile(Config{AnyCase: true}, benchPaths...)
	text := []byte(benchRecord)
	var rec Record
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Scan(text, &rec); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReader(b *testing.B) {
	const records = 2000
	f := Compile(Config{AnyCase: true, Wrap: []string{"value"}, Mark: []int{1}}, benchPaths...)
	lines := []byte(strings.Repeat(benchRecord+"\n", records))
	b.SetBytes(int64(len(lines)))
	b.ReportAllocs()
	for b.Loop() {
		r, n := NewReader(bytes.NewReader(lines), f, 1<<20), 0
		for _, err := r.Next(); err != io.EOF; _, err = r.Next() {
			if n++; err != nil {
				b.Fatal(err)
			}
		}
		if n != records {
			b.Fatal(n)
		}
	}
}

// BenchmarkLog reads records as a log has them: every identifier, time, number
// and address differs from that of the record before.
func BenchmarkLog(b *testing.B) {
	var lines []byte
	record := strings.ReplaceAll(benchRecord, "_v2", "") + "\n" // keys do not differ
	for n := range 2000 {
		for _, c := range []byte(record) {
			if '1' <= c && c <= '9' {
				c = '1' + (c-'1'+byte(n%9))%9
			}
			lines = append(lines, c)
		}
	}
	f := Compile(Config{AnyCase: true, Wrap: []string{"value"}, Mark: []int{1}}, benchPaths...)
	b.SetBytes(int64(len(lines)))
	for b.Loop() {
		r := NewReader(bytes.NewReader(lines), f, 1<<20)
		for _, err := r.Next(); err != io.EOF; _, err = r.Next() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkEncodingJSON(b *testing.B) {
	text := []byte(benchRecord)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var v benchValue
		if err := json.Unmarshal(text, &v); err != nil {
			b.Fatal(err)
		}
	}
}
