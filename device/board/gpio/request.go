package gpio

import (
	"errors"
	"fmt"
	"os"

	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"
)

// Consumer is what others read of lines that we hold.
const Consumer = "sourire"

// request takes lines of one chip, in this order, all with the same flags. The
// file is non-blocking: a read of it can be given a deadline. The kernel names
// lines by offset in what it tells of them.
func request(dev, label string, names []string, flags uapi.LineFlagV2, buffer uint32) (f *os.File, offsets []uint32, err error) {
	chips, chipErr := Chips(dev)
	if len(chips) == 0 {
		return nil, nil, chipErr
	}
	chip, offsets, err := find(chips, label, names)
	if err != nil {
		return nil, nil, errors.Join(chipErr, err)
	}
	r := uapi.LineRequest{Lines: uint32(len(offsets)), EventBufferSize: buffer, Config: uapi.LineConfig{Flags: flags}}
	copy(r.Offsets[:], offsets)
	copy(r.Consumer[:len(r.Consumer)-1], Consumer)
	device, err := os.Open(chip.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("take lines of %s: %w", chip.Label, err)
	}
	defer func() { _ = device.Close() }()
	err = control(device, func(fd uintptr) error { return uapi.GetLine(fd, &r) })
	if errors.Is(err, unix.EBUSY) {
		return nil, nil, taken(chip, offsets)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("take lines %v of %s: %w", names, chip.Label, err)
	}
	unix.CloseOnExec(int(r.Fd))
	if err := unix.SetNonblock(int(r.Fd), true); err != nil {
		_ = unix.Close(int(r.Fd))
		return nil, nil, fmt.Errorf("take lines %v of %s: %w", names, chip.Label, err)
	}
	return os.NewFile(uintptr(r.Fd), chip.Path+" lines"), offsets, nil
}
