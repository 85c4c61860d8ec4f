package mail

import (
	"bytes"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

const gmailLogName = "gmail-log"

var gmailLog = Format{
	Name:  gmailLogName,
	Title: "Gmail log events of Google Workspace",
	Doc:   "JSON of the Gmail logs in BigQuery (tables daily_… and activity), or activities of the Reports API with applicationName=gmail.",
	Blind: "texts, Reply-To and all other header fields; what Gmail thought beyond spam or not; clicks in other mail programs",

	Sniff:  sniffGmail,
	Decode: gmailTable.decode,
}

const (
	gmailTime = iota
	gmailEvent
	gmailSuccess
	gmailMessageID
	gmailSubject
	gmailEnvelope
	gmailFrom
	gmailFromName
	gmailDestinations
	gmailFlattened
	gmailAttachments
	gmailClientIP
	gmailConnectIP
	gmailSPF
	gmailDKIM
	gmailDMARC
	gmailInternal
	gmailIntraDomain
	gmailAction
	gmailLink
	gmailSpam
	gmailDisposition
	gmailLinkDomains
	gmailActor
	gmailActorIP
	gmailApplication
	gmailEventObject
	gmailMessageObject
	gmailResource
)

// The fields: knowledge.workspace.google.com/admin/reports/schema-for-gmail-logs-in-bigquery
// and developers.google.com/workspace/admin/reports/v1/appendix/activity/gmail.
// The activity table of BigQuery has them under "gmail"; some collectors put
// those of the Reports API under "parameters".
var gmailTable = newTable(table{
	names: [][]string{
		gmailTime:          {"event_info.timestamp_usec", "time_usec", "id.time"},
		gmailEvent:         {"event_info.mail_event_type"},
		gmailSuccess:       {"event_info.success"},
		gmailMessageID:     {"message_info.rfc2822_message_id"},
		gmailSubject:       {"message_info.subject"},
		gmailEnvelope:      {"message_info.source.address"},
		gmailFrom:          {"message_info.source.from_header_address"},
		gmailFromName:      {"message_info.source.from_header_displayname"},
		gmailDestinations:  {"message_info.destination"},
		gmailFlattened:     {"message_info.flattened_destinations"},
		gmailAttachments:   {"message_info.attachment"},
		gmailClientIP:      {"message_info.connection_info.client_ip"},
		gmailConnectIP:     {"message_info.connection_info.smtp_in_connect_ip"},
		gmailSPF:           {"message_info.connection_info.spf_pass"},
		gmailDKIM:          {"message_info.connection_info.dkim_pass"},
		gmailDMARC:         {"message_info.connection_info.dmarc_pass"},
		gmailInternal:      {"message_info.connection_info.is_internal"},
		gmailIntraDomain:   {"message_info.connection_info.is_intra_domain"},
		gmailAction:        {"message_info.action_type"},
		gmailLink:          {"message_info.post_delivery_info.interaction.link_url"},
		gmailSpam:          {"message_info.is_spam"},
		gmailDisposition:   {"message_info.spam_info.disposition"},
		gmailLinkDomains:   {"message_info.link_domain"},
		gmailActor:         {"actor.email", "email"},
		gmailActorIP:       {"ipAddress", "ip_address"},
		gmailApplication:   {"id.applicationName", "record_type"},
		gmailEventObject:   {"events[0].parameters[name=event_info].messageValue"},
		gmailMessageObject: {"events[0].parameters[name=message_info].messageValue"},
		gmailResource:      {"resourceDetails[0].id"},
	},
	within: []string{"gmail", "parameters"},
	known: func(has func(int) bool) bool {
		return has(gmailTime) && (has(gmailEvent) || has(gmailAction) || has(gmailMessageID) || has(gmailEventObject))
	},
	sure: func(r *record) int {
		switch app := r.text(gmailApplication); {
		case app == "":
			return 92
		case strings.EqualFold(app, "gmail"):
			return 97 // signin reads activities of all applications, and is less sure
		}
		return 0
	},
	read: readGmail,
})

// sniffGmail reads no CSV: repeated fields cannot be exported as such.
func sniffGmail(head []byte) int {
	if !looksLikeJSON(head) {
		return 0
	}
	return gmailTable.sniff(head)
}

// gmailKind is what a mail_event_type is here.
type gmailKind struct {
	message  bool // the mail itself: sent, received, a stage of delivery
	act      ActKind
	delivery Delivery
	word     string
}

// gmailEvents has the values of event_info.mail_event_type that are read; the
// others (labels, archive, trash, drafts, apps) say nothing that is asked here.
var gmailEvents = map[string]gmailKind{
	"1":  {message: true, word: "sent"},
	"2":  {message: true, delivery: Delivered, word: "received"},
	"3":  {act: Reported, word: "user spam classification"},
	"4":  {act: DeliveryChanged, delivery: Junked, word: "late spam classification"},
	"5":  {act: DeliveryChanged, delivery: Quarantined, word: "quarantine"},
	"6":  {act: DeliveryChanged, delivery: Delivered, word: "release from quarantine"},
	"7":  {act: Opened, word: "first open"},
	"9":  {act: Replied, word: "first reply"},
	"12": {act: DeliveryChanged, delivery: Delivered, word: "moved to inbox"},
	"15": {act: ClickAllowed, word: "link click"},
	"16": {act: ClickAllowed, word: "link click in attachment preview"},
	"17": {act: AttachmentSaved, word: "attachment download"},
	"18": {act: AttachmentSaved, word: "attachment saved to Drive"},
	"28": {act: Opened, word: "attachment preview"},
	"30": {act: DeliveryChanged, delivery: Rejected, word: "bounce"},
	"31": {act: Opened, word: "open"},
	"34": {act: DeliveryChanged, delivery: Rejected, word: "rate limit"},
}

// gmailActions has the stages of message_info.action_type that are read of
// records without a mail_event_type, of before 2023 or of stage 0.
var gmailActions = map[string]gmailKind{
	"1":  {message: true, word: "smtp in"},
	"2":  {message: true, word: "accepted"},
	"3":  {message: true, delivery: Delivered, word: "delivery"},
	"10": {message: true, word: "smtp out"},
	"18": {message: true, delivery: Rejected, word: "bounce"},
	"19": {message: true, delivery: Rejected, word: "drop"},
	"70": {act: DeliveryChanged, delivery: Junked, word: "late spam classification"},
	"71": {act: ClickAllowed, word: "link click"}, // only with a link
}

// readGmail yields the mail, once for each recipient, or the act.
func readGmail(r *record, yield func(Item) bool) (bool, error) {
	if app := r.text(gmailApplication); app != "" && !strings.EqualFold(app, "gmail") {
		return true, nil
	}
	inner := readGmailMessages(r)
	event, action := r.text(gmailEvent), r.text(gmailAction)
	if event == "" {
		event = inner[gmailInnerEvent]
	}
	kind, ok := gmailEvents[event]
	if !ok && (event == "" || event == "0") {
		kind, ok = gmailActions[action]
	}
	if !ok || action == "71" && event == "" && r.text(gmailLink) == "" {
		return true, nil
	}
	at, err := r.time(gmailTime)
	if err != nil {
		return true, err
	}
	id := r.text(gmailMessageID)
	if id == "" {
		id = inner[gmailInnerID]
	}
	if id == "" { // "gaia id/message id"
		_, id, _ = strings.Cut(r.text(gmailResource), "/")
	}
	to := gmailRecipients(r)
	if kind.message {
		m := gmailMessage(r, kind, event, action)
		m.Time, m.Arrived, m.MessageID = at, at, messageID(id)
		if m.Subject == "" {
			m.Subject = inner[gmailInnerSubject]
		}
		if len(to) == 0 {
			return yield(Item{Message: &m}), nil
		}
		for _, address := range to {
			one := m
			one.DeliveredTo = []string{address}
			if !yield(Item{Message: &one}) {
				return false, nil
			}
		}
		return true, nil
	}
	a := Act{
		Format: gmailLogName, Time: at, Kind: kind.act, Delivery: kind.delivery, Detail: kind.word,
		Account: strings.ToLower(r.text(gmailActor)), MessageID: messageID(id),
		URL: r.text(gmailLink), Addr: recordAddr(r.text(gmailActorIP), r.text(gmailClientIP)),
	}
	if kind.act == Reported && !gmailSpamSaid(r) {
		return true, nil // marked as no spam, or not said as what
	}
	if a.Account == "" && len(to) > 0 {
		a.Account = to[0] // the owner of a received mail is its recipient
	}
	return yield(Item{Act: &a}), nil
}

// gmailSpamSaid reports whether a record says that the mail is spam or worse.
// Of disposition 1 is clean; the meanings of the higher numbers differ by year.
func gmailSpamSaid(r *record) bool {
	if strings.EqualFold(r.text(gmailSpam), "true") {
		return true
	}
	d := r.text(gmailDisposition)
	return len(d) == 1 && d[0] >= '2' && d[0] <= '9'
}

func gmailMessage(r *record, kind gmailKind, event, action string) Message {
	m := Message{
		Format:     gmailLogName,
		From:       recordAddress(r.text(gmailFromName), r.text(gmailFrom)),
		ReturnPath: recordEnvelope(r.text(gmailEnvelope)),
		Subject:    r.text(gmailSubject),
		SenderIP:   recordAddr(r.text(gmailConnectIP), r.text(gmailClientIP)),
		Delivery:   kind.delivery,
	}
	if m.From == nil {
		m.From = recordAddress("", r.text(gmailEnvelope))
	}
	switch {
	case strings.EqualFold(r.text(gmailSuccess), "false"):
		m.Delivery = Rejected
	case m.Delivery == Delivered && gmailSpamSaid(r):
		m.Delivery = Junked
	}
	switch {
	case strings.EqualFold(r.text(gmailInternal), "true"), strings.EqualFold(r.text(gmailIntraDomain), "true"):
		m.Direction = Internal
	case event == "1", event != "2" && action == "10":
		m.Direction = Outbound
	case event == "2", action == "1":
		m.Direction = Inbound
	}
	if m.Delivery != DeliveryUnknown {
		m.Evidence |= HasDelivery
	}
	for _, v := range []struct {
		name   string
		column int
	}{{"SPF", gmailSPF}, {"DKIM", gmailDKIM}, {"DMARC", gmailDMARC}} {
		switch strings.ToLower(r.text(v.column)) {
		case "true":
			m.Verdicts = append(m.Verdicts, Field{v.name, "pass"})
		case "false": // failed, or there was nothing to check: the log does not say
			m.Verdicts = append(m.Verdicts, Field{v.name, "not passed"})
		default:
			continue
		}
		m.Evidence |= HasAuth
	}
	m.Verdicts = appendVerdict(m.Verdicts, r, "spam_disposition", gmailDisposition)
	var rec jsonscan.Record
	if list := r.raw(gmailAttachments); len(list) > 0 {
		for a := range gmailAttachment.Each(list, &rec) {
			if len(m.Attachments) == MaxAttachments {
				break
			}
			one := Attachment{Name: strings.Clone(a.Text(0)), SHA256: strings.ToLower(a.Text(1))}
			if one.Name == "" && a.Text(2) != "" {
				one.Name = "?." + a.Text(2)
			}
			if malware := a.Text(3); malware != "" && malware != "0" {
				one.Threat = "malware family " + malware
			}
			m.Attachments = append(m.Attachments, one)
		}
	}
	if list := r.raw(gmailLinkDomains); len(list) > 0 && list[0] == '[' {
		for _, domain := range bytes.Split(bytes.Trim(list, "[] \n"), []byte(",")) {
			// The log has domains only; scheme and path are ours.
			if d := strings.Trim(string(domain), "\" \n"); d != "" && len(d) < 256 && len(m.Links) < MaxLinks && !strings.ContainsAny(d, "\\\"/ ") {
				m.Links = append(m.Links, "https://"+d+"/")
			}
		}
	}
	return m
}

var gmailAttachment = jsonscan.Compile(jsonscan.Config{AnyCase: true}, "file_name", "sha256", "file_extension_type", "malware_family")

var gmailDestination = jsonscan.Compile(jsonscan.Config{AnyCase: true}, "address")

// gmailRecipients reads message_info.destination, else the flattened ones:
// "service:selector:address, …".
func gmailRecipients(r *record) (all []string) {
	add := func(address string) {
		address = strings.ToLower(strings.TrimSpace(address))
		if address != "" && len(all) < MaxAddresses {
			all = append(all, strings.Clone(address))
		}
	}
	if list := r.raw(gmailDestinations); len(list) > 0 {
		var rec jsonscan.Record
		for d := range gmailDestination.Each(list, &rec) {
			add(d.Text(0))
		}
	}
	if len(all) == 0 {
		for part := range strings.SplitSeq(r.text(gmailFlattened), ",") {
			add(part[strings.LastIndexByte(part, ':')+1:])
		}
	}
	return all
}

// The parameters of the Reports API stand in lists of named values. Google
// documents event_info only; the others are read where they are there.
const (
	gmailInnerEvent = iota
	gmailInnerID
	gmailInnerSubject
	gmailInnerCount
)

var gmailInner = jsonscan.Compile(jsonscan.Config{AnyCase: true},
	"parameter[name=mail_event_type].intValue", "parameter[name=rfc2822_message_id].value", "parameter[name=subject].value")

func readGmailMessages(r *record) (inner [gmailInnerCount]string) {
	var rec jsonscan.Record
	for _, column := range []int{gmailEventObject, gmailMessageObject} {
		object := r.raw(column)
		if len(object) == 0 || gmailInner.Scan(object, &rec) != nil {
			continue
		}
		for i := range inner {
			if text := rec.Text(i); text != "" && inner[i] == "" && len(text) <= maxCell {
				inner[i] = strings.ToValidUTF8(string(rec.Bytes(i)), "\uFFFD")
			}
		}
	}
	return inner
}
