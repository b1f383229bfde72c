//go:build lab

package lab

import (
	"strings"
	"testing"
	"time"
)

// TestMachine: what a test does to a machine from outside is what a program in
// it meets.
func TestMachine(t *testing.T) {
	t.Parallel()
	m, err := Start(t.Context(), Config{Lines: []string{"BTN1", "BTN2"}, OLED: true, Down: []string{"BTN2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.PowerCut()
	t.Logf("from power on to user space: %s", m.Boot.Round(time.Millisecond))
	if raw, err := m.ReadFile(t.Context(), "/proc/version"); err != nil || !strings.Contains(string(raw), "Debian") {
		t.Errorf("the kernel calls itself %q, %v", raw, err)
	}
	if d, err := m.OLED(t.Context()); err != nil || d.On {
		t.Errorf("a display that nobody has talked to: on %t, %v", d.On, err)
	}
	for _, want := range []uint64{0b01, 0b10} { // BTN2 is down, which is low; then BTN1
		if got, err := m.register(gpioData); err != nil || got&0b11 != want {
			t.Errorf("the inputs are %#b, %v; want %#b", got, err, want)
		}
		if _, err := m.Play(Train{{0, "BTN1", true}, {time.Millisecond, "BTN2", false}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Exec(t.Context(), "/bin/nothing"); err == nil {
		t.Error("a program that is not there ran")
	}
	m.PowerCut()
	if _, err := m.ReadFile(t.Context(), "/proc/version"); err == nil {
		t.Error("a machine without power answers")
	}
}
