// Command sourire-office is head office's receiver.
//
//	sourire-office serve  --config FILE    receive, store and answer
//	sourire-office check  --config FILE    could it work? Changes nothing
//	sourire-office verify --config FILE    is the whole store as it was signed?
//	sourire-office export --config FILE    write it out
//	sourire-office import --config FILE …  take in what terminals wrote onto sticks
//	sourire-office command --config FILE … command a terminal
//
// It exits with 0 where all is well, 1 where something failed, and 2 for a
// wrong command line or configuration.
package main

import (
	"os"
	_ "time/tzdata" // a server need not have the zones installed

	"github.com/alecthomas/kong"

	"sourire/cmd/internal/commandline"
)

var version = "unknown" // set by the build

type commands struct {
	Serve   serveCommand     `cmd:"" help:"Receive events, store them and answer with watermarks."`
	Check   checkCommand     `cmd:"" help:"Look at the configuration, the certificates, the store and the broker, and say what to do. Changes nothing."`
	Verify  verifyCommand    `cmd:"" help:"Check the whole store and name the first wrong event."`
	Export  exportCommand    `cmd:"" help:"Write out the events."`
	Import  importCommand    `cmd:"" help:"Take in what terminals wrote onto USB sticks."`
	Command commandCommand   `cmd:"" help:"Command a terminal: begin or end test mode."`
	Version kong.VersionFlag `help:"Print the version."`
}

func main() {
	os.Exit(commandline.Run(&commands{},
		kong.Name("sourire-office"),
		kong.Description("Head office of a chain of smiley feedback terminals."),
		kong.Vars{"version": version},
	))
}
