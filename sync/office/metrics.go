package office

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/VictoriaMetrics/metrics"

	"sourire/device/tap"
)

// counters counts what happened since the office was opened, and remembers
// what has been logged, so that a lasting trouble is one line and not a flood.
type counters struct {
	set        *metrics.Set
	events     *metrics.Counter // stored
	duplicates *metrics.Counter // events that came again
	gaps       *metrics.Counter // batches that came too early
	forks      *metrics.Counter // batches that contradict the chain
	stale      *metrics.Counter // states that were old news
	commits    *metrics.Counter
	failures   *metrics.Counter // groups that could not be stored

	mu       sync.Mutex
	failing  bool
	refused  map[tap.Identity]map[Reason]uint64 // by terminal; strangers share the zero Identity
	troubled map[tap.Identity]Reason            // what was logged last
}

func (c *counters) init() {
	c.set = metrics.NewSet()
	c.events = c.set.NewCounter("sourire_office_events_total")
	c.duplicates = c.set.NewCounter("sourire_office_duplicate_events_total")
	c.gaps = c.set.NewCounter("sourire_office_gaps_total")
	c.forks = c.set.NewCounter("sourire_office_forks_total")
	c.stale = c.set.NewCounter("sourire_office_stale_states_total")
	c.commits = c.set.NewCounter("sourire_office_commits_total")
	c.failures = c.set.NewCounter("sourire_office_commit_failures_total")
	for _, r := range reasons {
		c.set.NewCounter(rejectedName(r))
	}
	c.refused = map[tap.Identity]map[Reason]uint64{}
	c.troubled = map[tap.Identity]Reason{}
}

func rejectedName(r Reason) string {
	return fmt.Sprintf(`sourire_office_rejected_total{reason=%q}`, r)
}

// sums is what a share adds to the counters.
type sums struct {
	events, duplicates, gaps, forks, stale int
	absent                                 int // of duplicates, those that are known to have been, but are not here
}

// since is what was added after before.
func (s sums) since(before sums) sums {
	return sums{
		s.events - before.events, s.duplicates - before.duplicates, s.gaps - before.gaps,
		s.forks - before.forks, s.stale - before.stale, s.absent - before.absent,
	}
}

func (c *counters) add(s sums) {
	c.events.Add(s.events)
	c.duplicates.Add(s.duplicates)
	c.gaps.Add(s.gaps)
	c.forks.Add(s.forks)
	c.stale.Add(s.stale)
}

// stored notes the end of a group.
func (c *counters) stored(err error, log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.commits.Inc()
		if c.failing {
			log.Info("messages are stored again")
		}
	} else {
		c.failures.Inc()
		if !c.failing {
			log.Error("messages cannot be stored; they will come again", "err", err)
		}
	}
	c.failing = err != nil
}

// healthy reports whether the newest group could be stored.
func (c *counters) healthy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.failing
}

// reject counts a refused message, and logs it where the trouble is a new one.
func (o *Office) reject(id tap.Identity, err error) {
	var r refusal
	errors.As(err, &r)
	from := id.String()
	if id == (tap.Identity{}) {
		from = "a stranger"
	}
	if o.terminals[id] == nil {
		id = tap.Identity{} // a stranger can invent any number of names
	}
	c := &o.metrics
	c.set.GetOrCreateCounter(rejectedName(r.reason)).Inc()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused[id] == nil {
		c.refused[id] = map[Reason]uint64{}
	}
	c.refused[id][r.reason]++
	if c.troubled[id] != r.reason {
		c.troubled[id] = r.reason
		o.Log.Warn("message refused", "from", from, "reason", r.reason, "err", errors.Unwrap(r))
	}
}

// accepted notes that a terminal's trouble is over.
func (o *Office) accepted(id tap.Identity) {
	c := &o.metrics
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.troubled[id]; ok {
		delete(c.troubled, id)
		o.Log.Info("messages are accepted again", "from", id)
	}
}

// rejected is what was refused of a terminal since the office was opened.
func (c *counters) rejected(id tap.Identity) map[Reason]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[Reason]uint64, len(reasons))
	for _, r := range reasons {
		all[r] = c.refused[id][r]
	}
	return all
}
