package cardtest_test

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sourire/device/tap"
	"sourire/sync/durable"
	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, card *cardtest.Card) *journal.Journal {
	t.Helper()
	j, err := journal.Open(journal.Config{
		Card: card, Dir: card.Dir(), Log: slog.New(slog.DiscardHandler),
		Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
		Stamp:    func(h *tap.Header) { h.At, h.Clock = "2026-11-23T14:05:03.120+01:00", tap.Synced },
	})
	must(t, err)
	return j
}

func note(text string) *tap.FaultEvent {
	return &tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault, Boot: 1}, Part: "disk", Why: text}
}

func TestAJournalOnACard(t *testing.T) {
	card := cardtest.New()
	defer card.Discard()
	j := open(t, card)
	must(t, j.Append(note("one")))
	must(t, j.Close())
	j = open(t, card)
	must(t, j.Append(note("two")))
	if n, err := j.Verify(); err != nil || n != 3 {
		t.Errorf("%d events, %v; want 3", n, err)
	}
	must(t, j.Close())
	for _, o := range card.Tape().Ops() {
		if !strings.HasPrefix(o.Path, card.Dir()) {
			t.Errorf("%s is not on the card", o)
		}
	}
}

// What a sync came after is there, and what none came after may be.
func TestACut(t *testing.T) {
	card := cardtest.New()
	defer card.Discard()
	disk := durable.Disk{FS: card}
	path := card.Dir() + "/f"
	must(t, disk.WriteFile(path, []byte("old"), 0o600))
	safe := card.Done()
	must(t, disk.WriteFile(path, []byte("new"), 0o600))
	replay := card.Tape().Replay()
	seen := map[string]bool{}
	rnd := rand.New(rand.NewPCG(1, 2))
	for more := true; more; more = replay.Next() {
		for _, how := range cardtest.Cuts() {
			s := replay.Cut(how, rnd)
			after := s.Card()
			content, err := durable.Disk{FS: after}.ReadFile(path)
			after.Discard()
			got := string(content)
			switch {
			case errors.Is(err, syscall.ENOENT):
				got = "none"
			case err != nil:
				t.Fatal(err)
			}
			if replay.Done() >= safe && got != "old" && got != "new" {
				t.Errorf("%s after %d operations leaves %q", how, replay.Done(), got)
			}
			if replay.Done() == len(card.Tape().Ops()) && got != "new" {
				t.Errorf("%s at the end leaves %q", how, got)
			}
			seen[got] = true
		}
	}
	for _, want := range []string{"none", "old", "new"} {
		if !seen[want] {
			t.Errorf("no cut leaves %q", want)
		}
	}
}

// A name that is changed before the content is safe may lead to nothing.
func TestACutFindsAMissingSync(t *testing.T) {
	card := cardtest.New()
	defer card.Discard()
	f, err := card.CreateTemp(card.Dir(), "f.*")
	must(t, err)
	_, err = f.Write([]byte("new"))
	must(t, errors.Join(err, f.Close(), card.Rename(f.Name(), card.Dir()+"/f"), durable.Disk{FS: card}.Sync(card.Dir())))
	replay := card.Tape().Replay()
	for replay.Next() {
	}
	after := replay.Cut(cardtest.None, nil).Card()
	defer after.Discard()
	if content, err := (durable.Disk{FS: after}).ReadFile(card.Dir() + "/f"); err != nil || len(content) != 0 {
		t.Errorf("%q, %v; want an empty file", content, err)
	}
}

func TestASpoiltBlock(t *testing.T) {
	card := cardtest.New()
	defer card.Discard()
	path := card.Dir() + "/f"
	must(t, durable.Disk{FS: card}.WriteFile(path, make([]byte, 3*cardtest.Block), 0o600))
	must(t, durable.Disk{FS: card}.WriteFile(path, slices.Repeat([]byte{7}, 3*cardtest.Block), 0o600))
	replay := card.Tape().Replay()
	spoilt := 0
	for replay.Next() {
		after := replay.Cut(cardtest.GarbledAll, rand.New(rand.NewPCG(3, uint64(replay.Done())))).Card()
		content, err := durable.Disk{FS: after}.ReadFile(path)
		after.Discard()
		if err == nil && !slices.Contains([]byte{0, 7}, content[0]) {
			spoilt++
		}
	}
	if spoilt > 0 {
		t.Errorf("%d times a file with this name was spoilt, though it had it only when it was safe", spoilt)
	}
}

func TestFaults(t *testing.T) {
	card := cardtest.New()
	defer card.Discard()
	j := open(t, card)
	must(t, j.Append(note("before")))
	for name, f := range map[string]cardtest.Fault{
		"the first write fails": cardtest.Nth(1, cardtest.Write, syscall.EIO),
		"the next sync fails":   cardtest.Nth(1, cardtest.Sync, syscall.EIO),
		"no room":               cardtest.Every(syscall.ENOSPC, cardtest.Write),
		"read-only":             cardtest.ReadOnly(),
	} {
		card.Break(f)
		if err := j.Append(note(name)); err == nil {
			t.Errorf("%s: the event was stored", name)
		}
		card.Break(nil)
		must(t, j.Append(note("after")))
	}
	card.Resize(card.Used())
	must(t, j.Append(note("into the log that is there")))
	card.Break(cardtest.Every(cardtest.ErrLie, cardtest.Sync))
	must(t, j.Append(note("lost")))
	last, _ := j.Last()
	replay := card.Tape().Replay()
	for replay.Next() {
	}
	after := replay.Cut(cardtest.None, nil).Card()
	defer after.Discard()
	k := open(t, after)
	if seq, _ := k.Last(); seq != last-1 {
		t.Errorf("after a sync that was a lie the journal ends at %d, want %d", seq, last-1)
	}
	must(t, errors.Join(k.Close(), j.Close()))
}
