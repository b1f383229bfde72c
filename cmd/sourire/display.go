package main

import (
	"context"

	"sourire/device/board/display"
	"sourire/device/config"
	"sourire/device/screen"
)

const partDisplay = "display"

// show keeps the display up to date, where there is one.
func (h *hardware) show(ctx context.Context, c config.Board) {
	showOn(ctx, c, h.loop.Watch(ctx), h.trouble(partDisplay))
}

// showOn keeps the display up to date with scenes, where there is one, until
// ctx ends.
func showOn(ctx context.Context, c config.Board, scenes <-chan screen.Scene, trouble func(error)) {
	if c.Kind != config.BoardGPIO || c.Display == "" {
		return
	}
	open := func() (display.Panel, error) {
		return display.Open(c.Display, displayOf(c))
	}
	display.Run(ctx, open, scenes, trouble)
}

// displayOf is how the display of a box is connected.
func displayOf(c config.Board) display.Options {
	return display.Options{
		I2C: c.I2C, Address: uint16(c.Address),
		SPI: c.SPI, Chip: c.Chip, DC: c.DC, RST: c.RST, Busy: c.Busy,
		Framebuffer: c.Framebuffer, UpsideDown: c.Rotate == 180,
	}
}
