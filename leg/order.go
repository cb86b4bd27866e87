package leg

import (
	"context"
	"time"

	"clickbridge"
)

// Order asks for one number to be dialled once, over whichever trunk can.
type Order struct {
	CallID    clickbridge.CallID // legs of one call share a media shard
	AttemptID clickbridge.AttemptID
	To        clickbridge.Number
	CallerID  clickbridge.Number
	Country   string        // home country, for national number formats
	RingTime  time.Duration // from the first INVITE; its end is CauseNoAnswer
	Agent     bool          // To is an agent's: the leg occupies them
	Exclusive bool          // CauseOccupied when another call's leg occupies them
	Journal   Journal
	// Progress is called, in order and never concurrently, for what the far
	// end says before it answers. It must not block. May be nil.
	Progress func(Progress)
}

// Progress is a provisional answer.
type Progress struct {
	Trunk   string
	SIPCode int   // 180, 181, 182, 183 …; 0 = the INVITE was just sent
	Early   Media // not nil once the far end's early audio may be heard
}

// Dialer places orders. The error is a *clickbridge.Cause. Cancelling ctx
// takes the order back and returns at once with the cause of ctx; what the
// carrier still does with it (a 200 that crosses our CANCEL) is ended in the
// background.
type Dialer interface {
	Dial(ctx context.Context, o Order) (Leg, error)
}

// Journal keeps what must survive a crash. Dialing and Answered return when
// the record is durable; an error from Dialing means the INVITE must not be
// sent, an error from Answered that the leg must be ended. Early and Gone must not
// block: they are called where the network is read.
type Journal interface {
	Dialing(ctx context.Context, r clickbridge.LegRecord) error
	Early(r clickbridge.LegRecord)
	Answered(ctx context.Context, r clickbridge.LegRecord) error
	// Gone says that the carrier holds nothing of this record any more.
	Gone(recordID string)
}
