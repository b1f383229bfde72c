// Command sourire is the feedback terminal.
//
//	sourire demo                     try it: broker, head office and a terminal
//	sourire run    --config FILE     the terminal
//	sourire check  --config FILE     is the configuration right, and the box?
//	sourire status --config FILE     how the terminal is, running or not
//	sourire report --config FILE     today's result
//	sourire export --config FILE     the raw events, or a signed copy on a stick
//	sourire verify --config FILE     is the journal whole? Is a copy?
//
// It exits with 0 where all is well, 1 where something failed, and 2 for a
// wrong command line or configuration.
package main

import (
	"os"
	"strings"
	_ "time/tzdata" // a box need not have the zones installed

	"github.com/alecthomas/kong"

	"sourire/assets"
	"sourire/cmd/internal/commandline"
)

var version = "unknown" // set by the build

type commands struct {
	Demo    demoCommand      `cmd:"" help:"Try it: a broker, head office and a terminal, behind one address."`
	Run     runCommand       `cmd:"" help:"Run the terminal."`
	Check   checkCommand     `cmd:"" help:"Say whether the configuration and the machine are right."`
	Status  statusCommand    `cmd:"" help:"Say how the terminal is, running or stopped."`
	Report  reportCommand    `cmd:"" help:"Print the result of today and of the last days."`
	Export  exportCommand    `cmd:"" help:"Write a signed copy of all events to a USB stick, or print the raw events."`
	Verify  verifyCommand    `cmd:"" help:"Check every event of the journal, or of exported files."`
	Version kong.VersionFlag `help:"Print the version."`
}

func main() {
	os.Exit(commandline.Run(&commands{},
		kong.Name("sourire"),
		kong.Description("A smiley feedback terminal."),
		kong.Vars{"version": version, "languages": strings.Join(assets.Languages(), ",")},
	))
}
