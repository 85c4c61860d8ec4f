package phish

import "fmt"

// Share is K of N with the 95 % interval of Clopper and Pearson.
type Share struct {
	K    int     `json:"k"`
	N    int     `json:"n"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// NewShare is k of n.
func NewShare(k, n int) Share {
	low, high := Interval(k, n)
	return Share{k, n, low, high}
}

// Value is the share, 0 where there is nothing to have a share of.
func (s Share) Value() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

// String writes the share in percent with its interval: "39.1 [35.2, 43.1]".
func (s Share) String() string {
	if s.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%s [%s, %s]", percent(s.Value()), percent(s.Low), percent(s.High))
}

// percent writes small shares with more digits.
func percent(x float64) string {
	if x > 0 && x < .0095 {
		return fmt.Sprintf("%.2f", 100*x)
	}
	return fmt.Sprintf("%.1f", 100*x)
}

// Named is a share of a part: of one category, language, list.
type Named struct {
	Name string `json:"name"`
	Share
}
