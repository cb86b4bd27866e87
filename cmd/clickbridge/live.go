package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"clickbridge"
)

// live prints calls as they happen, one line an event, for people who watch a
// terminal. Calls are numbered in the order they came.
type live struct {
	home  string
	color bool

	mu    sync.Mutex
	out   io.Writer
	tags  map[clickbridge.CallID]int
	count int
}

func newLive(out io.Writer, home string) *live {
	return &live{out: out, home: home, color: isTerminal(out), tags: map[clickbridge.CallID]int{}}
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// ANSI colours, by what a line means.
const (
	plain  = ""
	dim    = "2"
	green  = "32"
	yellow = "33"
	red    = "31"
	bold   = "1"
	cyan   = "36"
)

// show prints one event.
func (l *live) show(e clickbridge.Event) {
	what, color := l.words(e)
	if what == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	tag, ok := l.tags[e.CallID]
	if !ok {
		l.count++
		tag = l.count
		l.tags[e.CallID] = tag
	}
	line := fmt.Sprintf("%s  #%-3d %-9s %-25s %s", e.At.Format("15:04:05.000"), tag, lane(e), l.who(e), what)
	fmt.Fprintln(l.out, l.paint(strings.TrimRight(line, " "), color))
	if e.Kind == clickbridge.EventCallEnded {
		fmt.Fprintln(l.out)
	}
}

// say prints a line that belongs to no event.
func (l *live) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, format+"\n", args...)
}

func (l *live) paint(s, color string) string {
	if !l.color || color == plain {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// lane says whose side of the call a line is about.
func lane(e clickbridge.Event) string {
	switch e.Party {
	case clickbridge.PartyPhone:
		return "customer"
	case clickbridge.PartyFindMe:
		return "agent"
	case clickbridge.PartyTransfer:
		return "transfer"
	}
	switch e.Kind {
	case clickbridge.EventNotice:
		return "notice"
	case clickbridge.EventReplied:
		return "http"
	}
	return "call"
}

func (l *live) who(e clickbridge.Event) string {
	if e.Party == "" {
		return ""
	}
	if e.Name != "" {
		return e.Number.Pretty(l.home) + " " + e.Name
	}
	return e.Number.Pretty(l.home)
}

// answers are the old API's words for what a click was answered with.
var answers = map[string]string{
	string(clickbridge.OutcomeConnected): "Call Connected",
	string(clickbridge.OutcomeProcessed): "Requeset Processed",
}

// words says what happened, and in which colour.
func (l *live) words(e clickbridge.Event) (text, color string) {
	switch e.Kind {
	case clickbridge.EventClick:
		return fmt.Sprintf("click: connect %s with FindMe %q (%s)", e.Number.Pretty(l.home), e.Name, e.Text), bold
	case clickbridge.EventDialing:
		return "INVITE sent through trunk " + e.Text, dim
	case clickbridge.EventRinging:
		return "ringing", plain
	case clickbridge.EventEarlyMedia:
		return "early media: the waiting side hears the far end", plain
	case clickbridge.EventAnswered:
		return "answered", green
	case clickbridge.EventScreening:
		return "answered; hears who is calling and \"press 1 to accept, 2 to decline\"", cyan
	case clickbridge.EventAccepted:
		return "ACCEPTED: pressed 1", green
	case clickbridge.EventAttemptEnded:
		return strings.ToUpper(e.Text[:1]) + e.Text[1:], yellow
	case clickbridge.EventReplied:
		if a, ok := answers[e.Text]; ok {
			return fmt.Sprintf("the click is answered %q", a), bold
		}
		return "the click is answered: not connected (" + e.Text + ")", bold
	case clickbridge.EventHuntEnded:
		return "hunt ended: " + e.Text, yellow
	case clickbridge.EventTransferring:
		return "blind transfer to " + e.Number.Pretty(l.home), cyan
	case clickbridge.EventBridged:
		return "BRIDGED: both sides talk", green
	case clickbridge.EventLegEnded:
		return "released: " + strings.TrimPrefix(e.Text, "hangup: "), plain
	case clickbridge.EventNotice:
		return shorten(e.Text), cyan
	case clickbridge.EventCallEnded:
		return "ended: " + e.Text, l.resultColor(e.Text)
	}
	return "", plain
}

func (l *live) resultColor(result string) string {
	switch clickbridge.Result(result) {
	case clickbridge.ResultConnected, clickbridge.ResultTransferred:
		return green
	case clickbridge.ResultNoAnswer, clickbridge.ResultBusy, clickbridge.ResultDeclined, clickbridge.ResultCanceled:
		return yellow
	}
	return red
}

// shorten keeps a line on the screen.
func shorten(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
