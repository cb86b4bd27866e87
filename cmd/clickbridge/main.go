// Command clickbridge is the server and its tools. All wiring is here, and the
// order in which things start and stop (server.go); every command is one file.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	// The account's days are counted in its zone, on machines without zone files too.
	_ "time/tzdata"

	"github.com/alecthomas/kong"

	"clickbridge/dialog"
)

// Set by the Makefile.
var (
	version = "dev"
	commit  = "unknown"
)

// commands is the command line.
type commands struct {
	Demo       demoCmd       `cmd:"" help:"Everything on loopback: server, simulated carrier and phones, example account. Nothing real is called."`
	Serve      serveCmd      `cmd:"" help:"Run the server."`
	Apply      applyCmd      `cmd:"" help:"Create or update accounts, keys, numbers and FindMes from files."`
	Check      checkCmd      `cmd:"" help:"Find what is wrong before a customer does."`
	Calls      callsCmd      `cmd:"" help:"Look at calls and refused clicks."`
	Notices    noticesCmd    `cmd:"" help:"Look at no-answer notices, and send them again."`
	Recordings recordingsCmd `cmd:"" help:"Recorded calls and messages: list, get, delete."`
	Callbacks  callbacksCmd  `cmd:"" help:"Look at calls that are owed later, and cancel them."`
	Users      usersCmd      `cmd:"" help:"Who may sign in."`
	Optouts    optoutsCmd    `cmd:"" help:"Numbers that must not be called."`
	Simulate   simulateCmd   `cmd:"" help:"Run the simulated carrier alone."`
	Config     configCmd     `cmd:"" help:"Describe the configuration."`
	Version    versionCmd    `cmd:"" help:"Print version, commit and Go version."`
}

// configFlag is the --config of every command that needs one.
type configFlag struct {
	Config string `help:"Configuration file (YAML)." required:"" placeholder:"FILE" type:"path"`
}

// errFound ends a command that has already said what is wrong.
var errFound = errors.New("faults were found")

func main() {
	var cli commands
	k := kong.Parse(&cli,
		kong.Name("clickbridge"),
		kong.Description("Click-to-call on your own SIP trunk: a drop-in server for the Click-to-FindMe API."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	dialog.MuteLibrary()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		if !errors.Is(err, errFound) {
			fmt.Fprintln(os.Stderr, "clickbridge:", err)
		}
		os.Exit(1)
	}
}

type versionCmd struct{}

// Run prints what this binary is.
func (versionCmd) Run() error {
	fmt.Printf("clickbridge %s (commit %s, %s, %s/%s)\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
