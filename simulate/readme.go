package simulate

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
)

//go:embed readme.txt
var readmeText string

// writeReadme writes what is what in the folder of a run, for somebody who was
// given it and has no other documentation.
func writeReadme(out io.Writer, w *World, campaigns []*campaign, post *post, files []File) error {
	var b strings.Builder
	fmt.Fprintf(&b, "SIMULATED SIGN-IN LOGS\n\n%d organisations, %s to %s (UTC), seed %d.\n", len(w.Orgs),
		w.Start.Format("2006-01-02"), w.end().AddDate(0, 0, -1).Format("2006-01-02"), w.Seed)
	b.WriteString("\nCampaigns in it:\n")
	for i, c := range campaigns {
		name := c.spec.Name
		if c.index != i {
			name += " (more of it)"
		}
		fmt.Fprintf(&b, "  %-20s %s, scenario %s, %d organisations from %s\n", name, c.Kind, c.Scenario.Name, len(c.spec.Orgs),
			c.spec.Start.Format("2006-01-02 15:04"))
		for _, line := range []struct {
			what string
			set  bool
		}{
			{fmt.Sprintf("rate: %g attempts on each account and day", c.spec.Rate), c.spec.Rate > 0},
			{fmt.Sprintf("reuse: %d attempts from each address", c.spec.Reuse), c.spec.Reuse > 0},
			{"imitates the people of the organisation", c.spec.Imitate},
		} {
			if line.set {
				fmt.Fprintf(&b, "  %-20s %s\n", "", line.what)
			}
		}
	}
	if post != nil {
		for _, c := range post.campaigns {
			fmt.Fprintf(&b, "  %-20s %s, mails of scenario %s, %d organisations from %s\n", c.spec.Name, c.Kind, c.Name, len(c.spec.Orgs),
				c.spec.Start.Format("2006-01-02 15:04"))
		}
	}
	if len(campaigns) == 0 && post == nil {
		b.WriteString("  none: whatever is reported is false\n")
	}
	b.WriteString("\nLogs:\n")
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range files {
		fmt.Fprintf(&b, "  %-44s %-20s %9d records\n", f.Path, f.Format, f.Attempts)
	}
	b.WriteString("\n" + readmeText)
	_, err := io.WriteString(out, b.String())
	return err
}
