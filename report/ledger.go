package report

import (
	"fmt"
	"slices"
)

// Ledger is what all editions so far have published. Numbers that are harmless
// one by one may not be so together; every new edition is held against it.
type Ledger struct {
	Entries []Entry `json:"entries"`
}

// Entry is what one edition published in numbers.
type Entry struct {
	Number int     `json:"edition"`
	ID     string  `json:"id"`
	K      int     `json:"k"`
	Period Period  `json:"period"`
	Total  Count   `json:"organisations"`
	Tables []Table `json:"tables"`
}

// With returns the ledger with one more released edition in it.
func (l Ledger) With(e Edition) Ledger {
	return Ledger{append(slices.Clip(l.Entries), Entry{
		Number: e.Number, ID: e.ID, K: e.Rules.K, Period: e.Period, Total: e.Total, Tables: e.Tables,
	})}
}

// accepts reports why no edition of that number and k may follow. Bands of
// one width make differences harmless; bands of two do not.
func (l Ledger) accepts(number, k int) error {
	for _, e := range l.Entries {
		if e.K != k {
			return fmt.Errorf("k = %d, but edition %d was published with k = %d: begin a new ledger for a new audience, or keep k", k, e.Number, e.K)
		}
		if e.Number >= number {
			return fmt.Errorf("edition %d does not come after edition %d", number, e.Number)
		}
	}
	return nil
}

// total returns what is published of the number of all organisations: itself
// if it is at least k and more than k away from everything published of that
// number before, else its band.
//
// Whether it is exact must not say anything either. If it were exact whenever
// its difference to an earlier one is not 1 to k-1, a band would prove such a
// difference to whoever knows this program. With the wider margin a band is
// also given for the differences 0 and k, which prove nothing.
func (l Ledger) total(n, k int) Count {
	if n < k {
		return band(n, k)
	}
	for _, e := range l.Entries {
		if n >= e.Total.AtLeast-k && n <= e.Total.AtMost+k {
			return band(n, k)
		}
	}
	return Count{n, n}
}

// band returns the one of 0..k-1, k..2k-1, … that holds n. The grid does not
// depend on the data.
func band(n, k int) Count { return Count{n / k * k, n/k*k + k - 1} }
