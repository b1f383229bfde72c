package tap

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Parse reads one event from its JSON bytes. A kind that it does not know
// gives an *OtherEvent.
func Parse(raw []byte) (Event, error) {
	var h Header
	if err := json.Unmarshal(raw, &h); err != nil {
		return nil, fmt.Errorf("parse event: %w", err)
	}
	var e Event
	switch h.Kind {
	case "":
		return nil, errors.New("parse event: it has no kind")
	case KindGenesis:
		e = &GenesisEvent{}
	case KindBoot:
		e = &BootEvent{}
	case KindClock:
		e = &ClockEvent{}
	case KindConfig:
		e = &ConfigEvent{}
	case KindTap:
		e = &TapEvent{}
	case KindReason:
		e = &ReasonEvent{}
	case KindUndo:
		e = &UndoEvent{}
	case KindFault, KindClear:
		e = &FaultEvent{}
	case KindAlert:
		e = &AlertEvent{}
	case KindNote:
		e = &NoteEvent{}
	case KindTest:
		e = &TestEvent{}
	case KindExport:
		e = &ExportEvent{}
	case KindTally:
		e = &TallyEvent{}
	case KindDrop:
		e = &DropEvent{}
	case KindClose:
		e = &CloseEvent{}
	default:
		return &OtherEvent{h}, nil
	}
	if err := json.Unmarshal(raw, e); err != nil {
		return nil, fmt.Errorf("parse %s event %d: %w", h.Kind, h.Seq, err)
	}
	return e, nil
}

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// FormatTime writes a wall time as events carry it: RFC 3339 with three
// decimals and the offset of t's location.
func FormatTime(t time.Time) string { return t.Format(timeLayout) }

// ParseTime reads what [FormatTime] writes, and any other RFC 3339 time.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("parse time: %w", err)
	}
	return t, nil
}
