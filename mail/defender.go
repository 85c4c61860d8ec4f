package mail

import (
	"strconv"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

const defenderName = "defender-mail"

var defenderMail = Format{
	Name:  defenderName,
	Title: "Microsoft Defender mail tables",
	Doc:   "EmailEvents, EmailUrlInfo, EmailAttachmentInfo, EmailPostDeliveryEvents and UrlClickEvents of advanced hunting: CSV of the portal, the streaming API, exports of Sentinel and Log Analytics.",
	Blind: "texts, Reply-To and all other header fields, the contents of attachments; clicks outside Safe Links",

	Sniff:  defenderTable.sniff,
	Decode: defenderTable.decode,
}

// One file of the streaming API holds records of all five tables, so they are
// one format with the columns of all.
const (
	defNetworkID = iota
	defTime
	defCategory
	defMessageID
	defMailFrom
	defFrom
	defFromName
	defIPv4
	defIPv6
	defRecipient
	defSubject
	defDirection
	defAction
	defLocation
	defLatestAction
	defLatestLocation
	defAuth
	defThreats
	defThreatNames
	defMethods
	defConfidence
	defBulk
	defEmailAction
	defPolicy
	defOrgAction
	defUserAction
	defFirstContact
	defTo
	defCc
	defURL
	defURLDomain
	defURLLocation
	defFileName
	defFileType
	defSHA256
	defFileSize
	defActionType
	defPostAction
	defTrigger
	defResult
	defAccount
	defIPAddress
	defClickedThrough
	defWorkload
)

// The columns: learn.microsoft.com/defender-xdr/advanced-hunting-emailevents-table
// and its neighbours. Sentinel adds TimeGenerated and Type.
var defenderTable = newTable(table{
	names: [][]string{
		defNetworkID:      {"NetworkMessageId"},
		defTime:           {"Timestamp", "TimeGenerated"},
		defCategory:       {"category", "Type", "$table"},
		defMessageID:      {"InternetMessageId"},
		defMailFrom:       {"SenderMailFromAddress"},
		defFrom:           {"SenderFromAddress"},
		defFromName:       {"SenderDisplayName"},
		defIPv4:           {"SenderIPv4"},
		defIPv6:           {"SenderIPv6"},
		defRecipient:      {"RecipientEmailAddress"},
		defSubject:        {"Subject"},
		defDirection:      {"EmailDirection"},
		defAction:         {"DeliveryAction"},
		defLocation:       {"DeliveryLocation"},
		defLatestAction:   {"LatestDeliveryAction"},
		defLatestLocation: {"LatestDeliveryLocation"},
		defAuth:           {"AuthenticationDetails"},
		defThreats:        {"ThreatTypes"},
		defThreatNames:    {"ThreatNames"},
		defMethods:        {"DetectionMethods"},
		defConfidence:     {"ConfidenceLevel"},
		defBulk:           {"BulkComplaintLevel"},
		defEmailAction:    {"EmailAction"},
		defPolicy:         {"EmailActionPolicy"},
		defOrgAction:      {"OrgLevelAction"},
		defUserAction:     {"UserLevelAction"},
		defFirstContact:   {"IsFirstContact"},
		defTo:             {"To"},
		defCc:             {"Cc"},
		defURL:            {"Url"},
		defURLDomain:      {"UrlDomain"},
		defURLLocation:    {"UrlLocation"},
		defFileName:       {"FileName"},
		defFileType:       {"FileType"},
		defSHA256:         {"SHA256"},
		defFileSize:       {"FileSize"},
		defActionType:     {"ActionType"},
		defPostAction:     {"Action"},
		defTrigger:        {"ActionTrigger"},
		defResult:         {"ActionResult"},
		defAccount:        {"AccountUpn"},
		defIPAddress:      {"IPAddress"},
		defClickedThrough: {"IsClickedThrough"},
		defWorkload:       {"Workload"},
	},
	within: []string{"properties"},
	known:  func(has func(int) bool) bool { return defenderKind(has) != nil },
	read: func(r *record, yield func(Item) bool) (bool, error) {
		read := defenderKind(r.has)
		if category := r.text(defCategory); category != "" {
			named, ok := defenderTables[strings.ToLower(category[strings.LastIndexByte(category, '-')+1:])]
			if !ok {
				return true, nil // a table that is not about mail
			}
			read = named
		}
		item, err := read(r)
		if err != nil || item == (Item{}) {
			return true, err
		}
		return yield(item), nil
	},
})

// defenderTables has a reader for each table, by its name.
var defenderTables = map[string]func(*record) (Item, error){
	"emailevents":             readEmailEvent,
	"emailurlinfo":            readEmailURL,
	"emailattachmentinfo":     readEmailAttachment,
	"emailpostdeliveryevents": readPostDelivery,
	"urlclickevents":          readURLClick,
}

// defenderKind tells a table by its columns, as a query may leave most of them
// out; nil if it is none.
func defenderKind(has func(int) bool) func(*record) (Item, error) {
	switch {
	case !has(defTime):
	case has(defAccount) && has(defURL) && has(defActionType):
		return readURLClick
	case !has(defNetworkID):
	case has(defActionType) && has(defRecipient):
		return readPostDelivery
	case has(defFileName) && (has(defSHA256) || has(defFileType)):
		return readEmailAttachment
	case has(defURL) && !has(defActionType):
		return readEmailURL
	case has(defFrom) && has(defRecipient) && (has(defAction) || has(defDirection) || has(defSubject)):
		return readEmailEvent
	}
	return nil
}

// readEmailURL reads a row of EmailUrlInfo: a link of a mail whose own record
// is in EmailEvents.
func readEmailURL(r *record) (Item, error) {
	m, err := defenderPart(r)
	if err != nil {
		return Item{}, err
	}
	m.Links = []string{r.text(defURL)}
	m.Verdicts = appendVerdict(nil, r, "UrlLocation", defURLLocation)
	return Item{Message: m}, nil
}

// readEmailAttachment reads a row of EmailAttachmentInfo.
func readEmailAttachment(r *record) (Item, error) {
	m, err := defenderPart(r)
	if err != nil {
		return Item{}, err
	}
	a := Attachment{Name: r.text(defFileName), Threat: r.text(defThreats)}
	if names := r.text(defThreatNames); names != "" {
		a.Threat = strings.TrimPrefix(a.Threat+": "+names, ": ")
	}
	if h := strings.ToLower(r.text(defSHA256)); len(h) == 64 && strings.Trim(h, "0123456789abcdef") == "" {
		a.SHA256 = h
	}
	if n, err := strconv.ParseInt(r.text(defFileSize), 10, 64); err == nil && n > 0 {
		a.Size = n
	}
	m.Attachments = []Attachment{a}
	return Item{Message: m}, nil
}

func defenderPart(r *record) (*Message, error) {
	at, err := r.time(defTime)
	if err != nil {
		return nil, err
	}
	return &Message{Format: defenderName, Arrived: at, NetworkID: networkID(r.text(defNetworkID)), Partial: true}, nil
}

// appendVerdict adds a column that is not empty.
func appendVerdict(list []Field, r *record, name string, column int) []Field {
	if v := r.text(column); v != "" {
		list = append(list, Field{name, v})
	}
	return list
}

// defenderAuth reads {"SPF":"pass","DKIM":"fail", …}.
var defenderAuth = jsonscan.Compile(jsonscan.Config{AnyCase: true}, defenderMethods...)

var defenderMethods = []string{"SPF", "DKIM", "DMARC", "CompAuth"}
