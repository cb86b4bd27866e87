package clickbridge

import "time"

// ScreenMethod says what an agent who answers is told before the keys.
type ScreenMethod string

// The methods. Whatever cannot be spoken falls back to ScreenAnnounce.
const (
	ScreenAnnounce ScreenMethod = ""             // who is calling, digit by digit
	ScreenNone     ScreenMethod = "none"         // only which keys to press
	ScreenText     ScreenMethod = "whisper_text" // Screening.Text
	ScreenAudio    ScreenMethod = "whisper_audio"
	ScreenName     ScreenMethod = "record_name" // type 1: the caller says their name, the agent hears it
)

// Ranges of screening.
const (
	DefaultScreenTries = 3
	MaxScreenTries     = 5
	DefaultScreenTime  = 5 * time.Second
	MinScreenTime      = 2 * time.Second
	MaxScreenTime      = 20 * time.Second
	MaxText            = 500 // characters of any spoken text: some 40 s
)

// The keys an agent is offered unless the list names others.
const (
	DefaultAcceptKey  = '1'
	DefaultDeclineKey = '2'
)

// Screening is how an agent is asked. Keys are one of 0-9 * #; 0 means the
// default for accept and decline, and none for the others.
type Screening struct {
	Method     ScreenMethod
	Text       string        // whisper text; {name} is the FindMe's, {number} who calls, {ref} and {page} the click's
	Audio      string        // an uploaded clip's name
	AcceptKey  rune          // default 1
	DeclineKey rune          // default 2
	PassKey    rune          // pass on: not now, but the next pass may ring again
	OptOutKey  rune          // the number is never rung for this account again
	Tries      int           // how often the question is put; 0 = 3
	TryTime    time.Duration // after each; 0 = 5 s
}

// HoldRepeat says how often hold audio plays; its values are the old API's.
type HoldRepeat int

// How often hold audio plays.
const (
	HoldOnce    HoldRepeat = 0 // once, then ringback
	HoldBetween HoldRepeat = 1 // from the beginning at each attempt
	HoldAlways  HoldRepeat = 2 // over and over: the default
)

// Hold is what who waits hears.
type Hold struct {
	Music  string      // an uploaded clip's name; "" = the music in the binary
	Repeat *HoldRepeat // nil = HoldAlways
}

// Voice is what is said besides screening. A text is spoken where a clip is not
// given; neither means the sentence in the binary.
type Voice struct {
	Language      string // BCP 47; "" = "en"
	GreetingText  string
	GreetingAudio string
	PromptText    string // said to the caller after the greeting (screen_prompt)
	ApologyText   string // nobody accepted
	ApologyAudio  string
}

// Audio is an uploaded clip as it is kept: G.711 µ-law, 8 kHz, one channel.
type Audio struct {
	AccountID int64
	Name      string // unique in the account
	SHA256    string // of the file it was made of, in hex: unchanged files are not converted again
	Length    time.Duration
	ULaw      []byte // nil where only the directory is read
}
