package row

import (
	"fmt"
	"time"

	"clickbridge"
)

// NoticeColumns are the columns of a notice in the order of [NoticeValues] and
// [NoticeDest].
const NoticeColumns = `id, call_id, kind, recipient, sender, subject, body, state, created_at, recording`

// maxAnswer is how much of a far end's answer is kept, in bytes.
const maxAnswer = 512

// NoticeValues returns what an INSERT of a notice binds.
func NoticeValues(n *clickbridge.Notice) []any {
	return []any{
		Text(string(n.ID)), Text(string(n.CallID)), Text(string(n.Kind)), Text(n.To), Text(n.From),
		Text(n.Subject), Text(n.Body), Text(string(n.State)), Micros(n.CreatedAt), Text(string(n.Recording)),
	}
}

// NoticeDest returns where a row of [NoticeColumns] is scanned to.
func NoticeDest(n *clickbridge.Notice) []any {
	return []any{
		&n.ID, &n.CallID, &n.Kind, &n.To, &n.From, &n.Subject, &n.Body, &n.State,
		timeColumn{&n.CreatedAt}, &n.Recording,
	}
}

// TryColumns are the columns of a try in the order of [TryValues] and
// [TryDest].
const TryColumns = `notice_id, at, duration, ok, answer`

// TryValues returns what an INSERT of a try binds. Durations are microseconds.
func TryValues(t *clickbridge.NoticeTry) []any {
	return []any{
		Text(string(t.NoticeID)), Micros(t.At), t.Duration.Microseconds(), t.OK,
		CutText(t.Answer, maxAnswer),
	}
}

// TryDest returns where a row of [TryColumns] is scanned to.
func TryDest(t *clickbridge.NoticeTry) []any {
	return []any{&t.NoticeID, timeColumn{&t.At}, durationColumn{&t.Duration}, &t.OK, &t.Answer}
}

type durationColumn struct{ to *time.Duration }

func (c durationColumn) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a duration column holds %T", src)
	}
	*c.to = time.Duration(us) * time.Microsecond
	return nil
}
