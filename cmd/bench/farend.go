package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"clickbridge/simulator"
)

// farEndArg makes this program the far end instead: a simulated carrier in a
// process of its own, so that its work is not counted as the server's.
const farEndArg = "far-end"

// The agents, by their area codes; callers are in all others. Each list has
// agents of its own, for one who is on a call is not rung for another.
var (
	acceptAreas = strings.Fields("501 502 503 504 505 507 508 509")
	busyAreas   = strings.Fields("510 512 513 515 516 517 518 520")
	refuseAreas = strings.Fields("530 540 541 551 559 561 562 563")
)

// lists is how many FindMes there are: more than calls live at once.
const lists = 800

func agent(areas []string, list int) string {
	return fmt.Sprintf("%s55501%02d", areas[list/100], list%100)
}

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
		area := number[:min(3, len(number))]
		switch {
		case slices.Contains(acceptAreas, area):
			return accepts, true
		case slices.Contains(busyAreas, area):
			return simulator.Scene{Name: "busy", NoTrying: true, FinalStatus: 486}, true
		case slices.Contains(refuseAreas, area):
			return simulator.Scene{Name: "declines", NoTrying: true, FinalStatus: 603}, true
		}
		return caller, true
	}
}
