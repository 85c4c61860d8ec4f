package exchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ocsfVersion is the version of OCSF that the findings follow: the one that
// brought metadata.reporter (2025-11-14).
const ocsfVersion = "1.7.0"

// ocsfFinding is a Detection Finding (class 2004) with the OSINT profile. What
// OCSF has no place for, assertions and who disagrees, stands in unmapped.
type ocsfFinding struct {
	ActivityID      int            `json:"activity_id"`
	ActivityName    string         `json:"activity_name"`
	CategoryUID     int            `json:"category_uid"`
	CategoryName    string         `json:"category_name"`
	ClassUID        int            `json:"class_uid"`
	ClassName       string         `json:"class_name"`
	TypeUID         int            `json:"type_uid"`
	SeverityID      int            `json:"severity_id"`
	Severity        string         `json:"severity"`
	StatusID        int            `json:"status_id"`
	Status          string         `json:"status"`
	Time            int64          `json:"time"` // milliseconds
	StartTime       int64          `json:"start_time,omitempty"`
	EndTime         int64          `json:"end_time,omitempty"`
	Count           int            `json:"count,omitempty"`
	Message         string         `json:"message,omitempty"`
	ConfidenceID    int            `json:"confidence_id"`
	Confidence      string         `json:"confidence"`
	ConfidenceScore int            `json:"confidence_score,omitempty"`
	Metadata        ocsfMetadata   `json:"metadata"`
	Info            ocsfInfo       `json:"finding_info"`
	OSINT           []ocsfOSINT    `json:"osint,omitempty"`
	Resources       []ocsfResource `json:"resources,omitempty"`
	Unmapped        *ocsfUnmapped  `json:"unmapped,omitempty"`
}

type ocsfMetadata struct {
	Version  string      `json:"version"`
	UID      string      `json:"uid"`
	Profiles []string    `json:"profiles"`
	Product  ocsfProduct `json:"product"`
	Reporter ocsfEntity  `json:"reporter"`
}

type ocsfProduct struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor_name"`
}

type ocsfEntity struct {
	Name string `json:"name,omitempty"`
	UID  string `json:"uid,omitempty"`
}

type ocsfInfo struct {
	UID     string       `json:"uid"`
	Title   string       `json:"title"`
	Desc    string       `json:"desc,omitempty"`
	Types   []string     `json:"types,omitempty"`
	First   int64        `json:"first_seen_time,omitempty"`
	Last    int64        `json:"last_seen_time,omitempty"`
	Attacks []ocsfAttack `json:"attacks,omitempty"`
}

type ocsfAttack struct {
	Technique    *ocsfEntity `json:"technique,omitempty"`
	SubTechnique *ocsfEntity `json:"sub_technique,omitempty"`
}

// ocsfOSINT is an indicator.
type ocsfOSINT struct {
	TypeID       int    `json:"type_id"`
	Type         string `json:"type"`
	Value        string `json:"value"`
	TLP          string `json:"tlp,omitempty"`
	ConfidenceID int    `json:"confidence_id,omitempty"`
	Created      int64  `json:"created_time,omitempty"`
	Expires      int64  `json:"expiration_time,omitempty"`
	Comment      string `json:"comment,omitempty"`
}

type ocsfResource struct {
	Name   string   `json:"name"`
	Type   string   `json:"type,omitempty"`
	RoleID int      `json:"role_id,omitempty"`
	Labels []string `json:"labels,omitempty"`
}

type ocsfUnmapped struct {
	TLP        TLP         `json:"tlp,omitempty"`
	Notes      []Note      `json:"notes,omitempty"`
	Actors     []Actor     `json:"actors,omitempty"`
	Assertions []Assertion `json:"assertions,omitempty"`
	Statements []Statement `json:"statements,omitempty"`
}

// ocsfTypes are the values of osint.type_id; 99 is "other" and named.
var ocsfTypes = map[Kind]int{Address: 1, Domain: 2, MD5: 4, SHA1: 4, SHA256: 4, URL: 5, UserAgent: 6, Email: 9, FileName: 11}

// The levels of confidence_id, and the value of STIX's scale (2.1, appendix A)
// that each is read as: OCSF's indicators have no number.
var ocsfLevels = []struct {
	name string
	from int
	as   int
}{{"Unknown", 0, 0}, {"Low", 1, 15}, {"Medium", 30, 50}, {"High", 70, 85}}

func ocsfLevel(confidence int) int {
	level := 0
	for i, l := range ocsfLevels {
		if confidence >= l.from {
			level = i
		}
	}
	return level
}

// ocsfSeverities are by the outcome of the worst victim that is named; where
// none is, the severity is not known to the reader either.
var ocsfSeverities = map[string]int{"attempted": 2, "undetermined": 3, "blocked": 3, "password_confirmed": 4, "succeeded": 5}

var ocsfSeverityNames = []string{"Unknown", "Informational", "Low", "Medium", "High", "Critical"}

// WriteOCSF writes a document as OCSF Detection Findings, one for each
// campaign and line. Indicators are those of campaigns, with their confidence
// as low, medium or high. Reports have no place in it.
func WriteOCSF(w io.Writer, d Document) error {
	d.Sort()
	if err := d.check(); err != nil {
		return fmt.Errorf("ocsf: %w", err)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, c := range d.Campaigns {
		if err := enc.Encode(finding(d, c)); err != nil {
			return fmt.Errorf("ocsf: %w", err)
		}
	}
	return nil
}

func finding(d Document, c Campaign) ocsfFinding {
	level := ocsfLevel(c.Confidence)
	f := ocsfFinding{
		ActivityID: 1, ActivityName: "Create", CategoryUID: 2, CategoryName: "Findings", ClassUID: 2004, ClassName: "Detection Finding", TypeUID: 200401,
		StatusID: 1, Status: "New", Time: d.At.UnixMilli(), StartTime: millis(c.First), EndTime: millis(c.Last), Count: c.Attempts, Message: c.Summary,
		ConfidenceID: level, Confidence: ocsfLevels[level].name, ConfidenceScore: c.Confidence,
		Metadata: ocsfMetadata{
			Version: ocsfVersion, UID: productIDs.child("ocsf", d.Producer, c.ID, d.At.String()).String(), Profiles: []string{"osint"},
			Product: ocsfProduct{"pumphandle", "pumphandle"}, Reporter: ocsfEntity{Name: d.Producer},
		},
		Info:     ocsfInfo{UID: c.ID, Title: c.Name, Desc: c.Summary, Types: c.Kinds, First: millis(c.First), Last: millis(c.Last)},
		Unmapped: &ocsfUnmapped{TLP: d.TLP, Notes: c.Notes},
	}
	for _, t := range c.Techniques {
		technique := &ocsfEntity{Name: t.Name, UID: t.ID}
		if strings.Contains(t.ID, ".") {
			f.Info.Attacks = append(f.Info.Attacks, ocsfAttack{SubTechnique: technique})
		} else {
			f.Info.Attacks = append(f.Info.Attacks, ocsfAttack{Technique: technique})
		}
	}
	for _, v := range c.Victims {
		r := ocsfResource{Name: v.Name, Type: "organisation", RoleID: 1}
		if v.Outcome != "" {
			r.Labels = []string{v.Outcome}
		}
		f.SeverityID = max(f.SeverityID, ocsfSeverities[v.Outcome])
		f.Resources = append(f.Resources, r)
	}
	f.Severity = ocsfSeverityNames[f.SeverityID]
	for _, i := range d.Indicators {
		if slices.Contains(i.About, c.ID) {
			f.OSINT = append(f.OSINT, ocsfOSINT{
				TypeID: cmp.Or(ocsfTypes[i.Kind], 99), Type: string(i.Kind), Value: i.Value, TLP: strings.ToUpper(strings.ReplaceAll(string(d.TLP), "+", " ")),
				ConfidenceID: ocsfLevel(i.Confidence), Created: millis(i.From), Expires: millis(i.Until), Comment: i.Text,
			})
		}
	}
	named := map[string]bool{}
	for _, a := range d.Assertions {
		if a.Subject == c.ID {
			f.Unmapped.Assertions = append(f.Unmapped.Assertions, a)
			named[a.Actor] = true
		}
	}
	for _, a := range d.Actors {
		if named[a.ID] {
			f.Unmapped.Actors = append(f.Unmapped.Actors, a)
		}
	}
	for _, x := range d.Statements {
		if x.Subject == c.ID {
			f.Unmapped.Statements = append(f.Unmapped.Statements, x)
		}
	}
	return f
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
