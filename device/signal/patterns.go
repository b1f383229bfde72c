package signal

// which lights a step lights.
type which int

const (
	none which = iota
	all
	pressed // those whose buttons went down
)

// step is a part of a pattern: so many ms long.
type step struct {
	ms     int64
	lights which
	sound  bool
}

// The patterns. Felt leaves one light alone at once and lasts until the press
// is answered, or long enough for a slow card. Thanks is one sound and two
// blinks; refused is three short sounds in the dark, so that neither the blind
// nor the deaf take it for thanks. A key of the manager's view is no more than a
// blink: nothing there is thanked for.
var patterns = map[Cue][]step{
	Felt: {{1500, pressed, false}},
	Key:  {{150, pressed, false}},
	Thanks: {
		{90, all, true}, {90, none, false},
		{160, all, false}, {90, none, false},
	},
	Refused: {
		{60, none, true}, {60, none, false},
		{60, none, true}, {60, none, false},
		{60, none, true}, {600, none, false},
	},
	Service: {
		{120, none, false}, {120, all, false}, {120, none, false},
		{120, all, false}, {120, none, false}, {120, all, false},
	},
}
