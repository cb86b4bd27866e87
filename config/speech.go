package config

import (
	"net/url"
	"strings"
)

// Speech is how texts are spoken.
type Speech struct {
	Engine    string `yaml:"engine" range:"auto, espeak, http or none" doc:"What speaks the texts of FindMes. espeak: espeak-ng on this machine. http: the service at url. auto: http where url is written, else espeak where it is installed. What cannot be spoken is said with the sentences in the binary, and noted on the call."`
	URL       string `yaml:"url" range:"http or https URL" doc:"The service that is asked for speech; needed with engine http."`
	Header    Secret `yaml:"header" secret:"true" range:"NAME: VALUE" doc:"One header sent to it, for example its key. Empty: none."`
	Voice     string `yaml:"voice" range:"text" doc:"The engine's name of a voice. Empty: the one it has for a text's language."`
	Cache     string `yaml:"cache" range:"path of a folder" doc:"Where what was spoken once is kept, so that it is spoken once; made when first needed. A relative path is relative to the working directory."`
	CacheSize Size   `yaml:"cache_size" range:"1MB to 1TB" doc:"How much of it; what was not used longest goes first."`
}

// The speech engines.
const (
	SpeechAuto   = "auto"
	SpeechEspeak = "espeak"
	SpeechHTTP   = "http"
	SpeechNone   = "none"
)

func (c *Config) checkSpeech(k *checker) {
	s := c.Speech
	switch s.Engine {
	case SpeechAuto, SpeechEspeak, SpeechNone:
	case SpeechHTTP:
		k.need(s.URL != "", "speech.url", "is needed with speech.engine http; write for example https://speech.example.com/say")
	default:
		k.add("speech.engine", "%q is not one of auto, espeak, http, none", s.Engine)
	}
	if u, err := url.Parse(s.URL); s.URL != "" && (err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https") {
		k.add("speech.url", "is not an http or https URL without credentials; those are written as header")
	}
	k.need(s.Header == "" || s.URL != "", "speech.header", "needs speech.url")
	if name, value, ok := strings.Cut(string(s.Header), ":"); s.Header != "" &&
		(!ok || name == "" || strings.Trim(name, hostChars) != "" || strings.TrimSpace(value) == "" || strings.ContainsAny(value, "\r\n\x00")) {
		k.add("speech.header", "the value is not one header; write for example \"Authorization: Bearer …\"")
	}
	k.need(s.Cache != "", "speech.cache", "is needed; write for example speech-cache")
	k.need(s.CacheSize >= 1e6 && s.CacheSize <= 1e12, "speech.cache_size", "%s is not within 1MB to 1TB", s.CacheSize)
}
