package main

import (
	"fmt"
	"log/slog"
	"os"
	"regexp"

	"sourire/device/pin"
	"sourire/sync/durable"
)

var pinLine = regexp.MustCompile(`(?m)^(\s*pin\s*=\s*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*')`)

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
