// Command sourire-office is head office's receiver.
//
//	sourire-office serve  --config FILE    receive, store and answer
//	sourire-office verify --config FILE    is the whole store as it was signed?
//	sourire-office export --config FILE    write it out
//
// It exits with 0 where all is well, 1 where something failed, and 2 for a
// wrong command line or configuration.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a server need not have the zones installed

	"github.com/alecthomas/kong"

	"sourire/cmd/internal/strict"
)

var version = "unknown" // set by the build

type commands struct {
	Serve   serveCommand     `cmd:"" help:"Receive events, store them and answer with watermarks."`
	Verify  verifyCommand    `cmd:"" help:"Check the whole store and name the first wrong event."`
	Export  exportCommand    `cmd:"" help:"Write out the events."`
	Version kong.VersionFlag `help:"Print the version."`
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser := kong.Must(&commands{},
		kong.Name("sourire-office"),
		kong.Description("Head office of a chain of smiley feedback terminals."),
		kong.Vars{"version": version},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(slog.New(slog.NewTextHandler(os.Stderr, nil))),
	)
	c, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "sourire-office: %v\ntry: sourire-office --help\n", err)
		return 2
	}
	err = c.Run()
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "sourire-office: %v\n", err)
	if errors.Is(err, strict.ErrConfig) {
		return 2
	}
	return 1
}
