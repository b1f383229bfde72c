package office_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
)

var exit2 = tap.Identity{Chain: "demo", Store: "lyon-part-dieu", Terminal: "exit-2"}

// pair is an office with two terminals, of which the first one's rows will be
// damaged.
type pair struct {
	*rig
	hurt, well *box
	log        bytes.Buffer
	gate       *gated
}

// gated is a store whose next commit waits when armed, so that what is submitted
// meanwhile shares the one after.
type gated struct {
	office.Store
	armed         atomic.Bool
	inside, leave chan struct{}
	links         func(office.EpochID) error
	commit        func(*office.Group) error
	load          func() error
}

func (g *gated) Load(ctx context.Context) (office.Snapshot, error) {
	if g.load != nil {
		if err := g.load(); err != nil {
			return office.Snapshot{}, err
		}
	}
	return g.Store.Load(ctx)
}

func (g *gated) Commit(ctx context.Context, group *office.Group) error {
	if g.armed.CompareAndSwap(true, false) {
		g.inside <- struct{}{}
		<-g.leave
	}
	if g.commit != nil {
		if err := g.commit(group); err != nil {
			return err
		}
	}
	return g.Store.Commit(ctx, group)
}

func (g *gated) Links(ctx context.Context, id office.EpochID, from, to uint64) ([]seal.Link, error) {
	if g.links != nil {
		if err := g.links(id); err != nil {
			return nil, err
		}
	}
	return g.Store.Links(ctx, id, from, to)
}

func newPair(t *testing.T) *pair {
	p := &pair{rig: newRig(t), hurt: newBox(exit1, 1, newKey(1), nil).taps(299), well: newBox(exit2, 2, newKey(3), nil).taps(299)}
	p.restart()
	for first := uint64(1); first < 200; first += 50 {
		p.batches(p.hurt, first, first+49)
	}
	p.batches(p.well, 1, 10)
	p.acks()
	return p
}

func (p *pair) restart() {
	p.t.Helper()
	p.reopen()
	p.Office.Close()
	p.gate = &gated{Store: p.store, inside: make(chan struct{}), leave: make(chan struct{})}
	c := p.config(p.gate)
	c.Log = slog.New(slog.NewTextHandler(&p.log, nil))
	var err error
	if p.Office, err = office.New(c); err != nil {
		p.t.Fatal(err)
	}
}

// together ingests a batch of the damaged terminal between two of the other's,
// in one group, and returns what became of it.
func (p *pair) together(first, last uint64) error {
	p.t.Helper()
	ctx := p.t.Context()
	at := p.status(exit2).Last
	p.gate.armed.Store(true)
	blocked := p.Submit(ctx, p.well.topic("ev"), p.well.batch(at+1, at+1))
	<-p.gate.inside
	before := p.Submit(ctx, p.well.topic("ev"), p.well.batch(at+2, at+3))
	bad := p.Submit(ctx, p.hurt.topic("ev"), p.hurt.batch(first, last))
	state := p.Submit(ctx, p.hurt.topic("state"), p.hurt.state(at, 0, true))
	after := p.Submit(ctx, p.well.topic("ev"), p.well.batch(at+4, at+5))
	p.gate.leave <- struct{}{}
	for _, r := range []office.Receipt{blocked, before, after, state} {
		if err := r.Wait(ctx); err != nil {
			p.t.Fatalf("a message beside the damage: %v", err)
		}
	}
	p.wantChain(p.well, 0, at+5)
	if s := p.status(exit2); s.Last != at+5 || s.Damage != nil {
		p.t.Errorf("the other terminal %+v", s)
	}
	if s := p.status(exit1); !s.Online {
		p.t.Error("the damaged terminal's state was not taken in")
	}
	return bad.Wait(ctx)
}

// wantHurt checks that a batch waits in the terminal, that this is said, and
// that it is said once.
func (p *pair) wantHurt(first, last, seq uint64, what string) {
	p.t.Helper()
	before := p.status(exit1)
	for range 3 {
		p.acks()
		if err := p.together(first, last); !errors.Is(err, office.ErrDamaged) {
			p.t.Fatalf("got %v, want that the store is damaged", err)
		}
		for _, a := range p.acks() {
			if a.Terminal == exit1.Terminal {
				p.t.Errorf("watermark %+v", a)
			}
		}
		p.pass(10 * time.Second)
	}
	s := p.status(exit1)
	if s.Last != before.Last || s.Events != before.Events || s.TapsCounted != before.TapsCounted {
		p.t.Errorf("status %+v\nwas %+v", s, before)
	}
	if s.Damage == nil || s.Damage.Seq != seq || s.Condition != office.Broken {
		p.t.Errorf("%s, damage %+v", s.Condition, s.Damage)
	}
	if n := len(s.Incidents); n != 1 || !strings.Contains(s.Incidents[0].What, what) || s.Incidents[0].Seq != seq {
		p.t.Errorf("incidents %+v, want one at %d with %q", s.Incidents, seq, what)
	}
	if n := strings.Count(p.log.String(), "cannot be stored"); n != 1 {
		p.t.Errorf("%d lines, want 1:\n%s", n, &p.log)
	}
}

// wantHealed checks that a batch is stored now, and that this is said once.
func (p *pair) wantHealed(first, last uint64) {
	p.t.Helper()
	p.pass(10 * time.Second)
	if err := p.together(first, last); err != nil {
		p.t.Fatalf("after the repair: %v", err)
	}
	p.settle()
	if s := p.status(exit1); s.Damage != nil || len(s.Incidents) != 1 {
		p.t.Errorf("status %+v", s)
	}
	if n := strings.Count(p.log.String(), "stored again"); n != 1 {
		p.t.Errorf("%d lines, want 1:\n%s", n, &p.log)
	}
	p.batches(p.hurt, 201, 260)
	p.wantChain(p.hurt, 0, 260)
	p.verify()
}
