package exchange

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An event is the same with and without its wrapper, alone and in a list,
// whatever the order of its members.
func TestEventWithoutWrapper(t *testing.T) {
	const event = `{"Attribute":[{"type":"ip-src","value":"192.0.2.7"}],"uuid":"57c06bb1-625c-4d34-9b9f-4066950d210f","info":"Spray","date":"2026-08-26",
		"Orgc":{"name":"Another CERT"},"Tag":[{"name":"misp-galaxy:threat-actor=\"Example Bear\""}]}`
	want, err := Read(strings.NewReader(`{"Event":` + event + `}`))
	if err != nil || len(want.Campaigns) != 1 || len(want.Assertions) != 1 || len(want.Indicators) != 1 {
		t.Fatalf("%+v, %v", want, err)
	}
	for _, text := range []string{event, "[" + event + "]", `{"response":[` + event + `]}`} {
		got, err := Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-wrapped +bare)\n%s", diff)
		}
	}
	for _, text := range []string{event[:len(event)-1], event[:60]} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "ends in the middle") {
			t.Errorf("half an event: %v", err)
		}
	}
}
