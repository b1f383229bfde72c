package gpio

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// The errors that a caller tells apart; their texts name the lines, and what
// to do.
var (
	ErrNotFound = errors.New("no such line")
	ErrTaken    = errors.New("line is taken")
)

// find is the chip that has all the lines, and their offsets. Where label is
// not empty only a chip that is called so is looked at.
func find(chips []Chip, label string, names []string) (Chip, []uint32, error) {
	among, err := labelled(chips, label)
	if err != nil {
		return Chip{}, nil, err
	}
	var found []Chip
	for _, chip := range among {
		if _, missing := chip.offsets(names); len(missing) == 0 {
			found = append(found, chip)
		}
	}
	switch {
	case len(found) == 1:
		offsets, _ := found[0].offsets(names)
		return found[0], offsets, nil
	case len(found) > 1:
		return Chip{}, nil, fmt.Errorf("%w for sure: %s: name the one that is meant in board.chip", ErrNotFound, where(found, names[0]))
	}
	return Chip{}, nil, notFound(among, names)
}

func labelled(chips []Chip, label string) ([]Chip, error) {
	if label == "" {
		return chips, nil
	}
	var among []Chip
	var labels []string
	for _, chip := range chips {
		labels = append(labels, chip.Label)
		if chip.Label == label {
			among = append(among, chip)
		}
	}
	if len(among) == 0 {
		return nil, fmt.Errorf("%w: there is no chip %q: this machine has %s; correct board.chip, or leave it out", ErrNotFound, label, strings.Join(labels, ", "))
	}
	return among, nil
}

// offsets are the places of the named lines, and the names that the chip does
// not have.
func (c Chip) offsets(names []string) (offsets []uint32, missing []string) {
	for _, name := range names {
		i := slices.IndexFunc(c.Lines, func(l Line) bool { return l.Name == name })
		if i < 0 || name == "" {
			missing = append(missing, name)
			continue
		}
		offsets = append(offsets, uint32(i))
	}
	return offsets, missing
}

// notFound says which lines no chip has, or that no chip has all.
func notFound(chips []Chip, names []string) error {
	var all []string
	for _, chip := range chips {
		for _, line := range chip.Lines {
			if line.Name != "" && !slices.Contains(all, line.Name) {
				all = append(all, line.Name)
			}
		}
	}
	var errs []error
	for _, name := range names {
		if !slices.Contains(all, name) {
			errs = append(errs, fmt.Errorf("%w: %q: %s", ErrNotFound, name, nearest(name, all)))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	var places []string
	for _, name := range names {
		places = append(places, where(chips, name))
	}
	return fmt.Errorf("%w on one chip: %s: lines that are read together must be on the same", ErrNotFound, strings.Join(places, "; "))
}

// where says which chips have a line.
func where(chips []Chip, name string) string {
	var labels []string
	for _, chip := range chips {
		if _, missing := chip.offsets([]string{name}); len(missing) == 0 {
			labels = append(labels, chip.Label)
		}
	}
	return name + " is on " + strings.Join(labels, " and ")
}

const namesShown = 8

// nearest lists the names that there are, the most alike first.
func nearest(name string, all []string) string {
	if len(all) == 0 {
		return "no line here has a name"
	}
	upper := strings.ToUpper(name)
	slices.SortStableFunc(all, func(a, b string) int {
		return cmp.Compare(levenshtein.ComputeDistance(strings.ToUpper(a), upper), levenshtein.ComputeDistance(strings.ToUpper(b), upper))
	})
	more := ""
	if n := len(all) - namesShown; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
		all = all[:namesShown]
	}
	return "there are " + strings.Join(all, ", ") + more
}

// taken says who holds which of the lines.
func taken(chip Chip, offsets []uint32) error {
	var errs []error
	for _, offset := range offsets {
		if line := chip.Lines[offset]; line.Used {
			errs = append(errs, fmt.Errorf("%w: %s is held by %q: stop that, or use another line", ErrTaken, line.Name, cmp.Or(line.Consumer, "somebody who gave no name")))
		}
	}
	if len(errs) == 0 {
		return fmt.Errorf("%w: one of %s's: somebody holds it", ErrTaken, chip.Label)
	}
	return errors.Join(errs...)
}
