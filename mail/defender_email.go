package mail

import (
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// readEmailEvent reads a row of EmailEvents: one mail to one recipient.
func readEmailEvent(r *record) (Item, error) {
	at, err := r.time(defTime)
	if err != nil {
		return Item{}, err
	}
	m := &Message{
		Format:     defenderName,
		Time:       at,
		Arrived:    at,
		From:       recordAddress(r.text(defFromName), r.text(defFrom)),
		ReturnPath: recordEnvelope(r.text(defMailFrom)),
		Subject:    r.text(defSubject),
		MessageID:  messageID(r.text(defMessageID)),
		NetworkID:  networkID(r.text(defNetworkID)),
		SenderIP:   recordAddr(r.text(defIPv4), r.text(defIPv6)),
		To:         addressList(r.text(defTo)),
		Cc:         addressList(r.text(defCc)),
		Delivery:   defenderDelivery(r.text(defAction), r.text(defLocation)),
	}
	if to := recordEnvelope(r.text(defRecipient)); to != "" {
		m.DeliveredTo = []string{to}
	}
	switch columnOnly(r.text(defDirection)) {
	case "inbound":
		m.Direction = Inbound
	case "outbound":
		m.Direction = Outbound
	case "intraorg":
		m.Direction = Internal
	}
	switch latest := defenderDelivery(r.text(defLatestAction), r.text(defLatestLocation)); {
	case m.Delivery == Delivered && (latest == Quarantined || latest == Rejected):
		m.Delivery = Removed
	case m.Delivery != Delivered && strings.HasPrefix(columnOnly(r.text(defLatestLocation)), "inbox"):
		m.Delivery = Delivered // released, or taken out of junk
	}
	if m.Delivery != DeliveryUnknown {
		m.Evidence |= HasDelivery
	}
	if m.Verdicts = authVerdicts(r.raw(defAuth)); len(m.Verdicts) > 0 {
		m.Evidence |= HasAuth
	}
	for _, c := range []struct {
		name   string
		column int
	}{
		{"ThreatTypes", defThreats}, {"ThreatNames", defThreatNames}, {"DetectionMethods", defMethods},
		{"ConfidenceLevel", defConfidence}, {"BulkComplaintLevel", defBulk}, {"EmailAction", defEmailAction},
		{"EmailActionPolicy", defPolicy}, {"OrgLevelAction", defOrgAction}, {"UserLevelAction", defUserAction},
		{"IsFirstContact", defFirstContact},
	} {
		m.Verdicts = appendVerdict(m.Verdicts, r, c.name, c.column)
	}
	return Item{Message: m}, nil
}

// authVerdicts reads AuthenticationDetails.
func authVerdicts(object []byte) (list []Field) {
	var rec jsonscan.Record
	if len(object) == 0 || len(object) > maxCell || defenderAuth.Scan(object, &rec) != nil {
		return nil
	}
	for i, method := range defenderMethods {
		if rec.Kind(i) == jsonscan.String && len(rec.Bytes(i)) <= 64 {
			list = append(list, Field{method, string(rec.Bytes(i))})
		}
	}
	return list
}

// defenderDelivery reads DeliveryLocation, which says more, and DeliveryAction.
func defenderDelivery(action, location string) Delivery {
	switch columnOnly(location) {
	case "quarantine":
		return Quarantined
	case "junk", "junkfolder":
		return Junked
	case "failed", "dropped":
		return Rejected
	case "inbox", "inboxfolder", "folder", "onpremisesexternal", "onpremises", "external", "deleteditems", "deletedfolder", "forwarded":
		return Delivered
	}
	switch columnOnly(action) {
	case "delivered", "replaced", "deliveredasspam":
		return Delivered
	case "junked":
		return Junked
	case "blocked":
		return Rejected
	}
	return DeliveryUnknown
}

// addressList reads addresses that are parted by semicolons or commas.
func addressList(text string) (list []Address) {
	begin := 0
	for i := 0; i <= len(text) && len(list) < MaxAddresses; i++ {
		if i == len(text) || text[i] == ';' || text[i] == ',' {
			list = append(list, recordAddress("", text[begin:i])...)
			begin = i + 1
		}
	}
	return list
}
