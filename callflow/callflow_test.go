package callflow_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg/legtest"
	"clickbridge/store"
)

// The vendor's sample numbers.
const (
	phone = clickbridge.Number("+15551112222")
	first = clickbridge.Number("+19998887777")
	secnd = clickbridge.Number("+18887776666")
	desk  = clickbridge.Number("+15554443333")
)

func agent(i int) clickbridge.Number {
	return clickbridge.Number(fmt.Sprintf("+131255501%02d", i))
}

// memory is a store that remembers facts in the order they were committed.
type memory struct {
	mu        sync.Mutex
	facts     []string
	call      clickbridge.Call
	attempts  map[clickbridge.AttemptID]clickbridge.Attempt
	notices   []clickbridge.Notice
	legs      map[string]bool
	ended     int
	rewritten []string // verdicts that were changed
	refuse    int      // this many Saves fail first; -1 = all
	away      int      // this many facts of legs fail first
	onSave    func(clickbridge.Call)
}

func newMemory() *memory {
	return &memory{attempts: map[clickbridge.AttemptID]clickbridge.Attempt{}, legs: map[string]bool{}}
}

// errAway is what a store says that does not answer.
var errAway = errors.New("disk on fire")

// gone reports whether the store is away; the caller holds mu.
func (m *memory) gone() bool {
	m.away = max(m.away-1, -1)
	return m.away >= 0
}

func (m *memory) Dialing(_ context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone() {
		return errAway
	}
	m.facts = append(m.facts, "dialing "+string(a.Party))
	m.legs[l.ID] = true
	m.put(a)
	return nil
}

func (m *memory) Early(clickbridge.LegRecord) {}

func (m *memory) Answered(_ context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone() {
		return errAway
	}
	m.facts = append(m.facts, "answered "+string(a.Party))
	if m.attempts[a.ID].Result == clickbridge.AttemptDialing { // one that has its result keeps it
		m.put(a)
	}
	return nil
}

// put keeps an attempt, and remembers if its verdict was another before.
func (m *memory) put(a clickbridge.Attempt) {
	if old := m.attempts[a.ID]; old.Result != clickbridge.AttemptDialing && old.Result != a.Result {
		m.rewritten = append(m.rewritten, fmt.Sprintf("%d was %s, is %q", a.Seq, old.Result, a.Result))
	}
	m.attempts[a.ID] = a
}

func (m *memory) Gone(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.legs, id)
}

// records returns how many legs are on record.
func (m *memory) records() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.legs)
}

func (m *memory) Save(_ context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != 0 {
		m.refuse--
		return errAway
	}
	if m.ended > 0 {
		return store.ErrNotOwner
	}
	m.facts = append(m.facts, "save "+string(c.State))
	if m.onSave != nil {
		m.onSave(c)
	}
	m.call = c
	for _, a := range as {
		m.put(a)
	}
	m.notices = append(m.notices, ns...)
	if c.State == clickbridge.CallEnded {
		m.ended++
	}
	return nil
}

// results returns the attempts' verdicts in the order they were dialled.
func (m *memory) results() []string {
	out := make([]string, len(m.attempts))
	for _, a := range m.attempts {
		out[a.Seq-1] = fmt.Sprintf("%s %s", a.Party, a.Result)
	}
	return out
}

// stage is one call over fakes, inside a bubble.
type stage struct {
	t         *testing.T
	store     *memory
	dialer    *legtest.Dialer
	conductor *callflow.Conductor
	outcome   clickbridge.Outcome
	replyAt   time.Duration // after the click
	replied   []string      // facts committed when the click was answered
	logs      *strings.Builder
}

func render(c clickbridge.Call, as []clickbridge.Attempt, _ *clickbridge.Account, _ time.Time) []clickbridge.Notice {
	var ns []clickbridge.Notice
	if c.NoAnswer.Email != "" {
		n := clickbridge.Notice{ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: clickbridge.NoticeEmail}
		for _, a := range as {
			n.Body += string(a.Result) + "\n"
		}
		ns = append(ns, n)
	}
	return ns
}

func newStage(t *testing.T, phones map[clickbridge.Number]legtest.Phone, with ...func(*callflow.Config)) *stage {
	s := &stage{t: t, store: newMemory(), dialer: &legtest.Dialer{Phones: phones}, logs: &strings.Builder{}}
	s.rebuild(with...)
	return s
}

// rebuild gives the stage a conductor with other parts.
func (s *stage) rebuild(with ...func(*callflow.Config)) {
	cfg := callflow.Config{
		Dialer: s.dialer, Calls: s.store, Render: render, Logger: slog.New(slog.NewTextHandler(s.logs, nil)),
	}
	for _, w := range with {
		w(&cfg)
	}
	s.conductor = callflow.New(s.t.Context(), cfg)
}

func click(order clickbridge.Order) clickbridge.Call {
	return clickbridge.Call{
		ID: clickbridge.NewCallID(), AccountID: 7, FindMeID: 98765, FindMeName: "Sales", Order: order, Phone: phone, FirstCallerID: first, SecondCallerID: secnd,
		State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress, CreatedAt: time.Now(),
	}
}

func findMe(loops int, agents ...clickbridge.Number) *clickbridge.FindMe {
	f := &clickbridge.FindMe{ID: 98765, Timeout: 30 * time.Second, LoopCount: loops}
	for _, n := range agents {
		f.Numbers = append(f.Numbers, clickbridge.FindMeNumber{Number: n})
	}
	return f
}

func (s *stage) start(c clickbridge.Call, f *clickbridge.FindMe) {
	begin := time.Now()
	out := s.conductor.Conduct(c, &clickbridge.Account{ID: 7, Country: "US", TimeZone: "UTC"}, f)
	go func() {
		s.outcome = <-out
		s.replyAt = time.Since(begin)
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		s.replied = append([]string{}, s.store.facts...)
	}()
}

// end waits for the call to end and checks what holds for every call.
func (s *stage) end() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Hour)
	defer cancel()
	if cut := s.conductor.Drain(ctx); cut > 0 {
		s.t.Errorf("the call did not end; facts %q", s.store.facts)
	}
	synctest.Wait()
	if s.store.ended != 1 {
		s.t.Errorf("the call ended %d times", s.store.ended)
	}
	if len(s.store.legs) > 0 {
		s.t.Errorf("%d legs are still held", len(s.store.legs))
	}
	for _, l := range s.dialer.Legs() {
		if l.Cause() == nil {
			s.t.Errorf("the leg to %s was never hung up", l.Number)
		}
	}
	for _, a := range s.store.attempts {
		if a.Result == clickbridge.AttemptDialing || a.EndedAt.IsZero() {
			s.t.Errorf("attempt %d has no verdict", a.Seq)
		}
	}
}

var (
	accepts   = legtest.Phone{Ring: time.Second, Keys: "1", KeyAfter: time.Second, HangupAfter: 20 * time.Second}
	declines  = legtest.Phone{Ring: time.Second, Keys: "2", KeyAfter: time.Second}
	voicemail = legtest.Phone{Ring: time.Second}
	leaves    = legtest.Phone{Ring: time.Second, HangupAfter: 2 * time.Second}
	rings     = legtest.Phone{Forever: true}
	answers   = legtest.Phone{Ring: time.Second}
	busy      = legtest.Phone{Ring: time.Second, Fail: clickbridge.SIPCause(486, "Busy Here", true)}
	gone      = legtest.Phone{Fail: clickbridge.SIPCause(404, "Not Found", false)}
	fault     = legtest.Phone{Fail: clickbridge.SIPCause(503, "", false)}
	rejects   = legtest.Phone{Ring: time.Second, Fail: clickbridge.SIPCause(603, "", true)}
)

func TestStories(t *testing.T) {
	type phones = map[clickbridge.Number]legtest.Phone
	email := clickbridge.NoAnswer{Email: "sales@example.com"}
	transfer := clickbridge.NoAnswer{Email: "sales@example.com", Phone: desk}
	for _, tc := range []struct {
		name     string
		order    clickbridge.Order
		noAnswer clickbridge.NoAnswer
		phones   phones
		findMe   *clickbridge.FindMe
		result   clickbridge.Result
		outcome  clickbridge.OutcomeKind
		attempts []string
		notices  int
	}{
		{"1: agent accepts", 1, clickbridge.NoAnswer{}, phones{phone: answers, agent(0): accepts}, findMe(1, agent(0)),
			"Connected", "connected", []string{"phone_to_call Answered", "findme Accepted"}, 0},
		{"1: third agent accepts", 1, clickbridge.NoAnswer{},
			phones{phone: answers, agent(1): busy, agent(2): voicemail, agent(3): accepts}, findMe(1, agent(1), agent(2), agent(3)),
			"Connected", "connected", []string{"phone_to_call Answered", "findme Busy", "findme Not Accepted", "findme Accepted"}, 0},
		{"1: phone busy", 1, clickbridge.NoAnswer{}, phones{phone: busy}, findMe(1, agent(0)),
			"Busy", "failed", []string{"phone_to_call Busy"}, 0},
		{"1: phone rings out", 1, clickbridge.NoAnswer{}, phones{phone: rings}, findMe(1, agent(0)),
			"No Answer", "failed", []string{"phone_to_call No Answer"}, 0},
		{"1: phone declines", 1, clickbridge.NoAnswer{}, phones{phone: rejects}, findMe(1, agent(0)),
			"Declined", "failed", []string{"phone_to_call Declined"}, 0},
		{"1: nobody accepts", 1, email, phones{phone: answers, agent(0): rings, agent(1): leaves}, findMe(1, agent(0), agent(1)),
			"No Answer", "connected", []string{"phone_to_call Answered", "findme No Answer", "findme Not Accepted"}, 1},
		{"1: caller leaves while an agent rings", 1, email, phones{phone: leaves, agent(0): rings}, findMe(1, agent(0)),
			"Canceled", "connected", []string{"phone_to_call Answered", "findme Canceled"}, 0},
		{"1: caller leaves while an agent is asked", 1, email,
			phones{phone: {HangupAfter: 4 * time.Second}, agent(0): voicemail}, findMe(1, agent(0), agent(1)),
			"Canceled", "connected", []string{"phone_to_call Answered", "findme Canceled"}, 0},
		{"1: declined is skipped in the second pass", 1, email,
			phones{phone: answers, agent(0): declines, agent(1): gone}, findMe(2, agent(0), agent(1)),
			"No Answer", "connected", []string{"phone_to_call Answered", "findme Declined", "findme Failed", "findme Failed"}, 1},
		{"2: agent accepts, phone answers", 2, email, phones{phone: answers, agent(0): accepts}, findMe(1, agent(0)),
			"Connected", "connected", []string{"findme Accepted", "phone_to_call Answered"}, 0},
		{"2: agent accepts, phone busy", 2, email, phones{phone: busy, agent(0): accepts}, findMe(1, agent(0)),
			"Busy", "connected", []string{"findme Accepted", "phone_to_call Busy"}, 0},
		{"2: agent leaves while the phone rings", 2, email, phones{phone: rings, agent(0): accepts}, findMe(1, agent(0)),
			"Canceled", "connected", []string{"findme Accepted", "phone_to_call Canceled"}, 0},
		{"2: nobody accepts", 2, email, phones{agent(0): rings, agent(1): fault}, findMe(1, agent(0), agent(1)),
			"No Answer", "processed", []string{"findme No Answer", "findme Failed"}, 1},
		{"2: empty list", 2, email, nil, findMe(1), "No Answer", "processed", []string{}, 1},
		{"2: transferred", 2, transfer, phones{agent(0): busy, desk: answers, phone: legtest.Phone{Ring: time.Second, HangupAfter: time.Minute}}, findMe(1, agent(0)),
			"Transferred", "processed", []string{"findme Busy", "no_answer_phone Answered", "phone_to_call Answered"}, 1},
		{"2: transfer busy", 2, transfer, phones{agent(0): busy, desk: busy}, findMe(1, agent(0)),
			"No Answer", "processed", []string{"findme Busy", "no_answer_phone Busy"}, 1},
		{"2: transfer answered, phone busy", 2, transfer, phones{agent(0): busy, desk: answers, phone: busy}, findMe(1, agent(0)),
			"No Answer", "processed", []string{"findme Busy", "no_answer_phone Answered", "phone_to_call Busy"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, tc.phones)
				c := click(tc.order)
				c.NoAnswer = tc.noAnswer
				s.start(c, tc.findMe)
				s.hangUpAfter(time.Hour)
				s.end()
				if s.store.call.Result != tc.result {
					t.Errorf("result = %q (%s), want %q", s.store.call.Result, s.store.call.Cause, tc.result)
				}
				if cause := s.store.call.Cause; tc.result == "No Answer" && !strings.HasPrefix(cause, "no-answer") {
					t.Errorf("cause = %q: causes are worded alike in both orders", cause)
				}
				if s.outcome.Kind != tc.outcome {
					t.Errorf("outcome = %q, want %q", s.outcome.Kind, tc.outcome)
				}
				if d := cmp.Diff(tc.attempts, s.store.results()); d != "" {
					t.Error(d)
				}
				for _, a := range s.store.attempts {
					if !a.AnsweredAt.IsZero() && a.SIPCode != 200 {
						t.Errorf("%s %s was answered, SIP code %d", a.Party, a.Result, a.SIPCode)
					}
				}
				if len(s.store.notices) != tc.notices {
					t.Errorf("%d notices, want %d", len(s.store.notices), tc.notices)
				}
			})
		})
	}
}

// hangUpAfter ends every leg that talks for so long, as people do.
func (s *stage) hangUpAfter(d time.Duration) {
	go func() {
		select {
		case <-time.After(d):
		case <-s.t.Context().Done():
		}
		for _, l := range s.dialer.Legs() {
			l.FarHangup()
		}
	}()
}

func TestCallerIDsFollowLegOrder(t *testing.T) {
	for order, want := range map[clickbridge.Order]map[clickbridge.Number]clickbridge.Number{
		clickbridge.PhoneFirst:  {phone: first, agent(0): secnd},
		clickbridge.FindMeFirst: {agent(0): first, phone: secnd},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
			s.start(click(order), findMe(1, agent(0)))
			s.end()
			for _, o := range s.dialer.Orders() {
				if o.CallerID != want[o.To] {
					t.Errorf("type %d: %s saw %s, want %s", order, o.To, o.CallerID, want[o.To])
				}
			}
		})
	}
}

func TestCallerWhoLeavesAsTheAgentAcceptsIsNotBridged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
		s.store.onSave = func(c clickbridge.Call) {
			if !c.AcceptedAt.IsZero() { // while the accept is being committed
				s.dialer.Legs()[0].FarHangup()
			}
		}
		s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0)))
		s.end()
		if c := s.store.call; c.Result != clickbridge.ResultCanceled || !c.BridgedAt.IsZero() {
			t.Errorf("result %q, bridged %v", c.Result, c.BridgedAt)
		}
	})
}

func TestTransferShowsFirstThenSecondCallerID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): busy, desk: answers, phone: leaves})
		c := click(clickbridge.FindMeFirst)
		c.NoAnswer.Phone = desk
		s.start(c, findMe(1, agent(0)))
		s.end()
		var got []string
		for _, o := range s.dialer.Orders() {
			got = append(got, string(o.To+" "+o.CallerID))
		}
		want := []string{string(agent(0) + " " + first), string(desk + " " + first), string(phone + " " + secnd)}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

func TestAnswerComesWithTheFirstLeg(t *testing.T) {
	for _, tc := range []struct {
		name    string
		order   clickbridge.Order
		at      time.Duration
		durable string // what must be committed by then
		not     string // what must not have happened by then
	}{
		{"1: before any agent is dialled", clickbridge.PhoneFirst, time.Second, "answered phone_to_call", "dialing findme"},
		{"2: once the accept is committed", clickbridge.FindMeFirst, 2 * time.Second, "save hunting", "dialing phone_to_call"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
				s.start(click(tc.order), findMe(1, agent(0)))
				s.end()
				if s.replyAt != tc.at {
					t.Errorf("answered after %v, want %v", s.replyAt, tc.at)
				}
				if !contains(s.replied, tc.durable) {
					t.Errorf("answered before %q was committed: %q", tc.durable, s.replied)
				}
			})
		})
	}
}

func contains(facts []string, want string) bool {
	for _, f := range facts {
		if f == want {
			return true
		}
	}
	return false
}

func TestWhatTheWaitingSideHears(t *testing.T) {
	t.Run("1: greeting, hold, bridge", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{
				phone: answers, agent(0): rings, agent(1): {Keys: "1", KeyAfter: time.Second, HangupAfter: time.Minute}})
			s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0), agent(1)))
			legtest.Elapse(20 * time.Second)
			caller := s.dialer.Legs()[0]
			if !caller.Audio.Playing() || len(caller.Audio.Played()) < 2 {
				t.Errorf("the caller hears %q", caller.Audio.Played())
			}
			legtest.Elapse(15 * time.Second)
			if caller.Audio.Peer() == nil || caller.Audio.Playing() {
				t.Error("the hold audio did not give way to the bridge")
			}
			s.end()
		})
	})
	t.Run("2: ringback until early media brings audio", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			early := &legtest.Media{}
			s := newStage(t, map[clickbridge.Number]legtest.Phone{
				phone: {Ring: 10 * time.Second, Early: early, HangupAfter: time.Minute}, agent(0): accepts})
			s.start(click(clickbridge.FindMeFirst), findMe(1, agent(0)))
			legtest.Elapse(4 * time.Second)
			waits := s.dialer.Legs()[0]
			if waits.Audio.Hearing() != nil || !waits.Audio.Playing() {
				t.Error("ringback gave way to a stream without audio")
			}
			early.SetStats(earlyAudio())
			legtest.Elapse(time.Second)
			if waits.Audio.Hearing() == nil {
				t.Error("early media is not heard")
			}
			legtest.Elapse(10 * time.Second)
			if waits.Audio.Peer() == nil || waits.Audio.Hearing() != nil {
				t.Error("early media did not give way to the bridge")
			}
			s.end()
		})
	})
}

func TestTalkTimesAndNotes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
		s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0)))
		s.end()
		c := s.store.call
		accept, _ := c.SecondsToAccept()
		bridged, _ := c.SecondsToBridge()
		talk, _ := c.TalkSeconds()
		if accept != 3 || bridged != 3 || talk != 19 {
			t.Errorf("accept %v, bridge %v, talk %v seconds; want 3, 3, 19", accept, bridged, talk)
		}
		if len(c.Notes) != 2 {
			t.Errorf("notes = %q, want both legs' silence noted", c.Notes)
		}
	})
}
