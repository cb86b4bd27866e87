package config

import "time"

// Trace is the signalling of calls, kept to be read afterwards.
type Trace struct {
	Folder  string `yaml:"folder" range:"path of a folder" doc:"Where every SIP message is kept, secrets removed, for calls show --sip; made when first needed. A relative path is relative to the working directory."`
	Keep    Days   `yaml:"keep" range:"0 (nothing is kept) or 1h to 3650d" doc:"How long, to the hour."`
	MaxSize Size   `yaml:"max_size" range:"0 (nothing is kept) or 1MB to 100TB" doc:"How much; what is oldest goes first. A call takes about 10 kB."`
}

func (c *Config) checkTrace(k *checker) {
	t := c.Trace
	k.need(t.Folder != "", "trace.folder", "is needed; write for example sip-trace")
	k.need(t.Keep == 0 || time.Duration(t.Keep) >= time.Hour && time.Duration(t.Keep) <= 3650*day,
		"trace.keep", "%s is not 0 (nothing is kept) or within 1h to 3650d", t.Keep)
	k.need(t.MaxSize == 0 || t.MaxSize >= 1e6 && t.MaxSize <= 100e12,
		"trace.max_size", "%s is not 0 (nothing is kept) or within 1MB to 100TB", t.MaxSize)
}
