package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/internal/golden"
)

// goldenEvents decodes the file at inputPath and compares what comes out, one
// line for each record, with inputPath + ".golden.jsonl". The diff of that file
// is what a reviewer reads.
func goldenEvents(t *testing.T, format Format, inputPath string, opt Options) {
	t.Helper()
	input, err := os.ReadFile(inputPath)
	if err != nil {
		t.Fatal(err)
	}
	golden.File(t, inputPath+".golden.jsonl", goldenLines(t, format, input, opt))
}

func goldenLines(t *testing.T, format Format, input []byte, opt Options) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for ev, err := range format.Decode(bytes.NewReader(input), opt) {
		var line any
		if err != nil {
			line = newGoldenError(err)
		} else {
			line = newGoldenEvent(ev)
		}
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// goldenError is an error as golden files show it.
type goldenError struct {
	Line  int64  `json:"line,omitempty"`
	Error string `json:"error"`
}

func newGoldenError(err error) goldenError {
	var bad *RecordError
	if errors.As(err, &bad) {
		return goldenError{bad.Line, bad.Err.Error()}
	}
	return goldenError{0, "ends the file: " + err.Error()}
}

// goldenEvent is an [Event] as golden files show it: words for numbers, and
// only what is set.
type goldenEvent struct {
	Line      int64  `json:"line,omitempty"`
	Time      string `json:"time,omitempty"`
	Class     string `json:"class"`
	Action    string `json:"action,omitempty"`
	Code      string `json:"code,omitempty"`
	Account   string `json:"account,omitempty"`
	Known     string `json:"known,omitempty"`
	Tenant    string `json:"tenant,omitempty"`
	Host      string `json:"host,omitempty"`
	Addr      string `json:"addr,omitempty"`
	ASN       uint32 `json:"asn,omitempty"`
	Country   string `json:"country,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Client    string `json:"client,omitempty"`
	App       string `json:"app,omitempty"`
	Protocol  string `json:"protocol,omitempty"`
	ID        string `json:"id,omitempty"`
	Key       string `json:"key,omitempty"`
	Try       string `json:"try,omitempty"`
	Strength  string `json:"strength,omitempty"`
	Repeat    int    `json:"repeat,omitempty"`
}

func newGoldenEvent(ev *Event) goldenEvent {
	g := goldenEvent{
		Line: ev.Line, Class: ev.Class.String(), Action: ev.Action, Code: ev.Code,
		Account: ev.Account, Known: [...]string{"", "yes", "no"}[ev.Known], Tenant: ev.Tenant, Host: ev.Host,
		ASN: ev.ASN, Country: ev.Country, UserAgent: ev.UserAgent, Client: ev.Client, App: ev.App,
		Protocol: ev.Protocol.String(), ID: ev.ID, Key: goldenHash(ev.Key), Try: goldenHash(ev.Try),
		Strength: [...]string{"", "part", "hint"}[ev.Strength], Repeat: ev.Repeat,
	}
	if !ev.Time.IsZero() {
		g.Time = ev.Time.Format(time.RFC3339Nano)
	}
	if ev.Addr.IsValid() {
		g.Addr = ev.Addr.String()
	}
	return g
}

func goldenHash(h uint64) string {
	if h == 0 {
		return ""
	}
	return fmt.Sprintf("%016x", h)
}
