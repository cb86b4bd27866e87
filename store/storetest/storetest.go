package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/store"
)

// Subject is a fresh, empty store and what a test must see behind it.
type Subject struct {
	store.Store
	// Jobs counts the delivery jobs that wait.
	Jobs func() int
	// FailJobs makes every enqueuing from now on fail after it has inserted its
	// job.
	FailJobs func()
}

// Run runs the suite. open is called once per test and closes what it opened
// when that ends.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"a call comes back as it was stored", testCallRoundTrip},
		{"odd bytes are kept or cleaned the same way", testOddBytes},
		{"a repeated id fails alone", testDuplicateCall},
		{"the daily limit counts by account and day", testDailyLimit},
		{"the daily limit holds under a rush", testDailyLimitRush},
		{"a cancelled caller gets its cancellation", testCancelled},
		{"legs are recorded and forgotten", testLegs},
		{"late news change nothing", testLateNews},
		{"an ended call dials nobody", testDialingEnded},
		{"only the owner saves, and ends once", testSaveOwner},
		{"a call ends once under a rush", testEndRush},
		{"notices and jobs are one transaction", testNoticesWithJobs},
		{"a notice is owed once", testNoticesOnce},
		{"a failed enqueue leaves nothing", testEnqueueFails},
		{"a notice of no call is owed once", testOwe},
		{"a node's former life is claimed", testClaimOwn},
		{"a dead node's calls are claimed", testClaimDead},
		{"two nodes never claim the same call", testClaimRace},
		{"calls are filtered, ordered and paged", testEachCall},
		{"a reader may use the store, and may stop", testEachCallReentry},
		{"notices and their tries", testNotices},
		{"a notice is sent again", testResend},
		{"an agent is on one call", testOccupied},
		{"an agent is on one call under a rush", testOccupiedRush},
		{"calls are found by what they are", testFindCalls},
		{"a list continues where it was left", testContinue},
		{"a key stands for one request", testPromises},
		{"a key stands for one request under a rush", testPromiseRush},
		{"a node is asked to end calls", testCancels},
		{"events are numbered without gaps", testEvents},
		{"events are numbered without gaps under a rush", testEventRush},
		{"calls that are open per the events", testOpenCalls},
		{"webhooks", testWebhooks},
		{"callbacks of an account", testCallbacksOf},
		{"what was counted", testCounted},
		{"turns are taken one after another", testTurns},
		{"when a number was rung", testLastRung},
		{"who talked to a customer", testLastAgent},
		{"numbers that opted out", testOptOuts},
		{"a callback is owed once", testOwedCallback},
		{"a callback and notices are one transaction", testOwedWithNotices},
		{"callbacks come due", testDueCallbacks},
		{"two nodes never call back the same", testDueRush},
		{"callbacks whose call is over", testLostCallbacks},
		{"two nodes never find the same lost callback", testLostRush},
		{"a callback that is over stays as it is", testPutCallback},
		{"a recording comes back as it was stored", testRecording},
		{"recordings are filtered", testRecordings},
		{"the directory", testDirectory},
		{"settings of a FindMe", testSettings},
		{"audio", testAudio},
		{"an account takes what is its", testAccountTakes},
		{"a conflict changes nothing", testConflicts},
		{"deleting from the directory", testDelete},
		{"the revision grows with every apply", testRevision},
		{"nobody's change is lost", testApplyAt},
		{"the secret key is made once", testSecretKey},
		{"a user comes back as it was stored", testUsers},
		{"a user has an e-mail alone", testUserConflicts},
		{"nobody's change of a user is lost", testUserVersions},
		{"credentials are changed once", testCredentials},
		{"sessions", testSessions},
		{"a session needs what was checked", testSessionVersion},
		{"sessions end with a password and a user", testSessionsEnd},
		{"an account takes its roles", testRolesGo},
		{"the audit log", testAudit},
		{"the audit log is paged and filtered", testAuditFilter},
		{"changes and their entries are one transaction", testApplyAudited},
		{"refusals", testRefusals},
		{"a flood of refusals is bounded", testRefusalFlood},
		{"a thousand calls at once", testThousandCalls},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}

// start is when the tests' calls begin: whole microseconds, as stores keep.
var start = time.Date(2026, 3, 4, 15, 30, 0, 123456000, time.UTC)

// call returns a call of node "a".
func call(account int64, created time.Time) clickbridge.Call {
	return clickbridge.Call{
		ID: clickbridge.NewCallID(), AccountID: account, KeyName: "website backend", Node: "a",
		Order: clickbridge.FindMeFirst, FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222",
		FirstCallerID: "+19998887777", SecondCallerID: "+18887776666",
		State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress, CreatedAt: created,
	}
}

func attempt(c clickbridge.Call, seq int) clickbridge.Attempt {
	return clickbridge.Attempt{
		ID: clickbridge.NewAttemptID(), CallID: c.ID, Seq: seq, Party: clickbridge.PartyFindMe,
		Number: "+15558688950", Pass: 1, Trunk: "main", StartedAt: start.Add(time.Duration(seq) * time.Second),
	}
}

func legOf(a clickbridge.Attempt) clickbridge.LegRecord {
	return clickbridge.LegRecord{
		ID: "leg of " + string(a.ID), CallID: a.CallID, AttemptID: a.ID, Trunk: "main",
		State: clickbridge.LegInviting, SIPCallID: "abc@127.0.0.1", LocalTag: "t1", CSeq: 4294967295,
		Branch: "z9hG4bK1", Routes: []string{"<sip:127.0.0.1;lr>"}, Transport: "udp",
	}
}

func noticeOf(c clickbridge.Call, kind clickbridge.NoticeKind, created time.Time) clickbridge.Notice {
	return clickbridge.Notice{
		ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: kind, To: "sales@example.com",
		Subject: "LeadResponse unsuccessful", Body: "one\ntwo\n", State: clickbridge.NoticePending, CreatedAt: created,
	}
}

// create stores calls without a limit.
func create(t *testing.T, s store.Store, cs ...clickbridge.Call) {
	t.Helper()
	for _, c := range cs {
		if err := s.CreateCall(context.Background(), c, store.Daily{Day: "2026-03-04"}); err != nil {
			t.Fatal(err)
		}
	}
}

func get(t *testing.T, s store.Store, id clickbridge.CallID) store.Record {
	t.Helper()
	r, err := s.Call(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// together runs f n times at once and returns its errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	begin, done := make(chan struct{}), make(chan struct{})
	for i := range n {
		go func() {
			<-begin
			errs[i] = f(i)
			done <- struct{}{}
		}()
	}
	close(begin)
	for range n {
		<-done
	}
	return errs
}

func title(i int) string { return fmt.Sprintf("%04d", i) }
