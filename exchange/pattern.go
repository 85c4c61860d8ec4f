package exchange

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pattern is what a STIX pattern (2.1, 9) compares.
type pattern struct {
	comparisons []comparison

	// alternatives says that each comparison alone is a match: they are joined
	// by OR only, none is negated and nothing is asked of their times.
	alternatives bool
}

// comparison is one test of a property. Path has no quotes:
// file:hashes.SHA-256, network-traffic:dst_ref.value.
type comparison struct {
	path  string
	op    string
	value string // of a string; other constants as they are written
}

// deepest is how far parentheses may be nested.
const deepest = 50

// parsePattern reads a pattern, or says what is wrong at which byte.
func parsePattern(s string) (pattern, error) {
	if len(s) > longestRule {
		return pattern{}, fmt.Errorf("a pattern of %d bytes", len(s))
	}
	p := &patternParser{in: s, out: pattern{alternatives: true}}
	p.next()
	p.observations(0)
	if p.err == nil && p.tok.kind != tokEnd {
		p.fail("%q where the pattern should end", p.tok.text)
	}
	return p.out, p.err
}

type tokKind byte

const (
	tokEnd    tokKind = iota
	tokWord           // keyword or name
	tokString         // 'x', unquoted
	tokOther          // h'..', b'..', t'..', numbers
	tokSign           // brackets and operators
)

type token struct {
	kind tokKind
	text string
	at   int
}

// patternParser goes down the grammar of STIX 2.1, 9.8. After an error every
// rule returns at once.
type patternParser struct {
	in  string
	pos int
	tok token
	out pattern
	err error
}

func (p *patternParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("byte %d: %s", p.tok.at, fmt.Sprintf(format, args...))
	}
	p.tok = token{at: p.tok.at} // the end, so that nothing goes on
}

// observations: [..] joined by AND, OR, FOLLOWEDBY.
func (p *patternParser) observations(depth int) {
	p.observation(depth)
	for p.word("AND", "OR", "FOLLOWEDBY") {
		p.out.alternatives = p.out.alternatives && p.tok.text == "OR"
		p.next()
		p.observation(depth)
	}
}

func (p *patternParser) observation(depth int) {
	bracket := p.tok.text == "["
	switch {
	case depth > deepest:
		p.fail("nested deeper than %d", deepest)
	case p.accept("["):
		p.comparisons(depth)
		p.expect("]")
	case p.accept("("):
		p.observations(depth + 1)
		p.expect(")")
	default:
		p.fail("%q where [ should be", p.tok.text)
	}
	var seen []string
	for p.word("WITHIN", "REPEATS", "START") {
		p.out.alternatives = false
		what := p.tok.text
		if bracket && slices.Contains(seen, what) {
			p.fail("%s twice", what)
		}
		seen = append(seen, what)
		p.next()
		switch what {
		case "WITHIN":
			p.positive(true)
			p.keyword("SECONDS")
		case "REPEATS":
			p.positive(false)
			p.keyword("TIMES")
		case "START":
			p.timestamp()
			p.keyword("STOP")
			p.timestamp()
		}
	}
}

func (p *patternParser) comparisons(depth int) {
	p.comparison(depth)
	for p.word("AND", "OR") {
		p.out.alternatives = p.out.alternatives && p.tok.text == "OR"
		p.next()
		p.comparison(depth)
	}
}

func (p *patternParser) comparison(depth int) {
	if depth > deepest {
		p.fail("nested deeper than %d", deepest)
		return
	}
	if p.accept("(") {
		p.comparisons(depth + 1)
		p.expect(")")
		return
	}
	negated := p.word("NOT")
	if negated {
		p.next()
		p.out.alternatives = false
	}
	if p.word("EXISTS") {
		p.next()
		p.out.alternatives = false
		p.path()
		return
	}
	if negated {
		p.fail("NOT before a path; it stands before the operator")
	}
	c := comparison{path: p.path()}
	if p.word("NOT") {
		p.out.alternatives = false
		p.next()
	}
	c.op = p.tok.text
	switch {
	case p.word("LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"):
		p.next()
		if c.value = p.tok.text; p.tok.kind != tokString {
			p.fail("%s needs a string", c.op)
		}
		p.next()
	case p.word("IN"):
		p.next()
		p.expect("(")
		for {
			c.value = p.constant()
			p.add(c)
			if !p.accept(",") {
				break
			}
		}
		p.expect(")")
		return
	case p.tok.kind == tokSign && slices.Contains([]string{"=", "==", "!=", "<>", "<", "<=", ">", ">="}, c.op):
		p.next()
		c.value = p.constant()
	default:
		p.fail("%q is no operator", c.op)
	}
	p.add(c)
}

func (p *patternParser) add(c comparison) {
	if p.err != nil {
		return
	}
	for algorithm, kind := range map[string]Kind{".MD5": MD5, ".SHA-1": SHA1, ".SHA-256": SHA256} {
		if (c.op == "=" || c.op == "==") && strings.HasSuffix(c.path, "hashes"+algorithm) {
			if _, ok := normal(kind, c.value); !ok {
				p.fail("%q is no %s hash", c.value, algorithm[1:])
			}
		}
	}
	p.out.comparisons = append(p.out.comparisons, c)
}

// path: type:step.step[*].'step'
func (p *patternParser) path() string {
	var b strings.Builder
	b.WriteString(p.tok.text)
	if p.tok.kind != tokWord {
		p.fail("%q where a property should be", p.tok.text)
	}
	p.next()
	if !p.accept(":") {
		p.fail("a property has a colon after its type")
	}
	b.WriteByte(':')
	step := func() {
		if p.tok.kind != tokWord && p.tok.kind != tokString {
			p.fail("%q in a path", p.tok.text)
		}
		b.WriteString(p.tok.text)
		p.next()
	}
	for step(); p.err == nil; {
		switch {
		case p.accept("."):
			b.WriteByte('.')
			step()
		case p.accept("["):
			b.WriteString("[" + p.tok.text + "]")
			if _, err := strconv.Atoi(p.tok.text); err != nil && p.tok.text != "*" {
				p.fail("%q is no index", p.tok.text)
			}
			p.next()
			p.expect("]")
		default:
			return b.String()
		}
	}
	return ""
}

// constant returns a string, number, time, hex, base64 or truth value.
func (p *patternParser) constant() string {
	text := p.tok.text
	if p.tok.kind != tokString && p.tok.kind != tokOther && text != "true" && text != "false" {
		p.fail("%q is no constant", text)
	}
	p.next()
	return text
}

func (p *patternParser) positive(fraction bool) {
	n, err := strconv.ParseFloat(p.tok.text, 64)
	if p.tok.kind != tokOther || err != nil || n <= 0 || !fraction && n != float64(int64(n)) {
		p.fail("%q is no positive number", p.tok.text)
	}
	p.next()
}

func (p *patternParser) timestamp() {
	if p.tok.kind != tokOther || !strings.HasPrefix(p.tok.text, "t'") {
		p.fail("%q is no time", p.tok.text)
	}
	p.next()
}

func (p *patternParser) word(words ...string) bool {
	return p.err == nil && p.tok.kind == tokWord && slices.Contains(words, p.tok.text)
}

func (p *patternParser) keyword(w string) {
	if !p.word(w) {
		p.fail("%q where %s should be", p.tok.text, w)
	}
	p.next()
}

func (p *patternParser) accept(sign string) bool {
	if p.err != nil || p.tok.kind != tokSign || p.tok.text != sign {
		return false
	}
	p.next()
	return true
}

func (p *patternParser) expect(sign string) {
	if !p.accept(sign) {
		p.fail("%q where %s should be", p.tok.text, sign)
	}
}
