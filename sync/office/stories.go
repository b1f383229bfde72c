package office

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"sourire/device/tap"
	"sourire/sync/office/story"
)

const (
	// storyReach is how many events of a terminal are looked through for its story,
	// at first: at 1,000 presses a day more than half a year.
	storyReach = 400_000
	storyPage  = 5000
	storyTime  = 400 * time.Millisecond // in which a reader has stories read on; the rest waits for the next
)

// stories are what the events tell beside the number of presses. They are read
// when somebody asks, from the store: what takes messages in does not wait for
// it.
type stories struct {
	reading sync.Mutex // held by who reads on

	mu sync.RWMutex
	of map[tap.Identity]*told
}

// told is a story, and how far it has been read.
type told struct {
	story *story.Story
	pos   uint64
	whole bool // it was read to an end once
	epoch string
}

// tellOn reads stories on: that of one terminal or, of the zero Identity, of all.
// It takes no more than a moment; where somebody else reads, none.
func (o *Office) tellOn(ctx context.Context, only tap.Identity) {
	if !o.stories.reading.TryLock() {
		return
	}
	defer o.stories.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	type goal struct {
		id    tap.Identity
		pos   uint64
		epoch string
	}
	var goals []goal
	o.mu.RLock()
	for id, t := range o.terminals {
		if e := t.newest(); e != nil && t.unread == nil && (only == (tap.Identity{}) || only == id) {
			goals = append(goals, goal{id, t.Pos, e.Epoch.Epoch})
		}
	}
	o.mu.RUnlock()
	slices.SortFunc(goals, func(a, b goal) int { return cmp.Compare(a.id.String(), b.id.String()) })
	for _, g := range goals {
		if err := o.tell(ctx, g.id, g.pos, g.epoch); err != nil && ctx.Err() == nil && !errors.Is(err, ErrDamaged) {
			o.Log.Warn("what a terminal tells cannot be read", "terminal", g.id, "err", err)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// tell reads the story of a terminal on to a position.
func (o *Office) tell(ctx context.Context, id tap.Identity, upto uint64, epoch string) error {
	o.stories.mu.Lock()
	t := o.stories.of[id]
	if t == nil || t.pos > upto || t.epoch != epoch { // new, or of a store that was put back
		t = &told{story: story.New(), pos: upto - min(upto, storyReach), epoch: epoch}
		o.stories.of[id] = t
	}
	pos := t.pos
	o.stories.mu.Unlock()
	for pos < upto {
		to := min(upto, pos+storyPage)
		events, err := o.Store.EventsOf(ctx, id, pos, to, story.Kinds)
		if err != nil {
			return err
		}
		now := o.Now()
		o.stories.mu.Lock()
		for _, e := range events {
			if event, err := tap.Parse(e.Link.Event); err == nil {
				t.story.Add(e.EpochID.Epoch, e.EpochID.Epoch == epoch, event, now)
			}
		}
		t.pos, pos = to, to
		o.stories.mu.Unlock()
	}
	o.stories.mu.Lock()
	t.whole = true
	t.story.Forget(o.Now())
	o.stories.mu.Unlock()
	return nil
}

// told is the story of a terminal; nil where it has not been read.
func (s *stories) told(id tap.Identity) *told {
	if t := s.of[id]; t != nil && t.whole {
		return t
	}
	return nil
}
