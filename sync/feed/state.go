package feed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sourire/sync/mqtt"
	"sourire/sync/wire"
)

// state is the terminal's birth, and later its health.
func (p *pump) state() (mqtt.Message, error) {
	c := p.config.Condition()
	last, _ := p.source.Last()
	confirmed, _ := p.source.Watermark()
	pending := last - confirmed
	counts := p.Counts()
	pub := p.source.Key().Public()
	payload, err := wire.State{
		Online: true, Boot: c.Boot, Session: p.session, Epoch: p.source.Epoch(),
		Last: &last, Pending: &pending, Config: &c.Config, Clock: c.Clock, Software: c.Software,
		Health: &wire.Health{At: c.At, Up: c.Up, Faults: c.Faults, Rejected: counts.Rejected, Stale: counts.Stale, Rewinds: counts.Rewinds},
		Key:    &wire.KeyInfo{ID: pub.ID(), Ed25519: pub.String()},
	}.Encode()
	p.stated, p.statedConfirmed, p.unsaid = time.Now(), confirmed, false
	return mqtt.Message{Topic: wire.Topic(p.source.Identity(), wire.LeafState), Payload: payload, Retain: true}, err
}

// announce publishes the state again where that is due. Its receipt does not
// matter: a connection that lost it ends.
func (p *pump) announce() error {
	if time.Now().Before(p.stated.Add(p.statePause())) {
		return nil
	}
	m, err := p.state()
	if err != nil {
		return err
	}
	p.conn.Send(m)
	return nil
}

// statePause is how long after the last state the next is due: soon, where all
// is delivered and the last state does not say so, and where head office has
// less than it had.
func (p *pump) statePause() time.Duration {
	last, _ := p.source.Last()
	confirmed, _ := p.source.Watermark()
	if p.unsaid || last == confirmed && confirmed != p.statedConfirmed {
		return statePause
	}
	return stateEvery
}

// untilNext is how long nothing is to be done unless something happens.
func (p *pump) untilNext(now time.Time) time.Duration {
	next := p.stated.Add(p.statePause())
	if d := p.window.deadline; !d.IsZero() && d.Before(next) {
		next = d
	}
	return max(0, next.Sub(now))
}

// NextSession counts the connections within a boot in a file of dir. The file
// is not synced: it need not outlive the boot. before is the number of the
// connection before, where this process made one.
//
// The number is right also where it could not be written down.
func NextSession(dir, bootID string, before uint64) (uint64, error) {
	path := filepath.Join(dir, "session")
	var boot string
	var n uint64
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if _, bad := fmt.Sscan(string(text), &boot, &n); bad != nil || boot != bootID {
		n = 0
	}
	n = max(n, before) + 1
	if err == nil {
		err = os.WriteFile(path+".new", fmt.Appendf(nil, "%s %d\n", bootID, n), 0o644)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return n, fmt.Errorf("count the connection: %w", err)
	}
	return n, nil
}
