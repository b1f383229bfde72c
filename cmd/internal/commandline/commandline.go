// Package commandline runs a program of ours: its arguments, its signals, and
// what it exits with.
package commandline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"sourire/cmd/internal/strict"
)

// Run parses the arguments into commands, a pointer to a struct as kong takes
// it, and runs the one that they name. Its Run method may ask for a
// [context.Context], which ends at SIGINT or SIGTERM, and for a [*slog.Logger].
//
// It returns the exit code: 0 where all is well, 1 where something failed, and
// 2 for a wrong command line or configuration ([strict.ErrConfig]).
func Run(commands any, options ...kong.Option) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser := kong.Must(commands, append(options,
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(slog.New(slog.NewTextHandler(os.Stderr, nil))),
	)...)
	name := parser.Model.Name
	c, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\ntry: %[1]s --help\n", name, err)
		return 2
	}
	if err = c.Run(); err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	if errors.Is(err, strict.ErrConfig) {
		return 2
	}
	return 1
}
