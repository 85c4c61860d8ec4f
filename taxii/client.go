package taxii

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client reads what a server serves. It connects to the host that its caller
// names and to no other: it follows a redirect only there. What it reads is
// bounded, whatever the server sends.
type Client struct {
	HTTP *http.Client // its transport and timeout; nil: a timeout of a minute for each page

	User, Password string // basic authentication
	Token          string // or a bearer token

	MaxBody    int64 // bytes of one answer; 0: 32 MiB
	MaxPages   int   // of one collection; 0: 10,000
	MaxObjects int   // of one collection; 0: 200,000
}

// ErrBound is returned where a server sends more than the client takes.
var ErrBound = errors.New("the server sends more than is taken")

// Discover asks a server for its API roots. A URL without a path is that of
// the host: discovery has its own.
func (c *Client) Discover(ctx context.Context, at string) (Discovery, error) {
	u, err := c.url(at)
	if err != nil {
		return Discovery{}, err
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = discoveryPath
	}
	var d Discovery
	if _, err := c.get(ctx, u, &d); err != nil {
		return Discovery{}, err
	}
	roots := d.Roots
	d.Roots = nil
	for _, root := range roots { // may be relative (4.1)
		ref, err := u.Parse(root)
		switch {
		case err != nil:
			return Discovery{}, fmt.Errorf("the API root %q: %w", root, err)
		case sameOrigin(ref, u):
			d.Roots = append(d.Roots, ref.String())
		default:
			d.Elsewhere = append(d.Elsewhere, ref.String())
		}
	}
	return d, nil
}

// Collections asks an API root for its collections.
func (c *Client) Collections(ctx context.Context, root string) ([]Collection, error) {
	u, err := c.url(root)
	if err != nil {
		return nil, err
	}
	var list struct {
		Collections []Collection `json:"collections"`
	}
	_, err = c.get(ctx, u.JoinPath("collections/"), &list)
	return list.Collections, err
}

// Objects reads a collection page by page. It ends after an error; what came
// before is good.
func (c *Client) Objects(ctx context.Context, root, collection string, f Filter) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		u, err := c.url(root)
		if err != nil {
			yield(nil, err)
			return
		}
		u = u.JoinPath("collections", url.PathEscape(collection), "objects/")
		query, seen, objects := f.query(), map[string]bool{}, 0
		for pages := 0; ; pages++ {
			if pages >= orDefault(c.MaxPages, 10_000) {
				yield(nil, fmt.Errorf("%w: more than %d pages", ErrBound, pages))
				return
			}
			u.RawQuery = query.Encode()
			e := received{max: orDefault(c.MaxObjects, 200_000)}
			header, err := c.get(ctx, u, &e)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, o := range e.Objects {
				if objects++; objects > orDefault(c.MaxObjects, 200_000) {
					yield(nil, fmt.Errorf("%w: more than %d objects", ErrBound, objects-1))
					return
				}
				if !yield(o, nil) {
					return
				}
			}
			if !e.More {
				return
			}
			if err := turn(query, e.envelope, header, seen); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// turn makes the query of the next page (3.5). A server that names none is
// asked for what was added after the last object.
func turn(query url.Values, e envelope, header http.Header, seen map[string]bool) error {
	last := header.Get("X-TAXII-Date-Added-Last")
	at := "next " + e.Next
	switch {
	case len(e.Objects) == 0:
		return fmt.Errorf("%w: an empty page that says there is more", ErrBound)
	case e.Next != "":
		query.Set("next", e.Next)
	case last != "":
		at = "after " + last
		query.Del("next")
		query.Set("added_after", last)
	default:
		return errors.New("the server says that there is more, and not where")
	}
	if seen[at] {
		return fmt.Errorf("%w: the pages go round in a ring", ErrBound)
	}
	seen[at] = true
	return nil
}

func (f Filter) query() url.Values {
	q := url.Values{}
	if !f.AddedAfter.IsZero() {
		q.Set("added_after", format(f.AddedAfter))
	}
	for name, values := range map[string][]string{"match[id]": f.IDs, "match[type]": f.Types, "match[version]": f.Versions, "match[spec_version]": f.Specs} {
		if len(values) > 0 {
			q.Set(name, strings.Join(values, ","))
		}
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// received is an envelope as it comes in: objects are counted while they are
// read, for an array of nothing takes many times its size in memory.
type received struct {
	envelope
	max int
}

func (r *received) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("an envelope is an object"), err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		switch name {
		case "more":
			err = dec.Decode(&r.More)
		case "next":
			err = dec.Decode(&r.Next)
		case "objects":
			err = r.objects(dec)
		default:
			err = dec.Decode(&json.RawMessage{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *received) objects(dec *json.Decoder) error {
	switch t, err := dec.Token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return errors.New("objects are an array")
	}
	for dec.More() {
		if len(r.Objects) >= r.max {
			return fmt.Errorf("%w: more than %d objects", ErrBound, r.max)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		r.Objects = append(r.Objects, raw)
	}
	_, err := dec.Token()
	return err
}

// url checks where the client is sent: a key travels under TLS only, or to
// this machine.
func (c *Client) url(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, fmt.Errorf("%q is no address such as https://taxii.example/", s)
	case u.User != nil:
		return nil, errors.New("the address holds a name or password; give them apart")
	case u.Scheme == "http" && (c.Token != "" || c.User != "") && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%s would get the key without TLS", u.Host)
	}
	u.Fragment, u.RawQuery = "", ""
	return u, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// get reads one answer into out.
func (c *Client) get(ctx context.Context, u *url.URL, out any) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", MediaType)
	switch {
	case c.Token != "":
		req.Header.Set("Authorization", "Bearer "+c.Token)
	case c.User != "":
		req.SetBasicAuth(c.User, c.Password)
	}
	resp, err := c.client().Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	limit := int64(orDefault(int(c.MaxBody), 32<<20))
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u, err)
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%s: %w: an answer of more than %d bytes", u, ErrBound, limit)
	}
	if resp.StatusCode != http.StatusOK {
		var e Error
		_ = json.Unmarshal(body, &e) // who refuses may do so in another format
		return nil, fmt.Errorf("%s: the server answers %s: %q", u, resp.Status, strings.TrimSpace(e.Title+" "+e.Description))
	}
	kind, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if version := params["version"]; kind != "application/taxii+json" || version != "" && version != "2.1" {
		return nil, fmt.Errorf("%s: the server answers %q and not %s", u, resp.Header.Get("Content-Type"), MediaType)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return nil, fmt.Errorf("%s: %w", u, err)
	}
	return resp.Header, nil
}

// client is the caller's, but follows redirects on one host only, and never
// from TLS to none.
func (c *Client) client() *http.Client {
	client := http.Client{Timeout: time.Minute}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if !sameOrigin(req.URL, via[0].URL) {
			return fmt.Errorf("the server sends the client to %s", req.URL.Host)
		}
		if len(via) > 5 {
			return errors.New("more than five redirects")
		}
		return nil
	}
	return &client
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(hostPort(a), hostPort(b))
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
