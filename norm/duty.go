package norm

import (
	"cmp"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pumphandle/pumphandle/org"
)

// Rule is one reporting duty as the law has it.
type Rule struct {
	ID           string  `yaml:"id"`
	Title        string  `yaml:"title"`
	Jurisdiction string  `yaml:"jurisdiction"`
	Addressee    string  `yaml:"addressee"` // who must report
	Text         string  `yaml:"text"`      // what must be reported, in our own words
	When         Trigger `yaml:"applies_when"`
	Clocks       []Clock `yaml:"clocks"`
	Recipient    string  `yaml:"recipient"`
	Row          `yaml:",inline"`
}

// Trigger says for which organisations and incidents a duty is suggested.
type Trigger struct {
	Countries []string     `yaml:"countries"` // ISO 3166-1 alpha-2, or EU for its member states
	Incident  Incident     `yaml:"incident"`
	Sectors   []org.Sector `yaml:"sectors"` // those that suggest it; empty: all

	// Key is the entry of an organisation's duties (docs/contracts.md) that
	// settles whether it is addressed: a value listed in Is says yes, any other
	// no. Where the entry is missing the sector decides, unless OnlyDeclared.
	Key          string   `yaml:"key"`
	Is           []string `yaml:"is"`
	OnlyDeclared bool     `yaml:"only_declared"`
}

// Incident is how much must have happened for a duty to start. It is coarser
// than the ladder of outcomes because the laws are: they ask for an intrusion,
// or, in India, for no more than the attack.
type Incident string

// The incidents told apart.
const (
	Attempt Incident = "attempt" // somebody tried
	Access  Incident = "access"  // somebody got in
)

// Clock is one deadline of a duty.
type Clock struct {
	Do       string `yaml:"do"`       // early warning, notification, final report …
	Within   int    `yaml:"within"`   // 0 where the law names no figure
	Promptly string `yaml:"promptly"` // its words then: "without delay"
	Unit     Unit   `yaml:"unit"`
	Start    Start  `yaml:"start"`
}

// Unit is the unit of a deadline.
type Unit string

// The units.
const (
	Hours        Unit = "hours"
	CalendarDays Unit = "calendar_days"
	BusinessDays Unit = "business_days"
	Months       Unit = "months"
)

// Start is the event from which a deadline runs.
type Start string

// The starting events.
const (
	Aware              Start = "aware"
	DeterminedMaterial Start = "determined_material"
	PreviousReport     Start = "previous_report"
	YearEnd            Start = "year_end"
)

// Duty is a rule that could apply to one organisation: check with counsel.
type Duty struct {
	Rule
	Because string // why it is suggested, in plain words
	Dues    []Due
}

// Due is a deadline of a duty. At is zero where the law names no figure, where
// the clock starts with another event than awareness, and where the duty is
// not yet in force.
type Due struct {
	Clock
	At time.Time
}

//go:embed duties.yaml
var dutiesYAML []byte

var rules = sync.OnceValue(func() []Rule { return mustParse[Rule]("duties.yaml", dutiesYAML) })

// Rules returns all rules in the order of the file, also those that are only
// proposed or delayed.
func Rules() []Rule { return slices.Clone(rules()) }

// Duties returns the duties that could apply to an organisation that became
// aware of such an incident at that time, the most urgent first. Rules that
// are proposed or delayed bind nobody and are left out.
func Duties(o org.Organisation, happened Incident, aware time.Time) []Duty {
	var duties []Duty
	for _, r := range rules() {
		if r.Status != InForce && r.Status != Phased {
			continue
		}
		if because, ok := r.When.holds(o, happened); ok {
			duties = append(duties, Duty{r, because, r.dues(aware)})
		}
	}
	slices.SortStableFunc(duties, func(a, b Duty) int { return cmp.Compare(a.urgency(), b.urgency()) })
	return duties
}

func (t Trigger) holds(o org.Organisation, happened Incident) (because string, ok bool) {
	if t.Incident == Access && happened != Access {
		return "", false
	}
	in := func(area string) bool { return area == o.Country || area == "EU" && inEU(o.Country) }
	if !slices.ContainsFunc(t.Countries, in) {
		return "", false
	}
	if value, declared := o.Duties[t.Key]; declared && t.Key != "" {
		text := strings.ToLower(fmt.Sprint(value))
		return fmt.Sprintf("your entry with us says %s: %s", t.Key, text), slices.Contains(t.Is, text)
	}
	if t.OnlyDeclared {
		return "", false
	}
	if len(t.Sectors) == 0 {
		return "your country suggests it", true
	}
	return "your country and sector suggest it", slices.Contains(t.Sectors, o.Sector)
}

// inEU reports whether the country is a member state of the European Union.
func inEU(country string) bool {
	const members = " AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK "
	return len(country) == 2 && strings.Contains(members, " "+country+" ")
}

func (r Rule) dues(aware time.Time) []Due {
	dues := make([]Due, len(r.Clocks))
	for i, c := range r.Clocks {
		dues[i].Clock = c
		if r.Status == InForce && c.Within > 0 && c.Start == Aware {
			dues[i].At = c.after(aware)
		}
	}
	return dues
}

// after returns the end of the deadline that starts at that time.
func (c Clock) after(start time.Time) time.Time {
	switch c.Unit {
	case Hours:
		return start.Add(time.Duration(c.Within) * time.Hour)
	case CalendarDays:
		return start.AddDate(0, 0, c.Within)
	case BusinessDays:
		end := start
		for left := c.Within; left > 0; {
			end = end.AddDate(0, 0, 1)
			if d := end.Weekday(); d != time.Saturday && d != time.Sunday { // public holidays are not known here
				left--
			}
		}
		return end
	case Months:
		end := start.AddDate(0, c.Within, 0)
		if end.Day() != start.Day() { // 31 January and a month is the end of February, not 3 March
			end = end.AddDate(0, 0, -end.Day())
		}
		return end
	}
	return time.Time{}
}

// urgency orders duties by their first deadline: those to be met at once
// first, those that do not run yet last.
func (d Duty) urgency() int64 {
	switch first := d.Dues[0]; {
	case !first.At.IsZero():
		return first.At.Unix()
	case first.Start == Aware && d.Status == InForce:
		return 0
	}
	return math.MaxInt64
}

// String says the deadline in words: "early warning within 24 hours of
// becoming aware".
func (c Clock) String() string {
	if c.Within == 0 {
		return c.Do + ", " + c.Promptly
	}
	unit := strings.ReplaceAll(string(c.Unit), "_", " ")
	if c.Within == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%s within %d %s %s", c.Do, c.Within, unit, c.Start.words())
}

func (s Start) words() string {
	switch s {
	case Aware:
		return "of becoming aware"
	case DeterminedMaterial:
		return "of determining that the incident is material"
	case PreviousReport:
		return "of the report before"
	case YearEnd:
		return "of the end of the calendar year"
	}
	return ""
}
