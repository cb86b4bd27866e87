package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every setting of recordings, speech and uploads refuses what is wrong; the
// caret is where.
func TestVoiceFaults(t *testing.T) {
	const s3 = "recordings: {s3: ^{endpoint: s3.example.com, bucket: calls, access_key: a, secret_key: hush}}"
	without := func(s string) string { return strings.Replace(s3, s, "", 1) }
	moved := func(from, to string) string {
		return strings.Replace(strings.Replace(s3, "^", "", 1), from, to, 1)
	}
	for _, tt := range []struct{ text, want string }{
		{"recordings: {folder: ^''}", "recordings.folder: is needed; write for example recordings"},
		{"recordings: {keep: ^90}", `recordings.keep: "90" has no unit; write for example 90d`},
		{"recordings: {keep: ^soon}", `recordings.keep: "soon" is not a number of days; write for example 90d, 36h or 0`},
		{"recordings: {keep: ^3651d}", "recordings.keep: 3651d is not 0 (for ever) or within 1h to 3650d"},
		{"recordings: {keep: ^1m}", "recordings.keep: 1m is not 0 (for ever) or within 1h to 3650d"},
		{"recordings: {min_free: ^500}", `recordings.min_free: "500" has no unit; write for example 500MB`},
		{"recordings: {min_free: ^2TB}", "recordings.min_free: 2TB is not within 0 to 1TB"},
		{"trace: {folder: ^''}", "trace.folder: is needed; write for example sip-trace"},
		{"trace: {keep: ^10m}", "trace.keep: 10m is not 0 (nothing is kept) or within 1h to 3650d"},
		{"trace: {max_size: ^10kB}", "trace.max_size: 10kB is not 0 (nothing is kept) or within 1MB to 100TB"},
		{"recordings: {^kept: 1d}", "recordings.kept: unknown setting; did you mean keep?"},
		{without("endpoint: s3.example.com, "), "recordings.s3.endpoint: is needed with recordings.s3; write for example s3.example.com"},
		{without("bucket: calls, "), "recordings.s3.bucket: is needed with recordings.s3; write for example calls"},
		{without("access_key: a, "), "recordings.s3.access_key: is needed with recordings.s3; access_key and secret_key go together"},
		{without(", secret_key: hush"), "recordings.s3.secret_key: is needed with recordings.s3; access_key and secret_key go together"},
		{moved("s3.example.com", "^s3.example.com/calls"), `recordings.s3.endpoint: "s3.example.com/calls" is not a host or the http or https URL of one; write for example s3.example.com or http://127.0.0.1:9000`},
		{moved("s3.example.com", "^ftp://s3"), `recordings.s3.endpoint: "ftp://s3" is not a host or the http or https URL of one; write for example s3.example.com or http://127.0.0.1:9000`},
		{moved("calls", "^My_Calls"), `recordings.s3.bucket: "My_Calls" is not a bucket's name: 3 to 63 small letters, digits, - .`},
		{moved("bucket", "path_style: ^yes, bucket"), `recordings.s3.path_style: "yes" is not true or false`},
		{"speech: {engine: ^flite}", `speech.engine: "flite" is not one of auto, espeak, http, none`},
		{"speech: ^{engine: http}", "speech.url: is needed with speech.engine http; write for example https://speech.example.com/say"},
		{"speech: {url: ^speech.example.com}", "speech.url: is not an http or https URL without credentials; those are written as header"},
		{"speech: {url: ^'https://u:hush@speech.example.com'}", "speech.url: is not an http or https URL without credentials; those are written as header"},
		{"speech: {header: ^'Key: hush'}", "speech.header: needs speech.url"},
		{"speech: {url: 'https://s.example.com', header: ^hush}", `speech.header: the value is not one header; write for example "Authorization: Bearer …"`},
		{"speech: {url: 'https://s.example.com', header: ^\"Key: hush\\r\\nOther: x\"}", `speech.header: the value is not one header; write for example "Authorization: Bearer …"`},
		{"speech: {cache: ^''}", "speech.cache: is needed; write for example speech-cache"},
		{"speech: {cache_size: ^1kB}", "speech.cache_size: 1kB is not within 1MB to 1TB"},
		{"audio: {max_size: ^10}", `audio.max_size: "10" has no unit; write for example 10MB`},
		{"audio: {max_size: ^101MB}", "audio.max_size: 101MB is not within 1kB to 100MB"},
		{"audio: {max_length: ^2h}", "audio.max_length: 2h is not within 1s to 1h"},
		{"audio: {max_length: ^600}", `audio.max_length: "600" has no unit; write for example 600s or 600m`},
	} {
		t.Run(tt.text, func(t *testing.T) {
			_, err := load(trunks + strings.Replace(tt.text, "^", "", 1) + "\n")
			want := fmt.Sprintf("clickbridge.yaml:4:%d: %s", strings.Index(tt.text, "^")+1, tt.want)
			if err == nil || err.Error() != want {
				t.Errorf("-want +got\n%s", cmp.Diff(want, fmt.Sprint(err)))
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Error("a secret is told")
			}
		})
	}
}

func TestVoiceFromTheEnvironment(t *testing.T) {
	c, err := load(trunks, "CLICKBRIDGE_RECORDINGS_KEEP=0", "CLICKBRIDGE_RECORDINGS_MIN_FREE=1GB", "CLICKBRIDGE_RECORDINGS_S3_ENDPOINT=s3.example.com",
		"CLICKBRIDGE_RECORDINGS_S3_BUCKET=calls", "CLICKBRIDGE_RECORDINGS_S3_ACCESS_KEY=a", "CLICKBRIDGE_RECORDINGS_S3_SECRET_KEY=hush",
		"CLICKBRIDGE_SPEECH_ENGINE=none", "CLICKBRIDGE_AUDIO_MAX_SIZE=2MB")
	if err != nil {
		t.Fatal(err)
	}
	if c.Recordings.Keep != 0 || c.Recordings.MinFree != 1e9 || c.Recordings.S3.Bucket != "calls" || c.Speech.Engine != SpeechNone || c.Audio.MaxSize != 2e6 || len(c.Warnings) != 0 {
		t.Errorf("got %+v", c)
	}
	if s := fmt.Sprintf("%+v %#v", c, c); strings.Contains(s, "hush") {
		t.Errorf("a secret is printed: %s", s)
	}
}
