package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"clickbridge/client"
)

// server answers as the API does.
func server(t testing.TB) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/calls", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "foo" || password != "bar" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"status":401,"detail":"Invalid access key","code":"unauthorized"}`)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"id":"c1","state":"queued","ref":%q}`, r.Header.Get("Idempotency-Key"))
	})
	mux.HandleFunc("GET /v1/calls", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "" {
			fmt.Fprint(w, `{"items":[{"id":"c3"},{"id":"c2"}],"next":"x"}`)
			return
		}
		fmt.Fprint(w, `{"items":[{"id":"c1"}]}`)
	})
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Last-Event-ID") == "" { // and the connection is lost
			fmt.Fprint(w, "id: 0\nevent: ready\ndata: {}\n\nid: 1\nevent: call.created\ndata: {\"type\":\"call.created\",\"call_id\":\"c1\"}\n\n: still here\n\n")
			return
		}
		fmt.Fprintf(w, "id: 2\nevent: call.ended\ndata: {\"type\":\"call.ended\",\"call_id\":\"c1\",\"result\":\"after %s\"}\n\n", r.Header.Get("Last-Event-ID"))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

func TestClient(t *testing.T) {
	t.Parallel()
	c := &client.Client{Base: server(t).URL, AccessKey: "foo", Secret: "bar"}
	call, err := c.Call(t.Context(), client.NewCall{FindMeID: 98765, Phone: "(555) 111-2222"}, "key")
	if err != nil || call.ID != "c1" || call.Ref != "key" {
		t.Errorf("%+v, %v", call, err)
	}
	var ids string
	for one, err := range c.Calls(t.Context(), map[string]string{"ref": "r"}) {
		if err != nil {
			t.Fatal(err)
		}
		ids += one.ID
	}
	if ids != "c3c2c1" {
		t.Errorf("calls %s", ids)
	}
	c.Secret = "wrong"
	var p *client.Problem
	if _, err := c.Call(t.Context(), client.NewCall{}, ""); !errors.As(err, &p) || p.Code != "unauthorized" {
		t.Errorf("got %v", err)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	c := &client.Client{Base: server(t).URL}
	done := errors.New("done")
	var told string
	err := c.Follow(t.Context(), "", func(e client.Event) error {
		told += e.Type + " " + e.Result + "; "
		if e.Type == "call.ended" {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) || told != "call.created ; call.ended after 1; " {
		t.Errorf("%v; told %s", err, told)
	}
}

func Example() {
	ctx := context.Background()
	c := &client.Client{Base: "https://click.example.com", AccessKey: "foo", Secret: "bar"}
	call, err := c.Call(ctx, client.NewCall{FindMeID: 98765, Phone: "(555) 111-2222"}, "order 4711")
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = c.Follow(ctx, "", func(e client.Event) error {
		if e.CallID == call.ID && e.Type == "call.ended" {
			return context.Canceled
		}
		return nil
	})
}
