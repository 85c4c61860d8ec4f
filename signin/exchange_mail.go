package signin

import (
	"bytes"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/csvscan"
)

var exchangeMail = Format{
	Name:   "exchange-mail",
	Title:  "Exchange IMAP, POP and SMTP protocol logs",
	Doc:    "Logging\\Imap4, Logging\\Pop3 and ProtocolLog\\SmtpReceive of an Exchange server, where protocol logging is on.",
	Blind:  "Whether the name or the password was wrong; older servers do not write who tried by SMTP.",
	Sniff:  sniffExchange,
	Decode: decodeExchange,
}

var exchangeCodes = mustCodes("exchange")

// sniffExchange looks for the directives with which a log begins, else for rows
// of a time, a connection and two addresses.
func sniffExchange(head []byte) int {
	if bytes.HasPrefix(head, []byte("#Software: Microsoft Exchange")) {
		return 90
	}
	rows := csvscan.NewReader(bytes.NewReader(head), len(head)+1)
	for range sniffed {
		row, _, err := rows.Next()
		if err == io.EOF {
			break
		}
		if err == nil && len(exchangeRow(row).addr) > 0 {
			return 80
		}
	}
	return 0
}

// exchangeFields are those of a row that are read; SMTP alone has a session and
// a context.
type exchangeFields struct{ stamp, addr, user, command, text, session, context []byte }

// exchangeRow reads a row. Those of IMAP and POP are dateTime, sessionId,
// seqNumber, sIp, cIp, user, duration, rqsize, rpsize, command, parameters,
// context; those of SMTP date-time, connector-id, session-id, sequence-number,
// local-endpoint, remote-endpoint, event, data, context.
func exchangeRow(row [][]byte) (f exchangeFields) {
	if len(row) < 8 || len(row[0]) < 20 || row[0][4] != '-' || row[0][10] != 'T' {
		return f
	}
	isAddr := func(b []byte) bool { return ParseAddr(string(b)).IsValid() }
	switch {
	case len(row) > 11 && isAddr(row[3]) && isAddr(row[4]):
		f = exchangeFields{stamp: row[0], addr: row[4], user: row[5], command: row[9], text: bytes.Join(row[11:], []byte(" "))} // not the parameters, which are typed
	case isAddr(row[4]) && isAddr(row[5]):
		f = exchangeFields{stamp: row[0], addr: row[5], command: row[6], text: row[7], session: row[2]}
		if len(row) > 8 {
			f.context = row[8]
		}
	}
	return f
}

func decodeExchange(r io.Reader, _ Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := exchangeDecoder{names: map[string]string{}}
		var ev Event
		for row, err := range scanRows(r, MaxRecord) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			if first := row.cells[0]; bytes.HasPrefix(first, []byte("#")) || bytes.EqualFold(first, []byte("dateTime")) {
				continue
			}
			ev = Event{Line: row.line}
			if !yieldRead(yield, &ev, d.read(row.cells, &ev)) {
				return
			}
		}
	}
}

// exchangeDecoder reads one log.
type exchangeDecoder struct {
	repeats repeatWindow      // tries of one moment may be written alike
	names   map[string]string // by SMTP session: who tries to sign in, at most maxSMTPNames
}

// maxSMTPNames is how many sessions are remembered; their rows are mixed.
const maxSMTPNames = 4096

func (d *exchangeDecoder) read(row [][]byte, ev *Event) error {
	f := exchangeRow(row)
	code, account := "", string(f.user)
	switch {
	case f.session != nil:
		ev.Client = "exchange/smtp"
		code, account = d.smtp(&f)
	default:
		ev.Client = "exchange/imap"
		if !bytes.EqualFold(f.command, []byte("authenticate")) && !bytes.EqualFold(f.command, []byte("login")) {
			ev.Client = "exchange/pop3"
		}
		code = exchangeCode(&f)
	}
	if code == "" {
		*ev = Event{Line: ev.Line}
		return nil
	}
	at, err := parseStamp(string(f.stamp), nil)
	if err != nil {
		return err
	}
	ev.Time = at
	ev.Protocol = Legacy
	ev.Addr = ParseAddr(string(f.addr))
	ev.Account = iisAccount(account, "")
	ev.Code = clip(code)
	ev.Class = exchangeCodes.Class(code, "", "")
	if ev.Class.Succeeded() {
		ev.Known = Yes
	}
	ev.Host = NormalAccount(exchangeHost(row))
	ev.Key = d.repeats.key(&syslogLine{whole: string(bytes.Join(row, []byte(",")))})
	return nil
}

// exchangeCode returns the code of a row of IMAP or POP: the text behind
// "AuthFailed:", or "ok" of a command that signs in.
func exchangeCode(f *exchangeFields) string {
	if _, rest, ok := bytes.Cut(f.text, []byte("AuthFailed:")); ok {
		end := bytes.IndexAny(rest, ",\";) ")
		if end < 0 {
			end = len(rest)
		}
		return string(rest[:end])
	}
	signs := false
	for _, command := range [...]string{"authenticate", "login", "pass", "auth"} {
		signs = signs || bytes.EqualFold(f.command, []byte(command))
	}
	if signs && len(f.user) > 0 && (bytes.HasPrefix(f.text, []byte("R=OK")) || bytes.HasPrefix(f.text, []byte("R=ok"))) {
		return "ok"
	}
	return ""
}

// smtp returns the code of a row of SMTP: "535" of the reply that refuses, "ok"
// of the note who is authenticated; and the name. For refusals newer servers note
// it on a row of its own before the reply.
func (d *exchangeDecoder) smtp(f *exchangeFields) (code, account string) {
	const nameMark = "User Name: "
	switch {
	case bytes.Equal(f.command, []byte(">")) && bytes.HasPrefix(f.text, []byte("535 ")):
		account = d.names[string(f.session)]
		delete(d.names, string(f.session))
		return "535", account
	case bytes.Equal(f.command, []byte("*")) && bytes.HasPrefix(f.context, []byte(nameMark)):
		if len(d.names) >= maxSMTPNames {
			clear(d.names)
		}
		if name := clip(string(f.context[len(nameMark):])); name != "NULL" {
			d.names[string(f.session)] = name
		}
	case bytes.Equal(f.command, []byte("*")) && bytes.EqualFold(f.context, []byte("authenticated")) && len(f.text) > 0:
		return "ok", string(f.text)
	}
	return "", ""
}

// exchangeHost returns the name of the server: SMTP has it before the connector,
// the others only an address.
func exchangeHost(row [][]byte) string {
	if name, _, ok := bytes.Cut(row[1], []byte(`\`)); ok {
		return string(name)
	}
	if a := ParseAddr(string(row[3])); a.IsValid() {
		return a.String()
	}
	return ""
}
