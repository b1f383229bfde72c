package office

import (
	"cmp"
	"net/http"
	"slices"

	"sourire/device/tap"
	"sourire/sync/office/story"
)

// getStory answers with the story of a terminal, {"story":{…}}, see [story.Told];
// without ?terminal= with that of the chain, {"chain":{…}}, see [story.Chain].
// null is one that is still being read.
func (o *Office) getStory(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("terminal")
	if name == "" {
		o.tellOn(r.Context(), tap.Identity{})
		answer(w, http.StatusOK, map[string]any{"chain": o.chainStory()})
		return
	}
	id, err := parseIdentity(name)
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	o.mu.RLock()
	t := o.terminals[id]
	o.mu.RUnlock()
	if t == nil {
		fail(w, http.StatusNotFound, "%s: %v; GET /api/terminals lists those that have reported", id, ErrUnknownTerminal)
		return
	}
	o.tellOn(r.Context(), id)
	o.mu.RLock()
	now := o.Now().In(t.place())
	o.mu.RUnlock()
	o.stories.mu.RLock()
	defer o.stories.mu.RUnlock()
	var all *story.Told
	if t := o.stories.told(id); t != nil {
		told := t.story.Tell(now)
		all = &told
	}
	answer(w, http.StatusOK, map[string]any{"story": all})
}

// chainStory is the story of all terminals; nil before each has been read.
func (o *Office) chainStory() *story.Chain {
	o.mu.RLock()
	defer o.mu.RUnlock()
	o.stories.mu.RLock()
	defer o.stories.mu.RUnlock()
	var entries []story.Entry
	for id, t := range o.terminals {
		if t.newest() == nil || t.unread != nil {
			continue
		}
		told := o.stories.told(id)
		if told == nil {
			return nil
		}
		entries = append(entries, story.Entry{Terminal: id.String(), Story: told.story, Now: o.Now().In(t.place())})
	}
	slices.SortFunc(entries, func(a, b story.Entry) int { return cmp.Compare(a.Terminal, b.Terminal) })
	c := story.TellChain(entries)
	return &c
}
