package simulator

import (
	"time"

	"clickbridge/simulator/voice"
)

// Leg is what the carrier knows of one INVITE (with the one it repeats after a
// challenge) and what became of it. Times are zero until they happened.
type Leg struct {
	CallID string `json:"call_id"`
	Number string `json:"number"` // national digits
	Dialed string `json:"dialed"` // the user part as it was called
	Caller string `json:"caller"` // the caller id shown: From's user part
	Scene  string `json:"scene"`

	InvitedAt   time.Time `json:"invited_at"`
	RungAt      time.Time `json:"rung_at,omitzero"`
	AnsweredAt  time.Time `json:"answered_at,omitzero"` // 200 sent
	AckedAt     time.Time `json:"acked_at,omitzero"`
	CancelledAt time.Time `json:"cancelled_at,omitzero"` // CANCEL arrived
	EndedAt     time.Time `json:"ended_at,omitzero"`

	Invites    int      `json:"invites"`    // INVITE messages that arrived, repeats included
	Challenges int      `json:"challenges"` // 407 sent
	Reinvites  int      `json:"reinvites"`  // re-INVITEs from the server
	Status     int      `json:"status"`     // final status sent, 0 while there is none
	EndedBy    EndedBy  `json:"ended_by"`
	Dialogs    []Dialog `json:"dialogs"` // one for each 200 with a To-tag of its own

	Keys       string        `json:"keys"`       // pressed here
	KeysHeard  string        `json:"keys_heard"` // arrived here
	PacketsIn  uint64        `json:"packets_in"`
	PacketsOut uint64        `json:"packets_out"`
	Hears      int           `json:"hears"` // the tone heard now, Hz; 0 = none
	Heard      []Heard       `json:"heard"` // the tones heard so far
	SoundFor   time.Duration `json:"sound_for_ns"`
	Tape       []byte        `json:"-"`          // µ-law, where the scene keeps it; not to be changed
	LastWords  string        `json:"last_words"` // the last event, for people

	party *party // nil once ended
}

// Heard is one tone and for how long it was heard.
type Heard = voice.Heard

// Dialog is one answer of a leg.
type Dialog struct {
	ToTag      string    `json:"to_tag"`
	AnsweredAt time.Time `json:"answered_at"`
	AckedAt    time.Time `json:"acked_at,omitzero"`
	EndedAt    time.Time `json:"ended_at,omitzero"` // BYE came or went
	EndedBy    EndedBy   `json:"ended_by"`
	// Closed is when the far end answered our BYE.
	Closed time.Time `json:"closed_at,omitzero"`
}

// EndedBy says who ended a leg or a dialog.
type EndedBy string

// Who ends legs.
const (
	ByServer EndedBy = "server" // BYE or CANCEL
	ByPhone  EndedBy = "phone"  // our BYE, or a refusal
	ByNobody EndedBy = "nobody" // no ACK in 64*T1: BYE of ours (RFC 3261 13.3.1.4)
)

// Answered reports whether the phone was answered.
func (l *Leg) Answered() bool { return !l.AnsweredAt.IsZero() }

// Over reports whether the leg has ended.
func (l *Leg) Over() bool { return !l.EndedAt.IsZero() }

// Held is how many answered dialogs of the leg had no BYE yet.
func (l *Leg) Held() int {
	n := 0
	for i := range l.Dialogs {
		if l.Dialogs[i].EndedAt.IsZero() {
			n++
		}
	}
	return n
}

// HeardTone returns for how long the leg heard the tone ToneOf gave for a
// number.
func (l *Leg) HeardTone(hz float64) time.Duration {
	for _, h := range l.Heard {
		if h.Hz == int(hz) {
			return h.For
		}
	}
	return 0
}

// listen copies what the phone's line knows into the leg.
func (l *Leg) listen(line *voice.Line) {
	if line == nil {
		return
	}
	st := line.Stats()
	l.PacketsIn, l.PacketsOut = st.PacketsIn, st.PacketsOut
	l.Heard, l.Hears = line.Hearing()
	l.SoundFor = line.HeardSound()
	l.Tape = line.Tape()
}
