package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sourire/cmd/internal/lab"
)

func TestMain(m *testing.M) {
	testscript.Main(cleaner{m}, map[string]func(){"sourire-office": main})
}

// cleaner removes what the tests built.
type cleaner struct{ *testing.M }

func (c cleaner) Run() int {
	code := c.M.Run()
	lab.Clean()
	return code
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
