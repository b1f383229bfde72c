//go:build lab

package lab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkIdle is what the terminal takes of a core while nobody presses,
// against the budget of 0.5 %, and of the memory, of which it may have 25 MB: the
// real program with four buttons, lights, an OLED that turns its pages and a
// broker, on a processor of 500 million instructions a second. The slowest Pi
// makes more.
func BenchmarkIdle(b *testing.B) {
	const budget = 0.5 // percent
	file, err := Program("arm64", "sourire")
	if err != nil {
		b.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	broker, err := StartBroker(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	m, err := Start(b.Context(), Config{
		Lines: fourButtons.lines(), OLED: true, Steady: true,
		Files: map[string][]byte{program: raw, configFile: []byte(fourButtons.text(broker.Port))},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer m.PowerCut()
	pid, err := m.StartTerminal(b.Context(), program, "run", "--config", configFile)
	if err != nil {
		b.Fatal(err)
	}
	lit := func(high map[string]bool) bool { return high["LED1"] && high["LED4"] }
	if err := m.AwaitOutputs(b.Context(), m.Moment(), slow, lit); err != nil {
		b.Fatal(err)
	}
	<-time.After(20 * time.Second) // what a start costs, and each page once
	var percent, megabytes float64
	for b.Loop() {
		began, ran, _ := used(b, m, pid)
		<-time.After(time.Minute)
		ended, more, bytes := used(b, m, pid)
		percent, megabytes = 100*(more-ran)/(ended-began), bytes/(1<<20)
	}
	b.ReportMetric(percent, "%-of-a-core")
	b.ReportMetric(100*percent/budget, "%-of-budget")
	b.ReportMetric(megabytes, "RSS-MB")
	b.ReportMetric(0, "ns/op")
}

// used is for how long the machine has been up, and a process has had its
// processor, in seconds, and the bytes that it has in memory; see proc(5).
func used(b *testing.B, m *Machine, pid int) (up, ran, bytes float64) {
	b.Helper()
	read := func(name string) string {
		raw, err := m.ReadFile(b.Context(), name)
		if err != nil {
			b.Fatal(err)
		}
		return string(raw)
	}
	_, text, _ := strings.Cut(read(fmt.Sprintf("/proc/%d/stat", pid)), ") ")
	fields := strings.Fields(text) // from the third on
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	up = number(strings.Fields(read("/proc/uptime"))[0])
	return up, (number(fields[11]) + number(fields[12])) / 100, number(fields[21]) * 4096
}
