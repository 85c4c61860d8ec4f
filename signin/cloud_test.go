package signin

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sampleFormats are the formats whose samples are all files of
// testdata/NAME but for the goldens.
var sampleFormats = []string{"entra-audit", "okta", "google-workspace", "aws-cloudtrail", "defender-logons", "duo", "auth0", "keycloak",
	"onelogin", "pingfederate", "pingone", "jumpcloud", "ocsf", "ecs", "fortigate-json", "palo-alto-json", "shipped-json", "shipped-csv"}

// samplesOf returns the names of a format's sample files.
func samplesOf(t testing.TB, name string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".golden.jsonl") {
			files = append(files, e.Name())
		}
	}
	if len(files) == 0 {
		t.Fatalf("no samples of %s", name)
	}
	return files
}

func TestSamplesGolden(t *testing.T) {
	for _, name := range sampleFormats {
		format, ok := Lookup(name)
		if !ok {
			t.Fatalf("no format %s", name)
		}
		for _, file := range samplesOf(t, name) {
			t.Run(name+"/"+file, func(t *testing.T) {
				goldenEvents(t, format, filepath.Join("testdata", name, file), Options{})
			})
		}
	}
}

// Every sample is taken for what it is, by a margin, however it is wrapped.
func TestSamplesAreDetected(t *testing.T) {
	for _, f := range Formats() {
		if _, err := os.Stat(filepath.Join("testdata", f.Name)); err != nil {
			t.Logf("%s has no sample files; its own tests make them", f.Name)
			continue
		}
		for _, file := range samplesOf(t, f.Name) {
			text := readSample(t, f.Name, file)
			head := bytes.TrimPrefix(text[:min(len(text), 64<<10)], []byte("\xef\xbb\xbf"))
			if bytes.IndexByte(head, 0) >= 0 {
				continue // UTF-16, which the input layer turns into UTF-8
			}
			shapes := map[string][]byte{"as it is": head, "with a mark": append([]byte("\xef\xbb\xbf"), head...)}
			if looksLikeJSON(head) && file != "damaged.jsonl" {
				shapes["space before"] = append([]byte("\r\n\t "), head...)
			}
			for shape, head := range shapes {
				own := f.Sniff(head)
				if own == 0 {
					t.Errorf("%s/%s %s is not known", f.Name, file, shape)
				}
				for _, other := range Formats() {
					if sure := other.Sniff(head); other.Name != f.Name && sure >= own {
						t.Errorf("%s/%s %s: %s says %d, its own format %d", f.Name, file, shape, other.Name, sure, own)
					}
				}
			}
		}
	}
}

func fuzzSamples(f *testing.F, name string) {
	format, ok := Lookup(name)
	if !ok {
		f.Fatalf("no format %s", name)
	}
	for _, file := range samplesOf(f, name) {
		f.Add(readSample(f, name, file))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decodeAll(t, format, text)
		if sure := format.Sniff(text); sure < 0 || sure > 100 {
			t.Errorf("%s is sure by %d", name, sure)
		}
	})
}

func FuzzEntraAudit(f *testing.F)      { fuzzSamples(f, "entra-audit") }
func FuzzOkta(f *testing.F)            { fuzzSamples(f, "okta") }
func FuzzGoogleWorkspace(f *testing.F) { fuzzSamples(f, "google-workspace") }
func FuzzAWSCloudTrail(f *testing.F)   { fuzzSamples(f, "aws-cloudtrail") }
func FuzzDefenderLogons(f *testing.F)  { fuzzSamples(f, "defender-logons") }
func FuzzDuo(f *testing.F)             { fuzzSamples(f, "duo") }
func FuzzAuth0(f *testing.F)           { fuzzSamples(f, "auth0") }
func FuzzKeycloak(f *testing.F)        { fuzzSamples(f, "keycloak") }
func FuzzOneLogin(f *testing.F)        { fuzzSamples(f, "onelogin") }
func FuzzPingFederate(f *testing.F)    { fuzzSamples(f, "pingfederate") }
func FuzzPingOne(f *testing.F)         { fuzzSamples(f, "pingone") }
func FuzzJumpCloud(f *testing.F)       { fuzzSamples(f, "jumpcloud") }
func FuzzOCSF(f *testing.F)            { fuzzSamples(f, "ocsf") }
func FuzzECS(f *testing.F)             { fuzzSamples(f, "ecs") }
func FuzzFortiGateJSON(f *testing.F)   { fuzzSamples(f, "fortigate-json") }
func FuzzShippedJSON(f *testing.F)     { fuzzSamples(f, "shipped-json") }
func FuzzShippedCSV(f *testing.F)      { fuzzSamples(f, "shipped-csv") }
func FuzzPaloAltoJSON(f *testing.F)    { fuzzSamples(f, "palo-alto-json") }

// A caller may stop at any event or error.
func TestSamplesCanBeStopped(t *testing.T) {
	for _, name := range sampleFormats {
		format, _ := Lookup(name)
		for _, file := range samplesOf(t, name) {
			text := readSample(t, name, file)
			for stop := 1; stop < 8; stop++ {
				n := 0
				for range format.Decode(bytes.NewReader(text), Options{}) {
					if n++; n == stop {
						break
					}
				}
			}
		}
	}
}

// A changed byte costs at most the records that it touches, a cut those from
// the cut on, and lines of two logs shuffled into each other cost none.
func TestSamplesDamaged(t *testing.T) {
	for _, name := range sampleFormats {
		format, _ := Lookup(name)
		for _, file := range samplesOf(t, name) {
			if strings.Contains(file, "damaged") {
				continue
			}
			text := readSample(t, name, file)
			whole, _ := decodeAll(t, format, text)
			whole = keyed(whole)
			lines := strings.HasSuffix(file, ".jsonl") || strings.HasSuffix(file, ".log") || strings.HasSuffix(file, ".csv")
			first := bytes.IndexByte(text, '\n') + 1 // behind the header of a CSV file
			if looksLikeJSON(text) {
				first = bytes.IndexByte(text, '[') + 1 // behind the name of the list
			}
			for i := first; i < len(text); i += 1 + len(text)/80 {
				for _, b := range []byte{'"', 0xff, text[i] ^ 1} {
					damaged := bytes.Clone(text)
					damaged[i] = b
					got, _ := decodeAll(t, format, damaged)
					// A quote or a brace may hide a neighbour; a line loses itself only.
					if lost := missing(whole, keyed(got)); lost > 3 || lines && lost > 2 {
						t.Errorf("%s/%s: byte %d as %q lost %d records", name, file, i, b, lost)
					}
				}
			}
			for i := first; i < len(text); i += 1 + len(text)/40 {
				cut, _ := decodeAll(t, format, text[:i])
				if len(keyed(cut)) > len(whole) {
					t.Errorf("%s/%s cut at %d has more events than the whole", name, file, i)
				}
			}
		}
	}
}

// keyed returns the events that are sign-ins or acts.
func keyed(events []Event) (out []Event) {
	for _, ev := range events {
		if ev.Class != ClassNone {
			out = append(out, ev)
		}
	}
	return out
}

// benchRecords repeats the records of a sample that is one on each line.
func benchRecords(b *testing.B, format, file string) {
	f, _ := Lookup(format)
	text := readSample(b, format, file)
	var lines bytes.Buffer
	for lines.Len() < 8<<20 {
		lines.Write(text)
	}
	b.SetBytes(int64(lines.Len()))
	b.ReportAllocs()
	for b.Loop() {
		for range f.Decode(bytes.NewReader(lines.Bytes()), Options{}) {
		}
	}
}

func BenchmarkOkta(b *testing.B)     { benchRecords(b, "okta", "collector.jsonl") }
func BenchmarkAuth0(b *testing.B)    { benchRecords(b, "auth0", "logs.json") }
func BenchmarkKeycloak(b *testing.B) { benchRecords(b, "keycloak", "server.log") }
func BenchmarkECS(b *testing.B)      { benchRecords(b, "ecs", "documents.jsonl") }

func BenchmarkAWSCloudTrail(b *testing.B) { benchRecords(b, "aws-cloudtrail", "trail.json") }
