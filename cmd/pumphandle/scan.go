package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kong"
	"github.com/pumphandle/pumphandle/internal/place"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/signin"
)

// inputs are the flags that say what is read and how. scan and explain share
// them, so that explain opens exactly what scan printed.
type inputs struct {
	Paths  []string `arg:"" optional:"" name:"path" help:"Files, directories (walked), or - for standard input. gzip, zstd, bzip2, zip and tar are opened."`
	Orgs   string   `placeholder:"FILE" help:"The protected organisations (docs/organisations.md). Without it they are inferred from the logs."`
	Format string   `placeholder:"NAME" help:"Take every file for this format instead of recognising it; see: pumphandle formats."`
	Year   int      `placeholder:"YYYY" help:"Year of the last stamp in logs whose stamps have no year. Default: from the file's modification time."`
	Zone   string   `placeholder:"ZONE" help:"Time zone of stamps that have none, such as Europe/Paris. Default: UTC."`
	Since  string   `placeholder:"TIME" help:"Leave out what was before (2026-09-01 or RFC 3339)."`
	Until  string   `placeholder:"TIME" help:"Leave out what was at this time or later."`
	Store  string   `placeholder:"FILE" help:"Continue from this store and keep results and what was learned there (SQLite)."`
	baseFlags
	Memory string   `placeholder:"SIZE" help:"How much memory the facts of the scan may take, such as 512MB or 2GB; above it the least telling are forgotten (docs/operations.md). Default: 512MiB."`
	MMDB   []string `name:"mmdb" placeholder:"FILE" sep:"none" help:"Country and network data for addresses the log does not place. May be repeated."`

	mailFlags
	MailBudget int `placeholder:"N" help:"How many mails a day the ranking may put before people at one organisation, beside those that speak for themselves. Default: 10."`

	Mapping string `placeholder:"FILE" help:"How to read JSON or CSV that is no known format (docs/formats/generic.md)."`
}

type scanCmd struct {
	inputs
	JSON   bool   `name:"json" help:"Print records, one JSON object per line, instead of text."`
	Out    string `placeholder:"DIR" help:"Also write the whole result there: campaigns.jsonl, notices/, report/, bundle.stix.json."`
	Sender string `placeholder:"FILE" help:"Who tells and publishes, for notices and the edition (docs/notices.md)."`
}

// Help is shown by scan --help.
func (scanCmd) Help() string {
	return `Results go to standard output, everything else to standard error. Nothing leaves the machine.

Exit codes: 0 done, nothing found; 3 done, campaigns found; 4 done, but some input could not be read; 1 failed; 2 wrong usage; 130 interrupted.

  pumphandle scan /var/log/auth.log*
  pumphandle scan --orgs orgs.yaml --out result exports/`
}

func (c *scanCmd) Run(ctx context.Context, io streams) error {
	if len(c.Paths) == 0 {
		return usageError{fmt.Errorf("scan needs something to read"), "pumphandle scan /var/log/auth.log"}
	}
	s, err := c.prepare(ctx, io)
	if err != nil {
		return err
	}
	defer s.close()
	result, err := s.scan(ctx)
	if err != nil {
		return err
	}
	write := result.WriteText
	if c.JSON {
		write = result.WriteJSON
	}
	if err := write(io.out); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if c.Out != "" {
		if err := s.publish(result, c); err != nil {
			return err
		}
		fmt.Fprintf(io.err, "pumphandle: wrote %s\n", c.Out)
	}
	if !c.JSON {
		s.summary(result, c)
	}
	switch {
	case len(result.Stats.Unread) > 0 || result.Stats.BadRecords > 0:
		return exitError(exitUnread)
	case len(result.Campaigns) > 0:
		return exitError(exitFound)
	}
	return nil
}

// session is a scan made ready: what was named on the command line is open.
type session struct {
	io     streams
	cfg    run.Config
	store  *run.Memory // nil without --store
	bar    *bar
	places *place.Atlas // nil without --mmdb
	dns    lookups

	mu     sync.Mutex
	warned map[string]int
}

// readOrgs reads the organisations file; nil if none is named.
func readOrgs(file string) (*org.Directory, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, hintError{fmt.Errorf("reading the organisations file: %w", err), "docs/organisations.md has an example to start from"}
	}
	orgs, err := org.Parse(file, data)
	if err != nil {
		return nil, hintError{err, "docs/organisations.md explains every key"}
	}
	return orgs, nil
}

// prepare opens what the flags name and turns their mistakes into errors.
func (c *inputs) prepare(ctx context.Context, io streams) (*session, error) {
	s := &session{io: io, warned: map[string]int{}, bar: newBar(io.err)}
	s.cfg = run.Config{Paths: c.Paths, Stdin: io.in, Year: c.Year, Workers: runtime.GOMAXPROCS(0), Warn: s.warn}
	if s.bar != nil {
		s.cfg.Progress = s.bar.update
	}
	var err error
	if s.cfg.Orgs, err = readOrgs(c.Orgs); err != nil {
		return nil, err
	}
	if c.Mapping != "" {
		text, err := os.ReadFile(c.Mapping)
		if err != nil {
			return nil, hintError{fmt.Errorf("reading the mapping: %w", err), "docs/formats/generic.md has an example to start from"}
		}
		f, err := signin.ParseMapping(c.Mapping, text)
		if err != nil {
			return nil, err
		}
		s.cfg.Mapped = &f
	}
	switch {
	case c.Format == signin.GenericName && c.Mapping == "":
		return nil, usageError{fmt.Errorf("--format generic needs a mapping"), "--format generic --mapping FILE; docs/formats/generic.md has an example"}
	case c.Format == signin.GenericName:
		s.cfg.Format = s.cfg.Mapped
	case c.Format != "":
		if f, ok := mail.Lookup(c.Format); ok {
			s.cfg.Mail = &f
		} else if f, ok := signin.Lookup(c.Format); ok {
			s.cfg.Format = &f
		} else {
			return nil, usageError{fmt.Errorf("no format is called %q", c.Format), "pumphandle formats"}
		}
	}
	if c.Zone != "" {
		if s.cfg.Zone, err = time.LoadLocation(c.Zone); err != nil {
			return nil, usageError{fmt.Errorf("no time zone is called %q", c.Zone), "--zone Europe/Paris"}
		}
	}
	if s.cfg.Since, err = parseBound("--since", c.Since); err != nil {
		return nil, err
	}
	if s.cfg.Until, err = parseBound("--until", c.Until); err != nil {
		return nil, err
	}
	if !s.cfg.Since.IsZero() && !s.cfg.Until.IsZero() && !s.cfg.Since.Before(s.cfg.Until) {
		return nil, usageError{fmt.Errorf("--since %s is not before --until %s", c.Since, c.Until), "--since " + c.Until + " --until " + c.Since}
	}
	if c.Year != 0 && (c.Year < 1980 || c.Year > 2200) {
		return nil, usageError{fmt.Errorf("--year %d: between 1980 and 2200 can be read", c.Year), "--year 2026"}
	}
	if c.Memory != "" {
		if s.cfg.Budget.Bytes, err = parseMemory(c.Memory); err != nil {
			return nil, err
		}
	}
	if s.cfg.MailBudget = c.MailBudget; c.MailBudget < 0 {
		return nil, usageError{fmt.Errorf("--mail-budget %d: a number of mails a day is meant", c.MailBudget), "--mail-budget 10"}
	}
	model, err := c.model()
	if err != nil {
		return nil, err
	}
	var trust auth.Options
	if trust, s.dns, err = c.trust(ctx); err != nil {
		return nil, err
	}
	s.cfg.Examine = run.LateExaminer(s.cfg.Orgs, trust, model)
	knowledge, err := c.load()
	if err != nil {
		return nil, err
	}
	s.cfg.Actors, s.cfg.Model = knowledge.Base, knowledge.Model
	if len(c.MMDB) > 0 {
		if s.places, err = place.Open(c.MMDB...); err != nil {
			return nil, err
		}
		s.cfg.Locate = func(a netip.Addr) ledger.Place {
			country, asn := s.places.Lookup(a)
			return ledger.Place{ASN: asn, Country: country}
		}
	}
	if c.Store != "" {
		if s.store, err = run.OpenMemory(ctx, c.Store, &s.cfg); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// judge reads and judges, and keeps nothing.
func (s *session) judge(ctx context.Context) (*run.Result, error) {
	result, err := run.Scan(ctx, s.cfg)
	err = errors.Join(err, s.dns.keep())
	s.bar.clear()
	s.unwarned()
	if s.places != nil && s.places.Err() != nil {
		fmt.Fprintf(s.io.err, "pumphandle: %s\n", run.Safe(s.places.Err().Error()))
	}
	if err == nil {
		for _, name := range slices.Sorted(maps.Keys(result.Unheard)) {
			fmt.Fprintf(s.io.err, "pumphandle: imported files name %q for campaigns here (%d times): that is nobody's name in the actor base, or several actors', and counts for nobody\n", run.Safe(name), result.Unheard[name])
		}
	}
	return result, err
}

// scan reads, judges, and keeps the result where there is a store.
func (s *session) scan(ctx context.Context) (*run.Result, error) {
	result, err := s.judge(ctx)
	if err == nil && s.store != nil {
		err = s.store.Keep(ctx, result)
	}
	if err == nil {
		for _, c := range result.Reassessed {
			fmt.Fprintf(s.io.err, "pumphandle: who it may have been is judged anew: %s\n", run.Safe(c.String()))
		}
	}
	return result, err
}

// publish writes the whole result to the directory of --out.
func (s *session) publish(r *run.Result, c *scanCmd) error {
	p := run.Publication{Orgs: s.cfg.Orgs, At: time.Now().UTC()}
	if c.Sender != "" {
		data, err := os.ReadFile(c.Sender)
		if err != nil {
			return fmt.Errorf("reading the sender file: %w", err)
		}
		if p.Sender, err = run.ParseSender(c.Sender, data); err != nil {
			return hintError{err, "docs/notices.md explains every key"}
		}
	}
	err := r.WriteDir(c.Out, p)
	var edition *run.EditionError
	switch {
	case errors.Is(err, run.ErrForeignDir):
		return hintError{err, "--out " + quote(c.Out+"-result")}
	case errors.As(err, &edition) && c.Orgs == "":
		// Names that were inferred from a log are anybody's words.
		fmt.Fprintf(s.io.err, "pumphandle: %s\npumphandle: hint: --orgs FILE says who is to be protected\n", run.Safe(err.Error()))
		return nil
	}
	return err
}

func (s *session) close() {
	if s.store != nil {
		s.store.Close()
	}
}

// warnings is how many damaged records of one file are shown one by one.
const warnings = 5

// warn shows the first damaged records of each file.
func (s *session) warn(file string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.warned[file]++; s.warned[file] <= warnings {
		s.bar.clear()
		fmt.Fprintf(s.io.err, "pumphandle: %s: %s\n", run.Safe(file), run.Safe(err.Error()))
	}
}

// unwarned says how many more there were.
func (s *session) unwarned() {
	var files []string
	for f, n := range s.warned {
		if n > warnings {
			files = append(files, f)
		}
	}
	slices.Sort(files)
	for _, f := range files {
		fmt.Fprintf(s.io.err, "pumphandle: %s: and %d more like these\n", run.Safe(f), s.warned[f]-warnings)
	}
}

// summary tells a person what to do next.
func (s *session) summary(r *run.Result, c *scanCmd) {
	for _, id := range slices.Sorted(maps.Keys(r.Stats.Sampled)) {
		n := r.Stats.Sampled[id]
		fmt.Fprintf(s.io.err, "pumphandle: %s has more refusals than the memory budget: one in %d was kept, so its counts are too low (--memory)\n", run.Safe(string(id)), n)
	}
	for _, id := range slices.Sorted(maps.Keys(r.Stats.Coarse)) {
		fmt.Fprintf(s.io.err, "pumphandle: %s has more sign-ins than the memory budget: they are remembered %s (--memory)\n", run.Safe(string(id)), r.Stats.Coarse[id])
	}
	for _, id := range slices.Sorted(maps.Keys(r.Stats.CoarseMail)) {
		fmt.Fprintf(s.io.err, "pumphandle: %s has more mails than the memory budget: they are remembered %s (--memory)\n", run.Safe(string(id)), r.Stats.CoarseMail[id])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Stats.Formats)) {
		f := r.Stats.Formats[name]
		var codes []string
		for code, n := range f.UnknownCodes {
			codes = append(codes, fmt.Sprintf("%s (%d)", run.Safe(code), n))
		}
		if len(codes) > 0 {
			slices.Sort(codes)
			fmt.Fprintf(s.io.err, "pumphandle: %s: codes that do not say here how the sign-in ended, taken for failures of unknown meaning: %s\n", name, strings.Join(codes[:min(8, len(codes))], ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Stats.Formats)) {
		for _, text := range r.Stats.Formats[name].Warnings(name) {
			fmt.Fprintf(s.io.err, "pumphandle: warning: %s: %s\n", name, text)
		}
	}
	if len(r.Campaigns) > 0 {
		fmt.Fprintf(s.io.err, "\nTo see every record behind one: pumphandle explain %s %s\n", r.Campaigns[0].ID, again(&c.inputs))
	}
	if c.Out == "" && len(r.Campaigns) > 0 {
		fmt.Fprintln(s.io.err, "For notices and a public edition add: --out DIR")
	}
}

// again writes the flags that read the same input once more.
func again(c *inputs) string {
	var out []string
	add := func(flag, value string) {
		if value != "" {
			out = append(out, flag, quote(value))
		}
	}
	add("--orgs", c.Orgs)
	add("--format", c.Format)
	add("--mapping", c.Mapping)
	add("--since", c.Since)
	add("--until", c.Until)
	add("--zone", c.Zone)
	add("--memory", c.Memory)
	if c.Year != 0 {
		add("--year", strconv.Itoa(c.Year))
	}
	add("--base", c.Base)
	for _, f := range c.Actors {
		add("--actors", f)
	}
	for _, f := range c.MMDB {
		add("--mmdb", f)
	}
	add("--store", c.Store)
	for _, p := range c.Paths {
		out = append(out, quote(p))
	}
	return strings.Join(out, " ")
}

func quote(s string) string {
	if strings.ContainsAny(s, " \t\n'\"\\$`*?&|;<>()#~") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// parseBound reads a day or a moment, UTC.
func parseBound(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("%s %q is no time", flag, s), flag + " 2026-09-01, or " + flag + " 2026-09-01T08:00:00Z"}
}

var _ kong.HelpProvider = scanCmd{}
