package system_test

import (
	"bytes"
	bin "encoding/binary"
	"encoding/xml"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/simulator"
)

// reply is the envelope as PHP's simplexml shows it: anything that is not
// well-formed is a fault.
type reply struct {
	XMLName     xml.Name `xml:"response"`
	Result      string   `xml:"result"`
	Description string   `xml:"result_description"`
	FindMeID    string   `xml:"findme_id"`
	MessageID   string   `xml:"msg_id"`
	Records     []struct {
		FindMeID  string `xml:"findme_id"`
		NumberID  string `xml:"findme_number_id"`
		Phone     string `xml:"phone_number"`
		Recording string `xml:"recording_name"`
		SID       string `xml:"sid"`
		ID        string `xml:"id"`
		Ready     string `xml:"ready"`
	} `xml:"record"`
	Status int `xml:"-"`
}

// administer asks for an action as a client library does: POST, multipart, one
// key.
func (w *world) administer(t *testing.T, action string, params ...string) reply {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	params = append([]string{"api_key", "89abcdef0123456789abcdef0123456789abcdef", "action", action}, params...)
	for i := 0; i < len(params); i += 2 {
		must(t, form.WriteField(params[i], params[i+1]))
	}
	must(t, form.Close())
	res, err := http.Post("http://"+w.http+"/ibp_api.php", form.FormDataContentType(), &body)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	out := reply{Status: res.StatusCode}
	if err := xml.Unmarshal(text, &out); err != nil {
		t.Fatalf("%s: %v\n%s", action, err, text)
	}
	return out
}

// succeed is administer for what must succeed.
func (w *world) succeed(t *testing.T, action string, params ...string) reply {
	t.Helper()
	r := w.administer(t, action, params...)
	if r.Status != http.StatusOK || r.Result != "success" {
		t.Fatalf("%s: %d %s: %s", action, r.Status, r.Result, r.Description)
	}
	return r
}

// TestOldAPI is what a customer of the old service does who has changed nothing
// but the host name.
func TestOldAPI(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{dsn: e.dsn(t, t.TempDir()), sim: simulator.Config{
				// Longer than it takes to say that the call is recorded.
				Script: script(map[string]simulator.Scene{"3125550113": accepts(700*time.Millisecond, 8*seconds)}),
			}})
			id := w.createList(t)
			t.Run("click it", func(t *testing.T) { w.clickList(t, id) })
			t.Run("its recording", func(t *testing.T) { w.hearList(t, id) })
			t.Run("a list of the click's own", func(t *testing.T) { w.clickOwnList(t) })
			t.Run("one number", func(t *testing.T) { w.clickOne(t) })
			t.Run("call details", func(t *testing.T) { w.callDetails(t) })
			t.Run("text messages", func(t *testing.T) { w.text(t) })
			t.Run("registered numbers", func(t *testing.T) { w.register(t) })
			t.Run("a visitor who clicks on and on", func(t *testing.T) { w.visitor(t) })
			t.Run("it is still there after a crash", func(t *testing.T) {
				w.succeed(t, "sms.send_message", "to", "2025550101", "message", "sent by a server that died")
				w.kill()
				w.start()
				eventually(t, 20*seconds, "the text is sent all the same", func() bool {
					for _, s := range w.web.SMS() {
						if s.To == "+12025550101" && s.Text == "sent by a server that died" {
							return true
						}
					}
					return false
				})
				if r := w.succeed(t, "findme.get_phone_list", "findme_id", id); len(r.Records) != 1 {
					t.Errorf("%+v", r)
				}
			})
			t.Run("delete it", func(t *testing.T) { w.deleteList(t, id) })
		})
	}
}

// createList makes a FindMe in steps: a busy agent first, then one who takes the
// call, another one who is deleted again.
func (w *world) createList(t *testing.T) (id string) {
	t.Helper()
	w.succeed(t, "general.buildingblockids")
	id = w.succeed(t, "findme.create", "name", "Leads", "list_type", "2", "timeout", "15", "record", "1", "numbers", "3125550103").FindMeID
	added := w.succeed(t, "findme.add_number", "findme_id", id, "phone_number", "3125550113,3125550104")
	if len(added.Records) != 2 {
		t.Fatalf("added %+v", added)
	}
	w.succeed(t, "findme.delete_number", "findme_id", id, "findme_number_id", added.Records[1].NumberID)
	w.succeed(t, "findme.update_list_settings", "findme_id", id, "name", "Leads 2", "loop_count", "2")
	list := w.succeed(t, "findme.get_phone_list", "findme_id", id)
	if len(list.Records) != 2 || list.Records[0].Phone != "3125550103" || list.Records[1].Phone != "3125550113" {
		t.Fatalf("list %+v", list)
	}
	w.succeed(t, "findme.delete_number", "findme_id", id, "findme_number_id", list.Records[0].NumberID)
	return id
}

// clickList clicks what was created a moment ago.
func (w *world) clickList(t *testing.T, id string) {
	status, body := w.click(url.Values{"findme_id": {id}, "phone_to_call": {"2025550100"}, "type": {"2"}})
	if status != http.StatusOK || body != "Call Connected" {
		t.Fatalf("%d %q", status, body)
	}
	if r := w.ended(t, 1)[0]; r.Result != "Connected" || r.Agent != "3125550113" {
		t.Errorf("%+v", r)
	}
}

// hearList downloads the call's recording by its sid, at two rates.
func (w *world) hearList(t *testing.T, id string) {
	var list reply
	eventually(t, 10*seconds, "the recording is ready", func() bool {
		list = w.succeed(t, "findme.get_recorded_calls_list", "findme_id", id)
		return len(list.Records) == 1 && list.Records[0].Ready == "1"
	})
	sid := list.Records[0].SID
	download := func(more string) (int, string) {
		return w.get("/ibp_api.php?action=recording.download&access_key=foo&secret_access_key=bar&sid=" + sid + more)
	}
	for more, rate := range map[string]uint32{"": 8000, "&sample_rate=22050": 22050} {
		status, sound := download(more)
		if status != http.StatusOK || len(sound) < 2000 || bin.LittleEndian.Uint32([]byte(sound[24:])) != rate {
			t.Errorf("%q: %d, %d bytes, %.80q", more, status, len(sound), sound)
		}
	}
	if status, body := download("&format=mp3"); status != http.StatusBadRequest || !strings.Contains(body, "use wav") {
		t.Errorf("mp3: %d %s", status, body)
	}
	w.succeed(t, "findme.delete_recorded_call", "findme_id", id, "recording_name", list.Records[0].Recording)
	if status, body := download(""); status != http.StatusNotFound || !strings.Contains(body, "File not found") {
		t.Errorf("deleted: %d %s", status, body)
	}
	if r := w.administer(t, "recording.download"); r.Status != http.StatusBadRequest || r.Description != "Parameter sid is required" {
		t.Errorf("without a sid: %+v", r)
	}
}

// clickOwnList brings the list along; the first number is busy.
func (w *world) clickOwnList(t *testing.T) {
	status, body := w.get("/click_to_xyz.php?app=ctfl&access_key=foo&secret_access_key=bar&list=3125550103|3125550113&phone_to_call=2025550100&type=1&ref=own")
	if status != http.StatusOK || body != "Call Connected" {
		t.Fatalf("%d %q", status, body)
	}
	r := w.ended(t, 2)[1]
	if r.Result != "Connected" || r.Agent != "3125550113" || r.Ref != "own" || len(r.Attempts) != 3 {
		t.Errorf("%+v", r)
	}
}

// clickOne connects two numbers; the other one presses no key.
func (w *world) clickOne(t *testing.T) {
	status, body := w.get("/ibp_api.php?action=clickto.call&access_key=foo&secret_access_key=bar&type=2&id=3125550101&phone_to_call=2025550113")
	if status != http.StatusOK || body != "Call Connected" {
		t.Fatalf("%d %q", status, body)
	}
	if r := w.ended(t, 3)[2]; r.Result != "Connected" || r.Agent != "3125550101" || r.Phone != "2025550113" {
		t.Errorf("%+v", r)
	}
	status, body = w.get("/ibp_api.php?action=clickto.call&access_key=foo&secret_access_key=bar&type=2&id=3125550103&phone_to_call=2025550100")
	if status != http.StatusOK || body != "Phone Busy" {
		t.Errorf("busy: %d %q", status, body)
	}
	w.ended(t, 4)
}

func (w *world) callDetails(t *testing.T) {
	day := "&start_date=" + time.Now().AddDate(0, 0, -1).Format("20060102") + "&end_date=" + time.Now().AddDate(0, 0, 1).Format("20060102")
	status, body := w.get("/ibp_api.php?action=report.call_detail&access_key=foo&secret_access_key=bar&format=csv&last_activity=1&sid=1" + day)
	lines := strings.Split(body, "\n")
	if status != http.StatusOK || len(lines) != 6 || lines[0] != "last_activity,sid" || !strings.HasPrefix(lines[1], "Findme Transfer To | 3125550113,") {
		t.Fatalf("%d\n%s", status, body)
	}
	for i, r := range w.report() {
		if _, sid, _ := strings.Cut(lines[i+1], ","); sid != clickbridge.CallID(r.ID).SID() {
			t.Errorf("sid %s of call %s", sid, r.ID)
		}
	}
}

func (w *world) text(t *testing.T) {
	r := w.succeed(t, "sms.send_message", "to", "2025550100", "from", "5557585902", "message", "We called & will again")
	eventually(t, 10*seconds, "the text is sent", func() bool { return len(w.web.SMS()) == 1 })
	if s := w.web.SMS()[0]; s.Text != "We called & will again" || s.To != "+12025550100" || s.From != "+15557585902" || r.MessageID == "" {
		t.Errorf("%+v, %+v", s, r)
	}
	if r := w.administer(t, "sms.send_message", "to", "8765550100", "message", "x"); r.Status != http.StatusForbidden || r.Result != "failed" {
		t.Errorf("abroad: %+v", r)
	}
}

// register makes a number the account's own, which may be shown then.
func (w *world) register(t *testing.T) {
	show := url.Values{"findme_id": {"98705"}, "phone_to_call": {"2025550105"}, "first_callerid": {"2025550199"}}
	if status, _ := w.click(show); status != http.StatusBadRequest {
		t.Errorf("not registered: %d", status)
	}
	w.succeed(t, "registerednumbers.add", "phone", "2025550199", "description", "Front desk")
	if status, body := w.click(show); status != http.StatusOK {
		t.Errorf("registered: %d %s", status, body)
	}
	w.succeed(t, "registerednumbers.remove", "phone", "2025550199")
	if status, _ := w.click(show); status != http.StatusBadRequest {
		t.Errorf("removed: %d", status)
	}
}

// visitor clicks with the key of a page, in the page, until it is too often.
func (w *world) visitor(t *testing.T) {
	for i := range 5 {
		req, err := http.NewRequest(http.MethodGet, "http://"+w.http+"/click_to_xyz.php?app=ctf&findme_id=98765&phone_to_call=2025550103&key=0123456789abcdef0123456789abcdef01234567", nil)
		must(t, err)
		req.Header.Set("Origin", "https://www.example.com")
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		_ = res.Body.Close()
		switch {
		case i < 4 && string(body) != "Phone Busy":
			t.Errorf("click %d: %d %s", i+1, res.StatusCode, body)
		case i == 4 && (res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || res.Header.Get("Access-Control-Allow-Origin") == ""):
			t.Errorf("click %d: %d %v %s", i+1, res.StatusCode, res.Header, body)
		}
	}
}

func (w *world) deleteList(t *testing.T, id string) {
	w.succeed(t, "findme.empty", "findme_id", id)
	w.succeed(t, "findme.delete", "findme_id", id)
	if r := w.administer(t, "findme.delete", "findme_id", id); r.Status != http.StatusNotFound || r.Result != "failed" {
		t.Errorf("again: %+v", r)
	}
	status, body := w.click(url.Values{"findme_id": {id}, "phone_to_call": {"2025550100"}})
	if status != http.StatusBadRequest || body != "Invalid findme_id: "+id+" does not exist" {
		t.Errorf("%d %q", status, body)
	}
}
