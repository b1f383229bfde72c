// Package agent is what the lab's host and guest say to each other: the calls
// of the guest's agent, made with net/rpc over a virtio-serial port.
package agent

import "time"

// Port is the name of the virtio-serial port.
const Port = "sourire.lab"

// Service is the name that the agent is registered under; its methods follow.
const Service = "Agent"

// The agent's methods, with their argument and their answer.
const (
	Exec   = Service + ".Exec"   // Command, Result
	Start  = Service + ".Start"  // Command, int: the terminal's process id
	Signal = Service + ".Signal" // int, Nothing: to the terminal
	Wait   = Service + ".Wait"   // Nothing, Result: of the terminal, when it has ended
	Log    = Service + ".Log"    // Nothing, string: what the terminal has printed
	Read   = Service + ".Read"   // string, []byte
	Write  = Service + ".Write"  // File, Nothing
	OLED   = Service + ".OLED"   // Nothing, Display
	Plug   = Service + ".Plug"   // Cable, Nothing
	Edges  = Service + ".Edges"  // Nothing, []Edge: since the last call
)

// Nothing is an argument or an answer that says nothing.
type Nothing struct{}

// Command is a program to run, as the terminal's own user.
type Command struct {
	Args []string
	Root bool // otherwise it runs as the terminal's own user, without privileges
}

// Result is how a program ended.
type Result struct {
	Output string // both streams
	Code   int    // -1: by a signal
}

// File is a file to write; it belongs to the terminal's user.
type File struct {
	Name string
	Data []byte
	Mode uint32
}

// Display is the SSD1306 on the guest's I2C bus: the pixels that a customer
// sees, and what came to it.
type Display struct {
	On       bool
	Pixels   [64][128]bool // what is lit
	Inits    int           // times that it was switched on
	Data     int           // bytes of picture written
	Refused  int           // transfers while it was unplugged
	Protocol []string      // bytes that an SSD1306 would not have understood
}

// Cable is the display's cable: in or out, and whether the panel's memory was
// lost in between.
type Cable struct {
	In       bool
	PowerCut bool // the panel starts dark, with noise in its memory
}

// Edge is an interrupt of a GPIO line that the kernel gave to whoever holds it.
type Edge struct {
	Line int
	Up   time.Duration // CLOCK_BOOTTIME
}
