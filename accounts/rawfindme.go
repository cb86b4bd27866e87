package accounts

import "clickbridge/config/strictyaml"

// rawFindMe is a FindMe as written. The same setting had different names in
// different calls of the old API; all of them are read, below what they mean.
// Words that may also be old codes are read as text.
type rawFindMe struct {
	ID        *int64  `yaml:"id"`
	Name      *string `yaml:"name"`
	Timeout   *int    `yaml:"timeout"`
	LoopCount *int    `yaml:"loop_count"`

	Strategy         *string `yaml:"strategy"`
	DistributionType *string `yaml:"distribution_type"`
	Randomize        *string `yaml:"randomize"`
	Simul            *int    `yaml:"simul"`
	ListType         *string `yaml:"list_type"`
	UsrFindMeType    *string `yaml:"usr_findme_type"`

	Schedule        *rawSchedule `yaml:"schedule"`
	OnAnotherCall   *string      `yaml:"on_another_call"`
	DeclineEndsHunt *bool        `yaml:"decline_ends_hunt"`
	StickyDays      *int         `yaml:"sticky_days"`
	AutoAccept      *string      `yaml:"auto_accept"`
	DetectMachine   *bool        `yaml:"detect_machine"`

	Screen        rawScreen `yaml:"screen"`
	ScreenMethod  *string   `yaml:"screen_method"`
	UseScreen     *string   `yaml:"use_screen"`
	WhisperPhrase *string   `yaml:"whisper_phrase"`
	WhisperAudio  *string   `yaml:"whisper_audio"`
	DTMFOnly      *string   `yaml:"dtmf_only"`

	Hold       rawHold `yaml:"hold"`
	HoldMusic  *string `yaml:"holdmusic"`
	HoldRepeat *string `yaml:"holdrepeat"`

	Voice        rawVoice `yaml:"voice"`
	ScreenPrompt *string  `yaml:"screen_prompt"`

	Record rawRecord `yaml:"record"`

	End                   *rawEnd `yaml:"end"`
	FindMeAction          *string `yaml:"findme_action"`
	FindMeActionParameter *string `yaml:"findme_action_parameter"`
	NextAction            *string `yaml:"nextaction"`
	NextActionItem        *string `yaml:"nextactionitem"`

	Numbers *[]rawTarget `yaml:"numbers"`
}

type rawSchedule struct {
	TimeZone *string  `yaml:"time_zone"`
	Hours    []string `yaml:"hours"`
	Closed   []string `yaml:"closed"`
}

type rawScreen struct {
	Method  *string `yaml:"method"`
	Text    *string `yaml:"text"`
	Audio   *string `yaml:"audio"`
	Accept  *string `yaml:"accept"`
	Decline *string `yaml:"decline"`
	Pass    *string `yaml:"pass"`
	OptOut  *string `yaml:"opt_out"`
	Tries   *int    `yaml:"tries"`
	Seconds *int    `yaml:"seconds"`
}

type rawHold struct {
	Music  *string `yaml:"music"`
	Repeat *string `yaml:"repeat"`
}

type rawVoice struct {
	Language      *string `yaml:"language"`
	Greeting      *string `yaml:"greeting"`
	GreetingAudio *string `yaml:"greeting_audio"`
	Prompt        *string `yaml:"prompt"`
	Apology       *string `yaml:"apology"`
	ApologyAudio  *string `yaml:"apology_audio"`
}

// rawRecord may also be a plain value, as the old record=1 was.
type rawRecord struct {
	On       *string `yaml:"on" scalar:"true"`
	Announce *string `yaml:"announce"`
	KeepDays *int    `yaml:"keep_days"`
}

type rawEnd struct {
	Action       *string   `yaml:"action" scalar:"true"`
	Number       *string   `yaml:"number"`
	Emails       *[]string `yaml:"emails"`
	MaxSeconds   *int      `yaml:"max_seconds"`
	AfterMinutes *int      `yaml:"after_minutes"`
	NextOpen     *bool     `yaml:"next_open"`
	MaxCalls     *int      `yaml:"max_calls"`
	Hours        *string   `yaml:"hours"`
}

type rawTarget struct {
	Number        string       `yaml:"number" scalar:"true"`
	Name          string       `yaml:"name"`
	Timeout       *int         `yaml:"timeout"`
	Delay         *int         `yaml:"delay"`
	Weight        *int         `yaml:"weight"`
	Paused        bool         `yaml:"paused"`
	Extension     string       `yaml:"extension"`
	ExtensionWait *int         `yaml:"extension_wait"`
	Schedule      *rawSchedule `yaml:"schedule"`
}

// rules names what people may look for and is not there, with what is.
func rules(readFile func(string) ([]byte, error)) strictyaml.Rules {
	const findMe, number = "accounts[].findmes[].", "accounts[].findmes[].numbers[]."
	return strictyaml.Rules{ReadFile: readFile, Unsupported: map[string]string{
		findMe + "priority":       "is not a setting: numbers are rung in the order written; see strategy",
		findMe + "shift":          "is written as schedule: {hours: [\"mon-fri 09:00-17:00\"]}",
		findMe + "shifts":         "is written as schedule: {hours: [\"mon-fri 09:00-17:00\"]}",
		number + "priority":       "is not a setting: numbers are rung in the order written; see strategy and weight",
		number + "shift":          "is written as schedule: {hours: [\"mon-fri 09:00-17:00\"]}",
		number + "shifts":         "is written as schedule: {hours: [\"mon-fri 09:00-17:00\"]}",
		number + "screen":         "not supported for one number; it is a setting of the FindMe",
		number + "whisper_phrase": "not supported for one number; it is a setting of the FindMe, screen.text",
		number + "whisper_audio":  "not supported for one number; it is a setting of the FindMe, screen.audio",
		number + "auto_accept":    "not supported for one number; it is a setting of the FindMe",
		number + "record":         "not supported for one number; it is a setting of the FindMe",
	}}
}
