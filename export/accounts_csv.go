package export

import (
	"io"
	"strconv"

	"github.com/pumphandle/pumphandle/outcome"
)

// WriteAccountsCSV writes one row for each account of the targets. The table
// is private; with the targets of one organisation it goes with its notice.
func WriteAccountsCSV(w io.Writer, targets []outcome.Target) error {
	t := newTable(w, "campaign", "org", "account", "exists", "outcome", "attempts", "first", "last", "why")
	for _, x := range targets {
		for _, a := range x.Accounts {
			exists := ""
			if a.Known != nil {
				exists = strconv.FormatBool(*a.Known)
			}
			t.row(x.Campaign, string(x.Org), a.Account, exists, a.Outcome.String(), strconv.Itoa(a.Attempts), stamp(a.First), stamp(a.Last), a.Why)
		}
	}
	return t.done("accounts")
}
