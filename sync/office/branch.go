package office

import (
	"fmt"

	"sourire/sync/seal"
)

// Branch is a run of events beside the chain of an epoch: another history that
// the terminal signed, as when a card and its copy were both used.
type Branch struct {
	Name   string // see [BranchName]
	Events []Fork // by seq
}

// BranchName names a branch within its epoch, by its first event: the seq, and
// the beginning of the head after it.
func BranchName(seq uint64, head seal.Head) string {
	return fmt.Sprintf("%d-%.8s", seq, head.String())
}

// Branches sorts the forks of an epoch, which come by seq. What branches off a
// branch is part of it.
func Branches(forks []Fork) []*Branch {
	var all []*Branch
	of := map[branch]*Branch{}
	for _, f := range forks {
		b := of[branch{f.Seq - 1, f.Prev}]
		if b == nil || f.Point {
			b = &Branch{Name: BranchName(f.Seq, f.Head)}
			all = append(all, b)
		}
		of[branch{f.Seq, f.Head}] = b
		b.Events = append(b.Events, f)
	}
	return all
}
