package config

import (
	"net/netip"
	"time"

	"clickbridge"
)

// Config is every setting. Tags: doc and range describe it; live marks what a
// running server takes over on SIGHUP; secret keeps it out of messages.
type Config struct {
	HTTP       HTTP       `yaml:"http"`
	Store      Store      `yaml:"store" secret:"true" range:"sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE" doc:"Where calls, accounts and owed notices are kept. A relative path is relative to the working directory."`
	SecretKey  Secret     `yaml:"secret_key" secret:"true" range:"text, best 32 random characters or more" doc:"Keys the hashes under which credentials are stored; changing it makes every stored credential unknown until the next apply. Empty: made at first use and kept in the store."`
	SIP        SIP        `yaml:"sip"`
	Media      Media      `yaml:"media"`
	Trunks     []Trunk    `yaml:"trunks"`
	Mail       Mail       `yaml:"mail"`
	SMS        SMS        `yaml:"sms"`
	Recordings Recordings `yaml:"recordings"`
	Trace      Trace      `yaml:"trace"`
	Speech     Speech     `yaml:"speech"`
	Audio      Audio      `yaml:"audio"`
	Limits     Limits     `yaml:"limits"`
	Webhooks   Webhooks   `yaml:"webhooks"`
	Console    Console    `yaml:"console"`

	// Warnings are remarks about settings that are allowed and probably not
	// meant; Load fills them.
	Warnings []string
}

// HTTP is where clicks come in.
type HTTP struct {
	Listen         string         `yaml:"listen" range:"HOST:PORT; port 0 takes a free one" doc:"Where HTTP is answered; 0.0.0.0:PORT for every address."`
	PublicURL      string         `yaml:"public_url" range:"http or https URL" doc:"The address clients use, where it is not the one listened on: a proxy in front. Only the check command uses it: it says whether the address leads here. Optional."`
	TLS            TLS            `yaml:"tls"`
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies" range:"addresses or networks (10.0.0.0/8)" doc:"Whose X-Forwarded-For tells the visitor's address. From anybody else it is ignored."`
}

// TLS is https beside http. All three or none.
type TLS struct {
	Listen string `yaml:"listen" range:"HOST:PORT" doc:"Where https is answered, beside http. Empty: it is not."`
	Cert   string `yaml:"cert" live:"true" range:"path of a PEM file" doc:"The certificate with its chain; read again on SIGHUP."`
	Key    string `yaml:"key" live:"true" range:"path of a PEM file" doc:"The certificate's private key; read again on SIGHUP."`
}

// SIP is the signalling side towards the carriers.
type SIP struct {
	Listen        []Listen `yaml:"listen" range:"udp:ADDRESS:PORT or tcp:ADDRESS:PORT" doc:"Where SIP is spoken; carriers answer to these addresses."`
	PublicAddress string   `yaml:"public_address" range:"IP address or host name" doc:"The address carriers see, where it is not the one listened on: behind NAT. Used in Via, Contact and SDP."`
}

// Media is the sound.
type Media struct {
	Address netip.Addr `yaml:"address" range:"IP address of this machine" doc:"Where RTP is sent from and received."`
	Ports   PortRange  `yaml:"ports" range:"LOW-HIGH within 1024-65535, LOW even" doc:"UDP ports for RTP: two for each leg, four for each call."`
}

// Limits are how long things may take, and how often visitors may click.
type Limits struct {
	DrainTimeout    time.Duration `yaml:"drain_timeout" live:"true" range:"0s to 24h" doc:"How long calls may go on after SIGTERM before they are ended."`
	RingTimeout     time.Duration `yaml:"ring_timeout" live:"true" range:"1s to 5m" doc:"How long phone_to_call rings. FindMe numbers have a ring time of their own."`
	MaxCallDuration time.Duration `yaml:"max_call_duration" live:"true" range:"1s to 24h" doc:"A bridged call is ended after this."`
	VisitorClicks   int           `yaml:"visitor_clicks" range:"0 to 100000; 0 = no limit" doc:"Clicks with public keys that one address may make a minute, for each account and node."`
	NumberClicks    int           `yaml:"number_clicks" range:"0 to 100000; 0 = no limit" doc:"Clicks with public keys that may call one number in ten minutes, for each account and node."`
}

// Webhooks are the POSTs to customers' addresses.
type Webhooks struct {
	AllowPrivateTargets bool   `yaml:"allow_private_targets" live:"true" range:"true or false" doc:"Whether no_answer_url may lead to private, loopback and link-local addresses."`
	SigningSecret       Secret `yaml:"signing_secret" secret:"true" live:"true" range:"text" doc:"Key of the webhook-signature header. Empty: the header is left out."`
}

// Default returns the configuration that holds where nothing is written.
func Default() *Config {
	return &Config{
		HTTP:  HTTP{Listen: "127.0.0.1:8080"},
		Store: Store{Driver: SQLite, Source: "clickbridge.db"},
		SIP:   SIP{Listen: []Listen{{Transport: "udp", Addr: netip.MustParseAddrPort("127.0.0.1:5060")}}},
		Media: Media{
			Address: netip.MustParseAddr("127.0.0.1"),
			Ports:   PortRange{Low: 20000, High: 29999},
		},
		Recordings: Recordings{Folder: "recordings", Keep: Days(90 * day), MinFree: 500e6},
		Trace:      Trace{Folder: "sip-trace", Keep: Days(3 * day), MaxSize: 1e9},
		Speech:     Speech{Engine: SpeechAuto, Cache: "speech-cache", CacheSize: 200e6},
		Audio:      Audio{MaxSize: 10e6, MaxLength: 10 * time.Minute},
		Console:    Console{Enabled: true, Session: 12 * time.Hour, Idle: time.Hour, AuditKeep: Days(400 * day), OIDC: OIDC{Role: "read_only"}},
		Limits: Limits{
			DrainTimeout:    30 * time.Minute,
			RingTimeout:     30 * time.Second,
			MaxCallDuration: 4 * time.Hour,
			VisitorClicks:   10,
			NumberClicks:    4,
		},
	}
}

// TrunkList returns the trunks as the domain knows them, in order.
func (c *Config) TrunkList() []clickbridge.Trunk {
	out := make([]clickbridge.Trunk, len(c.Trunks))
	for i, t := range c.Trunks {
		out[i] = t.Domain()
	}
	return out
}
