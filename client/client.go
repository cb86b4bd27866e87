package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Client asks one server as one key. Its methods may be called from any
// goroutine.
type Client struct {
	Base      string // https://click.example.com
	AccessKey string // of a pair
	Secret    string
	APIKey    string       // in place of a pair
	HTTP      *http.Client // nil = http.DefaultClient; without a Timeout where events are followed
}

// Problem is what the server refused, and why (RFC 9457).
type Problem struct {
	Title      string `json:"title"`
	Status     int    `json:"status"`
	Detail     string `json:"detail"`
	Code       string `json:"code"`
	RetryAfter int    `json:"retry_after"` // seconds
	Errors     []struct {
		Field   string `json:"field"`
		Value   any    `json:"value"`
		Message string `json:"message"`
	} `json:"errors"`
}

// Error implements error.
func (p *Problem) Error() string { return fmt.Sprintf("clickbridge: %d %s", p.Status, p.Detail) }

// Do makes one request, in as its JSON body unless nil, and reads the answer into
// out unless nil. What the server refuses is a *Problem.
func (c *Client) Do(ctx context.Context, method, path string, in, out any, header ...string) error {
	resp, err := c.send(ctx, method, path, in, header...)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

func (c *Client) send(ctx context.Context, method, path string, in any, header ...string) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Base, "/")+path, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+c.APIKey)
	} else {
		req.SetBasicAuth(c.AccessKey, c.Secret)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil || resp.StatusCode < 400 {
		return resp, err
	}
	defer resp.Body.Close()
	p := &Problem{Status: resp.StatusCode, Title: resp.Status, Detail: resp.Status}
	_ = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(p) // a proxy may answer otherwise
	return nil, p
}

func query(path string, values map[string]string) string {
	q := url.Values{}
	for name, v := range values {
		if v != "" {
			q.Set(name, v)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
