package ledger

import (
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"time"
)

// Facts of mails have many fields of which most are empty, and there are
// millions of them: they lie packed, without a pointer for each string. The
// form is the fields in the order of their declaration, numbers in varints
// (encoding/binary), texts and lists behind their length. Equal values have
// equal bytes. A field that is added changes the form: [EncodingVersion].

var (
	errPacked = errors.New("packed facts are damaged")
	addrType  = reflect.TypeFor[netip.Addr]()
	timeType  = reflect.TypeFor[time.Time]()
)

// pack appends a struct.
func pack[T any](b []byte, x *T) []byte { return packValue(b, reflect.ValueOf(x).Elem()) }

func packValue(b []byte, v reflect.Value) []byte {
	switch v.Type() {
	case addrType:
		text, _ := v.Interface().(netip.Addr).MarshalBinary() // never fails
		return append(binary.AppendUvarint(b, uint64(len(text))), text...)
	case timeType:
		t := v.Interface().(time.Time)
		if t.IsZero() {
			return append(b, 0)
		}
		return binary.AppendVarint(append(b, 1), t.UnixMilli())
	}
	switch v.Kind() {
	case reflect.String:
		return append(binary.AppendUvarint(b, uint64(v.Len())), v.String()...)
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8:
		return binary.AppendVarint(b, v.Int())
	case reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		return binary.AppendUvarint(b, v.Uint())
	case reflect.Float32, reflect.Float64:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
	case reflect.Slice:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		for i := range v.Len() {
			b = packValue(b, v.Index(i))
		}
		return b
	case reflect.Struct:
		for i := range v.NumField() {
			b = packValue(b, v.Field(i))
		}
		return b
	}
	panic("ledger: no form for " + v.Type().String()) // a mistake in the type, which a test finds
}

// unpack reads a struct that pack wrote. It keeps nothing of b.
func unpack[T any](b []byte, x *T) error {
	u := unpacker{b}
	if !u.value(reflect.ValueOf(x).Elem()) || len(u.rest) > 0 {
		*x = *new(T)
		return errPacked
	}
	return nil
}

type unpacker struct{ rest []byte }

func (u *unpacker) uvarint() (uint64, bool) {
	x, n := binary.Uvarint(u.rest)
	if n <= 0 {
		return 0, false
	}
	u.rest = u.rest[n:]
	return x, true
}

func (u *unpacker) varint() (int64, bool) {
	x, n := binary.Varint(u.rest)
	if n <= 0 {
		return 0, false
	}
	u.rest = u.rest[n:]
	return x, true
}

// length reads how many bytes or elements follow: no more than bytes are left,
// because every element takes one at least.
func (u *unpacker) length() (int, bool) {
	n, ok := u.uvarint()
	if !ok || n > uint64(len(u.rest)) {
		return 0, false
	}
	return int(n), true
}

func (u *unpacker) take(n int) []byte {
	part := u.rest[:n]
	u.rest = u.rest[n:]
	return part
}

func (u *unpacker) value(v reflect.Value) bool {
	switch v.Type() {
	case addrType:
		n, ok := u.length()
		if !ok {
			return false
		}
		var a netip.Addr
		if a.UnmarshalBinary(u.take(n)) != nil {
			return false
		}
		v.Set(reflect.ValueOf(a))
		return true
	case timeType:
		set, ok := u.uvarint()
		if !ok || set > 1 {
			return false
		}
		if set == 1 {
			ms, ok := u.varint()
			if !ok {
				return false
			}
			v.Set(reflect.ValueOf(time.UnixMilli(ms).UTC()))
		}
		return true
	}
	switch v.Kind() {
	case reflect.String:
		n, ok := u.length()
		if ok {
			v.SetString(string(u.take(n)))
		}
		return ok
	case reflect.Bool:
		x, ok := u.uvarint()
		v.SetBool(x == 1)
		return ok && x <= 1
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8:
		x, ok := u.varint()
		if !ok || v.OverflowInt(x) {
			return false
		}
		v.SetInt(x)
		return true
	case reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		x, ok := u.uvarint()
		if !ok || v.OverflowUint(x) {
			return false
		}
		v.SetUint(x)
		return true
	case reflect.Float32, reflect.Float64:
		if len(u.rest) < 8 {
			return false
		}
		v.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64(u.take(8))))
		return true
	case reflect.Slice:
		n, ok := u.length()
		if !ok {
			return false
		}
		if n == 0 {
			return true
		}
		list := reflect.MakeSlice(v.Type(), n, n)
		for i := range n {
			if !u.value(list.Index(i)) {
				return false
			}
		}
		v.Set(list)
		return true
	case reflect.Struct:
		for i := range v.NumField() {
			if !u.value(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return false
}
