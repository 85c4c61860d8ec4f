package signin

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var keycloak = Format{
	Name:  "keycloak",
	Title: "Keycloak events",
	Doc:   "Log of the org.keycloak.events logger (text of any age, or JSON lines around it), or login events exported by the administration API.",
	Blind: "successes, unless the event listener logs them (they are at level DEBUG by default); user agents; wrong one-time codes, which look like wrong passwords",
	Sniff: sniffKeycloak,
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return decodeKeycloak(r, opt)
	},
}

// keycloakEvent is a login event, whichever way it was written.
type keycloakEvent struct {
	Time                                                     string
	Type, Realm, Client, UserID, IP, Error, Username, Grant  string
	Method, Provider, ID, Session, CodeID, RealmName, Reason string
}

// The fields of a line in JSON around the text, in the names of Quarkus and of
// ECS, and those of an event as the administration API gives it:
// https://www.keycloak.org/docs-api/latest/rest-api/#EventRepresentation.
const (
	keycloakStamp = iota
	keycloakECSStamp
	keycloakMessage
	keycloakTime
	keycloakType
	keycloakRealm
	keycloakClient
	keycloakUser
	keycloakIP
	keycloakError
	keycloakName
	keycloakGrant
	keycloakMethod
	keycloakProvider
	keycloakID
	keycloakSession
	keycloakCode
	keycloakLog // the message in the log files of Docker
)

var keycloakFields = jsonscan.Compile(jsonscan.Config{AnyCase: true, Wrap: lists(), Mark: []int{keycloakMessage, keycloakType, keycloakLog}},
	"timestamp", "@timestamp", "message", "time", "type", "realmId", "clientId", "userId", "ipAddress", "error", "details.username",
	"details.grant_type", "details.auth_method", "details.identity_provider", "id", "sessionId", "details.code_id", "log",
)

var (
	keycloakCodes = mustCodes("keycloak")
	keycloakActs  = mustActs("keycloak")
)

func sniffKeycloak(head []byte) int {
	if looksLikeJSON(head) {
		return sniffJSON(head, keycloakFields, func(rec *jsonscan.Record) int {
			switch {
			case keycloakText(keycloakMessageOf(rec)) >= 0:
				return 96 // surer than the ECS around it
			case rec.Kind(keycloakRealm) == jsonscan.String && allDigits(rec.Text(keycloakTime)) && isKeycloakType(rec.Text(keycloakType)):
				return 95
			}
			return 0
		})
	}
	n := 0
	for line := range strings.Lines(string(head[:min(len(head), 32<<10)])) {
		if keycloakText(line) >= 0 {
			return 95
		}
		if n++; n == 50 {
			break
		}
	}
	return 0
}

// keycloakText returns where the event begins in a line of text, or -1. The
// event listener writes type first and a realm after it, whatever the logger
// is called.
func keycloakText(line string) int {
	for from := 0; ; {
		i := strings.Index(line[from:], "type=")
		if i < 0 {
			return -1
		}
		i += from
		value, _, _ := strings.Cut(strings.TrimPrefix(line[i+len("type="):], `"`), ",")
		if (i == 0 || line[i-1] == ' ') && isKeycloakType(strings.TrimSuffix(value, `"`)) && strings.Contains(line[i:], "realmId=") {
			return i
		}
		from = i + 1
	}
}

// isKeycloakType reports whether s is written as the type of an event.
func isKeycloakType(s string) bool {
	return len(s) >= 5 && len(s) < 64 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}

// decodeKeycloak reads a log line by line, whether a line is text or JSON, as
// what collects logs mixes them; or a list of events as JSON.
func decodeKeycloak(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	start, whole := peek(r)
	if !keycloakLines(start) {
		return jsonRecords(whole, keycloakFields, func(rec *jsonscan.Record, ev *Event) error { return readKeycloakJSON(rec, ev, opt.Zone) })
	}
	return func(yield func(*Event, error) bool) {
		lines := newLineReader(whole, MaxRecord)
		var ev Event
		var rec jsonscan.Record
		for {
			line, err := lines.next()
			line = strings.TrimPrefix(line, "\ufeff")
			object := strings.TrimLeft(line, " \t")
			var bad *RecordError
			var more bool
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &bad):
				more = yield(nil, err)
			case err != nil:
				yield(nil, err)
				return
			case strings.HasPrefix(object, "{"):
				ev = Event{Line: lines.line}
				if err = keycloakFields.Scan([]byte(object), &rec); err == nil {
					err = readKeycloakJSON(&rec, &ev, opt.Zone)
				}
				more = yieldRead(yield, &ev, err)
			default:
				ev = Event{Line: lines.line}
				more = yieldRead(yield, &ev, readKeycloakLine(line, &ev, opt.Zone))
			}
			if !more {
				return
			}
		}
	}
}

// keycloakLines reports whether a text is to be read line by line: it is no
// JSON, or its first line is one whole object that holds no list of others.
func keycloakLines(start []byte) bool {
	if !looksLikeJSON(start) {
		return true
	}
	line, _, _ := bytes.Cut(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), []byte("\n"))
	line = bytes.TrimSpace(line)
	rec, err := jsonscan.NewReader(bytes.NewReader(line), keycloakFields, len(line)+1).Next()
	return err == nil && len(rec.Raw()) == len(line)
}

// readKeycloakLine reads a line of the server's log: whatever stands before the
// event holds its time. Lines of other loggers are none.
func readKeycloakLine(line string, ev *Event, zone *time.Location) error {
	at := keycloakText(line)
	if at < 0 {
		return nil
	}
	k := parseKeycloak(line[at:])
	k.Time = stampIn(line[:at])
	return k.event(ev, zone)
}

func readKeycloakJSON(rec *jsonscan.Record, ev *Event, zone *time.Location) error {
	if message := keycloakMessageOf(rec); message != "" {
		at := keycloakText(message)
		if at < 0 {
			return nil
		}
		k := parseKeycloak(message[at:])
		k.Time = firstText(rec.Text(keycloakStamp), rec.Text(keycloakECSStamp), stampIn(message[:at]), rec.Text(keycloakTime))
		return k.event(ev, zone)
	}
	if rec.Kind(keycloakRealm) == jsonscan.Missing {
		return nil
	}
	k := keycloakEvent{
		Time: rec.Text(keycloakTime), Type: rec.Text(keycloakType), Realm: rec.Text(keycloakRealm), Client: rec.Text(keycloakClient),
		UserID: rec.Text(keycloakUser), IP: rec.Text(keycloakIP), Error: rec.Text(keycloakError), Username: rec.Text(keycloakName),
		Grant: rec.Text(keycloakGrant), Method: rec.Text(keycloakMethod), Provider: rec.Text(keycloakProvider), ID: rec.Text(keycloakID),
		Session: rec.Text(keycloakSession), CodeID: rec.Text(keycloakCode),
	}
	return k.event(ev, zone)
}

// keycloakMessageOf returns the text of a line that was wrapped in JSON.
func keycloakMessageOf(rec *jsonscan.Record) string {
	return firstText(rec.Text(keycloakMessage), rec.Text(keycloakLog))
}

// parseKeycloak reads "type=LOGIN_ERROR, realmId=x, …", with or without quotes.
// The first of a name counts: what a person typed stands behind what the server
// knows, and may hold ", ipAddress=" to mislead.
func parseKeycloak(text string) (k keycloakEvent) {
	for text != "" {
		name, rest, ok := strings.Cut(text, "=")
		if !ok {
			break
		}
		var value string
		if quoted, is := strings.CutPrefix(rest, `"`); is {
			value, text = unquote(quoted)
			text = strings.TrimPrefix(text, ",")
		} else {
			value, text, _ = strings.Cut(rest, ", ")
		}
		text = strings.TrimLeft(text, " ")
		if field := k.field(strings.TrimSpace(name)); field != nil && *field == "" {
			*field = value
		}
	}
	return k
}

// unquote reads up to the closing quote; a backslash keeps the next character.
func unquote(s string) (value, rest string) {
	end := 0
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(s))
	value, rest = s[:end], s[min(end+1, len(s)):]
	if strings.Contains(value, `\`) {
		value = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(value)
	}
	return value, rest
}

func (k *keycloakEvent) field(name string) *string {
	switch name {
	case "type":
		return &k.Type
	case "realmId":
		return &k.Realm
	case "realmName":
		return &k.RealmName
	case "clientId":
		return &k.Client
	case "userId":
		return &k.UserID
	case "ipAddress":
		return &k.IP
	case "error":
		return &k.Error
	case "reason":
		return &k.Reason
	case "username":
		return &k.Username
	case "grant_type":
		return &k.Grant
	case "auth_method":
		return &k.Method
	case "identity_provider":
		return &k.Provider
	case "sessionId":
		return &k.Session
	case "code_id":
		return &k.CodeID
	}
	return nil
}

// event fills ev; types that neither table has are no sign-ins.
func (k *keycloakEvent) event(ev *Event, zone *time.Location) error {
	if k.Type == "" {
		return nil
	}
	class, ok := keycloakCodes.Find(k.Type+" "+k.Error, k.Reason, "")
	if !ok {
		class, ok = keycloakCodes.Find(k.Type, k.Error, "")
	}
	switch {
	case ok:
		ev.Class, ev.Code = class, firstText(k.Error, k.Type)
	case keycloakActs.has(k.Type, nil, 0):
		ev.Class, ev.Action = ClassActivity, k.Type
	default:
		return nil
	}
	user := firstText(k.UserID)
	ev.Tenant = firstText(k.RealmName, k.Realm)
	ev.Account = firstText(k.Username, user)
	if ev.Class == BadPassword && user != "" {
		ev.Known = Yes
	}
	ev.Addr = ParseAddr(k.IP)
	ev.App = firstText(k.Client)
	ev.Client = firstText(k.Method)
	ev.Protocol = k.protocol()
	if ev.Protocol == Workload {
		ev.Account = firstText(ev.Account, ev.App)
	}
	ev.ID = k.ID
	return finish(ev, "keycloak", k.Time, zone)
}

func (k *keycloakEvent) protocol() Protocol {
	switch {
	case strings.HasPrefix(k.Type, "CLIENT_LOGIN"):
		return Workload
	case strings.HasPrefix(k.Type, "IDENTITY_PROVIDER"), firstText(k.Provider) != "":
		return Federated
	case k.Grant == "password":
		return ROPC
	case k.Grant == "urn:ietf:params:oauth:grant-type:device_code", strings.HasPrefix(k.Type, "OAUTH2_DEVICE_CODE"):
		return DeviceCode
	}
	return Interactive
}
