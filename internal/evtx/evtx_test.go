package evtx

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pumphandle/pumphandle/internal/evtx/evtxtest"
)

var testPaths = []string{
	"System/Provider@Name", "System/EventID", "System/TimeCreated@SystemTime", "System/EventRecordID", "System/Channel",
	"System/Computer", "System/Security@UserID", "System/Execution@ProcessID", "System/Keywords",
	"EventData/Data[TargetUserName]", "EventData/Data[TargetDomainName]", "EventData/Data[TargetUserSid]", "EventData/Data[Status]",
	"EventData/Data[SubStatus]", "EventData/Data[IpAddress]", "EventData/Data[IpPort]", "EventData/Data[LogonType]",
	"EventData/Data[WorkstationName]", "EventData/Data[TargetLogonId]", "EventData/Data[LogonGuid]", "EventData/Data[payload]",
	"EventData/Data[1]", "EventData/Data[2]", "EventData/Data[3]", "UserData/*/SubjectUserName", "EventData/Binary",
}

var testFields = Compile(testPaths...)

// texts returns the fields of a record that are set.
func texts(rec *Record) (all []string) {
	for i, path := range testPaths {
		if rec.Has(i) {
			all = append(all, path+"="+strings.Clone(rec.Text(i)))
		}
	}
	return all
}

// readAll reads a file as far as that goes.
func readAll(t testing.TB, r interface{ Next() (*Record, error) }) (records [][]string, bad []error) {
	t.Helper()
	for {
		rec, err := r.Next()
		var damage *RecordError
		switch {
		case err == io.EOF || errors.Is(err, ErrNotEVTX):
			return records, bad
		case errors.As(err, &damage):
			if bad = append(bad, err); damage.At < 1 {
				t.Fatalf("damage at %d", damage.At)
			}
		case err != nil:
			t.Fatal(err)
		default:
			if rec.At < 1 {
				t.Fatalf("record at %d", rec.At)
			}
			records = append(records, texts(rec))
		}
	}
}

var begin = time.Date(2026, 3, 1, 10, 0, 0, 123456700, time.UTC)

func pair(name string, value any) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: value} }

// sample returns n events of several kinds.
func sample(n int) (events []evtxtest.Event) {
	for i := range n {
		ev := evtxtest.Event{
			ID: 4625, Time: begin.Add(time.Duration(i) * time.Second), Provider: "Microsoft-Windows-Security-Auditing",
			Channel: "Security", Computer: "dc1.hospital.example",
			Data: []evtxtest.Pair{
				pair("TargetUserSid", evtxtest.SID("S-1-0-0")), pair("TargetUserName", fmt.Sprintf("jos\u00e9%d", i)), pair("TargetDomainName", "HOSPITAL"),
				pair("Status", evtxtest.Hex32(0xc000006d)), pair("SubStatus", evtxtest.Hex32(0xc000006a)), pair("LogonType", uint32(3)),
				pair("WorkstationName", "\U0001F600"), pair("IpAddress", "192.0.2.7"), pair("IpPort", "0"), pair("TargetLogonId", evtxtest.Hex64(0x3e7)),
			},
		}
		switch i % 5 {
		case 3:
			ev.ID, ev.Provider, ev.Channel = 18456, "MSSQLSERVER", "Application"
			ev.Data = []evtxtest.Pair{pair("", "sa"), pair("", []string{" Reason", " [CLIENT: 192.0.2.7]"})}
		case 2:
			ev.Plain, ev.Bare, ev.Data = true, i%10 == 2, []evtxtest.Pair{pair("TargetUserName", "ana"), pair("IpAddress", "192.0.2.8")}
		case 4:
			ev.ID, ev.UserData = 1102, "LogFileCleared"
			ev.Data = []evtxtest.Pair{pair("SubjectUserName", "ana")}
		}
		events = append(events, ev)
	}
	return events
}

func TestReader(t *testing.T) {
	file := evtxtest.File(41, sample(5))
	records, bad := readAll(t, NewReader(iotest.OneByteReader(bytes.NewReader(file)), testFields))
	if len(bad) != 0 || len(records) != 5 {
		t.Fatalf("%d records, damage %v", len(records), bad)
	}
	frame := func(i int, id, provider, channel string) []string {
		return []string{
			"System/Provider@Name=" + provider, "System/EventID=" + id,
			"System/TimeCreated@SystemTime=2026-03-01T10:00:0" + strconv.Itoa(i) + ".1234567Z",
			"System/EventRecordID=" + strconv.Itoa(41+i), "System/Channel=" + channel, "System/Computer=dc1.hospital.example",
			"System/Security@UserID=", "System/Execution@ProcessID=712", "System/Keywords=0x8010000000000000",
		}
	}
	for i, want := range [][]string{
		0: append(frame(0, "4625", "Microsoft-Windows-Security-Auditing", "Security"),
			"EventData/Data[TargetUserName]=jos\u00e90", "EventData/Data[TargetDomainName]=HOSPITAL", "EventData/Data[TargetUserSid]=S-1-0-0",
			"EventData/Data[Status]=0xc000006d", "EventData/Data[SubStatus]=0xc000006a", "EventData/Data[IpAddress]=192.0.2.7",
			"EventData/Data[IpPort]=0", "EventData/Data[LogonType]=3", "EventData/Data[WorkstationName]=\U0001F600", "EventData/Data[TargetLogonId]=0x3e7"),
		2: append(frame(2, "4625", "Microsoft-Windows-Security-Auditing", "Security"),
			"EventData/Data[TargetUserName]=ana", "EventData/Data[IpAddress]=192.0.2.8"),
		3: append(frame(3, "18456", "MSSQLSERVER", "Application"),
			"EventData/Data[1]=sa", "EventData/Data[2]= Reason", "EventData/Data[3]= [CLIENT: 192.0.2.7]"),
		4: append(frame(4, "1102", "Microsoft-Windows-Security-Auditing", "Security"), "UserData/*/SubjectUserName=ana"),
	} {
		if want != nil && !slices.Equal(records[i], want) {
			t.Errorf("record %d:\n got %q\nwant %q", i, records[i], want)
		}
	}
}

// A file of several chunks, each of which may be damaged.
func TestDamage(t *testing.T) {
	file := evtxtest.File(1, sample(1000))
	whole, bad := readAll(t, NewReader(bytes.NewReader(file), testFields))
	if len(whole) != 1000 || len(bad) != 0 {
		t.Fatalf("%d records, damage %v", len(whole), bad)
	}
	chunks := (len(file) - headSize) / chunkSize
	if chunks < 4 {
		t.Fatalf("%d chunks", chunks)
	}
	second := headSize + chunkSize
	inChunk := bytes.Count(file[second:second+chunkSize], []byte(recordMagic))
	for name, c := range map[string]struct {
		damage func(f []byte) []byte
		lost   int // at most
		errs   int // at least
	}{
		"nothing":           {func(f []byte) []byte { return f }, 0, 0},
		"file head":         {func(f []byte) []byte { clear(f[8:headSize]); return f }, 0, 0},
		"file magic":        {func(f []byte) []byte { f[3] ^= 4; return f }, 0, 1},
		"chunk magic":       {func(f []byte) []byte { f[second] = 'X'; return f }, 0, 1},
		"chunk head":        {func(f []byte) []byte { clear(f[second : second+chunkHead]); return f }, 0, 1},
		"free space":        {func(f []byte) []byte { f[second+48] ^= 0xff; f[second+49] ^= 0xff; return f }, 0, 1},
		"chunk of rubbish":  {func(f []byte) []byte { fill(f[second:second+chunkSize], 0x2a); return f }, inChunk, 1},
		"chunk of zeros":    {func(f []byte) []byte { clear(f[second : second+chunkSize]); return f }, inChunk, 0},
		"record magic":      {func(f []byte) []byte { f[nthRecord(f, second, 7)] = 0; return f }, 1, 1},
		"record length":     {func(f []byte) []byte { f[nthRecord(f, second, 7)+4] ^= 0x55; return f }, 1, 1},
		"length at the end": {func(f []byte) []byte { f[nthRecord(f, second, 7)-4] ^= 0x55; return f }, 0, 1},
		"token":             {func(f []byte) []byte { f[nthRecord(f, second, 7)+recordHead+4] = 0x77; return f }, 1, 2},
		"hole in a record":  {func(f []byte) []byte { at := nthRecord(f, second, 7) + 200; return slices.Delete(f, at, at+61) }, 1, 1},
		"hole over records": {func(f []byte) []byte {
			return slices.Delete(f, nthRecord(f, second, 7)+200, nthRecord(f, second, 9)+100)
		}, 3, 1},
		"record missing":    {func(f []byte) []byte { return slices.Delete(f, nthRecord(f, second, 7), nthRecord(f, second, 8)) }, 1, 1},
		"hole at the end":   {func(f []byte) []byte { at := second + chunkSize - 70; return slices.Delete(f, at, at+61) }, 1, 1},
		"piece in a record": {func(f []byte) []byte { return slices.Insert(f, nthRecord(f, second, 7)+200, f[900:977]...) }, 1, 1},
		"record twice": {func(f []byte) []byte {
			from, to := nthRecord(f, second, 7), nthRecord(f, second, 8)
			return slices.Insert(f, to, f[from:to]...)
		}, 1, 1},
		"piece before a chunk": {func(f []byte) []byte { return slices.Insert(f, second, f[900:977]...) }, 0, 1},
		"hole in the last chunk": {func(f []byte) []byte {
			at := nthRecord(f, headSize+(chunks-1)*chunkSize, 7) + 200
			return slices.Delete(f, at, at+61)
		}, 1, 1},
		"cut in a chunk":  {func(f []byte) []byte { return f[:nthRecord(f, second, 7)] }, 1000, 1},
		"cut in the head": {func(f []byte) []byte { return f[:100] }, 1000, 1},
	} {
		got, bad := readAll(t, NewReader(bytes.NewReader(c.damage(slices.Clone(file))), testFields))
		if lost := len(whole) - len(got); lost > c.lost || len(bad) < c.errs || len(bad) > c.errs+3 {
			t.Errorf("%s: lost %d, want %d; errors %v, want %d", name, lost, c.lost, bad, c.errs)
		}
		for _, rec := range got {
			if !slices.ContainsFunc(whole, func(w []string) bool { return slices.Equal(w, rec) }) {
				t.Fatalf("%s: record is not one of the file: %q", name, rec)
			}
		}
	}
}

func fill(b []byte, c byte) {
	for i := range b {
		b[i] = c
	}
}

// nthRecord returns where the nth record of the chunk at begins.
func nthRecord(file []byte, at, n int) int {
	at += chunkHead
	for ; n > 0; n-- {
		at += int(binary.LittleEndian.Uint32(file[at+4:]))
	}
	return at
}

// What looks like the head of a chunk in a record hides nothing, also where the
// sums of a log that was in use are old.
func TestHeadInRecord(t *testing.T) {
	head := make([]byte, chunkHead)
	copy(head, chunkMagic)
	binary.LittleEndian.PutUint32(head[124:], headSum(head))
	events := sample(30)
	events[10].Data = append(slices.Clone(events[10].Data), pair("Blob", head))
	file := evtxtest.File(1, events)
	file[120] = flagDirty
	file[headSize+52] ^= 1
	for name, f := range map[string][]byte{"last": file, "before one that was not used": append(slices.Clone(file), make([]byte, chunkSize)...)} {
		records, bad := readAll(t, NewReader(bytes.NewReader(f), testFields))
		if len(records) != 30 || len(bad) != 0 {
			t.Errorf("%s: %d records, %v; want 30", name, len(records), bad)
		}
	}
}

// A log that was in use: the chunk's head knows fewer records than there are,
// and behind them lies what is left of older ones.
func TestDirty(t *testing.T) {
	file := evtxtest.File(100, sample(30))
	chunk := file[headSize:]
	tenth, last := nthRecord(file, headSize, 10)-headSize, nthRecord(file, headSize, 29)-headSize
	binary.LittleEndian.PutUint32(chunk[48:], uint32(tenth))
	binary.LittleEndian.PutUint64(chunk[last+8:], 7) // an old one
	file[120] = flagDirty
	records, bad := readAll(t, NewReader(bytes.NewReader(file), testFields))
	if len(records) != 29 || len(bad) != 0 {
		t.Errorf("%d records, %v; want 29", len(records), bad)
	}
	// The same where nothing says that the log was in use: the head is taken for
	// damaged.
	file[120] = 0
	records, bad = readAll(t, NewReader(bytes.NewReader(file), testFields))
	if len(records) != 29 || len(bad) != 1 {
		t.Errorf("%d records, %v; want 29 and one complaint", len(records), bad)
	}
}

// A bit that is flipped costs the records that it touches: those that use a
// template or a name, where it is in one of these.
func TestFlippedBits(t *testing.T) {
	file := evtxtest.File(1, sample(40))
	whole, _ := readAll(t, NewReader(bytes.NewReader(file), testFields))
	first, second := nthRecord(file, headSize, 10), nthRecord(file, headSize, 11) // no template in there
	for i := first; i < second; i++ {
		for bit := range 8 {
			damaged := slices.Clone(file)
			damaged[i] ^= 1 << bit
			got, bad := readAll(t, NewReader(bytes.NewReader(damaged), testFields))
			if missing := lost(whole, got); missing > 1 || len(bad) == 0 {
				t.Fatalf("byte %d bit %d: lost %d, errors %v", i-first, bit, missing, bad)
			}
		}
	}
}

func lost(whole, got [][]string) (n int) {
	for _, w := range whole {
		if !slices.ContainsFunc(got, func(g []string) bool { return slices.Equal(w, g) }) {
			n++
		}
	}
	return n
}

// Templates that hold each other would be without end.
func TestTemplatesWithoutEnd(t *testing.T) {
	c := make([]byte, chunkSize)
	copy(c, chunkMagic)
	at := chunkHead
	put := func(b ...byte) { at += copy(c[at:], b) }
	put32 := func(n int) { binary.LittleEndian.PutUint32(c[at:], uint32(n)); at += 4 }
	put([]byte(recordMagic)...)
	put32(0)
	put32(1)
	put32(0)
	at += 8
	instance := at
	put(tokenFragment, 1, 1, 0, tokenTemplate, 1)
	put32(1)
	template := at + 4
	put32(template)
	at += 4 + 16
	body := at + 4
	put32(0)
	// Its body is many instances of itself.
	for range 500 {
		put(tokenTemplate, 1)
		put32(1)
		put32(template)
		put32(0)
	}
	binary.LittleEndian.PutUint32(c[body-4:], uint32(at-body))
	put32(0)
	put(0)
	length := at + 4 - chunkHead
	put32(length)
	binary.LittleEndian.PutUint32(c[chunkHead+4:], uint32(length))
	binary.LittleEndian.PutUint32(c[48:], uint32(at))
	_ = instance
	file := append(make([]byte, headSize), c...)
	copy(file, Magic)
	file[120] = flagNoCRC
	begin := time.Now()
	records, bad := readAll(t, NewReader(bytes.NewReader(file), testFields))
	if len(records) != 0 || len(bad) == 0 || time.Since(begin) > 5*time.Second {
		t.Errorf("%d records, %v after %v", len(records), bad, time.Since(begin))
	}
}

func FuzzReader(f *testing.F) {
	f.Add(evtxtest.File(1, sample(12)))
	f.Fuzz(func(t *testing.T, file []byte) {
		readAll(t, NewReader(bytes.NewReader(file), testFields))
		if len(file) < headSize+chunkHead { // most of what is drawn: try it as a record
			return
		}
		c := append(make([]byte, headSize+chunkHead, headSize+chunkSize), file[headSize+chunkHead:min(len(file), headSize+chunkSize)]...)
		copy(c, Magic)
		copy(c[headSize:], chunkMagic)
		readAll(t, NewReader(bytes.NewReader(c), testFields))
	})
}

// exported reads an event as encoding/xml does, and gives the fields that texts
// gives.
type exported struct {
	Nodes []xmlNode `xml:",any"`
}

type xmlNode struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []xmlNode  `xml:",any"`
}

func (e *exported) texts() (all []string) {
	for _, path := range testPaths {
		steps, attr, isAttr := strings.Cut(path, "@")
		nodes := e.Nodes
		var at *xmlNode
		place := 0
		for step := range strings.SplitSeq(steps, "/") {
			at, place = nil, 0
			name, data := strings.CutPrefix(strings.TrimSuffix(step, "]"), "Data[")
			want, err := strconv.Atoi(name)
			for i := range nodes {
				n := &nodes[i]
				switch {
				case data && n.XMLName.Local == "Data":
					place++
					dataName, named := n.attr("Name")
					if at == nil && (named && dataName == name || !named && err == nil && place == want) {
						at = n
					}
				case at == nil && !data && (step == "*" || n.XMLName.Local == step):
					at = n
				}
			}
			if at == nil {
				break
			}
			nodes = at.Nodes
		}
		if at == nil {
			continue
		}
		text := at.Text
		if isAttr {
			var ok bool
			if text, ok = at.attr(attr); !ok {
				continue
			}
		}
		all = append(all, path+"="+text)
	}
	return all
}

func (n *xmlNode) attr(name string) (string, bool) {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// plainText makes texts of both programs comparable: evtxexport writes
// hexadecimal numbers with leading zeros, more digits of a second, GUIDs in
// upper case, and leaves out what is empty.
func plainText(all []string) (out []string) {
	for _, s := range all {
		path, v, _ := strings.Cut(s, "=")
		v = strings.ToLower(v)
		if rest, ok := strings.CutPrefix(v, "0x"); ok {
			v = "0x" + strings.TrimLeft(rest, "0")
		}
		if strings.HasSuffix(path, "SystemTime") {
			v = strings.TrimRight(strings.TrimSuffix(v, "z"), "0")
		}
		if strings.TrimSpace(v) != "" {
			out = append(out, path+"="+v)
		}
	}
	return out
}

// What evtxexport (Debian libevtx-utils) reads is read: of our own files, and
// of third-party ones where these are there.
func TestOracle(t *testing.T) {
	tool, err := exec.LookPath("evtxexport")
	if err != nil {
		t.Skip("skipped: no evtxexport (Debian package libevtx-utils)")
	}
	own := filepath.Join(t.TempDir(), "own.evtx")
	events := sample(1000)
	for n := range events {
		ev := &events[n]
		ev.Bare = false // evtxexport 20181227 ends at such a record
		for i := range ev.Data {
			if ev.Data[i].Name == "WorkstationName" {
				ev.Data[i].Value = "KALI\u20ac" // evtxexport 20181227 reads surrogate pairs wrongly
			}
		}
	}
	if err := os.WriteFile(own, evtxtest.File(1, events), 0o600); err != nil {
		t.Fatal(err)
	}
	files := []string{own}
	for _, pattern := range []string{"evtx/*.evtx", "ocsf/*.evtx"} {
		more, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "signin", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	if len(files) == 1 {
		t.Log("skipped: no third-party EVTX files")
	}
	for _, file := range files {
		out, err := exec.Command(tool, "-f", "xml", file).Output()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out = bytes.Map(func(r rune) rune { // evtxexport writes control characters, which are no XML
			if r < ' ' && r != '\n' {
				return '?'
			}
			return r
		}, out)
		got, bad := readAll(t, NewReader(bytes.NewReader(text), testFields))
		if len(bad) != 0 {
			t.Errorf("%s: %v", filepath.Base(file), bad)
		}
		fromXML, bad := readAll(t, NewXMLReader(bytes.NewReader(out), testFields, 1<<20))
		if len(bad) != 0 {
			t.Errorf("%s as XML: %v", filepath.Base(file), bad)
		}
		dec, n, differ := xml.NewDecoder(bytes.NewReader(out[bytes.Index(out, []byte("<Event")):])), 0, 0
		for ; ; n++ {
			var e exported
			if err := dec.Decode(&e); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: event %d: %v", filepath.Base(file), n, err)
			}
			want := plainText(e.texts())
			if n < len(got) && n < len(fromXML) && slices.Equal(plainText(got[n]), want) && slices.Equal(plainText(fromXML[n]), want) {
				continue
			}
			if differ++; differ == 1 {
				t.Errorf("%s: event %d differs:\n%q\nwant\n%q", filepath.Base(file), n, plainText(got[min(n, len(got)-1)]), want)
			}
		}
		if n != len(got) || n != len(fromXML) || n == 0 {
			t.Errorf("%s: %d records, %d as XML, want %d", filepath.Base(file), len(got), len(fromXML), n)
		}
		t.Logf("%s: %d records, %d differ", filepath.Base(file), n, differ)
	}
}

func TestXMLReader(t *testing.T) {
	event := func(name string) string {
		return `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name="P"/><EventID Qualifiers='0'>4625</EventID>` +
			`<TimeCreated SystemTime='2026-03-01T10:00:00.1234567Z' /></System><EventData><Data Name="TargetUserName">` + name +
			`</Data><Data Name='IpAddress' /></EventData></Event>`
	}
	want := func(name string) []string {
		return []string{
			"System/Provider@Name=P", "System/EventID=4625", "System/TimeCreated@SystemTime=2026-03-01T10:00:00.1234567Z",
			"EventData/Data[TargetUserName]=" + name, "EventData/Data[IpAddress]=",
		}
	}
	for why, c := range map[string]struct {
		text string
		want []string
		bad  int
	}{
		"nothing":           {"", nil, 0},
		"other":             {"<Events><EventData></EventData></Events>", nil, 0},
		"one":               {event("a"), []string{"a"}, 0},
		"no root":           {event("a") + event("b"), []string{"a", "b"}, 0},
		"a document":        {"\ufeff<?xml version=\"1.0\"?>\r\n<Events>" + event("a") + "\n" + event("b") + "</Events>", []string{"a", "b"}, 0},
		"in other text":     {"- " + event("a") + "\nMar  1 10:00:00 x: " + event("b"), []string{"a", "b"}, 0},
		"references":        {event("&lt;&#65;&#x42;&amp;amp;&nosuch;&"), []string{"<AB&amp;&nosuch;&"}, 0},
		"CDATA, comments":   {event("<![CDATA[<a&lt;>]]><!-- </Data> -->b"), []string{"<a&lt;>b"}, 0},
		"a prefix":          {strings.NewReplacer("<Data", "<e:Data", "</Data", "</e:Data").Replace(event("a")), []string{"a"}, 0},
		"cut":               {event("a") + event("b")[:250], []string{"a"}, 1},
		"cut, then another": {event("a")[:250] + "\n" + event("b"), []string{"b"}, 1},
		"not well-formed":   {event("</x>") + event("b"), []string{"b"}, 1},
		"no quotes":         {strings.Replace(event("a"), `"P"`, "P", 1) + event("b"), []string{"b"}, 1},
		"too long":          {event(strings.Repeat("x", 5000)) + event("b"), []string{"b"}, 1},
	} {
		for _, src := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
			records, bad := readAll(t, NewXMLReader(src, testFields, 4000))
			if len(records) != len(c.want) || len(bad) != c.bad {
				t.Errorf("%s: %d records, errors %v", why, len(records), bad)
				continue
			}
			for i, name := range c.want {
				if !slices.Equal(records[i], want(name)) {
					t.Errorf("%s: %q, want %q", why, records[i], want(name))
				}
			}
		}
	}
}

func TestXMLReaderCountsLines(t *testing.T) {
	r := NewXMLReader(strings.NewReader("\n<Events>\n<Event>\n</Event>\n\n<Event><a></Event><Event></Event>"), testFields, 1000)
	var lines []int64
	for {
		rec, err := r.Next()
		var bad *RecordError
		switch {
		case err == io.EOF:
			if !slices.Equal(lines, []int64{3, -6, 6}) {
				t.Errorf("lines %v", lines)
			}
			return
		case errors.As(err, &bad):
			lines = append(lines, -bad.At)
		default:
			lines = append(lines, rec.At)
		}
	}
}

func FuzzXMLReader(f *testing.F) {
	f.Add([]byte(`<Events><Event a="b"><System><EventID>1</EventID></System><EventData><Data Name="x">&lt;<![CDATA[y]]></Data></EventData></Event>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		readAll(t, NewXMLReader(bytes.NewReader(text), testFields, 1<<16))
	})
}

func TestCompilePanics(t *testing.T) {
	for _, path := range []string{"", "System/", "System//EventID", "System/EventID/x"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken for a path", path)
				}
			}()
			Compile("System/EventID", path)
		}()
	}
}

func TestChecksumIsThatOfTheRecords(t *testing.T) {
	file := evtxtest.File(1, sample(3))
	c := file[headSize:]
	if free := u32(c, 48); crc32.ChecksumIEEE(c[chunkHead:free]) != u32(c, 52) {
		t.Error("the writer's checksum is wrong")
	}
}

func BenchmarkReader(b *testing.B) {
	const n = 20000
	file := evtxtest.File(1, sample(n))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, got := NewReader(bytes.NewReader(file), testFields), 0
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if rec.Has(1) {
				got++
			}
		}
		if got != n {
			b.Fatal(got)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
}
