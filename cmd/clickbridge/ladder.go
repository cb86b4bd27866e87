package main

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/trace"
)

// ladder prints SIP messages, a line each and no wider than a terminal.
type ladder struct {
	out   io.Writer
	rec   store.Record
	full  bool
	color bool
	legs  map[clickbridge.AttemptID]*rung
	order []*rung
}

// rung is one leg.
type rung struct {
	name  string // its attempt's number
	color string
	peer  netip.AddrPort
	of    trace.About
}

// legColors are those of the legs, in turn.
var legColors = []string{cyan, "35", "34", yellow}

const (
	ladderWidth  = 100
	messageWidth = 42
	pause        = time.Second // of which an empty line tells
)

func newLadder(out io.Writer, rec store.Record, full bool) *ladder {
	return &ladder{out: out, rec: rec, full: full, color: isTerminal(out), legs: map[clickbridge.AttemptID]*rung{}}
}

func (l *ladder) show(ms []trace.Message) {
	inCall := ms[0].Call != ""
	for i := range ms {
		if inCall {
			l.leg(&ms[i])
		}
	}
	if inCall {
		l.legend()
	}
	fmt.Fprintf(l.out, "%s\n\n", l.paint("seconds after "+when(l.rec.Call.CreatedAt), dim))
	last := ms[0].At
	for i := range ms {
		m := &ms[i]
		if m.At.Sub(last) >= pause || l.full && i > 0 {
			fmt.Fprintln(l.out)
		}
		last = m.At
		l.line(m)
		if l.full {
			l.whole(m)
		}
	}
}

// leg finds whose a message is: an attempt of the record, else the next number.
func (l *ladder) leg(m *trace.Message) *rung {
	if r, ok := l.legs[m.Attempt]; ok {
		return r
	}
	r := &rung{name: "?", color: legColors[len(l.order)%len(legColors)], peer: m.Peer, of: m.About}
	for _, a := range l.rec.Attempts {
		if a.ID == m.Attempt {
			r.name = fmt.Sprint(a.Seq)
		}
	}
	l.legs[m.Attempt] = r
	l.order = append(l.order, r)
	return r
}

// legend says which leg is whose.
func (l *ladder) legend() {
	w := tabwriter.NewWriter(l.out, 0, 4, 2, ' ', 0)
	for _, r := range l.order {
		var who clickbridge.Attempt
		for _, a := range l.rec.Attempts {
			if a.ID == r.of.Attempt {
				who = a
			}
		}
		row(w, "leg "+r.name, who.Number, clip(strings.TrimSpace(string(who.Party)+" "+who.Name), 30), "trunk "+r.of.Trunk, r.peer)
	}
	_ = w.Flush()
	fmt.Fprintln(l.out)
}

// line prints one message.
func (l *ladder) line(m *trace.Message) {
	first, color := opening(m.Text)
	note := strings.Join(remarks(m.Text), " · ")
	if m.Repeat {
		note, color = "again", dim
	}
	arrow, name, lane := "──▶", m.Peer.String(), plain
	if m.In {
		arrow = "◀──"
	}
	if m.Call != "" {
		r := l.leg(m)
		name, lane = r.name, r.color
		if m.Peer != r.peer {
			note = strings.TrimSuffix(m.Peer.String()+" · "+note, " · ")
		}
	} else if m.Trunk != "" {
		name = m.Trunk
	}
	at, way := fmt.Sprintf("%9s  ", offset(m.At.Sub(l.rec.Call.CreatedAt))), fmt.Sprintf("%2s %s ", name, arrow)
	first = clip(first, messageWidth)
	if note == "" {
		fmt.Fprintln(l.out, at+l.paint(way, lane)+l.paint(first, color))
		return
	}
	first = fmt.Sprintf("%-*s  ", messageWidth, first)
	note = clip(note, ladderWidth-len([]rune(at+way+first)))
	fmt.Fprintln(l.out, at+l.paint(way, lane)+l.paint(first, color)+l.paint(note, dim))
}

// whole prints all of a message, indented.
func (l *ladder) whole(m *trace.Message) {
	fmt.Fprintln(l.out, l.paint("           "+m.At.Local().Format("15:04:05.000000"), dim))
	for line := range strings.Lines(strings.TrimRight(m.Text, "\r\n")) {
		fmt.Fprintln(l.out, strings.TrimRight("           │ "+visible(line), " "))
	}
}

func (l *ladder) paint(s, color string) string {
	if !l.color || color == plain || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// offset is a time in a call, to the millisecond.
func offset(d time.Duration) string { return fmt.Sprintf("%+.3f", d.Seconds()) }

// clip keeps text within a width.
func clip(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:max(width-1, 0)]) + "…"
	}
	return s
}

// visible takes out what a far end could steer a terminal with.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\n':
			return -1
		case r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '·'
		}
		return r
	}, s)
}
