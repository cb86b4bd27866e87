package ibp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// maxBody bounds a POST: the longest honest one is a few kilobytes.
const maxBody = 256 << 10

// params are the known parameters of a request: UTF-8, no control characters.
// One that is absent and one that is empty are the same.
type params map[string]string

// set keeps a parameter that is known; the last of a repeated one wins.
func (p params) set(name, value string) {
	if _, known := plusIsData[name]; known {
		p[name] = text(value)
		if name == "message" { // of several lines
			p[name] = lines(value)
		}
	}
}

// addEncoded reads a query string or an urlencoded body. A value goes up to the
// next ampersand, whatever is in it: page may be a whole address, sent as it
// is.
func (p params) addEncoded(s string) {
	s = strings.TrimLeft(s, "?&")
	for s != "" {
		var pair string
		pair, s, _ = strings.Cut(s, "&")
		name, value, _ := strings.Cut(pair, "=")
		name = text(decode(name, false))
		p.set(name, decode(value, plusIsData[name]))
	}
}

// addMultipart reads a multipart/form-data body (RFC 7578) as far as it can be
// read. Values are literal there; files are none of ours.
func (p params) addMultipart(body []byte, boundary string) {
	mr := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := mr.NextPart()
		if err != nil {
			return
		}
		if part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return
		}
		p.set(text(part.FormName()), string(value))
	}
}

// addBody reads a POST's body. Old clients name the wrong type or none, so
// everything that is not multipart is tried as urlencoded; JSON or XML yields
// no known name and so nothing.
func (p params) addBody(body []byte, contentType string) {
	if boundary := boundaryOf(body, contentType); boundary != "" {
		p.addMultipart(body, boundary)
		return
	}
	p.addEncoded(string(body))
}

// boundaryOf returns the boundary of a multipart body, from its first line where
// the header does not name it; "" when it is not multipart.
func boundaryOf(body []byte, contentType string) string {
	media, attrs, err := mime.ParseMediaType(contentType)
	if err == nil && strings.HasPrefix(media, "multipart/") && attrs["boundary"] != "" {
		return attrs["boundary"]
	}
	line, _, found := bytes.Cut(body, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if found && len(line) > 4 && len(line) <= 72 && bytes.HasPrefix(line, []byte("--")) && !bytes.ContainsAny(line, "&=") {
		return string(line[2:])
	}
	return ""
}

var errTooLarge = errors.New("body too large")

// readParams reads a request's parameters. A POST may carry them in both
// places; the body wins. A GET's body and content type mean nothing.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := params{}
	p.addEncoded(r.URL.RawQuery)
	if r.Method != http.MethodPost || r.Body == nil {
		return p, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return p, errTooLarge
	case err != nil:
		return p, fmt.Errorf("read body: %w", err)
	}
	p.addBody(body, r.Header.Get("Content-Type"))
	return p, nil
}
