package clickbridge

import "time"

// Ranges of FindMe settings.
const (
	MinRingTime     = 10 * time.Second
	MaxRingTime     = 60 * time.Second
	DefaultRingTime = 30 * time.Second
	MinLoops        = 0 // 0 = straight to the end of the list
	MaxLoops        = 5
	DefaultLoops    = 1
	MaxSimul        = 20
	MaxStartDelay   = 60 * time.Second
	MaxWeight       = 100
	MaxStickyDays   = 365
	MaxExtension    = 16  // keys
	MaxName         = 100 // bytes, of a FindMe or an agent
)

// MaxExtensionWait bounds what passes between an answer and its extension.
const MaxExtensionWait = 30 * time.Second

// FindMe is a saved hunt list.
type FindMe struct {
	ID        int64 // lives in customers' pages; unique over all accounts
	AccountID int64
	Name      string
	Timeout   time.Duration // ring time of numbers that have none of their own
	LoopCount int           // passes over the list; 0 = nobody is rung
	Numbers   []FindMeNumber
	Settings  FindMeSettings
}

// FindMeNumber is one line of a hunt list.
type FindMeNumber struct {
	Number        Number
	Name          string        // of the agent; may be empty
	Timeout       time.Duration // 0 = the FindMe's
	Delay         time.Duration // between its turn and its INVITE
	Weight        int           // for Weighted; 0 counts as 1
	Paused        bool          // left out of every hunt
	Extension     string        // keys sent after the answer: 0-9 * # A-D, "," is half a second
	ExtensionWait time.Duration // between the answer and the first of them
	Schedule      *Schedule     // nil = always on shift
}

// Strategy says in which order, and how many at once, a hunt rings.
type Strategy string

// The strategies. With Simul above 1 each keeps that many ringing while the
// pass has numbers left.
const (
	InOrder       Strategy = ""             // as written
	AllAtOnce     Strategy = "all_at_once"  // everybody
	RoundRobin    Strategy = "round_robin"  // begins one further than the last hunt
	RandomOrder   Strategy = "random"       // every order is as likely
	LeastRecent   Strategy = "least_recent" // who was rung longest ago first
	WeightedOrder Strategy = "weighted"     // a number of weight 3 comes first three times as often
)

// AutoAccept says when an answer counts as an accept; its values are the old
// API's.
type AutoAccept int

// When an answer is an accept.
const (
	AcceptByKey       AutoAccept = 0 // never: press 1
	AcceptFirst       AutoAccept = 1 // whoever answers first, unasked
	AcceptLastAsked   AutoAccept = 2 // the last number, once the question was played, unless it declines
	AcceptLastUnasked AutoAccept = 3 // the last number, unasked
)

// FindMeSettings are what a FindMe may say beyond whom it rings and how long.
// The zero value is the default throughout.
type FindMeSettings struct {
	Strategy        Strategy
	Simul           int  // how many ring at once, 1-20; 0 = 1
	Group           bool // wording of a customer service hunt group instead of an individual's
	Schedule        *Schedule
	AllowBusy       bool // ring agents who are on another call of ours
	DeclineEndsHunt bool
	StickyDays      int // the agent a customer talked to in the last N days comes first; 0 = off
	AutoAccept      AutoAccept
	DetectMachine   bool // an answer that sounds like a machine is not asked
	Screen          Screening
	Hold            Hold
	Voice           Voice
	Record          RecordSettings
	End             EndOfList
}

// RingTime returns how long the i-th number rings, counted from its INVITE.
func (f *FindMe) RingTime(i int) time.Duration {
	if t := f.Numbers[i].Timeout; t != 0 {
		return t
	}
	return f.Timeout
}

// Simul returns how many numbers ring at once.
func (f *FindMe) Simul() int {
	if f.Settings.Strategy == AllAtOnce {
		return max(1, len(f.Numbers))
	}
	return max(1, f.Settings.Simul)
}
