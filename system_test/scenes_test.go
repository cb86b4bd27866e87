package system_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge/simulator"
	"clickbridge/simulator/sink"
)

const seconds = time.Second

// posted returns the first POST to a path, nil while there is none.
func (w *world) posted(path string) *sink.Request {
	for _, r := range w.web.Requests() {
		if r.Path == path {
			return &r
		}
	}
	return nil
}

// sceneCase is one scene as an agent, in both orders.
type sceneCase struct {
	scene  int
	result string // of the attempt
	call   string // the call's result, in either order
}

// Every scene of the simulated carrier, as the one agent of a FindMe.
func TestScenes(t *testing.T) {
	w := newWorld(t, setup{sim: simulator.Config{TalkTime: 2 * seconds}, accounts: sceneAccounts(t)})
	cases := []sceneCase{
		{0, "Accepted", "Connected"},
		{1, "Not Accepted", "No Answer"},
		{2, "No Answer", "No Answer"},
		{3, "Busy", "No Answer"},
		{4, "Declined", "No Answer"},
		{5, "Failed", "No Answer"},
		{6, "Not Accepted", "No Answer"},
		{7, "Declined", "No Answer"},
		{8, "Accepted", "Connected"},
		{9, "No Answer", "No Answer"},
		{10, "Failed", "No Answer"},
		{11, "Failed", "No Answer"},
		{12, "Accepted", "Connected"},
		{13, "Accepted", "Connected"},
		{14, "Accepted", "Connected"},
		{15, "Failed", "No Answer"},
		{16, "Accepted", "Connected"},
		{17, "Accepted", "Connected"},
		{18, "Not Accepted", "No Answer"},
		{19, "Accepted", "Connected"},
	}
	answers := map[string]<-chan string{}
	for _, order := range []string{"1", "2"} {
		for _, c := range cases {
			answers[c.ref(order)] = w.clicking(url.Values{
				"type": {order}, "findme_id": {fmt.Sprint(98700 + c.scene)}, "phone_to_call": {"2025550100"}, "ref": {c.ref(order)},
			})
		}
	}
	for _, order := range []string{"1", "2"} {
		for _, c := range cases {
			t.Run(fmt.Sprintf("type %s scene %02d", order, c.scene), func(t *testing.T) {
				w.sceneEnded(t, order, c, <-answers[c.ref(order)])
			})
		}
	}
	w.noGhosts(t)
}

// ref tells the clicks apart in the report.
func (c sceneCase) ref(order string) string { return fmt.Sprintf("%s-%02d", order, c.scene) }

// sceneAccounts is the example with every ring time the shortest, and agents who
// take any number of calls: each scene is played in both orders at once.
func sceneAccounts(t *testing.T) string {
	return strings.NewReplacer("timeout: 30", "timeout: 10", `, numbers: ["`, `, on_another_call: ring, numbers: ["`).
		Replace(readFile(t, "../accounts/example.yaml"))
}

func (w *world) sceneEnded(t *testing.T, order string, c sceneCase, body string) {
	want := "Call Connected"
	if order == "2" && c.result != "Accepted" {
		want = "Requeset Processed"
	}
	if body != want {
		t.Fatalf("answer = %q, want %q", body, want)
	}
	r := w.endedRef(t, c.ref(order))
	if r.Result != c.call {
		t.Errorf("result = %q, want %q", r.Result, c.call)
	}
	agent := fmt.Sprintf("31255501%02d %s", c.scene, c.result)
	attempts := map[string][]string{"1": {"2025550100 Answered", agent}, "2": {agent}}[order]
	if order == "2" && c.result == "Accepted" {
		attempts = append(attempts, "2025550100 Answered")
	}
	if d := cmp.Diff(attempts, r.results()); d != "" {
		t.Error(d)
	}
}

// endedRef waits for the result of the click with a ref.
func (w *world) endedRef(t *testing.T, ref string) (found record) {
	t.Helper()
	poll(t, reportEvery, 60*seconds, "the call "+ref+" has its result", func() bool {
		for _, r := range w.report() {
			if r.Ref == ref && r.Result != "In Progress" {
				found = r
				return true
			}
		}
		return false
	})
	return found
}
