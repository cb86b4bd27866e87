package accounts

import "clickbridge/config/strictyaml"

// The file as written. A pointer that is nil was left out.
type rawFile struct {
	Accounts []rawAccount `yaml:"accounts"`
}

type rawAccount struct {
	Name            string      `yaml:"name"`
	Country         *string     `yaml:"country"`
	TimeZone        *string     `yaml:"time_zone"`
	DefaultCallerID *string     `yaml:"default_caller_id"`
	Destinations    *[]string   `yaml:"destinations"`
	DailyCalls      *int        `yaml:"daily_calls"`
	NoAnswerTargets *rawTargets `yaml:"no_answer_targets"`
	Keys            []rawKey    `yaml:"keys"`
	Numbers         []rawNumber `yaml:"numbers"`
	FindMes         []rawFindMe `yaml:"findmes"`
}

type rawTargets struct {
	Emails *[]string `yaml:"emails"`
	SMS    *[]string `yaml:"sms"`
	URLs   *[]string `yaml:"urls"`
	Phones *[]string `yaml:"phones"`
}

type rawKey struct {
	Name            string    `yaml:"name"`
	AccessKey       *string   `yaml:"access_key" secret:"true"`
	SecretAccessKey *string   `yaml:"secret_access_key" secret:"true"`
	APIKey          *string   `yaml:"api_key" secret:"true"`
	Key             *string   `yaml:"key" secret:"true"`
	Origins         *[]string `yaml:"origins"`
	FindMes         *[]int64  `yaml:"findmes"`
}

type rawNumber struct {
	Number      string  `yaml:"number" scalar:"true"`
	Kind        string  `yaml:"kind"`
	SMS         bool    `yaml:"sms"`
	Description *string `yaml:"description"`
}

// SetDefaults makes a number a tracking number unless it says otherwise.
func (n *rawNumber) SetDefaults() { n.Kind = "tracking" }

type rawFindMe struct {
	ID        *int64       `yaml:"id"`
	Name      *string      `yaml:"name"`
	Timeout   *int         `yaml:"timeout"`
	LoopCount *int         `yaml:"loop_count"`
	Numbers   *[]rawTarget `yaml:"numbers"`
}

type rawTarget struct {
	Number  string `yaml:"number" scalar:"true"`
	Name    string `yaml:"name"`
	Timeout *int   `yaml:"timeout"`
}

func rules(readFile func(string) ([]byte, error)) strictyaml.Rules {
	unsupported := map[string]string{}
	for _, name := range []string{
		"list_type", "usr_findme_type", "distribution_type", "randomize", "simul", "auto_accept",
		"dtmf_only", "screen_method", "use_screen", "screen_prompt", "whisper_phrase",
		"whisper_audio", "holdmusic", "holdrepeat", "record", "findme_action",
		"findme_action_parameter", "nextaction", "nextactionitem",
	} {
		const why = "not supported by this version; a FindMe has id, name, timeout, loop_count and numbers"
		unsupported["accounts[].findmes[]."+name] = why
	}
	for _, name := range []string{"schedule", "shift", "shifts", "priority", "weight", "whisper_phrase", "record"} {
		unsupported["accounts[].findmes[].numbers[]."+name] = "not supported by this version; a number of a FindMe has number, name and timeout"
	}
	return strictyaml.Rules{ReadFile: readFile, Unsupported: unsupported}
}
