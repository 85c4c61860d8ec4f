package evtx

import "errors"

// runner fetches the fields of the records of one chunk after the other.
type runner struct {
	chunk    []byte
	fields   *Fields
	rec      *Record
	programs map[programKey]program // of this chunk
	tokens   int                    // read to compile them

	values []value // of the template instances that are being read, the innermost last
	steps  int     // done for this record
}

// programKey is where in the chunk a template lies, and inside what it is used.
type programKey struct {
	at   int
	node *node
}

// value is one of the values of a template instance.
type value struct {
	begin, end int
	kind       byte
}

const (
	maxDepth = 8         // nesting of templates
	maxSteps = 64 << 10  // for one record
	maxText  = 256 << 10 // bytes of what is wanted of one record
)

var errTooMuch = errors.New("the templates of the record repeat themselves without end")

// forget begins a new chunk.
func (x *runner) forget() {
	clear(x.programs)
	x.tokens = 0
}

// record reads the binary XML of a record.
func (x *runner) record(begin, end int) error {
	x.values, x.steps = x.values[:0], 0
	return x.fragment(begin, end, x.fields.top, false, 0)
}

// fragment reads binary XML inside n: an instance of a template, or elements as
// they are. bare is whether it is a value.
func (x *runner) fragment(begin, end int, n *node, bare bool, depth int) error {
	if begin+4 < end && x.chunk[begin] == tokenFragment {
		begin += 4
	}
	if begin < end && x.chunk[begin] == tokenTemplate {
		return x.instance(begin, end, n, depth)
	}
	c := compiler{chunk: x.chunk, pos: begin, end: end, bare: bare, tokens: &x.tokens}
	if err := c.content(n, false, false, 0); err != nil {
		return err
	}
	return x.do(c.steps, nil, end, depth)
}

// instance reads an instance of a template: the beginning of its GUID, where it
// lies, the template itself where this is its first use, and the values.
func (x *runner) instance(begin, end int, n *node, depth int) error {
	if depth > maxDepth {
		return errNesting
	}
	at, values, err := instanceParts(x.chunk, begin, end)
	if err != nil {
		return err
	}
	if u32(x.chunk, begin+2) != u32(x.chunk, at+4) {
		return errTemplate // what lies there now is another one, or none
	}
	p, err := x.program(at, n)
	if err != nil {
		return err
	}
	mark := len(x.values)
	if err := x.readValues(values, end); err != nil {
		return err
	}
	err = x.do(p, x.values[mark:], end, depth)
	x.values = x.values[:mark]
	return err
}

const templateHead = 4 + 16 + 4 // the next one in a list, a GUID, the length

// instanceParts returns where the template of an instance lies, and where the
// values begin.
func instanceParts(chunk []byte, begin, end int) (template, values int, err error) {
	const head = 1 + 1 + 4 + 4
	if begin+head > end {
		return 0, 0, errOutside
	}
	template, values = int(u32(chunk, begin+6)), begin+head
	if template < chunkHead || template+templateHead > len(chunk) {
		return 0, 0, errOutside
	}
	if template == values {
		values += templateHead + int(u32(chunk, template+20))
	}
	if values < begin || values+4 > end {
		return 0, 0, errOutside
	}
	return template, values, nil
}

// instanceEnd returns where an instance ends.
func instanceEnd(chunk []byte, begin, end int) (int, error) {
	_, values, err := instanceParts(chunk, begin, end)
	if err != nil {
		return 0, err
	}
	count := int(u32(chunk, values))
	at := values + 4
	if count < 0 || count > (end-at)/4 {
		return 0, errOutside
	}
	data := at + 4*count
	for ; count > 0; count-- {
		data += int(u16(chunk, at))
		at += 4
	}
	if data > end {
		return 0, errOutside
	}
	return data, nil
}

// program returns the template at a place of the chunk, compiled.
func (x *runner) program(at int, n *node) (program, error) {
	key := programKey{at, n}
	if p, ok := x.programs[key]; ok {
		return p, nil
	}
	begin := at + templateHead
	length := int(u32(x.chunk, at+20))
	if length < 0 || begin+length > len(x.chunk) {
		return nil, errOutside
	}
	c := compiler{chunk: x.chunk, pos: begin, end: begin + length, tokens: &x.tokens}
	if err := c.content(n, false, false, 0); err != nil {
		return nil, err
	}
	x.programs[key] = c.steps
	return c.steps, nil
}

// readValues appends the values of an instance: their number, a length and a
// kind for each, and their bytes one after the other.
func (x *runner) readValues(at, end int) error {
	count := int(u32(x.chunk, at))
	at += 4
	if count < 0 || count > (end-at)/4 {
		return errOutside
	}
	data := at + 4*count
	for ; count > 0; count-- {
		length := int(u16(x.chunk, at))
		if data+length > end {
			return errOutside
		}
		x.values = append(x.values, value{data, data + length, x.chunk[at+2]})
		data += length
		at += 4
	}
	return nil
}

// do runs a program with values. end is the end of what it is part of.
func (x *runner) do(p program, values []value, end, depth int) error {
	if x.steps += len(p); x.steps > maxSteps {
		return errTooMuch
	}
	target, begin := int32(-1), 0 // the field whose text is being read
	var group *node               // what holds the Data that is being read
	place := 0                    // of the next Data in it
	for i := range p {
		s := &p[i]
		var err error
		switch s.kind {
		case stepBegin:
			target, begin = s.slot, len(x.rec.text)
		case stepEnd:
			x.rec.set(target, begin)
			target = -1
		case stepGroup:
			place = 0
		case stepData:
			group = s.node
			target, begin = s.slot, len(x.rec.text)
			if s.sub >= 0 || s.text == "" {
				target = group.dataSlot(x.dataName(s, values), place)
			}
			place++
		case stepText:
			if target >= 0 {
				x.rec.text = append(x.rec.text, s.text...)
			}
		case stepValue:
			if int(s.sub) < len(values) {
				v := values[s.sub]
				switch {
				case v.kind == kindBinXML && s.node != nil:
					err = x.fragment(v.begin, v.end, s.node, true, depth+1)
				case v.kind&kindArray != 0 && s.data:
					for item := range items(v.kind, x.chunk[v.begin:v.end]) {
						if x.steps++; x.steps > maxSteps {
							return errTooMuch
						}
						if target >= 0 {
							x.rec.text = appendValue(x.rec.text, v.kind&^kindArray, item)
						}
						x.rec.set(target, begin)
						target, begin = group.dataSlot("", place), len(x.rec.text)
						place++
					}
					place--
					target = -1
				case target >= 0:
					x.rec.text = appendValue(x.rec.text, v.kind, x.chunk[v.begin:v.end])
				}
			}
		case stepTemplate:
			err = x.instance(int(s.sub), end, s.node, depth+1)
		}
		if err != nil {
			return err
		}
		if len(x.rec.text) > maxText {
			return errTooMuch
		}
	}
	return nil
}

// dataName returns the Name of a Data.
func (x *runner) dataName(s *step, values []value) string {
	if s.sub < 0 || int(s.sub) >= len(values) {
		return s.text
	}
	v := values[s.sub]
	return string(appendValue(nil, v.kind, x.chunk[v.begin:v.end]))
}
