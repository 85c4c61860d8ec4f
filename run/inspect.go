package run

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/input"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// Inspection is what one text holds: a record of inspect --json.
type Inspection struct {
	V      int    `json:"v"`
	Type   string `json:"type"`
	File   string `json:"file"`
	Format string `json:"format,omitempty"` // "" where it is none that is known
	Title  string `json:"title,omitempty"`
	Sure   int    `json:"sure,omitempty"` // of 100; 0 where the format was forced
	Why    string `json:"why,omitempty"`  // why it could not be read, or not to its end

	Records    int64      `json:"records"`
	Events     int64      `json:"events"` // sign-ins
	Mails      int64      `json:"mails,omitempty"`
	Acts       int64      `json:"acts"`
	BadRecords int64      `json:"bad_records"`
	First      *time.Time `json:"first"`
	Last       *time.Time `json:"last"`

	Orgs      []InspectedCount `json:"orgs"` // the most events first
	OrgsMore  int              `json:"orgs_more,omitempty"`
	Classes   map[string]int64 `json:"classes"`
	Protocols map[string]int64 `json:"protocols"`
	Codes     map[string]int64 `json:"unknown_codes,omitempty"`

	Missing []Lack           `json:"missing"` // the gravest first
	Gaps    []Gap            `json:"gaps"`    // the longest first
	Damaged []string         `json:"damaged,omitempty"`
	Sample  []InspectedEvent `json:"sample"`

	Senders     []InspectedSender `json:"senders,omitempty"` // of mails, by domain, the most first
	SendersMore int               `json:"senders_more,omitempty"`
	Letters     []InspectedMail   `json:"letters,omitempty"` // the first mails
}

// InspectedCount is how many events an organisation has.
type InspectedCount struct {
	Org    org.ID `json:"org"`
	Events int64  `json:"events"`
}

// Lack is something that matters and is not in a log.
type Lack struct {
	What string `json:"what"` // a stable word
	Text string `json:"text"`
}

// Gap is a stretch of whole hours without any record.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// InspectedEvent is a normalised event as inspect shows it.
type InspectedEvent struct {
	Line      int64     `json:"line"`
	Time      time.Time `json:"time"`
	Class     string    `json:"class"`
	Code      string    `json:"code,omitempty"`
	Action    string    `json:"action,omitempty"`
	Account   string    `json:"account,omitempty"`
	Tenant    string    `json:"tenant,omitempty"`
	Host      string    `json:"host,omitempty"`
	Addr      string    `json:"addr,omitempty"`
	ASN       uint32    `json:"asn,omitempty"`
	Country   string    `json:"country,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
	Client    string    `json:"client,omitempty"`
	App       string    `json:"app,omitempty"`
	Protocol  string    `json:"protocol,omitempty"`
	ID        string    `json:"id,omitempty"`
}

// How much an inspection keeps, whatever the log holds.
const (
	maxSample  = 10
	maxOrgs    = 20
	maxGaps    = 5
	maxDamaged = 3
)

// Inspect reads what cfg names and gives each text's inspection to yield, in
// the order of the files. It judges nothing.
func Inspect(ctx context.Context, cfg Config, yield func(Inspection) error) error {
	for f, err := range input.Files(ctx, cfg.Paths, cfg.Stdin) {
		if err != nil {
			if err := yield(unreadable("", err)); err != nil {
				return err
			}
			continue
		}
		for in, err := range f.Inputs(ctx) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var found Inspection
			if err != nil {
				found = unreadable(f.Name, err)
			} else {
				found = inspect(ctx, cfg, in)
			}
			if err := yield(found); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func newInspection(file string) Inspection {
	return Inspection{V: 1, Type: "inspect", File: file, Orgs: []InspectedCount{}, Classes: map[string]int64{}, Protocols: map[string]int64{},
		Missing: []Lack{}, Gaps: []Gap{}, Sample: []InspectedEvent{}}
}

func unreadable(file string, err error) Inspection {
	file, err = place(file, err)
	found := newInspection(file)
	found.Why = err.Error()
	return found
}

// inspect reads one text to its end.
func inspect(ctx context.Context, cfg Config, in *input.Input) Inspection {
	head := in.Head()
	if format, ok := cfg.detectMail(head); ok && len(head) > 0 {
		sure := 0
		if cfg.Mail == nil {
			sure = format.Sniff(head)
		}
		return inspectMail(ctx, cfg, in, format, sure)
	}
	format, ok := cfg.detect(head)
	sure := 0
	switch {
	case cfg.Format != nil:
	case len(head) == 0:
		return unreadable(in.Name, errors.New("empty"))
	case !ok:
		return unreadable(in.Name, errors.New("not a log that is known here; docs/formats/generic.md shows how to read any other JSON or CSV"))
	default:
		sure = format.Sniff(head)
	}
	c := newCensus(cfg, in)
	c.Format, c.Title, c.Sure = format.Name, format.Title, sure
	opt := signin.Options{Year: cfg.Year, Zone: cfg.Zone, ModTime: in.ModTime, Tail: in.Tail}
	if opt.ModTime.IsZero() {
		opt.ModTime = time.Now()
	}
	for ev, err := range format.Decode(in, opt) {
		switch {
		case ctx.Err() != nil:
			return c.Inspection
		case err != nil:
			c.failed(in, err)
		default:
			c.Records++
			c.event(ev, in, opt.ModTime)
		}
	}
	c.close(format)
	return c.Inspection
}

// census counts what is in one text.
type census struct {
	Inspection
	reader *reader // for whose an event is
	orgs   map[org.ID]int64
	hours  map[int64]struct{} // since 1970, that have a record

	seen coverage
}

func newCensus(cfg Config, in *input.Input) census {
	return census{Inspection: newInspection(in.Name), reader: &reader{cfg: cfg}, orgs: map[org.ID]int64{}, hours: map[int64]struct{}{}}
}

// failed notes an error of a decoder.
func (c *census) failed(in *input.Input, err error) {
	if !damagedRecord(err) {
		_, err = place(in.Name, err)
		c.Why = err.Error()
		return
	}
	c.Records++
	c.BadRecords++
	if len(c.Damaged) < maxDamaged {
		c.Damaged = append(c.Damaged, err.Error())
	}
}

// when notes that there is a record of that time.
func (c *census) when(at time.Time) {
	c.hours[at.Unix()/3600] = struct{}{}
	if c.First == nil || at.Before(*c.First) {
		first := at // a copy only where it is kept: this is called for every record
		c.First = &first
	}
	if c.Last == nil || at.After(*c.Last) {
		last := at
		c.Last = &last
	}
}

func (c *census) event(ev *signin.Event, in *input.Input, now time.Time) {
	if ev.Class == signin.ClassNone {
		return
	}
	c.when(ev.Time)
	first := c.Classes[ev.Class.String()] == 0
	c.Classes[ev.Class.String()]++
	c.orgs[c.reader.owner(ev, in)]++
	c.sample(ev, first)
	if ev.Class == signin.ClassActivity {
		c.Acts++
		return
	}
	c.Events++
	if p := ev.Protocol.String(); p != "" {
		c.Protocols[strings.Clone(p)]++
	}
	if ev.Class == signin.Other {
		if c.Codes == nil {
			c.Codes = map[string]int64{}
		}
		if _, known := c.Codes[ev.Code]; known || len(c.Codes) < maxCodes {
			c.Codes[strings.Clone(ev.Code)]++
		}
	}
	c.seen.see(ev, now)
}

// sample keeps the first event of each class, and the first events.
func (c *census) sample(ev *signin.Event, firstOfClass bool) {
	if len(c.Sample) == maxSample && firstOfClass {
		// room is made by the last one whose class is there before it
		for i := len(c.Sample) - 1; i > 0; i-- {
			if slices.ContainsFunc(c.Sample[:i], func(s InspectedEvent) bool { return s.Class == c.Sample[i].Class }) {
				c.Sample = slices.Delete(c.Sample, i, i+1)
				break
			}
		}
	}
	if len(c.Sample) == maxSample {
		return
	}
	e := InspectedEvent{
		Line: ev.Line, Time: ev.Time, Class: ev.Class.String(), Code: strings.Clone(ev.Code), Action: strings.Clone(ev.Action),
		Account: strings.Clone(ev.Account), Tenant: strings.Clone(ev.Tenant), Host: strings.Clone(ev.Host), ASN: ev.ASN,
		Country: strings.Clone(ev.Country), UserAgent: strings.Clone(ev.UserAgent), Client: strings.Clone(ev.Client),
		App: strings.Clone(ev.App), Protocol: ev.Protocol.String(), ID: strings.Clone(ev.ID),
	}
	if ev.Addr.IsValid() {
		e.Addr = ev.Addr.String()
	}
	c.Sample = append(c.Sample, e)
}

// close draws what follows from the counts.
func (c *census) close(format signin.Format) {
	c.countOrgs()
	c.Missing = append(c.Missing, c.seen.lacks(format)...)
	c.Gaps = append(c.Gaps, gaps(sortedHours(c.hours))...)
}

func sortedHours(hours map[int64]struct{}) []int64 { return slices.Sorted(maps.Keys(hours)) }

// countOrgs lists the organisations, the most events first.
func (c *census) countOrgs() {
	for id, n := range c.orgs {
		c.Orgs = append(c.Orgs, InspectedCount{id, n})
	}
	slices.SortFunc(c.Orgs, func(a, b InspectedCount) int {
		if a.Events != b.Events {
			return int(b.Events - a.Events)
		}
		return strings.Compare(string(a.Org), string(b.Org))
	})
	if len(c.Orgs) > maxOrgs {
		c.OrgsMore = len(c.Orgs) - maxOrgs
		c.Orgs = c.Orgs[:maxOrgs]
	}
}

// gaps returns the longest stretches of a day or more without a record; hours
// is sorted.
func gaps(hours []int64) (out []Gap) {
	for i := 1; i < len(hours); i++ {
		if hours[i]-hours[i-1] > 24 {
			out = append(out, Gap{time.Unix((hours[i-1]+1)*3600, 0).UTC(), time.Unix(hours[i]*3600, 0).UTC()})
		}
	}
	slices.SortStableFunc(out, func(a, b Gap) int { return int(b.To.Sub(b.From)/time.Hour - a.To.Sub(a.From)/time.Hour) })
	return out[:min(len(out), maxGaps)]
}

// WriteJSON writes the inspection as one line.
func (f Inspection) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(harmless{w})
	enc.SetEscapeHTML(false)
	return enc.Encode(f)
}
