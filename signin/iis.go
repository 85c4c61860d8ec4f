package signin

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"
)

var iis = Format{
	Name:   "iis",
	Title:  "Exchange, OWA and others in IIS logs",
	Doc:    "W3C extended logs of IIS (inetpub\\logs\\LogFiles\\W3SVC1): OWA, ActiveSync, EWS, Autodiscover, RD Web, any site that asks for a password.",
	Blind:  "Who tried to sign in is mostly missing where it failed; OWA's form shows a failure only to clients that follow it.",
	Sniff:  sniffIIS,
	Decode: decodeIIS,
}

var iisCodes = mustCodes("iis")

// The fields of a request that are read, by the names in #Fields:
// https://learn.microsoft.com/windows/win32/http/w3c-logging.
const (
	iisDate = iota
	iisTime
	iisComputer
	iisServerIP
	iisMethod
	iisStem
	iisQuery
	iisUser
	iisClientIP
	iisAgent
	iisStatus
	iisWin32
	iisForwarded
	iisFields
)

var iisNames = map[string]int{
	"date": iisDate, "time": iisTime, "s-computername": iisComputer, "s-ip": iisServerIP, "cs-method": iisMethod, "cs-uri-stem": iisStem,
	"cs-uri-query": iisQuery, "cs-username": iisUser, "c-ip": iisClientIP, "cs(user-agent)": iisAgent, "sc-status": iisStatus,
	"sc-win32-status": iisWin32, "x-forwarded-for": iisForwarded, "cs(x-forwarded-for)": iisForwarded, "original-ip": iisForwarded,
}

var (
	errNoFields  = errors.New("request before a #Fields line")
	errFewFields = errors.New("request has other fields than the #Fields line says")
)

// sniffIIS looks for the directives that IIS begins a log with, at restarts
// again.
func sniffIIS(head []byte) int {
	for line := range bytes.Lines(head) {
		fields, ok := bytes.CutPrefix(line, []byte("#Fields: "))
		if ok && bytes.Contains(fields, []byte("c-ip")) && bytes.Contains(fields, []byte("sc-status")) {
			return 95
		}
	}
	return sniffBareIIS(head)
}

// sniffBareIIS looks for requests without directives: the end of a log, or what a
// shipper sent of it.
func sniffBareIIS(head []byte) int {
	lines, requests := 0, 0
	for line := range bytes.Lines(head) {
		if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
			continue
		}
		if lines++; lines > sniffed {
			break
		}
		if _, ok := bareIIS(strings.Split(string(line), " ")); ok {
			requests++
		}
	}
	if requests > 0 && requests*2 >= lines {
		return 75
	}
	return 0
}

// iisMethods are the methods by which a request without directives is known.
var iisMethods = map[string]bool{
	"GET": true, "POST": true, "HEAD": true, "OPTIONS": true, "PUT": true, "DELETE": true, "PATCH": true, "PROPFIND": true, "RPC_IN_DATA": true,
	"RPC_OUT_DATA": true, "DEBUG": true, "TRACE": true, "SEARCH": true, "MKCOL": true, "MERGE": true,
}

// bareIIS finds the fields of a request of which no directive tells them. They
// come in the order in which IIS has them, whichever are logged: date, time,
// [site, computer,] server, method, stem, query, port, user, client, [version,]
// agent, …, status, substatus, win32 status, …, [forwarded].
func bareIIS(values []string) (column [iisFields]int, ok bool) {
	for i := range column {
		column[i] = -1
	}
	if len(values) < 13 || len(values[0]) != len("2026-03-02") || values[0][4] != '-' || len(values[1]) < len("08:00:00") || values[1][2] != ':' {
		return column, false
	}
	method := 2
	for method < min(len(values), 6) && !iisMethods[values[method]] {
		method++
	}
	client := method + 5
	if method < 3 || client+4 >= len(values) || !ParseAddr(values[method-1]).IsValid() || !allDigits(values[method+3]) || !ParseAddr(values[client]).IsValid() {
		return column, false
	}
	agent := client + 1
	if strings.HasPrefix(values[agent], "HTTP/") {
		agent++
	}
	status := agent + 1
	for status+2 < len(values) && (len(values[status]) != 3 || !allDigits(values[status]) || !allDigits(values[status+1]) || !isInteger(values[status+2])) {
		status++
	}
	if status+2 >= len(values) {
		return column, false
	}
	column[iisDate], column[iisTime], column[iisServerIP], column[iisMethod], column[iisStem], column[iisQuery] = 0, 1, method-1, method, method+1, method+2
	column[iisUser], column[iisClientIP], column[iisAgent], column[iisStatus], column[iisWin32] = method+4, client, agent, status, status+2
	if method >= 5 { // site and computer
		column[iisComputer] = method - 2
	}
	if last := len(values) - 1; last > status+2 && strings.ContainsAny(values[last], ".:") && ParseAddr(strings.ReplaceAll(values[last], "+", "")).IsValid() {
		column[iisForwarded] = last
	}
	return column, true
}

// isInteger reports whether s is a number with or without a sign.
func isInteger(s string) bool { return allDigits(strings.TrimPrefix(s, "-")) }

func decodeIIS(r io.Reader, _ Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := iisDecoder{hosts: hostTable{names: map[string]*hostLog{}}}
		lines := newLineReader(r, MaxRecord)
		for {
			text, err := lines.next()
			var bad *RecordError
			if errors.As(err, &bad) {
				if !yield(nil, bad) {
					return
				}
				continue
			}
			if err != nil {
				if err != io.EOF {
					yield(nil, err)
				}
				return
			}
			if text = strings.TrimPrefix(text, "\ufeff"); text == "" || d.directive(text) {
				continue
			}
			d.ev = Event{Line: lines.line}
			if !yieldRead(yield, &d.ev, d.request(text)) {
				return
			}
		}
	}
}

// iisDecoder reads one log.
type iisDecoder struct {
	column  [iisFields]int // of each field in a line, -1 for what is not logged
	columns int            // of the line; 0 before a #Fields line: see bareIIS
	values  []string
	hosts   hostTable
	repeats repeatWindow
	forms   [1024]iisForm

	ev Event
}

// iisForm is an address that lately sent the form of OWA.
type iisForm struct {
	peer    uint64
	seen    int64
	try     uint64
	account string
}

// maxIISColumns is more than IIS can log.
const maxIISColumns = 64

// directive reads a line that begins with "#".
func (d *iisDecoder) directive(text string) bool {
	if text[0] != '#' {
		return false
	}
	if names, ok := strings.CutPrefix(text, "#Fields:"); ok {
		d.columns = 0
		for i := range d.column {
			d.column[i] = -1
		}
		for name := range strings.FieldsSeq(names) {
			if field, ok := iisNames[strings.ToLower(name)]; ok {
				d.column[field] = d.columns
			}
			d.columns++
		}
	}
	return true
}

// get returns a field, "" for "-".
func (d *iisDecoder) get(field int) string {
	if i := d.column[field]; i >= 0 {
		return notNil(d.values[i])
	}
	return ""
}

// request reads a request: a sign-in, or nothing.
func (d *iisDecoder) request(text string) error {
	d.values = d.values[:0]
	for value := range strings.SplitSeq(text, " ") {
		if d.values = append(d.values, value); len(d.values) > max(d.columns, maxIISColumns) {
			break
		}
	}
	if d.columns == 0 {
		var ok bool
		if d.column, ok = bareIIS(d.values); !ok {
			return errNoFields
		}
	} else if len(d.values) != d.columns {
		return errFewFields
	}
	ev := &d.ev
	code, strength := d.result()
	if code == "" {
		return nil
	}
	if d.get(iisDate) == "" || d.get(iisTime) == "" {
		return errNoTime
	}
	at, err := parseStamp(d.get(iisDate)+" "+d.get(iisTime), nil) // UTC, whatever the files are named after
	if err != nil {
		return err
	}
	ev.Time = at
	name := d.get(iisComputer)
	if name == "" {
		name = d.get(iisServerIP)
	}
	host := d.hosts.of(name)
	ev.Host = host.name
	ev.Account = iisAccount(d.get(iisUser), d.get(iisQuery))
	ev.Addr = outermostAddr(d.get(iisForwarded), d.get(iisClientIP))
	ev.UserAgent = clip(strings.ReplaceAll(d.get(iisAgent), "+", " "))
	ev.App, ev.Protocol = iisApp(d.get(iisStem))
	ev.Client = clip("iis/" + ev.App)
	ev.Code, ev.Strength = code, strength
	ev.Class = iisCodes.Class(code, "", "")
	if ev.Class.Succeeded() {
		ev.Known = Yes
		if ev.Addr.IsLoopback() || strings.HasPrefix(ev.Account, "healthmailbox") { // Exchange watches itself
			*ev = Event{Line: ev.Line}
			return nil
		}
	}
	if !d.form(ev, host) {
		*ev = Event{Line: ev.Line}
		return nil
	}
	ev.Key = d.repeats.key(&syslogLine{whole: text})
	return nil
}

// result returns the code of a request, "" for one that tells of no try.
func (d *iisDecoder) result() (code string, strength Strength) {
	status, stem := d.get(iisStatus), d.get(iisStem)
	post := d.get(iisMethod) == "POST"
	switch {
	case post && strings.EqualFold(stem, "/owa/auth.owa"), post && strings.EqualFold(stem, "/owa/auth/owaauth.dll"):
		return "owa_post", Part
	case hasPrefixFold(stem, "/owa/auth/logon.aspx"):
		if hasQuery(d.get(iisQuery), "reason", "2") {
			return "owa_reason_2", Full
		}
		return "", Full
	case post && hasPrefixFold(stem, "/rdweb/pages/") && strings.EqualFold(stem[strings.LastIndexByte(stem, '/')+1:], "login.aspx"):
		if status == "302" {
			return "rdweb_redirect", Full
		}
		if status == "200" {
			return "rdweb_again", Full
		}
		return "", Full
	case status == "401":
		// As a signed number, too.
		n, err := strconv.ParseInt(d.get(iisWin32), 10, 64)
		code = strconv.FormatUint(uint64(uint32(n)), 10)
		if _, known := iisCodes.Find(code, "", ""); err != nil || !known {
			return "", Full
		}
		return code, Full
	case d.get(iisUser) != "" && len(status) == 3 && (status[0] == '2' || status[0] == '3'):
		return "authenticated", Full
	}
	return "", Full
}

// formWindow is how many seconds after a form the page that refuses it is asked
// for.
const formWindow = 30

// form joins the form of OWA with the page that refuses it, by address. Anybody
// may ask for that page; without a form it tells nothing.
func (d *iisDecoder) form(ev *Event, host *hostLog) bool {
	if ev.Code != "owa_post" && ev.Code != "owa_reason_2" {
		return true
	}
	raw := ev.Addr.As16()
	peer := host.hash(Key(string(raw[:])))
	f := &d.forms[peer%uint64(len(d.forms))]
	if ev.Code == "owa_post" {
		*f = iisForm{peer, ev.Time.Unix(), Key("owa", host.name, ev.Addr.String(), ev.Account, strconv.FormatInt(ev.Time.Unix(), 10)), strings.Clone(ev.Account)}
		ev.Try = f.try
		return true
	}
	if f.peer != peer || !near(f.seen, ev.Time, formWindow) {
		return false
	}
	ev.Try = f.try
	if ev.Account == "" {
		ev.Account = f.account
	}
	*f = iisForm{}
	return true
}

// iisAccount reads DOMAIN\user, user@domain or a bare name. ActiveSync has it in
// the query as well.
func iisAccount(user, query string) string {
	if user == "" {
		for pair := range strings.SplitSeq(query, "&") {
			if name, value, _ := strings.Cut(pair, "="); strings.EqualFold(name, "User") {
				if plain, err := url.QueryUnescape(value); err == nil {
					user = plain
				}
			}
		}
	}
	if domain, name, ok := strings.Cut(user, `\`); ok && domain != "" && !strings.Contains(name, "@") {
		user = name + "@" + domain
	}
	return NormalAccount(strings.TrimPrefix(user, `\`))
}

// iisApps are the parts of Exchange and others that a path begins with.
var iisApps = [...]struct {
	prefix, name string
	protocol     Protocol
}{
	{"/owa", "owa", Interactive},
	{"/ecp", "ecp", Interactive},
	{"/rdweb", "rdweb", Interactive},
	{"/microsoft-server-activesync", "activesync", Legacy},
	{"/autodiscover", "autodiscover", Legacy},
	{"/ews", "ews", Legacy},
	{"/mapi", "mapi", Legacy},
	{"/rpc", "rpc", Legacy},
	{"/oab", "oab", Legacy},
	{"/powershell", "powershell", Legacy},
}

// iisApp returns the application that a path is of.
func iisApp(stem string) (string, Protocol) {
	for _, a := range iisApps {
		if hasPrefixFold(stem, a.prefix) && (len(stem) == len(a.prefix) || stem[len(a.prefix)] == '/') {
			return a.name, a.protocol
		}
	}
	return "web", ProtocolUnknown
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// hasQuery reports whether a query has a parameter with a value.
func hasQuery(query, name, value string) bool {
	for pair := range strings.SplitSeq(query, "&") {
		if n, v, _ := strings.Cut(pair, "="); strings.EqualFold(n, name) && v == value {
			return true
		}
	}
	return false
}
