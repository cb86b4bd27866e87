package config

import (
	"net/url"
	"strings"
	"time"
)

// Recordings is where sound that was recorded is kept.
type Recordings struct {
	Folder  string `yaml:"folder" range:"path of a folder" doc:"Where recorded calls and voicemails are kept; made when first needed. A relative path is relative to the working directory. With s3 files are here until they are handed over."`
	Keep    Days   `yaml:"keep" range:"0 (for ever) or 1h to 3650d" doc:"How long, where a FindMe does not say (record.keep_days)."`
	MinFree Size   `yaml:"min_free" range:"0 to 1TB" doc:"With less room on the disk nothing is recorded; the call goes on, and its record says so."`
	S3      S3     `yaml:"s3"`
}

// S3 is an S3-compatible service. Its bucket says whether there is one.
type S3 struct {
	Endpoint  string `yaml:"endpoint" range:"HOST[:PORT] or http or https URL of one" doc:"An S3-compatible service that keeps recordings instead of the folder; https unless http:// is written. Empty: none."`
	Region    string `yaml:"region" range:"text" doc:"The bucket's region, where the service wants one."`
	Bucket    string `yaml:"bucket" range:"3 to 63 small letters, digits, - ." doc:"The bucket, which must be there."`
	AccessKey string `yaml:"access_key" range:"text" doc:"Goes with secret_key."`
	SecretKey Secret `yaml:"secret_key" secret:"true" range:"text" doc:"Goes with access_key."`
	Prefix    string `yaml:"prefix" range:"text, for example calls/" doc:"Begins the name of every object."`
	PathStyle bool   `yaml:"path_style" range:"true or false" doc:"Whether the bucket is written in the path instead of the host name, as services without wildcard names want it."`
}

// Audio limits uploaded sound files.
type Audio struct {
	MaxSize   Size          `yaml:"max_size" live:"true" range:"1kB to 100MB" doc:"The largest sound file that apply takes."`
	MaxLength time.Duration `yaml:"max_length" live:"true" range:"1s to 1h" doc:"The longest."`
}

func (c *Config) checkRecordings(k *checker) {
	r := c.Recordings
	k.need(r.Folder != "", "recordings.folder", "is needed; write for example recordings")
	k.need(r.Keep == 0 || time.Duration(r.Keep) >= time.Hour && time.Duration(r.Keep) <= 3650*day,
		"recordings.keep", "%s is not 0 (for ever) or within 1h to 3650d", r.Keep)
	k.need(r.MinFree <= 1e12, "recordings.min_free", "%s is not within 0 to 1TB", r.MinFree)
	s := r.S3
	if s == (S3{}) {
		return
	}
	for _, f := range []struct{ name, value, example string }{
		{"endpoint", s.Endpoint, "s3.example.com"}, {"bucket", s.Bucket, "calls"},
		{"access_key", s.AccessKey, ""}, {"secret_key", string(s.SecretKey), ""},
	} {
		switch {
		case f.value != "":
		case f.example != "":
			k.add("recordings.s3."+f.name, "is needed with recordings.s3; write for example %s", f.example)
		default:
			k.add("recordings.s3."+f.name, "is needed with recordings.s3; access_key and secret_key go together")
		}
	}
	if s.Endpoint != "" && !validEndpoint(s.Endpoint) {
		k.add("recordings.s3.endpoint", "%q is not a host or the http or https URL of one; write for example s3.example.com or http://127.0.0.1:9000", s.Endpoint)
	}
	if s.Bucket != "" && (len(s.Bucket) < 3 || len(s.Bucket) > 63 || strings.Trim(s.Bucket, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "") {
		k.add("recordings.s3.bucket", "%q is not a bucket's name: 3 to 63 small letters, digits, - .", s.Bucket)
	}
}

func validEndpoint(s string) bool {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && checkHost(u.Hostname()) == nil &&
		u.User == nil && u.RawQuery == "" && u.Fragment == "" && strings.Trim(u.Path, "/") == ""
}

func (c *Config) checkAudio(k *checker) {
	a := c.Audio
	k.need(a.MaxSize >= 1e3 && a.MaxSize <= 100e6, "audio.max_size", "%s is not within 1kB to 100MB", a.MaxSize)
	between(k, "audio.max_length", a.MaxLength, time.Second, time.Hour)
}
