package office

import (
	"cmp"
	"slices"

	"sourire/sync/seal"
)

// branches are the events of an epoch beside its chain, and whether a signed
// batch covers them.
type branches map[branch]*struct {
	Fork
	signed bool
}

type branch struct {
	seq  uint64
	head seal.Head
}

func (w *walk) readForks(rows []Fork) (branches, error) {
	all := branches{}
	for _, f := range rows {
		if err := w.form(f.Link); err != nil {
			return nil, err
		}
		if f.Prev.Next(f.Event) != f.Head {
			return nil, w.wrong(f.Seq, "its fork was altered")
		}
		all[branch{f.Seq, f.Head}] = &struct {
			Fork
			signed bool
		}{Fork: f}
	}
	return all, nil
}

// cover marks what a signed batch brought, from its end back to the chain.
func (all branches) cover(w *walk, b Batch) error {
	seq, head := b.Last, b.Head
	for ; seq >= b.First; seq-- {
		f := all[branch{seq, head}]
		if f == nil {
			break
		}
		f.signed = true
		head = f.Prev
	}
	if seq == b.Last {
		return w.wrong(b.Last, "a fork that the terminal signed is missing")
	}
	return nil
}

// covered checks that no fork is there which nobody signed.
func (all branches) covered(w *walk) error {
	var bare []branch
	for k, f := range all {
		if !f.signed {
			bare = append(bare, k)
		}
	}
	if len(bare) == 0 {
		return nil
	}
	first := slices.MinFunc(bare, func(a, b branch) int { return cmp.Compare(a.seq, b.seq) })
	return w.wrong(first.seq, "no signed batch covers its fork")
}
