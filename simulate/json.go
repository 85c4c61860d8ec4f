package simulate

import (
	"encoding/json"
	"strconv"
	"time"
)

// object appends one JSON object field by field, in the order in which the
// product writes them. encoding/json would take longer than all the rest of a
// simulation.
type object struct{ buf []byte }

func (o *object) key(k string) {
	if n := len(o.buf); n > 0 && o.buf[n-1] != '{' && o.buf[n-1] != '[' && o.buf[n-1] != '\n' {
		o.buf = append(o.buf, ',')
	}
	if k != "" {
		o.buf = append(o.buf, '"')
		o.buf = append(o.buf, k...)
		o.buf = append(o.buf, '"', ':')
	}
}

// open begins an object or array; a value in an array has no key.
func (o *object) open(k string, bracket byte) { o.key(k); o.buf = append(o.buf, bracket) }
func (o *object) close(bracket byte)          { o.buf = append(o.buf, bracket) }

func (o *object) str(k, v string) { o.key(k); o.buf = appendJSON(o.buf, v) }
func (o *object) raw(k, v string) { o.key(k); o.buf = append(o.buf, v...) }
func (o *object) int(k string, v int64) {
	o.key(k)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}
func (o *object) bool(k string, v bool) { o.key(k); o.buf = strconv.AppendBool(o.buf, v) }

func (o *object) guid(k string, g GUID) {
	o.key(k)
	o.buf = append(o.buf, '"')
	o.buf = g.append(o.buf)
	o.buf = append(o.buf, '"')
}

func (o *object) time(k string, t time.Time, layout string) {
	o.key(k)
	o.buf = append(o.buf, '"')
	o.buf = t.AppendFormat(o.buf, layout)
	o.buf = append(o.buf, '"')
}

func (o *object) float(k string, v float64) {
	o.key(k)
	o.buf = strconv.AppendFloat(o.buf, v, 'f', -1, 64)
}

// appendJSON appends a JSON string. Text that needs escapes is rare.
func appendJSON(buf []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			text, err := json.Marshal(s)
			if err != nil { // strings always marshal
				panic(err)
			}
			return append(buf, text...)
		}
	}
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}
