package auth

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Resolver answers questions to the DNS. An error that is [ErrNoRecord] says
// that there is no such name or record; any other one that nothing is known.
type Resolver interface {
	TXT(name string) ([]string, error)       // each with its strings joined
	MX(name string) ([]string, error)        // hosts, the preferred one first
	Addrs(name string) ([]netip.Addr, error) // of A and AAAA
	PTR(addr netip.Addr) ([]string, error)   // names
}

// ErrNoRecord says that the DNS has no such name, or no such record of it.
var ErrNoRecord = errors.New("no such record")

// ErrNotRecorded says that a question was never asked when the answers were
// recorded.
var ErrNotRecorded = errors.New("not among the recorded answers")

// Recorded is a resolver whose answers are kept in a text file: a run that
// uses it gives the same result for ever and asks nobody. One answer a line,
// as in a zone file; "-" says that the DNS has no such record:
//
//	example.org. TXT "v=spf1 mx -all"
//	example.org. MX 10 mx.example.org.
//	mx.example.org. A 192.0.2.1
//	mx.example.org. AAAA -
//	1.2.0.192.in-addr.arpa. PTR mx.example.org.
//
// Whatever is not in it is unknown, and never "there is none".
type Recorded struct{ answers map[question][]string }

// question is a name without its last point, lower case, and a type.
type question struct{ name, kind string }

// The bounds of a file of answers.
const (
	maxAnswers = 1 << 20
	maxAnswer  = 64 << 10 // bytes of one line
)

// ParseRecorded reads recorded answers. Empty lines and those that begin with
// ";" say nothing. A line that cannot be read is an error, with its number:
// such a file is written by this program, or by a person who wants to know.
func ParseRecorded(r io.Reader) (*Recorded, error) {
	rec := &Recorded{answers: map[question][]string{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxAnswer)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == ';' {
			continue
		}
		if len(rec.answers) >= maxAnswers {
			return nil, fmt.Errorf("recorded answers: more than %d names", maxAnswers)
		}
		if err := rec.parse(text); err != nil {
			return nil, fmt.Errorf("recorded answers: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("recorded answers: %w", err)
	}
	return rec, nil
}

func (rec *Recorded) parse(text string) error {
	name, rest, _ := strings.Cut(text, " ")
	kind, value, ok := strings.Cut(strings.TrimSpace(rest), " ")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return errors.New("want NAME TYPE ANSWER")
	}
	q := question{fold(name), strings.ToUpper(kind)}
	switch q.kind {
	case "TXT":
		if value != "-" {
			unquoted, err := strconv.Unquote(value)
			if err != nil {
				return fmt.Errorf("text is not in quotes: %.40q", value)
			}
			return rec.add(q, unquoted, false)
		}
	case "A", "AAAA":
		if _, err := netip.ParseAddr(value); value != "-" && err != nil {
			return err
		}
	case "MX":
		preference, host, ok := strings.Cut(value, " ")
		if _, err := strconv.ParseUint(preference, 10, 16); value != "-" && (!ok || err != nil || host == "") {
			return errors.New("want MX PREFERENCE HOST")
		}
	case "PTR":
	default:
		return fmt.Errorf("unknown type %.20q", kind)
	}
	return rec.add(q, value, value == "-")
}

func (rec *Recorded) add(q question, value string, none bool) error {
	had, known := rec.answers[q]
	if known && (none || len(had) == 0) {
		return fmt.Errorf("%s %s: both some and none", q.name, q.kind)
	}
	if none {
		rec.answers[q] = nil
		return nil
	}
	rec.answers[q] = append(had, value)
	return nil
}

func (rec *Recorded) find(name, kind string) ([]string, error) {
	values, ok := rec.answers[question{fold(name), kind}]
	switch {
	case !ok:
		return nil, fmt.Errorf("%.100s %s: %w", name, kind, ErrNotRecorded)
	case len(values) == 0:
		return nil, ErrNoRecord
	}
	return values, nil
}

// TXT implements [Resolver].
func (rec *Recorded) TXT(name string) ([]string, error) { return rec.find(name, "TXT") }

// MX implements [Resolver].
func (rec *Recorded) MX(name string) ([]string, error) {
	values, err := rec.find(name, "MX")
	if err != nil {
		return nil, err
	}
	values = slices.Clone(values)
	slices.SortStableFunc(values, func(a, b string) int { return preference(a) - preference(b) })
	for i, v := range values {
		_, host, _ := strings.Cut(v, " ")
		values[i] = fold(strings.TrimSpace(host))
	}
	return values, nil
}

func preference(mx string) int {
	text, _, _ := strings.Cut(mx, " ")
	n, _ := strconv.Atoi(text) // parse has seen that it is a number
	return n
}

// Addrs implements [Resolver]. It needs both kinds to have been asked for.
func (rec *Recorded) Addrs(name string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	for _, kind := range []string{"A", "AAAA"} {
		values, err := rec.find(name, kind)
		if err != nil && !errors.Is(err, ErrNoRecord) {
			return nil, err
		}
		for _, v := range values {
			if a, err := netip.ParseAddr(v); err == nil {
				addrs = append(addrs, a)
			}
		}
	}
	if len(addrs) == 0 {
		return nil, ErrNoRecord
	}
	return addrs, nil
}

// PTR implements [Resolver].
func (rec *Recorded) PTR(addr netip.Addr) ([]string, error) {
	return rec.find(ReverseName(addr), "PTR")
}

// Record adds what a resolver answered; no values say that there is none. MX
// values carry their preference: "10 mx.example.org".
func (rec *Recorded) Record(name, kind string, values []string) {
	if rec.answers == nil {
		rec.answers = map[question][]string{}
	}
	kind = strings.ToUpper(kind)
	for _, text := range append([]string{name}, values...) {
		// Names come out of mails: one with a line end in it would write
		// answers of its own into the file.
		if (kind != "TXT" || text == name) && strings.ContainsFunc(text, unprintable) {
			return
		}
	}
	if strings.ContainsAny(name, " ;") || name == "" {
		return
	}
	rec.answers[question{fold(name), kind}] = slices.Clone(values)
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// WriteTo writes all answers, sorted by name and type.
func (rec *Recorded) WriteTo(w io.Writer) (int64, error) {
	var written int64
	questions := slices.SortedFunc(maps.Keys(rec.answers), func(a, b question) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.kind, b.kind)
	})
	for _, q := range questions {
		values := rec.answers[q]
		if len(values) == 0 {
			values = []string{"-"}
		}
		for _, v := range values {
			if q.kind == "TXT" && len(rec.answers[q]) > 0 {
				v = strconv.Quote(v)
			}
			n, err := fmt.Fprintf(w, "%s. %s %s\n", q.name, q.kind, v)
			written += int64(n)
			if err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// ReverseName is the name under which the names of an address are asked for:
// RFC 1035 §3.5, RFC 3596 §2.5.
func ReverseName(addr netip.Addr) string {
	addr = addr.Unmap()
	var b strings.Builder
	if addr.Is4() {
		for _, part := range slices.Backward(addr.AsSlice()) {
			fmt.Fprintf(&b, "%d.", part)
		}
		return b.String() + "in-addr.arpa"
	}
	for _, part := range slices.Backward(addr.AsSlice()) {
		fmt.Fprintf(&b, "%x.%x.", part&15, part>>4)
	}
	return b.String() + "ip6.arpa"
}

// fold returns a name without its last point, lower case.
func fold(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
