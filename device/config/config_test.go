package config_test

import (
	"slices"
	"strings"
	"testing"

	"sourire/device/config"
	"sourire/device/tap"
)

func minimal() config.Config {
	c := config.Default()
	c.Terminal.Chain, c.Terminal.Store, c.Terminal.ID = "demo", "lyon-part-dieu", "exit-1"
	c.Terminal.Data = "/var/lib/sourire"
	c.Board.Kind = "panel"
	c.Broker.URL = "tcp://127.0.0.1:1883"
	return c
}

func TestTheMinimumIsEnough(t *testing.T) {
	c := minimal()
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesTheKeyAndTheRemedy(t *testing.T) {
	for want, spoil := range map[string]func(*config.Config){
		"terminal.chain is missing":   func(c *config.Config) { c.Terminal.Chain = "" },
		`terminal.store = "Lyon"`:     func(c *config.Config) { c.Terminal.Store = "Lyon" },
		`terminal.id = "a/b"`:         func(c *config.Config) { c.Terminal.ID = "a/b" },
		`terminal.data = "data"`:      func(c *config.Config) { c.Terminal.Data = "data" },
		`terminal.timezone = "Paris"`: func(c *config.Config) { c.Terminal.Timezone = "Paris" },
		"terminal.languages is empty": func(c *config.Config) { c.Terminal.Languages = nil },
		"board.kind is missing":       func(c *config.Config) { c.Board.Kind = "" },
		`board.kind = "relay"`:        func(c *config.Config) { c.Board.Kind = "relay" },
		`survey.scale = "stars"`:      func(c *config.Config) { c.Survey.Scale = "stars" },
		`survey.audience = "all"`:     func(c *config.Config) { c.Survey.Audience = "all" },
		"survey.text.de is missing":   func(c *config.Config) { c.Terminal.Languages = []string{"de"} },
		"texts.fr.question is not read: write it as survey.text.fr": func(c *config.Config) {
			c.Texts = map[string]map[string]string{"fr": {"question": "Content ?"}}
		},
		"survey.text.it: terminal.languages":  func(c *config.Config) { c.Survey.Text = map[string]string{"it": "Felice?"} },
		"survey.hours":                        func(c *config.Config) { c.Survey.Hours = map[string]string{"mon": "9-19"} },
		`broker.url = "http://x:1"`:           func(c *config.Config) { c.Broker.URL = "http://x:1" },
		`broker.url = "tcp://x:99999"`:        func(c *config.Config) { c.Broker.URL = "tcp://x:99999" },
		`broker.url = "tcp://x:0"`:            func(c *config.Config) { c.Broker.URL = "tcp://x:0" },
		`broker.url = "tcp://x:mqtt"`:         func(c *config.Config) { c.Broker.URL = "tcp://x:mqtt" },
		`broker.url = "tcp://x"`:              func(c *config.Config) { c.Broker.URL = "tcp://x" },
		`broker.url = "tcp://:1883"`:          func(c *config.Config) { c.Broker.URL = "tcp://:1883" },
		`broker.url = "tcp://x:1/mqtt"`:       func(c *config.Config) { c.Broker.URL = "tcp://x:1/mqtt" },
		`broker.url = "tcp://me:xxxxx@x:1"`:   func(c *config.Config) { c.Broker.URL = "tcp://me:secret@x:1" },
		"broker.ca, cert and key are for tls": func(c *config.Config) { c.Broker.CA = "/x" },
		`broker.confirm = "maybe"`:            func(c *config.Config) { c.Broker.Confirm = "maybe" },
		"broker.cert and broker.key":          func(c *config.Config) { c.Broker.Cert = "/x" },
		"broker.username and":                 func(c *config.Config) { c.Broker.Username = "x" },
		`panel.listen = "0.0.0.0:8080"`:       func(c *config.Config) { c.Panel.Listen = "0.0.0.0:8080" },
		`panel.listen = "127.0.0.1:99999"`:    func(c *config.Config) { c.Panel.Listen = "127.0.0.1:99999" },
		`panel.listen = "127.0.0.1:0"`:        func(c *config.Config) { c.Panel.Listen = "127.0.0.1:0" },
		`panel.listen = "127.0.0.1:http"`:     func(c *config.Config) { c.Panel.Listen = "127.0.0.1:http" },
		`panel.listen = "127.0.0.1"`:          func(c *config.Config) { c.Panel.Listen = "127.0.0.1" },
		`manager.listen = ":99999"`:           func(c *config.Config) { c.Manager.Listen = ":99999" },
		`manager.listen = ":0"`:               func(c *config.Config) { c.Manager.Listen = ":0" },
		`"127.0.0.1:8080": want another port`: func(c *config.Config) { c.Manager.PIN, c.Manager.Listen = "4711", c.Panel.Listen },
		`manager.listen = "8081"`:             func(c *config.Config) { c.Manager.Listen = "8081" },
		"texts.de lacks cleaning, cleaning.more, closed": func(c *config.Config) {
			c.Terminal.Languages, c.Survey.Text = []string{"de"}, map[string]string{"de": "Zufrieden?"}
		},
		"texts.de: terminal.languages": func(c *config.Config) { c.Texts = map[string]map[string]string{"de": {"thanks": "Danke"}} },
		"texts.fr.merci: there is no":  func(c *config.Config) { c.Texts = map[string]map[string]string{"fr": {"merci": "Merci"}} },
		"texts.fr.thanks is empty":     func(c *config.Config) { c.Texts = map[string]map[string]string{"fr": {"thanks": " "}} },
		"survey.followup.answers has 1": func(c *config.Config) {
			c.Survey.FollowUp.Ask, c.Survey.FollowUp.Answers = true, []string{"waiting"}
		},
		"survey.followup.labels.parking.fr is missing": func(c *config.Config) {
			c.Survey.FollowUp.Ask, c.Survey.FollowUp.Answers = true, []string{"waiting", "parking"}
		},
		`survey.followup.answers = "waiting": that is in it already`: func(c *config.Config) {
			c.Survey.FollowUp.Ask, c.Survey.FollowUp.Answers = true, []string{"waiting", "waiting"}
		},
		`survey.write = "https://example.com": want`: func(c *config.Config) { c.Survey.Write = "https://example.com" },
		`survey.write = "https://example.com/{ref}": a terminal with audience`: func(c *config.Config) {
			c.Survey.Audience, c.Survey.Write = "staff", "https://example.com/{ref}"
		},
		"survey.public.said, number 1":         func(c *config.Config) { c.Survey.Public.Said = []config.Said{{}} },
		"survey.targets.satisfied = 101":       func(c *config.Config) { c.Survey.Targets.Satisfied = 101 },
		`survey.targets: "faces4" has no`:      func(c *config.Config) { c.Survey.Targets.NPS = 30 },
		"alerts.unhappy = 2":                   func(c *config.Config) { c.Alerts.Unhappy = 2 },
		"alerts.minutes = 5":                   func(c *config.Config) { c.Alerts.Minutes = 5 },
		"alerts.reason = 1":                    func(c *config.Config) { c.Alerts.Reason = 1 },
		"alerts.silence = 10":                  func(c *config.Config) { c.Alerts.Silence = 10 },
		`moments, number 1 ("Soldes")`:         func(c *config.Config) { c.Moments = []config.Moment{{Name: "Soldes", From: "13/01/2027"}} },
		"manager.pin: want 4 to 12 characters": func(c *config.Config) { c.Manager.PIN = "1" },
	} {
		c := minimal()
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
}

func TestVersionFollowsWhatIsAsked(t *testing.T) {
	a, b := minimal(), minimal()
	if a.Event("").Version != b.Event("").Version {
		t.Error("the same survey has two versions")
	}
	b.Survey.Text = map[string]string{"fr": "Ça va ?"}
	if a.Event("").Version == b.Event("").Version {
		t.Error("another question has the same version")
	}
}

func gpio() config.Config {
	c := minimal()
	c.Board.Kind = "gpio"
	return c
}

func TestButtonsHaveAUsualWiring(t *testing.T) {
	for scale, want := range map[tap.Scale]string{
		tap.Faces4: "GPIO5 GPIO6 GPIO13 GPIO19", tap.Faces5: "GPIO5 GPIO6 GPIO13 GPIO19 GPIO26", tap.YesNo: "GPIO5 GPIO6",
	} {
		c := gpio()
		c.Survey.Scale = scale
		if err := c.Check(); err != nil {
			t.Error(err)
		}
		if got := strings.Join(c.ButtonLines(), " "); got != want {
			t.Errorf("%s: %s, want %s", scale, got, want)
		}
	}
	c := gpio()
	c.Board.Display, c.Board.I2C, c.Board.Buttons = "hd44780", "22", []string{"GPIO2", "GPIO3", "GPIO9", "GPIO10"}
	if err := c.Check(); err != nil {
		t.Errorf("lines of a bus that the display is not on: %v", err)
	}
	c = gpio()
	c.Board.Buttons = []string{"BTN1", "BTN2", "BTN3", "BTN4"}
	c.Board.Lights = []string{"LED1", "LED2", "LED3", "LED4"}
	c.Board.Buzzer, c.Board.Display, c.Board.Address = "pwm0.0", "ssd1306", 0x3d
	c.Board.Pull, c.Board.Active, c.Board.Debounce = "none", "high", 50
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	if got := c.ButtonLines(); !slices.Equal(got, c.Board.Buttons) {
		t.Errorf("buttons are %q", got)
	}
}

func TestCheckNamesWhatIsWrongWithTheBoard(t *testing.T) {
	for want, spoil := range map[string]func(*config.Config){
		`survey.scale = "nps": its 11 choices want a touch panel`: func(c *config.Config) { c.Survey.Scale = "nps" },
		`board.buttons has 2 lines: "faces4" has 4 choices`:       func(c *config.Config) { c.Board.Buttons = []string{"A", "B"} },
		`board.buttons = "A": that line is in board.buttons`:      func(c *config.Config) { c.Board.Buttons = []string{"A", "B", "C", "A"} },
		`board.buttons has an empty name`:                         func(c *config.Config) { c.Board.Buttons = []string{"A", "B", "C", " "} },
		`board.lights has 1 lines: want one a button, 4, or none`: func(c *config.Config) { c.Board.Lights = []string{"L"} },
		`board.lights = "GPIO5": that line is in board.buttons`:   func(c *config.Config) { c.Board.Lights = []string{"L", "M", "N", "GPIO5"} },
		`board.buzzer = "GPIO6": that line is in board.buttons`:   func(c *config.Config) { c.Board.Buzzer = "GPIO6" },
		`board.pull is missing`:                                   func(c *config.Config) { c.Board.Pull = "" },
		`board.pull = "off"`:                                      func(c *config.Config) { c.Board.Pull = "off" },
		`board.active = "on"`:                                     func(c *config.Config) { c.Board.Active = "on" },
		`board.debounce = 4: want 5 to 50 ms`:                     func(c *config.Config) { c.Board.Debounce = 4 },
		`board.debounce = 51: want 5 to 50 ms`:                    func(c *config.Config) { c.Board.Debounce = 51 },
		`board.quiet: "21-08": want times like`:                   func(c *config.Config) { c.Board.Quiet = "21-08" },
		`board.display = "vga": want one of epd2in13v2`:           func(c *config.Config) { c.Board.Display = "vga" },
		`board.address = 0x80`:                                    func(c *config.Config) { c.Board.Address = 0x80 },
		`board.spi = "0"`:                                         func(c *config.Config) { c.Board.Display, c.Board.SPI = "ssd1306-spi", "0" },
		`board.buttons = "GPIO2": that line is in board.i2c already`: func(c *config.Config) {
			c.Board.Display, c.Board.Buttons = "ssd1306", []string{"GPIO2", "A", "B", "C"}
		},
		`board.lights = "GPIO9": that line is in board.spi already`: func(c *config.Config) {
			c.Board.Display, c.Board.Lights = "epd2in13v4", []string{"A", "B", "C", "GPIO9"}
		},
		`board.dc = "GPIO8": that line is in board.spi already`: func(c *config.Config) { c.Board.Display, c.Board.DC = "ssd1306-spi", "GPIO8" },
		`board.buzzer = "pwm0": want a PWM channel such as`:     func(c *config.Config) { c.Board.Buzzer = "pwm0" },
		`board.framebuffer = "fb0": want a full path`:           func(c *config.Config) { c.Board.Display, c.Board.Framebuffer = "fb", "fb0" },
		`board.rotate = 90: want 0, or 180`:                     func(c *config.Config) { c.Board.Rotate = 90 },
		`board.rotate = 180: a character display`:               func(c *config.Config) { c.Board.Display, c.Board.Rotate = "hd44780-20x4", 180 },
		`board.rst = "GPIO13": that line is in board.buttons`:   func(c *config.Config) { c.Board.Display, c.Board.RST = "ssd1306-spi", "GPIO13" },
		`board.busy = "GPIO17": that line is in board.rst`:      func(c *config.Config) { c.Board.Display, c.Board.Busy = "epd2in13v4", "GPIO17" },
		`board.dc has an empty name`:                            func(c *config.Config) { c.Board.Display, c.Board.DC = "epd2in13v2", "" },
		"survey.followup.answers has 5: want 2 to 4": func(c *config.Config) {
			c.Survey.FollowUp.Ask, c.Survey.FollowUp.Answers = true, []string{"waiting", "welcome", "choice", "price", "clean"}
		},
		"a character display has no room": func(c *config.Config) { c.Survey.FollowUp.Ask, c.Board.Display = true, "hd44780" },
		`board.i2c is missing`:            func(c *config.Config) { c.Board.Display, c.Board.I2C = "ssd1306", "" },
	} {
		c := gpio()
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
}
