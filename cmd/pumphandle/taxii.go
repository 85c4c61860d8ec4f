package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/taxii"
)

// taxiiCmd holds the only verbs that use the network. Each does so because it
// was called, and with one host.
type taxiiCmd struct {
	List  taxiiListCmd  `cmd:"" help:"Connect to a server and list its collections."`
	Get   taxiiGetCmd   `cmd:"" help:"Connect to a server and write the objects of a collection to a file, for import."`
	Serve taxiiServeCmd `cmd:"" help:"Serve campaigns of a store, read-only."`
}

// peer is the server that list and get talk to.
type peer struct {
	URL string `arg:"" name:"url" help:"The server, such as https://taxii.example, or one of its API roots."`
	Key string `placeholder:"FILE" help:"A file with name:password, or a token, in its first line."`
}

// client opens the key. It is read from a file: a command line is seen by all.
func (p peer) client() (*taxii.Client, error) {
	c := &taxii.Client{}
	if p.Key == "" {
		return c, nil
	}
	data, err := os.ReadFile(p.Key)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return nil, fmt.Errorf("the first line of %s is empty", p.Key)
	}
	var basic bool
	if c.User, c.Password, basic = strings.Cut(line, ":"); !basic {
		c.User, c.Token = "", line
	}
	return c, nil
}

// roots returns the API roots to ask: the one named, or those that the server
// has on its own host.
func (p peer) roots(ctx context.Context, io streams, c *taxii.Client) ([]string, error) {
	u, err := url.Parse(p.URL)
	if err == nil && u.Path != "" && u.Path != "/" {
		return []string{p.URL}, nil
	}
	d, err := c.Discover(ctx, p.URL)
	if err != nil {
		return nil, fmt.Errorf("asking the server for its API roots: %w", err)
	}
	for _, r := range d.Elsewhere {
		fmt.Fprintf(io.err, "pumphandle: the API root %s is on another host and is not asked: name it if you want it\n", run.Safe(r))
	}
	if len(d.Roots) == 0 {
		return nil, hintError{errors.New("the server names no API root on its own host"), "name one: pumphandle taxii list https://taxii.example/api1/"}
	}
	return d.Roots, nil
}

type taxiiListCmd struct{ peer }

func (c *taxiiListCmd) Run(ctx context.Context, io streams) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	roots, err := c.roots(ctx, io, client)
	if err != nil {
		return err
	}
	for _, root := range roots {
		list, err := client.Collections(ctx, root)
		if err != nil {
			return fmt.Errorf("asking for the collections of %s: %w", root, err)
		}
		fmt.Fprintln(io.out, run.Safe(root))
		for _, x := range list {
			access := "not for you to read"
			if x.CanRead {
				access = "readable"
			}
			fmt.Fprintf(io.out, "  %s  %s (%s)\n", run.Safe(x.ID), run.Safe(x.Title), access)
		}
	}
	return nil
}

type taxiiGetCmd struct {
	peer
	Collection string   `arg:"" help:"Id or alias of the collection."`
	Out        string   `required:"" placeholder:"FILE" help:"Where the objects are written, as an envelope that import reads."`
	Since      string   `placeholder:"TIME" help:"Only what was added to the collection after that (2026-09-01 or RFC 3339)."`
	Type       []string `placeholder:"TYPE" help:"Only objects of this STIX type. May be repeated."`
}

func (c *taxiiGetCmd) Run(ctx context.Context, io streams) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	f := taxii.Filter{Types: c.Type}
	if f.AddedAfter, err = parseBound("--since", c.Since); err != nil {
		return err
	}
	roots, err := c.roots(ctx, io, client)
	if err != nil {
		return err
	}
	if len(roots) > 1 {
		return usageError{errors.New("the server has several API roots"), "pumphandle taxii get " + quote(roots[0]) + " " + quote(c.Collection) + " --out " + quote(c.Out)}
	}
	tmp := c.Out + ".tmp"
	file, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing the objects: %w", err)
	}
	defer os.Remove(tmp) // nothing to remove once it has its name
	defer file.Close()
	w, n := bufio.NewWriter(file), 0
	w.WriteString(`{"objects":[`)
	for o, err := range client.Objects(ctx, roots[0], c.Collection, f) {
		if err != nil {
			return fmt.Errorf("reading the collection: %w: nothing is written", err)
		}
		w.WriteString(map[bool]string{true: ",\n", false: "\n"}[n > 0])
		if _, err := w.Write(o); err != nil {
			return fmt.Errorf("writing the objects: %w", err)
		}
		n++
	}
	w.WriteString("\n]}\n")
	if err := errors.Join(w.Flush(), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("writing the objects: %w", err)
	}
	if err := os.Rename(tmp, c.Out); err != nil {
		return fmt.Errorf("writing the objects: %w", err)
	}
	fmt.Fprintf(io.err, "pumphandle: wrote %d objects to %s; to keep them: pumphandle import --store pumphandle.db --grade B2 %s\n", n, run.Safe(c.Out), run.Safe(quote(c.Out)))
	return nil
}

type taxiiServeCmd struct {
	shared
	Listen string `default:"127.0.0.1:8100" placeholder:"ADDRESS" help:"Where it listens. Beyond this machine it needs --keys, --cert and --cert-key."`
	URL    string `name:"url" placeholder:"URL" help:"By which clients reach it, if not by the address."`
	Keys   string `placeholder:"FILE" help:"Who may read: name:password or a token, one a line."`
	Cert   string `placeholder:"FILE" help:"Certificate for TLS, PEM."`
	TLSKey string `name:"cert-key" placeholder:"FILE" help:"Its private key, PEM."`
}

// Help is shown by taxii serve --help.
func (taxiiServeCmd) Help() string {
	return `Serves what export would write, as one collection, until it is interrupted: as it was when it started. Nothing can be written to it.

  pumphandle taxii serve --store pumphandle.db --orgs orgs.yaml
  pumphandle taxii serve --store pumphandle.db --listen :8443 --keys readers --cert cert.pem --cert-key key.pem`
}

func (c *taxiiServeCmd) Run(ctx context.Context, io streams) error {
	if (c.Cert == "") != (c.TLSKey == "") {
		return usageError{errors.New("--cert and --cert-key go together"), "--cert cert.pem --cert-key key.pem"}
	}
	if !local(c.Listen) && (c.Keys == "" || c.Cert == "") {
		return usageError{fmt.Errorf("on %s others reach it, who may read and over TLS must be said", c.Listen), "--keys readers --cert cert.pem --cert-key key.pem, or --listen 127.0.0.1:8100"}
	}
	d, err := c.document(ctx)
	if err != nil {
		return err
	}
	library, err := libraryOf(d)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	defer func() { _ = listener.Close() }() // the server closes it, too
	scheme := "http"
	if c.Cert != "" {
		scheme = "https"
	}
	cfg := taxii.Config{Title: d.Producer, Description: "Campaigns against health organisations, " + d.TLP.String(), URL: cmp.Or(c.URL, scheme+"://"+listener.Addr().String()), Library: library}
	if c.Keys != "" {
		f, err := os.Open(c.Keys)
		if err != nil {
			return fmt.Errorf("reading the keys: %w", err)
		}
		keys, err := taxii.ReadKeys(f)
		f.Close()
		if err != nil {
			return fmt.Errorf("reading the keys: %s: %w", c.Keys, err)
		}
		cfg.Authorize = keys.Authorize
	}
	server := &http.Server{
		Handler: taxii.NewServer(cfg), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10,
	}
	fmt.Fprintf(io.err, "pumphandle: serving %d campaigns, %s, at %s/taxii2/ (interrupt to end)\n", len(d.Campaigns), d.TLP, cfg.URL)
	ended := make(chan error, 1)
	go func() {
		if c.Cert != "" {
			ended <- server.ServeTLS(listener, c.Cert, c.TLSKey)
		} else {
			ended <- server.Serve(listener)
		}
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := server.Shutdown(soon)
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}
}

// local reports whether only this machine reaches an address.
func local(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	a, bad := netip.ParseAddr(host)
	return err == nil && (host == "localhost" || bad == nil && a.IsLoopback())
}

// libraryOf makes one collection of a document. What is in it was added when
// the document was made, which is when the last scan was: a client that asks
// for what is new gets what the scan changed.
func libraryOf(d exchange.Document) (taxii.Static, error) {
	raw, err := exchange.Objects(d)
	if err != nil {
		return taxii.Static{}, err
	}
	id := exchange.NewID("collection", d.Producer)
	objects := make([]taxii.Object, len(raw))
	for i, r := range raw {
		if objects[i], err = taxii.NewObject(r, d.At); err != nil {
			return taxii.Static{}, err
		}
	}
	return taxii.Static{
		List: []taxii.Collection{{ID: id, Title: "Campaigns", Description: "Campaigns that " + d.Producer + " sees, " + d.TLP.String(), Alias: "campaigns"}},
		Held: map[string][]taxii.Object{id: objects},
	}, nil
}
