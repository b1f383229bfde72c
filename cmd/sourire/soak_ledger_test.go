package main

import (
	"sourire/device/tap"
	"sourire/sync/office"
)

// ledger is what was acknowledged: by epoch and seq the choice, plus one.
type ledger struct {
	epochs map[string][]uint8
	n      int
}

func (l *ledger) note(epoch string, seq uint64, choice int) {
	if l.epochs == nil {
		l.epochs = map[string][]uint8{}
	}
	for uint64(len(l.epochs[epoch])) <= seq {
		l.epochs[epoch] = append(l.epochs[epoch], 0)
	}
	l.epochs[epoch][seq] = uint8(choice + 1)
	l.n++
}

// compare compares what was acknowledged with what head office has.
func (s *soak) compare() {
	v, err := office.Verify(s.Context(), s.store)
	if err != nil || v.Wrong != nil {
		s.complain("head office's store: %v, %v", err, v.Wrong)
	}
	if len(v.Forks) > 0 || len(v.Holes) > 0 {
		s.complain("forks %v, holes %v", v.Forks, v.Holes)
	}
	known, err := s.store.Load(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	found := 0
	for _, e := range known.Epochs {
		acknowledged := s.ledger.epochs[e.EpochID.Epoch]
		for seq := uint64(1); seq <= e.Last; seq += 1000 {
			links, err := s.store.Links(s.Context(), e.EpochID, seq, min(seq+999, e.Last))
			if err != nil {
				s.Fatal(err)
			}
			for _, l := range links {
				if l.Seq >= uint64(len(acknowledged)) || acknowledged[l.Seq] == 0 {
					continue
				}
				event, err := tap.Parse(l.Event)
				if press, ok := event.(*tap.TapEvent); err != nil || !ok || press.Choice != int(acknowledged[l.Seq])-1 {
					s.complain("press %d of button %d is %s at head office", l.Seq, acknowledged[l.Seq]-1, l.Event)
				}
				acknowledged[l.Seq] = 0
				found++
			}
		}
	}
	lost := 0
	for epoch, rest := range s.ledger.epochs {
		for seq, choice := range rest {
			if choice > 0 {
				lost++
				if lost <= 3 {
					s.complain("press %d of epoch %s, acknowledged, is lost", seq, epoch)
				}
			}
		}
	}
	if lost > 0 || found != s.ledger.n {
		s.complain("%d presses were acknowledged, head office has %d of them", s.ledger.n, found)
	}
	s.Logf("at head office: %d of %d acknowledged presses, %d events in %d epochs, %d signed batches", found, s.ledger.n, v.Events, v.Epochs, v.Batches)
}
