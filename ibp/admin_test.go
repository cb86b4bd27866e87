package ibp_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"clickbridge"
)

const asPair = "/ibp_api.php?access_key=foo&secret_access_key=bar&action="

// ids returns the number ids of a FindMe's list.
func (b *world) ids(t *testing.T) (ids []string) {
	t.Helper()
	var r struct {
		Records []struct {
			ID string `xml:"findme_number_id"`
		} `xml:"record"`
	}
	w := b.get(asPair + "findme.get_phone_list&findme_id=98770")
	if err := xml.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	for _, rec := range r.Records {
		ids = append(ids, rec.ID)
	}
	return ids
}

// An id means the same number whatever else was deleted, also where a number is
// on the list twice.
func TestNumberIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := b.ids(t)
	if len(ids) != 3 || ids[0] == ids[2] || len(ids[0]) != 9 {
		t.Fatalf("ids %v", ids)
	}
	if w := b.get(asPair + "findme.delete_number&findme_id=98770&findme_number_id=" + ids[1]); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if left := b.ids(t); !slices.Equal(left, []string{ids[0], ids[2]}) {
		t.Errorf("%v left of %v", left, ids)
	}
	f := b.dir.FindMes[slices.IndexFunc(b.dir.FindMes, func(f clickbridge.FindMe) bool { return f.ID == 98770 })]
	if f.Numbers[0].Name != "Ann's desk" || f.Numbers[1].Name != "again" {
		t.Errorf("%+v", f.Numbers)
	}
}

// What get_findme_list shows, create and update take: a FindMe can be copied.
func TestListingIsTaken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var r struct {
		Records []struct {
			Fields []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"record"`
	}
	if err := xml.Unmarshal(b.get(asPair+"findme.get_findme_list").Body.Bytes(), &r); err != nil || len(r.Records) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	for i, rec := range r.Records {
		was := b.dir.FindMes[i]
		q := url.Values{}
		for _, f := range rec.Fields {
			q.Set(f.XMLName.Local, f.Text)
		}
		w := b.get(asPair + "findme.create&" + q.Encode())
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		made := b.dir.FindMes[len(b.dir.FindMes)-1]
		made.ID, made.Numbers = was.ID, was.Numbers
		if was.Settings.Hold.Repeat == nil {
			made.Settings.Hold.Repeat = nil
		}
		was.Settings.Simul = max(1, was.Settings.Simul)
		if asJSON(made) != asJSON(was) {
			t.Errorf("copied\n%s\nas\n%s", asJSON(was), asJSON(made))
		}
	}
}

func TestSampleRates(t *testing.T) {
	t.Parallel()
	b := setup(t).withRecordings()
	for rate, want := range map[string]int{"": len(soundFile), "8000": 44 + 16, "11000": 44 + 22, "16000": 44 + 32, "44100": 44 + 88} {
		w := b.get(asPair + "recording.download&sid=" + talkID.SID() + "&sample_rate=" + rate)
		if w.Code != http.StatusOK || w.Body.Len() != want || w.Header().Get("Content-Type") != "audio/wav" {
			t.Errorf("%q Hz: %d, %d bytes of %s, want %d", rate, w.Code, w.Body.Len(), w.Header().Get("Content-Type"), want)
		}
	}
}

// A file that breaks off never passes for a whole one.
func TestDownloadBreaksOff(t *testing.T) {
	t.Parallel()
	b := setup(t).withRecordings()
	b.cut = len(soundFile) - 4
	srv := httptest.NewServer(b.handler)
	defer srv.Close()
	for _, rate := range []string{"", "&sample_rate=16000"} {
		res, err := http.Get(srv.URL + asPair + "recording.download&sid=" + talkID.SID() + rate)
		if err != nil {
			continue
		}
		if sound, err := io.ReadAll(res.Body); err == nil && res.StatusCode == http.StatusOK {
			t.Errorf("%q: %d bytes, and no error", rate, len(sound))
		}
		_ = res.Body.Close()
	}
	b.cut = -1
	if w := b.get(asPair + "recording.download&sid=" + talkID.SID()); w.Code != http.StatusInternalServerError || w.Header().Get("Content-Disposition") != "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestStoreAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.away = errors.New("the disk with the secret path")
	for _, action := range []string{"findme.create&name=x", "findme.get_findme_list", "registerednumbers.list", "sms.send_message&to=3125550100&message=x", "recording.download&sid=" + talkID.SID()} {
		w := b.get(asPair + action)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "<result_description>Service unavailable<") || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", action, w.Code, w.Body)
		}
	}
}

func TestTextLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var last *httptest.ResponseRecorder
	for i := range 6 {
		last = b.get(fmt.Sprintf("%ssms.send_message&to=3125550100&message=%d", asPair, i))
	}
	if last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") != "1" || !strings.Contains(last.Body.String(), "<result>failed</result>") || len(b.owed) > 5 {
		t.Errorf("%d %v %s, %d owed", last.Code, last.Header(), last.Body, len(b.owed))
	}
}

func TestLargeBodyInXML(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/ibp_api.php?action=findme.create", strings.NewReader("name="+strings.Repeat("x", 300<<10)))
	b.handler.ServeHTTP(w, r)
	wellFormed(t, w)
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "<result>failed</result>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Whatever a client with all rights sends, the answer is one its library reads,
// and no FindMe is kept that breaks a rule.
func FuzzAnswers(f *testing.F) {
	for _, action := range []string{"findme.create", "findme.update_list_settings", "findme.add_number", "findme.delete_number", "registerednumbers.add",
		"sms.send_message", "recording.list", "recording.remove", "report.call_detail", "general.login", "make.coffee"} {
		f.Add(action, "findme_id=98770&name=a&loop_count=2&timeout=20&numbers=3125550100&phone_number=3125550100&findme_number_id=1&phone=3125550100&to=3125550100&message=x&sid=1&format=csv")
	}
	f.Add("findme.create", "name=%ff%00]]>&whisper_phrase={name&findme_action=2&findme_action_parameter=a@b,,;x")
	b := setup(f).withRecordings()
	f.Fuzz(func(t *testing.T, action, query string) {
		r, err := http.NewRequest(http.MethodGet, "http://secure.example.com/ibp_api.php", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = query + "&access_key=foo&secret_access_key=bar&action=" + url.QueryEscape(action)
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		wellFormed(t, w)
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		for i := range b.dir.FindMes {
			if f := b.dir.FindMes[i]; f.AccountID == 1 && f.Validate() != nil {
				t.Fatalf("kept: %v", f.Validate())
			}
		}
		b.dir.FindMes, b.owed, b.calls, b.lists = b.dir.FindMes[:min(20, len(b.dir.FindMes))], nil, nil, nil
		b.log.Reset()
	})
}

// The audit log has who changed what, and from where.
func TestWhoChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.get(asPair + "findme.get_findme_list")
	b.get(asPair + "findme.delete&findme_id=98770")
	if len(b.audit) != 1 {
		t.Fatalf("%+v", b.audit)
	}
	want := clickbridge.Actor{Kind: clickbridge.ActorKey, Name: "website backend", RemoteAddr: "192.0.2.1"}
	if e := b.audit[0]; e.Actor != want || e.AccountID != 1 || e.Object != "FindMe 98770" {
		t.Errorf("%+v", e)
	}
}
