package tap

// Kind names a type of event.
type Kind string

// The kinds of event, as in the contract. Readers skip kinds that they do not
// know.
const (
	KindGenesis Kind = "genesis"
	KindBoot    Kind = "boot"
	KindClock   Kind = "clock"
	KindConfig  Kind = "config"
	KindTap     Kind = "tap"
	KindReason  Kind = "reason"
	KindUndo    Kind = "undo"
	KindTally   Kind = "tally"
	KindFault   Kind = "fault"
	KindClear   Kind = "clear"
	KindAlert   Kind = "alert"
	KindNote    Kind = "note"
	KindTest    Kind = "test"
	KindExport  Kind = "export"
	KindDrop    Kind = "drop"
	KindClose   Kind = "close"
)

// Header is what every event carries. The journal assigns Seq when it appends.
type Header struct {
	Seq   uint64  `json:"seq"`
	Kind  Kind    `json:"kind"`
	At    string  `json:"at"`    // the best wall time known when written; see FormatTime
	Clock Quality `json:"clock"` // what At is worth
	Boot  uint64  `json:"boot"`  // counts kernel boots within the epoch, from 1
	Up    int64   `json:"up"`    // CLOCK_BOOTTIME in ms when it happened
}

// Head gives access to the header of any event.
func (h *Header) Head() *Header { return h }

// Event is any event of the journal: a pointer to a struct with a [Header].
type Event interface{ Head() *Header }

// Previous names the epoch before this one, in a genesis.
type Previous struct {
	Epoch string  `json:"epoch"`
	Seq   *uint64 `json:"seq"`  // last known; null where it is not
	Head  *string `json:"head"` // likewise; hex
	Why   string  `json:"why"`  // new, damaged, copied, reset
}

// GenesisEvent is the first event of an epoch.
type GenesisEvent struct {
	Header
	Identity
	Epoch    string    `json:"epoch"`
	Ed25519  string    `json:"ed25519"`  // the terminal's public key, base64
	Previous *Previous `json:"previous"` // null in a first life
}

// BootEvent is written at each start of the process.
type BootEvent struct {
	Header
	BootID   string `json:"boot_id"`
	Software string `json:"software"`
	Ended    string `json:"ended"` // how the run before ended: clean or cut
}

// ClockEvent corrects the wall times of its boot: wall = Up + Offset.
type ClockEvent struct {
	Header
	Quality Quality `json:"quality"`
	Offset  int64   `json:"offset"` // ms to add to Up for Unix time in ms
	Error   int64   `json:"error"`  // ms
	Source  string  `json:"source"`
}

// ConfigEvent is the survey in force; taps name it by its seq.
type ConfigEvent struct {
	Header
	Question string            `json:"question"`
	Version  string            `json:"version"` // hash of the survey's configuration
	Audience string            `json:"audience"`
	Scale    Scale             `json:"scale"`
	Text     map[string]string `json:"text"`               // the question, by language
	Timezone string            `json:"timezone"`           // IANA name
	Hours    map[string]string `json:"hours,omitempty"`    // mon..sun: "09:00-19:30"
	FollowUp *FollowUp         `json:"followup,omitempty"` // asked after each answer; absent: nothing is
	Targets  *Targets          `json:"targets,omitempty"`
	Office   string            `json:"office,omitempty"` // the office's pinned public key, base64
}

// FollowUp is the question that is asked after an answer, the same whatever that
// was, and what one can say to it.
type FollowUp struct {
	Text    map[string]string `json:"text"` // by language
	Answers []Reason          `json:"answers"`
}

// Reason is an answer to a follow-up.
type Reason struct {
	ID   string            `json:"reason"` // as in a [ReasonEvent]
	Text map[string]string `json:"text"`   // by language
}

// Targets are what the store has set itself. Zero is none.
type Targets struct {
	Satisfied int `json:"satisfied,omitempty"` // percent, at least
	NPS       int `json:"nps,omitempty"`       // at least
}

// TapEvent is a press, judged.
type TapEvent struct {
	Header
	Config  uint64 `json:"config"` // seq of the config in force
	Choice  int    `json:"choice"` // 0 is the worst
	Of      int    `json:"of"`
	Counted bool   `json:"counted"`
	Flags   []Flag `json:"flags"` // sorted, never null
	Rule    int    `json:"rule"`  // version of the counting rules
	Lang    string `json:"lang"`
}

// ReasonEvent answers the follow-up question after a tap.
type ReasonEvent struct {
	Header
	Tap    uint64 `json:"tap"`
	Reason string `json:"reason"`
}

// UndoEvent takes a tap out of the result.
type UndoEvent struct {
	Header
	Tap uint64 `json:"tap"`
	Why string `json:"why"` // changed or service
}

// TallyEvent is a finished hour: one for each survey that was asked in it. A
// later one for the same hour and survey takes its place. An hour without any
// is one in which the box was off, or the store was closed.
type TallyEvent struct {
	Header
	Hour     *string        `json:"hour"` // its beginning; null: all presses so far whose time will never be known
	Question string         `json:"question"`
	Audience string         `json:"audience"`
	Scale    Scale          `json:"scale"`
	Counts   []int          `json:"counts"` // counted answers by choice, the worst first
	Raw      int            `json:"raw"`    // taps, counted or not
	Flags    map[Flag]int   `json:"flags"`  // how many of the raw ones carry a flag
	Reasons  map[string]int `json:"reasons"`
	Unhappy  map[string]int `json:"unhappy,omitzero"`  // those of Reasons that came after an answer of the worse half of the scale; nil: it is not told which did
	On       int            `json:"on"`                // seconds of the hour in which the box is known to have run
	Served   int            `json:"served"`            // seconds in which it could take presses
	Untimed  int            `json:"untimed,omitempty"` // seconds in which it was off, or ran without knowing the time: nobody can tell
	Open     *int           `json:"open,omitempty"`    // seconds in which the store was open, where its hours are known

	Prev  uint64 `json:"prev"`  // seq of the last tally event that was written before this one and its like; 0: none
	Until string `json:"until"` // all hours before this moment are finished
	From  uint64 `json:"from"`  // no event before this seq is of an hour that is not
}

// FaultEvent says that a part failed; ClearEvent, the same with kind clear,
// that it works again.
type FaultEvent struct {
	Header
	Part string `json:"part"`
	Why  string `json:"why"`
}

// DropEvent says that the events First to Last are not on the card any more,
// but for those that a journal keeps for longer. What was dropped had been
// confirmed by the receiver.
type DropEvent struct {
	Header
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	Why    string `json:"why"`    // age or room; years, of what had been kept
	After  string `json:"head"`   // of the chain, after Last; hex
	Kept   int    `json:"kept"`   // how many of the events are kept
	Digest string `json:"digest"` // of the heads of those, chained as events are; hex
}

// The states of an alert.
const (
	AlertRaised       = "raised"
	AlertAcknowledged = "acknowledged"
	AlertCleared      = "cleared"
)

// AlertEvent is an alert, and what became of it.
type AlertEvent struct {
	Header
	Rule    string         `json:"rule"`    // unhappy, reason, silence or good
	State   string         `json:"state"`   // raised, acknowledged or cleared
	Alert   uint64         `json:"alert"`   // seq of the event that raised it; 0 in that
	Figures map[string]int `json:"figures"` // what it is about, by name
	Reason  string         `json:"reason,omitempty"`
	Text    string         `json:"text,omitempty"` // what was said when it was acknowledged
}

// The types of note.
const (
	NoteQuick       = "quick"       // an action that works at once
	NoteStructural  = "structural"  // an action that takes its time
	NoteObservation = "observation" // something seen
)

// NoteEvent is what people did or saw.
type NoteEvent struct {
	Header
	Type string `json:"type"`
	Text string `json:"text"`
	Day  string `json:"day,omitempty"` // of which it is, "2026-11-23", where that is not the day of At
}

// TestEvent begins or ends test or cleaning mode.
type TestEvent struct {
	Header
	On      bool   `json:"on"`
	By      string `json:"by"`                // manager, office or cleaning
	Command string `json:"command,omitempty"` // the id of head office's command that was carried out
}

// ExportEvent says that a copy was taken.
type ExportEvent struct {
	Header
	Parts []ExportedPart `json:"parts"`
}

// ExportedPart is a run of events that was copied.
type ExportedPart struct {
	Epoch string `json:"epoch"`
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// CloseEvent is the signed end of an epoch.
type CloseEvent struct {
	Header
	Why string `json:"why"`
}

// OtherEvent stands for a kind that this version does not know.
type OtherEvent struct{ Header }
