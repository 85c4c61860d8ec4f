package signin

import (
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// ecs is a function because the originals in its documents may be of any format.
func ecs() Format {
	return Format{
		Name:  "ecs",
		Title: "Elastic Common Schema",
		Doc:   "Documents of Elastic or OpenSearch with event.category authentication, nested or with points in their keys, bare or in _source.",
		Blind: "what the pipeline that wrote it dropped: keep event.original (preserve_original_event), which is read instead of the fields",
		Sniff: func(head []byte) int { return sniffJSON(head, ecsFields, ecsScore) },
		Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
			return decodeECS(r, opt)
		},
	}
}

// The fields that are used: https://www.elastic.co/docs/reference/ecs.
const (
	ecsTime = iota
	ecsOriginal
	ecsMessage // the original, where the pipeline left it to the shipper
	ecsCategory
	ecsKind
	ecsType
	ecsOutcome
	ecsAction
	ecsCode
	ecsReason
	ecsErrorCode
	ecsErrorMessage
	ecsID
	ecsUser
	ecsEmail
	ecsTargetUser
	ecsTargetEmail
	ecsIP
	ecsAddress
	ecsClientIP
	ecsCountry
	ecsASN
	ecsAgent
	ecsOrganization
	ecsCloud
	ecsHost
	ecsService
	ecsModule
	ecsVersion
	ecsWinlog
	ecsProcess
	ecsPID
	ecsHostname
	ecsSSH
	ecsDomain
	ecsMark // and the marks that follow: see ecsRecord
)

var (
	ecsAll        = append(slices.Clone(ecsPaths), ecsMarks()...)
	ecsFieldCount = len(ecsAll)
)

var ecsPaths = []string{
	"@timestamp", "event.original", "message", "event.category", "event.kind", "event.type", "event.outcome", "event.action", "event.code",
	"event.reason", "error.code", "error.message", "event.id", "user.name", "user.email", "user.target.name", "user.target.email",
	"source.ip", "source.address", "client.ip", "source.geo.country_iso_code", "source.as.number", "user_agent.original",
	"organization.id", "cloud.account.id", "host.name", "service.name", "event.module", "ecs.version", "winlog.event_id",
	"process.name", "process.pid", "host.hostname", "system.auth.ssh.event", "user.domain",
}

// The shapes of a document: its fields are nested or have points in their keys,
// at the top or in _source of an export of an index. In what reads all, those of
// shape n begin at n*ecsFieldCount.
const ecsShapeCount = 4

// ecsShape returns the paths of fields in a shape.
func ecsShape(shape int, fields []string) (paths []string) {
	for _, p := range fields {
		if shape%2 == 1 {
			key, _, _ := strings.Cut(p, "[")
			p = strings.ReplaceAll(key, ".", `\.`) + p[len(key):]
		}
		if shape >= 2 {
			p = "_source." + p
		}
		paths = append(paths, p)
	}
	return paths
}

// ecsShapes returns the paths of all fields in all shapes.
func ecsShapes() (paths []string) {
	for shape := range ecsShapeCount {
		for _, p := range ecsShape(shape, ecsAll) {
			if slices.Contains(paths, p) {
				p = "\x01" + p // the same in both shapes; no document has this key
			}
			paths = append(paths, p)
		}
	}
	return paths
}

var ecsFields = jsonscan.Compile(jsonscan.Config{
	Wrap: lists("hits"),
	Mark: []int{ecsTime, 2*ecsFieldCount + ecsTime},
}, ecsShapes()...)

// ecsText returns a field in whichever shape it is.
func ecsText(rec *jsonscan.Record, field int) string {
	for shape := range ecsShapeCount {
		if s := rec.Text(shape*ecsFieldCount + field); s != "" {
			return s
		}
	}
	return ""
}

func ecsScore(rec *jsonscan.Record) int {
	text := func(field int) string { return ecsText(rec, field) }
	switch {
	case text(ecsTime) == "" || text(ecsWinlog) != "": // Winlogbeat keeps what is known of Windows elsewhere
		return 0
	case ecsAuthentication(text(ecsCategory)), ecsMarked(rec):
		return 70
	case text(ecsVersion) != "" && (text(ecsCategory) != "" || text(ecsModule) != "" || text(ecsOriginal) != "" || text(ecsMessage) != ""):
		return 40
	}
	return 0
}

// ecsMarked reports whether a document is of an integration whose records are put
// together again.
func ecsMarked(rec *jsonscan.Record) bool {
	for n := range ecsRecords {
		if ecsText(rec, ecsMark+n) != "" {
			return true
		}
	}
	return false
}

func ecsAuthentication(category string) bool { return containsFold(category, "authentication") }

// decodeECS reads the original of a document where it is kept and known, else
// the document's fields.
func decodeECS(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	var restorer ecsRestorer
	return decodeCarried(r, ecsFields, carriers{
		originals: func(rec *jsonscan.Record, take func(shipped) bool) {
			kept := ecsText(rec, ecsOriginal) != ""
			if kept && take(ecsShipped(rec)) {
				return
			}
			if record, ok := restorer.record(rec); ok && take(record) {
				return
			}
			if !kept { // a message, which may be a line of another log or a sentence
				take(ecsShipped(rec))
			}
		},
		fields: func(rec *jsonscan.Record, ev *Event) error { return readECS(rec, ev, opt) },
	}, opt)
}

// ecsShipped is the original of a document, or the message, from which Filebeat's
// system module and others take the head of the line.
func ecsShipped(rec *jsonscan.Record) shipped {
	s := shipped{raw: ecsText(rec, ecsOriginal)}
	s.at, _ = parseStamp(ecsText(rec, ecsTime), nil)
	if s.raw == "" {
		s.raw = ecsText(rec, ecsMessage)
		s.program, s.pid = ecsText(rec, ecsProcess), ecsText(rec, ecsPID)
		s.host = firstText(ecsText(rec, ecsHostname), ecsText(rec, ecsHost))
		s.part = s.program != ""
	}
	return s
}

// readECS fills ev from the fields of a document.
func readECS(rec *jsonscan.Record, ev *Event, opt Options) error {
	text := func(field int) string { return ecsText(rec, field) }
	action := text(ecsAction)
	ended := containsFold(text(ecsType), "end") || containsFold(action, "logout") || containsFold(action, "logged-out") || containsFold(action, "logoff")
	if !ecsAuthentication(text(ecsCategory)) || ended {
		return nil
	}
	ssh := text(ecsSSH)
	why := []string{text(ecsErrorCode), text(ecsReason), text(ecsErrorMessage), text(ecsCode), action}
	if ssh != "" { // Filebeat keeps the first word of sshd's message
		why = []string{"sshd_" + strings.ToLower(ssh)}
	}
	switch {
	case strings.EqualFold(text(ecsOutcome), "success"):
		ev.Class, ev.Code = OK, firstText(action, text(ecsOutcome))
	case strings.EqualFold(text(ecsOutcome), "failure"):
		ev.Class, ev.Code = ecsFailure(why)
	default:
		return nil // a step, or a record about one
	}
	ev.Tenant = firstText(text(ecsOrganization), text(ecsCloud))
	host := NormalAccount(firstText(text(ecsHost), text(ecsHostname)))
	ev.Account = firstText(text(ecsEmail), withDomain(text(ecsUser), text(ecsDomain), host), text(ecsTargetEmail), text(ecsTargetUser))
	if ev.Tenant == "" && !strings.Contains(ev.Account, "@") {
		ev.Host = host
	}
	ev.Addr = firstAddr(text(ecsIP), text(ecsAddress), text(ecsClientIP))
	ev.ASN = parseASN(text(ecsASN))
	ev.Country = parseCountry(text(ecsCountry))
	ev.UserAgent = text(ecsAgent)
	ev.Client = text(ecsModule)
	ev.App = text(ecsService)
	ev.ID = text(ecsID)
	if ssh != "" {
		ev.Protocol = SSH
		if pid := text(ecsPID); pid != "" && !ev.Class.Succeeded() { // "Invalid user" and "Failed password" are one try
			ev.Try = Key("ecs-ssh", text(ecsHostname), text(ecsHost), pid)
			if strings.EqualFold(ssh, "Invalid") {
				ev.Strength = Hint
			}
		}
	}
	return finish(ev, "ecs", text(ecsTime), opt.Zone)
}

var ecsCodes = mustCodes("ecs")

// ecsFailure finds the class of a failure: by a code of Windows or Entra, else
// by words.
func ecsFailure(why []string) (Class, string) {
	class, code := ocsfResult("2", "", "", why)
	if own, ok := ecsCodes.Find(code, "", ""); ok {
		return own, code
	}
	if class == Other {
		class = ecsCodes.Class("*", strings.Join(why, " "), "")
	}
	return class, code
}
