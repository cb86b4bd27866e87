package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"clickbridge/simulator"
)

// farEndArg makes this program the far end instead: a simulated carrier in a
// process of its own, so that its work is not counted as the server's.
const farEndArg = "far-end"

// The numbers of the benchmark, by the last two digits of NPA-555-01xx: agents
// in one area code, callers in all others.
const (
	agentAccepts = "3125550100"
	agentBusy    = "3125550103"
	agentRefuses = "3125550104"
)

// runFarEnd plays the carrier until its standard input ends, and then prints
// when each number was first called.
func runFarEnd(args []string) error {
	var mu sync.Mutex
	invited := map[string]int64{}
	sim := simulator.New(simulator.Config{
		Listen:  []string{"udp:127.0.0.1:0"},
		Logger:  slog.New(slog.DiscardHandler),
		Script:  sceneOf(args[0]),
		History: 1,
		Observer: func(e simulator.Event) {
			if e.What != simulator.Invited {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if _, ok := invited[e.Number]; !ok {
				invited[e.Number] = e.At.UnixNano()
			}
		},
	})
	if err := sim.Start(context.Background()); err != nil {
		return err
	}
	defer sim.Close()
	fmt.Println(sim.Addr())
	_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
	mu.Lock()
	defer mu.Unlock()
	return json.NewEncoder(os.Stdout).Encode(invited)
}

// callLives is how long an agent talks in the click runs before he hangs up.
const callLives = 200 * time.Millisecond

// sceneOf returns what the phones of a run do. The far ends of the click runs
// send only the key; those of the relay run talk.
func sceneOf(run string) func(string) (simulator.Scene, bool) {
	accepts := simulator.Scene{Name: "accepts", NoTrying: true, Key: '1', KeyAfter: 20 * time.Millisecond, HangupAfter: callLives, Deaf: true}
	caller := simulator.Scene{Name: "caller", NoTrying: true, Deaf: true}
	if run == "relay" {
		accepts = simulator.Scene{Name: "accepts", Key: '1', KeyAfter: 20 * time.Millisecond, Talk: true}
		caller = simulator.Scene{Name: "caller", Talk: true}
	}
	return func(number string) (simulator.Scene, bool) {
		switch number {
		case agentAccepts:
			return accepts, true
		case agentBusy:
			return simulator.Scene{Name: "busy", NoTrying: true, FinalStatus: 486}, true
		case agentRefuses:
			return simulator.Scene{Name: "declines", NoTrying: true, FinalStatus: 603}, true
		}
		return caller, true
	}
}
