package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/manager"
	"sourire/device/pin"
	"sourire/sync/feed"
	"sourire/sync/journal"
	"sourire/sync/mqtt"
)

type checkCommand struct {
	configFlag  `embed:""`
	Interactive bool   `help:"Walk through a box with its installer: press each button, see each light, hear the buzzer, read the display."`
	Result      string `placeholder:"FILE" help:"Keep the result of --interactive in FILE."`
}

// finding is one thing that was looked at.
type finding struct {
	level level
	what  string
}

type level string

const (
	good level = "ok"
	mild level = "note" // the terminal works without it
	bad  level = "FAIL"
)

// found is a finding: what is good, or what is wrong and what to do about it.
func found(err error, ifWrong level, about, ifGood string) finding {
	if err != nil {
		return finding{ifWrong, fmt.Sprintf("%s: %v", about, err)}
	}
	return finding{good, fmt.Sprintf("%s: %s", about, ifGood)}
}

// Run looks at the configuration and the machine, and says what to do. It
// changes nothing.
func (c checkCommand) Run(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	if c.Interactive {
		return c.interactive(ctx, conf)
	}
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		return err
	}
	all := []finding{{good, fmt.Sprintf("configuration: %s is for %s", c.Config, conf.Identity())}}
	data := checkData(conf.Terminal.Data)
	all = append(all, data, checkSpace(conf.Terminal.Data))
	if data.level != bad {
		all = append(all, checkJournal(conf, c.Config))
	}
	terminal, running := checkTerminal(ctx, conf)
	all = append(all, terminal...)
	all = append(all, checkBoard(conf, running)...)
	all = append(all, checkBroker(ctx, conf, feeding), checkClock())
	failed := 0
	for _, f := range all {
		fmt.Printf("%-4s  %s\n", f.level, f.what)
		if f.level == bad {
			failed++
		}
	}
	switch failed {
	case 0:
		return nil
	case 1:
		return errors.New("1 thing is to be put right")
	}
	return fmt.Errorf("%d things are to be put right", failed)
}

func checkData(dir string) finding {
	f, err := datadir.Look(dir)
	isRoot := os.Geteuid() == 0
	switch {
	case err == nil && f.Exists && isRoot:
		return finding{good, fmt.Sprintf("data folder: %s belongs to %s: run the terminal as that user", dir, f.Owner)}
	case err == nil && !f.Exists && isRoot:
		return finding{mild, fmt.Sprintf("data folder: %s is not there yet: make it for the user that the terminal runs as, such as install -d -o sourire -m 750 %[1]s", dir)}
	case err == nil && !f.Exists:
		return finding{good, fmt.Sprintf("data folder: %s is made at the first start", dir)}
	}
	return found(err, bad, "data folder", dir+" can be written")
}

// What presses take on the card, and how much of it is too little.
const (
	pressBytes  = 256     // of one in the journal, measured over 50,000 of them
	pressesADay = 2000    // of a busy terminal
	startBytes  = 8 << 20 // a new write-ahead log, and one moved into the journal
	enoughDays  = 30      // to notice, and to do something about it
)

func checkSpace(dir string) finding {
	free, err := datadir.Free(dir)
	if err != nil {
		return found(err, bad, "card", "")
	}
	return space(dir, free)
}

func space(dir string, free uint64) finding {
	presses := free / pressBytes
	room := fmt.Sprintf("card: %d MB free: room for %d presses, %d days of %d a day", free>>20, presses, presses/pressesADay, pressesADay)
	switch {
	case free < startBytes:
		return finding{bad, fmt.Sprintf("%s: a start and its commits take up to %d MB: make room on the file system of %s", room, startBytes>>20, dir)}
	case presses < enoughDays*pressesADay:
		return finding{mild, room + ": make room before it is full"}
	}
	return finding{good, room}
}

func checkJournal(conf config.Config, file string) finding {
	r, err := openJournal(conf, file)
	if errors.Is(err, journal.ErrNone) {
		return finding{good, "journal: none yet: the first start begins it"}
	}
	if err != nil {
		return found(err, bad, "journal", "")
	}
	defer func() { _ = r.Close() }()
	tail, err := r.Tail()
	return found(err, bad, "journal", fmt.Sprintf("%d events; sourire verify checks each of them", tail.Seq))
}

// checkTerminal asks the terminal how it is, or looks whether it could start.
func checkTerminal(ctx context.Context, conf config.Config) (all []finding, running bool) {
	running, err := datadir.Taken(conf.Terminal.Data)
	if err != nil {
		return []finding{found(err, bad, "terminal", "")}, false
	}
	pages := conf.Manager.PIN != ""
	all = checkPIN(conf.Manager.PIN)
	if running {
		a, err := ask(ctx, conf.Panel.Listen, conf.Identity())
		if err == nil && a.Trouble != "" {
			err = fmt.Errorf("%s: put right what fails here, and see its log; it goes on by itself", a.Trouble)
		}
		return append(append(all, found(err, bad, "terminal", "it runs, and presses are stored")), checkParts(conf, a.Broken)...), true
	}
	all = append(all, finding{good, "terminal: it does not run"}, checkFree(conf.Panel.Listen, "panel.listen"))
	if pages {
		all = append(all, checkFree(conf.Manager.Listen, "manager.listen"))
	}
	return all, false
}

// checkPIN looks whether the PIN opens the manager's pages, and the view on the
// box: of a hash nobody knows.
func checkPIN(code string) []finding {
	switch {
	case code == "":
		return []finding{{mild, "manager's pages, and the manager's view on the box: there are none without manager.pin"}}
	case pin.Hashed(code) || manager.Enterable(code):
		return nil
	}
	return []finding{{mild, fmt.Sprintf("manager's view on the box: manager.pin cannot be entered with its buttons: use digits only, %d at most", manager.MostDigits)}}
}

func checkFree(address, key string) finding {
	l, err := listen(address, key)
	if err != nil {
		return found(err, bad, key, "")
	}
	defer func() { _ = l.Close() }()
	if !ours(address) {
		return finding{mild, fmt.Sprintf("%s: no network has given this machine the address %s: the pages are there when one does", key, address)}
	}
	return finding{good, key + ": " + address + " is free"}
}

// checkBroker connects to the broker under another client id, so that a running
// terminal is not thrown off.
func checkBroker(ctx context.Context, conf config.Config, feeding feed.Config) finding {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := mqtt.Dial(ctx, mqtt.Options{
		URL: feeding.URL, ClientID: conf.Identity().String() + "-check",
		Username: feeding.Username, Password: feeding.Password, TLS: feeding.TLS,
	})
	var refused *net.OpError
	switch {
	case err == nil:
		conn.Close()
	case errors.As(err, &refused), errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: presses are kept and sent when it is back; is broker.url right, and the network up?", err)
	default:
		err = fmt.Errorf("%w: presses are kept and sent when it is back; are the user and the certificates right?", err)
	}
	return found(err, mild, "broker", conf.Broker.URL+" lets us in")
}

func checkClock() finding {
	var err error
	if kept, _ := (clock.Machine{}).Synced(); !kept {
		err = errors.New("no time server has set it yet: presses are ordered all the same, and dated when it is; enable systemd-timesyncd or chrony")
	}
	return found(err, mild, "clock", "kept by a time server")
}
