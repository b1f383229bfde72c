package main

import (
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sourire/cmd/internal/lab"
)

func TestMain(m *testing.M) {
	testscript.Main(cleaner{m}, map[string]func(){"sourire": main})
}

// cleaner removes what the tests built.
type cleaner struct{ *testing.M }

func (c cleaner) Run() int {
	code := c.M.Run()
	lab.Clean()
	return code
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PORT", strconv.Itoa(lab.Port(t)))
			return os.Chmod(e.WorkDir, 0o755)
		},
	})
}
