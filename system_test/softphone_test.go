package system_test

import (
	"bufio"
	little "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge/media/tone"
	"clickbridge/simulator"
)

// softphone is one baresip process: a whole SIP and RTP stack that is not ours,
// without sound hardware. It answers by itself, speaks a sine tone and writes
// down what it hears.
type softphone struct {
	number  string
	hz      int // of its voice
	addr    netip.AddrPort
	dir     string
	control net.Conn
	events  chan softphoneEvent
}

// softphoneEvent is what baresip's ctrl_tcp module reports.
type softphoneEvent struct {
	Event bool   `json:"event"`
	Type  string `json:"type"`
	Param string `json:"param"`

	Response bool   `json:"response"`
	OK       bool   `json:"ok"`
	Data     string `json:"data"`
}

const softphoneConfig = `
poll_method epoll
sip_listen %s
audio_source ausine,%d
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate 48000
ausrc_channels 2
net_interface 127.0.0.1
jitter_buffer_delay 1-5
module_path %s
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s
statmode_default off
snd_path %s
`

// startSoftphone starts baresip with a number and a voice of hz Hz.
func startSoftphone(t *testing.T, number string, hz int) *softphone {
	t.Helper()
	s := &softphone{
		number: number, hz: hz, dir: t.TempDir(), events: make(chan softphoneEvent, 256),
	}
	sip, control := softphonePorts(t)
	s.addr = sip
	config := fmt.Sprintf(softphoneConfig, s.addr, hz, softphoneModules(t), control, s.dir)
	account := fmt.Sprintf("<sip:%s@127.0.0.1>;regint=0;answermode=auto\n", number)
	for name, text := range map[string]string{"config": config, "accounts": account, "contacts": ""} {
		must(t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600))
	}
	out := &logBuffer{}
	cmd := exec.Command("baresip", "-f", s.dir, "-v")
	cmd.Stdout, cmd.Stderr = out, out
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("baresip's log:\n%s", tail(out.String(), 60))
		}
	})
	eventually(t, 15*seconds, "baresip is ready", func() bool {
		c, err := net.Dial("tcp", control)
		s.control = c
		return err == nil
	})
	t.Cleanup(func() { _ = s.control.Close() })
	go s.read()
	return s
}

// softphonePorts returns addresses for SIP and for control. baresip also takes
// the port after SIP's, for TLS.
func softphonePorts(t *testing.T) (sip netip.AddrPort, control string) {
	t.Helper()
	c, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = c.Close() }()
	for range 100 {
		sip = netip.MustParseAddrPort(freeAddr(t, "udp"))
		l, err := net.Listen("tcp", netip.AddrPortFrom(sip.Addr(), sip.Port()+1).String())
		if err == nil {
			_ = l.Close()
			return sip, c.Addr().String()
		}
	}
	t.Fatal("no two free ports")
	return sip, ""
}

// softphoneModules finds where Debian keeps baresip's modules.
func softphoneModules(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("baresip's modules are not installed")
	return ""
}

// read takes the netstrings ("12:text,") of the control connection.
func (s *softphone) read() {
	defer close(s.events)
	r := bufio.NewReader(s.control)
	for {
		var length int
		if _, err := fmt.Fscanf(r, "%d:", &length); err != nil {
			return
		}
		b := make([]byte, length+1) // and the comma
		if _, err := io.ReadFull(r, b); err != nil {
			return
		}
		var e softphoneEvent
		if json.Unmarshal(b[:length], &e) == nil {
			s.events <- e
		}
	}
}

// command has baresip do something and returns what it says.
func (s *softphone) command(t *testing.T, name, params string) softphoneEvent {
	t.Helper()
	b, err := json.Marshal(map[string]string{"command": name, "params": params})
	must(t, err)
	_, err = fmt.Fprintf(s.control, "%d:%s,", len(b), b)
	must(t, err)
	return s.await(t, "the answer to "+name, func(e softphoneEvent) bool { return e.Response })
}

// await returns the first event that fits.
func (s *softphone) await(t *testing.T, what string, fits func(softphoneEvent) bool) softphoneEvent {
	t.Helper()
	limit := time.NewTimer(15 * seconds)
	defer limit.Stop()
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				t.Fatalf("baresip has gone while waiting for %s", what)
			}
			if fits(e) {
				return e
			}
		case <-limit.C:
			t.Fatalf("baresip did not report %s", what)
		}
	}
}

func (s *softphone) awaitEvent(t *testing.T, kind string) {
	t.Helper()
	s.await(t, kind, func(e softphoneEvent) bool { return e.Type == kind })
}

// heard returns what the last call brought, as 8 kHz samples.
func (s *softphone) heard(t *testing.T) []int16 {
	t.Helper()
	var samples []int16
	eventually(t, 5*seconds, "baresip has written what it heard", func() bool {
		files, _ := filepath.Glob(filepath.Join(s.dir, "*dec.wav"))
		if len(files) == 0 {
			return false
		}
		samples = readWave(t, files[len(files)-1])
		return len(samples) > 0
	})
	return samples
}

// readWave reads a mono 8 kHz 16-bit WAVE file.
func readWave(t *testing.T, name string) []int16 {
	t.Helper()
	b := []byte(readFile(t, name))
	if len(b) < 44 || string(b[:4]) != "RIFF" {
		return nil
	}
	for at := 12; at+8 <= len(b); {
		size := int(little.LittleEndian.Uint32(b[at+4:]))
		body := b[at+8 : min(at+8+size, len(b))]
		switch string(b[at : at+4]) {
		case "fmt ":
			if rate := little.LittleEndian.Uint32(body[4:]); rate != tone.Rate || body[2] != 1 || body[14] != 16 {
				t.Fatalf("%s: %d Hz, %d channels, %d bits", name, rate, body[2], body[14])
			}
		case "data":
			out := make([]int16, len(body)/2)
			for i := range out {
				out[i] = int16(little.LittleEndian.Uint16(body[2*i:]))
			}
			return out
		}
		at += 8 + size + size%2
	}
	return nil
}

// toneTime returns for how long a tone is what the samples are made of.
func toneTime(samples []int16, hz float64) time.Duration {
	const window = tone.Rate / 10
	var d time.Duration
	for ; len(samples) >= window; samples = samples[window:] {
		if tone.Audible(samples[:window]) && tone.Power(samples[:window], hz) > 0.6 {
			d += time.Second / 10
		}
	}
	return d
}

// A real softphone takes both parts: the agent who presses 1, and the phone to
// call. Each side hears the other's tone and only that.
func TestSoftphone(t *testing.T) {
	t.Parallel()
	const agent, phone = "3125550155", "2025550166"
	sim := freeAddr(t, "udp")
	e := newExchange(t, netip.MustParseAddrPort(sim))
	w := newWorld(t, setup{
		sim: simulator.Config{Listen: []string{"udp:" + sim}}, trunk: e.addr(),
		accounts: findMes(t, "99200: "+agent, "99201: 3125550177"),
	})
	s := startSoftphone(t, agent, int(simulator.ToneOf(agent)))
	e.connect(t, agent, s.addr)
	t.Run("as the agent", func(t *testing.T) { w.softphoneAccepts(t, s, phone) })
	t.Run("as the phone to call", func(t *testing.T) { w.softphoneCalls(t, s) })
	w.noGhosts(t)
}

func (w *world) softphoneAccepts(t *testing.T, s *softphone, phone string) {
	answer := w.clicking(url.Values{"type": {"2"}, "findme_id": {"99200"}, "phone_to_call": {phone}, "ref": {"agent"}})
	s.awaitEvent(t, "CALL_ESTABLISHED")
	if r := s.command(t, "sndcode", "1"); !r.OK {
		t.Fatalf("baresip does not send a key: %s", r.Data)
	}
	if body := <-answer; body != "Call Connected" {
		t.Fatalf("answer = %q", body)
	}
	eventually(t, 15*seconds, "the phone hears the softphone for 3 s", func() bool {
		l := w.legs(phone)
		return len(l) == 1 && l[0].HeardTone(float64(s.hz)) >= 3*seconds
	})
	s.command(t, "hangup", "")
	r := w.endedRef(t, "agent")
	if d := cmp.Diff([]string{s.number + " Accepted", phone + " Answered"}, r.results()); r.Result != "Connected" || d != "" {
		t.Errorf("%s %s", r.Result, d)
	}
	if d := toneTime(s.heard(t), simulator.ToneOf(phone)); d < 3*seconds/2 {
		t.Errorf("the softphone heard the phone for %v", d)
	}
}

// softphoneCalls has the softphone answer as phone_to_call and wait for the
// agent, whose tone follows the hold audio.
func (w *world) softphoneCalls(t *testing.T, s *softphone) {
	const agent = "3125550177"
	if body := <-w.clicking(url.Values{"type": {"1"}, "findme_id": {"99201"}, "phone_to_call": {s.number}, "ref": {"phone"}}); body != "Call Connected" {
		t.Fatalf("answer = %q", body)
	}
	eventually(t, 15*seconds, "the agent hears the softphone for 2 s", func() bool {
		l := w.legs(agent)
		return len(l) == 1 && l[0].HeardTone(float64(s.hz)) >= 2*seconds
	})
	// A key in the bridge reaches the other side.
	s.command(t, "sndcode", "5")
	eventually(t, 5*seconds, "the agent's phone has the key", func() bool { return strings.Contains(w.legs(agent)[0].KeysHeard, "5") })
	s.command(t, "hangup", "")
	if r := w.endedRef(t, "phone"); r.Result != "Connected" {
		t.Errorf("result = %q", r.Result)
	}
	heard := s.heard(t)
	if d := toneTime(heard, simulator.ToneOf(agent)); d < 3*seconds/2 {
		t.Errorf("the softphone heard the agent for %v", d)
	}
	if !tone.Audible(heard[:tone.Rate]) || toneTime(heard[:tone.Rate], simulator.ToneOf(agent)) > 0 {
		t.Error("the first second is not the greeting")
	}
}
