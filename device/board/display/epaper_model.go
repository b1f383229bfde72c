package display

import "slices"

// The sequences are those of the controllers' data sheets (Solomon Systech
// SSD1680 rev 0.14 and SSD1675B rev 1.0), with the panel maker's values: in
// Waveshare's epd2in13_V4.py and epd2in13_V2.py, and periph's
// waveshare2in13v2 for the waveforms.

// epaperArea is all 250 rows and 16 bytes of each, filled from the first on.
var epaperArea = []step{
	{0x01, []byte{0xf9, 0x00, 0x00}},       // 250 gates
	{0x11, []byte{0x03}},                   // X and Y count up
	{0x44, []byte{0x00, 0x0f}},             // X from and to
	{0x45, []byte{0x00, 0x00, 0xf9, 0x00}}, // Y from and to
}

// epaperV4 has an SSD1680, which knows its waveforms. A partial refresh drives
// the pixels that differ from the picture before.
var epaperV4 = &epaperModel{
	init: slices.Concat(epaperArea, []step{
		{0x21, []byte{0x00, 0x80}}, // sources S8 to S167
		{0x18, []byte{0x80}},       // its own thermometer
	}),
	full:         []step{{0x3c, []byte{0x05}}}, // the border is white
	partial:      []step{{0x3c, []byte{0x80}}}, // the border stays as it is
	fullSequence: 0xf7,
	partSequence: 0xff,
}

// epaperV2 has an SSD1675B, which is told its waveforms.
var epaperV2 = &epaperModel{
	init: slices.Concat([]step{
		{0x74, []byte{0x54}}, // analog block
		{0x7e, []byte{0x3b}}, // digital block
	}, epaperArea, []step{
		{0x03, []byte{0x15}},             // gates 19 V
		{0x04, []byte{0x41, 0xa8, 0x32}}, // sources 15 V, 5 V, -15 V
		{0x3a, []byte{0x30}},             // dummy lines
		{0x3b, []byte{0x0a}},             // time of a gate
	}),
	full: []step{
		{0x3c, []byte{0x03}},
		{0x2c, []byte{0x55}}, // VCOM
		{0x32, waveform(
			[]byte{0x80, 0x60, 0x40}, []byte{0x10, 0x60, 0x20}, []byte{0x80, 0x60, 0x40}, []byte{0x10, 0x60, 0x20},
			[]byte{3, 3, 0, 0, 2}, []byte{9, 9, 0, 0, 2}, []byte{3, 3, 0, 0, 2},
		)},
	},
	partial: []step{
		{0x2c, []byte{0x26}},
		{0x32, waveform(nil, []byte{0x80}, []byte{0x40}, nil, []byte{10})},
		{0x37, []byte{0, 0, 0, 0, 0x40, 0, 0}}, // new and old RAM change places
		{epaperSequence, []byte{0xc0}},         // clock and analog on
		{epaperActivate, nil},
		{0x3c, []byte{0x01}},
	},
	fullSequence: 0xc7,
	partSequence: 0x0c,
	drivesAll:    true,
}

// waveform is the 70 bytes of an SSD1675B's table: the levels of seven phases
// for each way a pixel changes (black to black, black to white, white to black,
// white to white) and for VCOM, which stays at 0; then the five times of each
// phase.
func waveform(bb, bw, wb, ww []byte, times ...[]byte) []byte {
	table := make([]byte, 70)
	for i, levels := range [][]byte{bb, bw, wb, ww} {
		copy(table[7*i:], levels)
	}
	for i, t := range times {
		copy(table[35+5*i:], t)
	}
	return table
}
