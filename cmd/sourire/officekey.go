package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sourire/device/tap"
	"sourire/sync/durable"
	"sourire/sync/seal"
)

const (
	officeKeyFile = "office.key"
	partOfficeKey = "office-key"
)

// pinned is the office's key that was trusted before; zero where there is none.
// It stands in a file and in the journal, which is believed where the file is
// gone or, as spoilt then says, holds no key: a file that a failing card has
// torn must not have the box trust whoever comes next.
func (b *box) pinned() (pub seal.Public, spoilt, err error) {
	path := filepath.Join(b.config.Terminal.Data, officeKeyFile)
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		if pub, err = seal.ParsePublic(strings.TrimSpace(string(text))); err == nil {
			return pub, nil, nil
		}
		spoilt = fmt.Errorf("%s: %w", path, err)
	case !errors.Is(err, os.ErrNotExist):
		spoilt = err
	}
	config, err := configInForce(b.journal)
	if err != nil || config == nil || config.Office == "" {
		return seal.Public{}, spoilt, unavailable(err)
	}
	pub, err = seal.ParsePublic(config.Office)
	if err != nil {
		return seal.Public{}, errors.Join(spoilt, fmt.Errorf("event %d: %w", config.Seq, err)), nil
	}
	if spoilt == nil {
		spoilt = fmt.Errorf("%s is gone", path)
	}
	return pub, spoilt, nil
}

// mend says that the office's key was not in its file, and puts back what the
// journal has. Where that has none, the next key is trusted, as on first use.
func (b *box) mend(pub seal.Public, spoilt error) {
	if spoilt == nil {
		return
	}
	b.keySpoilt = true
	b.parts.fault(failure{part: partOfficeKey}, spoilt.Error())
	if pub.Zero() {
		return
	}
	if err := b.writeKey(pub); err != nil {
		b.log.Warn("the office's key is known from the journal, and its file could not be written", "key", pub.ID(), "error", err)
	}
}

// pin keeps the office's key that was trusted on first use, in a file for the
// next start and in the journal for whoever reads it.
func (b *box) pin(pub seal.Public) error {
	if err := b.writeKey(pub); err != nil {
		return err
	}
	e := b.config.Event(pub.String())
	e.Kind = tap.KindConfig
	b.loop.Note(&e)
	return nil
}

func (b *box) writeKey(pub seal.Public) error {
	path := filepath.Join(b.config.Terminal.Data, officeKeyFile)
	if err := durable.WriteFile(path, []byte(pub.String()+"\n"), 0o640); err != nil {
		return err
	}
	if b.keySpoilt {
		b.keySpoilt = false
		b.parts.clear(failure{part: partOfficeKey}, "written again: key "+pub.ID())
	}
	return nil
}

func keyText(pub seal.Public) string {
	if pub.Zero() {
		return ""
	}
	return pub.String()
}
