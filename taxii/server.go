package taxii

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Config is what a server is told.
type Config struct {
	Title       string
	Description string
	Contact     string
	URL         string // by which clients reach it, such as https://cert.example; "" leaves addresses relative
	Library     Library

	// Authorize says whether a request may read. nil: everybody may, which is
	// for a server that only its own machine reaches.
	Authorize func(*http.Request) bool

	PageSize int // the most objects of one answer; 0: 1000
}

// The paths of a server: discovery is where the specification puts it (4.1).
const (
	discoveryPath = "/taxii2/"
	rootName      = "api1"
	rootPath      = "/taxii2/" + rootName + "/"
)

// maxQuery is how many bytes a query may have. A filter is a few names.
const maxQuery = 16 << 10

// NewServer returns a handler that serves a library, read-only. It must be
// reachable at the root of its host, for discovery has a fixed path.
func NewServer(c Config) http.Handler {
	if c.PageSize <= 0 {
		c.PageSize = 1000
	}
	return &server{c}
}

type server struct{ Config }

// refusal is an answer that is not what was asked for.
type refusal struct {
	status int
	why    string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", MediaType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	body, refused := s.answer(w, r)
	status := http.StatusOK
	if refused != nil {
		status = refused.status
		body = Error{Title: http.StatusText(status), Description: refused.why, Status: strconv.Itoa(status)}
	}
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"title":"Internal Server Error","http_status":"500"}`)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // the client is gone: nobody to tell
	}
}

// answer checks a request in the order that gives least away: who, what, how.
func (s *server) answer(w http.ResponseWriter, r *http.Request) (any, *refusal) {
	if s.Authorize != nil && !s.Authorize(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="TAXII", charset="UTF-8"`)
		return nil, &refusal{http.StatusUnauthorized, "these collections are not for everybody"}
	}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if r.Method == http.MethodPost && len(path) == 5 && path[4] == "objects" {
			return nil, &refusal{http.StatusForbidden, "no collection here can be written to"} // 5.5
		}
		w.Header().Set("Allow", "GET, HEAD")
		return nil, &refusal{http.StatusMethodNotAllowed, "this server is only read from"}
	}
	if !acceptable(r.Header.Values("Accept")) {
		return nil, &refusal{http.StatusNotAcceptable, "this server speaks " + MediaType}
	}
	if len(r.URL.RawQuery) > maxQuery {
		return nil, &refusal{http.StatusBadRequest, "the query is too long"}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "the query cannot be read"}
	}
	switch {
	case path[0] != "taxii2":
	case len(path) == 1:
		root := strings.TrimSuffix(s.URL, "/") + rootPath
		return Discovery{Title: s.Title, Description: s.Description, Contact: s.Contact, Default: root, Roots: []string{root}}, nil
	case path[1] != rootName:
	case len(path) == 2:
		// Nothing is taken: one byte is the least that the resource may state.
		return Root{Title: s.Title, Description: s.Description, Versions: []string{MediaType}, MaxContent: 1}, nil
	case path[2] == "collections" && len(path) <= 7:
		return s.collections(w, r, path[3:], query)
	}
	return nil, &refusal{http.StatusNotFound, "there is nothing at this path"}
}

// acceptable reports whether a client takes what is served (1.6.8.1, RFC 9110
// 12.5.1). One that does not say takes anything.
func acceptable(headers []string) bool {
	if len(headers) == 0 {
		return true
	}
	for _, h := range headers {
		for item := range strings.SplitSeq(h, ",") {
			kind, params, err := mime.ParseMediaType(item)
			if err != nil || params["q"] == "0" {
				continue
			}
			version, stated := params["version"]
			switch kind {
			case "*/*", "application/*":
				return true
			case "application/taxii+json":
				if !stated || version == "2.1" {
					return true
				}
			}
		}
	}
	return false
}

// collections answers what is below collections/.
func (s *server) collections(w http.ResponseWriter, r *http.Request, path []string, query url.Values) (any, *refusal) {
	all, err := s.Library.Collections(r.Context())
	if err != nil {
		return nil, &refusal{http.StatusInternalServerError, "the collections cannot be read now"}
	}
	for i := range all {
		all[i] = readOnly(all[i])
	}
	if len(path) == 0 {
		return map[string][]Collection{"collections": all}, nil
	}
	i := slices.IndexFunc(all, func(c Collection) bool { return c.ID == path[0] || c.Alias != "" && c.Alias == path[0] })
	if i < 0 {
		return nil, &refusal{http.StatusNotFound, "there is no such collection"}
	}
	if len(path) == 1 {
		return all[i], nil
	}
	filter, refused := parseFilter(query)
	if refused != nil {
		return nil, refused
	}
	objects, err := s.Library.Objects(r.Context(), all[i].ID)
	if err != nil {
		return nil, &refusal{http.StatusInternalServerError, "the objects cannot be read now"}
	}
	last := path[len(path)-1]
	switch {
	case len(path) == 2 && (last == "objects" || last == "manifest"):
	case len(path) == 3 && path[1] == "objects", len(path) == 4 && path[1] == "objects" && last == "versions":
		filter.IDs = []string{path[2]}
		if !slices.ContainsFunc(objects, func(o Object) bool { return o.ID == path[2] }) {
			return nil, &refusal{http.StatusNotFound, "there is no such object in the collection"}
		}
		if len(path) == 4 {
			filter.Versions = []string{"all"}
		}
	default:
		return nil, &refusal{http.StatusNotFound, "there is nothing at this path"}
	}
	page, refused := s.page(filter.apply(objects), filter, query.Get("next"))
	if refused != nil {
		return nil, refused
	}
	if n := len(page.objects); n > 0 {
		w.Header().Set("X-TAXII-Date-Added-First", format(page.objects[0].Added))
		w.Header().Set("X-TAXII-Date-Added-Last", format(page.objects[n-1].Added))
	}
	switch {
	case last == "manifest":
		return page.manifest(), nil
	case len(path) == 4:
		return page.versions(), nil
	}
	return page.envelope(), nil
}

// readOnly is a collection of ours: copied, so that the library keeps its own.
func readOnly(c Collection) Collection {
	c.CanRead, c.CanWrite, c.MediaTypes = true, false, []string{stixType}
	return c
}

func parseFilter(query url.Values) (f Filter, refused *refusal) {
	bad := func(format string, args ...any) (Filter, *refusal) {
		return Filter{}, &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
	}
	for name, values := range query {
		value := values[0]
		if len(values) > 1 {
			return bad("%s is there twice; several values are joined by commas", name)
		}
		switch name {
		case "added_after":
			at, err := parseTime(value)
			if err != nil {
				return bad("added_after is no time")
			}
			f.AddedAfter = at
		case "limit":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return bad("limit is no positive number")
			}
			f.Limit = n
		case "match[id]":
			f.IDs = strings.Split(value, ",")
		case "match[type]":
			f.Types = strings.Split(value, ",")
		case "match[spec_version]":
			f.Specs = strings.Split(value, ",")
		case "match[version]":
			f.Versions = strings.Split(value, ",")
			for _, v := range f.Versions {
				if _, err := parseTime(v); err != nil && v != "first" && v != "last" && v != "all" {
					return bad("match[version] is no version")
				}
			}
		default:
			if strings.HasPrefix(name, "match[") {
				return bad("this match is not known here")
			}
		}
	}
	return f, nil
}
