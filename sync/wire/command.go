package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
)

const (
	schemaCommand = "sourire.cmd/1"
	schemaAnswer  = "sourire.res/1"
)

// MaxCommandLife is how long a command may be good for. A terminal remembers in
// its journal what it has carried out, and looks no further back.
const MaxCommandLife = 24 * time.Hour

// CommandTest begins test mode, or ends it.
const CommandTest = "test"

// Command is what head office wants a terminal to do: once, and not after
// Expires.
type Command struct {
	Schema string `json:"schema"`
	tap.Identity
	ID      string `json:"id"`      // as in the topic
	Name    string `json:"name"`    // what is wanted: test
	On      bool   `json:"on"`      // test: whether it begins or ends
	Issued  string `json:"issued"`  // by the office's clock; see [tap.FormatTime]
	Expires string `json:"expires"` // likewise, at most [MaxCommandLife] later
}

// Times are when the command was issued and when it expires.
func (c Command) Times() (issued, expires time.Time, err error) {
	if issued, err = tap.ParseTime(c.Issued); err != nil {
		return issued, expires, fmt.Errorf("issued: %w", err)
	}
	if expires, err = tap.ParseTime(c.Expires); err != nil {
		return issued, expires, fmt.Errorf("expires: %w", err)
	}
	if life := expires.Sub(issued); life <= 0 || life > MaxCommandLife {
		return issued, expires, fmt.Errorf("it expires %s after it was issued, want at most %s", life, MaxCommandLife)
	}
	return issued, expires, nil
}

// Encode seals the command with the office's key.
func (c Command) Encode(key seal.Key) ([]byte, error) {
	c.Schema = schemaCommand
	return sealed(struct {
		Command
		seal.Sealed
	}{Command: c}, key)
}

// DecodeCommand reads a command, verifies that pub signed it, and checks its
// times. A wrong key or signature is [seal.ErrBadSignature].
func DecodeCommand(payload []byte, pub seal.Public) (Command, error) {
	var c struct {
		Command
		seal.Sealed
	}
	err := openSealed(payload, &c, func() seal.Sealed { return c.Sealed }, pub)
	switch {
	case err != nil:
	case c.Schema != schemaCommand:
		err = fmt.Errorf("schema %.40q, want %q", c.Schema, schemaCommand)
	case !ValidCommandID(c.ID):
		err = fmt.Errorf("id %.80q is none", c.ID)
	default:
		_, _, err = c.Times()
	}
	if err != nil {
		return c.Command, fmt.Errorf("read command: %w", err)
	}
	return c.Command, nil
}

// ReadCommand reads a command that is known to be as it was sealed.
func ReadCommand(payload []byte) (c Command, err error) {
	if err = json.Unmarshal(payload, &c); err == nil {
		_, _, err = c.Times()
	}
	if err != nil {
		err = fmt.Errorf("read command: %w", err)
	}
	return c, err
}

// Result is what became of a command.
type Result string

// The results. After Later the office asks again; the others are final.
const (
	Done    Result = "done"    // carried out, and in the journal
	Later   Result = "later"   // not yet: why says what it waits for
	Refused Result = "refused" // never carried out: why says for what reason
	Expired Result = "expired" // it came too late, and was not carried out
)

// Why a command waits or is refused.
const (
	WhyClock   = "clock"   // later: expiry cannot be told while the time is not known
	WhyStorage = "storage" // later: the journal cannot be written or read just now
	WhyUnknown = "unknown" // refused: this software knows no such command
	WhyFuture  = "future"  // refused: it was issued in the future, so the two clocks differ
	WhyEpoch   = "epoch"   // refused: it is older than the journal, which cannot tell whether it was carried out
)

// Answer is a terminal's answer to a command, signed like its batches.
type Answer struct {
	Schema string `json:"schema"`
	tap.Identity
	Epoch  string `json:"epoch"` // whose key signs
	ID     string `json:"id"`    // of the command
	Result Result `json:"result"`
	Why    string `json:"why,omitempty"`
	Seq    uint64 `json:"seq,omitempty"` // done: the event that says so

	signed []byte // the payload
	seal   seal.Sealed
}

// Final reports whether the office need not ask again.
func (a Answer) Final() bool { return a.Result != Later }

// Encode seals the answer with the terminal's key.
func (a Answer) Encode(key seal.Key) ([]byte, error) {
	a.Schema = schemaAnswer
	return sealed(struct {
		Answer
		seal.Sealed
	}{Answer: a}, key)
}

// Note is an answer that nobody signed: what head office has learned otherwise.
func (a Answer) Note() ([]byte, error) {
	a.Schema = schemaAnswer
	return seal.Canonical(a)
}

// DecodeAnswer reads an answer, but does not verify its signature: see
// [Answer.Verify]. The payload must not change as long as the answer is used.
func DecodeAnswer(payload []byte) (Answer, error) {
	var a struct {
		Answer
		seal.Sealed
	}
	if err := json.Unmarshal(payload, &a); err != nil {
		return a.Answer, fmt.Errorf("read answer: %w", err)
	}
	var err error
	switch {
	case a.Schema != schemaAnswer:
		err = fmt.Errorf("schema %.40q, want %q", a.Schema, schemaAnswer)
	case !ValidEpoch(a.Epoch):
		err = fmt.Errorf("epoch %.40q is not a UUID", a.Epoch)
	case !ValidCommandID(a.ID):
		err = fmt.Errorf("id %.80q is none", a.ID)
	case (a.Result == Done) != (a.Seq > 0) || a.Seq > MaxInt:
		err = fmt.Errorf("%.20q with event %d", a.Result, a.Seq)
	case len(a.Why) > maxWhy:
		err = errors.New("why is too long")
	case a.Result != Done && a.Result != Later && a.Result != Refused && a.Result != Expired:
		err = fmt.Errorf("result %.40q is none", a.Result)
	}
	if err != nil {
		return a.Answer, fmt.Errorf("read answer: %w", err)
	}
	a.signed, a.seal = payload, a.Sealed
	return a.Answer, nil
}

const maxWhy = 40 // bytes

// Verify checks that pub signed the answer.
func (a Answer) Verify(pub seal.Public) error {
	if pub.ID() != a.seal.Key {
		return fmt.Errorf("answer names key %.16s, not %s: %w", a.seal.Key, pub.ID(), seal.ErrBadSignature)
	}
	cover, err := seal.Cover(a.signed)
	if err != nil {
		return err
	}
	return pub.Check(cover, a.seal.Sig)
}

// ValidCommandID accepts 1 to 40 of a-z, 0-9 and -.
func ValidCommandID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return 0 < len(id) && len(id) <= 40
}
