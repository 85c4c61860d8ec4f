package export

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pumphandle/pumphandle/outcome"
)

// WriteCampaignsCSV writes one row for each campaign: the numbers of its
// record in docs/contracts.md. The outcomes count organisations.
func WriteCampaignsCSV(w io.Writer, cases []Case) error {
	head := []string{"campaign", "kinds", "techniques", "first", "last", "attempts", "orgs", "accounts", "sources"}
	t := newTable(w, slices.Concat(head, rungNames(), []string{"confidence", "assessment"})...)
	for _, c := range cases {
		cam, accounts := c.Campaign, 0
		for _, target := range c.Targets {
			accounts += len(target.Accounts)
		}
		t.row(slices.Concat(
			[]string{
				cam.ID, kindNames(cam.Kinds), strings.Join(cam.Techniques, " "), stamp(cam.First), stamp(cam.Last),
				strconv.Itoa(cam.Features.Attempts), strconv.Itoa(len(cam.Members)), strconv.Itoa(accounts), strconv.Itoa(cam.Features.Sources),
			},
			rungCounts(len(c.Targets), func(i int) outcome.Outcome { return c.Targets[i].Outcome }),
			[]string{fraction(cam.Confidence), string(c.Assessment.Status)},
		)...)
	}
	return t.done("campaigns")
}
