// Package displaytest has stand-ins for displays: a [Panel] for those who show
// scenes, and models of the chips for those who write drivers.
package displaytest

import (
	"errors"
	"sync"
	"time"

	"sourire/device/screen"
)

// ErrUnplugged is what the driver of a panel without a cable fails with.
var ErrUnplugged = errors.New("unplugged")

// Panel is a display with its driver. The zero value is one that works, shows
// every scene on one page, and is never renewed.
type Panel struct {
	PagesOf    func(screen.Scene) int
	RenewAfter time.Duration
	Takes      time.Duration // what Show does

	mu     sync.Mutex
	fails  error
	hangs  chan struct{}
	panics bool
	scene  screen.Scene
	page   int
	shows  int
	opened int
	open   int
}

// Unplug makes every call fail until [Panel.Plug]. The picture is lost.
func (p *Panel) Unplug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails, p.scene = ErrUnplugged, screen.Scene{}
}

// Plug ends an [Panel.Unplug].
func (p *Panel) Plug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = nil
}

// Hang makes calls wait until release is called.
func (p *Panel) Hang() (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	hangs := make(chan struct{})
	p.hangs = hangs
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hangs = nil
		close(hangs)
	})
}

// Panic makes the next call of Show panic.
func (p *Panel) Panic() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.panics = true
}

// Blank is a power cut that the driver does not notice.
func (p *Panel) Blank() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scene = screen.Scene{}
}

// Shown is what the panel shows.
func (p *Panel) Shown() (s screen.Scene, page int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.scene, p.page
}

// Counts is how often the panel was opened, how often it was not yet closed
// again, and how often it was drawn.
func (p *Panel) Counts() (opened, open, shows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened, p.open, p.shows
}

func (p *Panel) call() error {
	p.mu.Lock()
	hangs := p.hangs
	p.mu.Unlock()
	if hangs != nil {
		<-hangs
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fails
}

// Open is what the driver's constructor does.
func (p *Panel) Open() error {
	p.mu.Lock()
	p.opened++
	p.mu.Unlock()
	if err := p.call(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open++
	return nil
}

// Pages is [Panel.PagesOf] the scene.
func (p *Panel) Pages(s screen.Scene) int {
	if p.PagesOf == nil {
		return 1
	}
	return p.PagesOf(s)
}

// Show shows a page.
func (p *Panel) Show(s screen.Scene, page int) error {
	if p.Takes > 0 {
		<-time.After(p.Takes)
	}
	if err := p.call(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.panics {
		p.panics = false
		panic("index out of range")
	}
	p.scene, p.page = s, page
	p.shows++
	return nil
}

// Renew is [Panel.RenewAfter], or very long.
func (p *Panel) Renew() time.Duration {
	if p.RenewAfter == 0 {
		return 1000 * time.Hour
	}
	return p.RenewAfter
}

// Close counts.
func (p *Panel) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open--
	return nil
}
