package tally

import "time"

const (
	// BlockLeast is how many answers of the staff are told together, at least.
	BlockLeast = 10
	// frameWeeks is how many weeks a block has at most.
	frameWeeks = 4
	week       = 7 // days
	// blockSettles is how long after its end a block is told: the times of staff are
	// those of the hour, and an undo may come.
	blockSettles = time.Hour + undoPeriod*time.Millisecond
)

// Block is a run of whole weeks of which the answers of the staff are told, all
// together.
//
// Who may look at a terminal on two days must not learn from the difference what
// few people, or one, said in between. So staff's answers are told by blocks only,
// each once: when it is over, and the same for ever. All that is shown are sums of
// whole blocks, and so is what one of them differs from another by.
type Block struct {
	From, To time.Time // midnights before Mondays; To is not part of it
	Counts   Counts
}

// Frame is when the four weeks begin in which the blocks of a day are: the same
// four weeks for every terminal, and for ever, so that no look at another run of
// days cuts time otherwise.
func Frame(t time.Time) time.Time {
	y, m, d := t.Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400
	const thursday = 3 // was the day 0
	back := (day + thursday) % (frameWeeks * week)
	return time.Date(y, m, d-int(back), 0, 0, 0, 0, t.Location())
}

// Blocks cuts days, of which the first begins a frame: a block is whole weeks,
// from the end of the one before or the beginning of the frame, until they have
// [BlockLeast] answers; of fewer reasons it tells none. What is left of a frame is in none, and never told. There
// is no block yet that ended less than an hour before final, until when nothing
// will change any more.
func Blocks(first time.Time, days []Counts, final time.Time) (all []Block) {
	midnight := func(n int) time.Time {
		y, m, d := first.Date()
		return time.Date(y, m, d+n, 0, 0, 0, 0, first.Location())
	}
	var b Block
	for n := 0; n+week <= len(days) && !midnight(n+week).Add(blockSettles).After(final); n += week {
		if b.From.IsZero() || n%(frameWeeks*week) == 0 {
			b = Block{From: midnight(n), Counts: NewCounts(days[n].Scale)}
		}
		for _, day := range days[n : n+week] {
			b.Counts = b.Counts.with(day)
		}
		if b.Counts.N() >= BlockLeast {
			b.To, b.Counts = midnight(n+week), discreet(b.Counts)
			all = append(all, b)
			b = Block{}
		}
	}
	return all
}

// discreet leaves out of a block the reasons where fewer than [BlockLeast] were
// given, and who gave them where one side gave fewer.
func discreet(c Counts) Counts {
	given, worse := 0, 0
	for id, n := range c.Reasons {
		given, worse = given+n, worse+c.Worse[id]
	}
	switch {
	case given < BlockLeast:
		c.Reasons, c.Worse, c.Unsided = map[string]int{}, map[string]int{}, 0
	case c.Unsided > 0 || min(worse, given-worse) < BlockLeast:
		c.Worse, c.Unsided = map[string]int{}, given
	}
	return c
}

// Blocks are the blocks that end within the days from that of from to that of to,
// both included.
func (c *Clerk) Blocks(from, to time.Time) (ended []Block) {
	from, to = from.In(c.loc), to.In(c.loc)
	first := Frame(from)
	var days []Counts
	for d := c.dayOf(first); d <= c.dayOf(to); d++ {
		days = append(days, c.days(d, d))
	}
	for _, b := range Blocks(first, days, c.Final()) {
		if c.dayOf(b.To)-1 >= c.dayOf(from) {
			ended = append(ended, b)
		}
	}
	return ended
}

// Final is until when no answer of the staff will be counted, or counted
// elsewhere, any more: the latest moment that a time server vouches for. The zero
// time is none.
func (c *Clerk) Final() time.Time {
	ms := c.duty.vouched
	if c.duty.known {
		ms = max(ms, c.duty.last+c.duty.offset)
	}
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
