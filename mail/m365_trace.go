package mail

import (
	"slices"
	"strings"
)

const m365TraceName = "m365-trace"

var m365Trace = Format{
	Name:  m365TraceName,
	Title: "Microsoft 365 message trace",
	Doc:   "Message trace of Exchange Online as CSV: results exported in the Exchange admin center, its enhanced summary and extended reports, Get-MessageTrace and Get-MessageTraceV2; JSON of the reporting service.",
	Blind: "display names, links, attachments, authentication, and whether anybody clicked",

	Sniff:  m365TraceTable.sniff,
	Decode: m365TraceTable.decode,
}

const (
	traceTime = iota
	traceSender
	traceRecipient
	traceRecipientStatus
	traceStatus
	traceSubject
	traceMessageID
	traceNetworkID
	traceFromIP
	traceClientIP
	traceDirection
	traceEvent
	traceReturnPath
	traceCustomData
	traceColumns
)

// The columns are those of
//   - the reports: learn.microsoft.com/exchange/monitoring/trace-an-email-message/message-trace-modern-eac,
//   - the cmdlets: learn.microsoft.com/powershell/module/exchange/get-messagetracev2,
//   - the reporting service and Graph's exchangeMessageTrace.
//
// sender_address is the Sender or From of the header, return_path the envelope
// sender (learn.microsoft.com/exchange/mail-flow/transport-logs/message-tracking).
var m365TraceTable = newTable(table{
	names: [][]string{
		traceTime:            {"origin_timestamp_utc", "origin_timestamp", "date_time_utc", "date_time", "Received", "receivedDateTime", "Date Received", "Date"},
		traceSender:          {"sender_address", "SenderAddress", "Sender", "From"},
		traceRecipient:       {"recipient_address", "RecipientAddress", "Recipient", "To"},
		traceRecipientStatus: {"recipient_status"},
		traceStatus:          {"Status", "Delivery Status"},
		traceSubject:         {"message_subject", "Subject"},
		traceMessageID:       {"message_id", "MessageId", "Message ID"},
		traceNetworkID:       {"network_message_id", "MessageTraceId", "Network Message ID", "id"},
		traceFromIP:          {"original_client_ip", "FromIP", "From IP"},
		traceClientIP:        {"client_ip"},
		traceDirection:       {"directionality", "Direction"},
		traceEvent:           {"event_id"},
		traceReturnPath:      {"return_path"},
		traceCustomData:      {"custom_data"},
	},
	within: []string{"properties"},
	known: func(has func(int) bool) bool {
		return has(traceTime) && has(traceSender) && has(traceMessageID) &&
			(has(traceRecipientStatus) || has(traceRecipient) && (has(traceStatus) || has(traceEvent)))
	},
	read: readTrace,
})

// readTrace yields one message for each recipient. An extended report has some
// sixteen rows for one mail; those that say how it came and how it ended count.
func readTrace(r *record, yield func(Item) bool) (bool, error) {
	var delivery Delivery
	event := r.text(traceEvent)
	if event != "" {
		var counts bool
		if delivery, counts = traceEventDelivery(event, r.text(traceCustomData)); !counts {
			return true, nil
		}
	} else {
		delivery = traceDelivery(r.text(traceStatus))
	}
	at, err := r.time(traceTime)
	if err != nil {
		return true, err
	}
	client := ""
	if strings.EqualFold(event, "RECEIVE") {
		client = r.text(traceClientIP)
	}
	m := Message{
		Format:     m365TraceName,
		Time:       at,
		Arrived:    at,
		From:       recordAddress("", r.text(traceSender)),
		ReturnPath: recordEnvelope(r.text(traceReturnPath)),
		Subject:    r.text(traceSubject),
		MessageID:  messageID(r.text(traceMessageID)),
		NetworkID:  networkID(r.text(traceNetworkID)),
		SenderIP:   recordAddr(r.text(traceFromIP), client),
		Direction:  traceDirectionOf(r.text(traceDirection)),
	}
	for _, to := range traceRecipients(r) {
		one := m
		one.DeliveredTo = []string{to.address}
		if one.Delivery = delivery; to.delivery != DeliveryUnknown && event == "" {
			one.Delivery = to.delivery
		}
		if one.Delivery != DeliveryUnknown {
			one.Evidence |= HasDelivery
		}
		if !yield(Item{Message: &one}) {
			return false, nil
		}
	}
	return true, nil
}

type traceRecipientOf struct {
	address  string
	delivery Delivery
}

// traceRecipients reads "a@x.example##Receive, Deliver;b@x.example##Receive,
// Fail" of summaries, and lists of addresses.
func traceRecipients(r *record) []traceRecipientOf {
	// In extended reports recipient_status is the SMTP answer of the event.
	text := r.text(traceRecipient)
	if text == "" {
		text = r.text(traceRecipientStatus)
	}
	var all []traceRecipientOf
	for part := range strings.SplitSeq(text, ";") {
		address, status, _ := strings.Cut(part, "##")
		if n := len(all); n > 0 && !strings.Contains(part, "@") { // "a@x.example##Receive; Deliver"
			all[n-1].delivery = traceDelivery(part)
			continue
		}
		address = strings.ToLower(strings.TrimSpace(address))
		if address == "" || len(all) == MaxAddresses || slices.ContainsFunc(all, func(t traceRecipientOf) bool { return t.address == address }) {
			continue
		}
		all = append(all, traceRecipientOf{address, traceDelivery(status[strings.LastIndexByte(status, ',')+1:])})
	}
	if all == nil {
		all = []traceRecipientOf{{}}
	}
	return all
}

// traceDelivery reads a status of a summary.
func traceDelivery(status string) Delivery {
	switch columnOnly(status) {
	case "delivered", "deliver", "send", "sent":
		return Delivered
	case "failed", "fail", "drop", "dropped":
		return Rejected
	case "quarantined", "quarantine":
		return Quarantined
	case "filteredasspam":
		return Junked
	}
	return DeliveryUnknown // pending, expanded, resolved, getting status, another language
}

func columnOnly(text string) string { name, _ := columnName(text); return name }

// traceEventDelivery says what became of a mail by an event of an extended
// report, and whether the event says anything at all.
func traceEventDelivery(event, custom string) (Delivery, bool) {
	switch strings.ToUpper(event) {
	case "RECEIVE":
		return DeliveryUnknown, true
	case "DELIVER", "SEND", "SENDEXTERNAL":
		return Delivered, true
	case "FAIL", "DROP":
		return Rejected, true
	case "AGENTINFO": // DI of the spam filter agent
		if !strings.Contains(custom, "S:SFA=") {
			return DeliveryUnknown, false
		}
		for part := range strings.SplitSeq(custom, "|") {
			part, _, _ = strings.Cut(part, ";")
			switch part {
			case "DI=SQ":
				return Quarantined, true
			case "DI=SJ":
				return Junked, true
			case "DI=SD":
				return Rejected, true
			}
		}
	}
	return DeliveryUnknown, false
}

func traceDirectionOf(text string) Direction {
	switch columnOnly(text) {
	case "1", "incoming", "inbound":
		return Inbound
	case "2", "originating", "outbound", "outgoing":
		return Outbound // also mail within the organisation
	}
	return DirectionUnknown
}
