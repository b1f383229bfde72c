package lab

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// qtest speaks QEMU's protocol for testing devices from outside the machine: it
// sets a line as a wire would, and hears what the machine puts on its own.
type qtest struct {
	conn    net.Conn
	answers chan string

	mu sync.Mutex // one command at a time

	state   sync.Mutex
	history []change
	changed chan struct{} // closed when there is a change
}

// change is a new level of a line: of an output, as it was heard, or of an
// input, as it was set.
type change struct {
	line  int
	input bool
	level bool
	at    time.Time
}

func newQtest(conn net.Conn) *qtest {
	q := &qtest{conn: conn, answers: make(chan string, 1), changed: make(chan struct{})}
	go q.listen()
	return q
}

// listen sorts what QEMU says into answers and changes of the outputs.
func (q *qtest) listen() {
	defer close(q.answers)
	for s := bufio.NewScanner(q.conn); s.Scan(); {
		var verb string
		var line int
		if n, _ := fmt.Sscanf(s.Text(), "IRQ %s %d", &verb, &line); n == 2 {
			q.note(change{line, false, verb == "raise", time.Now()})
			continue
		}
		q.answers <- s.Text()
	}
}

func (q *qtest) note(c change) {
	q.state.Lock()
	defer q.state.Unlock()
	q.history = append(q.history, c)
	close(q.changed)
	q.changed = make(chan struct{})
}

// command says one line and waits for the answer, without its OK.
func (q *qtest) command(format string, args ...any) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	if _, err := q.conn.Write([]byte(line + "\n")); err != nil {
		return "", fmt.Errorf("qtest: %s: %w", line, err)
	}
	answer, ok := <-q.answers
	switch {
	case !ok:
		return "", fmt.Errorf("qtest: %s: %w", line, errEnded)
	case !strings.HasPrefix(answer, "OK"):
		return "", fmt.Errorf("qtest: %s: %s", line, answer)
	}
	return strings.TrimSpace(strings.TrimPrefix(answer, "OK")), nil
}
