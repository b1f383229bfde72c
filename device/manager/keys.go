package manager

import "sourire/assets"

// What a key does, by the key of its word in assets/locales; its sign stands
// beside a button, where a word has no room.
const (
	backKey  = "box.key.back"
	nextKey  = "box.key.next"
	okKey    = "box.key.ok"
	leaveKey = "box.key.leave"
	eraseKey = "box.key.erase"
	startKey = "box.key.start"
)

var signs = map[string]string{backKey: "<", nextKey: ">", okKey: "OK", leaveKey: "×", eraseKey: "<", startKey: "OK"}

// label is what stands on a key; nothing on one that does nothing.
func (s Setup) label(does string) string {
	switch {
	case does == "":
		return ""
	case s.Touch:
		return assets.Text(s.Lang, does)
	}
	return signs[does]
}

// keys is how many there are on a page.
func (s Setup) keys() int {
	if s.Touch {
		return 4
	}
	return max(2, s.Buttons)
}

// does is what each key does on the page that shows, from the left. Two buttons
// turn forward and leave; on the page of cleaning the second one begins it.
func (v *View) does() []string {
	start := ""
	if v.pages[v.at].Cleaning {
		start = startKey
	}
	switch n := v.setup.keys(); {
	case n == 2 && start != "":
		return []string{nextKey, start}
	case n == 2:
		return []string{nextKey, leaveKey}
	default:
		all := make([]string, n)
		all[0], all[1], all[n-2], all[n-1] = backKey, nextKey, start, leaveKey
		return all
	}
}

func (v *View) labels() []string {
	var all []string
	for _, d := range v.does() {
		all = append(all, v.setup.label(d))
	}
	return all
}

// turn is a key on a page.
func (v *View) turn(up int64, key int) []Effect {
	switch n := len(v.pages); v.does()[key] {
	case backKey:
		v.at = (v.at + n - 1) % n
	case nextKey:
		v.at = (v.at + 1) % n
	case startKey:
		return append([]Effect{Cleaning{}}, v.leave(false)...)
	case leaveKey:
		return v.close(up)
	}
	return nil
}

// split gives each page no more rows than it has room for; one that has more
// goes on on the next, and each gets as many as the others, or one less.
func split(pages []Page, rows int) (all []Page) {
	for _, p := range pages {
		if rows == 0 || len(p.Rows) <= rows {
			all = append(all, p)
			continue
		}
		for of := (len(p.Rows) + rows - 1) / rows; of > 0; of-- {
			n := (len(p.Rows) + of - 1) / of
			part := p
			part.Rows, p.Rows = p.Rows[:n:n], p.Rows[n:]
			all = append(all, part)
		}
	}
	return all
}
