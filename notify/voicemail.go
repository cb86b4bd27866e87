package notify

import (
	"strings"
	"time"

	"clickbridge"
)

// Voicemail makes the mails about a message that a caller left because nobody
// on the list accepted, one for each address, with the recording attached.
func Voicemail(call clickbridge.Call, attempts []clickbridge.Attempt, account *clickbridge.Account, r clickbridge.RecordingID, emails []string, now time.Time) []clickbridge.Notice {
	phone := call.Phone.Pretty(account.Country)
	body := []string{
		"Nobody took the call of " + phone + ", who left a message at " + now.In(account.Location()).Format("2006-01-02 15:04 MST") + ".",
		"",
		"List: " + oneLine(call.FindMeName),
	}
	for _, line := range [][2]string{{"Page: ", oneLine(call.Page)}, {"Reference: ", oneLine(call.Ref)}} {
		if line[1] != "" {
			body = append(body, line[0]+line[1])
		}
	}
	if list := onList(attempts); len(list) > 0 {
		body = append(body, "", "Who was called:")
		for _, a := range list {
			body = append(body, a.Number.Pretty(account.Country)+" "+shown(a.Result))
		}
	}
	out := make([]clickbridge.Notice, len(emails))
	for i, to := range emails {
		out[i] = clickbridge.Notice{
			ID: clickbridge.NewNoticeID(), CallID: call.ID, Kind: clickbridge.NoticeEmail, To: to,
			Subject: Title(call) + " message from " + phone, Body: strings.Join(body, "\n"),
			Recording: r, State: clickbridge.NoticePending, CreatedAt: now,
		}
	}
	return out
}
