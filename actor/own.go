package actor

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// ownFile is our own format: starter.yaml is one, docs/attribution.md
// describes it.
type ownFile struct {
	Source  string                `yaml:"source"`
	Version string                `yaml:"version"`
	Reports map[string]*ownReport `yaml:"reports"` // what the facts below cite, by a short name
	Actors  []ownActor            `yaml:"actors"`

	Campaigns []struct {
		ID         string              `yaml:"id"`
		Names      []string            `yaml:"names"`
		First      string              `yaml:"first"`
		Last       string              `yaml:"last"`
		Actors     []string            `yaml:"actors"` // ids of this file
		Techniques map[string][]string `yaml:"techniques"`
		Software   map[string][]string `yaml:"software"`
	} `yaml:"campaigns"`
}

type ownReport struct {
	By    string `yaml:"by"`
	Title string `yaml:"title"`
	Date  string `yaml:"date"`
	URL   string `yaml:"url"`

	used bool
}

type ownActor struct {
	ID    string    `yaml:"id"`
	UUID  string    `yaml:"uuid"`
	Names []ownName `yaml:"names"`

	Origins []struct {
		Country string `yaml:"country"`
		By      string `yaml:"by"`
		Ref     string `yaml:"ref"`
	} `yaml:"origins"`

	Techniques map[string][]string `yaml:"techniques"` // ATT&CK id: reports
	Software   map[string][]string `yaml:"software"`
	Habits     []ownHabit          `yaml:"habits"`
	Countries  map[string][]string `yaml:"countries"` // of victims
	Sectors    map[string][]string `yaml:"sectors"`

	Links []struct {
		Relation Relation `yaml:"relation"` // distinct, same, part_of, overlaps
		UUID     string   `yaml:"uuid"`
		Source   string   `yaml:"source"`
		ID       string   `yaml:"id"`
		By       string   `yaml:"by"`
		Ref      string   `yaml:"ref"`
	} `yaml:"links"`
}

type ownName struct {
	Name     string   `yaml:"name"`
	By       string   `yaml:"by"`
	Relation Relation `yaml:"relation"` // same, if not given
	Since    string   `yaml:"since"`
	Until    string   `yaml:"until"`
	Ref      string   `yaml:"ref"`
}

type ownHabit struct {
	Kind   HabitKind `yaml:"kind"`
	Rate   []float64 `yaml:"per_account_hour"` // lowest and highest
	Pool   int       `yaml:"pool"`
	Has    string    `yaml:"has"`
	Common bool      `yaml:"common"`
	UTC    []string  `yaml:"utc"` // 05:30, 13:30
	Days   []string  `yaml:"days"`
	Text   string    `yaml:"text"`
	Refs   []string  `yaml:"refs"`
}

// maxOwn is far above what anybody writes by hand.
const maxOwn = 8 << 20

func readOwn(r io.Reader) (*found, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxOwn+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxOwn {
		return nil, fmt.Errorf("neither STIX, MISP nor Microsoft's mapping, and larger than %d MiB", maxOwn>>20)
	}
	var file ownFile
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("neither STIX, MISP nor Microsoft's mapping, and not our own format: %s", oneLine(err))
	}
	if err := dec.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the first YAML document")
	}
	if file.Source == "" || len(file.Actors) == 0 {
		return nil, errors.New("our own format needs source and actors")
	}
	f := &found{format: "pumphandle", source: file.Source, version: file.Version}
	seen := map[string]bool{}
	for i, a := range file.Actors {
		rec, err := file.record(a)
		if err == nil && seen[a.ID] {
			err = errors.New("the id is taken by an actor above")
		}
		if err != nil {
			return nil, fmt.Errorf("actor %d, %q: %w", i+1, a.ID, err)
		}
		seen[a.ID] = true
		f.records = append(f.records, rec)
	}
	if err := file.collectCampaigns(f, seen); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(file.Reports)) {
		if !file.Reports[id].used {
			f.warn("reports that no fact cites", id)
		}
	}
	return f, nil
}

var (
	ownID     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	technique = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	software  = regexp.MustCompile(`^S\d{4}$`)
	country   = regexp.MustCompile(`^[A-Z]{2}$`)
	anything  = regexp.MustCompile(`\S`)
)

func (file *ownFile) record(a ownActor) (*Record, error) {
	if !ownID.MatchString(a.ID) {
		return nil, errors.New("an id is 1 to 64 of a-z, 0-9, dot, dash and underscore, and begins with a letter or digit")
	}
	r := &Record{Source: file.Source, ID: a.ID, UUID: a.UUID}
	if len(a.Names) == 0 {
		return nil, errors.New("no names")
	}
	for _, n := range a.Names {
		name, err := file.name(n)
		if err != nil {
			return nil, err
		}
		r.Names = append(r.Names, name)
	}
	for _, o := range a.Origins {
		ref, err := file.cite(o.Ref)
		if err != nil {
			return nil, err
		}
		if !country.MatchString(o.Country) || o.By == "" {
			return nil, fmt.Errorf("origin %q: needs a country code and by, who says so", o.Country)
		}
		r.Origins = append(r.Origins, Origin{Place: o.Country, By: o.By, Ref: ref})
	}
	for _, h := range a.Habits {
		habit, err := file.habit(h)
		if err != nil {
			return nil, fmt.Errorf("habit %q: %w", h.Kind, err)
		}
		r.Habits = append(r.Habits, habit)
	}
	var err error
	for _, l := range a.Links {
		ref, err := file.cite(l.Ref)
		if err == nil && !slices.Contains([]Relation{Distinct, Same, PartOf, Overlaps}, l.Relation) {
			err = fmt.Errorf("relation %q is none of distinct, same, part_of, overlaps", l.Relation)
		}
		if err == nil && l.UUID == "" && (l.Source == "" || l.ID == "") {
			err = errors.New("needs a uuid, or a source and an id")
		}
		if err != nil {
			return nil, fmt.Errorf("link: %w", err)
		}
		r.Links = append(r.Links, Link{l.Relation, l.UUID, l.Source, l.ID, l.By, ref})
	}
	add := func(what string, form *regexp.Regexp, facts map[string][]string, take func(string, []string)) {
		for _, id := range slices.Sorted(maps.Keys(facts)) {
			refs, bad := file.citeAll(facts[id])
			if bad == nil && !form.MatchString(id) {
				bad = fmt.Errorf("it is not of the form %s", form)
			}
			if bad != nil && err == nil {
				err = fmt.Errorf("%s %q: %w", what, id, bad)
			}
			take(id, refs)
		}
	}
	add("technique", technique, a.Techniques, func(id string, refs []string) { r.Techniques = append(r.Techniques, Use{id, refs}) })
	add("software", software, a.Software, func(id string, refs []string) { r.Software = append(r.Software, Use{id, refs}) })
	add("country", country, a.Countries, func(id string, refs []string) { r.Countries = append(r.Countries, Target{id, refs}) })
	add("sector", anything, a.Sectors, func(id string, refs []string) { r.Sectors = append(r.Sectors, Target{id, refs}) })
	return r, err
}

func (file *ownFile) name(n ownName) (Name, error) {
	if n.Relation == "" {
		n.Relation = Same
	}
	known := []Relation{Same, PartOf, Overlaps, Formerly, Disputed}
	switch {
	case fold(n.Name) == "":
		return Name{}, fmt.Errorf("name %q: no letter or digit in it", n.Name)
	case !slices.Contains(known, n.Relation):
		return Name{}, fmt.Errorf("name %q: relation %q is none of %q", n.Name, n.Relation, known)
	}
	ref, err := file.cite(n.Ref)
	if err != nil {
		return Name{}, fmt.Errorf("name %q: %w", n.Name, err)
	}
	return Name{Name: n.Name, Producer: n.By, Relation: n.Relation, Since: n.Since, Until: n.Until, Ref: ref}, nil
}

func (file *ownFile) habit(h ownHabit) (Habit, error) {
	out := Habit{Kind: h.Kind, Has: h.Has, Common: h.Common, Pool: h.Pool, Text: h.Text}
	if h.Text == "" {
		return out, errors.New("needs text")
	}
	var err error
	if out.Refs, err = file.citeAll(h.Refs); err != nil {
		return out, err
	}
	switch h.Kind {
	case Tempo:
		if len(h.Rate) != 2 || !(0 < h.Rate[0] && h.Rate[0] <= h.Rate[1]) {
			return out, errors.New("per_account_hour needs the lowest and the highest rate")
		}
		out.Low, out.High = h.Rate[0], h.Rate[1]
	case Addresses:
		if h.Pool < 1 {
			return out, errors.New("needs a pool of at least one address")
		}
	case Client, Protocol, Infrastructure:
		if strings.TrimSpace(h.Has) == "" {
			return out, errors.New("needs has")
		}
	case Hours:
		if len(h.UTC) != 2 {
			return out, errors.New("utc needs two times of day")
		}
		out.From, out.To = timeOfDay(h.UTC[0]), timeOfDay(h.UTC[1])
		if out.From < 0 || out.To <= out.From {
			return out, fmt.Errorf("bad hours %q: two times of day such as 05:30, the earlier first", h.UTC)
		}
	case Weekdays:
		for _, d := range h.Days {
			i := slices.Index(dayNames, d)
			if i < 0 {
				return out, fmt.Errorf("day %q is none of %q", d, dayNames)
			}
			out.Days = append(out.Days, time.Weekday(i))
		}
		if len(out.Days) == 0 || len(out.Days) > 6 {
			return out, errors.New("needs one to six days")
		}
	case Note:
	default:
		return out, errors.New("there is no such kind of habit")
	}
	return out, nil
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// timeOfDay returns the time since midnight, or -1.
func timeOfDay(s string) time.Duration {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return -1
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// collectCampaigns reads the campaigns; actors are the ids of the file.
func (file *ownFile) collectCampaigns(f *found, actors map[string]bool) error {
	seen := map[string]bool{}
	for i, c := range file.Campaigns {
		out := &Campaign{Source: file.Source, ID: c.ID, Names: c.Names, First: c.First, Last: c.Last}
		uses := func(what string, form *regexp.Regexp, facts map[string][]string) (out []Use, _ error) {
			for _, id := range slices.Sorted(maps.Keys(facts)) {
				refs, err := file.citeAll(facts[id])
				if err == nil && !form.MatchString(id) {
					err = fmt.Errorf("it is not of the form %s", form)
				}
				if err != nil {
					return nil, fmt.Errorf("%s %q: %w", what, id, err)
				}
				out = append(out, Use{id, refs})
			}
			return out, nil
		}
		var err, err2 error
		out.Techniques, err = uses("technique", technique, c.Techniques)
		out.Software, err2 = uses("software", software, c.Software)
		if err = errors.Join(err, err2); err == nil {
			switch {
			case !ownID.MatchString(c.ID) || seen[c.ID] || actors[c.ID]:
				err = errors.New("the id is taken or of another form than those of actors")
			case len(c.Names) == 0:
				err = errors.New("no names")
			}
		}
		for _, a := range c.Actors {
			if err == nil && !actors[a] {
				err = fmt.Errorf("actor %q is not in this file", a)
			}
			out.Actors = append(out.Actors, a)
		}
		if err != nil {
			return fmt.Errorf("campaign %d, %q: %w", i+1, c.ID, err)
		}
		seen[c.ID] = true
		for _, u := range slices.Concat(out.Techniques, out.Software) {
			out.Reports = append(out.Reports, u.Refs...)
		}
		slices.Sort(out.Reports)
		out.Reports = slices.Compact(out.Reports)
		f.campaigns = append(f.campaigns, out)
	}
	return nil
}

func (file *ownFile) citeAll(refs []string) ([]string, error) {
	if len(refs) == 0 {
		return nil, errors.New("no report is cited")
	}
	var out []string
	for _, ref := range refs {
		c, err := file.cite(ref)
		if err == nil && c == "" {
			err = errors.New("an empty report is cited")
		}
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, c) {
			return nil, fmt.Errorf("report %q is cited twice", ref)
		}
		out = append(out, c)
	}
	return out, nil
}

// cite writes a report out: Microsoft, "Title", 2020-09-10, https://…
func (file *ownFile) cite(ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	r := file.Reports[ref]
	if r == nil {
		return "", fmt.Errorf("report %q is not among the reports", ref)
	}
	if r.By == "" || r.Title == "" {
		return "", fmt.Errorf("report %q: needs by and title", ref)
	}
	r.used = true
	parts := []string{r.By, `"` + r.Title + `"`}
	for _, p := range []string{r.Date, r.URL} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", "), nil
}

// oneLine makes one line of the several that the YAML decoder may return.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
