package sound

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakeChip is a PWM chip as sysfs shows it, with its channel 1 exported or not.
func fakeChip(t *testing.T, exported bool) (root, channel string) {
	t.Helper()
	root = t.TempDir()
	chip := filepath.Join(root, "pwmchip0")
	channel = filepath.Join(chip, "pwm1")
	if err := os.MkdirAll(chip, 0o755); err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(chip, "export")}
	if exported {
		if err := os.Mkdir(channel, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"period", "duty_cycle", "enable"} {
			files = append(files, filepath.Join(channel, name))
		}
	}
	for _, f := range files {
		if err := os.WriteFile(f, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root, channel
}

func want(t *testing.T, path, text string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(got), text) { // a file keeps what sysfs would not
		t.Errorf("%s: got %q, %v, want %q", filepath.Base(path), got, err, text)
	}
}

func TestABuzzerIsSilentUntilItIsSounded(t *testing.T) {
	root, channel := fakeChip(t, true)
	p, err := OpenPWM(root, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	duty := filepath.Join(channel, "duty_cycle")
	want(t, filepath.Join(channel, "period"), "370000")
	want(t, filepath.Join(channel, "enable"), "1")
	want(t, duty, "0")
	for _, step := range []struct {
		on, night bool
		duty      string
	}{{true, false, "185000"}, {true, true, "9250"}, {false, false, "0"}, {false, true, "0"}} {
		if err := p.Set(step.on, step.night); err != nil {
			t.Fatal(err)
		}
		want(t, duty, step.duty)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, filepath.Join(channel, "enable"), "0")
}

func TestAChannelIsExportedFirst(t *testing.T) {
	root, channel := fakeChip(t, false)
	synctest.Test(t, func(t *testing.T) {
		_, err := OpenPWM(root, 0, 1) // a real export makes the folder
		if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), channel) {
			t.Errorf("got %v, want the channel's folder missing", err)
		}
	})
	want(t, filepath.Join(root, "pwmchip0", "export"), "1")
}

// The channel's files are ours a moment after the export.
func TestAChannelIsWaitedFor(t *testing.T) {
	root, channel := fakeChip(t, false)
	synctest.Test(t, func(t *testing.T) {
		time.AfterFunc(500*time.Millisecond, func() {
			_ = os.Mkdir(channel, 0o755)
			for _, name := range []string{"period", "enable", "duty_cycle"} {
				_ = os.WriteFile(filepath.Join(channel, name), nil, 0o644)
			}
		})
		if _, err := OpenPWM(root, 0, 1); err != nil {
			t.Error(err)
		}
	})
	want(t, filepath.Join(channel, "enable"), "1")
}

func TestAMachineWithoutPWMSaysWhatToDo(t *testing.T) {
	_, err := OpenPWM(t.TempDir(), 0, 0)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "dtoverlay=pwm") {
		t.Errorf("got %v", err)
	}
}

func TestParsePWM(t *testing.T) {
	if chip, channel, ok := ParsePWM("pwm2.10"); chip != 2 || channel != 10 || !ok {
		t.Errorf("pwm2.10: got %d, %d, %v", chip, channel, ok)
	}
	for _, bad := range []string{"", "GPIO18", "pwm", "pwm0", "pwm0.", "pwm-1.0", "pwm0.x"} {
		if _, _, ok := ParsePWM(bad); ok {
			t.Errorf("%q: want no channel", bad)
		}
	}
}
