package evtx

import (
	"errors"
	"fmt"
)

// The tokens of binary XML. Those of elements, texts and attributes have
// tokenMore set where another of their kind follows, or in an element, where
// it has attributes.
const (
	tokenEOF         = 0x00
	tokenElement     = 0x01
	tokenCloseStart  = 0x02 // ">"
	tokenCloseEmpty  = 0x03 // "/>"
	tokenEndElement  = 0x04
	tokenText        = 0x05
	tokenAttribute   = 0x06
	tokenCDATA       = 0x07
	tokenCharRef     = 0x08
	tokenEntityRef   = 0x09
	tokenPITarget    = 0x0a
	tokenPIData      = 0x0b
	tokenTemplate    = 0x0c
	tokenSub         = 0x0d
	tokenOptionalSub = 0x0e
	tokenFragment    = 0x0f

	tokenMore = 0x40
)

const (
	maxElements = 64        // nesting of elements
	maxTokens   = 256 << 10 // read while the templates of one chunk are compiled; its 64 KiB hold fewer
)

var (
	errOutside    = errors.New("binary XML points outside of the chunk")
	errName       = errors.New("a name in the record is damaged")
	errTemplate   = errors.New("the template of the record is damaged")
	errNesting    = errors.New("binary XML is nested too deeply")
	errTooComplex = errors.New("binary XML of the chunk is too complex")
)

// program is a template compiled: the steps that fetch what is wanted of it.
type program []step

type stepKind uint8

const (
	stepBegin    stepKind = iota // the text of field slot begins
	stepEnd                      // and ends
	stepGroup                    // an element that holds Data begins: places count anew
	stepData                     // a Data inside node begins; its Name is text, or the value sub where that is not -1
	stepText                     // a piece of text
	stepValue                    // value sub; if that is binary XML, it lies inside node
	stepTemplate                 // an instance of another template, which begins at sub, inside node
)

type step struct {
	kind stepKind
	data bool // of a value: in a Data, so an array is several of them
	slot int32
	sub  int32
	node *node
	text string
}

// compiler reads binary XML from pos to end of a chunk.
type compiler struct {
	chunk  []byte
	pos    int
	end    int
	bare   bool // elements have no dependency identifier: a value that is no template instance
	tokens *int // how many were read for this chunk

	steps program
	name  []byte
}

func (c *compiler) need(n int) bool { return n >= 0 && c.pos+n <= c.end }

// content reads what stands inside an element n, up to its end, or all of a
// fragment. inText is whether its text is wanted, data whether it is a Data.
func (c *compiler) content(n *node, inText, data bool, depth int) error {
	if depth > maxElements {
		return errNesting
	}
	for c.pos < c.end {
		if *c.tokens++; *c.tokens > maxTokens {
			return errTooComplex
		}
		switch token := c.chunk[c.pos]; token &^ tokenMore {
		case tokenEOF:
			c.pos++
			return nil
		case tokenEndElement:
			c.pos++
			return nil
		case tokenElement:
			if err := c.element(n, depth); err != nil {
				return err
			}
		case tokenFragment:
			c.pos += 4
		case tokenTemplate:
			c.steps = append(c.steps, step{kind: stepTemplate, sub: int32(c.pos), node: n})
			end, err := instanceEnd(c.chunk, c.pos, c.end)
			if err != nil {
				return err
			}
			c.pos = end
		case tokenPITarget:
			if err := c.skipName(1); err != nil {
				return err
			}
		default:
			if err := c.piece(n, inText, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// piece reads a piece of text, of an element or of an attribute.
func (c *compiler) piece(n *node, wanted, data bool) error {
	token := c.chunk[c.pos] &^ tokenMore
	var text string
	switch token {
	case tokenText, tokenCDATA, tokenPIData:
		head := 3
		if token == tokenText {
			head = 4 // and a type, which is always that of a string
		}
		if !c.need(head) {
			return errOutside
		}
		length := 2 * int(u16(c.chunk, c.pos+head-2))
		if !c.need(head + length) {
			return errOutside
		}
		if wanted && token != tokenPIData {
			text = string(appendUTF16(nil, c.chunk[c.pos+head:c.pos+head+length]))
		}
		c.pos += head + length
	case tokenCharRef:
		if !c.need(3) {
			return errOutside
		}
		text = string(rune(u16(c.chunk, c.pos+1)))
		c.pos += 3
	case tokenEntityRef:
		if err := c.skipName(1); err != nil {
			return err
		}
		text = entities[string(c.name)]
	case tokenSub, tokenOptionalSub:
		if !c.need(4) {
			return errOutside
		}
		sub := int32(u16(c.chunk, c.pos+1))
		c.pos += 4
		if n != nil && n.children == nil && !n.holdsData() {
			n = nil
		}
		if wanted || n != nil {
			c.steps = append(c.steps, step{kind: stepValue, sub: sub, node: n, data: data})
		}
		return nil
	default:
		return fmt.Errorf("unknown token %#x in binary XML", c.chunk[c.pos])
	}
	if wanted && text != "" {
		c.steps = append(c.steps, step{kind: stepText, text: text})
	}
	return nil
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

// element reads an element inside parent.
func (c *compiler) element(parent *node, depth int) error {
	hasAttributes := c.chunk[c.pos]&tokenMore != 0
	if err := c.elementName(); err != nil {
		return err
	}
	n := parent.child(c.name)
	isData := parent.holdsData() && string(c.name) == "Data"
	if hasAttributes {
		c.pos += 4 // their length
	}
	begin := step{kind: stepData, node: parent, sub: -1}
	for c.pos < c.end && c.chunk[c.pos]&^tokenMore == tokenAttribute {
		if err := c.attribute(n, isData, &begin); err != nil {
			return err
		}
	}
	if c.pos >= c.end {
		return errOutside
	}
	c.pos++
	inText := false
	switch {
	case isData && begin.sub < 0 && !parent.wantsData(begin.text):
	case isData:
		inText = true
		if begin.text != "" {
			begin.slot = parent.dataSlot(begin.text, 0)
		}
		c.steps = append(c.steps, begin)
	case n == nil:
	case n.leaf >= 0:
		inText = true
		c.steps = append(c.steps, step{kind: stepBegin, slot: n.leaf})
	case n.holdsData():
		c.steps = append(c.steps, step{kind: stepGroup})
	}
	switch c.chunk[c.pos-1] {
	case tokenCloseStart:
		if err := c.content(n, inText, isData, depth+1); err != nil {
			return err
		}
	case tokenCloseEmpty:
	default:
		return fmt.Errorf("token %#x in place of the end of a tag", c.chunk[c.pos-1])
	}
	if inText {
		c.steps = append(c.steps, step{kind: stepEnd})
	}
	return nil
}

// attribute reads an attribute of the element n. The Name of a Data goes into
// begin.
func (c *compiler) attribute(n *node, isData bool, begin *step) error {
	if *c.tokens++; *c.tokens > maxTokens {
		return errTooComplex
	}
	if err := c.skipName(1); err != nil {
		return err
	}
	slot, wanted := int32(-1), false
	if n != nil {
		slot, wanted = n.attrs[string(c.name)]
	}
	isName := isData && string(c.name) == "Name"
	mark := len(c.steps)
	if wanted {
		c.steps = append(c.steps, step{kind: stepBegin, slot: slot})
	}
	for c.pos < c.end && isPiece(c.chunk[c.pos]) {
		if err := c.piece(nil, wanted || isName, false); err != nil {
			return err
		}
	}
	if isName {
		for _, s := range c.steps[mark:] {
			switch s.kind {
			case stepText:
				begin.text += s.text
			case stepValue:
				begin.sub = s.sub
			}
		}
		if !wanted {
			c.steps = c.steps[:mark]
		}
	}
	if wanted {
		c.steps = append(c.steps, step{kind: stepEnd})
	}
	return nil
}

func isPiece(token byte) bool {
	switch token &^ tokenMore {
	case tokenText, tokenCDATA, tokenCharRef, tokenEntityRef, tokenSub, tokenOptionalSub:
		return true
	}
	return false
}

// elementName reads an element's beginning up to its name: a dependency
// identifier, which is left out in values, the length of the element and the
// name. Which of the two it is shows by what is where the name should be.
func (c *compiler) elementName() error {
	with, without := 1+2+4, 1+4
	if c.bare {
		with, without = without, with
	}
	start := c.pos
	err := c.skipName(with)
	if err != nil {
		c.pos = start
		if c.skipName(without) == nil {
			return nil
		}
		c.pos = start
	}
	return err
}

// nameHash is the hash that is kept with a name, of its UTF-16 (libevtx,
// "Windows XML Event Log (EVTX) format").
func nameHash(name []byte) uint16 {
	hash := uint32(0)
	for i := 0; i+1 < len(name); i += 2 {
		hash = hash*65599 + uint32(u16(name, i))
	}
	return uint16(hash)
}

// skipName reads a name into c.name. Its offset stands skip bytes from here; the
// name itself follows where the offset points to that, and else lies elsewhere
// in the chunk.
func (c *compiler) skipName(skip int) error {
	if !c.need(skip + 4) {
		return errOutside
	}
	at := int(u32(c.chunk, c.pos+skip))
	c.pos += skip + 4
	if at < chunkHead || at+8 > len(c.chunk) {
		return errOutside
	}
	length := 2 * int(u16(c.chunk, at+6)) // behind the next name in a list, and a hash
	if at+8+length+2 > len(c.chunk) || u16(c.chunk, at+8+length) != 0 {
		return errOutside
	}
	if nameHash(c.chunk[at+8:at+8+length]) != u16(c.chunk, at+4) {
		return errName
	}
	c.name = appendUTF16(c.name[:0], c.chunk[at+8:at+8+length])
	if at == c.pos {
		if !c.need(8 + length + 2) {
			return errOutside
		}
		c.pos += 8 + length + 2
	}
	return nil
}
