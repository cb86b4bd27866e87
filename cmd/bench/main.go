// Command bench measures the built binary from outside and prints a table:
// whole clicks over HTTP, real SIP and RTP to a simulated carrier in a process
// of its own, SQLite with FULL durability. CPU is the server's alone, as the
// kernel counts it. `make bench` runs it; every figure the README quotes comes
// from here.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == farEndArg {
		if err := runFarEnd(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "far end:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == engineArg {
		if err := runEngine(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "media engine:", err)
			os.Exit(1)
		}
		return
	}
	binary := flag.String("binary", "bin/clickbridge", "the binary to measure")
	length := flag.Duration("length", 20*time.Second, "of each run")
	rate := flag.Int("rate", 400, "clicks a second of the sustained run")
	fast := flag.Int("fast", 800, "clicks a second of the run that shows what the machine holds")
	slow := flag.Int("slow", 100, "clicks a second of the latency run")
	talks := flag.Int("bridged", 100, "calls of the relay run")
	flag.StringVar(&pprofAddr, "pprof", "", "address at which the server answers Go's profiler")
	only := flag.String("only", "", "one run: click, fast, latency, refusals, relay, prompts or recording")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	printMachine()
	for _, r := range []run{
		{name: "latency", rate: *slow, length: *length, scene: "click"},
		{name: "click", rate: *rate, length: *length, scene: "click"},
		{name: "fast", rate: *fast, length: *length, scene: "click"},
		{name: "refusals", rate: *rate / 2, length: *length, scene: "refusals"},
		{name: "relay", bridged: *talks, length: *length, scene: "relay"},
		{name: "relay", bridged: 3 * *talks, length: *length, scene: "relay"},
	} {
		if *only != "" && *only != r.name {
			continue
		}
		failed(r.name, r.measure(ctx, *binary))
	}
	if *only == "" || *only == "prompts" {
		failed("prompts", measurePrompts(ctx, *length))
	}
	if *only == "" || *only == "recording" {
		failed("recording", measureRecording(ctx, *length))
	}
}

// failed ends the program when a run did.
func failed(run string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", run, err)
		os.Exit(1)
	}
}
