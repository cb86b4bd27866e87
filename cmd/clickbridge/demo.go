package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/accounts"
	"clickbridge/config"
	"clickbridge/notify"
	"clickbridge/simulator"
	"clickbridge/simulator/sink"
)

type demoCmd struct {
	HTTP      string        `help:"Where HTTP is answered." default:"127.0.0.1:8080"`
	TalkTime  time.Duration `help:"How long two simulated people talk." default:"4s"`
	FirstCall bool          `help:"Place a first call at once, to be watched." default:"true" negatable:""`
	Lists     bool          `help:"Also print every FindMe there is, to be tried."`
	Log       bool          `help:"Also print the server's log."`
}

// demo is the whole product on loopback: a server on an embedded store in a
// temporary folder, a simulated carrier, and sinks for what notices would reach.
type demo struct {
	cmd    demoCmd
	live   *live
	folder string
	sim    *simulator.Simulator
	mail   *sink.Mail
	web    *sink.Web
	server *Server
}

// Run shows the product until it is stopped.
func (c demoCmd) Run(ctx context.Context) error {
	d := &demo{cmd: c, live: newLive(os.Stdout, "US")}
	defer d.close(context.WithoutCancel(ctx))
	if err := d.start(ctx); err != nil {
		return err
	}
	d.welcome()
	if c.Lists {
		d.lists()
	}
	if c.FirstCall {
		go d.firstCall(ctx)
	}
	<-ctx.Done()
	d.live.say("\nstopping: calls are hung up, the temporary store is removed")
	return nil
}

func (d *demo) start(ctx context.Context) (err error) {
	if d.folder, err = os.MkdirTemp("", "clickbridge-demo-"); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if d.cmd.Log {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if err := d.startFarEnds(ctx, log); err != nil {
		return err
	}
	cfg, err := d.config()
	if err != nil {
		return err
	}
	if err := d.applyLists(ctx, cfg); err != nil {
		return err
	}
	if err := d.makeUser(ctx, cfg); err != nil {
		return err
	}
	d.server, err = NewServer(ctx, cfg, log, options{
		observe: d.live.show,
		pages:   d.pages,
		senders: func(s notify.Senders) notify.Senders {
			s.URL = stayHere{s.URL, d.live}
			return s
		},
	})
	if err != nil {
		return fmt.Errorf("%w\n(is another demo running? choose another address with --http)", err)
	}
	return nil
}

// startFarEnds starts the carrier and the sinks.
func (d *demo) startFarEnds(ctx context.Context, log *slog.Logger) (err error) {
	d.sim = simulator.New(simulator.Config{
		Listen: []string{"udp:127.0.0.1:0"}, Logger: log, TalkTime: d.cmd.TalkTime, Script: demoPhone,
	})
	if err := d.sim.Start(ctx); err != nil {
		return err
	}
	if d.mail, err = sink.NewMail(ctx, sink.MailConfig{On: d.gotMail, Logger: log}); err != nil {
		return err
	}
	d.web, err = sink.NewWeb(ctx, sink.WebConfig{On: d.gotPost, OnSMS: d.gotSMS})
	return err
}

// config is what the demo's server runs with; every port but HTTP's is free.
func (d *demo) config() (*config.Config, error) {
	text := fmt.Sprintf(`
http: {listen: "%s"}
store: "sqlite:%s"
sip: {listen: ["udp:127.0.0.1:0"]}
media: {address: 127.0.0.1, ports: 20000-29999}
trunks:
  - {name: simulated, uri: "sip:%s", username: demo, password: demo, number_format: national}
mail: {smtp: "smtp://%s", from: "ClickBridge <no-reply@example.com>"}
sms: {provider: twilio, url: "%s", username: demo, password: demo}
webhooks: {allow_private_targets: true, signing_secret: demo}
limits: {drain_timeout: 0s}
recordings: {folder: "%s"}
trace: {folder: "%s"}
speech: {cache: "%s"}
`, d.cmd.HTTP, filepath.Join(d.folder, "demo.db"), d.sim.Addr(), d.mail.Addr(), d.web.URL(),
		filepath.Join(d.folder, "recordings"), filepath.Join(d.folder, "sip-trace"), filepath.Join(d.folder, "speech"))
	path := filepath.Join(d.folder, "demo.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return config.Load(path, nil)
}

// applyLists puts the documented example account into the store, and the demo's
// own lists.
func (d *demo) applyLists(ctx context.Context, cfg *config.Config) error {
	file, err := accounts.Parse("example.yaml", accounts.Example())
	if err != nil {
		return err
	}
	if err := seed(ctx, cfg, file); err != nil {
		return err
	}
	if file, err = demoFile(d.folder, "http://"+d.cmd.HTTP); err != nil {
		return err
	}
	return seed(ctx, cfg, file)
}

// gotMail shows an email as it was sent.
func (d *demo) gotMail(m sink.Message) {
	d.live.say("           ┌ email to %s\n           │ Subject: %s\n           │\n%s", strings.Join(m.To, ", "), m.Subject, quoted(readable(m)))
}

// readable is a mail's text; what is attached is named.
func readable(m sink.Message) string {
	head, err := netmail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		return m.Body
	}
	kind, params, _ := mime.ParseMediaType(head.Header.Get("Content-Type"))
	if !strings.HasPrefix(kind, "multipart/") {
		return m.Body
	}
	var text strings.Builder
	for r := multipart.NewReader(head.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if err != nil {
			return text.String()
		}
		b, _ := io.ReadAll(part)
		if name := part.FileName(); name != "" {
			fmt.Fprintf(&text, "\n\n[attached: %s, %d KB]", name, len(b)*3/4/1000)
		} else {
			text.Write(b)
		}
	}
}

// gotSMS shows a text message as it was sent.
func (d *demo) gotSMS(m sink.SMS) {
	d.live.say("           ┌ SMS from %s to %s\n%s", m.From, m.To, quoted(m.Text))
}

// gotPost shows a POST as it was sent.
func (d *demo) gotPost(r sink.Request) {
	if strings.Contains(r.Path, "/Messages.json") {
		return // gotSMS shows it
	}
	d.live.say("           ┌ POST %s  (%s)\n%s", r.Path, r.Header.Get("Content-Type"), quoted(string(r.Body)))
}

// stayHere sends POSTs to this machine only; one that would go elsewhere is
// shown instead, because a demo touches nobody.
type stayHere struct {
	notify.Sender
	live *live
}

// Send implements notify.Sender.
func (s stayHere) Send(ctx context.Context, n clickbridge.Notice) notify.Receipt {
	u, err := url.Parse(n.To)
	if err == nil {
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsLoopback() || u.Hostname() == "localhost" {
			return s.Sender.Send(ctx, n)
		}
	}
	s.live.say("           ┌ POST %s  (shown, not sent: the demo stays on this machine)\n%s", n.To, quoted(n.Body))
	return notify.Receipt{OK: true, Answer: "shown in the demo"}
}

func (d *demo) close(ctx context.Context) {
	if d.server != nil {
		d.server.shutdown(ctx)
	}
	if d.sim != nil {
		d.sim.Close()
	}
	if d.mail != nil {
		d.mail.Close()
	}
	if d.web != nil {
		d.web.Close()
	}
	if d.folder != "" {
		_ = os.RemoveAll(d.folder)
	}
}

// firstCall clicks the FindMe that shows a whole hunt.
func (d *demo) firstCall(ctx context.Context) {
	click := d.clickURL("click_to_xyz.php", "type=1&findme_id=98800&phone_to_call=5551112222&page=welcome.html")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, click, http.NoBody)
	if err != nil {
		return
	}
	d.live.say("A first call, so that there is something to see: a customer, and a list on which the first is busy,\nthe second declines, the third is a voicemail and the fourth accepts.\n")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
}
