package terminal

import (
	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/screen"
)

// view is the manager's view. Nothing that is pressed from its opening to its
// end is a vote, however late it is told of.
type view struct {
	*manager.View // nil: closed

	// When the one before was open, in up, and a moment longer where it closed by
	// itself: what is pressed so soon was aimed at what had been there.
	from, until int64
}

// open begins the manager's view, where it is not open already.
func (t *Terminal) open(up int64) {
	if t.view.View == nil {
		t.view.View = manager.Open(up, t.survey.Manager)
		t.stages = nil // nothing is thanked for, or asked about, when it ends
	}
}

// isKey reports whether a touch is for the manager's view, as it is or as it was.
// A panel says what it showed; a button means what there was.
func (t *Terminal) isKey(in Touch) bool {
	switch in.On {
	case screen.PIN, screen.Manager:
		return true
	case "":
		v := &t.view
		return v.View != nil && in.Up >= v.Opened() || v.from <= in.Up && in.Up < v.until
	}
	return false
}

// key is a touch that is for the manager's view.
func (t *Terminal) key(in Touch) []Effect {
	keys := t.survey.Config.Scale.Choices()
	if p := t.shown.Pages; p != nil {
		keys = max(keys, len(p.Keys))
	}
	if in.Button < 0 || in.Button >= keys {
		return append([]Effect{Reply{in.Ticket, press.Answer{}, press.ErrNoButton}}, t.due(in.Reading)...)
	}
	effects := append(ignore([]Touch{in}), t.look(in.Up)...)
	if v := t.view.View; v != nil && in.Up >= v.Opened() && (in.On == "" || in.On == t.shown.Kind) {
		effects = append(effects, t.viewed(in.Up, v.Press(in.Up, in.Button))...)
	}
	if t.pending != nil {
		return effects
	}
	return append(effects, t.due(in.Reading)...)
}

// look lets the time come to up for the manager's view.
func (t *Terminal) look(up int64) []Effect {
	if t.view.View == nil {
		return nil
	}
	return t.viewed(up, t.view.Tick(up))
}

// viewed passes on what the manager's view wants.
func (t *Terminal) viewed(up int64, wants []manager.Effect) (effects []Effect) {
	for _, w := range wants {
		switch w := w.(type) {
		case manager.CheckPIN:
			effects = append(effects, CheckPIN{t.view.Opened(), w.Digits})
		case manager.Refresh:
			effects = append(effects, Refresh{t.view.Opened()})
		case manager.Cleaning:
			effects = append(effects, t.test(Test{Reading: t.now, On: true, By: byCleaning})...)
		case manager.Leave:
			t.view = view{from: t.view.Opened(), until: up}
			if w.ByItself {
				t.view.until += lateAnswer
			}
		}
	}
	return effects
}

// checked is told whether a PIN was right, and filled what the pages are now:
// of the view that asked.
func (t *Terminal) checked(in Checked) []Effect {
	if v := t.view.View; v != nil && v.Opened() == in.View {
		return append(t.viewed(in.Up, v.Checked(in.Up, in.Right, in.Wait)), t.due(in.Reading)...)
	}
	return t.due(in.Reading)
}

func (t *Terminal) filled(in Filled) []Effect {
	if v := t.view.View; v != nil && v.Opened() == in.View {
		v.Fill(in.Up, in.Pages)
	}
	return t.due(in.Reading)
}
