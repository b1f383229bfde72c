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
		return display.Open(c.Display, display.Options{I2C: c.I2C, Address: uint16(c.Address)})
	}
	display.Run(ctx, open, h.loop.Watch(ctx), func(why error) {
		if why != nil {
			h.fault(partDisplay, why.Error())
			return
		}
		h.clear(partDisplay, "it shows again")
	})
}
