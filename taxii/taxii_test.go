package taxii

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const collection = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"

var day = time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)

// version is one version of an object, added on the nth day.
func version(kind string, n, version, added int) Object {
	id := fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n)
	modified := day.AddDate(0, 0, version)
	raw := fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":%q,"created":"2026-11-01T00:00:00Z","modified":%q}`, kind, id, modified.Format(time.RFC3339))
	o, err := NewObject(json.RawMessage(raw), day.AddDate(0, 0, added))
	if err != nil {
		panic(err)
	}
	return o
}

func library(objects ...Object) Static {
	return Static{List: []Collection{{ID: collection, Title: "Campaigns", Alias: "campaigns"}}, Held: map[string][]Object{collection: objects}}
}

// sample has two versions of one indicator, a campaign, and one that was
// added at the same time.
func sample() Static {
	return library(version("indicator", 1, 1, 1), version("indicator", 1, 2, 3), version("campaign", 2, 1, 2), version("campaign", 3, 1, 2))
}

func ask(t testing.TB, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept", MediaType)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); got != MediaType {
		t.Errorf("%s is served as %q", path, got)
	}
	return w
}

func TestAnswers(t *testing.T) {
	h := NewServer(Config{Title: "Example Health CERT", Library: sample()})
	objects, _ := strings.CutSuffix(rootPath+"collections/"+collection+"/objects/", "")
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"/taxii2/", 200, `{"title":"Example Health CERT","default":"/taxii2/api1/","api_roots":["/taxii2/api1/"]}`},
		{"/taxii2/api1/", 200, `{"title":"Example Health CERT","versions":["application/taxii+json;version=2.1"],"max_content_length":1}`},
		{"/taxii2/api1/collections/", 200, `{"collections":[{"id":"` + collection + `","title":"Campaigns","alias":"campaigns","can_read":true,"can_write":false,"media_types":["application/stix+json;version=2.1"]}]}`},
		{"/taxii2/api1/collections/campaigns/", 200, `{"id":"` + collection + `","title":"Campaigns","alias":"campaigns","can_read":true,"can_write":false,"media_types":["application/stix+json;version=2.1"]}`},
		{objects + "?match[type]=nothing", 200, `{}`},
		{objects + "?match[type]=indicator", 200, `{"objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001","created":"2026-11-01T00:00:00Z","modified":"2026-11-12T00:00:00Z"}]}`},
		{objects + "indicator--00000000-0000-4000-8000-000000000001/versions/", 200, `{"versions":["2026-11-11T00:00:00.000000Z","2026-11-12T00:00:00.000000Z"]}`},
		{"/taxii2/api1/collections/campaigns/manifest/?match[type]=indicator&match[version]=first", 200,
			`{"objects":[{"id":"indicator--00000000-0000-4000-8000-000000000001","date_added":"2026-11-11T00:00:00.000000Z","version":"2026-11-11T00:00:00.000000Z","media_type":"application/stix+json;version=2.1"}]}`},
		{"/", 404, "nothing at this path"},
		{"/taxii2/other/", 404, "nothing at this path"},
		{"/taxii2/api1/status/1/", 404, "nothing at this path"},
		{"/taxii2/api1/collections/" + collection + "/other/", 404, "nothing at this path"},
		{"/taxii2/api1/collections/00000000-0000-4000-8000-000000000000/objects/", 404, "no such collection"},
		{objects + "indicator--00000000-0000-4000-8000-000000000009/", 404, "no such object"},
		{objects + "?limit=0", 400, "limit"},
		{objects + "?limit=x", 400, "limit"},
		{objects + "?added_after=yesterday", 400, "added_after"},
		{objects + "?match[version]=newest", 400, "match[version]"},
		{objects + "?match[name]=x", 400, "not known"},
		{objects + "?match[id]=a&match[id]=b", 400, "twice"},
		{objects + "?next=x", 400, "next"},
		{objects + "?next=" + strings.Repeat("x", maxQuery), 400, "too long"},
	} {
		w := ask(t, h, "GET", tt.path)
		if w.Code != tt.status || tt.status == 200 && w.Body.String() != tt.want || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.path, w.Code, w.Body, tt.status, tt.want)
		}
		if head := ask(t, h, "HEAD", tt.path); head.Code != tt.status || head.Body.Len() > 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") {
			t.Errorf("HEAD %s: %d, %d bytes", tt.path, head.Code, head.Body.Len())
		}
	}
	w := ask(t, h, "GET", objects)
	if first, last := w.Header().Get("X-TAXII-Date-Added-First"), w.Header().Get("X-TAXII-Date-Added-Last"); first != "2026-11-12T00:00:00.000000Z" || last != "2026-11-13T00:00:00.000000Z" {
		t.Errorf("added %q to %q", first, last)
	}
}

func TestMediaTypes(t *testing.T) {
	h := NewServer(Config{Library: sample()})
	for accept, want := range map[string]int{
		MediaType: 200, "application/taxii+json": 200, "application/taxii+json; version=2.1": 200, "text/html, */*;q=0.1": 200, "application/*": 200,
		"application/taxii+json;version=2.0": 406, "application/json": 406, "text/html": 406, "*/*;q=0": 406, ";": 406,
	} {
		if w := ask(t, h, "GET", "/taxii2/", "Accept", accept); w.Code != want {
			t.Errorf("%q: %d, want %d", accept, w.Code, want)
		}
	}
	r := httptest.NewRequest("GET", "/taxii2/", nil) // a client that does not say
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("no Accept: %d", w.Code)
	}
}

// Nothing can be written, whoever asks.
func TestNothingIsTaken(t *testing.T) {
	h := NewServer(Config{Library: sample()})
	objects := rootPath + "collections/" + collection + "/objects/"
	if w := ask(t, h, "POST", objects); w.Code != 403 {
		t.Errorf("POST: %d", w.Code)
	}
	for _, method := range []string{"DELETE", "PUT", "PATCH", "POST"} {
		if w := ask(t, h, method, objects+"indicator--00000000-0000-4000-8000-000000000001/"); w.Code != 405 || w.Header().Get("Allow") == "" {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

func TestAuthorize(t *testing.T) {
	keys, err := ReadKeys(strings.NewReader("# who may read\nreader:correct horse battery\n\n0123456789abcdef0123\n"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(NewServer(Config{Title: "CERT", Library: sample(), Authorize: keys.Authorize}))
	defer server.Close()
	for name, tt := range map[string]struct {
		client Client
		ok     bool
	}{
		"nobody": {Client{}, false}, "basic": {Client{User: "reader", Password: "correct horse battery"}, true}, "wrong": {Client{User: "reader", Password: "correct horse"}, false},
		"token": {Client{Token: "0123456789abcdef0123"}, true}, "password as token": {Client{Token: "reader:correct horse battery"}, false}, "token as name": {Client{User: "0123456789abcdef0123"}, false},
	} {
		if d, err := tt.client.Discover(t.Context(), server.URL); (err == nil) != tt.ok || tt.ok && d.Title != "CERT" {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	for _, bad := range []string{"", "# nothing\n", "short\n"} {
		if _, err := ReadKeys(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken for keys", bad)
		}
	}
}

// However small the pages, and whatever was added at the same time, a client
// gets everything that the filter chooses, once and in order.
func TestPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var objects []Object
		seen := map[string]bool{}
		for range rapid.IntRange(0, 30).Draw(t, "objects") {
			n, v, added := rapid.IntRange(1, 8).Draw(t, "n"), rapid.IntRange(0, 3).Draw(t, "version"), rapid.IntRange(0, 4).Draw(t, "added")
			if key := fmt.Sprint(n, v); !seen[key] {
				seen[key] = true
				objects = append(objects, version(rapid.SampledFrom([]string{"indicator", "campaign"}).Draw(t, "type"), n, v, added))
			}
		}
		f := Filter{Limit: rapid.IntRange(0, 4).Draw(t, "limit")}
		f.Types = rapid.SampledFrom([][]string{nil, {"indicator"}, {"campaign", "indicator"}}).Draw(t, "types")
		f.Versions = rapid.SampledFrom([][]string{nil, {"all"}, {"first", "last"}, {"2026-11-12T00:00:00Z"}}).Draw(t, "versions")
		f.AddedAfter = rapid.SampledFrom([]time.Time{{}, day.AddDate(0, 0, 1)}).Draw(t, "after")
		server := httptest.NewServer(NewServer(Config{Library: library(objects...), PageSize: 3}))
		defer server.Close()
		var got, want []string
		for o, err := range (&Client{}).Objects(t.Context(), server.URL+rootPath, collection, f) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(o))
		}
		for _, o := range f.apply(objects) {
			want = append(want, string(o.Raw))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The reference server's data: our manifest of it is the manifest that stands
// in it.
func TestReferenceData(t *testing.T) {
	data, err := os.ReadFile("../../shared/data/actors/stix-conformance/taxii/default_data.json")
	if err != nil {
		t.Skip("the data of oasis-open/cti-taxii-server is not here")
	}
	var file struct {
		Group struct {
			Collections []struct {
				ID       string            `json:"id"`
				Objects  []json.RawMessage `json:"objects"`
				Manifest []manifestRecord  `json:"manifest"`
			} `json:"collections"`
		} `json:"trustgroup1"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	tested := 0
	for _, c := range file.Group.Collections {
		if len(c.Manifest) == 0 || len(c.Manifest) != len(c.Objects) {
			continue
		}
		var objects []Object
		key := func(id string, at time.Time) string { return id + " " + format(at) }
		added := map[string]time.Time{}
		for _, m := range c.Manifest {
			version, err1 := parseTime(m.Version)
			at, err2 := parseTime(m.Added)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			added[key(m.ID, version)] = at
		}
		for _, raw := range c.Objects {
			o, err := NewObject(raw, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if o.Added = added[key(o.ID, o.Version)]; o.Added.IsZero() {
				t.Errorf("%s of %s is not in the manifest", o.ID, o.Version)
			}
			objects = append(objects, o)
		}
		var got manifest
		w := ask(t, NewServer(Config{Library: Static{List: []Collection{{ID: c.ID}}, Held: map[string][]Object{c.ID: objects}}}), "GET", rootPath+"collections/"+c.ID+"/manifest/?match[version]=all&match[spec_version]=2.0,2.1")
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Objects) != len(c.Manifest) {
			t.Errorf("%s: %d records, %d in the reference", c.ID, len(got.Objects), len(c.Manifest))
		}
		for _, m := range got.Objects {
			if !slices.ContainsFunc(c.Manifest, func(r manifestRecord) bool {
				at, _ := parseTime(r.Added)
				version, _ := parseTime(r.Version)
				return r.ID == m.ID && format(at) == m.Added && format(version) == m.Version && r.MediaType == m.MediaType
			}) {
				t.Errorf("%s: %+v is not in the reference", c.ID, m)
			}
		}
		tested++
	}
	if tested == 0 {
		t.Error("no collection of the reference data has a manifest")
	}
}

// A server that means harm gets no further than the bounds, and no other host
// hears of the client.
func TestHostileServers(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("another host was asked for %s", r.URL) }))
	defer elsewhere.Close()
	n := 0
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		want  string
	}{
		"endless pages": {func(w http.ResponseWriter, _ *http.Request) {
			n++
			fmt.Fprintf(w, `{"more":true,"next":"%d","objects":[{}]}`, n)
		}, "more than 50 pages"},
		"endless objects": {func(w http.ResponseWriter, _ *http.Request) {
			n++
			fmt.Fprintf(w, `{"more":true,"next":"%d","objects":[{}%s]}`, n, strings.Repeat(",{}", 30))
		}, "more than 100 objects"},
		"many at once": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"objects":[{}%s]}`, strings.Repeat(",{}", 300))
		}, "more than 100 objects"},
		"a ring":        {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"more":true,"next":"a","objects":[{}]}`) }, "in a ring"},
		"nothing, more": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"more":true,"next":"a"}`) }, "an empty page"},
		"more, nowhere": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"more":true,"objects":[{}]}`) }, "not where"},
		"a huge body":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, io.LimitReader(zeros{}, 64<<20)) }, "an answer of more than"},
		"no JSON":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<html>`) }, "invalid character"},
		"an array":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[]`) }, "an envelope is an object"},
		"a web page":    {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }, `"text/html" and not`},
		"version 2.0": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/taxii+json;version=2.0")
		}, "and not application/taxii+json"},
		"refuses": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			fmt.Fprint(w, `{"title":"no\u001b[31m"}`)
		}, `"no\x1b[31m"`},
		"sends away":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }, "sends the client to"},
		"redirects ring": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "more than five redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", MediaType)
				tt.serve(w, r)
			}))
			defer server.Close()
			c := Client{Token: "0123456789abcdef", MaxBody: 1 << 20, MaxPages: 50, MaxObjects: 100}
			var last error
			for _, err := range c.Objects(t.Context(), server.URL+rootPath, collection, Filter{}) {
				last = err
			}
			if last == nil || !strings.Contains(last.Error(), tt.want) {
				t.Errorf("%v, want %q", last, tt.want)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestDiscoverKeepsToTheHost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", MediaType)
		if r.URL.Path != discoveryPath {
			t.Errorf("discovery at %s", r.URL.Path)
		}
		fmt.Fprint(w, `{"title":"x","api_roots":["/api1/","https://elsewhere.example/api/"]}`)
	}))
	defer server.Close()
	d, err := (&Client{}).Discover(t.Context(), server.URL)
	want := Discovery{Title: "x", Roots: []string{server.URL + "/api1/"}, Elsewhere: []string{"https://elsewhere.example/api/"}}
	if diff := cmp.Diff(want, d); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A key is not sent where others can read it, and not to an address that hides
// one.
func TestClientRefusesAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"http://taxii.example/": "without TLS", "ftp://taxii.example/": "no address such as", "taxii.example": "no address such as", "https://user:secret@taxii.example/": "holds a name or password", "https://": "no address such as",
	} {
		_, err := (&Client{Token: "0123456789abcdef"}).Discover(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

type failing struct{ Static }

func (failing) Collections(context.Context) ([]Collection, error) {
	return nil, errors.New("/var/lib/secret.db is locked")
}

// What is wrong inside stays inside.
func TestFailingLibrary(t *testing.T) {
	w := ask(t, NewServer(Config{Library: failing{}}), "GET", rootPath+"collections/")
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func FuzzServer(f *testing.F) {
	f.Add("/taxii2/api1/collections/campaigns/objects/", "limit=1&next=abc&added_after=2026-11-10T00:00:00Z&match[version]=all", MediaType)
	f.Add("//", "%zz", "*/*;q")
	h := NewServer(Config{Title: "x", Library: sample(), PageSize: 2})
	f.Fuzz(func(t *testing.T, path, query, accept string) {
		r := &http.Request{Method: "GET", URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{"Accept": {accept}}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	f.Add(`{"more":true,"next":"a","objects":[{},1,"x",null]}`)
	f.Add(`{"objects":null,"more":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		got := received{max: 5}
		if err := json.Unmarshal([]byte(text), &got); err == nil && len(got.Objects) > 5 {
			t.Errorf("%d objects", len(got.Objects))
		}
	})
}
