package exchange

import (
	"slices"
	"strings"
)

// TLP says how far a document may go (FIRST, Traffic Light Protocol 2.0).
type TLP string

// The markings, least strict first.
const (
	Clear       TLP = "clear"
	Green       TLP = "green"
	Amber       TLP = "amber"
	AmberStrict TLP = "amber+strict"
	Red         TLP = "red"
)

var tlpOrder = []TLP{"", Clear, Green, Amber, AmberStrict, Red}

// ParseTLP reads a marking in the usual spellings: amber, TLP:AMBER+STRICT,
// amber-strict. TLP 1.0's WHITE is CLEAR.
func ParseTLP(s string) (TLP, bool) {
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "tlp:")
	s = strings.NewReplacer("-", "+", " ", "+", "_", "+").Replace(s)
	if s == "white" {
		s = string(Clear)
	}
	t := TLP(s)
	return t, t != "" && slices.Contains(tlpOrder, t)
}

// Stricter reports whether t allows less than u.
func (t TLP) Stricter(u TLP) bool {
	return slices.Index(tlpOrder, t) > slices.Index(tlpOrder, u)
}

// String returns the marking as it is written at the head of a page.
func (t TLP) String() string {
	if t == "" {
		return "no TLP"
	}
	return "TLP:" + strings.ToUpper(string(t))
}

// The markings as objects of STIX: TLP 2.0 as OASIS defines it for STIX 2.1
// (oasis-open/cti-stix-common-objects, extension-definition-specifications/
// tlp-2.0), and those of TLP 1.0 that the standard itself has (2.1, 7.2.1.4),
// which others still write.
const tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

var tlpMarkings = map[TLP]string{
	Clear:       "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	Green:       "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	Amber:       "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	AmberStrict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	Red:         "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

var tlpOfMarking = map[string]TLP{
	tlpMarkings[Clear]: Clear, tlpMarkings[Green]: Green, tlpMarkings[Amber]: Amber, tlpMarkings[AmberStrict]: AmberStrict, tlpMarkings[Red]: Red,
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Clear,
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Green,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Amber,
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Red,
}
