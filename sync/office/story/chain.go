package story

import (
	"cmp"
	"slices"
	"time"

	"sourire/device/tally"
)

// Placed is a note with its terminal.
type Placed struct {
	Terminal string `json:"terminal"` // {chain}/{store}/{terminal}
	Note
}

// Chain is the stories of several terminals, told as one. Its reasons are those
// of customers who were asked the same question in the same way, the one that
// most terminals ask; the staff are not among them.
type Chain struct {
	Terminals int      `json:"terminals"` // whose reasons are added up
	Question  string   `json:"question"`
	Asked     Asked    `json:"asked"`
	Notes     []Placed `json:"notes"` // the newest first
}

// Entry is a terminal of a chain.
type Entry struct {
	Terminal string // {chain}/{store}/{terminal}
	Story    *Story
	Now      time.Time // in its place
}

const mostPlaced = 12 // notes of a chain

// TellChain tells the stories of a chain as one.
func TellChain(entries []Entry) Chain {
	c := Chain{Asked: Asked{Mentions: []Mention{}}, Notes: []Placed{}}
	asking := map[string]int{} // terminals by question
	var asked []Entry
	for _, e := range entries {
		if !e.Story.Known() {
			continue
		}
		for _, n := range e.Story.Tell(e.Now).Notes {
			c.Notes = append(c.Notes, Placed{e.Terminal, n})
		}
		if v := e.Story.survey; v.Audience != staff && v.FollowUp != nil {
			asking[v.Question]++
			asked = append(asked, e)
		}
	}
	slices.SortStableFunc(c.Notes, func(a, b Placed) int { return cmp.Compare(b.Day, a.Day) })
	c.Notes = c.Notes[:min(len(c.Notes), mostPlaced)]
	for question, n := range asking {
		if m := asking[c.Question]; n > m || n == m && question < c.Question {
			c.Question = question
		}
	}
	var all tally.Counts
	var first *Entry
	for i := range asked {
		e := &asked[i]
		if v := e.Story.survey; v.Question != c.Question || first != nil && v.Scale != first.Story.survey.Scale {
			continue
		}
		counts := e.Story.counts(span(e.Now))
		if c.Terminals++; first == nil {
			first, all = e, counts
			continue
		}
		all = all.Plus(counts)
	}
	if first != nil {
		c.Asked = first.Story.asked(all)
		from, to := span(first.Now)
		c.Asked.From, c.Asked.To = from.Format(time.DateOnly), midnight(to, -1).Format(time.DateOnly)
	}
	return c
}
