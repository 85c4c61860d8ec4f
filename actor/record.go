package actor

// Record is what one source says of one actor.
type Record struct {
	Source string // who keeps the record: "pumphandle", "MITRE ATT&CK", "Microsoft" …
	ID     string // within the source
	UUID   string // of the STIX object or galaxy value; "" elsewhere

	Names   []Name   // the first is what the source itself calls the actor
	Origins []Origin // what states it is said to work for or from
	Links   []Link   // to records of other sources
	Retired []string // ids of the same source that this record replaced

	Techniques []Use // ATT&CK techniques, by id
	Software   []Use // ATT&CK software, by id
	Habits     []Habit
	Countries  []Target // of its victims, ISO 3166-1 alpha-2
	Sectors    []Target // of its victims, as in the organisations file, or the source's own word
}

// Name is an assertion: the producer calls this actor, or one that has to do
// with it, by the name.
type Name struct {
	Name     string
	Producer string // whose name it is; "" where the source does not say
	Relation Relation
	Since    string // date or year from which the name was used; "" if not known
	Until    string // date of the last use
	Ref      string // where it is said

	ProducerID string `json:",omitempty"` // in a MISP producer galaxy
}

// Relation is what the bearer of a name, as its producer uses it, is to the
// actor of the record.
type Relation string

// The relations.
const (
	Same     Relation = "same"
	PartOf   Relation = "part_of"  // the record's actor is a part of the bearer
	Overlaps Relation = "overlaps" // the name covers a part of this actor, or others too
	Formerly Relation = "formerly" // the producer has given the name up
	Disputed Relation = "disputed" // sources contradict each other
	Distinct Relation = "distinct" // of a link: not the same, whatever else says so; takes a tie of the view back
)

// Origin is a statement that an actor belongs to a state. It is always
// somebody's statement and never a conclusion of this program.
type Origin struct {
	Place string // country code or the source's own words
	By    string
	Ref   string
}

// Link is an assertion about a record of another source, by its uuid or by
// its source and id.
type Link struct {
	Relation Relation
	UUID     string `json:",omitempty"`
	Source   string `json:",omitempty"`
	ID       string `json:",omitempty"`
	By       string `json:",omitempty"` // who says so; "" is the source of the record
	Ref      string `json:",omitempty"`
}

// Use is a technique or software that an actor is known to use.
type Use struct {
	ID   string
	Refs []string // distinct public reports that say so
}

// Sources returns how many public reports support the use. One that is stated
// without a report counts once.
func (u Use) Sources() int { return max(1, len(u.Refs)) }

// Target is a country or sector in which an actor is known to have attacked.
type Target struct {
	What string
	Refs []string
}

// Campaign is what a source says of one operation: who is said to stand behind
// it, and what was seen of it.
type Campaign struct {
	Source string
	ID     string // C0022
	Names  []string
	First  string `json:",omitempty"` // as the source gives them
	Last   string `json:",omitempty"`

	Actors     []string // ids of the records of the same source to which it is attributed
	Techniques []Use
	Software   []Use
	Reports    []string // all that the source cites for it
}

func (r *Record) key() key { return key{r.Source, r.ID} }

// labels are all by which the record can be found.
func (r *Record) labels() []string {
	labels := append([]string{r.ID}, r.Retired...)
	for _, n := range r.Names {
		labels = append(labels, n.Name)
	}
	return labels
}
