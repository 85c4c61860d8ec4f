package signin

import (
	"io"
	"iter"
	"net/netip"
	"strings"
	"time"
)

var sshd = Format{
	Name:  "sshd",
	Title: "OpenSSH and PAM",
	Doc:   "auth.log, secure or another file of syslog lines, or journalctl -o json, of hosts with OpenSSH.",
	Sniff: sniffSSHD,
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return func(yield func(*Event, error) bool) { newSSHDDecoder(opt).run(r, yield) }
	},
}

// sniffSSHD looks for lines with a header that sshd or PAM wrote. The file as a
// whole must be such lines: one may be quoted in a table or a mail.
func sniffSSHD(head []byte) int {
	var journal journalReader
	lines, headed, ours := 0, 0, 0
	for text := range strings.Lines(strings.TrimPrefix(string(head), "\ufeff")) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		lines++
		var l syslogLine
		if err := readHostLine(text, &journal, &l); err != nil || l.stamp == "" {
			continue
		}
		headed++
		if isSSHD(l.program) || isPAM(l.program, l.message) {
			ours++
		}
	}
	switch {
	case ours == 0 || headed*2 < lines:
		return 0
	case ours*10 < lines:
		return 60
	}
	return 85
}

// readHostLine takes apart a line of syslog or an entry of the journal. A line
// that goes with the one before, or in which a log program writes about itself
// ("-- Reboot --"), has no stamp.
func readHostLine(text string, journal *journalReader, l *syslogLine) error {
	switch text[0] {
	case '{':
		return journal.read(text, l)
	case ' ', '\t', '-':
		return nil
	}
	if !parseSyslog(text, l) {
		return errNoHeader
	}
	return nil
}

// sshdDecoder reads one log. All that it remembers between lines is bounded.
type sshdDecoder struct {
	clock   syslogClock
	journal journalReader
	hosts   hostTable
	repeats repeatWindow
	conns   sshConns

	ev  Event
	try hostTry
}

func newSSHDDecoder(opt Options) *sshdDecoder {
	return &sshdDecoder{clock: newSyslogClock(opt), hosts: hostTable{names: map[string]*hostLog{}}}
}

func (d *sshdDecoder) run(r io.Reader, yield func(*Event, error) bool) {
	lines := newLineReader(r, MaxRecord)
	for {
		text, err := lines.next()
		if bad, ok := err.(*RecordError); ok {
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
		if lines.line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		d.ev = Event{Line: lines.line}
		if !yieldRead(yield, &d.ev, d.line(text)) {
			return
		}
	}
}

// line fills the event from one line.
func (d *sshdDecoder) line(text string) error {
	var l syslogLine
	if err := readHostLine(text, &d.journal, &l); err != nil || l.stamp == "" {
		return err
	}
	at, err := d.clock.time(l.stamp)
	if err != nil {
		return err
	}
	host := d.hosts.of(l.host)
	if times, ok := lastRepeated(l.message); ok {
		d.again(&l, host, times, at)
		return nil
	}
	host.last = host.last[:0]
	if !d.read(&l) {
		return nil
	}
	d.event(&l, host, at)
	if d.ev.Strength != Hint && !d.ev.Class.Succeeded() {
		host.keep(l.tagged)
	}
	return nil
}

// again reads "last message repeated 2 times", with which syslogd stands in for
// lines that equal the one before. Hints are one try however often they come,
// and a success is one for its connection.
func (d *sshdDecoder) again(l *syslogLine, host *hostLog, times int, at time.Time) {
	if len(host.last) == 0 {
		return
	}
	l.tagged = string(host.last)
	l.readTag()
	if !d.read(l) {
		return
	}
	d.try.repeat = times
	d.event(l, host, at)
}

// read finds out what a line says of a try. It reports false where it says
// nothing of one.
func (d *sshdDecoder) read(l *syslogLine) bool {
	d.try = hostTry{}
	message, times, repeated := cutRepeated(l.message)
	message = strings.TrimSuffix(message, " [preauth]")
	var ok bool
	switch {
	case isPAM(l.program, message):
		ok = readPAM(l.program, message, &d.try)
	case isSSHD(l.program):
		ok = readSSHD(message, &d.try)
	}
	if ok && repeated && d.try.strength != Hint && !d.try.code.class.Succeeded() {
		d.try.repeat = times
	}
	return ok
}

// event fills the event from what read found.
func (d *sshdDecoder) event(l *syslogLine, host *hostLog, at time.Time) {
	try, ev := &d.try, &d.ev
	ev.Time = at
	ev.Host = host.name
	ev.Account = NormalAccount(try.user)
	ev.Known = try.known
	ev.Addr = parseOrigin(try.origin)
	ev.Client, ev.Protocol = try.client, SSH
	if try.service != "" && try.service != "sshd" {
		ev.App, ev.Protocol = clip(try.service), PAM
	}
	ev.Class, ev.Code = try.code.class, try.code.name
	if try.invalid {
		ev.Class, ev.Known = try.code.invalid, No
	}
	ev.Strength, ev.Repeat = try.strength, try.repeat
	ev.Key = d.repeats.key(l)
	d.conns.join(ev, try, host, l.pid)
}

// hostTry is what one message says of a try. Its strings point into the line.
type hostTry struct {
	code     tryCode
	user     string
	known    Tri
	invalid  bool   // the message calls the user invalid, illegal or unknown
	origin   string // an address, or the name of a host (UseDNS in sshd_config)
	client   string
	service  string // of PAM; "" for messages of sshd itself
	strength Strength
	repeat   int
	childPAM bool    // in this dialect another process asks PAM, see sshConns
	settles  tryCode // what it makes of refusals that follow in its connection
	once     bool    // only of the next one
}

// parseOrigin reads an address where there is one. Names, which parsing would
// report at some cost, end in a letter and have no colon.
func parseOrigin(s string) netip.Addr {
	if s == "" || isLetter(s[len(s)-1]) && strings.IndexByte(s, ':') < 0 {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone("")
	}
	return ParseAddr(s)
}

// isSSHD reports whether a program is OpenSSH's server. From 9.8 a process of
// its own, sshd-session, serves each connection, and from 10.0 sshd-auth
// authenticates for it.
func isSSHD(program string) bool {
	if i := strings.LastIndexByte(program, '/'); i >= 0 {
		program = program[i+1:]
	}
	return program == "sshd" || program == "sshd-session" || program == "sshd-auth"
}
