package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// sample is what the kernel says of a process at a moment.
type sample struct {
	at           time.Time
	user, system time.Duration
	rss          int64 // bytes
}

func (s sample) total() time.Duration { return s.user + s.system }

// tick is the unit of /proc/PID/stat: USER_HZ is 100 on every Linux port Go has.
const tick = 10 * time.Millisecond

// usage reads /proc of a process.
func usage(pid int) (sample, error) {
	s := sample{at: time.Now()}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, err
	}
	// The name may hold spaces; the fields after it are counted from its bracket.
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	if len(f) < 22 {
		return s, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(f))
	}
	user, err := strconv.ParseInt(f[11], 10, 64)
	if err != nil {
		return s, err
	}
	system, err := strconv.ParseInt(f[12], 10, 64)
	if err != nil {
		return s, err
	}
	pages, err := strconv.ParseInt(f[21], 10, 64)
	s.user, s.system, s.rss = time.Duration(user)*tick, time.Duration(system)*tick, pages*int64(os.Getpagesize())
	return s, err
}

// printMachine says what the figures were measured on.
func printMachine() {
	model := "unknown CPU"
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer func() { _ = f.Close() }()
		for sc := bufio.NewScanner(f); sc.Scan(); {
			if v, ok := strings.CutPrefix(sc.Text(), "model name"); ok {
				model = strings.TrimLeft(v, "\t :")
				break
			}
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	fmt.Printf("%d × %s, Linux %s, %s; simulator and load on the same cores; SQLite synchronous=FULL\n\n",
		runtime.NumCPU(), model, strings.TrimSpace(string(kernel)), runtime.Version())
}
