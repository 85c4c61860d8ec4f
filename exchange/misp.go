package exchange

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// mispFile is what MISP imports: one event. Several stand in a response, as
// its own search gives them.
type mispFile struct {
	Event mispEvent `json:"Event"`
}

type mispResponse struct {
	Response []mispFile `json:"response"`
}

// mispEvent has what is written of an event (MISP core format; the schema is
// PyMISP's). All numbers are strings.
type mispEvent struct {
	UUID         string          `json:"uuid"`
	Info         string          `json:"info"`
	Date         string          `json:"date"`
	Threat       string          `json:"threat_level_id"`
	Analysis     string          `json:"analysis"`
	Distribution string          `json:"distribution"`
	Timestamp    string          `json:"timestamp"`
	Published    bool            `json:"published"`
	Orgc         mispOrg         `json:"Orgc"`
	Attributes   []mispAttribute `json:"Attribute"`
	Tags         []mispTag       `json:"Tag"`
}

type mispOrg struct {
	Name mispText `json:"name"`
	UUID mispText `json:"uuid"`
}

type mispAttribute struct {
	UUID      mispText  `json:"uuid"`
	Type      mispText  `json:"type"`
	Category  mispText  `json:"category"`
	Value     mispText  `json:"value"`
	Comment   mispText  `json:"comment,omitempty"`
	ToIDs     mispBool  `json:"to_ids"`
	Deleted   mispBool  `json:"deleted,omitempty"`
	FirstSeen mispText  `json:"first_seen,omitempty"` // read only: the schema is older than they are
	LastSeen  mispText  `json:"last_seen,omitempty"`
	Tags      []mispTag `json:"Tag,omitempty"`
}

type mispTag struct {
	Name mispText `json:"name"`
}

// mispText is a text that some versions of MISP write as a number, as null or
// as a truth value.
type mispText string

func (t *mispText) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(t))
	case string(data) == "null":
		*t = ""
	case len(data) > 0 && (data[0] == '{' || data[0] == '['):
		return &json.UnmarshalTypeError{Value: "no text"}
	default:
		*t = mispText(data)
	}
	return nil
}

// mispBool is a truth value that some versions write as a number or a text.
type mispBool bool

func (b *mispBool) UnmarshalJSON(data []byte) error {
	switch strings.Trim(string(data), `"`) {
	case "true", "1":
		*b = true
	case "false", "0", "null", "":
		*b = false
	default:
		return &json.UnmarshalTypeError{Value: "no truth value"}
	}
	return nil
}

// mispTypes are the attribute types of the kinds, each with its category.
var mispTypes = map[Kind][2]string{
	Address: {"ip-src", "Network activity"}, Network: {"ip-src", "Network activity"},
	Domain: {"domain", "Network activity"}, URL: {"url", "Network activity"}, UserAgent: {"user-agent", "Network activity"},
	Email: {"email-src", "Payload delivery"}, Subject: {"email-subject", "Payload delivery"},
	MD5: {"md5", "Payload delivery"}, SHA1: {"sha1", "Payload delivery"}, SHA256: {"sha256", "Payload delivery"}, FileName: {"filename", "Payload delivery"},
	Pattern: {"stix2-pattern", "Payload delivery"}, Sigma: {"sigma", "Payload delivery"}, YARA: {"yara", "Payload delivery"}, Snort: {"snort", "Network activity"},
}

// mispKinds are the kinds of the attribute types that are read. email-dst is
// none of them: it is whom the mail was sent to.
var mispKinds = map[string]Kind{
	"ip-src": Address, "ip-dst": Address, "domain": Domain, "hostname": Domain, "url": URL, "uri": URL, "link": "", "user-agent": UserAgent, "http-user-agent": UserAgent,
	"email": Email, "email-src": Email, "email-subject": Subject, "md5": MD5, "sha1": SHA1, "sha256": SHA256, "filename": FileName,
	"stix2-pattern": Pattern, "sigma": Sigma, "yara": YARA, "snort": Snort,
	"ip": Address, "port": "", // parts of composites: domain|ip, ip-src|port
}

// machineTag is a triple tag of MISP: namespace:predicate="value".
var machineTag = regexp.MustCompile(`(?s)^([^:="]+):([^="]+)="(.*)"$`)

func tag(namespace, predicate, value string) mispTag {
	return mispTag{mispText(namespace + ":" + predicate + `="` + value + `"`)}
}

// tagValue returns the value of the first tag of a namespace and predicate.
func tagValue(tags []mispTag, namespace, predicate string) string {
	for _, t := range tags {
		if m := machineTag.FindStringSubmatch(string(t.Name)); m != nil && m[1] == namespace && m[2] == predicate {
			return m[3]
		}
	}
	return ""
}

// The texts by which the parts of a campaign of ours are recognised.
const (
	mispOwn      = "pumphandle" // namespace of our tags
	mispFirst    = "first attempt"
	mispLast     = "last attempt"
	mispAttempts = "attempts"
	mispSummary  = "summary"
	mispBar      = " | "
)
