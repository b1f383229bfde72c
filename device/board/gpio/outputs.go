package gpio

import (
	"errors"
	"fmt"
	"os"

	"github.com/warthog618/go-gpiocdev/uapi"
)

// OutputConfig says which lines are taken as outputs.
type OutputConfig struct {
	Dev       string   // where devices are; see [Dev]
	Chip      string   // label; empty for whichever chip has the lines
	Lines     []string // by name
	ActiveLow bool     // on is 0 V
}

// Outputs are lines that are set together. Its methods are for one goroutine.
type Outputs struct {
	f *os.File
	n int
}

// OpenOutputs takes lines as outputs. The kernel takes them as it sets them, to
// off: nothing lights up, or sounds, in between, and what a process that was
// killed left on goes off. The errors are those of [OpenInputs].
func OpenOutputs(c OutputConfig) (*Outputs, error) {
	flags := uapi.LineFlagV2Output
	if c.ActiveLow {
		flags |= uapi.LineFlagV2ActiveLow
	}
	f, offsets, err := request(c.Dev, c.Chip, c.Lines, flags, 0)
	if err != nil {
		return nil, err
	}
	return &Outputs{f, len(offsets)}, nil
}

// Set sets all lines at once: line i is on where bit i is set.
func (out *Outputs) Set(on uint64) error {
	values := uapi.LineValues{Mask: uapi.NewLineBitMask(out.n), Bits: uapi.LineBitmap(on)}
	err := control(out.f, func(fd uintptr) error { return uapi.SetLineValuesV2(fd, values) })
	if err != nil {
		return fmt.Errorf("set the lines: %w", err)
	}
	return nil
}

// Close sets all lines off and gives them back.
func (out *Outputs) Close() error {
	err := out.Set(0)
	if closing := out.f.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("give the lines back: %w", closing))
	}
	return err
}
