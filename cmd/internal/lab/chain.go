package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Chain is a chain of one terminal, its broker and its office, as files and
// addresses; nothing runs until it is started.
type Chain struct {
	t                         testing.TB
	Dir                       string
	Broker, Panel, Office     string // host:port
	TerminalFile, OfficeFile  string
	TerminalData, OfficeData  string
	brokerFile                string
	Mosquitto, Terminal, Head *Process
}

// ID is the terminal's identity.
const ID = "demo/lyon-part-dieu/exit-1"

// NewChain writes the configurations of a chain. extra is added to the
// terminal's.
func NewChain(t testing.TB, extra string) *Chain {
	t.Helper()
	address := func() string { return fmt.Sprintf("127.0.0.1:%d", Port(t)) }
	dir := t.TempDir()
	c := &Chain{
		t: t, Dir: dir, Broker: address(), Panel: address(), Office: address(),
		TerminalFile: filepath.Join(dir, "terminal.toml"), OfficeFile: filepath.Join(dir, "office.toml"),
		TerminalData: filepath.Join(dir, "terminal"), OfficeData: filepath.Join(dir, "office"),
		brokerFile: filepath.Join(dir, "mosquitto.conf"),
	}
	c.write(c.TerminalFile, fmt.Sprintf(`[terminal]
chain = "demo"
store = "lyon-part-dieu"
id = "exit-1"
data = %q
[board]
kind = "panel"
[panel]
listen = %q
[broker]
url = "tcp://%s"
%s`, c.TerminalData, c.Panel, c.Broker, extra))
	c.write(c.OfficeFile, fmt.Sprintf(`[office]
chain = "demo"
data = %q
listen = %q
[broker]
url = "tcp://%s"
`, c.OfficeData, c.Office, c.Broker))
	_, port, _ := strings.Cut(c.Broker, ":")
	c.write(c.brokerFile, fmt.Sprintf(`listener %s 127.0.0.1
allow_anonymous true
max_queued_messages 0
persistence true
persistence_location %s/
`, port, dir))
	return c
}

func (c *Chain) write(path, text string) {
	c.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// StartBroker starts Mosquitto.
func (c *Chain) StartBroker() {
	c.t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		program = "/usr/sbin/mosquitto"
	}
	c.Mosquitto = Start(c.t, program, "-c", c.brokerFile)
}

// StartTerminal starts the terminal and waits until it takes presses.
func (c *Chain) StartTerminal() {
	c.t.Helper()
	c.Terminal = Start(c.t, Program(c.t, "sourire"), "run", "--config", c.TerminalFile)
	c.AwaitTerminal()
}

// AwaitTerminal waits until the terminal takes presses.
func (c *Chain) AwaitTerminal() {
	c.t.Helper()
	Eventually(c.t, "the terminal takes presses", 30*time.Second, func() bool {
		return Get("http://"+c.Panel+"/healthz") != ""
	})
}

// StartOffice starts head office and waits until it answers.
func (c *Chain) StartOffice() {
	c.t.Helper()
	c.Head = Start(c.t, Program(c.t, "sourire-office"), "serve", "--config", c.OfficeFile)
	Eventually(c.t, "the office answers", 30*time.Second, func() bool {
		return Get("http://"+c.Office+"/api/terminals") != ""
	})
}

// Metric is a number of the terminal's /metrics; false where it has none.
func (c *Chain) Metric(name string) (float64, bool) {
	for line := range strings.Lines(Get("http://" + c.Panel + "/metrics")) {
		var v float64
		if n, err := fmt.Sscanf(line, name+" %g\n", &v); err == nil && n == 1 {
			return v, true
		}
	}
	return 0, false
}

// Status is what the office says of a terminal.
type Status struct {
	Terminal string `json:"terminal"`
	Online   bool   `json:"online"`
	Epoch    string `json:"epoch"`
	Last     uint64 `json:"last"`
	Pending  uint64 `json:"pending"`
	Complete string `json:"complete_to"`
	Forks    []any  `json:"forks"`
}

// AtOffice is what the office says of the terminal; false where it does not
// know it.
func (c *Chain) AtOffice() (Status, bool) {
	var list struct {
		Terminals []Status `json:"terminals"`
	}
	if err := json.Unmarshal([]byte(Get("http://"+c.Office+"/api/terminals")), &list); err != nil {
		return Status{}, false
	}
	for _, s := range list.Terminals {
		if s.Terminal == ID {
			return s, true
		}
	}
	return Status{}, false
}

// AwaitDelivery waits until the office has every event of the terminal.
func (c *Chain) AwaitDelivery(most time.Duration) {
	c.t.Helper()
	Eventually(c.t, "the office has every event", most, func() bool {
		last, ok := c.Metric("sourire_last_seq")
		s, known := c.AtOffice()
		return ok && known && s.Last == uint64(last)
	})
}
