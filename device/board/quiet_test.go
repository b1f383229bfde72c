package board

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A contact is believed after the time that is configured, on its way down and
// up, and not before.
func TestTheTimeThatAContactHasToRest(t *testing.T) {
	for _, quiet := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			d := sit(t, func(d *desk) { d.Config.Quiet = quiet })
			defer d.leave()
			pass(100 * time.Millisecond)
			d.lines.Set(0, true)
			pass(quiet - time.Millisecond)
			d.expect(t, "100 felt 0")
			pass(time.Millisecond)
			d.expect(t, "100 pressed 0")
			d.lines.Set(0, false)
			pass(quiet)
			d.expect(t, fmt.Sprintf("%d released 0", 100+quiet.Milliseconds()))
		})
	}
}
