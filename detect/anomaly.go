package detect

// Directed anomaly scoring (Ho, Sharma, Javed, Paxson, Wagner, "Detecting
// Credential Spearphishing Attacks in Enterprise Settings", USENIX Security
// 2017): an event is as anomalous as the number of events that are no more
// suspicious in any dimension. No labels, no distances, no distribution is
// assumed, and a dimension that says nothing cannot hide one that does.
//
// Ho et al. rank a month at a time. Here each mail is ranked against the 30
// days before it, so that what is concluded does not wait and does not change.
// Dimensions are cut into few steps, and a Fenwick tree over them (Fenwick
// 1994) counts in the product of their logarithms, whatever the number of
// mails.

// The dimensions of a mail; smaller is more suspicious.
const (
	dimLink   = iota // days the least known link host is known
	dimSender        // days the address is known, here or elsewhere
	dimPair          // days that name has come with that address
	dimReply         // days the reply address is known
	dimVote          // what the content model says against it
	dims
)

// steps is how many steps each dimension has.
const steps = 6

type vector [dims]uint8

// daysStep cuts days known into steps: 0, 1, 2 to 3, 4 to 7, 8 to 15, more.
func daysStep(days int) uint8 {
	s := uint8(0)
	for ; days > 0 && s < steps-1; days /= 2 {
		s++
	}
	return s
}

// voteStep cuts the content model's log odds into steps, most suspicious 0.
// It is bounded on both sides: a model may order what the other dimensions
// leave equal, no more.
func voteStep(logOdds float32) uint8 {
	for s, least := range [steps - 1]float32{4, 2, 0, -2, -4} {
		if logOdds >= least {
			return uint8(s)
		}
	}
	return steps - 1
}

// cube counts vectors; prefix sums over it in all dimensions are logarithmic.
// It is turned around so that a prefix is "no more suspicious".
type cube struct {
	cells [7776]int32 // steps to the power of dims
	n     int
}

// add counts a vector n more times.
func (c *cube) add(v vector, n int) {
	c.n += n
	c.walk(v, 0, 0, func(at int) { c.cells[at] += int32(n) }, func(i int) int { return i + i&-i })
}

// noMore returns how many of the counted are no more suspicious than v in
// every dimension.
func (c *cube) noMore(v vector) int {
	sum := 0
	c.walk(v, 0, 0, func(at int) { sum += int(c.cells[at]) }, func(i int) int { return i - i&-i })
	return sum
}

// walk visits the cells of a Fenwick tree of dims dimensions.
func (c *cube) walk(v vector, dim, at int, visit func(at int), next func(i int) int) {
	if dim == dims {
		visit(at)
		return
	}
	for i := steps - int(v[dim]); i > 0 && i <= steps; i = next(i) {
		c.walk(v, dim+1, at*steps+i-1, visit, next)
	}
}

// ranking ranks the mails of an organisation as they come.
type ranking struct {
	perDay int // the budget
	window []ranked
	cube   cube
	equal  map[vector]int // of the window
	score  map[vector]int // under which those are counted, anew each day: as more becomes familiar, strangers stand out more
	today  int64
	scores [rankSteps + 1]int32 // Fenwick tree over the scores of the window, highest first
	began  int64                // the first mail, milliseconds
}

type ranked struct {
	at int64
	v  vector
}

const (
	rankWindow = 30 * day // of Ho et al.
	rankSteps  = 1024     // to which scores are rounded
	rankLeast  = 20       // mails in the window before a rank means anything
	rankShare  = 20       // at most one mail in so many, where a day has few: ten a day would be all of a small practice's
)

// DefaultMailBudget is how many mails a day the ranking puts before people at
// one organisation (Ho et al. 2017).
const DefaultMailBudget = 10

func newRanking(perDay int, began int64) *ranking {
	if perDay <= 0 {
		perDay = DefaultMailBudget
	}
	return &ranking{perDay: perDay, equal: map[vector]int{}, score: map[vector]int{}, began: began}
}

// rank places a mail among those of the 30 days before it, and counts it.
// dominated is the share that is no more suspicious in every dimension;
// inBudget says whether it is among the most suspicious for which there is
// room, and stands out: where most mails are alike nobody is before another.
func (r *ranking) rank(at int64, v vector) (dominated float64, inBudget bool) {
	old := 0
	for old < len(r.window) && r.window[old].at <= at-rankWindow {
		x := r.window[old]
		r.cube.add(x.v, -1)
		r.count(r.score[x.v], -1)
		if r.equal[x.v]--; r.equal[x.v] == 0 {
			delete(r.equal, x.v)
			delete(r.score, x.v)
		}
		old++
	}
	r.window = r.window[old:]
	if at/day != r.today {
		r.today = at / day
		r.recount()
	}
	score := 0
	if n := len(r.window); n > 0 {
		dominated = float64(r.cube.noMore(v)) / float64(n)
		score = r.standing(v)
		days := min(rankWindow, at-r.began)/day + 1
		room := min(r.perDay*int(days), n/rankShare)
		inBudget = n >= rankLeast && 2*score >= rankSteps && r.atLeast(score) < room
	}
	r.window = append(r.window, ranked{at, v})
	r.cube.add(v, 1)
	if r.equal[v]++; r.equal[v] == 1 {
		r.score[v] = score
	}
	r.count(r.score[v], 1)
	return dominated, inBudget
}

// standing is the share of the window, in steps, that is less suspicious: no
// more so in any dimension and not the same.
func (r *ranking) standing(v vector) int {
	return (r.cube.noMore(v) - r.equal[v]) * rankSteps / len(r.window)
}

// recount counts the window anew under the standing that its mails have today.
func (r *ranking) recount() {
	clear(r.scores[:])
	for v, n := range r.equal { // in any order: counting is commutative
		r.score[v] = r.standing(v)
		r.count(r.score[v], int32(n))
	}
}

func (r *ranking) count(score int, n int32) {
	for i := rankSteps - score + 1; i <= rankSteps; i += i & -i {
		r.scores[i] += n
	}
}

// atLeast returns how many of the window have that score or more.
func (r *ranking) atLeast(score int) int {
	sum := int32(0)
	for i := min(rankSteps, rankSteps-score+1); i > 0; i -= i & -i {
		sum += r.scores[i]
	}
	return int(sum)
}
