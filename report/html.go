package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

// WriteHTML writes the edition as one page without scripts and without
// anything from elsewhere. It stands alone, prints, and reads in the dark and
// on a telephone.
func WriteHTML(w io.Writer, e Edition) error {
	p, err := newPage(e)
	if err != nil {
		return fmt.Errorf("page of edition %d: %w", e.Number, err)
	}
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("page template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return fmt.Errorf("page of edition %d: %w", e.Number, err)
	}
	_, err = out.WriteTo(w)
	return err
}

// page is the edition in the words and measures of the template.
type page struct {
	Edition
	Style       template.CSS
	StyleHash   string // for the content security policy: the page allows this style sheet and nothing else
	Date        string
	Count       string
	Summary     []string
	Charts      []chart
	Kinds       []pageKind
	Campaigns   []pageCampaign
	Call        []string
	Advice      []string
	Indicators  []pageIndicators
	Responses   []pageResponse
	Corrections []Correction
	Lower       int    // k-1
	JSONHash    string // SHA-256 of report.json
	AnyNamed    bool
}

type pageKind struct {
	Title, Lower, Text string
	Techniques         []Technique
	Advice             []string
}

type pageCampaign struct {
	ID, Kinds, Habits string
	Attribution       Attribution
	Names             []string
	Likelihood        string
	Confidence        string
	Basis             string
}

type pageIndicators struct {
	Title  string
	Values []string
	More   int
}

type pageResponse struct {
	Response
	Words string
	Asked string
	When  string
}

// chart is one table with its bars.
type chart struct {
	ID, Title, Column string
	Note              string
	Bars              []bar
	Few               string // the rows of fewer than k, as one
	FewCount          string
	Rest              string
}

// bar is a row of a chart: the certain part and the part up to the upper
// bound, in hundredths of the longest.
type bar struct {
	Label, Count  string
	Certain, Rest float64
}

func newPage(e Edition) (*page, error) {
	l, err := readKindList()
	if err != nil {
		return nil, err
	}
	var report bytes.Buffer
	if err := WriteJSON(&report, e); err != nil {
		return nil, err
	}
	released, err := time.Parse(time.DateOnly, e.Released)
	if err != nil {
		return nil, fmt.Errorf("date of release: %w", err)
	}
	style := sha256.Sum256([]byte(pageStyle))
	sum := sha256.Sum256(report.Bytes())
	p := &page{
		Edition: e, Style: template.CSS(pageStyle), StyleHash: base64.StdEncoding.EncodeToString(style[:]),
		Date: released.Format("2 January 2006"), Count: figure(e.Total),
		Summary: e.summary(l.Kinds), Call: l.Call, Advice: l.General,
		Lower: e.Rules.K - 1, JSONHash: hex.EncodeToString(sum[:]),
	}
	if len(e.Prose.Call) > 0 {
		p.Call = e.Prose.Call
	}
	for _, t := range e.Tables {
		p.Charts = append(p.Charts, newChart(t, l.Kinds))
	}
	for _, k := range e.Kinds {
		i := slices.IndexFunc(l.Kinds, func(i kindInfo) bool { return i.Kind == k.Kind })
		if i < 0 {
			return nil, fmt.Errorf("kind %q is not in the list of kinds", k.Kind)
		}
		p.Kinds = append(p.Kinds, pageKind{l.Kinds[i].Title, inSentence(l.Kinds[i].Title), l.Kinds[i].Text, k.Techniques, l.Kinds[i].Advice})
	}
	for _, c := range e.Campaigns {
		p.Campaigns = append(p.Campaigns, newPageCampaign(c, l.Kinds))
		p.AnyNamed = p.AnyNamed || c.Attribution.Attributed
	}
	for _, r := range e.Responses {
		p.Responses = append(p.Responses, pageResponse{r, responseWords[r.Kind], longDate(r.Asked), longDate(r.Received)})
	}
	for _, c := range e.Corrections {
		p.Corrections = append(p.Corrections, Correction{longDate(c.Date), c.Text})
	}
	p.Indicators = pageIndicatorsOf(e.Indicators)
	return p, nil
}

// figure writes a number as short as it goes.
func figure(c Count) string {
	switch {
	case c.AtLeast == c.AtMost:
		return c.String()
	case c.AtLeast == 0:
		return fmt.Sprintf("<%d", c.AtMost+1)
	}
	return fmt.Sprintf("%d–%d", c.AtLeast, c.AtMost)
}

func longDate(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 January 2006")
}

var chartWords = map[Dimension]struct{ title, column, note, rest string }{
	ByCountry: {"By country", "Country", "", "All other countries"},
	ByRegion:  {"By region", "Region", "", "All other places"},
	BySector:  {"By kind of organisation", "Organisations", "", "All other organisations"},
	ByKind:    {"By kind of attack", "Attack", "One organisation may have seen several.", "All other kinds of attack"},
	ByOutcome: {"By outcome", "Outcome", "The worst that happened to each organisation.", "It is not known how it ended"},
}

func newChart(t Table, kinds []kindInfo) chart {
	words := chartWords[t.Dimension]
	c := chart{ID: string(t.Dimension), Title: words.title, Column: words.column, Note: words.note, Rest: words.rest}
	rows := t.sorted()
	longest := 1
	for _, r := range rows {
		longest = max(longest, r.Count.AtMost)
	}
	var few []string
	for _, r := range rows {
		label := t.label(r.Value, kinds)
		if r.Count.AtLeast == 0 {
			few, c.FewCount = append(few, label), r.Count.String()
			continue
		}
		scale := 100 / float64(longest)
		c.Bars = append(c.Bars, bar{label, r.Count.String(), float64(r.Count.AtLeast) * scale, float64(r.Count.AtMost-r.Count.AtLeast) * scale})
	}
	c.Few = strings.Join(few, " · ")
	if len(few) > 1 {
		c.Few = "Each of: " + c.Few
	}
	return c
}

func newPageCampaign(c Campaign, kinds []kindInfo) pageCampaign {
	out := pageCampaign{ID: c.ID, Attribution: c.Attribution, Kinds: "Several kinds of attack"}
	if len(c.Kinds) > 0 {
		out.Kinds = kindTitles(c.Kinds, kinds)
	}
	var habits []string
	for _, h := range c.Habits {
		habits = append(habits, habitWords[h])
	}
	out.Habits = list(habits)
	for _, n := range c.Attribution.Names {
		name := n.Name
		if n.Producer != "" {
			name += " (" + n.Producer + ")"
		}
		out.Names = append(out.Names, name)
	}
	out.Likelihood = likelihoods[c.Attribution.Likelihood]
	out.Confidence = confidences[c.Attribution.Confidence]
	var basis []string
	for _, b := range c.Attribution.Basis {
		basis = append(basis, basisWords[b])
	}
	out.Basis = list(basis)
	return out
}

func kindTitles(of []detect.Kind, kinds []kindInfo) string {
	var titles []string
	for i, k := range of {
		title := kindTitle(k, kinds)
		if i > 0 {
			title = inSentence(title)
		}
		titles = append(titles, title)
	}
	return list(titles)
}

// mostShown is how many indicators of a type the page shows; all are in the
// JSON form.
const mostShown = 240

func pageIndicatorsOf(all []Indicator) []pageIndicators {
	var out []pageIndicators
	for _, g := range []struct {
		kind  IndicatorType
		title string
	}{{DomainName, "Domains"}, {IPv4Addr, "IPv4 addresses"}, {IPv6Addr, "IPv6 addresses"}} {
		p := pageIndicators{Title: g.title}
		for _, i := range all {
			switch {
			case i.Type != g.kind:
			case len(p.Values) == mostShown:
				p.More++
			default:
				p.Values = append(p.Values, defang(i))
			}
		}
		if len(p.Values) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// defang writes an indicator so that no program makes a link of it.
func defang(i Indicator) string {
	if i.Type == IPv6Addr {
		return strings.Replace(i.Value, ":", "[:]", 1)
	}
	at := strings.LastIndexByte(i.Value, '.')
	return i.Value[:max(at, 0)] + "[.]" + i.Value[at+1:]
}
