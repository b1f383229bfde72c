// Package export is the file in which a terminal's events travel by hand, for a
// box that is out of the network's reach, or whose network is to be doubted.
//
//	head, err := export.Write(stick, cover, parts, key)
//	head, err := export.Read(stick, visit)
//
// The format, sourire.export/1, is JSON Lines; each line is in RFC 8785
// canonical form and ends with a line feed.
//
//   - The first line is a [wire.Export]: whose events follow, which runs of which
//     epochs, oldest epoch first, and the chain's value before and after each.
//     The terminal has signed it, so that a file that was cut short, or lost a
//     line, is not taken for a whole one. assets/schema/export.json describes it.
//   - Each other line is a batch, byte for byte as the terminal sends it over
//     MQTT (assets/schema/ev.json): who can read the feed can read the file, and
//     head office does with a line what it does with a message.
//
// Readers skip members that they don't know; what would break them is a version
// 2. A private key is never in it. Package export is pure: files and their
// troubles are the callers'.
package export

import (
	"bufio"
	"fmt"
	"io"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

// Source is a journal, as it is exported.
type Source interface {
	// After is up to n events that follow seq, in order.
	After(seq uint64, n int) ([]seal.Link, error)
}

// Part is a run of events of a journal.
type Part struct {
	Source
	wire.ExportPart
}

// Write writes a file: cover's first line, with the parts, and then their
// events in signed batches. It returns the first line as it was written.
func Write(to io.Writer, cover wire.Export, parts []Part, key seal.Key) (wire.Export, error) {
	cover.Parts = make([]wire.ExportPart, len(parts))
	for i, p := range parts {
		cover.Parts[i] = p.ExportPart
	}
	if cover.Left == nil {
		cover.Left = []wire.ExportLeft{}
	}
	line, err := cover.Encode(key)
	if err == nil {
		cover, _, err = wire.DecodeExport(line)
	}
	if err != nil {
		return cover, fmt.Errorf("export: %w", err)
	}
	w := bufio.NewWriterSize(to, 1<<20)
	_, _ = w.Write(append(line, '\n')) // Flush returns the error
	for _, p := range parts {
		if err := p.write(w, cover, key); err != nil {
			return cover, err
		}
	}
	return cover, w.Flush()
}

func (p Part) write(w *bufio.Writer, cover wire.Export, key seal.Key) error {
	head, err := seal.ParseHead(p.Prev)
	if err != nil {
		return fmt.Errorf("export epoch %s: %w", p.Epoch, err)
	}
	for seq := p.First - 1; seq < p.Last; {
		links, err := p.After(seq, int(min(wire.MaxEvents, p.Last-seq)))
		if err != nil {
			return fmt.Errorf("export epoch %s: %w", p.Epoch, err)
		}
		links = links[:wire.BatchLength(links)]
		prev := head
		for _, l := range links {
			if l.Seq != seq+1 || head.Next(l.Event) != l.Head {
				break
			}
			seq, head = l.Seq, l.Head
		}
		if len(links) == 0 || seq != links[len(links)-1].Seq {
			return fmt.Errorf("export epoch %s: event %d is missing or altered: sourire verify says more", p.Epoch, seq+1)
		}
		if _, err := w.Write(append(wire.EncodeBatch(cover.Identity, p.Epoch, prev, links, key), '\n')); err != nil {
			return err
		}
	}
	if head.String() != p.Head {
		return fmt.Errorf("export epoch %s: event %d is altered: sourire verify says more", p.Epoch, p.Last)
	}
	return nil
}
