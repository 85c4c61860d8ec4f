package simulate

import (
	"bufio"
	"bytes"
	"iter"
	"strconv"
	"strings"

	"github.com/pumphandle/pumphandle/signin"
)

// The unified audit log of Microsoft 365. Records follow the Office 365
// Management Activity API schema
// (learn.microsoft.com/office/office-365-management-api), as the sign-ins of a
// real lab tenant look: ResultStatus says "Success" where ErrorNumber is the
// truth, and nothing says where an address is.

var m365Audit = Format{
	Name:   "m365-audit",
	Title:  "Microsoft 365 audit records, one per line",
	Signin: "m365-audit",
	File:   "audit.jsonl",
	Acts:   true,
	write: perRecord(func(buf []byte, org *Org, a *Attempt) []byte {
		return append(appendAudit(buf, org, a), '\n')
	}),
}

var m365Purview = Format{
	Name:   "m365-purview",
	Title:  "CSV export of a Purview audit search",
	Signin: "m365-audit",
	File:   "AuditSearch.csv",
	Acts:   true,
	write:  writePurview,
}

func appendAudit(buf []byte, org *Org, a *Attempt) []byte {
	if a.Action != "" {
		return appendAct(buf, org, a)
	}
	o := object{append(buf, '{')}
	o.time("CreationTime", a.Time, "2006-01-02T15:04:05")
	o.guid("Id", a.ID)
	o.str("Operation", operation(a))
	o.guid("OrganizationId", org.Tenant)
	o.int("RecordType", 15)
	o.str("ResultStatus", resultStatus(a))
	o.str("UserKey", userID(a))
	o.int("UserType", 0)
	o.int("Version", 1)
	o.str("Workload", "AzureActiveDirectory")
	o.str("ClientIP", a.From.Addr.String())
	o.str("ObjectId", a.Client.Resource.ID)
	o.str("UserId", a.Account)
	o.int("AzureActiveDirectoryEventType", 1)
	extendedProperties(&o, a)
	o.raw("ModifiedProperties", "[]")
	o.open("Actor", '[')
	identity(&o, userID(a), 0)
	identity(&o, a.Account, 5)
	o.close(']')
	o.guid("ActorContextId", org.Tenant)
	o.str("ActorIpAddress", a.From.Addr.String())
	o.guid("InterSystemsId", a.ID.derive(saltCorrelation))
	o.guid("IntraSystemId", a.ID)
	o.str("SupportTicketId", "")
	o.open("Target", '[')
	identity(&o, a.Client.Resource.ID, 0)
	o.close(']')
	o.guid("TargetContextId", org.Tenant)
	o.str("ApplicationId", a.Client.App.ID)
	o.str("ErrorNumber", strconv.Itoa(int(a.Code)))
	if a.Code != Accepted {
		o.str("LogonError", codeTexts[a.Code].name)
	}
	o.close('}')
	return o.buf
}

func operation(a *Attempt) string {
	if a.Code == Accepted {
		return "UserLoggedIn"
	}
	return "UserLoginFailed"
}

// resultStatus is "Failed" for some refusals only: an interrupt counts as a
// success here.
func resultStatus(a *Attempt) string {
	if passwordWrong(a.Code) {
		return "Failed"
	}
	return "Success"
}

func extendedProperties(o *object, a *Attempt) {
	pair := func(name, value string) {
		o.open("", '{')
		o.str("Name", name)
		o.str("Value", value)
		o.close('}')
	}
	detail := "Success"
	if passwordWrong(a.Code) {
		detail = "UserError"
	}
	o.open("ExtendedProperties", '[')
	pair("ResultStatusDetail", detail)
	if a.Client.UserAgent != "" {
		pair("UserAgent", a.Client.UserAgent)
	}
	if a.Client.Protocol != signin.NonInteractive {
		pair("UserAuthenticationMethod", "1")
	}
	pair("RequestType", a.Client.Request)
	o.close(']')
}

func identity(o *object, id string, kind int64) {
	o.open("", '{')
	o.str("ID", id)
	o.int("Type", kind)
	o.close('}')
}

// appendAct appends what somebody did in a mailbox.
func appendAct(buf []byte, org *Org, a *Attempt) []byte {
	o := object{append(buf, '{')}
	o.time("CreationTime", a.Time, "2006-01-02T15:04:05")
	o.guid("Id", a.ID)
	o.str("Operation", a.Action)
	o.guid("OrganizationId", org.Tenant)
	o.int("RecordType", actRecordType(a.Action))
	o.str("ResultStatus", "Succeeded")
	o.str("UserKey", userID(a))
	o.int("UserType", 0)
	o.int("Version", 1)
	o.str("Workload", actWorkload(a.Action))
	o.str("UserId", a.Account)
	o.str("ClientIP", a.From.Addr.String())
	o.str("ClientIPAddress", a.From.Addr.String())
	o.str("ClientInfoString", "Client=OWA;"+a.Client.UserAgent)
	o.str("MailboxOwnerUPN", a.Account)
	if a.Action == "Set-Mailbox" {
		o.raw("Parameters", `[{"Name":"ForwardingSmtpAddress","Value":"smtp:archive@mail.example"}]`)
	}
	o.close('}')
	return o.buf
}

// actRecordType is the AuditLogRecordType of an operation: 50 is
// ExchangeItemAggregated, 1 ExchangeAdmin, 8 AzureActiveDirectory.
func actRecordType(action string) int64 {
	switch {
	case action == "MailItemsAccessed":
		return 50
	case actWorkload(action) == "AzureActiveDirectory":
		return 8
	}
	return 1
}

// actWorkload is what wrote the record: the directory's operations are written
// with spaces or a full stop.
func actWorkload(action string) string {
	if strings.ContainsAny(action, " .") {
		return "AzureActiveDirectory"
	}
	return "Exchange"
}

func writePurview(w *bufio.Writer, org *Org, attempts iter.Seq[*Attempt]) error {
	w.WriteString("\ufeff" + `"RecordId","CreationDate","RecordType","Operation","UserId","AuditData","AssociatedAdminUnits","AssociatedAdminUnitsNames"` + "\r\n")
	var row, data []byte
	for a := range attempts {
		recordType, op := int64(15), operation(a)
		if a.Action != "" {
			recordType, op = actRecordType(a.Action), a.Action
		}
		data = appendAudit(data[:0], org, a)
		row = append(row[:0], '"')
		row = a.ID.append(row)
		row = append(row, `","`...)
		row = a.Time.AppendFormat(row, "2006-01-02T15:04:05.0000000Z")
		row = append(row, `","`...)
		row = strconv.AppendInt(row, recordType, 10)
		row = append(row, `","`+op+`","`...)
		row = append(row, a.Account...) // no quotation mark is in an account of this world
		row = append(row, `","`...)
		row = append(row, bytes.ReplaceAll(data, []byte{'"'}, []byte{'"', '"'})...)
		row = append(row, "\",\"\",\"\"\r\n"...)
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	return nil
}
