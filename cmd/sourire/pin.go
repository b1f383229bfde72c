package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"sourire/device/config"
	"sourire/device/pin"
	"sourire/sync/durable"
)

var pinLine = regexp.MustCompile(`(?m)^(\s*pin\s*=\s*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*')`)

// lockOf is the lock of the manager's PIN of the configuration in a file.
func lockOf(file string, c config.Config, log *slog.Logger) (*pin.Lock, error) {
	hash, err := hideAway(file, c.Manager.PIN, log)
	if err != nil {
		return nil, err
	}
	l, err := pin.NewLock(hash, time.Now)
	if err != nil {
		return nil, err
	}
	remember(l, c.Terminal.Data, log)
	return l, nil
}

// hideAway is the hash of the manager's PIN. A plain one is replaced by its
// hash in the configuration file, where that may be written.
func hideAway(path, plain string, log *slog.Logger) (string, error) {
	if pin.Hashed(plain) {
		return plain, nil
	}
	hash, err := pin.Hash(plain)
	if err != nil {
		return "", fmt.Errorf("hash the manager's pin: %w", err)
	}
	if err := replacePIN(path, hash); err != nil {
		log.Warn("the manager's pin stays in plain text: let this user write the configuration for one start", "file", path, "error", err)
	} else {
		log.Info("the manager's pin in the configuration was replaced by its hash", "file", path)
	}
	return hash, nil
}

// remember has wrong PINs outlive the process, in the data folder dir. One that
// cannot be kept is counted in memory: the manager is not locked out by a full
// card.
func remember(l *pin.Lock, dir string, log *slog.Logger) {
	path := filepath.Join(dir, "pin.json")
	var kept struct {
		Wrong int `json:"wrong"`
	}
	if raw, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(raw, &kept); err != nil {
			log.Warn("how many wrong PINs there were cannot be read", "file", path, "error", err)
		}
	}
	l.Remember(max(0, kept.Wrong), func(wrong int) {
		kept.Wrong = wrong
		raw, err := json.Marshal(kept)
		if err == nil {
			err = durable.WriteFile(path, append(raw, '\n'), 0o640)
		}
		if err != nil {
			log.Warn("a wrong PIN is counted in memory only", "error", err)
		}
	})
}

func replacePIN(path, hash string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	at := pinLine.FindSubmatchIndex(text)
	if at == nil {
		return fmt.Errorf("found no line with the pin in %s", path)
	}
	replaced := string(text[:at[4]]) + `"` + hash + `"` + string(text[at[5]:])
	return durable.WriteFile(path, []byte(replaced), info.Mode().Perm())
}
