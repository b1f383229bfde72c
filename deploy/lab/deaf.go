package lab

import "fmt"

// Registers of the PL061 (ARM DDI 0190B, table 3-1).
const (
	gpioBase         = 0x9030000
	gpioData         = gpioBase + 0x3fc // GPIODATA, of all lines
	interruptMask    = gpioBase + 0x410 // GPIOIE: which lines interrupt
	interruptWaiting = gpioBase + 0x414 // GPIORIS: which have an edge that nobody took yet
	interruptGone    = gpioBase + 0x41c // GPIOIC: what is written is forgotten
)

// Lose makes the steps of a train with the interrupt of its button switched
// off, and wipes out that there was anything: the kernel sees the levels after
// it, and none of the edges.
func (m *Machine) Lose(t Train) error {
	line := uint(m.lines[t[0].Button])
	mask, err := m.register(interruptMask)
	if err != nil {
		return err
	}
	if mask>>line&1 == 0 {
		return fmt.Errorf("nobody waits for edges of %s", t[0].Button)
	}
	if err := m.setRegister(interruptMask, mask&^(1<<line)); err != nil {
		return err
	}
	if _, err := m.Play(t); err != nil {
		return err
	}
	if err := m.setRegister(interruptGone, 1<<line); err != nil {
		return err
	}
	return m.setRegister(interruptMask, mask)
}

func (m *Machine) register(address int) (value uint64, err error) {
	answer, err := m.qtest.command("readl %#x", address)
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscanf(answer, "0x%x", &value)
	return value, err
}

func (m *Machine) setRegister(address int, value uint64) error {
	_, err := m.qtest.command("writel %#x %#x", address, value)
	return err
}
