package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

// shelf keeps notices in memory.
type shelf struct {
	mu       sync.Mutex
	notice   clickbridge.Notice
	loadErr  error
	triedErr error
	tries    []clickbridge.NoticeTry
	states   []clickbridge.NoticeState
}

func (s *shelf) Notice(context.Context, clickbridge.NoticeID) (clickbridge.Notice, error) {
	return s.notice, s.loadErr
}

func (s *shelf) Tried(ctx context.Context, t clickbridge.NoticeTry, state clickbridge.NoticeState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.tries, s.states = append(s.tries, t), append(s.states, state)
	return s.triedErr
}

// sender answers as it is told.
type sender func(ctx context.Context, n clickbridge.Notice) Receipt

func (s sender) Send(ctx context.Context, n clickbridge.Notice) Receipt { return s(ctx, n) }

func says(r Receipt) sender {
	return func(context.Context, clickbridge.Notice) Receipt { return r }
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func pending(kind clickbridge.NoticeKind) clickbridge.Notice {
	return clickbridge.Notice{ID: "n1", CallID: "c1", Kind: kind, To: "+15554443333", From: "+15557585902", Body: "text", State: clickbridge.NoticePending}
}

func TestDeliver(t *testing.T) {
	for _, tt := range []struct {
		name    string
		receipt Receipt
		last    bool
		want    Verdict
	}{
		{"taken", Receipt{OK: true, Answer: "250 ok"}, false, Verdict{State: clickbridge.NoticeSent, Answer: "250 ok"}},
		{"taken at last", Receipt{OK: true}, true, Verdict{State: clickbridge.NoticeSent}},
		{"later", Receipt{Answer: "451 busy"}, false, Verdict{State: clickbridge.NoticePending, Answer: "451 busy"}},
		{"later, but it was the last", Receipt{Answer: "451 busy"}, true, Verdict{State: clickbridge.NoticeFailed, Answer: "451 busy"}},
		{"never", Receipt{Permanent: true, Answer: "550 no"}, false, Verdict{State: clickbridge.NoticeFailed, Permanent: true, Answer: "550 no"}},
		{"one clean line", Receipt{OK: true, Answer: "a\r\n\x00b\xff"}, false, Verdict{State: clickbridge.NoticeSent, Answer: "a b\uFFFD"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{notice: pending(clickbridge.NoticeSMS)}
				start := time.Now()
				d := New(s, Senders{SMS: sender(func(context.Context, clickbridge.Notice) Receipt {
					<-time.After(3 * time.Second) // the bubble's clock
					return tt.receipt
				})}, Options{Logger: quiet()})
				if diff := cmp.Diff(tt.want, d.Deliver(t.Context(), "n1", tt.last)); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
				want := []clickbridge.NoticeTry{{NoticeID: "n1", At: start, Duration: 3 * time.Second, OK: tt.receipt.OK, Answer: tt.want.Answer}}
				if diff := cmp.Diff(want, s.tries); diff != "" {
					t.Errorf("tries: -want +got\n%s", diff)
				}
				if s.states[0] != tt.want.State {
					t.Errorf("recorded as %s", s.states[0])
				}
			})
		})
	}
}

func TestDeliverBoundsATry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{notice: pending(clickbridge.NoticeURL)}
		d := New(s, Senders{URL: sender(func(ctx context.Context, _ clickbridge.Notice) Receipt {
			<-ctx.Done()
			return Receipt{Answer: "no answer in time"}
		})}, Options{Logger: quiet()})
		d.Deliver(t.Context(), "n1", false)
		if s.tries[0].Duration != sendTimeout {
			t.Errorf("took %s", s.tries[0].Duration)
		}
	})
}

func TestDeliverLeavesWhatIsDone(t *testing.T) {
	for _, state := range []clickbridge.NoticeState{clickbridge.NoticeSent, clickbridge.NoticeFailed} {
		s := &shelf{notice: pending(clickbridge.NoticeSMS)}
		s.notice.State = state
		d := New(s, Senders{SMS: sender(func(context.Context, clickbridge.Notice) Receipt {
			t.Error("sent again")
			return Receipt{}
		})}, Options{Logger: quiet()})
		if v := d.Deliver(t.Context(), "n1", false); v.State != state || len(s.tries) != 0 {
			t.Errorf("%s: got %+v, %v", state, v, s.tries)
		}
	}
}

func TestDeliverWithoutStore(t *testing.T) {
	down := errors.New("disk full")
	s := &shelf{loadErr: down}
	d := New(s, Senders{}, Options{Logger: quiet()})
	if v := d.Deliver(t.Context(), "n1", true); v.State != clickbridge.NoticePending || !errors.Is(v.Err, down) {
		t.Errorf("load: got %+v", v)
	}
	s = &shelf{notice: pending(clickbridge.NoticeSMS), triedErr: down}
	d = New(s, Senders{SMS: says(Receipt{OK: true})}, Options{Logger: quiet()})
	if v := d.Deliver(t.Context(), "n1", false); !errors.Is(v.Err, down) {
		t.Errorf("record: got %+v", v)
	}
}

// A server that stops in the middle of the last try has not failed the notice,
// and the try is on record all the same.
func TestDeliverWhileStopping(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &shelf{notice: pending(clickbridge.NoticeSMS)}
	d := New(s, Senders{SMS: sender(func(context.Context, clickbridge.Notice) Receipt {
		cancel()
		return Receipt{Answer: "canceled"}
	})}, Options{Logger: quiet()})
	v := d.Deliver(ctx, "n1", true)
	if v.State != clickbridge.NoticePending || v.Err != nil || len(s.tries) != 1 || s.states[0] != clickbridge.NoticePending {
		t.Errorf("got %+v, %v", v, s.states)
	}
}

func TestDeliverNotConfigured(t *testing.T) {
	for kind, want := range map[clickbridge.NoticeKind]string{
		clickbridge.NoticeEmail: "no mail server is configured (mail.smtp)",
		clickbridge.NoticeSMS:   "no SMS provider is configured (sms.provider)",
		clickbridge.NoticeURL:   "URL notices are not configured",
	} {
		s := &shelf{notice: pending(kind)}
		d := New(s, Senders{}, Options{Logger: quiet()})
		if v := d.Deliver(t.Context(), "n1", false); v.State != clickbridge.NoticePending || v.Answer != want {
			t.Errorf("%s: got %+v", kind, v)
		}
		// Settings that come while the server runs are used for the next try.
		all := says(Receipt{OK: true})
		d.Use(Senders{Email: all, SMS: all, URL: all})
		if v := d.Deliver(t.Context(), "n1", false); v.State != clickbridge.NoticeSent {
			t.Errorf("%s after Use: got %+v", kind, v)
		}
	}
	s := &shelf{notice: pending(clickbridge.NoticeSMS)}
	s.notice.From = ""
	d := New(s, Senders{SMS: says(Receipt{OK: true})}, Options{Logger: quiet()})
	if v := d.Deliver(t.Context(), "n1", false); v.State != clickbridge.NoticeFailed {
		t.Errorf("without a number to send from: got %+v", v)
	}
}

func TestDeliverTells(t *testing.T) {
	var log bytes.Buffer
	var events []clickbridge.Event
	s := &shelf{notice: pending(clickbridge.NoticeURL)}
	s.notice.To = "https://u:hush@example.com/?token=hush"
	d := New(s, Senders{URL: says(Receipt{Answer: "503 Service Unavailable"})}, Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Event:  func(e clickbridge.Event) { events = append(events, e) },
	})
	d.Deliver(t.Context(), "n1", false)
	if got := log.String(); strings.Contains(got, "hush") || !strings.Contains(got, `level=WARN msg="notice tried" call_id=c1 notice_id=n1 kind=url state=pending`) {
		t.Errorf("logged %s", got)
	}
	if len(events) != 1 || events[0].Kind != clickbridge.EventNotice || events[0].CallID != "c1" || events[0].Text != "url pending: 503 Service Unavailable" {
		t.Errorf("events: %+v", events)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	got := answer(strings.Repeat("é", 600))
	if len(got) > maxAnswer || !strings.HasSuffix(got, "é…") || len(got) < maxAnswer-4 {
		t.Errorf("%d bytes, ends %q", len(got), got[len(got)-8:])
	}
}

// Whatever far ends answer, and at every level of the log, no secret is written
// and none is recorded.
func TestSecretsAreNeverWritten(t *testing.T) {
	echo := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, "no access with hush-sms")
	})
	office := newPostOffice(t, "plain", func(p *postOffice, _ *smtp.Server) { p.password = "hush-other" })
	o := office.options()
	o.Username, o.Password = "user", "hush-mail"
	senders := Senders{
		Email: newMail(t, o),
		SMS:   NewTwilio(SMSOptions{URL: echo.URL, Username: "AC1", Password: "hush-sms"}),
		URL:   NewWebhook(WebhookOptions{AllowPrivate: true, Secret: []byte("hush-signing")}),
	}
	var log bytes.Buffer
	for _, kind := range []clickbridge.NoticeKind{clickbridge.NoticeEmail, clickbridge.NoticeSMS, clickbridge.NoticeURL} {
		s := &shelf{notice: pending(kind)}
		switch kind {
		case clickbridge.NoticeEmail:
			s.notice.To = "sales@example.com"
		case clickbridge.NoticeURL:
			s.notice.To = "http://u:hush-url@127.0.0.1:1/?token=hush-token"
		}
		d := New(s, senders, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 10}))})
		d.Deliver(t.Context(), "n1", false)
		if len(s.tries) != 1 || s.tries[0].OK || s.tries[0].Answer == "" || strings.Contains(s.tries[0].Answer, "hush") {
			t.Errorf("%s: recorded %+v", kind, s.tries)
		}
	}
	if strings.Contains(log.String(), "hush") || strings.Count(log.String(), "notice tried") != 3 {
		t.Errorf("logged %s", log.String())
	}
}
