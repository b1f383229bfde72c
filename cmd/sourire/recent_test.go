package main

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/device/terminal"
	"sourire/sync/seal"
)

// events is a journal in memory whose oldest are dropped but for genesis. It
// counts how many are looked at.
type events struct {
	all     []tap.Event
	dropped uint64 // 2 to here
	looked  int
}

func (p *events) add(e tap.Event, kind tap.Kind, boot uint64) {
	*e.Head() = tap.Header{Seq: uint64(len(p.all)) + 1, Kind: kind, Boot: boot, Up: int64(len(p.all))}
	p.all = append(p.all, e)
}

func (p *events) At(seq uint64) (seal.Link, error) {
	p.looked++
	if seq == 0 || seq > uint64(len(p.all)) || seq > 1 && seq <= p.dropped {
		return seal.Link{}, fmt.Errorf("read event %d: %w", seq, sql.ErrNoRows)
	}
	raw, err := seal.Canonical(p.all[seq-1])
	return seal.Link{Seq: seq, Event: raw}, err
}

func (p *events) Backward(visit func(seal.Link) bool) error {
	for seq := uint64(len(p.all)); seq > 0; seq-- {
		l, err := p.At(seq)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil || !visit(l) {
			return err
		}
	}
	return nil
}

// TestAStartLooksBack compares what a start makes of the newest events with
// what it makes of all of them, for journals of any shape.
func TestAStartLooksBack(t *testing.T) {
	seed := seedtest.Seed(t)
	for round := range 30 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		p := &events{}
		p.add(&tap.GenesisEvent{}, tap.KindGenesis, 1)
		boot, kernel := uint64(0), ""
		office := ""
		for n := r.IntN(3000); len(p.all) < n; {
			if boot == 0 || r.IntN(700) == 0 { // a start, of the same kernel or another
				if boot == 0 || r.IntN(3) > 0 {
					boot++
					kernel = fmt.Sprint("kernel-", boot)
				}
				if r.IntN(2) == 0 {
					office = fmt.Sprint("key-", r.IntN(5))
				}
				p.add(&tap.BootEvent{BootID: kernel}, tap.KindBoot, boot)
				p.add(&tap.ConfigEvent{Office: office}, tap.KindConfig, boot)
			}
			for range r.IntN(900) {
				if e := (&tap.TapEvent{Flags: []tap.Flag{}}); r.IntN(3) > 0 {
					for i := len(p.all) - 1; e.Config == 0; i-- {
						if p.all[i].Head().Kind == tap.KindConfig {
							e.Config = uint64(i) + 1
						}
					}
					p.add(e, tap.KindTap, boot)
				} else {
					p.add(&tap.ClockEvent{}, tap.KindClock, boot)
				}
			}
		}
		recent, err := recentEvents(p)
		if err != nil {
			t.Fatal(err)
		}
		if p.looked > enough+16 {
			t.Errorf("looked at %d events of %d", p.looked, len(p.all))
		}
		for _, id := range []string{kernel, "the next kernel"} {
			want := terminal.Resume(p.all, id)
			if got := terminal.Resume(recent, id); got.Boot != want.Boot || got.LastUp != want.LastUp || !reflect.DeepEqual(got.Rules, want.Rules) {
				t.Errorf("of %d events: %+v, want %+v", len(p.all), got, want)
			}
		}
		p.looked = 0
		switch c, err := configInForce(p); {
		case err != nil:
			t.Fatal(err)
		case c == nil && boot > 0, c != nil && c.Office != office:
			t.Errorf("the configuration in force is %+v, want that of %q", c, office)
		}
		if p.looked > 100 {
			t.Errorf("looked at %d events of %d for the configuration", p.looked, len(p.all))
		}
	}
}

// The start of the kernel boot was dropped: the next start counts as another.
func TestAStartThatWasDropped(t *testing.T) {
	p := &events{}
	p.add(&tap.GenesisEvent{}, tap.KindGenesis, 1)
	for boot := range uint64(3) {
		p.add(&tap.BootEvent{BootID: "the kernel"}, tap.KindBoot, boot+1)
		for range 1000 {
			p.add(&tap.ClockEvent{}, tap.KindClock, boot+1)
		}
	}
	for dropped, want := range map[uint64]uint64{2000: 3, 2003: 3, 2004: 4, 2400: 4} {
		p.dropped = dropped
		recent, err := recentEvents(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := terminal.Resume(recent, "the kernel"); got.Boot != want {
			t.Errorf("without events up to %d: boot %d, want %d", dropped, got.Boot, want)
		}
	}
}
