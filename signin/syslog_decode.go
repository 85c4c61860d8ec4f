package signin

import (
	"io"
	"iter"
	"strings"
	"time"
)

// decodeSyslog decodes a log of syslog lines. Which programs write into one file
// is a matter of a host's configuration, so all formats that are such lines read
// the lines of all others too: sshd and PAM here, the rest in syslogKinds.
// They differ only in what they are recognised by.
func decodeSyslog(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) { newSyslogDecoder(opt).run(r, yield) }
}

// syslogKinds are what the lines of programs other than sshd and PAM are known by.
// Each must be cheap: it is asked of every line that is of none before it.
var syslogKinds = [...]func(l *syslogLine) bool{isDovecot, isPostfix, isASA, isFortiGate, isPaloAlto, isWindowsLine}

// syslogReaders read the lines of syslogKinds. They fill the event, whose Time,
// Host and Key are set where the line has a header, and report false where the
// line tells of no try. (They are a list of their own because they may look for
// any format in a line, and those look for the kinds.)
var syslogReaders = [...]func(d *syslogDecoder, l *syslogLine, ev *Event) bool{
	(*syslogDecoder).dovecot, (*syslogDecoder).postfix, (*syslogDecoder).asa,
	(*syslogDecoder).fortiGate, (*syslogDecoder).paloAlto, (*syslogDecoder).windowsLine,
}

var _ = [1]struct{}{}[len(syslogKinds)-len(syslogReaders)] // one for each: else this index is out of range

// sniffSyslog looks for lines with a header that a program wrote. The file as a
// whole must be such lines: one may be quoted in a table or a mail.
func sniffSyslog(head []byte, wrote func(*syslogLine) bool) int {
	var journal journalReader
	lines, headed, ours := 0, 0, 0
	for text := range strings.Lines(strings.TrimPrefix(string(head), "\ufeff")) {
		if text = strings.TrimSpace(text); text == "" || text[0] == '#' {
			continue
		}
		lines++
		var l syslogLine
		if err := readHostLine(text, &journal, &l); err != nil || l.stamp == "" && !l.dated {
			continue
		}
		headed++
		if wrote(&l) {
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
// that goes with the one before, in which a log program writes about itself ("--
// Reboot --"), or in which a person does ("# …"), has no stamp.
func readHostLine(text string, journal *journalReader, l *syslogLine) error {
	switch text[0] {
	case '{':
		return journal.read(text, l)
	case ' ', '\t', '-', '#':
		return nil
	}
	if !parseSyslog(text, l) && !l.readDated(text) {
		return errNoHeader
	}
	return nil
}

// syslogDecoder reads one log. All that it remembers between lines is bounded.
type syslogDecoder struct {
	clock   syslogClock
	journal journalReader
	hosts   hostTable
	repeats repeatWindow
	conns   sshConns
	mail    *mailTries   // nil until a mail server writes
	windows *windowsLine // nil until an agent for Windows writes

	ev  Event
	try hostTry // what a line of sshd or PAM says

	other syslogLine // a line of another service: not on the stack, as its readers are called through a table
	host  *hostLog
	err   error // why it cannot be read
}

func newSyslogDecoder(opt Options) *syslogDecoder {
	return &syslogDecoder{clock: newSyslogClock(opt), hosts: hostTable{names: map[string]*hostLog{}}}
}

func (d *syslogDecoder) mailTries() *mailTries {
	if d.mail == nil {
		d.mail = new(mailTries)
	}
	return d.mail
}

func (d *syslogDecoder) run(r io.Reader, yield func(*Event, error) bool) {
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
func (d *syslogDecoder) line(text string) error {
	var l syslogLine
	if err := readHostLine(text, &d.journal, &l); err != nil || l.stamp == "" && !l.dated {
		return err
	}
	if l.dated {
		return d.service(l, d.hosts.of(l.host), time.Time{})
	}
	at, err := d.clock.time(l.stamp)
	if err != nil {
		return err
	}
	host := d.hosts.of(l.host)
	if times, ok := lastRepeated(l.message); ok {
		return d.again(&l, host, times, at)
	}
	host.last = host.last[:0]
	if !d.read(&l) {
		if isSSHD(l.program) {
			return nil
		}
		return d.service(l, host, at)
	}
	d.event(&l, host, at)
	if d.try.service == "dovecot" {
		d.mailTries().pam(&d.ev, host)
	}
	if d.ev.Strength != Hint && !d.ev.Class.Succeeded() {
		host.keep(l.tagged)
	}
	return nil
}

// service reads a line of another program than sshd and PAM.
func (d *syslogDecoder) service(line syslogLine, host *hostLog, at time.Time) error {
	d.other = line
	l := &d.other
	for i, is := range syslogKinds {
		if !is(l) {
			continue
		}
		tagged := l.tagged
		message, times, repeated := cutRepeated(l.message)
		l.message = message
		number := d.ev.Line
		d.ev.Time, d.ev.Host = at, host.name
		d.host, d.err = host, nil
		if !syslogReaders[i](d, l, &d.ev) || d.err != nil {
			d.ev = Event{Line: number}
			return d.err
		}
		if repeated && !d.ev.Class.Succeeded() {
			d.ev.Repeat = min(max(d.ev.Repeat, 1)*times, maxRepeat)
		}
		d.ev.Key = d.repeats.key(l)
		if d.ev.Strength != Hint && !d.ev.Class.Succeeded() {
			host.keep(tagged)
		}
		return nil
	}
	return nil
}

// again reads "last message repeated 2 times", with which syslogd stands in for
// lines that equal the one before. Hints are one try however often they come,
// and a success is one for its connection.
func (d *syslogDecoder) again(l *syslogLine, host *hostLog, times int, at time.Time) error {
	if len(host.last) == 0 {
		return nil
	}
	l.tagged = string(host.last)
	l.readTag()
	if !d.read(l) {
		err := d.service(*l, host, at)
		if d.ev.Class != ClassNone {
			d.ev.Repeat = min(max(d.ev.Repeat, 1)*times, maxRepeat)
		}
		return err
	}
	d.try.repeat = times
	d.event(l, host, at)
	return nil
}

// read finds out what a line says of a try. It reports false where it says
// nothing of one.
func (d *syslogDecoder) read(l *syslogLine) bool {
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
func (d *syslogDecoder) event(l *syslogLine, host *hostLog, at time.Time) {
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
