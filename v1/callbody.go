package v1

import (
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Call is a call as it is told.
type Call struct {
	ID             clickbridge.CallID     `json:"id"`
	State          string                 `json:"state" enum:"scheduled,queued,reaching,hunting,screening,transferring,bridged,finishing,ended,canceled" doc:"scheduled: not made yet; canceled: it never will be"`
	Result         clickbridge.Result     `json:"result,omitempty" doc:"Once it ended: Connected, Transferred, No Answer, Busy, Declined, Failed, Canceled, Interrupted"`
	Cause          string                 `json:"cause,omitempty" doc:"One phrase: why it ended"`
	Order          string                 `json:"order" enum:"phone_first,findme_first"`
	FindMeID       int64                  `json:"findme_id,omitempty" doc:"Left out where the call brought its own list"`
	FindMeName     string                 `json:"findme_name,omitempty"`
	Phone          clickbridge.Number     `json:"phone"`
	FirstCallerID  clickbridge.Number     `json:"first_caller_id,omitempty"`
	SecondCallerID clickbridge.Number     `json:"second_caller_id,omitempty"`
	Page           string                 `json:"page,omitempty"`
	Ref            string                 `json:"ref,omitempty"`
	Key            string                 `json:"key,omitempty" doc:"Name of the key, or of the person"`
	Agent          clickbridge.Number     `json:"agent,omitempty" doc:"Who accepted"`
	AgentName      string                 `json:"agent_name,omitempty"`
	NoAnswer       *NoAnswer              `json:"no_answer,omitempty"`
	CreatedAt      time.Time              `json:"created_at"`
	At             *time.Time             `json:"at,omitempty" doc:"When a scheduled call is made"`
	AcceptedAt     *time.Time             `json:"accepted_at,omitempty"`
	BridgedAt      *time.Time             `json:"bridged_at,omitempty"`
	EndedAt        *time.Time             `json:"ended_at,omitempty"`
	TalkSeconds    *float64               `json:"talk_seconds,omitempty"`
	Scheduled      clickbridge.CallbackID `json:"scheduled_id,omitempty" doc:"The callback it was made for"`
	Notes          []string               `json:"notes,omitempty" nullable:"false" doc:"What was odd"`
	Attempts       []Attempt              `json:"attempts" nullable:"false"`
	Notices        []Notice               `json:"notices" nullable:"false"`
	Recordings     []Recording            `json:"recordings,omitempty" nullable:"false" doc:"Of one call only, not in lists"`
}

// NoAnswer is what is done because nobody accepted.
type NoAnswer struct {
	Email string `json:"email,omitempty" format:"email"`
	SMS   string `json:"sms,omitempty" doc:"A number"`
	URL   string `json:"url,omitempty" format:"uri"`
	Phone string `json:"phone,omitempty" doc:"Who is called instead"`
}

// Attempt is one number being tried once.
type Attempt struct {
	ID          clickbridge.AttemptID `json:"id"`
	Seq         int                   `json:"seq"`
	Party       clickbridge.Party     `json:"party" enum:"phone_to_call,findme,no_answer_phone"`
	Number      clickbridge.Number    `json:"number"`
	Name        string                `json:"name,omitempty"`
	Pass        int                   `json:"pass,omitempty"`
	Trunk       string                `json:"trunk,omitempty"`
	StartedAt   time.Time             `json:"started_at"`
	AnsweredAt  *time.Time            `json:"answered_at,omitempty"`
	EndedAt     *time.Time            `json:"ended_at,omitempty" doc:"Of the verdict, not of the leg"`
	Result      string                `json:"result" doc:"Dialing while it goes on"`
	SIPCode     int                   `json:"sip_code,omitempty"`
	Text        string                `json:"text,omitempty"`
	RingSeconds float64               `json:"ring_seconds"`
}

// Notice is a message owed because nobody accepted.
type Notice struct {
	ID        clickbridge.NoticeID    `json:"id"`
	CallID    clickbridge.CallID      `json:"call_id,omitempty"`
	Kind      clickbridge.NoticeKind  `json:"kind" enum:"email,sms,url"`
	To        string                  `json:"to"`
	Subject   string                  `json:"subject,omitempty"`
	Body      string                  `json:"body"`
	State     clickbridge.NoticeState `json:"state" enum:"pending,sent,failed"`
	CreatedAt time.Time               `json:"created_at"`
	Tries     []NoticeTry             `json:"tries" nullable:"false"`
}

// NoticeTry is one attempt to deliver a notice.
type NoticeTry struct {
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"`
	OK      bool      `json:"ok"`
	Answer  string    `json:"answer"`
}

func orderWord(o clickbridge.Order) string {
	if o == clickbridge.FindMeFirst {
		return "findme_first"
	}
	return "phone_first"
}

func callOf(r *store.Record) Call {
	c := &r.Call
	out := Call{
		ID: c.ID, State: string(progress(r)), Cause: c.Cause, Order: orderWord(c.Order), FindMeID: c.FindMeID, FindMeName: c.FindMeName,
		Phone: c.Phone, FirstCallerID: c.FirstCallerID, SecondCallerID: c.SecondCallerID, Page: c.Page, Ref: c.Ref, Key: c.KeyName,
		Agent: c.Agent, AgentName: c.AgentName, NoAnswer: noAnswerOf(c.NoAnswer), CreatedAt: c.CreatedAt.UTC().Truncate(time.Microsecond),
		AcceptedAt: at(c.AcceptedAt), BridgedAt: at(c.BridgedAt), EndedAt: at(c.EndedAt),
		Scheduled: c.Callback, Notes: c.Notes, Attempts: []Attempt{}, Notices: []Notice{},
	}
	if !c.InFlight() {
		out.Result = c.Result
	}
	if t, ok := c.TalkSeconds(); ok {
		out.TalkSeconds = &t
	}
	for i := range r.Attempts {
		out.Attempts = append(out.Attempts, attemptOf(&r.Attempts[i]))
	}
	for i := range r.Notices {
		out.Notices = append(out.Notices, noticeOf(&r.Notices[i]))
	}
	return out
}

// progress is how far a call has come. Its row is written only where a fact must
// survive; between those the attempts tell more.
func progress(r *store.Record) clickbridge.CallState {
	if s := r.Call.State; len(r.Attempts) == 0 || s != clickbridge.CallQueued && s != clickbridge.CallHunting {
		return s
	}
	last := r.Attempts[len(r.Attempts)-1]
	switch {
	case last.Party == clickbridge.PartyPhone && last.AnsweredAt.IsZero():
		return clickbridge.CallReaching
	case last.Party == clickbridge.PartyTransfer:
		return clickbridge.CallTransferring
	case last.Party == clickbridge.PartyFindMe && !last.AnsweredAt.IsZero() && last.Result == clickbridge.AttemptDialing:
		return clickbridge.CallScreening
	}
	return clickbridge.CallHunting
}

func noAnswerOf(n clickbridge.NoAnswer) *NoAnswer {
	if n == (clickbridge.NoAnswer{}) {
		return nil
	}
	return &NoAnswer{Email: n.Email, SMS: string(n.SMS), URL: n.URL, Phone: string(n.Phone)}
}

func attemptOf(a *clickbridge.Attempt) Attempt {
	out := Attempt{
		ID: a.ID, Seq: a.Seq, Party: a.Party, Number: a.Number, Name: a.Name, Pass: a.Pass, Trunk: a.Trunk,
		StartedAt: a.StartedAt.UTC(), AnsweredAt: at(a.AnsweredAt), EndedAt: at(a.EndedAt),
		Result: string(a.Result), SIPCode: a.SIPCode, Text: a.Text, RingSeconds: a.RingSeconds(),
	}
	if a.Result == clickbridge.AttemptDialing {
		out.Result = "Dialing"
	}
	return out
}

func noticeOf(n *clickbridge.Notice) Notice {
	out := Notice{
		ID: n.ID, CallID: n.CallID, Kind: n.Kind, To: n.To, Subject: n.Subject, Body: n.Body, State: n.State,
		CreatedAt: n.CreatedAt.UTC(), Tries: []NoticeTry{},
	}
	for _, t := range n.Tries {
		out.Tries = append(out.Tries, NoticeTry{t.At.UTC(), t.Duration.Seconds(), t.OK, t.Answer})
	}
	return out
}

// scheduledCall is a call that is not made yet.
func scheduledCall(c *clickbridge.Callback) Call {
	state := "scheduled"
	if c.State == clickbridge.CallbackCanceled {
		state = "canceled"
	}
	return Call{
		ID: clickbridge.CallID(c.ID), State: state, Cause: c.Text, Order: orderWord(c.Order), FindMeID: c.FindMeID, Phone: c.Phone,
		FirstCallerID: c.FirstCallerID, SecondCallerID: c.SecondCallerID, Page: c.Page, Ref: c.Ref, Key: c.KeyName,
		NoAnswer: noAnswerOf(c.NoAnswer), CreatedAt: c.CreatedAt.UTC(), At: at(c.DueAt), Scheduled: c.ID,
		Attempts: []Attempt{}, Notices: []Notice{},
	}
}
