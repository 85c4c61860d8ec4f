// Package evtxtest writes Windows event log files for tests and benchmarks: the
// files of real machines are not ours to hand on. It lays them out as Windows
// does: a template for the frame of an event, another for its data, each held
// once by a chunk, names held once and pointed to.
package evtxtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Event is one event. Its record number is its place in the file, from First.
type Event struct {
	ID       uint16
	Time     time.Time
	Provider string
	Channel  string
	Computer string
	Data     []Pair
	UserData string // name of the element that holds Data below UserData; "": Data are in EventData
	Plain    bool   // the data, which are strings, are written without a template
	Bare     bool   // with Plain: and without dependency identifiers, as some writers do
}

// Pair is a Data with its Name, which may be empty. A value is a string,
// uint16, uint32, uint64, Hex32, Hex64, SID, []string, []byte or nil.
type Pair struct {
	Name  string
	Value any
}

// Numbers that are written in hexadecimal, and security identifiers
// ("S-1-5-18").
type (
	Hex32 uint32
	Hex64 uint64
	SID   string
)

const (
	chunkSize = 64 << 10
	chunkHead = 512
)

// File returns a file with the events, whose first has the record number first.
func File(first uint64, events []Event) []byte {
	l := NewLog(first)
	for i := range events {
		l.Add(&events[i])
	}
	return l.File()
}

// Log is a file that is written event by event, for more events than should be
// held at once.
type Log struct{ w writer }

// NewLog returns an empty log, whose first event gets the record number first.
func NewLog(first uint64) *Log { return &Log{writer{number: first}} }

// Add writes an event, of which nothing is kept.
func (l *Log) Add(ev *Event) { l.w.event(ev) }

// File completes the log and returns it as a file. Nothing can be added then.
func (l *Log) File() []byte {
	l.w.finish()
	return append(l.w.head(l.w.number), l.w.chunks...)
}

type writer struct {
	chunks []byte
	number uint64 // of the next record

	buf       []byte // the chunk being written; nil: none
	first     uint64
	last      int
	names     map[string]int
	templates map[string]int
	plain     *Event // whose data are being written without a template
}

func (w *writer) head(next uint64) []byte {
	h := make([]byte, 4096)
	copy(h, "ElfFile\x00")
	chunks := len(w.chunks) / chunkSize
	binary.LittleEndian.PutUint64(h[16:], uint64(max(chunks-1, 0)))
	binary.LittleEndian.PutUint64(h[24:], next)
	binary.LittleEndian.PutUint32(h[32:], 128)
	binary.LittleEndian.PutUint16(h[36:], 1)
	binary.LittleEndian.PutUint16(h[38:], 3)
	binary.LittleEndian.PutUint16(h[40:], 4096)
	binary.LittleEndian.PutUint16(h[42:], uint16(chunks))
	binary.LittleEndian.PutUint32(h[124:], crc32.ChecksumIEEE(h[:120]))
	return h
}

// event writes an event into the chunk, or where that is full, into the next.
func (w *writer) event(ev *Event) {
	if w.buf == nil {
		w.begin()
	}
	names, templates, length := clone(w.names), clone(w.templates), len(w.buf)
	if w.record(ev); len(w.buf) > chunkSize {
		w.buf, w.names, w.templates = w.buf[:length], names, templates
		w.finish()
		w.begin()
		if w.record(ev); len(w.buf) > chunkSize {
			panic("evtxtest: event is larger than a chunk")
		}
	}
	w.number++
}

func clone(m map[string]int) map[string]int {
	c := make(map[string]int, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (w *writer) begin() {
	w.buf = make([]byte, chunkHead, chunkSize)
	w.first = w.number
	w.names, w.templates = map[string]int{}, map[string]int{}
}

// finish completes the chunk's head.
func (w *writer) finish() {
	if w.buf == nil {
		return
	}
	free := len(w.buf)
	c := append(w.buf, make([]byte, chunkSize-free)...)
	copy(c, "ElfChnk\x00")
	le := binary.LittleEndian
	le.PutUint64(c[8:], w.first)
	le.PutUint64(c[16:], w.number-1)
	le.PutUint64(c[24:], w.first)
	le.PutUint64(c[32:], w.number-1)
	le.PutUint32(c[40:], 128)
	le.PutUint32(c[44:], uint32(w.last))
	le.PutUint32(c[48:], uint32(free))
	le.PutUint32(c[52:], crc32.ChecksumIEEE(c[chunkHead:free]))
	le.PutUint32(c[124:], crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHead]))
	w.chunks = append(w.chunks, c...)
	w.buf = nil
}

func (w *writer) record(ev *Event) {
	w.last = len(w.buf)
	w.bytes("**\x00\x00")
	w.u32(0)
	w.u64(w.number)
	w.u64(fileTime(ev.Time))
	w.bytes("\x0f\x01\x01\x00")
	w.instance("Event", w.frame, []any{
		ev.Provider, ev.ID, uint8(0), uint8(0), uint16(12544), uint8(0), Hex64(0x8010000000000000), ev.Time,
		w.number, uint32(712), uint32(11528), ev.Channel, ev.Computer, nil, ev,
	})
	w.bytes("\x00")
	for len(w.buf)%8 != 4 {
		w.bytes("\x00")
	}
	length := uint32(len(w.buf) + 4 - w.last)
	w.u32(length)
	binary.LittleEndian.PutUint32(w.buf[w.last+4:], length)
}

// frame is the template of an event.
func (w *writer) frame() {
	w.element("Event", [][2]any{{"xmlns", "http://schemas.microsoft.com/win/2004/08/events/event"}}, func() {
		w.element("System", nil, func() {
			w.element("Provider", [][2]any{{"Name", 0}}, nil)
			for i, name := range []string{"EventID", "Version", "Level", "Task", "Opcode", "Keywords"} {
				w.element(name, nil, func() { w.sub(i+1, 0) })
			}
			w.element("TimeCreated", [][2]any{{"SystemTime", 7}}, nil)
			w.element("EventRecordID", nil, func() { w.sub(8, 0) })
			w.element("Execution", [][2]any{{"ProcessID", 9}, {"ThreadID", 10}}, nil)
			w.element("Channel", nil, func() { w.sub(11, 0) })
			w.element("Computer", nil, func() { w.sub(12, 0) })
			w.element("Security", [][2]any{{"UserID", 13}}, nil)
		})
		w.sub(14, 0x21)
	})
}

// data writes the data of an event as a value that is binary XML.
func (w *writer) data(ev *Event) {
	w.bytes("\x0f\x01\x01\x00")
	if ev.Plain {
		w.plain = ev
		w.dataTemplate(ev)
		w.plain = nil
		w.bytes("\x00")
		return
	}
	key := fmt.Sprint("Data", ev.ID, ev.UserData)
	values := make([]any, len(ev.Data))
	for i, p := range ev.Data {
		key += "\x00" + p.Name
		values[i] = p.Value
	}
	w.instance(key, func() { w.dataTemplate(ev) }, values)
	w.bytes("\x00")
}

func (w *writer) dataTemplate(ev *Event) {
	if ev.UserData != "" {
		w.element("UserData", nil, func() {
			w.element(ev.UserData, [][2]any{{"xmlns", "Event_NS"}}, func() {
				for i, p := range ev.Data {
					w.element(p.Name, nil, func() { w.sub(i, 0) })
				}
			})
		})
		return
	}
	w.element("EventData", nil, func() {
		for i, p := range ev.Data {
			var attrs [][2]any
			if p.Name != "" {
				attrs = [][2]any{{"Name", p.Name}}
			}
			w.element("Data", attrs, func() { w.sub(i, 0) })
		}
	})
}

// instance writes a template where the chunk has not got it yet, and values.
func (w *writer) instance(key string, template func(), values []any) {
	w.bytes("\x0c\x01")
	id := crc32.ChecksumIEEE([]byte(key))
	w.u32(id)
	if at, ok := w.templates[key]; ok {
		w.u32(uint32(at))
	} else {
		at = len(w.buf) + 4
		w.u32(uint32(at))
		w.templates[key] = at
		w.u32(0)
		w.u32(id) // the GUID begins with the identifier
		w.bytes(strings.Repeat("\x11", 12))
		w.u32(0)
		begin := len(w.buf)
		w.bytes("\x0f\x01\x01\x00")
		template()
		w.bytes("\x00")
		binary.LittleEndian.PutUint32(w.buf[begin-4:], uint32(len(w.buf)-begin))
	}
	w.u32(uint32(len(values)))
	heads := len(w.buf)
	w.bytes(strings.Repeat("\x00", 4*len(values)))
	for i, v := range values {
		begin := len(w.buf)
		w.buf[heads+4*i+2] = w.value(v)
		binary.LittleEndian.PutUint16(w.buf[heads+4*i:], uint16(len(w.buf)-begin))
	}
}

// element writes an element. An attribute is a text or the number of a value.
func (w *writer) element(name string, attrs [][2]any, inner func()) {
	token := byte(0x01)
	if attrs != nil {
		token |= 0x40
	}
	w.buf = append(w.buf, token)
	if w.plain == nil || !w.plain.Bare {
		w.u16(0xffff) // no dependency
	}
	length := len(w.buf)
	w.u32(0)
	w.name(name)
	if attrs != nil {
		list := len(w.buf)
		w.u32(0)
		for i, a := range attrs {
			token := byte(0x06)
			if i < len(attrs)-1 {
				token |= 0x40
			}
			w.buf = append(w.buf, token)
			w.name(a[0].(string))
			switch v := a[1].(type) {
			case string:
				w.text(v)
			case int:
				w.sub(v, 0)
			}
		}
		binary.LittleEndian.PutUint32(w.buf[list:], uint32(len(w.buf)-list-4))
	}
	if inner == nil {
		w.bytes("\x03")
	} else {
		w.bytes("\x02")
		inner()
		w.bytes("\x04")
	}
	binary.LittleEndian.PutUint32(w.buf[length:], uint32(len(w.buf)-length-4))
}

// sub writes the place of a value.
func (w *writer) sub(n int, kind byte) {
	if w.plain != nil {
		w.text(w.plain.Data[n].Value.(string))
		return
	}
	w.bytes("\x0e")
	w.u16(uint16(n))
	if kind == 0 {
		kind = 1
	}
	w.buf = append(w.buf, kind)
}

func (w *writer) text(s string) {
	w.bytes("\x05\x01")
	w.u16(uint16(len(units(s))))
	w.bytes(wide(s))
}

func (w *writer) name(s string) {
	if at, ok := w.names[s]; ok {
		w.u32(uint32(at))
		return
	}
	at := len(w.buf) + 4
	w.names[s] = at
	w.u32(uint32(at))
	w.u32(0)
	var hash uint32
	for _, u := range units(s) {
		hash = hash*65599 + uint32(u)
	}
	w.u16(uint16(hash))
	w.u16(uint16(len(units(s))))
	w.bytes(wide(s))
	w.u16(0)
}

// value writes a value and returns its kind.
func (w *writer) value(v any) byte {
	switch v := v.(type) {
	case nil:
		return 0x00
	case string:
		w.bytes(wide(v))
		return 0x01
	case uint8:
		w.buf = append(w.buf, v)
		return 0x04
	case uint16:
		w.u16(v)
		return 0x06
	case uint32:
		w.u32(v)
		return 0x08
	case uint64:
		w.u64(v)
		return 0x0a
	case []byte:
		w.buf = append(w.buf, v...)
		return 0x0e
	case time.Time:
		w.u64(fileTime(v))
		return 0x11
	case SID:
		w.sid(string(v))
		return 0x13
	case Hex32:
		w.u32(uint32(v))
		return 0x14
	case Hex64:
		w.u64(uint64(v))
		return 0x15
	case *Event:
		w.data(v)
		return 0x21
	case []string:
		for _, s := range v {
			w.bytes(wide(s))
			w.u16(0)
		}
		return 0x81
	}
	panic(fmt.Sprintf("evtxtest: value of type %T", v))
}

func (w *writer) sid(s string) {
	parts := strings.Split(strings.TrimPrefix(s, "S-1-"), "-")
	authority, _ := strconv.Atoi(parts[0])
	w.buf = append(w.buf, 1, byte(len(parts)-1), 0, 0, 0, 0, 0, byte(authority))
	for _, p := range parts[1:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			panic(err)
		}
		w.u32(uint32(n))
	}
}

func (w *writer) bytes(s string) { w.buf = append(w.buf, s...) }
func (w *writer) u16(n uint16)   { w.buf = binary.LittleEndian.AppendUint16(w.buf, n) }
func (w *writer) u32(n uint32)   { w.buf = binary.LittleEndian.AppendUint32(w.buf, n) }
func (w *writer) u64(n uint64)   { w.buf = binary.LittleEndian.AppendUint64(w.buf, n) }

func units(s string) []uint16 { return utf16.Encode([]rune(s)) }

func wide(s string) string {
	var b bytes.Buffer
	for _, u := range units(s) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// fileTime is a count of 100 ns since 1601.
func fileTime(t time.Time) uint64 {
	const from1601to1970 = 11644473600
	return uint64(t.Unix()+from1601to1970)*1e7 + uint64(t.Nanosecond()/100)
}
