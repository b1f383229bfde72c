package clock

import (
	"testing"
	"time"

	"sourire/device/tap"
)

func TestQuality(t *testing.T) {
	known := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		synced bool
		wall   time.Time
		want   tap.Quality
	}{
		{true, known.Add(time.Hour), tap.Synced},
		{true, known.Add(-time.Hour), tap.Synced},
		{false, known.Add(time.Second), tap.Saved},
		{false, known.Add(-time.Second), tap.Unknown},
		{false, time.Unix(0, 0), tap.Unknown},
	} {
		if got := quality(c.synced, c.wall, known); got != c.want {
			t.Errorf("synced %v at %s: %s, want %s", c.synced, c.wall, got, c.want)
		}
	}
}

func TestAnchorFitsTheClocks(t *testing.T) {
	s := System{Location: time.UTC}
	a, now := s.Anchor(), s.Now()
	if off := now.Wall.UnixMilli() - now.Up - a.Offset; off < -1000 || off > 1000 {
		t.Errorf("anchor is %d ms off the clocks", off)
	}
	if a.Error < 1 {
		t.Errorf("error %d ms", a.Error)
	}
	if later := s.Now(); later.Up < now.Up {
		t.Errorf("up went from %d to %d", now.Up, later.Up)
	}
	if id, err := BootID(); err != nil || len(id) != 36 {
		t.Errorf("boot id %q, %v", id, err)
	}
}

// A reading is in the store's time zone, and its Up is between two others.
func TestNow(t *testing.T) {
	zone := time.FixedZone("store", 5400)
	before := Up()
	now := System{Location: zone}.Now()
	after := Up()
	if now.Up < before || now.Up > after {
		t.Errorf("up %d, want it in %d to %d", now.Up, before, after)
	}
	if now.Wall.Location() != zone {
		t.Errorf("wall time in %s", now.Wall.Location())
	}
	if want := quality(synced(), now.Wall, time.Time{}); now.Quality != want {
		t.Errorf("quality %s, want %s", now.Quality, want)
	}
}

// A journal that is newer than a clock that is not synced says that the clock
// is wrong.
func TestNotBefore(t *testing.T) {
	future := System{NotBefore: time.Now().Add(time.Hour), Location: time.UTC}
	want := tap.Unknown
	if synced() {
		want = tap.Synced
	}
	if got := future.Now().Quality; got != want {
		t.Errorf("quality %s, want %s", got, want)
	}
}
