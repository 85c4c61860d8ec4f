package place

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// The metadata of an mmdb file does not say which fields its records have, and
// each publisher has its own. These are the known ones, the best first.
var (
	countryFields = [][]any{
		{"country", "iso_code"}, // MaxMind GeoIP2 and GeoLite2, DB-IP
		{"country_code"},        // sapics/ip-location-db, IPinfo Lite (whose "country" is a name)
		{"country"},             // IPinfo
	}
	asnFields = [][]any{
		{"autonomous_system_number"},           // MaxMind, DB-IP, sapics/ip-location-db: a number
		{"traits", "autonomous_system_number"}, // MaxMind Enterprise and Insights
		{"asn"},                                // IPinfo: "AS64496"
		{"as_number"},
	}
)

// source is one mmdb file and the fields that it has.
type source struct {
	file         string
	db           *maxminddb.Reader
	country, asn [][]any
}

// sampleSize is how many records are looked at to see which fields a file has,
// maxVisits how many networks at most, with a record or not. Networks that are
// empty or aliases are counted, too, because a damaged tree can be walked
// through them for ever.
const (
	sampleSize = 1000
	maxVisits  = 1 << 20
)

func newSource(file string, data []byte) (source, error) {
	db, err := maxminddb.OpenBytes(data)
	if err != nil {
		return source{}, fmt.Errorf("place: %s: %w", file, describe(data, err))
	}
	s := source{file: file, db: db}
	records, visits := 0, 0
	for record := range db.Networks(maxminddb.IncludeNetworksWithoutData(), maxminddb.IncludeAliasedNetworks()) {
		if visits++; visits > maxVisits {
			break
		}
		if record.Err() == nil && !record.Found() {
			continue
		}
		var fields any
		if err := record.Decode(&fields); err != nil {
			return source{}, fmt.Errorf("place: %s: %w", file, describe(data, err))
		}
		s.country = append(s.country, present(fields, countryFields, s.country, func(v any) bool { return countryCode(v) != "" })...)
		s.asn = append(s.asn, present(fields, asnFields, s.asn, func(v any) bool { return asNumber(v) != 0 })...)
		if records++; records == sampleSize {
			break
		}
	}
	if len(s.country) == 0 && len(s.asn) == 0 {
		return source{}, fmt.Errorf("place: %s: no country and no autonomous system in its first %d records (it is of type %q)", file, records, db.Metadata.DatabaseType)
	}
	return s, nil
}

// present returns the fields that a record has in a usable form and that were
// not yet found.
func present(record any, fields, found [][]any, usable func(any) bool) (more [][]any) {
	for _, path := range fields {
		same := func(p []any) bool { return slices.Equal(p, path) }
		if !slices.ContainsFunc(found, same) && usable(follow(record, path)) {
			more = append(more, path)
		}
	}
	return more
}

func follow(record any, path []any) any {
	for _, key := range path {
		m, _ := record.(map[string]any)
		record = m[key.(string)]
	}
	return record
}

func (s source) lookup(addr netip.Addr) (placed, error) {
	if addr.Is6() && s.db.Metadata.IPVersion == 4 {
		return placed{}, nil
	}
	result := s.db.Lookup(addr)
	if err := result.Err(); err != nil {
		return placed{}, fmt.Errorf("place: %s: %s: damaged: %.200q", s.file, addr, err.Error())
	}
	if !result.Found() {
		return placed{}, nil
	}
	var p placed
	for _, path := range s.country {
		v, err := s.value(result, addr, path)
		if err != nil {
			return p, err
		}
		if p.country = countryCode(v); p.country != "" {
			break
		}
	}
	for _, path := range s.asn {
		v, err := s.value(result, addr, path)
		if err != nil {
			return p, err
		}
		if p.asn = asNumber(v); p.asn != 0 {
			break
		}
	}
	return p, nil
}

func (s source) value(result maxminddb.Result, addr netip.Addr, path []any) (any, error) {
	var v any
	if err := result.DecodePath(&v, path[0]); err != nil {
		return nil, fmt.Errorf("place: %s: %s: damaged: %.200q", s.file, addr, err.Error())
	}
	return follow(v, path[1:]), nil // here and not by DecodePath: one record's map may be another's text
}

// countryCode returns v if it is two letters that may be a country. ZZ and XX
// are how publishers write "unknown".
func countryCode(v any) string {
	code, _ := v.(string)
	if len(code) != 2 || code == "ZZ" || code == "XX" || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return code
}

// asNumber returns v as the number of an autonomous system: a number, or its
// text with or without "AS" (RFC 5396).
func asNumber(v any) uint32 {
	switch n := v.(type) {
	case uint64:
		if n <= math.MaxUint32 {
			return uint32(n)
		}
	case string:
		if n, err := strconv.ParseUint(strings.TrimPrefix(n, "AS"), 10, 32); err == nil {
			return uint32(n)
		}
	}
	return 0
}
