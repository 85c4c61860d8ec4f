package signin

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/csvscan"
)

var exchangeMail = Format{
	Name:   "exchange-mail",
	Title:  "Exchange IMAP, POP and SMTP protocol logs",
	Doc:    "Logging\\Imap4, Logging\\Pop3 and ProtocolLog\\SmtpReceive of an Exchange server, where protocol logging is on.",
	Blind:  "Sign-ins that succeed are not told apart from other commands; SMTP does not say who tried.",
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

// exchangeFields are those of a row that are read.
type exchangeFields struct{ stamp, addr, user, command, text []byte }

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
	case len(row) >= 11 && isAddr(row[3]) && isAddr(row[4]):
		f = exchangeFields{row[0], row[4], row[5], row[9], bytes.Join(row[10:], []byte(" "))}
	case isAddr(row[4]) && isAddr(row[5]):
		f = exchangeFields{row[0], row[5], nil, row[6], row[7]}
	}
	return f
}

func decodeExchange(r io.Reader, _ Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		rows := csvscan.NewReader(r, MaxRecord)
		var repeats repeatWindow // tries of one moment may be written alike
		var ev Event
		for {
			row, line, err := rows.Next()
			var bad *csvscan.RecordError
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &bad):
				if !yield(nil, &RecordError{bad.Line, bad.Err}) {
					return
				}
				continue
			case err != nil:
				yield(nil, err)
				return
			}
			if bytes.HasPrefix(row[0], []byte("#")) || bytes.EqualFold(row[0], []byte("dateTime")) {
				continue
			}
			ev = Event{Line: line}
			if !yieldRead(yield, &ev, readExchange(row, &repeats, &ev)) {
				return
			}
		}
	}
}

func readExchange(row [][]byte, repeats *repeatWindow, ev *Event) error {
	f := exchangeRow(row)
	var code string
	if _, rest, ok := bytes.Cut(f.text, []byte("AuthFailed:")); ok {
		end := bytes.IndexAny(rest, ",\";) ")
		if end < 0 {
			end = len(rest)
		}
		code = string(rest[:end])
		ev.Client = "exchange/imap"
		if !bytes.EqualFold(f.command, []byte("authenticate")) && !bytes.EqualFold(f.command, []byte("login")) {
			ev.Client = "exchange/pop3"
		}
	} else if bytes.Equal(f.command, []byte(">")) && bytes.HasPrefix(f.text, []byte("535 ")) {
		code, ev.Client = "535", "exchange/smtp"
	}
	if code == "" {
		return nil
	}
	at, err := parseStamp(string(f.stamp), nil)
	if err != nil {
		return err
	}
	ev.Time = at
	ev.Protocol = Legacy
	ev.Addr = ParseAddr(string(f.addr))
	ev.Account = iisAccount(string(f.user), "")
	ev.Code = clip(code)
	ev.Class = exchangeCodes.Class(code, "", "")
	ev.Host = NormalAccount(exchangeHost(row))
	ev.Key = repeats.key(&syslogLine{whole: string(bytes.Join(row, []byte(",")))})
	return nil
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
