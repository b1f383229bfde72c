package lab

import (
	"encoding/json"
	"fmt"
	"net"
	"sync"
)

// qmp is QEMU's monitor: how a machine is inspected and started.
type qmp struct {
	mu  sync.Mutex
	in  *json.Encoder
	out *json.Decoder
}

// newQMP waits for the greeting and answers it.
func newQMP(conn net.Conn) (*qmp, error) {
	q := &qmp{in: json.NewEncoder(conn), out: json.NewDecoder(conn)}
	var greeting struct{ QMP json.RawMessage }
	if err := q.out.Decode(&greeting); err != nil {
		return nil, fmt.Errorf("qmp: greeting: %w", err)
	}
	return q, q.command("qmp_capabilities", nil, nil)
}

// command carries out one command; result may be nil.
func (q *qmp) command(name string, arguments, result any) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	ask := map[string]any{"execute": name}
	if arguments != nil {
		ask["arguments"] = arguments
	}
	if err := q.in.Encode(ask); err != nil {
		return fmt.Errorf("qmp: %s: %w", name, err)
	}
	for {
		var answer struct {
			Return json.RawMessage
			Error  *struct{ Class, Desc string }
			Event  string
		}
		if err := q.out.Decode(&answer); err != nil {
			return fmt.Errorf("qmp: %s: %w", name, err)
		}
		switch {
		case answer.Event != "":
			continue
		case answer.Error != nil:
			return fmt.Errorf("qmp: %s: %s", name, answer.Error.Desc)
		case result == nil:
			return nil
		}
		return json.Unmarshal(answer.Return, result)
	}
}

// find is the path of the machine's only device of a type.
func (q *qmp) find(kind string) (string, error) {
	const root = "/machine/unattached"
	var children []struct{ Name, Type string }
	if err := q.command("qom-list", map[string]string{"path": root}, &children); err != nil {
		return "", err
	}
	for _, c := range children {
		if c.Type == "child<"+kind+">" {
			return root + "/" + c.Name, nil
		}
	}
	return "", fmt.Errorf("qmp: this machine has no %s", kind)
}
