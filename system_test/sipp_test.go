package system_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
	"clickbridge/simulator"
)

// sippCase is one SIPp process that has an agent's number. The scenario's own
// checks decide whether SIPp ends with 0; the rest is what the report says.
type sippCase struct {
	name     string
	scenario string
	number   string
	with     []string // replaced in the scenario, pairs
	args     []string // more of SIPp's command line
	order    string   // type of the click
	asPhone  bool     // SIPp is phone_to_call, the simulator the agent
	answer   string
	call     string
	attempts []string
	seen     func(t *testing.T, other simulator.Leg) // looks at the other side; may be nil
}

// sippScript is the phone on the other side: the one of number 35 hangs up
// while its agent still rings, the others after a talk.
func sippScript(number string) (simulator.Scene, bool) {
	switch {
	case number == "2025550135":
		return simulator.Scene{Name: "hangs up waiting", Talk: true, HangupAfter: 2 * seconds}, true
	case strings.HasPrefix(number, "202555013"):
		return simulator.Scene{Name: "talks 4 s", Talk: true, HangupAfter: 4 * seconds}, true
	case number == "2025550140":
		return accepts(seconds/2, 5*seconds), true
	}
	return simulator.Scene{}, false
}

// other is the simulator's phone in the case: SIPp's number in another area, so
// that each call has one of its own.
func (c sippCase) other() string { return "202" + c.number[3:] }

// parties returns the agent and the phone to call.
func (c sippCase) parties() (agent, phone string) {
	if c.asPhone {
		return c.other(), c.number
	}
	return c.number, c.other()
}

func sippCases() []sippCase {
	const connected, processed = "Call Connected", "Requeset Processed"
	refuses := func(name, number, status, reason, result string) sippCase {
		return sippCase{name: name, scenario: "refuses", number: number, with: []string{"STATUS", status + " " + reason},
			order: "2", answer: processed, call: "No Answer", attempts: []string{number + " " + result}}
	}
	accepts := func(name, scenario, number string) sippCase {
		return sippCase{name: name, scenario: scenario, number: number, order: "2", answer: connected, call: "Connected",
			attempts: []string{number + " Accepted", "202" + number[3:] + " Answered"}}
	}
	bridged := accepts("accepts with a captured key", "accepts", "4155550130")
	bridged.args = []string{"-rtp_echo"}
	bridged.seen = func(t *testing.T, phone simulator.Leg) {
		if d := phone.HeardTone(simulator.ToneOf(phone.Number)); d < seconds {
			t.Errorf("the phone heard its own voice back from SIPp for %v", d)
		}
	}
	lost := accepts("lost ACK", "losesack", "4155550137")
	lost.args = []string{"-nr"} // or SIPp swallows the repeated ACKs that the scenario waits for
	crosses := sippCase{name: "200 crosses our CANCEL", scenario: "crosses", number: "4155550135", order: "1",
		answer: connected, call: "Canceled", attempts: []string{"2025550135 Answered", "4155550135 Canceled"}}
	early := sippCase{name: "early media", scenario: "earlymedia", number: "4155550140", asPhone: true, order: "2",
		answer: connected, call: "Connected", attempts: []string{"2025550140 Accepted", "4155550140 Answered"},
		seen: func(t *testing.T, agent simulator.Leg) {
			if d := agent.HeardTone(earlyTone); d < seconds {
				t.Errorf("the agent heard the early media for %v", d)
			}
		}}
	return []sippCase{
		bridged, early,
		refuses("busy", "4155550131", "486", "Busy Here", "Busy"),
		refuses("declined", "4155550132", "603", "Decline", "Declined"),
		refuses("not found", "4155550133", "404", "Not Found", "Failed"),
		refuses("out of service", "4155550134", "503", "Service Unavailable", "Failed"),
		crosses,
		accepts("forked 200s", "forks", "4155550136"),
		lost,
		accepts("hold and resume", "holds", "4155550138"),
		accepts("digest", "challenges", "4155550139"),
	}
}

// SIPp, a SIP stack that is not ours, takes the agents' calls.
func TestSIPp(t *testing.T) {
	t.Parallel()
	cases := sippCases()
	var lists []string
	for i, c := range cases {
		agent, _ := c.parties()
		lists = append(lists, fmt.Sprintf("%d: %s", 99100+i, agent))
	}
	sim := freeAddr(t, "udp")
	e := newExchange(t, netip.MustParseAddrPort(sim))
	w := newWorld(t, setup{
		sim: simulator.Config{Listen: []string{"udp:" + sim}, Script: sippScript}, trunk: e.addr(), accounts: findMes(t, lists...),
	})
	// All at once: parallel subtests would be two at a time on two cores.
	peers, answers := make([]*sipp, len(cases)), make([]<-chan string, len(cases))
	for i, c := range cases {
		peers[i] = startSIPp(t, c)
		e.connect(t, c.number, peers[i].addr)
		_, phone := c.parties()
		answers[i] = w.clicking(url.Values{
			"type": {c.order}, "findme_id": {fmt.Sprint(99100 + i)}, "phone_to_call": {phone}, "ref": {c.number},
			"first_callerid": {"9998887777"}, "second_callerid": {"9998887777"},
		})
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) { w.sippEnded(t, c, peers[i], <-answers[i]) })
	}
	w.noGhosts(t)
}

// sippEnded holds a case against SIPp's verdict and the report.
func (w *world) sippEnded(t *testing.T, c sippCase, p *sipp, body string) {
	if body != c.answer {
		t.Errorf("answer = %q, want %q", body, c.answer)
	}
	p.wait(t)
	r := w.endedRef(t, c.number)
	if r.Result != c.call {
		t.Errorf("result = %q, want %q", r.Result, c.call)
	}
	if d := cmp.Diff(c.attempts, r.results()); d != "" {
		t.Error(d)
	}
	if c.seen != nil {
		c.seen(t, w.legs(c.other())[0])
	}
}

// sipp is one SIPp process with one call to take.
type sipp struct {
	addr   netip.AddrPort
	dir    string
	cmd    *exec.Cmd
	out    *bytes.Buffer
	exited chan error
}

// keyCapture is a phone's key 1, captured; Debian's SIPp brings it along.
const keyCapture = "/usr/share/sip-tester/dtmf_2833_1.pcap"

// earlyTone is what SIPp says before it answers, in Hz: a tone the simulator's
// phones know.
var earlyTone = simulator.ToneOf("55")

// startSIPp runs a case's scenario of testdata/sipp.
func startSIPp(t *testing.T, c sippCase) *sipp {
	t.Helper()
	p := &sipp{dir: t.TempDir(), addr: netip.MustParseAddrPort(freeAddr(t, "udp")), out: &bytes.Buffer{}, exited: make(chan error, 1)}
	must(t, os.WriteFile(filepath.Join(p.dir, "key.pcap"), []byte(readFile(t, keyCapture)), 0o600))
	must(t, os.WriteFile(filepath.Join(p.dir, "tone.ulaw"), g711.EncodeULawAll(tone.Generate([]float64{earlyTone}, 3*seconds, 0.4)), 0o600))
	scenario := strings.NewReplacer(c.with...).Replace(readFile(t, filepath.Join("testdata", "sipp", c.scenario+".xml")))
	must(t, os.WriteFile(filepath.Join(p.dir, "scenario.xml"), []byte(scenario), 0o600))
	args := append([]string{
		"-sf", "scenario.xml", "-i", "127.0.0.1", "-p", fmt.Sprint(p.addr.Port()), "-mi", "127.0.0.1", "-mp", fmt.Sprint(freePair(t)),
		"-m", "1", "-nostdin", "-timeout", "60s", "-timeout_error", "-trace_err", "-error_file", "errors.log",
		"-trace_msg", "-message_file", "messages.log",
	}, c.args...)
	p.cmd = exec.CommandContext(t.Context(), "sipp", args...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = p.dir, p.out, p.out
	must(t, p.cmd.Start())
	go func() { p.exited <- p.cmd.Wait() }()
	p.listening(t)
	return p
}

func (p *sipp) log(name string) string {
	b, _ := os.ReadFile(filepath.Join(p.dir, name))
	return string(b)
}

// listening waits until SIPp has its socket.
func (p *sipp) listening(t *testing.T) {
	t.Helper()
	eventually(t, 15*seconds, "SIPp listens", func() bool {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(p.addr))
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
}

// wait waits for SIPp's own verdict.
func (p *sipp) wait(t *testing.T) {
	t.Helper()
	limit := time.NewTimer(70 * seconds)
	defer limit.Stop()
	select {
	case err := <-p.exited:
		if err != nil {
			t.Errorf("SIPp: %v\n%s\n%s\n%s", err, tail(p.out.String(), 20), p.log("errors.log"), tail(p.log("messages.log"), 120))
		}
	case <-limit.C:
		t.Error("SIPp does not end")
	}
}

// freePair returns a port that is free and whose second next is too: SIPp
// echoes on both.
func freePair(t *testing.T) int {
	t.Helper()
	for range 100 {
		low, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		must(t, err)
		port := low.LocalAddr().(*net.UDPAddr).Port
		high, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port + 2})
		_ = low.Close()
		if err != nil || port%2 == 1 {
			if err == nil {
				_ = high.Close()
			}
			continue
		}
		_ = high.Close()
		return port
	}
	t.Fatal("no two free ports")
	return 0
}
