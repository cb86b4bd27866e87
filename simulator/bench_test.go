package simulator_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
	"clickbridge/simulator/wire"
)

// asCarrier makes the test binary a quick carrier, so that a benchmark can
// tell the carrier's CPU from its own.
const asCarrier = "SIMULATOR_BENCHMARK_CARRIER"

func runCarrier() {
	s := simulator.New(simulator.Config{Listen: []string{"udp:127.0.0.1:0"}, Quick: true})
	if err := s.Start(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin) // until the benchmark closes it
	s.Close()
}

// BenchmarkQuickCall places calls on a carrier in another process: INVITE, 100,
// 180, 200, ACK, key 1 (five RTP packets), BYE, 200. cpu-us/call is the
// carrier's own CPU, user and system.
func BenchmarkQuickCall(b *testing.B) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asCarrier+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	to, err := netip.ParseAddrPort(strings.TrimSpace(line))
	if err != nil {
		b.Fatal(err, line)
	}
	began := time.Now()
	placeCalls(b, to, b.N)
	took := time.Since(began)
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-us/call")
	b.ReportMetric(float64(b.N)/took.Seconds(), "calls/s")
}

const (
	benchRate = 800
	benchHold = 300 * time.Millisecond // long enough for the key to be pressed
)

// placeCalls places n calls, benchRate a second, and ends each after benchHold.
func placeCalls(b *testing.B, to netip.AddrPort, n int) {
	conn, media := socket(b), socket(b)
	defer conn.Close()
	defer media.Close()
	c := &caller{t: b, to: to, sip: conn, rtp: media}
	_ = conn.SetReadBuffer(4 << 20)
	live, up, bye := map[string]*call{}, map[string]bool{}, map[string]string{}
	progress := time.Now()
	again := func() { // a full socket buffer loses datagrams like any network
		progress = time.Now()
		for id, k := range live {
			if text := bye[id]; text != "" {
				k.send(text)
			} else if !up[id] {
				k.invite()
			}
		}
	}
	type due struct {
		at time.Time
		ok *wire.Message
	}
	var ends []due
	buf := make([]byte, 4096)
	began := time.Now()
	for placed, done := 0, 0; done < n; {
		for placed < n && time.Since(began) > time.Duration(placed)*time.Second/benchRate {
			k := c.call(fmt.Sprintf("31255501%02d", 0))
			live[k.id] = k
			k.invite()
			placed++
		}
		for len(ends) > 0 && time.Now().After(ends[0].at) {
			ok := ends[0].ok
			ends = ends[1:]
			k := live[ok.CallID]
			d := k.within(ok, "BYE", "")
			bye[k.id] = d.text("BYE", d.branch, "", "")
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		size, err := conn.Read(buf)
		if err != nil {
			if time.Since(progress) > time.Second {
				again()
			}
			continue
		}
		m, err := wire.Parse(buf[:size])
		if err != nil {
			b.Fatal(err)
		}
		switch name(m) {
		case "200 INVITE":
			if k := live[m.CallID]; k != nil {
				k.ack(m)
				if !up[m.CallID] { // the first 200, not a repeat of it
					up[m.CallID] = true
					ends = append(ends, due{time.Now().Add(benchHold), m})
				}
			}
		case "200 BYE":
			if live[m.CallID] != nil {
				delete(live, m.CallID)
				progress = time.Now()
				done++
			}
		}
	}
}

// BenchmarkParse reads one INVITE.
func BenchmarkParse(b *testing.B) {
	c := &caller{t: b, sip: socket(b), rtp: socket(b), to: netip.MustParseAddrPort("127.0.0.1:5070")}
	defer c.sip.Close()
	defer c.rtp.Close()
	k := c.call("3125550100")
	text := []byte(k.text("INVITE", k.branch, "", k.sdp))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
