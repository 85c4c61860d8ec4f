package export

import (
	"io"
	"slices"
	"strconv"

	"github.com/pumphandle/pumphandle/outcome"
)

// WriteTargetsCSV writes one row for each target, a campaign at one
// organisation. The outcomes count accounts. The table is private.
func WriteTargetsCSV(w io.Writer, targets []outcome.Target) error {
	head := []string{"campaign", "org", "kinds", "outcome", "confidence", "first", "last", "attempts", "sources", "accounts"}
	t := newTable(w, slices.Concat(head, rungNames(), []string{"gaps"})...)
	for _, x := range targets {
		t.row(slices.Concat(
			[]string{
				x.Campaign, string(x.Org), kindNames(x.Kinds), x.Outcome.String(), fraction(x.Confidence), stamp(x.First), stamp(x.Last),
				strconv.Itoa(x.Attempts), strconv.Itoa(len(x.Sources) + x.More), strconv.Itoa(len(x.Accounts)),
			},
			rungCounts(len(x.Accounts), func(i int) outcome.Outcome { return x.Accounts[i].Outcome }),
			[]string{strconv.Itoa(len(x.Gaps))},
		)...)
	}
	return t.done("targets")
}
