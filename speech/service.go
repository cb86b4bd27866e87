package speech

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"clickbridge/audio"
)

// service is a speech service. It gets
//
//	POST URL
//	Content-Type: application/json
//	Accept: audio/wav, audio/basic, audio/mpeg
//	NAME: VALUE
//
//	{"text": …, "language": "en-us", "voice": …, "format": "wav"}
//
// voice is left out where none is set. A URL whose path ends with /audio/speech
// is taken for OpenAI's or one like it and gets
//
//	{"model": "tts-1", "input": …, "voice": …, "response_format": "wav"}
//
// {text}, {language} and {voice} in the URL are replaced; with {text} there it is
// a GET without a body. The answer is 200 with a WAV or MP3 file, or mu-law at
// 8 kHz as audio/basic, audio/pcmu or audio/x-mulaw, at most 10 MB, within 5 s.
type service struct {
	url, headerName, headerValue, voice string
	host                                string
	dialect                             bool // OpenAI's
	client                              *http.Client
	slots                               chan struct{}
}

// serviceAtOnce bounds how many texts a service is asked for at a time.
const serviceAtOnce = 8

func newService(address, header, voice string) (*service, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("speech: the service's URL is not an http or https URL")
	}
	s := &service{
		url: address, voice: voice, host: u.Host, slots: make(chan struct{}, serviceAtOnce),
		dialect: strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/audio/speech"),
	}
	if header != "" {
		name, value, ok := strings.Cut(header, ":")
		if s.headerName, s.headerValue = strings.TrimSpace(name), strings.TrimSpace(value); !ok || s.headerName == "" {
			return nil, errors.New("speech: the header is not NAME: VALUE")
		}
	}
	s.client = &http.Client{
		Timeout: makeTime,
		// The secret must not follow to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, nil
}

func (s *service) name() string { return "speech service " + s.host }
func (s *service) key() string  { return "http 1 " + s.url + " " + s.voice }

func (s *service) say(ctx context.Context, text, language string) ([]byte, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, errors.New("too much to say at once")
	}
	req, err := s.request(ctx, text, language)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, inner(err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return sound(resp)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return nil, fmt.Errorf("%w: answered %d", ErrText, resp.StatusCode)
	}
	return nil, fmt.Errorf("answered %d", resp.StatusCode)
}

func (s *service) request(ctx context.Context, text, language string) (*http.Request, error) {
	address := strings.NewReplacer(
		"{text}", url.QueryEscape(text), "{language}", url.QueryEscape(language), "{voice}", url.QueryEscape(s.voice),
	).Replace(s.url)
	method, body := http.MethodGet, []byte(nil)
	if !strings.Contains(s.url, "{text}") {
		method = http.MethodPost
		var err error
		if body, err = json.Marshal(s.question(text, language)); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, inner(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "audio/wav, audio/basic, audio/mpeg")
	if s.headerName != "" {
		req.Header.Set(s.headerName, s.headerValue)
	}
	return req, nil
}

// question is the body of a POST.
func (s *service) question(text, language string) map[string]string {
	q := map[string]string{"text": text, "language": language, "format": "wav"}
	if s.dialect {
		q = map[string]string{"model": "tts-1", "input": text, "voice": "alloy", "response_format": "wav"}
	}
	if s.voice != "" {
		q["voice"] = s.voice
	}
	return q
}

// sound reads an answer.
func sound(resp *http.Response) ([]byte, error) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch strings.ToLower(kind) {
	case "audio/basic", "audio/pcmu", "audio/x-mulaw", "audio/mulaw", "audio/ulaw":
		return raw(resp.Body)
	}
	ulaw, _, err := audio.Convert(resp.Body, audio.Options{MaxBytes: maxSound})
	if err != nil {
		return nil, fmt.Errorf("the answer %w", inner(err))
	}
	return ulaw, nil
}

// raw takes mu-law as it is.
func raw(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSound+1))
	switch {
	case err != nil:
		return nil, inner(err)
	case len(b) > maxSound:
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxSound)
	case len(b) == 0:
		return nil, errors.New("the answer has no sound in it")
	}
	return b, nil
}

// inner leaves out the URL, which may hold a key, and which carries the text.
func inner(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return fmt.Errorf("took more than %s", makeTime)
		}
		return u.Err
	}
	return err
}
