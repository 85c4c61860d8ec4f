package phish

import "fmt"

// Figure is one aim of the project with what was measured.
type Figure struct {
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
	Met  bool   `json:"met"`
}

// figures holds what was measured against the aims. What was not measured has
// none.
func (r *Result) figures() []Figure {
	var out []Figure
	add := func(what, want string, got fmt.Stringer, met bool) {
		out = append(out, Figure{what, want, got.String(), met})
	}
	if r.Real != nil {
		f := r.Real.Forms[0]
		for _, at := range f.At {
			least := map[float64]float64{.01: .97, .001: .90}[at.Rate]
			add(fmt.Sprintf("recall on real phish at %s %% false alarms on %s", percent(at.Rate), at.Ham), fmt.Sprintf("at least %s %%", percent(least)), at.Recall, at.Recall.Value() >= least)
		}
		for _, at := range f.At {
			if at.Rate != .01 {
				continue
			}
			for _, o := range at.Others {
				if o.Name == easyHam || o.Name == hardHam {
					most := map[string]float64{easyHam: .005, hardHam: .02}[o.Name]
					known := map[bool]string{true: " (learned from)"}[len(r.Seen) > 0]
					add(fmt.Sprintf("false alarms on %s%s at the threshold of 1 %% on %s", o.Name, known, at.Ham), fmt.Sprintf("at most %s %%", percent(most)), o.Share, o.Value() <= most)
				}
			}
		}
	}
	for _, g := range r.Synthetic.Groups {
		if g.By != "" || g.Class != "lure" && g.Class != "twin" {
			continue
		}
		families := map[string]string{"all": "all families", "test": "families held out"}[g.Split]
		if g.Class == "lure" {
			add("synthetic lures that raise an alert, nothing of the past being known, "+families, "at least 95.0 %", g.Alert, g.Alert.Value() >= .95)
		} else {
			add("synthetic benign twins that raise one, "+families, "at most 2.0 %", g.Alert, g.Alert.Value() <= .02)
		}
		for i, l := range r.Synthetic.Limits {
			if l.Rate != .01 {
				continue
			}
			if what := fmt.Sprintf("s above the threshold of 1 %% on %s, %s", l.Ham, families); g.Class == "lure" {
				add("synthetic lure"+what, "at least 95.0 %", g.Above[i], g.Above[i].Value() >= .95)
			} else {
				add("synthetic benign twin"+what, "at most 2.0 %", g.Above[i], g.Above[i].Value() <= .02)
			}
		}
	}
	add("generated look-alikes that are found", "at least 99.0 %", r.LookAlikes.All, r.LookAlikes.All.Value() >= .99)
	add("... of domains whose label has six letters and is no ordinary word", "at least 99.0 %", r.LookAlikes.Distinct, r.LookAlikes.Distinct.Value() >= .99)
	if o := r.LookAlikes.Ordinary; o != nil {
		add("ordinary domains taken for look-alikes", "at most 0.10 %", o, o.Value() <= .001)
	}
	if r.Replay != nil {
		p := r.Replay.Pooled
		add(fmt.Sprintf("hidden lures that raise an alert in replay, %d alerts a day at most", p.MostInADay), "at least 80.0 %, at most 10 a day", p.Alerted, p.Alerted.Value() >= .8 && p.MostInADay <= r.Replay.Budget)
	}
	for _, s := range r.Speed {
		out = append(out, Figure{"mails a CPU second, " + s.Input, "at least 1500", fmt.Sprintf("%.0f", s.PerSecond), s.PerSecond >= 1500})
	}
	return out
}
