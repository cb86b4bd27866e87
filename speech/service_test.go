package speech

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at returns a service at a handler.
func at(t *testing.T, path string, h http.HandlerFunc) *service {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s, err := newService(server.URL+path, "X-Key: HUSH", "ada")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

func TestServiceIsAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, query, voice string
		want               map[string]string
	}{
		{"/say?lang={language}", "lang=en-gb", "ada", map[string]string{
			"text": "hello & bye", "language": "en-gb", "voice": "ada", "format": "wav"}},
		{"/", "", "", map[string]string{"text": "hello & bye", "language": "en-gb", "format": "wav"}},
		{"/v1/audio/speech", "", "", map[string]string{
			"model": "tts-1", "input": "hello & bye", "voice": "alloy", "response_format": "wav"}},
		{"/v1/audio/speech/", "", "ada", map[string]string{
			"model": "tts-1", "input": "hello & bye", "voice": "ada", "response_format": "wav"}},
	} {
		s := at(t, c.path, func(w http.ResponseWriter, r *http.Request) {
			var body map[string]string
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			if d := cmp.Diff(c.want, body); d != "" {
				t.Errorf("%s: -want +got\n%s", c.path, d)
			}
			if r.Method != "POST" || r.URL.RawQuery != c.query || r.Header.Get("X-Key") != "HUSH" || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
			}
			w.Header().Set("Content-Type", "audio/basic; rate=8000")
			fmt.Fprint(w, "mulaw")
		})
		s.voice = c.voice
		if ulaw, err := s.say(t.Context(), "hello & bye", "en-gb"); err != nil || string(ulaw) != "mulaw" {
			t.Errorf("%s: %q, %v", c.path, ulaw, err)
		}
	}
}

func TestServiceByGet(t *testing.T) {
	t.Parallel()
	s := at(t, "/process?INPUT_TEXT={text}&LOCALE={language}&VOICE={voice}", func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); r.Method != "GET" || q.Get("INPUT_TEXT") != "a&b=c d" || q.Get("LOCALE") != "de" || q.Get("VOICE") != "ada" || r.ContentLength > 0 {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		w.Header().Set("Content-Type", "audio/x-mulaw")
		fmt.Fprint(w, "mulaw")
	})
	if _, err := s.say(t.Context(), "a&b=c d", "de"); err != nil {
		t.Error(err)
	}
}

func TestServiceAnswers(t *testing.T) {
	t.Parallel()
	wav := "RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x01\x00\x40\x1F\x00\x00\x40\x1F\x00\x00\x01\x00\x08\x00data\xFF\xFF\xFF\xFF" + strings.Repeat("\x80\x00", 400)
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   string // of the error
	}{
		{"WAV", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, wav) }, ""},
		{"busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "answered 503"},
		{"refuses the text", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(422) }, "not a text to speak: answered 422"},
		{"redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "answered 302"},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "the answer is text, not sound: want WAV or MP3"},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, "the answer is empty"},
		{"no mu-law", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "audio/basic") }, "the answer has no sound in it"},
		{"too much", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "audio/basic")
			_, _ = w.Write(make([]byte, maxSound+1))
		}, "the answer is larger than 10000000 bytes"},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		ulaw, err := at(t, "/?key=HUSH", c.answer).say(t.Context(), "hello", "en")
		if c.want == "" && (err != nil || len(ulaw) != 800) || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: %d bytes, %v, want %s", c.name, len(ulaw), err, c.want)
		}
	}
}

// A service that says nothing costs its time and no more, and its URL is not in
// the error.
func TestServiceIsSlow(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	s := at(t, "/?key=HUSH", func(http.ResponseWriter, *http.Request) { <-done })
	t.Cleanup(func() { close(done) }) // before the server waits for it
	s.client.Timeout = 100 * time.Millisecond
	_, err := s.say(t.Context(), "hello", "en")
	if err == nil || !strings.HasPrefix(err.Error(), "took more than") {
		t.Error(err)
	}
}
