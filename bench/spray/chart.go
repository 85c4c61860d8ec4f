package spray

import (
	"fmt"
	"math"
	"strings"
)

// The drawing area of a chart in the units of its SVG, and the room around it.
const (
	chartWidth, chartHeight = 430.0, 250.0
	left, right             = 48.0, 12.0
	top, bottom             = 12.0, 44.0
)

// chart is a line chart as the page's template draws it: all positions are in
// the units of the SVG.
type chart struct {
	Title, XAxis, YAxis string
	Width, Height       float64
	Left, Right         float64 // of the drawing area
	Top, Bottom         float64
	XTicks, YTicks      []tick
	Series              []series
}

type tick struct {
	At   float64
	Text string
}

// series is one line with its points, and a band from it to the worst seed.
type series struct {
	Name, Class string
	Line, Band  string // "x,y x,y …"
	Dots        []dot
}

type dot struct {
	X, Y  float64
	Title string
}

// axis turns values into positions.
type axis struct {
	low, high float64 // values at the ends
	from, to  float64 // positions of the ends
	log       bool
}

func (a axis) at(v float64) float64 {
	low, high := a.low, a.high
	if a.log {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	share := 0.5
	if high > low {
		share = (v - low) / (high - low)
	}
	return math.Round(10*(a.from+min(1, max(0, share))*(a.to-a.from))) / 10
}

// line is what is drawn of one system over the points of a sweep.
type line struct {
	name, class string
	values      []Figure
	worst       []Figure // nil: no band
}

// newChart draws lines over the points of a sweep: of time, or of shares.
func newChart(s Sweep, title string, points []*Measured, lines []line, time bool) chart {
	c := chart{
		Title: title, XAxis: s.Axis, YAxis: "share found",
		Width: chartWidth, Height: chartHeight, Left: left, Right: chartWidth - right, Top: top, Bottom: chartHeight - bottom,
	}
	x := axis{points[0].X, points[len(points)-1].X, c.Left + 14, c.Right - 14, s.Log}
	for _, p := range points {
		text := p.Label
		if text == "" {
			text = number(p.X)
		}
		c.XTicks = append(c.XTicks, tick{x.at(p.X), text})
	}
	y := axis{0, 1, c.Bottom, c.Top, false}
	if time {
		c.YAxis = "until found (median)"
		y = axis{0.5, 14 * 24, c.Bottom, c.Top, true}
		for _, t := range []tick{{0.5, "30 min"}, {1, "1 h"}, {6, "6 h"}, {24, "1 d"}, {72, "3 d"}, {168, "7 d"}, {336, "14 d"}} {
			c.YTicks = append(c.YTicks, tick{y.at(t.At), t.Text})
		}
	} else {
		for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
			c.YTicks = append(c.YTicks, tick{y.at(v), percent(Figure(v))})
		}
	}
	for _, l := range lines {
		drawn := draw(l, points, x, y, time)
		if !s.Log { // names: nothing lies between them
			drawn.Line, drawn.Band = "", ""
		}
		c.Series = append(c.Series, drawn)
	}
	return c
}

func draw(l line, points []*Measured, x, y axis, time bool) series {
	s := series{Name: l.name, Class: l.class}
	write := percent
	if time {
		write = hours
	}
	var way, back []string
	for i, p := range points {
		v := l.values[i]
		if !v.Applies() || math.IsInf(float64(v), 1) {
			continue
		}
		at := fmt.Sprintf("%g,%g", x.at(p.X), y.at(float64(v)))
		way = append(way, at)
		s.Dots = append(s.Dots, dot{x.at(p.X), y.at(float64(v)), fmt.Sprintf("%s, %s: %s", l.name, p.Name, write(v))})
		if l.worst != nil && l.worst[i].Applies() && !math.IsInf(float64(l.worst[i]), 1) {
			back = append([]string{fmt.Sprintf("%g,%g", x.at(p.X), y.at(float64(l.worst[i])))}, back...)
		}
	}
	s.Line = strings.Join(way, " ")
	if len(back) == len(way) {
		s.Band = strings.Join(append(way, back...), " ")
	}
	return s
}

// charts draws a sweep: what was found, and after how long.
func (r *Result) charts(s Sweep) []chart {
	points := r.group(s.Group)
	if len(points) < 2 {
		return nil
	}
	of := func(system func(*Measured) *System, f func(Figures) Figure) (values, worst []Figure) {
		for _, p := range points {
			values = append(values, f(system(p).Median))
			worst = append(worst, f(system(p).Worst))
		}
		return values, worst
	}
	orgs, worstOrgs := of((*Measured).Ours, func(f Figures) Figure { return f.Orgs })
	accounts, _ := of((*Measured).Ours, func(f Figures) Figure { return f.Accounts })
	clean, _ := of((*Measured).Ours, func(f Figures) Figure { return f.Clean })
	wait, worstWait := of((*Measured).Ours, func(f Figures) Figure { return f.Hours })
	found := []line{
		{"organisations", "orgs", orgs, worstOrgs},
		{"accounts", "accounts", accounts, nil},
		{"accounts claimed that were tried", "clean", clean, nil},
	}
	waits := []line{{Ours, "orgs", wait, worstWait}}
	if len(r.Rivals) > 0 {
		best, _ := of((*Measured).best, func(f Figures) Figure { return f.Orgs })
		bestWait, _ := of((*Measured).best, func(f Figures) Figure { return f.Hours })
		found = append(found, line{"organisations, best rule at each point", "rule", best, nil})
		waits = append(waits, line{"best rule at each point", "rule", bestWait, nil})
	}
	return []chart{newChart(s, s.Title, points, found, false), newChart(s, s.Title+": how soon", points, waits, true)}
}
