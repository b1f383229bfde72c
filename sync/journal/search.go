package journal

import "sourire/sync/seal"

// Search calls visit with events whose bytes have a text in them, until it
// returns an error, which Search returns: the raw ones after seq, in order, and
// then all that were kept when others were dropped. SQLite looks for it: the
// others are not handed over. Those found should be few: they are all read before
// the first is visited.
func (r *Reader) Search(seq uint64, text string, visit func(seal.Link) error) error {
	links, err := r.query("SELECT seq, head, bytes FROM event WHERE seq > ? AND instr(bytes, ?) ORDER BY seq", seq, []byte(text))
	if err != nil {
		return err
	}
	// An event that is dropped and kept meanwhile may be found twice, but is not
	// missed.
	some, err := r.pruned()
	if err != nil {
		return err
	}
	if some {
		kept, err := r.queryKept("SELECT seq, before, bytes FROM kept WHERE instr(bytes, ?) ORDER BY seq", []byte(text))
		if err != nil {
			return err
		}
		links = append(links, kept...)
	}
	for _, l := range links {
		if err := visit(l); err != nil {
			return err
		}
	}
	return nil
}
