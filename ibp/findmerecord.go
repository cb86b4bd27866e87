package ibp

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// record shows a FindMe with its settings under the names that create takes. What
// the old API had no code for is shown as a word, which create takes as well.
func (a asked) record(f *clickbridge.FindMe) []field {
	s := &f.Settings
	repeat := clickbridge.HoldAlways
	if s.Hold.Repeat != nil {
		repeat = *s.Hold.Repeat
	}
	return []field{
		{"findme_id", strconv.FormatInt(f.ID, 10)},
		{"name", f.Name},
		{"list_type", clickbridge.ListTypeCode(s.Group)},
		{"loop_count", strconv.Itoa(f.LoopCount)},
		{"distribution_type", distribution(s.Strategy)},
		{"simul", strconv.Itoa(f.Simul())},
		{"timeout", strconv.Itoa(int(f.Timeout / time.Second))},
		{"auto_accept", s.AutoAccept.Code()},
		{"dtmf_only", "1"},
		{"screen_method", cmp.Or(s.Screen.Method.Code(), s.Screen.Method.Word())},
		{"whisper_phrase", s.Screen.Text},
		{"whisper_audio", s.Screen.Audio},
		{"screen_prompt", s.Voice.PromptText},
		{"holdmusic", s.Hold.Music},
		{"holdrepeat", repeat.Code()},
		{"record", bit(s.Record.On)},
		{"findme_action", s.End.Action.Code()},
		{"findme_action_parameter", a.endParameter(&s.End)},
		{"number_count", strconv.Itoa(len(f.Numbers))},
	}
}

func distribution(s clickbridge.Strategy) string {
	if s == clickbridge.InOrder {
		return ""
	}
	return cmp.Or(s.Code(), s.Word())
}

func bit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// endParameter is the one parameter that the old API has for every action.
func (a asked) endParameter(e *clickbridge.EndOfList) string {
	switch e.Action {
	case clickbridge.EndTransfer:
		return a.shown(e.Number)
	case clickbridge.EndVoicemail:
		return strings.Join(e.Emails, ",")
	case clickbridge.EndCallLater:
		return strconv.Itoa(int(e.After / time.Minute))
	}
	return ""
}
