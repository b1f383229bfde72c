package terminal_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/screen"
)

// desk knows a PIN and one page, and takes its time.
type desk struct{}

func (desk) CheckPIN(digits string) (bool, time.Duration) {
	<-time.After(2 * time.Second)
	return digits == "1", 0
}

func (desk) Pages() []manager.Page {
	<-time.After(time.Second)
	return []manager.Page{{Title: "Today"}}
}

// A desk that takes its time keeps nobody waiting: a press is stored meanwhile,
// and the loop ends.
func TestTheDeskTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		b.Desk = desk{}
		if err := b.Gesture(t.Context(), press.Service); err != nil {
			t.Fatal(err)
		}
		enter := func() {
			for _, key := range []int{1, 3} { // + and OK
				if a, err := b.Press(t.Context(), key, "", screen.PIN); err != nil || a.Kind != press.Ignored {
					t.Fatalf("key %d: %+v, %v", key, a, err)
				}
			}
		}
		enter()
		if a, err := b.Press(t.Context(), 2, "", screen.Question); err != nil || !a.Counted {
			t.Errorf("a customer who still saw the question: %+v, %v", a, err)
		}
		<-time.After(3 * time.Second)
		synctest.Wait()
		if p := b.Scene().Pages; p == nil || p.Title != "Today" {
			t.Errorf("shows %+v", b.Scene())
		}
		<-time.After(31 * time.Second)
		synctest.Wait()
		if k := b.Scene().Kind; k != screen.Question {
			t.Errorf("half a minute later: %s", k)
		}
		if err := b.Gesture(t.Context(), press.Service); err != nil {
			t.Fatal(err)
		}
		enter()
		b.end()
	})
}
