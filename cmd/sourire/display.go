package main

import (
	"context"

	"sourire/device/board/display"
	"sourire/device/config"
)

const partDisplay = "display"

// show keeps the display up to date, where there is one.
func (h *hardware) show(ctx context.Context, c config.Board) {
	if c.Kind != config.BoardGPIO || c.Display == "" {
		return
	}
	open := func() (display.Panel, error) {
		return display.Open(c.Display, displayOf(c))
	}
	display.Run(ctx, open, h.loop.Watch(ctx), h.trouble(partDisplay))
}

// displayOf is how the display of a box is connected.
func displayOf(c config.Board) display.Options {
	return display.Options{I2C: c.I2C, Address: uint16(c.Address), Chip: c.Chip}
}
