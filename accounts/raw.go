package accounts

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
	ShowDialled     *bool       `yaml:"show_dialled_number"`
	Keys            []rawKey    `yaml:"keys"`
	Numbers         []rawNumber `yaml:"numbers"`
	Audio           []rawAudio  `yaml:"audio"`
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

type rawAudio struct {
	Name string `yaml:"name"`
	File string `yaml:"file"`
}
